"""The command `simulator`, also as `python -m simulator`."""

from simulator.system import large_pages
from simulator.system.loading import Loading


def main() -> None:
    """Load the command line, then run it."""
    with Loading():
        large_pages.start_anew_with_them()
        from simulator.cli.main import main as run  # noqa: PLC0415 - Ctrl-C may come while it loads
    run()


if __name__ == "__main__":  # processes started by `run --jobs` import this module again
    main()
