"""The contract TokenNetwork without an EVM; a module for each part of it, as in `contracts/`."""
