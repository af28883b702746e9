"""Scenario files: YAML that says what nodes do and what must hold afterwards."""
