"""What a node's account does on the chain beside channels."""
