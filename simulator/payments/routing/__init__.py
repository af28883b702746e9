"""Which way a payment takes: what payers know of others, searches in that, and policies."""
