"""Payments off the chain: the state of channels, what is signed, messages, roles, routes."""
