"""What there is to know about instructions: formulas, and functions with what they take and give.

The interpreter and the functions that are made of paths share this.
"""

from collections.abc import Callable

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


def _two(formula: str) -> tuple[Callable[..., int], str, int]:
    return _function("a, b", formula.format("a", "b")), formula, 2


def _one(formula: str) -> tuple[Callable[..., int], str, int]:
    return _function("a", formula.format("a")), formula, 1


def _function(operands: str, formula: str) -> Callable[..., int]:
    names = {"MAX_WORD": MAX_WORD, "SIGN": SIGN}
    made: Callable[..., int] = eval(f"lambda {operands}: {formula}", names)  # noqa: S307 - ours
    return made


ARITHMETIC = {
    op.ADD: _two("({0} + {1}) & MAX_WORD"),
    op.MUL: _two("({0} * {1}) & MAX_WORD"),
    op.SUB: _two("({0} - {1}) & MAX_WORD"),
    op.DIV: _two("{0} // {1} if {1} else 0"),
    op.MOD: _two("{0} % {1} if {1} else 0"),
    op.LT: _two("1 if {0} < {1} else 0"),
    op.GT: _two("1 if {0} > {1} else 0"),
    op.SLT: _two("1 if {0} ^ SIGN < {1} ^ SIGN else 0"),
    op.SGT: _two("1 if {0} ^ SIGN > {1} ^ SIGN else 0"),
    op.EQ: _two("1 if {0} == {1} else 0"),
    op.AND: _two("{0} & {1}"),
    op.OR: _two("{0} | {1}"),
    op.XOR: _two("{0} ^ {1}"),
    op.SHL: _two("({1} << {0}) & MAX_WORD if {0} < 256 else 0"),
    op.SHR: _two("{1} >> {0} if {0} < 256 else 0"),
    op.ISZERO: _one("0 if {0} else 1"),
    op.NOT: _one("{0} ^ MAX_WORD"),
}
"""Functions of one or two operands, the same in Python's words, and how many there are."""


COMMUTATIVE = {op.ADD, op.MUL, op.EQ, op.AND, op.OR, op.XOR}
COMPARISONS = {op.LT, op.GT, op.SLT, op.SGT, op.EQ}

SHORTER = {
    op.DIV: (1, "{0} // {1}"),
    op.MOD: (1, "{0} % {1}"),
    op.SHL: (0, "({1} << {0}) & MAX_WORD"),
    op.SHR: (0, "{1} >> {0}"),
}
"""Formulas that do where one operand, and which, is known to be above 0 and below 256."""

READS = {
    op.ADDRESS: ('from_bytes(message.storage_address, "big")', 0),
    op.CALLER: ('from_bytes(message.sender, "big")', 0),
    op.CALLVALUE: ("message.value", 0),
    op.CALLDATASIZE: ("len(data)", 0),
    op.CALLDATALOAD: ("word_at(data, {})", 1),
    op.RETURNDATASIZE: ("len(frame.return_data)", 0),
    op.TIMESTAMP: ("block.timestamp", 0),
    op.NUMBER: ("block.block_number", 0),
    op.CHAINID: ("block.chain_id", 0),
}
"""Instructions that only look at their frame, with how many operands they take."""

HELPERS = {
    op.SLOAD: (load_storage, 1, 1),
    op.SSTORE: (store_storage, 2, 0),
    op.SHA3: (hash_memory, 2, 1),
    op.CALLDATACOPY: (copy_calldata, 3, 0),
    op.CALL: (call, 7, 1),
    op.STATICCALL: (call_static, 6, 1),
    op.STOP: (stop, 0, 0),
    op.RETURN: (finish, 2, 0),
    **{op.LOG0 + topics: (log, 2 + topics, 0) for topics in range(5)},
}
"""Functions that pay by themselves; how many operands they take, and whether they give a value."""

STOCK = {
    op.SDIV: (2, 1),
    op.SMOD: (2, 1),
    op.ADDMOD: (3, 1),
    op.MULMOD: (3, 1),
    op.EXP: (2, 1),
    op.SIGNEXTEND: (2, 1),
    op.BYTE: (2, 1),
    op.SAR: (2, 1),
    op.BALANCE: (1, 1),
    op.ORIGIN: (0, 1),
    op.CODECOPY: (3, 0),
    op.EXTCODESIZE: (1, 1),
    op.RETURNDATACOPY: (3, 0),
    op.SELFBALANCE: (0, 1),
    op.MSTORE8: (2, 0),
    op.MSIZE: (0, 1),
    op.TLOAD: (1, 1),
    op.TSTORE: (2, 0),
    op.MCOPY: (3, 0),
    op.DELEGATECALL: (6, 1),
    op.REVERT: (2, 0),
}
"""py-evm's instructions that are called in paths: what they take from the stack, and add."""

QUIET = {op.SLOAD, op.SHA3, op.CALLDATACOPY}
"""Helpers that fail only for want of gas, and then leave nothing behind: others may fail first."""

WRITES = {
    op.CALLDATACOPY: 0,
    op.CODECOPY: 0,
    op.RETURNDATACOPY: 0,
    op.MCOPY: 0,
    op.MSTORE8: 0,
    op.CALL: 5,
    op.STATICCALL: 4,
    op.DELEGATECALL: 4,
}
"""Helpers and py-evm's instructions that write memory: which operand says where that begins."""
