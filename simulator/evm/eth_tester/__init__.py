"""What eth-tester, and web3.py through it, see of a chain."""
