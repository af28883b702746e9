"""Many scenario files: which they are, in how many processes, and what became of each."""
