"""The chain itself: blocks in the making, empty blocks, copies, what is kept and what is gone."""

import os
import pickle
import re
import subprocess
import sys

import pytest
from eth_utils.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.abi import load
from simulator.evm.blocks import BlockGone
from simulator.evm.chain import Chain
from simulator.evm.fees import base_fee_after_empty_blocks, next_base_fee
from simulator.evm.registry import FULL_ENGINE, make_engine
from simulator.evm.transactions import Receipt
from simulator.words.errors import ConfigurationError
from tests.evm.engines import HERE, OUR_ENGINES, needs_revm
from tests.examples import examples

ALICE, BOB = bytes([1] * 20), bytes([2] * 20)
ETH = 10**18
PRICE = 2 * 10**9
TOKEN = load("CustomToken")


def new_chain(engine: str, keep: int | None = None) -> Chain:
    return Chain(
        make_engine(engine),
        {ALICE: 10 * ETH, BOB: ETH},
        timestamp=1_000,
        block_time=15,
        gas_limit=60_000_000,
        chain_id=7,
        keep=keep,
    )


@pytest.fixture(params=OUR_ENGINES)
def chain(request: pytest.FixtureRequest) -> Chain:
    return new_chain(request.param)


def mine(chain: Chain, to: bytes | None, data: bytes, value: int = 0) -> Receipt:
    chain.begin()
    receipt = chain.apply(ALICE, to, data, 3_000_000, PRICE, value)
    chain.seal()
    return receipt


def deploy(chain: Chain) -> bytes:
    created = mine(chain, None, TOKEN.deployment(10, 18, "Token", "TK")).created
    assert created is not None
    return created


def tokens(chain: Chain, token: bytes, account: bytes) -> int:
    execution = chain.call(token, TOKEN.encode("balanceOf", account))
    return int.from_bytes(execution.output, "big")


def mint(chain: Chain, token: bytes, amount: int) -> Receipt:
    data = TOKEN.encode("mintFor", amount, BOB)
    return chain.apply(ALICE, token, data, 100_000, PRICE)


# -- a block in the making ---------------------------------------------------------------


def test_reads_see_the_state_before_the_block(chain: Chain) -> None:
    token = deploy(chain)
    before = chain.balance(ALICE)
    chain.begin()
    chain.set_balance(BOB, 5)
    for _ in range(3):
        mint(chain, token, 1)
        assert tokens(chain, token, BOB) == 0
        assert (chain.balance(ALICE), chain.balance(BOB)) == (before, ETH)
    chain.seal()
    assert tokens(chain, token, BOB) == 3
    assert chain.balance(ALICE) < before
    assert chain.balance(BOB) == 5


def test_a_transaction_that_cannot_be_changes_nothing(chain: Chain) -> None:
    chain.begin()
    for gas, price, value in [(20_000, PRICE, 0), (21_000, 1, 0), (21_000, PRICE, 10 * ETH)]:
        with pytest.raises(ValidationError, match="The transaction "):
            chain.apply(ALICE, BOB, b"", gas, price, value)
    with pytest.raises(ValidationError, match="more than 49152"):
        chain.apply(ALICE, None, bytes(50_000), 10**7, PRICE)
    with pytest.raises(ValidationError, match="left in the block"):
        chain.apply(ALICE, BOB, b"", 60_000_001, PRICE)
    chain.seal()
    assert (chain.balance(ALICE), chain.pending_state.nonces) == (10 * ETH, {})


def test_fees_go_where_they_belong(chain: Chain) -> None:
    receipt = mine(chain, BOB, b"", 7)
    base_fee = chain.blocks[1].header.base_fee
    assert (receipt.status, receipt.gas_used) == (1, 21_000)
    assert chain.balance(ALICE) == 10 * ETH - 21_000 * PRICE - 7
    assert chain.balance(BOB) == ETH + 7
    assert chain.balance(bytes(20)) == 21_000 * (PRICE - base_fee)


def test_calldata_costs_its_floor(chain: Chain) -> None:
    assert mine(chain, BOB, b"\1" * 100).gas_used == 21_000 + 100 * 40


def test_blocks_are_made_one_after_the_other(chain: Chain) -> None:
    chain.begin()
    with pytest.raises(ValidationError, match="seal it first"):
        chain.begin()
    with pytest.raises(ValidationError, match="seal it first"):
        chain.advance(1)
    chain.seal()
    with pytest.raises(ValidationError, match="call begin first"):
        chain.seal()


# -- empty blocks ------------------------------------------------------------------------


