"""Workloads: who pays whom how much and when, drawn from the seed, and what comes of it."""
