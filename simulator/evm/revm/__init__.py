"""revm in Rust, through pyrevm, kept equal to py-evm."""
