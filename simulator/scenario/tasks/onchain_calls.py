"""Calls of a node's API beside channels: tokens, user deposits, and the end of the node."""

from abc import abstractmethod
from typing import Any, ClassVar

import simpy
from pydantic import Field

from simulator.chain.registry import StrangersToken
from simulator.forms.expected import Expected
from simulator.forms.values import NodeIndex, Partner
from simulator.onchain.minting import mint
from simulator.scenario.tasks.assertions import Expectation
from simulator.scenario.tasks.calls import CallTask
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, checksum


class RegisterToken(CallTask):
    """Create the network of a token that has none, for everybody.

    It succeeds with 201, and fails with 409 if there is one, or with 403 if there can't be another
    one. The scenario's own token has one from the beginning: see `deploy_token`.
    """

    api_call: ClassVar[ApiCall] = ApiCall.REGISTER_TOKEN

    def begin(self, scope: Scope) -> simpy.Process:
        """Start registering."""
        node, networks = scope.node(self.from_), scope.net.token_networks

        def start(token: Address, _: None) -> simpy.Process:
            return networks.register(node, token)

        return node.call(self.api_call, (checksum(scope.token),), lambda: None, start, scope.path)


class MintTokens(CallTask):
    """Mint tokens as anybody may: the node pays for the gas. It succeeds with 200.

    A tester's `mint` costs nobody anything.
    """

    api_call: ClassVar[ApiCall] = ApiCall.MINT
    amount: int = Field(description="how many tokens; from 1 or the call fails", examples=[10])
    to: Partner | None = Field(
        default=None,
        description="who gets them: a node, or any account; by default the node itself",
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start minting."""
        node, contracts = scope.node(self.from_), scope.net.deployment.contracts
        receiver = node.address if self.to is None else scope.address(self.to)

        def start(token: Address, _: None) -> simpy.Process:
            return mint(node, StrangersToken(token, contracts), receiver, self.amount)

        return node.call(self.api_call, (checksum(scope.token),), lambda: None, start, scope.path)


class UserDepositCall(CallTask):
    """A call about the tokens that a node has put aside for services."""

    api_call: ClassVar[ApiCall] = ApiCall.USER_DEPOSIT

    def begin(self, scope: Scope) -> simpy.Process:
        """Start it."""
        node = scope.node(self.from_)
        return node.call(self.api_call, (), lambda: None, lambda _: self.start(scope), scope.path)

    @abstractmethod
    def start(self, scope: Scope) -> simpy.Process:
        """Start it once it is clear that the node has such a call."""


class DepositForServices(UserDepositCall):
    """Put tokens aside that services are paid with: bespin nodes have this.

    It succeeds with 200, and fails with 404 unless `chain` has `services`. These tokens are others
    than the scenario's.
    """

    total_deposit: int = Field(
        description="everything that was ever put aside, with what comes now", examples=[10]
    )

    def start(self, scope: Scope) -> simpy.Process:
        """Start depositing."""
        return scope.net.user_deposits.deposit(scope.node(self.from_), self.total_deposit)


class PlanServiceWithdraw(UserDepositCall):
    """Announce that tokens for services will be taken out, 100 blocks later. It succeeds with 200.

    A plan takes the place of an earlier one.
    """

    amount: int = Field(description="how many", examples=[10])

    def start(self, scope: Scope) -> simpy.Process:
        """Start planning."""
        return scope.net.user_deposits.plan_withdraw(scope.node(self.from_), self.amount)


class WithdrawFromServices(UserDepositCall):
    """Take out tokens for services that were planned to be taken out, or fewer.

    It succeeds with 200, and fails with 409 if it is too early. Nothing is planned any more then.
    """

    amount: int = Field(description="how many", examples=[10])

    def start(self, scope: Scope) -> simpy.Process:
        """Start taking out."""
        return scope.net.user_deposits.withdraw(scope.node(self.from_), self.amount)


class ShutDown(CallTask):
    """Ask a node to stop, as its user does. It succeeds with 200; calls in progress answer 503.

    `start_node` brings it back, and what a tester does without asking is `stop_node`.
    """

    api_call: ClassVar[ApiCall] = ApiCall.SHUT_DOWN

    def begin(self, scope: Scope) -> simpy.Process:
        """Stop the node."""
        node = scope.node(self.from_)

        def stop() -> Steps:
            node.stop()
            yield from ()

        return node.call(self.api_call, (), lambda: None, lambda _: scope.spawn(stop), scope.path)


class AssertUserDeposit(Expectation):
    """What a node has put aside for services, as the contract says."""

    subjects: ClassVar[tuple[str, ...]] = ("balance", "total_deposit", "planned")
    from_: NodeIndex = Field(alias="from", description="the node whose tokens they are")
    balance: Expected | None = Field(default=None, description="what it has there")
    total_deposit: Expected | None = Field(
        default=None, description="everything that was ever put aside"
    )
    planned: Expected | None = Field(
        default=None, description="what it has announced to take out, and has not taken out"
    )

    def check(self, scope: Scope) -> Steps:
        """Read the contract and compare."""
        contract, ledger = scope.net.user_deposits.contract, scope.net.ledger
        owner = scope.node(self.from_).address
        actual: dict[str, Any] = {
            "balance": contract.balance(ledger, owner),
            "total_deposit": contract.total_deposit(ledger, owner),
            "planned": contract.plan_of(ledger, owner).amount,
        }
        self.compare(actual)
        yield from ()


CALLS: dict[str, type[Task]] = {
    "register_token": RegisterToken,
    "mint_tokens": MintTokens,
    "deposit_for_services": DepositForServices,
    "plan_service_withdraw": PlanServiceWithdraw,
    "withdraw_from_services": WithdrawFromServices,
    "shut_down": ShutDown,
}
ASSERTIONS: dict[str, type[Task]] = {"assert_user_deposit": AssertUserDeposit}
"""The tasks of this module by their names in scenario files."""
