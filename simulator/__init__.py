"""A multi-node local testnet for Raiden payment channels, in one Python process."""

from importlib.metadata import version

__version__ = version("raiden-simulator")
