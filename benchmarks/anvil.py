"""A real anvil to compare with, where it is there: `npm ci --prefix tests/anvil` fetches it."""

import subprocess

from tests.chain.anvil import FOLDER, binary, running

__all__ = ["NO_ANVIL", "anvil_version", "is_there", "running"]

NO_ANVIL = "anvil is not there, so nothing is compared with it: `npm ci --prefix tests/anvil`."


def is_there() -> bool:
    """Whether anvil can be run."""
    return any(FOLDER.glob("anvil-*/bin/anvil*"))


def anvil_version() -> str:
    """Return anvil's version; nothing where it is not there."""
    if not is_there():
        return ""
    told = subprocess.run([str(binary()), "--version"], capture_output=True, text=True, check=True)
    return told.stdout.splitlines()[0].removeprefix("anvil Version: ").strip()
