"""What users can choose, for whoever needs only that: nothing is imported for it."""

from enum import StrEnum

MAX_PORT = 65_535

REMOTE = ("http://", "https://")
"""How the URL of a remote chain begins."""


def is_remote(engine: str) -> bool:
    """Tell whether what executes the contracts is a remote chain: it is a URL."""
    return engine.startswith(REMOTE)


class Check(StrEnum):
    """When a world's invariants are checked."""

    EVERY_MESSAGE = "every-message"
    """After every message between nodes, every block, every plan, and at the end."""
    EVERY_BLOCK = "every-block"
    """After every block, every plan, and at the end."""
    END = "end"
    """After every plan, and the world at the end."""
    NEVER = "never"

    @property
    def is_often(self) -> bool:
        """Whether it is done after every block at least."""
        return self in (Check.EVERY_MESSAGE, Check.EVERY_BLOCK)
