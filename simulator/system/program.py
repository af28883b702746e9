"""Which program runs: its version, its commit, and what its sources are.

Version and commit are written down when the package is built or installed. In a checkout, where
sources go on changing, the commit is read from git's own files, without calling git. It says
nothing of what is not committed: that shows in the hash of the sources.
"""

import hashlib
import re
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path

DISTRIBUTION = "raiden-simulator"
PACKAGE = Path(__file__).parents[1]
UNKNOWN = "unknown"

_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_NODE = re.compile(r"\+g([0-9a-f]{7,64})\b")
_MAX_LINKS = 5
"""How many symbolic references are followed: usually it is one."""


@cache
def version() -> str:
    """Return the version that was built or installed."""
    return version_of(DISTRIBUTION)


@cache
def commit() -> str:
    """Return the commit that runs: the checkout's, else the one of the build, or "unknown"."""
    return commit_of(PACKAGE.parent) or _built() or UNKNOWN


def _built() -> str | None:
    """Return the commit that the package was built from: in its file, or its version."""
    try:
        written = (PACKAGE / "commit.txt").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        written = ""
    if _HASH.fullmatch(written):
        return written
    node = _NODE.search(version())
    return node and node[1]


@cache
def sources() -> str:
    """Return the SHA-256 over the package's Python files and their names."""
    total = hashlib.sha256()
    names = {file.relative_to(PACKAGE).as_posix(): file for file in PACKAGE.rglob("*.py")}
    for name, file in sorted(names.items()):
        content = file.read_bytes()
        total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def commit_of(checkout: Path) -> str | None:
    """Return the commit that is checked out in a folder; None if it is no checkout of ours.

    Args:
        checkout: the folder with `pyproject.toml`; a copy inside another project is none of ours.
    """
    try:
        project = (checkout / "pyproject.toml").read_text(encoding="utf-8")
        if f'name = "{DISTRIBUTION}"' not in project.splitlines():
            return None
        folder = _git_folder(checkout / ".git")
        return _resolve("HEAD", folder, _common_folder(folder))
    except (OSError, ValueError):
        return None


def _git_folder(git: Path) -> Path:
    """Return where git keeps what belongs to a checkout; in a worktree, `.git` is a file."""
    if git.is_dir():
        return git
    return git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()


def _common_folder(folder: Path) -> Path:
    """Return where the branches are, which worktrees share."""
    link = folder / "commondir"
    return folder / link.read_text(encoding="utf-8").strip() if link.exists() else folder


def _resolve(name: str, folder: Path, common: Path) -> str | None:
    """Follow a reference to a commit; None if it leads nowhere."""
    for _ in range(_MAX_LINKS):
        text = _read_reference(name, folder, common)
        if not text.startswith("ref:"):
            return text if _HASH.fullmatch(text) else None
        name = text.removeprefix("ref:").strip()
    return None


def _read_reference(name: str, folder: Path, common: Path) -> str:
    for place in (folder, common):
        if (place / name).is_file():
            return (place / name).read_text(encoding="utf-8").strip()
    for line in (common / "packed-refs").read_text(encoding="utf-8").splitlines():
        value, _, packed = line.partition(" ")
        if packed == name:
            return value
    return ""
