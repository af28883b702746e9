"""The version and the commit of what is built, for hatchling: git knows them, or what it has left.

`0.1.0.dev196+g0123456` is 196 commits ahead of the last tag, or of the beginning. A version that a
tag names has no commit in it: so packages carry it in a file of their own, wherever they are built.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools_scm import get_version

ROOT = Path(__file__).parent
FIRST = "0.1.0.dev0"
"""Before there is a tag, and where nothing is known: of a copy without git's files."""

COMMIT = "simulator/commit.txt"
"""Where packages hold it; in a checkout there is no such file."""

_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def version() -> str:
    """Return the version, with the commit unless a tag names it."""
    found: str = get_version(root=str(ROOT), fallback_version=FIRST)
    # an archive of a commit that no tag leads to
    return f"{FIRST}+g{_archived()[:9]}" if found == "0.0" else found


def commit() -> str | None:
    """Return the commit: the checkout's, the archive's, or what a source distribution holds."""
    if (ROOT / ".git").exists():
        asked = ["git", "rev-parse", "HEAD"]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        found = done.stdout.strip()
    else:
        found = _archived() or _read(COMMIT).strip()
    return found if _HASH.fullmatch(found) else None


def _archived() -> str:
    """Return the commit that `git archive` has written down; empty if it has not."""
    lines = _read(".git_archival.txt").splitlines()
    node = dict(line.partition(": ")[::2] for line in lines).get("node", "")
    return node if _HASH.fullmatch(node) else ""


def _read(name: str) -> str:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except OSError:
        return ""


class CommitHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the commit into what is built; an editable install asks its checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file, if the commit is known."""
        found = commit()
        if found is None or version == "editable":
            return
        self._folder = TemporaryDirectory()
        file = Path(self._folder.name) / "commit.txt"
        file.write_text(found + "\n", encoding="utf-8")
        build_data["force_include"][str(file)] = COMMIT

    def finalize(self, _version: str, _data: dict[str, Any], _artifact: str) -> None:
        """Clean up."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
