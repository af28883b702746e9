"""Tokens that nodes put aside for services, and take out again."""

from dataclasses import dataclass

import simpy

from simulator.chain.contracts import Token
from simulator.chain.submissions import TransactionResult
from simulator.chain.user_deposit import UserDepositContract
from simulator.node.account import Account
from simulator.node.node import Node
from simulator.node.transactions import Intent
from simulator.node.world import Steps, World
from simulator.words.errors import InsufficientFunds, InvalidRequest


@dataclass(frozen=True, slots=True)
class PlannedWithdraw:
    """A withdraw that is planned.

    Attributes:
        receipt: of the transaction that has planned it.
        block: the first one in which it can be taken out.
    """

    receipt: TransactionResult
    block: int


class UserDeposits:
    """What nodes ask of the contract that keeps what services are paid with.

    Args:
        world: the environment.
        contract: the contract.
        token: what services are paid with.
    """

    def __init__(self, world: World, contract: UserDepositContract, token: Token) -> None:
        self.contract = contract
        self.token = token
        self._world = world

    def deposit(self, node: Node, total_deposit: int) -> simpy.Process:
        """Let a node put in more; see `_deposit`. The value is the receipt."""
        return node.in_turn(lambda: self._deposit(node.account, total_deposit))

    def plan_withdraw(self, node: Node, amount: int) -> simpy.Process:
        """Let a node announce a withdraw; see `_plan`. The value is a `PlannedWithdraw`."""
        return node.in_turn(lambda: self._plan(node.account, amount))

    def withdraw(self, node: Node, amount: int) -> simpy.Process:
        """Let a node take out what it has planned; see `_withdraw`. The value is the receipt."""
        return node.in_turn(lambda: self._withdraw(node.account, amount))

    def _deposit(self, account: Account, total_deposit: int) -> Steps[TransactionResult]:
        """Raise what the node has ever put in.

        Raises:
            InvalidRequest: the total would not grow, or is above the contract's limit.
            InsufficientFunds, InsufficientEth: tokens or ETH do not cover it.
            TransactionTimedOut, TransactionFailed: a transaction was late, or reverted.
        """
        ledger, contract, owner = self._world.ledger, self.contract, account.address
        amount = total_deposit - contract.total_deposit(ledger, owner)
        if amount <= 0:
            raise InvalidRequest("total_deposit", "Total deposit did not increase.")
        if amount > (room := contract.room(ledger)):
            raise InvalidRequest("total_deposit", f"{amount} more is above the limit: {room} more")
        available = self.token.balance_of(ledger, owner)
        if amount > available:
            raise InsufficientFunds("total_deposit", amount, available)
        token = self.token.address
        calls = [
            self.token.approve(owner, contract.address, amount),
            contract.deposit(owner, total_deposit),
        ]
        intents = [Intent(calls[0], token), Intent(calls[1], token, spends=amount)]
        return (yield from account.outbox.send_all(intents))[-1]

    def _plan(self, account: Account, amount: int) -> Steps[PlannedWithdraw]:
        """Announce that an amount will be taken out.

        Raises:
            InvalidRequest: the amount is not above 0, or more than there is.
            InsufficientEth: the ETH does not cover the transaction.
            TransactionTimedOut, TransactionFailed: it was late, or reverted.
        """
        ledger, contract, owner = self._world.ledger, self.contract, account.address
        _check_amount("planned_withdraw_amount", amount, contract.balance(ledger, owner))
        intent = Intent(contract.plan_withdraw(owner, amount), self.token.address)
        (receipt,) = yield from account.outbox.send_all([intent])
        return PlannedWithdraw(receipt, contract.plan_of(ledger, owner).withdraw_block)

    def _withdraw(self, account: Account, amount: int) -> Steps[TransactionResult]:
        """Take out what was planned, or less; nothing is planned any more then.

        Raises:
            InvalidRequest: the amount is not above 0, more than was planned, or it is too early.
            InsufficientEth: the ETH does not cover the transaction.
            TransactionTimedOut, TransactionFailed: it was late, or reverted.
        """
        ledger, contract, owner = self._world.ledger, self.contract, account.address
        plan = contract.plan_of(ledger, owner)
        _check_amount("withdraw_amount", amount, plan.amount)
        following = self._world.clock.block_number + 1
        if following < plan.withdraw_block:
            reason = f"it is too early: block {plan.withdraw_block} is the first one that can be"
            raise InvalidRequest("withdraw_amount", f"{reason}, and {following} comes next")
        intent = Intent(contract.withdraw(owner, amount), self.token.address)
        (receipt,) = yield from account.outbox.send_all([intent])
        return receipt


def _check_amount(field: str, amount: int, most: int) -> None:
    if amount <= 0:
        raise InvalidRequest(field, f"must be above 0, not {amount}")
    if amount > most:
        raise InvalidRequest(field, f"{amount} is more than {most}")
