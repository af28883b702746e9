"""A chain that runs elsewhere, over JSON-RPC."""
