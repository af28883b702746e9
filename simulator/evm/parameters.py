"""What a chain's owner decides, and what is taken where nothing else is said."""

from dataclasses import dataclass

CHAIN_ID = 131277322940537
"""eth-tester's own: its web3.py provider reports this number whatever the chain says."""

GENESIS_TIME = 1_600_000_000
"""The timestamp of block 0; block n comes n times the block time later."""


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