def test_empty_blocks_take_no_room(chain: Chain) -> None:
    chain.advance(1)
    size = len(pickle.dumps(chain))
    chain.advance(10**9)
    assert len(pickle.dumps(chain)) < size + 20
    header = chain.blocks[10**9].header
    assert (header.timestamp, header.base_fee) == (1_000 + 15 * 10**9, 7)


def test_empty_blocks_have_hashes_and_parents(chain: Chain) -> None:
    mine(chain, BOB, b"")
    chain.advance(3)
    hashes = [chain.blocks.hash(number) for number in range(chain.head + 1)]
    assert len(set(hashes)) == 5
    assert [chain.blocks.number_of(found) for found in hashes] == list(range(5))
    assert chain.blocks.number_of(bytes(32)) is None


def test_the_base_fee_falls_to_where_it_stays() -> None:
    fee = 10**9
    for blocks in range(300):
        assert base_fee_after_empty_blocks(10**9, blocks) == fee
        fee = next_base_fee(fee, 0, 60_000_000)


def test_the_base_fee_follows_the_gas_used() -> None:
    assert next_base_fee(800, 30_000_000, 60_000_000) == 800
    assert next_base_fee(800, 60_000_000, 60_000_000) == 900
    assert next_base_fee(800, 45_000_000, 60_000_000) == 850
    assert next_base_fee(1, 30_000_001, 60_000_000) == 2


# -- going back --------------------------------------------------------------------------


def test_nested_ways_back(chain: Chain) -> None:
    token = deploy(chain)
    seen = []
    for amount in (1, 2, 4):
        seen.append((chain.head, chain.head_hash, tokens(chain, token, BOB)))
        chain.begin()
        mint(chain, token, amount)
        chain.seal()
        chain.advance(2)
    for number, block_hash, balance in reversed(seen):
        chain.begin()
        mint(chain, token, 100)
        chain.go_back(number)
        assert (chain.head, chain.head_hash, tokens(chain, token, BOB)) == (
            number,
            block_hash,
            balance,
        )


def test_states_of_old_blocks(chain: Chain) -> None:
    mine(chain, BOB, b"", 1)
    chain.advance(2)
    mine(chain, BOB, b"", 1)
    found = []
    for number in range(chain.head + 1):
        with chain.state_after(number) as state:
            found.append(state.balances[BOB] - ETH)
    assert found == [0, 1, 1, 1, 2]
    assert chain.balance(BOB) == ETH + 2


@pytest.mark.parametrize("engine", OUR_ENGINES)
def test_old_blocks_are_forgotten(engine: str) -> None:
    chain, everything = new_chain(engine, keep=3), new_chain(engine)
    for _ in range(8):
        mine(chain, BOB, b"", 1)
        mine(everything, BOB, b"", 1)
    assert [len(chain.blocks[number].receipts) for number in range(6, 9)] == [1] * 3
    assert chain.head_hash == everything.head_hash
    assert chain.blocks.hash(2) == everything.blocks.hash(2)
    with chain.state_after(6) as state:
        assert state.balances[BOB] == ETH + 6
    gone = "The block 5 is no longer kept: the oldest is 6."
    for ask in (lambda: chain.blocks[5], lambda: chain.go_back(5)):
        with pytest.raises(BlockGone, match=gone):
            ask()
    with pytest.raises(BlockGone, match=gone), chain.state_after(5):
        pass
    chain.go_back(7)
    assert chain.blocks.oldest == 6
    mine(chain, BOB, b"", 1)
    assert chain.head_hash == everything.head_hash
    chain.advance(1)
    assert chain.blocks.oldest == 7


@pytest.mark.parametrize("engine", OUR_ENGINES)
@given(
    keep=st.integers(1, 5),
    more=st.one_of(st.just(0), st.integers(200, 300)),
    steps=st.lists(st.one_of(st.just(0), st.integers(1, 4), st.integers(200, 600)), max_size=12),
)
@examples(6)
def test_what_is_kept_is_as_it_was(engine: str, keep: int, more: int, steps: list[int]) -> None:
    """However blocks and stretches of empty ones come, and however long the chain was before."""
    chain, everything = new_chain(engine, keep=keep + more), new_chain(engine)
    for step in [0] * more + steps:
        for one in (chain, everything):
            if step:
                one.advance(step)
            else:
                mine(one, BOB, b"", 1)
    head = chain.head
    assert chain.blocks.oldest == max(0, head - keep - more + 1)
    for number in range(head + 1):
        if number < chain.blocks.oldest:
            with pytest.raises(BlockGone):
                chain.blocks.must_be_kept(number)
            continue
        assert chain.blocks[number] == everything.blocks[number]
        assert chain.blocks.hash(number) == everything.blocks.hash(number)
        assert chain.blocks.number_of(everything.blocks.hash(number)) == number
        if number % 7 == 0 or number == chain.blocks.oldest:
            with chain.state_after(number) as ours, everything.state_after(number) as theirs:
                assert ours.balances == theirs.balances
    for number in range(max(0, chain.blocks.oldest - 256), chain.blocks.oldest):  # for BLOCKHASH
        assert chain.blocks.hash(number) == everything.blocks.hash(number)


