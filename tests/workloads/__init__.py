"""Workloads: what is drawn, what becomes of it, and what is told of that."""
