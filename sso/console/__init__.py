"""Pages of the console about connections that are no list of rows."""
