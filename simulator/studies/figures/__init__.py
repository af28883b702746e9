"""Pictures of what a study has found, made of its tables and its manifest alone."""
