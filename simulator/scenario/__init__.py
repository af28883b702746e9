"""Scenario files: YAML that says what nodes do and what must hold afterwards."""

MIN_SEED, MAX_SEED = -(2**63), 2**63 - 1
"""Seeds that a file or the command line can ask for."""
