"""Points in time as people write them."""

from datetime import UTC, datetime


def unix_seconds(text: str) -> int:
    """Read a moment: Unix seconds, or a date of ISO 8601, in UTC unless it says otherwise.

    >>> unix_seconds("2026-01-01")
    1767225600

    Raises:
        ValueError: it is neither.
    """
    if text.isascii() and text.isdigit():
        return int(text[:20])
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
