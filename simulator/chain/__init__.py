"""The chain: contracts, ledgers, and transactions on their way."""
