"""Which timeouts a channel can have."""

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.node.channels import shortest_reveal_timeout, usual_reveal_timeout
from simulator.words.errors import ConfigurationError, check_range


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
