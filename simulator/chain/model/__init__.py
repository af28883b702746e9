"""The contracts' rules without an EVM: a ledger for very many nodes."""
