"""Taking tokens out of open channels, in part or all at once: what a node does about it."""
