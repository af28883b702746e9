"""HTTP: the REST API of every node, and the control API of the whole testnet."""
