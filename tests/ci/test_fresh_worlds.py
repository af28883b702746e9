"""A world like an earlier one is copied from its first blocks, and nobody can tell."""

from collections import OrderedDict
from collections.abc import Hashable

import pytest

from simulator.node.settings import Settings
from simulator.testnet import genesis
from simulator.testnet.testnet import Testnet

Story = tuple[str, str, int, list[int]]


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> OrderedDict[Hashable, object]:
    """Nothing is kept from other tests."""
    empty: OrderedDict[Hashable, object] = OrderedDict()
    monkeypatch.setattr(genesis, "_kept", empty)
    return empty


def play(net: Testnet) -> Story:
    """Let something happen; return what it was."""
    for index in range(3):
        net.node(index).join(net.token, funds=100)
    net.run_until_idle()
    net.check_invariants()
    return (
        net.digest,
        net.last_block_hash,
        net.block_number,
        sorted(net.node(0).deposits(net.token).values()),
    )


def test_copies_are_equal_and_independent(kept: OrderedDict[Hashable, object]) -> None:
    made = Testnet(3, seed=4, tokens=2)
    assert len(kept) == 1
    story = play(made)
    copied, another = Testnet(3, seed=4, tokens=2), Testnet(3, seed=4, tokens=2)
    assert len(kept) == 1
    assert copied.tokens == made.tokens
    assert play(copied) == story
    assert another.block_number < copied.block_number
    assert play(another) == story


def test_every_fact_counts(kept: OrderedDict[Hashable, object]) -> None:
    worlds = [
        Testnet(2),
        Testnet(3),
        Testnet(2, seed=1),
        Testnet(2, tokens=2),
        Testnet(2, token_balance=5),
        Testnet(2, eth_balance=10**18),
        Testnet(2, settings=Settings(block_time=30)),
    ]
    assert len(kept) == len(worlds)
    assert len({net.last_block_hash for net in worlds}) == len(worlds)


def test_a_copy_has_its_web3(kept: OrderedDict[Hashable, object]) -> None:
    made, copied = Testnet(1), Testnet(1)
    assert copied.web3.eth.block_number == made.web3.eth.block_number
    for number in range(made.block_number + 1):
        assert copied.web3.eth.get_block(number) == made.web3.eth.get_block(number)


def test_what_is_kept_is_bounded(
    kept: OrderedDict[Hashable, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genesis, "MAX_KEPT", 2)
    monkeypatch.setattr(genesis, "MAX_KEPT_WALLETS", 3)
    Testnet(4)
    assert not kept
    for seed in range(3):
        Testnet(1, seed)
    assert len(kept) == 2
