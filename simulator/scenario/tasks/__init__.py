"""What a scenario can do and check."""