# -- copies ------------------------------------------------------------------------------


def test_a_copy_goes_on_like_the_original(chain: Chain) -> None:
    token = deploy(chain)
    copy = pickle.loads(pickle.dumps(chain.copy()))  # noqa: S301 - it is our own
    results = []
    for _ in range(2):
        chain.begin()
        receipt = mint(chain, token, 9)
        chain.seal()
        chain.advance(2)
        results.append((receipt, chain.head_hash, tokens(chain, token, BOB)))
        chain.restore(copy)
        assert tokens(chain, token, BOB) == 0
    assert results[0] == results[1]
    with chain.state_after(0) as state:
        assert not state.codes
    chain.go_back(0)
    assert not chain.pending_state.codes


def test_a_copy_leaves_out_the_block_in_the_making(chain: Chain) -> None:
    chain.begin()
    chain.apply(ALICE, BOB, b"", 21_000, PRICE, 1)
    copy = chain.copy()
    chain.seal()
    chain.restore(copy)
    assert (chain.head, chain.balance(BOB)) == (0, ETH)


def test_a_pickle_goes_on_like_the_original(chain: Chain) -> None:
    token = deploy(chain)
    twin: Chain = pickle.loads(pickle.dumps(chain))  # noqa: S301 - it is our own
    for one in (chain, twin):
        one.begin()
        assert not mint(one, token, 3).error
        one.seal()
    assert twin.head_hash == chain.head_hash
    assert tokens(twin, token, BOB) == tokens(chain, token, BOB) == 3
    twin.go_back(1)
    assert (tokens(twin, token, BOB), tokens(chain, token, BOB)) == (0, 3)


def test_contracts_see_the_hashes_of_256_blocks() -> None:
    chain = new_chain("pyevm")
    answer = bytes.fromhex("5f35405f5260205ff3")  # of the block that the calldata names
    chain.begin()
    chain.pending_state.put(chain.pending_state.codes, BOB, answer)
    chain.seal()
    chain.advance(300)
    for number in (chain.head, chain.head - 200, 46):
        assert chain.call(BOB, number.to_bytes(32, "big")).output == chain.blocks.hash(number)
    for number in (45, 0, chain.head + 1):
        assert chain.call(BOB, number.to_bytes(32, "big")).output == bytes(32)
    chain.begin()
    for number in (chain.head, 46, chain.head - 200):  # transactions of a block share its context
        asked = number.to_bytes(32, "big")
        receipt = chain.apply(ALICE, BOB, asked, 100_000, PRICE)
        assert receipt.output == chain.blocks.hash(number)


HISTORY = """
from tests.evm.test_chain import *
for engine in sys.argv[1:]:
    chain = new_chain(engine)
    token = deploy(chain)
    chain.begin()
    chain.set_balance(BOB, 5)
    mint(chain, token, 3)
    chain.seal()
    chain.advance(4)
    print(chain.head_hash.hex(), mine(chain, BOB, b"").gas_used, chain.head_hash.hex())
"""


def hashes(hash_seed: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", HISTORY, *HERE],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_hashes_are_equal_in_every_process_and_engine() -> None:
    told = hashes("1") + hashes("2")
    assert len(told) == 2 * len(HERE)
    assert len({*told}) == 1


# -- which engine ------------------------------------------------------------------------


def test_unknown_engine_is_one_sentence() -> None:
    for name in ("geth", FULL_ENGINE, "model"):
        told = f"There is no engine {name!r} for a backend: choose one of pyevm, "
        told += "pyevm-interpreted, revm."
        with pytest.raises(ConfigurationError, match=re.escape(told)):
            make_engine(name)


def test_missing_pyrevm_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrevm", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'raiden-simulator\[revm\]'"):
        make_engine("revm")


@needs_revm
def test_another_pyrevm_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.evm.revm.engine.VERSION", "0.0.1")
    with pytest.raises(ConfigurationError, match=r"needs pyrevm 0\.0\.1, not .*raiden-simulator"):
        make_engine("revm")


@needs_revm
def test_an_engine_that_differs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.evm.revm.engine.RevmEngine._writes", lambda *_: [])
    monkeypatch.setattr("simulator.evm.revm.engine._checked", False)
    with pytest.raises(ConfigurationError, match=r"differs from py-evm .*: use the engine pyevm"):
        make_engine("revm")
