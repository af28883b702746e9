"""What a chain's owner decides, and what is taken where nothing else is said."""

from dataclasses import dataclass

from simulator.words.errors import ConfigurationError, check_range

CHAIN_ID = 1337
"""What wallets and libraries take for a chain on this machine."""

MAX_CHAIN_ID = 4_503_599_627_370_476
"""The largest that wallets take."""

GENESIS_TIME = 1_600_000_000
"""The timestamp of block 0, in Unix seconds; block n comes n times the block time later."""

MAX_GENESIS_TIME = 4_102_444_800
"""The year 2100."""

_ETHEREUM = {1, 3, 4, 5, 42, 17_000, 560_048, 11_155_111}
PUBLIC_CHAINS = frozenset({*_ETHEREUM, 10, 56, 100, 137, 8453, 42_161, 43_114})
"""Chain ids of public networks, test networks included: what is signed for one is valid there."""


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """What a chain is besides what is on it.

    Attributes:
        chain_id: part of all that is signed for it.
        genesis_time: the timestamp of block 0, in Unix seconds.

    Raises:
        ConfigurationError: a value is out of range, or the id a public network's.
    """

    chain_id: int = CHAIN_ID
    genesis_time: int = GENESIS_TIME

    def __post_init__(self) -> None:
        check_range("chain_id", self.chain_id, 1, MAX_CHAIN_ID)
        check_range("genesis_time", self.genesis_time, 0, MAX_GENESIS_TIME)
        if self.chain_id in PUBLIC_CHAINS:
            raise ConfigurationError(
                f"chain_id {self.chain_id} is a public network's, and what is signed here would "
                f"be valid there: choose another one, such as {CHAIN_ID}."
            )


USUAL = ChainIdentity()


@dataclass(frozen=True, slots=True)
class Refusals:
    """What users of eth-tester are told who want what only the owner of a chain may do.

    Attributes:
        no_rollback: to an older block.
        no_time_travel: to another time.
        not_now: while the owner is making a block.
        any_number: what else there is for who wants more blocks than can be mined at once.
    """

    no_rollback: str = "This chain can't go back: its owner would remember what never happened."
    no_time_travel: str = "The owner of this chain decides about its time."
    not_now: str = "The owner of this chain is making a block: try again when it is done."
    any_number: str = "several calls make any number"
