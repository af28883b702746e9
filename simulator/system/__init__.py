"""The machine around the program: files, terminal, packages, Python itself."""
