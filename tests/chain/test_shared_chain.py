"""What web3.py and eth-tester do to a living testnet: it works or is refused, and life goes on."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth.exceptions import PyEVMError
from eth_account import Account
from eth_keys.datatypes import PrivateKey
from eth_tester.exceptions import (
    BlockNotFound,
    SnapshotNotFound,
    TransactionFailed,
    ValidationError,
)
from eth_utils.exceptions import ValidationError as PyEvmValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from simulator.chain.abi import load
from simulator.evm.registry import FULL_ENGINE
from simulator.evm.signing import builder
from simulator.node.settings import Settings
from simulator.testnet import genesis
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InsufficientEth
from tests.evm.engines import OUR_ENGINES, why_no_revm

ENGINES = [*OUR_ENGINES, FULL_ENGINE]
GWEI = 10**9
SOON = Settings(settle_timeout_blocks=20)
"""Stock py-evm makes every block of the time in which a channel settles."""

REFUSED = (
    BlockNotFound,
    PyEVMError,
    PyEvmValidationError,
    RLPException,
    SnapshotNotFound,
    TransactionFailed,
    ValidationError,
)

Transaction = dict[str, Any]


class Chain:
    """A testnet, and who does something to its chain from outside."""

    def __init__(self, engine: str, nodes: int = 3) -> None:
        self.net = Testnet(nodes, engine=engine, settings=SOON)
        self.web3 = self.net.web3
        self.eth: Any = self.web3.eth
        self.tester: Any = self.web3.provider.ethereum_tester  # type: ignore[attr-defined]
        accounts: list[Any] = list(self.eth.accounts)
        self.one, self.other = accounts[:2]

    def ask(self, method: str, *parameters: object) -> Any:
        answer = self.web3.provider.make_request(method, parameters)  # type: ignore[arg-type]
        return answer["result"]

    def transfer(self, **fields: Any) -> Transaction:
        return {"from": self.one, "to": self.other, "value": 5, **fields}

    def send(self, **fields: Any) -> Any:
        return self.eth.send_transaction(self.transfer(**fields))

    def signed(self, **fields: Any) -> bytes:
        """A transfer by an account that only the test has the key of."""
        given = {"to": self.other, "value": 5, "nonce": 0, "gas": 21_000, "chainId": CHAIN_ID}
        fees = {"maxFeePerGas": 2 * GWEI, "maxPriorityFeePerGas": GWEI}
        return bytes(GUEST.sign_transaction({**given, **fees, **fields}).raw_transaction)

    def facts(self) -> object:
        net, eth = self.net, self.eth
        balances = [eth.get_balance(account) for account in eth.accounts]
        nonces = [eth.get_transaction_count(account, "pending") for account in eth.accounts]
        return (
            net.block_number,
            net._simulation.ledger.head,
            net.last_block_hash,
            net.now,
            balances,
            nonces,
        )

    def check_that_life_goes_on(self) -> None:
        net = self.net
        number = net.block_number
        for index in (0, 1):
            net.node(index).join(net.token, 100)
        net.run_until_idle()
        assert net.node(0).channels(net.token)
        receipt = self.eth.get_transaction_receipt(self.send(value=1))
        assert receipt["blockNumber"] == net.block_number > number
        net.check_invariants()
        assert self.eth.block_number == net.block_number


BURNS_ITS_GAS = "0xfe"
GUEST = Account.from_key(b"\x11" * 32)
CHAIN_ID = 1337

# -- what can't be ------------------------------------------------------------------------


def send_twice(chain: Chain) -> None:
    chain.send(to=GUEST.address, value=10**18)
    chain.eth.send_raw_transaction(chain.signed())
    before = chain.facts()
    try:
        chain.eth.send_raw_transaction(chain.signed())
    finally:
        assert chain.facts() == before


def revert(chain: Chain) -> None:
    snapshot = chain.tester.take_snapshot()
    chain.net.mint(0, 1)
    chain.ask("evm_revert", snapshot)


WRONG: dict[str, Callable[[Chain], Any]] = {
    "nonce too high": lambda chain: chain.send(nonce=99),
    "nonce too low": lambda chain: chain.send(nonce=0),
    "fee too low": lambda chain: chain.send(maxFeePerGas=1, maxPriorityFeePerGas=1),
    "gas price too low": lambda chain: chain.send(gasPrice=1),
    "too little gas": lambda chain: chain.send(gas=20_000),
    "too much gas": lambda chain: chain.send(gas=10**9),
    "more gas than 64 bits hold": lambda chain: chain.send(gas=2**70),
    "too much ETH": lambda chain: chain.send(value=2**100, gas=21_000),
    "too much ETH to estimate": lambda chain: chain.send(value=2**100),
    "an unknown sender": lambda chain: chain.send(**{"from": "0x" + "12" * 20}),
    "a call that reverts": lambda chain: chain.send(to=chain.net.token, data="0x12345678"),
    "a deployment that is too long": lambda chain: chain.eth.send_transaction(
        {"from": chain.one, "data": b"\0" * 50_000, "gas": 10**7}
    ),
    "raw, poor": lambda chain: chain.eth.send_raw_transaction(chain.signed()),
    "raw, of another nonce": lambda chain: chain.eth.send_raw_transaction(chain.signed(nonce=1)),
    "raw, twice": send_twice,
    "raw, empty": lambda chain: chain.eth.send_raw_transaction(b""),
    "raw, of no type": lambda chain: chain.eth.send_raw_transaction(b"\x05abc"),
    "raw, cut off": lambda chain: chain.eth.send_raw_transaction(chain.signed()[:-1]),
    "raw, with a fee beyond 256 bits": lambda chain: chain.eth.send_raw_transaction(
        builder.new_unsigned_dynamic_fee_transaction(
            CHAIN_ID, 0, 2**300, GWEI, 21_000, bytes(20), 0, b"", ()
        )
        .as_signed_transaction(PrivateKey(GUEST.key))
        .encode()
    ),
    "back": revert,
    "back to nowhere": lambda chain: chain.ask("evm_revert", 77),
    "back to the beginning": lambda chain: chain.tester.reset_to_genesis(),
    "to the past": lambda chain: chain.ask("testing_timeTravel", 1_600_000_000),
    "to the future": lambda chain: chain.ask("testing_timeTravel", 1_900_000_000),
    "less than no blocks": lambda chain: chain.ask("evm_mine", -1),
    "a text of blocks": lambda chain: chain.ask("evm_mine", "0x5"),
    "endless blocks": lambda chain: chain.ask("evm_mine", 10**12),
    "a miner that is none": lambda chain: chain.tester.mine_blocks(1, "0x12"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mining", [True, False], ids=["mining", "not mining"])
def test_what_is_refused_changes_nothing_and_life_goes_on(engine: str, mining: bool) -> None:
    chain = Chain(engine)
    chain.send()
    if not mining:
        chain.tester.disable_auto_mine_transactions()
    before = chain.facts()
    for name, attempt in WRONG.items():
        with pytest.raises(REFUSED) as refusal:
            attempt(chain)
        assert "\n" not in str(refusal.value), name
        after = chain.facts()
        assert after == before or attempt in (send_twice, revert), name
        before = after
    chain.tester.enable_auto_mine_transactions()
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_history_with_refusals_is_the_same_history(engine: str) -> None:
    names = []
    for refusals in (True, False):
        chain = Chain(engine)
        if refusals:
            for fields in ({"nonce": 99}, {"gas": 20_000}, {"gasPrice": 1}):
                with pytest.raises(REFUSED):
                    chain.send(**fields)
        chain.tester.mine_blocks(2)
        chain.net.mint(0, 1)
        names.append((chain.net.last_block_hash, chain.net.digest))
    assert names[0] == names[1]


# -- what waits ---------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_without_automatic_mining_transactions_wait(engine: str) -> None:
    chain = Chain(engine)
    net, eth, tester = chain.net, chain.eth, chain.tester
    tester.disable_auto_mine_transactions()
    before = chain.facts()
    sent = chain.send()
    replaced = chain.send(value=7, **{"from": chain.other})
    final = chain.send(value=8, **{"from": chain.other})
    assert chain.facts() == before
    assert eth.get_transaction(sent)["blockNumber"] is None
    tester.mine_block()
    receipts = [eth.get_transaction_receipt(which) for which in (sent, final)]
    assert [(r["blockNumber"], r["status"]) for r in receipts] == [(net.block_number, 1)] * 2
    assert len(eth.get_block("latest")["transactions"]) == 2
    with pytest.raises(Exception, match="not found"):
        eth.get_transaction_receipt(replaced)
    chain.send()
    tester.enable_auto_mine_transactions()
    assert len(eth.get_block("latest")["transactions"]) == 1
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_waits_and_fits_no_more_is_forgotten(engine: str) -> None:
    """The deployer's next nonce is used meanwhile."""
    chain = Chain(engine)
    tester = chain.tester
    tester.disable_auto_mine_transactions()
    gone, kept = chain.send(), chain.send(**{"from": chain.other})
    chain.net.mint(0, 1)
    assert tester.enable_auto_mine_transactions() == ["0x" + kept.hex().removeprefix("0x")]
    with pytest.raises(Exception, match="not found"):
        chain.eth.get_transaction(gone)
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_waits_takes_as_many_blocks_as_it_needs(engine: str) -> None:
    chain = Chain(engine, 5)
    tester = chain.tester
    tester.disable_auto_mine_transactions()
    senders = chain.eth.accounts[:5]
    for sender in senders:
        chain.eth.send_transaction({"from": sender, "data": BURNS_ITS_GAS, "gas": 25_000_000})
    number = chain.net.block_number
    assert len(tester.enable_auto_mine_transactions()) == len(senders)
    blocks = [chain.eth.get_block(number + n)["transactions"] for n in (1, 2, 3)]
    assert list(map(len, blocks)) == [2, 2, 1]
    chain.check_that_life_goes_on()


