"""Who is connected to whom, and whom to connect to."""
