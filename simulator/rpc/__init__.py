"""JSON-RPC as Ethereum nodes speak it, answered from the chain's own records."""
