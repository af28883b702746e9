"""The version of what is built, for hatchling: git knows it, or the archive that git has made.

`0.1.0.dev196+g0123456` is 196 commits ahead of the last tag, or of the beginning.
"""

from pathlib import Path

from setuptools_scm import get_version

ROOT = Path(__file__).parent
FIRST = "0.1.0.dev0"
"""Before there is a tag, and where nothing is known: of a copy without git's files."""


def version() -> str:
    """Return the version, with the commit unless a tag names it."""
    found: str = get_version(root=str(ROOT), fallback_version=FIRST)
    if found != "0.0":
        return found
    # an archive of a commit that no tag leads to
    archive = (ROOT / ".git_archival.txt").read_text(encoding="utf-8")
    node = dict(line.partition(": ")[::2] for line in archive.splitlines())["node"]
    return f"{FIRST}+g{node[:9]}"
