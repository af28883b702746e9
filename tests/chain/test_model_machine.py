"""The judge of the model: random histories, told to an EVM and to the model alike.

After each block both have the same statuses, reasons, events and ETH; in the end they answer the
same to every question.
"""

from tests.chain.histories import Histories
from tests.chain.twins import ACCOUNTS, Network, Twins
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

    pair = Twins
    net: Network[Twins]

    def __init__(self) -> None:
        super().__init__()
        self.slack = 0

    def check(self, calls: int) -> None:
        """Gas is nearly equal; odd are signatures that are none, or not there yet."""
        twins = self.net.pair
        for call, evm, model in twins.gas[len(twins.gas) - calls :]:
            self.slack += abs(evm - model)
            assert abs(evm - model) <= (evm // 50 if call.function in SIGNED else 20), call
        for account in ACCOUNTS:
            difference = twins.evm.eth_balance(account) - twins.model.eth_balance(account)
            assert abs(difference) <= self.slack * twins.model.gas_price


TestEquals = Equals.TestCase
TestEquals.settings = examples(40, stateful_step_count=40)
