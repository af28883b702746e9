"""What a transaction uses before anything is executed."""

from simulator.chain.engines.base import AccessList

TRANSACTION_GAS = 21_000
CREATION_GAS = 32_000
ZERO_BYTE_GAS = 4
NONZERO_BYTE_GAS = 16
ACCESS_ADDRESS_GAS = 2_400
ACCESS_SLOT_GAS = 1_900
"""EIP-2930: what an entry of an access list costs in advance."""


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
