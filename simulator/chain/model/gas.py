"""What calls cost, without an EVM.

The gas of a call is the sum of its calldata, the storage that it uses, and a number for the way
through the code that it took: which function, and which ending. The first two follow rules; the
numbers of `gas_table`, and those of single steps below, were measured on the contracts.
"""

from simulator.chain.ledger import ContractCall, with_signatures
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
FULL_SIGNATURE = bytes([0xFF]) * LENGTH
SIGNATURE_HEAD = 2 * WORD + 3 * 2
"""Tokens of a signature's place and length."""

SWAPPED_PAIR = 12
"""For a pair of accounts whose first one has the larger address, each time it is hashed."""

SIGNATURE_VERSION = {27: 0, 28: 17, 0: 95, 1: 112}
"""By a signature's last byte."""

PROOF_SHOWN = 9_936
PROOF_MATCHED = 170
COMPARED = 17
LOCK_KEPT = 4_726
PAYOUT = 3_697
FIRST_PAYOUT = COLD_CONTRACT + COLD_LOAD + PAYOUT
FIRST_SECRET_ASKED = COLD_CONTRACT + COLD_LOAD - 6
SMALLER = -17
SATURATED = -84
LIMITS_COMPARED = 108
COOPERATED = 12_177
NOTHING_TAKEN = 26
ALL_TAKEN = 17
SECRET_KNOWN = 988
SECRET_REVEALED = 2_506
LOCK_UNREVEALED = 1_493
LOCK_LATE = 1_504
LOCK_IN_TIME = 1_584
"""Ways that single steps take: of closing, of settling, of creating a token network, of settling
cooperatively, of taking out user deposits, of revealing secrets, of unlocking."""

SIGNATURE_WORDS = 3
MEMORY_WORD = 3
MEMORY_SQUARE = 512
COPY_WORD = 3
HASH_WORD = 6
WORDS_OF_UNLOCK = 11
WORDS_OF_REGISTER = 5
"""What memory costs; and how many words there are before locks or secrets come."""


def signature_in_memory(length: int) -> int:
    """Return what it costs to copy a signature to memory, beyond what a whole one costs."""
    words = -(-length // WORD) - SIGNATURE_WORDS
    return (COPY_WORD + MEMORY_WORD) * words


def _growth(words: int, more: int) -> int:
    """Return what growing memory costs beyond so much for each word."""
    return (words + more) ** 2 // MEMORY_SQUARE - words**2 // MEMORY_SQUARE


def memory_of_secrets(count: int) -> int:
    """Return what it costs to hash so many secrets in memory, beyond so much for each."""
    return _growth(WORDS_OF_REGISTER, 3 * count)


def memory_of_locks(count: int) -> int:
    """Return what it costs to ask for so many secrets, and to copy and hash the locks.

    Each answer of the secret registry stays in memory, a word long, and three are a lock.
    """
    copied = (COPY_WORD + HASH_WORD) * 3 * count
    return MEMORY_WORD * 4 * count + _growth(WORDS_OF_UNLOCK, 4 * count) + copied


def calldata_tokens(call: ContractCall) -> int:
    """Return the tokens of a call's data.

    A signature that has not been made yet counts as one without zero bytes: at most a few of its
    65 bytes are zero, each of which would save 12 gas.
    """
    if call.to is None:
        return _tokens_of(call.data)
    tokens = _tokens(call.arguments)
    if tokens is None:
        arguments = with_signatures(call.arguments, lambda _: FULL_SIGNATURE)
        return _tokens_of(call.artifact.encode(call.function, *arguments))
    return SELECTOR + tokens


def _tokens_of(data: bytes) -> int:
    return 4 * len(data) - 3 * data.count(0)


def _tokens(arguments: tuple[object, ...]) -> int | None:
    """Return the tokens of words and signatures, which are frequent; None of anything else."""
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
            elif len(value) == LENGTH:
                signatures += 1
                total += 3 * WORD
            else:
                return None
        elif isinstance(value, Signed):
            signatures += 1
            total += 3 * WORD + 3 * LENGTH
        else:
            return None
    data = b"".join(parts)
    total += 3 * (len(data) - data.count(0))
    # the second of two lies beyond byte 255, and so its place has one byte more that is not zero
    return total + SIGNATURE_HEAD * signatures + 3 * (signatures // 2)
