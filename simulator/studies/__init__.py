"""Studies: a question, many runs that answer it, and the tables that come of them."""
