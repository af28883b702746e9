"""Calls that leave no trace: answers, estimates, lists of what is touched."""

from simulator.evm import trials
from simulator.evm.engine import OUT_OF_GAS, REVERTED, ExecutionResult
from simulator.evm.estimates import least_gas
from simulator.evm.fees import floor_gas
from simulator.evm.reverts import NO_REASON, revert_reason
from simulator.evm.transactions import Transaction
from simulator.rpc import shapes, values
from simulator.rpc.failures import REFUSED, RpcFailure, wrong
from simulator.rpc.failures import REVERTED as REVERTED_CODE
from simulator.rpc.handlers import Handlers
from simulator.rpc.values import BlockChoice, Request
from simulator.rpc.view import View
from simulator.words.units import ZERO_ADDRESS


class Calls:
    """Methods that execute something and take it back.

    Args:
        view: the chain.
        most_gas: what one call may use.
    """

    def __init__(self, view: View, most_gas: int) -> None:
        self._view = view
        self._most_gas = most_gas

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {
            "eth_call": self.call,
            "eth_estimateGas": self.estimate,
            "eth_createAccessList": self.access_list,
        }

    def call(
        self, given: object, block: object = None, overrides: object = None, *others: object
    ) -> str:
        """Return what a call answers after a block; a deployment, the code that it would leave."""
        _check_no_overrides(overrides, *others)
        request, choice = values.transaction(given), values.block(block)
        return shapes.data(self._try(request, self._limit(request), choice).output)

    def estimate(
        self, given: object, block: object = None, overrides: object = None, *others: object
    ) -> str:
        """Return a gas limit that is enough, and not much more."""
        _check_no_overrides(overrides, *others)
        return shapes.quantity(self.gas_for(values.transaction(given), values.block(block)))

    def gas_for(self, request: Request, choice: BlockChoice) -> int:
        """Return how much gas a transaction is to be given.

        Raises:
            RpcFailure: it fails, however much it has.
        """
        limit = self._limit(request)
        used = self._try(request, limit, choice).gas_used

        def is_enough(gas: int) -> bool:
            return not self._execute(request, gas, choice).error

        return least_gas(max(used, floor_gas(request.data)), limit, is_enough)

    def access_list(self, given: object, block: object = None) -> shapes.Shape:
        """Return what a transaction uses with the access list that it has: none is proposed."""
        request, choice = values.transaction(given), values.block(block)
        done = self._execute(request, self._limit(request), choice)
        found: shapes.Shape = {
            "accessList": shapes.access_list(request.access_list),
            "gasUsed": shapes.quantity(done.gas_used),
        }
        return {**found, "error": failure_of(done).message} if done.error else found

    def _limit(self, request: Request) -> int:
        return self._most_gas if request.gas is None else min(request.gas, self._most_gas)

    def _try(self, request: Request, gas: int, choice: BlockChoice) -> ExecutionResult:
        done = self._execute(request, gas, choice)
        if done.error:
            raise failure_of(done)
        return done

    def _execute(self, request: Request, gas: int, choice: BlockChoice) -> ExecutionResult:
        # who says no price pays none: then GASPRICE is 0, as with other nodes
        price = request.gas_price if request.max_fee is None else request.max_fee
        tip = price if request.priority_fee is None else request.priority_fee
        transaction = Transaction(
            sender=request.sender or ZERO_ADDRESS,
            nonce=0,
            to=request.to,
            data=request.data,
            gas=gas,
            max_fee=price or 0,
            priority_fee=tip or 0,
            value=request.value,
            access_list=request.access_list,
            kind=request.kind,
        )
        try:
            return trials.execute(self._view.chain, transaction, self._view.number(choice))
        except trials.CannotBegin as error:
            raise RpcFailure(REFUSED, f"insufficient funds or gas for the call: {error}") from None


def failure_of(done: ExecutionResult) -> RpcFailure:
    """Return why an execution has failed; a revert's data comes along."""
    if done.error == REVERTED:
        reason = revert_reason(done.output)
        text = "execution reverted" + ("" if reason == NO_REASON else f": {reason}")
        return RpcFailure(REVERTED_CODE, text, shapes.data(done.output))
    if done.error == OUT_OF_GAS:
        return RpcFailure(REFUSED, "out of gas: the call needs more than it has")
    return RpcFailure(REFUSED, f"execution failed: {done.error}")


def _check_no_overrides(*given: object) -> None:
    if any(given):
        raise wrong("This chain executes calls on the state as it is, without overrides.")
