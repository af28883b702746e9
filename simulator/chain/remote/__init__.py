"""A remote chain: a development node that runs elsewhere, over JSON-RPC."""
