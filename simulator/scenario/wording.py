"""How people read values."""


def span(seconds: float) -> str:
    """Return virtual seconds for people.

    >>> span(75), span(7200), span(-90)
    ('1:15', '2:00:00', '-1:30')
    """
    if seconds < 0:
        return f"-{span(-seconds)}"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
