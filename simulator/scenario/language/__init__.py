"""From the text of a scenario file to tasks, or to what is wrong with it."""
