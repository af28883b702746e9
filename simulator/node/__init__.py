"""One simulated Raiden node and its parts."""
