"""The judge of the model: random histories, told to an EVM and to the model alike.

After each block both have the same statuses, reasons, events and ETH; in the end they answer the
same to every question.
"""

from tests.chain.histories import Histories
from tests.chain.side_by_side import ACCOUNTS, Network, SideBySide
from tests.examples import examples

SIGNED = {
    "closeChannel",
    "updateNonClosingBalanceProof",
    "setTotalWithdraw",
    "setTotalWithdraw2",
    "cooperativeSettle",
}


class Equals(Histories):
    """The model is the EVM's equal."""

    pair = SideBySide
    net: Network[SideBySide]

    def __init__(self) -> None:
        super().__init__()
        self.slack = 0

    def check(self, calls: int) -> None:
        """Gas is nearly equal; odd are signatures that are none, or not there yet."""
        both = self.net.pair
        for call, evm, model in both.gas[len(both.gas) - calls :]:
            self.slack += abs(evm - model)
            assert abs(evm - model) <= (evm // 50 if call.function in SIGNED else 20), call
        for account in ACCOUNTS:
            difference = both.evm.eth_balance(account) - both.model.eth_balance(account)
            assert abs(difference) <= self.slack * both.model.gas_price


TestEquals = Equals.TestCase
TestEquals.settings = examples(25, stateful_step_count=40)
