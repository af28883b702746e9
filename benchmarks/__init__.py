"""How fast the simulator is: one module for each question, run with `python -m benchmarks.NAME`.

`python -m benchmarks` asks all of them and writes docs/performance.md. What pytest-benchmark
measures is in `micro/`.
"""
