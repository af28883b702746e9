"""Running a scenario, and running it again."""
