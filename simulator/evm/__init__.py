"""Blocks, transactions and receipts in plain Python, on an EVM of choice; see README.md."""
