"""Executing a transaction without making it part of the chain: calls and estimates."""

from collections.abc import Iterator
from contextlib import contextmanager

from simulator.evm.blocks import Header
from simulator.evm.chain import Chain
from simulator.evm.engine import ExecutionResult, Message
from simulator.evm.fees import intrinsic_gas
from simulator.evm.state import WorldState
from simulator.evm.transactions import Transaction


class CannotBegin(Exception):
    """A transaction fails before anything of it is executed."""


@contextmanager
def state_of(chain: Chain, number: int | None) -> Iterator[WorldState]:
    """Let the engine's state be the one after a block; None: that of the pending one.

    Raises:
        BlockGone: that block is no longer kept.
    """
    if number is None:
        yield chain.pending_state
    else:
        with chain.state_after(number) as state:
            yield state


def header_of(chain: Chain, number: int | None) -> Header:
    """Return a block's header; None: that of the pending one."""
    return (chain.pending if number is None else chain.blocks[number]).header


def execute(chain: Chain, transaction: Transaction, number: int | None) -> ExecutionResult:
    """Execute a transaction on the state after a block, under its header, and take it back.

    The sender pays for no gas, and the nonce is not looked at.

    Args:
        chain: the chain.
        transaction: what to execute.
        number: the block's number; None: the pending one.

    Raises:
        CannotBegin: the sender has too little ETH, or the gas does not reach.
        BlockGone: that block is no longer kept.
    """
    one = transaction
    intrinsic = intrinsic_gas(one.data, one.access_list, creates=one.to is None)
    header = header_of(chain, number)
    with state_of(chain, number) as state:
        nonce = state.nonces.get(one.sender, 0)
        if state.balances.get(one.sender, 0) < one.value:
            raise CannotBegin("The sender has less ETH than the call sends.")
        if one.gas < intrinsic:
            raise CannotBegin(f"The call has {one.gas} gas and needs {intrinsic} to begin.")
        price = one.gas_price(header.base_fee)
        fields = (one.sender, one.to, one.data, one.value, one.gas, price, intrinsic, nonce)
        return chain.try_out(header, Message(*fields, one.access_list))
