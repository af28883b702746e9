"""Typed calls on the contract with the tokens out of which users pay services."""

from typing import NamedTuple

from simulator.chain.abi import load
from simulator.chain.ledger import ContractCall, Ledger
from simulator.words.units import Address

DEPOSIT = "deposit"
PLAN = "planWithdraw"
WITHDRAW_PLANNED = "withdraw"

GAS_LIMITS_OF_USER_DEPOSIT = {DEPOSIT: 150_000, PLAN: 110_000, WITHDRAW_PLANNED: 110_000}
"""The gas limit of each call, by function name."""


class WithdrawPlan(NamedTuple):
    """What may be taken out, and from which block on; nothing is planned where the amount is 0."""

    amount: int
    withdraw_block: int


class UserDepositContract:
    """What users have put aside for services.

    Args:
        address: the contract.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._artifact = load("UserDeposit")

    def _call(self, sender: Address, name: str, *arguments: object) -> ContractCall:
        limit = GAS_LIMITS_OF_USER_DEPOSIT[name]
        return ContractCall(sender, self.address, self._artifact, name, arguments, limit)

    def deposit(self, sender: Address, total_deposit: int) -> ContractCall:
        """Raise what the sender has ever put in to a total."""
        return self._call(sender, DEPOSIT, sender, total_deposit)

    def plan_withdraw(self, sender: Address, amount: int) -> ContractCall:
        """Announce that an amount will be taken out, in place of an earlier plan."""
        return self._call(sender, PLAN, amount)

    def withdraw(self, sender: Address, amount: int) -> ContractCall:
        """Take out what was planned, or less."""
        return self._call(sender, WITHDRAW_PLANNED, amount)

    def _read(self, ledger: Ledger, name: str, *arguments: object) -> int:
        return int(ledger.read(self.address, self._artifact, name, *arguments)[0])

    def total_deposit(self, ledger: Ledger, owner: Address) -> int:
        """Return everything that was ever put in for an account."""
        return self._read(ledger, "total_deposit", owner)

    def balance(self, ledger: Ledger, owner: Address) -> int:
        """Return what an account has there."""
        return self._read(ledger, "balances", owner)

    def room(self, ledger: Ledger) -> int:
        """Return how much more all accounts together may put in."""
        whole, limit = (self._read(ledger, f"whole_balance{suffix}") for suffix in ("", "_limit"))
        return limit - whole

    def plan_of(self, ledger: Ledger, owner: Address) -> WithdrawPlan:
        """Return what an account has planned to take out."""
        return WithdrawPlan(*ledger.read(self.address, self._artifact, "withdraw_plans", owner))
