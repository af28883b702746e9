"""py-evm's rules on plain records: the frame, the loop, and what instructions do."""
