"""What calls cost, without an EVM.

The gas of a call is the sum of its calldata, the storage that it uses, and a number for the way
through the code that it took: which function, and which ending. The first two follow rules; the
numbers of `gas_table`, and those of single steps below, were measured on the contracts.
"""

from simulator.chain.ledger import ContractCall
from simulator.chain.signatures import Signed
from simulator.evm.ecdsa import LENGTH

INTRINSIC = 21_000
CALLDATA_TOKEN = 4
CALLDATA_FLOOR = 10
"""Calldata counts in tokens: one for a zero byte, four for any other; EIP-7623."""

COLD_LOAD = 2_000
"""What the first use of a slot in a transaction costs more than the next ones; EIP-2929."""

COLD_CONTRACT = 2_500
"""What the first call of a contract in a transaction costs more than the next ones."""

WARM = 100
FIRST_WRITE = 20_000
CLEAN_WRITE = 2_900
CLEARING_REFUND = 4_800
RESET_REFUND = 2_800
UNDO_REFUND = 19_900
MAX_REFUND_SHARE = 5
"""Writes to slots that were read before, and refunds; EIP-2200, EIP-3529."""

WORD = 32
STATIC_LENGTHS = {20, WORD}
"""Of addresses and hashes; other bytes are signatures."""

SELECTOR = 4 * 4
SIGNATURE_HEAD = 2 * WORD + 3 * 2
"""Tokens of a signature's place and length."""

SWAPPED_PAIR = 12
"""For a pair of accounts whose first one has the larger address, each time it is hashed."""

SIGNATURE_VERSION = {27: 0, 28: 17, 0: 95, 1: 112}
"""By a signature's last byte."""

PROOF_SHOWN = 9_936
PROOF_MATCHED = 170
LOCK_KEPT = 4_726
PAYOUT = 3_697
FIRST_PAYOUT = COLD_CONTRACT + COLD_LOAD + PAYOUT
SMALLER = -17
SATURATED = -84
LIMITS_COMPARED = 108
"""Ways that single steps take: of closing, of settling, of creating a token network."""


def calldata_tokens(call: ContractCall) -> int:
    """Return the tokens of a call's data.

    A signature that has not been made yet counts as one without zero bytes: at most a few of its
    65 bytes are zero, each of which would save 12 gas.
    """
    if call.to is None:
        data = call.data
        return 4 * len(data) - 3 * data.count(0)
    return SELECTOR + _tokens(call.arguments)


def _tokens(arguments: tuple[object, ...]) -> int:
    total = signatures = 0
    parts = []
    for value in arguments:
        if isinstance(value, int):
            parts.append(value.to_bytes(WORD, "big"))
            total += WORD
        elif isinstance(value, bytes):
            parts.append(value)
            if len(value) in STATIC_LENGTHS:
                total += WORD
            else:
                signatures += 1
                total += WORD * -(-len(value) // WORD)
        elif isinstance(value, tuple):
            total += _tokens(value)
        elif isinstance(value, Signed):
            signatures += 1
            total += 3 * WORD + 3 * LENGTH
    data = b"".join(parts)
    total += 3 * (len(data) - data.count(0))
    # the second of two lies beyond byte 255, and so its place has one byte more that is not zero
    return total + SIGNATURE_HEAD * signatures + 3 * (signatures // 2)