# -- in the middle of the nodes' life -----------------------------------------------------


def _in_a_slot(net: Testnet) -> Iterator[None]:
    """Stop wherever the nodes' block is half made."""
    call = net.node(0).join.begin(net.token, 100)
    clock = net._simulation.world.clock
    while not call.done:
        clock.step()
        if clock._work is not None:
            yield


@pytest.mark.parametrize("engine", ENGINES)
def test_while_nodes_make_a_block_others_wait_for_their_turn(engine: str) -> None:
    chain = Chain(engine)
    net, tester = chain.net, chain.tester
    attempts: list[Callable[[], object]] = [
        chain.send,
        tester.mine_block,
        lambda: tester.revert_to_snapshot(tester.take_snapshot()),
        lambda: tester.backend.mine_blocks(1),
    ]
    stops = 0
    for _ in _in_a_slot(net):
        stops += 1
        for attempt in attempts:
            before = chain.eth.block_number, chain.eth.get_balance(chain.other)
            with pytest.raises(ValidationError, match="is making a block: let time pass"):
                attempt()
            assert before == (chain.eth.block_number, chain.eth.get_balance(chain.other))
    assert stops > 2
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_and_its_user_spend_from_one_account(engine: str) -> None:
    """Nonces are those of the block, and ETH that the user has spent is gone for the node."""
    chain = Chain(engine)
    net, node, partner = chain.net, chain.net.node(0), chain.net.node(1)
    partner.join(net.token, 100)
    call = node.join.begin(net.token, 100)
    chain.send(**{"from": node.address})
    call.result()
    chain.send(**{"from": node.address})
    node.leave(net.token)
    left = node.eth_balance - 5 * 10**13
    chain.send(**{"from": node.address, "to": chain.one, "value": left, "gas": 21_000})
    with pytest.raises(InsufficientEth):
        node.open_channel(net.token, partner.address, 10)
    net.set_eth_balance(0, 10**20)
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_pending_at_the_backend_is_given_up_when_nodes_make_a_block(engine: str) -> None:
    chain = Chain(engine)
    before = chain.eth.get_balance(chain.other)
    raw = [bytes.fromhex(account[2:]) for account in (chain.one, chain.other)]
    chain.tester.backend.send_transaction({"from": raw[0], "to": raw[1], "value": 5, "gas": 21_000})
    chain.net.mint(0, 1)
    assert chain.eth.get_balance(chain.other) == before
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", ENGINES)
def test_testers_see_the_blocks_that_have_passed(engine: str) -> None:
    chain = Chain(engine)
    net, tester = chain.net, chain.tester
    net._simulation.world.clock.pass_time(net.now + 40)
    assert tester.get_block_by_number("latest")["number"] == net.block_number
    net._simulation.world.clock.pass_time(net.now + 40)
    tester.mine_blocks(3)
    assert net._simulation.ledger.head == net.block_number
    chain.check_that_life_goes_on()


