"""Whether somebody waits for the world to go on."""


class Foreground:
    """A context in which somebody waits: time may pass to whatever the answer waits for.

    Attributes:
        count: how many wait.
    """

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1
