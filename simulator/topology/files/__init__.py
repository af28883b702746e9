"""What is in files that hold networks, one module for formats of one family."""
