"""What is the same on every chain here, unless its owner decides otherwise."""

CHAIN_ID = 131277322940537
"""eth-tester's own: its web3.py provider reports this number whatever the chain says."""

GENESIS_TIME = 1_600_000_000
"""The timestamp of block 0; block n comes n times the block time later."""
