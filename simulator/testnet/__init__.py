"""A whole testnet in Python: chain, nodes, a tester's hands, and what must hold."""
