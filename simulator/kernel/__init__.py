"""What a simulated world runs on: virtual time, random streams, the journal."""
