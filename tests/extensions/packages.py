"""Packages as an installer leaves them."""

import sys
from importlib import invalidate_caches
from pathlib import Path


def install(
    folder: Path,
    entries: str,
    package: str = "mine",
    group: str = "strategies",
) -> None:
    """Put a package into a folder as an installer leaves it."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[raiden_simulator.{group}]\n{entries}")
    sys.path.insert(0, str(folder))
    invalidate_caches()
