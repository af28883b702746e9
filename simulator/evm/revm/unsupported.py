"""Which code may ask for what pyrevm can't tell it: found in the code, before it is executed."""

from functools import lru_cache

from eth.vm import opcode_values as op

UNSUPPORTED = frozenset({op.BASEFEE, op.BLOCKHASH, op.GASPRICE})
INVALID = 0xFE
_ENDS = frozenset({op.STOP, op.JUMP, op.RETURN, op.REVERT, INVALID, op.SELFDESTRUCT})

MAX_CODES = 128
"""Contracts whose answer is remembered."""


@lru_cache(maxsize=MAX_CODES)
def may_ask(code: bytes) -> bool:
    """Tell whether code may execute one of the instructions in `UNSUPPORTED`.

    All that is executed is met on the way from the first byte to the last, with the data of PUSH
    left out, since only a JUMPDEST that is met there can be jumped to. What follows on an end is
    out of reach up to the next JUMPDEST; this leaves out most of what compilers append.
    """
    position, within_reach = 0, True
    while position < len(code):
        opcode = code[position]
        if opcode == op.JUMPDEST:
            within_reach = True
        elif within_reach and opcode in UNSUPPORTED:
            return True
        elif opcode in _ENDS:
            within_reach = False
        elif op.PUSH1 <= opcode <= op.PUSH32:
            position += opcode - op.PUSH1 + 1
        position += 1
    return False
