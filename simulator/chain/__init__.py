"""The chain as nodes use it: contracts, ledgers, and pending transactions."""
