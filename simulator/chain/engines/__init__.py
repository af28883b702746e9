"""What executes contract calls: py-evm's EVM in Python, or revm in Rust."""
