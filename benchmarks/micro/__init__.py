"""Benchmarks of single things, run by pytest-benchmark: `pytest benchmarks/micro`.

They have a configuration of their own, so that the suite's pytest neither collects them nor loads
what measures them. `python -m benchmarks.transactions` makes rows of `bench_transactions.py`;
`bench_parts.py` is there to compare one commit with another.
"""
