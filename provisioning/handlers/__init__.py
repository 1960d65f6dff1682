"""What each endpoint does, from a call to its answer."""
