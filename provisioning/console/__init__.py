"""*Directory sync* in the console: everything that an administrator sees of a directory."""
