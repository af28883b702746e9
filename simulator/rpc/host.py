"""What whoever serves a chain does for those who ask: time and money are the world's."""

from typing import Protocol


class ChainHost(Protocol):
    """The world around a chain."""

    def prepare(self) -> None:
        """Make the blocks that are due, before somebody looks."""

    def on_sent(self) -> None:
        """Have a block made for what was sent."""

    async def mine(self, blocks: int) -> None:
        """Let so many blocks pass.

        Raises:
            SimulatorError: they are too many.
        """

    async def pass_seconds(self, seconds: int) -> None:
        """Let so many virtual seconds pass.

        Raises:
            SimulatorError: they are too many.
        """

    async def set_balance(self, account: bytes, wei: int) -> None:
        """Let an account have exactly so much ETH; returns when the block is made.

        Raises:
            SimulatorError: it can't.
        """
