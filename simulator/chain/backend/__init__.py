"""A chain whose blocks, receipts, fees and snapshots are plain Python."""
