"""The rules of a world: its times, timeouts and confirmations, and which go together."""

from dataclasses import dataclass

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.evm.parameters import CHAIN_ID, GENESIS_TIME, ChainIdentity
from simulator.node.channels import (
    NOTICE_BLOCKS,
    REVEAL_TIMEOUT_BLOCKS,
    shortest_reveal_timeout,
    usual_reveal_timeout,
)
from simulator.payments.conditions import IDEAL, LineConditions, check_conditions
from simulator.words.errors import ConfigurationError, check_range

GRACE_BLOCKS = 2
"""Blocks after the one in which something could be done: by then it would have been."""

MAX_BLOCK_TIME_SECONDS = 86_400
MAX_TIMEOUT_SECONDS = 10_000_000
MAX_CONFIRMATION_BLOCKS = REVEAL_TIMEOUT_BLOCKS - NOTICE_BLOCKS


def check_settle_timeout(blocks: int) -> int:
    """Return a settle timeout that a channel can have.

    Raises:
        ConfigurationError: it can't.
    """
    limits = (SETTLE_TIMEOUT_MIN_BLOCKS, SETTLE_TIMEOUT_MAX_BLOCKS)
    check_range("settle_timeout_blocks", blocks, *limits)
    return blocks


def check_reveal_timeout(settle_timeout_blocks: int, confirmation_blocks: int) -> None:
    """See whether the reveal timeout that follows from a settle timeout is safe.

    Raises:
        ConfigurationError: it isn't: a secret could be registered too late.
    """
    usual = usual_reveal_timeout(settle_timeout_blocks)
    shortest = shortest_reveal_timeout(confirmation_blocks)
    if usual < shortest:
        raise ConfigurationError(
            f"settle_timeout_blocks of {settle_timeout_blocks} gives a reveal timeout of {usual} "
            f"blocks, and with confirmation_blocks of {confirmation_blocks} it must be {shortest} "
            "at least: a longer settle timeout, or fewer confirmations, will do."
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules of a world; all but `messages` are whole numbers.

    Attributes:
        block_time: seconds between two blocks, 1 to 86,400.
        settle_timeout_blocks: how long a closed channel waits for its settlement, 5 to 100,000.
        transaction_timeout_seconds: how long a node waits for a transaction, in virtual seconds, 1
            to 10,000,000; then its call answers 408, and what is pending may still be mined.
        confirmation_blocks: how many blocks later than it is mined nodes learn of an event, 0 to
            48. Real nodes wait for 5: whatever is timed in virtual seconds takes longer there.
        messages: how they travel between nodes; by default at once, and none is lost.
        chain_id: of a chain that is made here, 1 to 4,503,599,627,370,476, which is the largest
            that wallets take; none of a public network's.
        genesis_time: when its first block is, in Unix seconds, from 0 to the year 2100.

    Raises:
        ConfigurationError: a value is out of range, or the settle timeout is too short for so many
            confirmations: half of it must be two blocks more at least.
    """

    block_time: int = 15
    settle_timeout_blocks: int = 500
    transaction_timeout_seconds: int = 600
    confirmation_blocks: int = 0
    messages: LineConditions = IDEAL
    chain_id: int = CHAIN_ID
    genesis_time: int = GENESIS_TIME

    @property
    def patience_seconds(self) -> int:
        """How long it takes at most until everybody knows how a transaction of now has ended."""
        blocks = GRACE_BLOCKS + self.confirmation_blocks
        return self.transaction_timeout_seconds + blocks * self.block_time

    def __post_init__(self) -> None:
        check_range("block_time", self.block_time, 1, MAX_BLOCK_TIME_SECONDS)
        check_settle_timeout(self.settle_timeout_blocks)
        timeout = self.transaction_timeout_seconds
        check_range("transaction_timeout_seconds", timeout, 1, MAX_TIMEOUT_SECONDS)
        check_range("confirmation_blocks", self.confirmation_blocks, 0, MAX_CONFIRMATION_BLOCKS)
        check_reveal_timeout(self.settle_timeout_blocks, self.confirmation_blocks)
        check_conditions("messages", self.messages)
        ChainIdentity(self.chain_id, self.genesis_time)
