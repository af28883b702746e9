"""Scenario files as pytest's items, testnets as its fixtures."""
