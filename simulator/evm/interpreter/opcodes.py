"""The table of instructions: what each takes and gives, and what does it.

The interpreter and the translator both read it, so that they can't disagree about an instruction.
What only moves values or jumps is in neither's table: PUSH, DUP, SWAP, POP and jumps are their own
affair, and so are GAS, MLOAD and MSTORE, of whose operands the translator knows more than a call
could tell. An instruction that is nowhere here is py-evm's, and ends a trace.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth.vm import opcode_values as op

from simulator.evm.interpreter.calls import call, call_static
from simulator.evm.interpreter.operations import (
    MAX_WORD,
    copy_calldata,
    finish,
    hash_memory,
    load_storage,
    log,
    stop,
    store_storage,
)

SIGN = 2**255


@dataclass(frozen=True, slots=True)
class Opcode:
    """An instruction.

    Attributes:
        takes: how many operands it takes from the stack, the uppermost first.
        gives: how many values it puts there.
    """

    takes: int
    gives: int


@dataclass(frozen=True, slots=True)
class Arithmetic(Opcode):
    """A function of its operands and of nothing else.

    Attributes:
        formula: the function in Python's words, with a placeholder for each operand.
        function: the same, to call.
        commutes: whether the order of the operands makes no difference.
        compares: whether the formula is `1 if CONDITION else 0`.
        small: which operand, where it is known to be above 0 and below 256, makes `shorter` do.
        shorter: the formula in that case.
    """

    formula: str
    function: Callable[..., int]
    commutes: bool = False
    compares: bool = False
    small: int = 0
    shorter: str = ""


@dataclass(frozen=True, slots=True)
class Read(Opcode):
    """A look at the frame.

    Attributes:
        formula: the look in Python's words, with a placeholder for each operand.
        fixed: whether it gives the same as long as the frame lives.
    """

    formula: str
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Delegated(Opcode):
    """An instruction that a function executes, and pays for.

    Attributes:
        quiet: whether it fails only for want of gas, and then leaves nothing behind: of two such
            it makes no difference which one fails.
        writes: which operand says where the memory begins that it writes, if it writes any.
    """

    quiet: bool = False
    writes: int | None = None


@dataclass(frozen=True, slots=True)
class Helper(Delegated):
    """A function of our own does it; see `operations`."""

    function: Callable[..., Any] = stop


@dataclass(frozen=True, slots=True)
class Stock(Delegated):
    """py-evm's own function does it."""


def _two(
    formula: str, *, commutes: bool = False, compares: bool = False, small: int = 0, short: str = ""
) -> Arithmetic:
    function = _function("a, b", formula.format("a", "b"))
    return Arithmetic(2, 1, formula, function, commutes, compares, small, short)


def _one(formula: str) -> Arithmetic:
    return Arithmetic(1, 1, formula, _function("a", formula.format("a")))


def _function(operands: str, formula: str) -> Callable[..., int]:
    names = {"MAX_WORD": MAX_WORD, "SIGN": SIGN}
    made: Callable[..., int] = eval(f"lambda {operands}: {formula}", names)  # noqa: S307 - ours
    return made


def _read(formula: str, takes: int = 0, *, fixed: bool = True) -> Read:
    return Read(takes, 1, formula, fixed)


OPCODES: dict[int, Opcode] = {
    op.ADD: _two("({0} + {1}) & MAX_WORD", commutes=True),
    op.MUL: _two("({0} * {1}) & MAX_WORD", commutes=True),
    op.SUB: _two("({0} - {1}) & MAX_WORD"),
    op.DIV: _two("{0} // {1} if {1} else 0", small=1, short="{0} // {1}"),
    op.MOD: _two("{0} % {1} if {1} else 0", small=1, short="{0} % {1}"),
    op.LT: _two("1 if {0} < {1} else 0", compares=True),
    op.GT: _two("1 if {0} > {1} else 0", compares=True),
    op.SLT: _two("1 if {0} ^ SIGN < {1} ^ SIGN else 0", compares=True),
    op.SGT: _two("1 if {0} ^ SIGN > {1} ^ SIGN else 0", compares=True),
    op.EQ: _two("1 if {0} == {1} else 0", commutes=True, compares=True),
    op.AND: _two("{0} & {1}", commutes=True),
    op.OR: _two("{0} | {1}", commutes=True),
    op.XOR: _two("{0} ^ {1}", commutes=True),
    op.SHL: _two("({1} << {0}) & MAX_WORD if {0} < 256 else 0", short="({1} << {0}) & MAX_WORD"),
    op.SHR: _two("{1} >> {0} if {0} < 256 else 0", short="{1} >> {0}"),
    op.ISZERO: _one("0 if {0} else 1"),
    op.NOT: _one("{0} ^ MAX_WORD"),
    op.ADDRESS: _read('from_bytes(message.storage_address, "big")'),
    op.CALLER: _read('from_bytes(message.sender, "big")'),
    op.CALLVALUE: _read("message.value"),
    op.CALLDATASIZE: _read("len(data)"),
    op.CALLDATALOAD: _read("word_at(data, {})", 1),
    op.RETURNDATASIZE: _read("len(frame.return_data)", fixed=False),
    op.TIMESTAMP: _read("block.timestamp"),
    op.NUMBER: _read("block.block_number"),
    op.CHAINID: _read("block.chain_id"),
    op.SLOAD: Helper(1, 1, quiet=True, function=load_storage),
    op.SSTORE: Helper(2, 0, function=store_storage),
    op.SHA3: Helper(2, 1, quiet=True, function=hash_memory),
    op.CALLDATACOPY: Helper(3, 0, quiet=True, writes=0, function=copy_calldata),
    op.CALL: Helper(7, 1, writes=5, function=call),
    op.STATICCALL: Helper(6, 1, writes=4, function=call_static),
    op.STOP: Helper(0, 0, function=stop),
    op.RETURN: Helper(2, 0, function=finish),
    **{op.LOG0 + topics: Helper(2 + topics, 0, function=log) for topics in range(5)},
    op.SDIV: Stock(2, 1),
    op.SMOD: Stock(2, 1),
    op.ADDMOD: Stock(3, 1),
    op.MULMOD: Stock(3, 1),
    op.EXP: Stock(2, 1),
    op.SIGNEXTEND: Stock(2, 1),
    op.BYTE: Stock(2, 1),
    op.SAR: Stock(2, 1),
    op.BALANCE: Stock(1, 1),
    op.ORIGIN: Stock(0, 1),
    op.CODECOPY: Stock(3, 0, writes=0),
    op.EXTCODESIZE: Stock(1, 1),
    op.RETURNDATACOPY: Stock(3, 0, writes=0),
    op.SELFBALANCE: Stock(0, 1),
    op.MSTORE8: Stock(2, 0, writes=0),
    op.MSIZE: Stock(0, 1),
    op.TLOAD: Stock(1, 1),
    op.TSTORE: Stock(2, 0),
    op.MCOPY: Stock(3, 0, writes=0),
    op.DELEGATECALL: Stock(6, 1, writes=4),
    op.REVERT: Stock(2, 0),
}
"""What there is to know, by opcode."""