def test_withdrawals_are_blocks_that_nodes_learn_of() -> None:
    chain = Chain(FULL_ENGINE)
    withdrawal = {"index": 0, "validator_index": 0, "address": chain.other, "amount": 5}
    before = chain.eth.get_balance(chain.other)
    chain.tester.backend.apply_withdrawals([withdrawal])
    assert chain.eth.get_balance(chain.other) == before + 5 * GWEI
    assert chain.net._simulation.ledger.head == chain.net.block_number
    chain.check_that_life_goes_on()


@pytest.mark.parametrize("engine", OUR_ENGINES)
def test_read_only_calls_may_come_from_contracts_and_want_any_gas(engine: str) -> None:
    chain = Chain(engine)
    supply = {"to": chain.net.token, "data": "0x18160ddd"}
    answers = [
        chain.eth.call({**supply, "from": sender, **gas})
        for sender in (chain.one, chain.net.token)
        for gas in ({}, {"gas": 2**64}, {"gas": 2**255})
    ]
    assert len(set(answers)) == 1
    chain.check_that_life_goes_on()


# -- several testnets in one process ------------------------------------------------------


def answer_to(ask: Callable[[], object]) -> object:
    """Return what comes back, or what is said instead."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is part of the story
        return str(error)


def story(net: Testnet) -> Iterator[object]:
    """What happens on a testnet, and what can be known about it."""
    eth: Any = None if net._simulation.ledger.engine == "model" else net.web3.eth
    for index in range(3):
        net.node(index).join(net.token, 100)
        yield net.block_number
    net.run_until_idle()
    yield sorted(net.node(1).deposits(net.token).values())
    if eth is not None:
        token = eth.contract(address=net.token, abi=load("CustomToken").abi)
        made = eth.send_transaction({"from": eth.accounts[0], "data": "0x60016001f3", "gas": 10**5})
        yield eth.get_transaction_receipt(made)
        supply = token.functions.totalSupply()
        for number in (0, 1, 4, 6, 9, net.block_number):
            yield answer_to(lambda at=number: supply.call(block_identifier=at))  # type: ignore[misc]
            yield answer_to(lambda at=number: eth.get_block(at))  # type: ignore[misc]
            yield answer_to(lambda at=number: eth.get_balance(eth.accounts[1], at))  # type: ignore[misc]
        yield answer_to(lambda: eth.get_logs({"fromBlock": 0, "toBlock": "latest"}))
    net.set_gas_price(3 * GWEI)
    yield net.node(0).leave(net.token)
    net.run_until_idle()
    yield net.node(0).eth_balance
    yield net.digest, net.last_block_hash


WORLDS: list[dict[str, Any]] = [
    {"engine": "pyevm"},
    {"engine": "pyevm", "keep_blocks": 2},
    {"engine": FULL_ENGINE, "settings": SOON},
    {"engine": "model"},
    {"engine": "pyevm", "tokens": 2, "settings": Settings(block_time=7, settle_timeout_blocks=30)},
    {"engine": "pyevm", "token_details": genesis.TokenDetails("Mark", "DM", 2)},
    {"engine": "pyevm", "seed": 1},
    {"engine": "pyevm", "nodes": 4},
]
if not why_no_revm():
    WORLDS.insert(1, {"engine": "revm"})


def told(worlds: list[dict[str, Any]]) -> list[list[str]]:
    """Tell the stories of some testnets in turn."""
    stories = [story(Testnet(**{"nodes": 3, "seed": 77, **world})) for world in worlds]
    turns = itertools.zip_longest(*stories)
    return [list(map(str, column)) for column in zip(*turns, strict=True)]


def without_ends(column: list[str]) -> list[str]:
    while column[-1] == "None":
        column.pop()
    return column


def test_testnets_in_one_process_do_not_touch_each_other() -> None:
    together = map(without_ends, told(WORLDS))
    backwards = map(without_ends, reversed(told(WORLDS[::-1])))
    for world, first, second in zip(WORLDS, together, backwards, strict=True):
        genesis._kept.clear()
        (alone,) = told([world])
        assert first == second == without_ends(alone), world
