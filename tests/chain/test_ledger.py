"""What shares a slot."""

from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.abi import load
from simulator.chain.ledger import ContractCall, slots
from simulator.words.units import ZERO_ADDRESS

SLOT_GAS = 100


def call(gas_limit: int) -> ContractCall:
    return ContractCall(ZERO_ADDRESS, None, load("CustomToken"), "any", (), gas_limit)


@given(st.lists(st.integers(1, SLOT_GAS)))
def test_slots_are_as_full_as_the_order_allows(limits: list[int]) -> None:
    found = [[c.gas_limit for c in slot] for slot in slots(list(map(call, limits)), SLOT_GAS)]
    assert list(chain(*found)) == limits
    assert all(slot and sum(slot) <= SLOT_GAS for slot in found)
    for slot, following in pairwise(found):
        assert sum(slot) + following[0] > SLOT_GAS


def test_a_call_larger_than_a_slot_has_one_of_its_own() -> None:
    calls = [call(limit) for limit in (1, SLOT_GAS + 1, 2, 3)]
    assert list(slots(calls, SLOT_GAS)) == [calls[:1], calls[1:2], calls[2:]]
