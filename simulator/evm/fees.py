"""What gas costs, and what a transaction uses whatever it executes.

EIP-1559 base fees, the gas that is used in advance, and the floor under calldata.
"""

from functools import lru_cache

from simulator.evm.transactions import AccessList

INITIAL_BASE_FEE = 1_000_000_000
"""Wei; the base fee of every genesis."""

MAX_CHANGE_DENOMINATOR = 8
ELASTICITY = 2
"""EIP-1559: the fee moves by an eighth at most; the target is half the limit."""

TRANSACTION_GAS = 21_000
CREATION_GAS = 32_000
ZERO_BYTE_GAS = 4
NONZERO_BYTE_GAS = 16
ACCESS_ADDRESS_GAS = 2_400
ACCESS_SLOT_GAS = 1_900
"""EIP-2930: what an entry of an access list costs in advance."""

FLOOR_ZERO_BYTE_GAS = 10
FLOOR_NONZERO_BYTE_GAS = 40
"""EIP-7623: less than this for each byte of calldata is never paid."""

MAX_INITCODE_BYTES = 49_152
"""EIP-3860: a transaction with a longer deployment is not valid."""


def next_base_fee(base_fee: int, gas_used: int, gas_limit: int) -> int:
    """Return the base fee of the block after one with these figures."""
    target = gas_limit // ELASTICITY
    if gas_used == target:
        return base_fee
    change = base_fee * abs(gas_used - target) // target // MAX_CHANGE_DENOMINATOR
    return base_fee + max(change, 1) if gas_used > target else base_fee - change


@lru_cache(maxsize=256)
def _decay(base_fee: int) -> tuple[int, ...]:
    """Return the base fees of a run of empty blocks, up to the one that stays as it is."""
    fees = [base_fee]
    while fees[-1] // MAX_CHANGE_DENOMINATOR:
        fees.append(fees[-1] - fees[-1] // MAX_CHANGE_DENOMINATOR)
    return tuple(fees)


def base_fee_after_empty_blocks(base_fee: int, blocks: int) -> int:
    """Return the base fee that a fee becomes in a number of empty blocks."""
    fees = _decay(base_fee)
    return fees[min(blocks, len(fees) - 1)]


def access_gas(access_list: AccessList) -> int:
    """Return what an access list costs."""
    slots = sum(len(keys) for _, keys in access_list)
    return ACCESS_ADDRESS_GAS * len(access_list) + ACCESS_SLOT_GAS * slots


def intrinsic_gas(data: bytes, access_list: AccessList = (), *, creates: bool) -> int:
    """Return what a transaction uses in advance."""
    zeros = data.count(0)
    return (
        TRANSACTION_GAS
        + (CREATION_GAS if creates else 0)
        + ZERO_BYTE_GAS * zeros
        + NONZERO_BYTE_GAS * (len(data) - zeros)
        + access_gas(access_list)
    )


def floor_gas(data: bytes) -> int:
    """Return what a transaction uses at least, whatever it executes."""
    zeros = data.count(0)
    return (
        TRANSACTION_GAS + FLOOR_ZERO_BYTE_GAS * zeros + FLOOR_NONZERO_BYTE_GAS * (len(data) - zeros)
    )
