"""Single instructions and random code on every engine, with eth-tester's own as the reference."""

from functools import cache
from typing import Any

import pytest
from eth.vm import opcode_values as op
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.abi import load
from simulator.evm.engine import Environment, ExecutionResult, Message
from simulator.evm.interpreter.engine import PyEvmEngine
from simulator.evm.revm.engine import WatchedState
from simulator.evm.revm.unsupported import UNSUPPORTED, may_ask
from tests.evm.engines import OUR_ENGINES, needs_revm
from tests.evm.histories import ACCOUNTS, Reference, backend_on
from tests.examples import examples

pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT:DeprecationWarning")

EDGES = [0, 1, 2, 31, 32, 255, 256, 2**128, 2**255 - 1, 2**255, 2**256 - 1]
TWO = [op.ADD, op.MUL, op.SUB, op.DIV, op.SDIV, op.MOD, op.SMOD, op.SIGNEXTEND, op.BYTE]
TWO += [op.LT, op.GT, op.SLT, op.SGT, op.EQ, op.AND, op.OR, op.XOR, op.SHL, op.SHR, op.SAR, op.EXP]
ONE = [op.ISZERO, op.NOT, op.CALLDATALOAD]
OWN = {op.BLOCKHASH}
"""What the reference answers otherwise: our blocks have hashes of their own."""


@cache
def backend(engine: str) -> Any:
    return Reference() if engine == "pyevm-full" else backend_on(engine)


def transaction(code: str) -> dict[str, Any]:
    data = bytes.fromhex(code)
    fields = {"from": ACCOUNTS[0], "to": b"", "data": data, "gas": 200_000, "value": 0}
    return {**fields, "gas_price": 2 * 10**9}


def create(engine: str, code: bytes, slots: int, gas: int = 200_000) -> Any:
    """Run code as a deployment; return what it cost and left behind, and take it back."""
    chain = backend(engine)
    snapshot = chain.take_snapshot()
    sent = chain.send_transaction({**transaction(code.hex()), "gas": gas, "value": 3})
    chain.mine_blocks(1)
    receipt = chain.get_transaction_receipt(sent)
    address = receipt["contract_address"]
    storage = [chain.get_storage(address, slot) for slot in range(slots)]
    logs = [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]
    left = (chain.get_code(address), chain.get_balance(address), chain.get_nonce(address))
    chain.revert_to_snapshot(snapshot)
    return receipt["status"], receipt["gas_used"], logs, storage, left


