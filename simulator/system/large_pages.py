"""Memory in large pages, which a processor finds far sooner than small ones.

A world is millions of small objects, visited in no order that a processor could foresee. With pages
of 4 KiB nearly each visit begins with a search for the page, and on a virtual machine, as most
CI systems have them, each step of that search needs one of its own. Linux gives pages of 2 MiB to
whom asks for them; of Python's two allocators only the C library's asks, and only if it is told so
before the process starts. `python -m benchmarks.large_pages` shows what that brings.
"""

import os
import sys
from pathlib import Path

VARIABLES = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""What Python and the C library read when they start. Processes that we start inherit them."""

GLIBC_THAT_ASKS = (2, 35)
SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
ON_REQUEST = "[madvise]"


def to_be_had() -> bool:
    """Tell whether they would bring anything here.

    They don't on another system than Linux, with another C library than glibc 2.35 or newer, and
    where Linux gives large pages to everybody, or to nobody.
    """
    return _given_on_request() and _asked_for_by_glibc()


def missing() -> dict[str, str]:
    """Return the variables to start a process with, so that its memory comes in large pages.

    There are none where large pages aren't to be had, where the environment is ignored
    (`python -I`), and where somebody has chosen an allocator.
    """
    told = sys.flags.ignore_environment or any(name in os.environ for name in VARIABLES)
    return dict(VARIABLES) if to_be_had() and not told else {}


def start_anew_with_them() -> None:
    """Begin the program of this process anew in large pages, if they are to be had.

    It is the same process with the same arguments; call this before anything has been done.
    """
    variables = missing()
    if variables and sys.executable:
        anew = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, anew, {**os.environ, **variables})  # noqa: S606 - it is ourselves


def _given_on_request() -> bool:
    try:
        return ON_REQUEST in SETTING.read_text(encoding="ascii")
    except OSError:
        return False


def _asked_for_by_glibc() -> bool:
    try:
        library, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return library == "glibc" and tuple(map(int, version.split("."))) >= GLIBC_THAT_ASKS
    except (AttributeError, ValueError):  # another system, or another library
        return False
