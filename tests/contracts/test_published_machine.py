"""Our contracts do what the published ones do, to the byte of an answer, in random histories."""

from tests.chain.histories import Histories
from tests.chain.side_by_side import GAS
from tests.examples import examples

from .rivals import Rivals, published_file


class Rivalry(Histories):
    """Status, revert data, return data, logs, reads and token balances are equal."""

    pair = Rivals

    def __init__(self) -> None:
        published_file()
        super().__init__()

    def gas(self, _limit: int) -> int:
        return GAS

    def make_block(self, empty: int) -> None:
        self.balances.clear()
        super().make_block(empty)


TestRivalry = Rivalry.TestCase
TestRivalry.settings = examples(20, at_night=400, stateful_step_count=40)
