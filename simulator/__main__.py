"""`python -m simulator` is the command `simulator`."""

from simulator.cli import main

main()