def push(number: int) -> bytes:
    size = max(1, (number.bit_length() + 7) // 8)
    return bytes([op.PUSH1 + size - 1]) + number.to_bytes(size, "big")


@pytest.mark.parametrize("engine", OUR_ENGINES)
@examples(30)
@given(operands=st.lists(st.sampled_from(EDGES) | st.integers(0, 2**256 - 1), min_size=2))
def test_arithmetic(engine: str, operands: list[int]) -> None:
    """All instructions on two operands, each result in a slot of its own."""
    first, second = push(operands[0]), push(operands[1])
    code = b"".join(
        second
        + (first if opcode in TWO else b"")
        + bytes([opcode])
        + push(slot)
        + bytes([op.SSTORE])
        for slot, opcode in enumerate(TWO + ONE)
    )
    slots = len(TWO + ONE)
    assert create(engine, code, slots, 10**6) == create("pyevm-full", code, slots, 10**6)


def fragments(without: set[int]) -> st.SearchStrategy[bytes]:
    """Yield pieces of code that do something more often than bytes at random."""
    small = st.integers(0, 300).map(push)
    opcodes = [n for n in range(256) if n not in without]
    single = st.sampled_from(opcodes).map(lambda opcode: bytes([opcode]))
    stack = st.integers(op.DUP1, op.SWAP16).map(lambda opcode: bytes([opcode]))
    storing = small.flatmap(lambda slot: small.map(lambda n: n + slot + bytes([op.SSTORE])))
    jumping = st.integers(0, 60).map(lambda to: push(to) + bytes([op.JUMPI]))
    label = st.just(bytes([op.JUMPDEST]))
    return st.one_of(small, small, small, single, single, stack, storing, jumping, label)


@pytest.mark.parametrize("engine", OUR_ENGINES)
@examples(30)
@given(parts=st.lists(fragments(OWN), min_size=1, max_size=40))
def test_random_code(engine: str, parts: list[bytes]) -> None:
    code = b"".join(parts)
    assert create(engine, code, 3) == create("pyevm-full", code, 3)


@pytest.mark.parametrize("engine", OUR_ENGINES)
@pytest.mark.parametrize(
    "code",
    [
        "600456005b60015f55",  # a jump over a STOP
        "60015660005b",  # into the data of a PUSH
        "6003565b61",  # a PUSH that the end cuts off
        "5b600056",  # without end
        "50",  # with nothing on the stack
        "5f" * 1025,  # with too much on it
        "60ff5ffd",  # a revert with memory that costs
        "7f" + "ff" * 32 + "51",  # memory nobody can pay for
        "60206000f0" + "5f55",  # a contract that makes a contract
        "73" + "09" * 20 + "ff",  # one that is gone at once
        "60aa5f5260206000a060016002600360046020600ca4",  # logs
        "60015f5d5f5c5f55",  # transient storage
        "5f5f5f5f600273" + "09" * 20 + "5af15f55",  # ETH to a new account
        "600a600c5f39600a5ff3" + "602a5f5260205ff3" + "0000",  # code that stays
        "60ef5f5360015ff3",  # code that may not stay
    ],
)
def test_special_code(engine: str, code: str) -> None:
    data = bytes.fromhex(code)
    assert create(engine, data, 2) == create("pyevm-full", data, 2)


# -- what revm can't tell ----------------------------------------------------------------

ASK = {
    "basefee": "48",
    "gasprice": "3a",
    "blockhash": "6001430340",
    "old blockhash": "5f40",
}
STORE = "5f55"
RETURN = "5f5260205ff3"


def keep(runtime: str, before: str = "") -> str:
    """Return code that does something and then deploys some code, together below 256 bytes."""
    size, start = len(runtime) // 2, len(before) // 2 + 9
    return f"{before}60{size:02x}8060{start:02x}5f395ff3{runtime}"


def make(code: str) -> str:
    """Return code that lets a contract be made by some code of at most 32 bytes."""
    return f"7f{code:0<64}5f5260{len(code) // 2:02x}5f5ff0"


@needs_revm
@pytest.mark.parametrize("ask", ASK.values(), ids=list(ASK))
def test_constructors_can_ask_for_everything(ask: str) -> None:
    for code in (ask + STORE, make(ask + STORE), make(ask + RETURN) + "5f5f5f5f845af1" + STORE):
        data = bytes.fromhex(code)
        assert create("revm", data, 1) == create("pyevm", data, 1), code


@needs_revm
@pytest.mark.parametrize("ask", ASK.values(), ids=list(ASK))
def test_calls_can_ask_for_everything(ask: str) -> None:
    """Also through a contract that doesn't ask."""
    answers = []
    for engine in ("pyevm", "revm"):
        chain = backend(engine)
        snapshot = chain.take_snapshot()
        addresses = []
        for runtime in (ask + RETURN, "60205f5f5f5f5f355af15f515f5560205ff3"):
            sent = chain.send_transaction(transaction(keep(runtime)))
            chain.mine_blocks(2)
            addresses.append(chain.get_transaction_receipt(sent)["contract_address"])
        asked, through = addresses
        call = {**transaction("00" * 12 + asked.hex()), "to": through, "value": 0}
        chain.send_transaction(call)
        chain.mine_blocks(1)
        stored = chain.get_storage(through, 0)
        found = [chain.call({**call, "to": to, "gas_price": 3 * 10**9}) for to in addresses]
        chain.revert_to_snapshot(snapshot)
        answers.append((stored, found))
        assert ask == ASK["old blockhash"] or stored
    assert answers[0] == answers[1]


@needs_revm
def test_who_does_not_ask_goes_on_from_what_others_wrote() -> None:
    answers = []
    for engine in ("pyevm", "revm"):
        chain = backend(engine)
        snapshot = chain.take_snapshot()
        count = "5f546001015f55"
        sent = chain.send_transaction(transaction(keep(count, ASK["basefee"] + STORE)))
        chain.mine_blocks(1)
        counter = chain.get_transaction_receipt(sent)["contract_address"]
        costs = []
        for code in (None, None, ASK["gasprice"] + STORE, None):
            given = {**transaction(""), "to": counter} if code is None else transaction(code)
            sent = chain.send_transaction(given)
            costs.append(chain.get_transaction_receipt(sent)["gas_used"])
        chain.mine_blocks(1)
        answers.append((costs, chain.get_storage(counter, 0)))
        chain.revert_to_snapshot(snapshot)
    assert answers[0] == answers[1]
    assert answers[0][1] > 10**6


# each call counts two slots up and stores what the code looks like, beyond its end too, where a
# PUSH is cut off; one contract then calls the other
COUNT = "5f546001015f55" + "600154600201600155"
LOOK = "386002553080" + "3b6003553f600455" + "604060405f39" + "5f51600555" + "602051600655"
LOOK += "604060405f303c" + "602051600755" + "47600955"  # and its ETH
CALL_NEXT = "5f5f5f5f5f5f355af1600855"


@needs_revm
def test_what_stays_between_messages_is_the_same() -> None:
    """Slots of several contracts, their code, and ETH that changes how an account is kept."""
    answers = []
    for engine in ("pyevm", "revm"):
        chain = backend(engine)
        snapshot = chain.take_snapshot()
        addresses = []
        for runtime in (COUNT + LOOK + "0060", COUNT + LOOK + CALL_NEXT + "60"):
            sent = chain.send_transaction(transaction(keep(runtime)))
            chain.mine_blocks(1)
            addresses.append(chain.get_transaction_receipt(sent)["contract_address"])
        last, first = addresses
        data = "00" * 12 + last.hex()
        costs = []
        for to, value in ((first, 0), (first, 0), (last, 0), (first, 5), (last, 5), (first, 0)):
            sent = chain.send_transaction(
                {**transaction(data), "to": to, "value": value, "gas": 600_000}
            )
            receipt = chain.get_transaction_receipt(sent)
            costs.append((receipt["status"], receipt["gas_used"]))
        chain.mine_blocks(1)
        slots = [[chain.get_storage(address, slot) for slot in range(10)] for address in addresses]
        codes = [chain.get_code(address) for address in addresses]
        answers.append((costs, slots, codes, [chain.get_balance(address) for address in addresses]))
        chain.revert_to_snapshot(snapshot)
    assert answers[0] == answers[1]
    (costs, (counted, _), _, _) = answers[0]
    assert all(status for status, _ in costs)
    assert counted[:2] == [6, 12]


@needs_revm
def test_py_evm_takes_over_only_as_long_as_somebody_may_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken_over: list[Message] = []

    def execute(engine: PyEvmEngine, environment: Environment, message: Message) -> ExecutionResult:
        taken_over.append(message)
        return original(engine, environment, message)

    original = PyEvmEngine.execute
    monkeypatch.setattr(PyEvmEngine, "execute", execute)
    chain = backend("revm")
    plain = bytes.fromhex(keep("602a5f55"))
    snapshot = chain.take_snapshot()
    create("revm", plain, 1)
    assert not taken_over
    chain.send_transaction(transaction(keep(ASK["basefee"] + RETURN)))
    chain.mine_blocks(1)
    assert not taken_over  # deployed, it can ask; while it is deployed, it doesn't
    create("revm", plain, 1)
    assert len(taken_over) == 1
    chain.revert_to_snapshot(snapshot)
    create("revm", plain, 1)
    assert len(taken_over) == 1


def test_a_watched_state_knows_what_was_written() -> None:
    state = WatchedState()
    state.put_storage((ACCOUNTS[0], 1), 5)
    state.put(state.balances, ACCOUNTS[1], 5)
    assert list(state.changed) == [(ACCOUNTS[0], 1), ACCOUNTS[1]]


@needs_revm
@examples(30)
@given(
    parts=st.lists(
        fragments(set()) | st.sampled_from(sorted(UNSUPPORTED)).map(lambda opcode: bytes([opcode])),
        min_size=1,
        max_size=40,
    )
)
def test_random_code_that_may_ask(parts: list[bytes]) -> None:
    code = b"".join(parts)
    assert create("revm", code, 3) == create("pyevm", code, 3)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("48", True),
        ("6048", False),  # the data of a PUSH
        ("604848", True),
        ("7f" + "48" * 32, False),
        ("60", False),
        ("0048", False),  # out of reach
        ("00485b48", True),
        ("00605b48", False),  # the label is data
        ("6004575b0048", False),
        ("60065748", True),  # where a conditional jump isn't taken
        ("fe48", False),
        ("5f5ff3" + "a26469706673582212" + "48" * 32, False),
    ],
)
def test_who_asks_is_found_in_the_code(code: str, expected: bool) -> None:
    assert may_ask(bytes.fromhex(code)) == expected


@pytest.mark.parametrize("name", ["CustomToken", "TokenNetworkRegistry", "TokenNetwork"])
def test_contracts_of_raiden_do_not_ask(name: str) -> None:
    assert not may_ask(load(name).bytecode)
