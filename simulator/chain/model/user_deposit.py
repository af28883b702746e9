"""What users have put aside for services, without an EVM; see contracts/UserDeposit.sol."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import ClassVar

from simulator.chain.model.gas import ALL_TAKEN
from simulator.chain.model.token import CustomToken
from simulator.chain.model.transaction import OVERFLOW, Revert, TransactionContext
from simulator.words.units import UINT256_MAX, ZERO_ADDRESS, Address

DELAY_BLOCKS = 100
"""Between planning and taking out."""


@dataclass(slots=True)
class _Plan:
    amount: int = 0
    block: int = 0


class UserDeposit:
    """The tokens out of which users pay services.

    Nobody moves them from one user to another here: the contracts that may are never called on the
    model. So a user always has what was planned to be taken out.

    Args:
        address: the contract.
        token: what is put aside.
        limit: on what all users have here together.
        contracts: who else is there.
    """

    kind = "UserDeposit"

    def __init__(
        self, address: Address, token: CustomToken, limit: int, contracts: Container[Address]
    ) -> None:
        self.address = address
        self.token = token
        self.limit = limit
        self.whole = 0
        self.totals: dict[Address, int] = {}
        self.balances: dict[Address, int] = {}
        self.plans: dict[Address, _Plan] = {}
        self.movers = (ZERO_ADDRESS, ZERO_ADDRESS)
        self._contracts = contracts

    def init(self, run: TransactionContext, monitoring: Address, one_to_n: Address) -> None:
        """Name the two contracts that may move deposits; once, by anybody."""
        if self.movers != (ZERO_ADDRESS, ZERO_ADDRESS):
            raise Revert("already initialized")
        for name, place in (("MS contract", monitoring), ("OneToN", one_to_n)):
            if place == ZERO_ADDRESS:
                raise Revert(f"{name} at address zero")
            if place not in self._contracts:
                raise Revert(f"{name} has no code")
        run.pay()
        self.movers = (monitoring, one_to_n)

    def deposit(self, run: TransactionContext, owner: Address, total: int) -> None:
        """Raise what was ever put in for a user to a total; the caller pays the difference."""
        before, balance = self.totals.get(owner, 0), self.balances.get(owner, 0)
        if total <= before:
            raise Revert("deposit not increasing")
        added = total - before
        run.write(balance, balance + added)
        run.write(before, total)
        whole = self.whole + added
        if whole > UINT256_MAX:
            raise Revert(OVERFLOW)
        run.write(self.whole, whole)
        if whole > self.limit:
            raise Revert("too much deposit")
        self.token.prepare_transfer_from(run, self.address, run.sender, self.address, added)
        run.pay()
        self.balances[owner] = balance + added
        self.totals[owner] = total
        self.whole = whole
        self.token.commit_transfer_from(run, self.address, run.sender, self.address, added)

    def plan_withdraw(self, run: TransactionContext, amount: int) -> None:
        """Announce that the caller will take something out, in place of an earlier plan."""
        if amount == 0:
            raise Revert("withdrawing zero")
        if self.balances.get(run.sender, 0) < amount:
            raise Revert("withdrawing too much")
        before, now = self._plan_of(run.sender), _Plan(amount, run.block_number + DELAY_BLOCKS)
        run.write(before.amount, now.amount)
        run.write(before.block, now.block)
        run.pay()
        self.plans[run.sender] = now

    def withdraw(self, run: TransactionContext, amount: int) -> None:
        """Take out what was planned, or less."""
        self.withdraw_to(run, amount, run.sender)

    def withdraw_to(self, run: TransactionContext, amount: int, beneficiary: Address) -> None:
        """Take it out for somebody."""
        if beneficiary == ZERO_ADDRESS:
            raise Revert("beneficiary is zero")
        plan, balance = self._plan_of(run.sender), self.balances.get(run.sender, 0)
        if amount > plan.amount:
            raise Revert("withdrawing more than planned")
        if plan.block > run.block_number:
            raise Revert("withdrawing too early")
        if amount == balance:
            run.gas += ALL_TAKEN
        run.write(balance, balance - amount)
        run.write(self.whole, self.whole - amount)
        run.write(plan.amount, 0)
        run.write(plan.block, 0)
        if amount == 0:  # the token moves nothing, and says so
            raise Revert("tokens didn't transfer")
        self.token.load(run, self.address)
        self.token.prepare_move(run, self.address, beneficiary, amount)
        run.pay()
        self.balances[run.sender] = balance - amount
        self.whole -= amount
        del self.plans[run.sender]
        self.token.commit_move(run, self.address, beneficiary, amount)

    def _plan_of(self, owner: Address) -> _Plan:
        return self.plans.get(owner) or _Plan()

    def plan_of(self, owner: Address) -> tuple[int, int]:
        """Return what a user has planned to take out, and from which block on."""
        plan = self._plan_of(owner)
        return plan.amount, plan.block

    def effective_balance(self, owner: Address) -> int:
        """Return what services can count on."""
        return self.balances.get(owner, 0) - self._plan_of(owner).amount

    functions: ClassVar[dict[str, Callable[..., None]]] = {
        "init": init,
        "deposit": deposit,
        "planWithdraw": plan_withdraw,
        "withdraw": withdraw,
        "withdrawToBeneficiary": withdraw_to,
    }


class Uncalled:
    """A contract of services that is there, and that nobody on the model calls.

    Args:
        kind: its name.
        address: where it is.
    """

    functions: ClassVar[dict[str, Callable[..., None]]] = {}

    def __init__(self, kind: str, address: Address) -> None:
        self.kind = kind
        self.address = address


UNCALLED = ("ServiceRegistry", "MonitoringService", "OneToN")
