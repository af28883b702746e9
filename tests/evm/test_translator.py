"""Code that is translated, compared with the interpreter and with eth-tester's own backend.

Each code is called several times, with much gas and with little, and with other branches than
those that its traces were made for.
"""

import linecache
import traceback
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from eth import constants
from eth.vm import opcode_values as op
from eth.vm.forks.frontier import computation
from eth_tester.exceptions import TransactionFailed
from hypothesis import given
from hypothesis import strategies as st

from simulator.evm.interpreter import calls
from simulator.evm.interpreter.program import TRACE
from simulator.evm.translator import program, source, tracer
from simulator.evm.translator.program import decode
from tests.evm.histories import ACCOUNTS, Reference, backend_on
from tests.examples import examples
from tests.marks import nightly

SLOTS = 3
AT_ONCE = 2
"""After how many visits there is a trace."""

MUCH_GAS = 80_000
LITTLE_GAS = 22_400
"""Just above what calldata of a word costs."""


@cache
def backends() -> tuple[Any, Any, Any]:
    return backend_on("pyevm"), backend_on("pyevm-interpreted"), Reference()


@dataclass(frozen=True)
class Run:
    """A call: its calldata, and its gas."""

    word: int = 0
    gas: int = MUCH_GAS


def push(number: int) -> bytes:
    size = max(1, (number.bit_length() + 7) // 8)
    return bytes([op.PUSH1 + size - 1]) + number.to_bytes(size, "big")


def ops(*opcodes: int) -> bytes:
    return bytes(opcodes)


def results(backend: Any, code: bytes, runs: list[Run]) -> list[Any]:
    """Deploy code and call it; return what can be seen of each call, and take everything back."""
    snapshot = backend.take_snapshot()
    base = {"from": ACCOUNTS[0], "value": 0, "gas_price": 2 * 10**9}
    copy = bytes([op.PUSH2]) + len(code).to_bytes(2, "big") + bytes.fromhex("80600b5f395ff3")
    deployment = {**base, "to": b"", "data": copy + b"\0" + code, "gas": 5_000_000}
    sent = backend.send_transaction(deployment)
    backend.mine_blocks(1)
    address = backend.get_transaction_receipt(sent)["contract_address"]
    seen = []
    for run in runs:
        call = {**base, "to": address, "data": run.word.to_bytes(32, "big"), "gas": run.gas}
        try:
            output = backend.call(dict(call), "latest")
        except TransactionFailed as failure:
            output = str(failure)
        sent = backend.send_transaction(call)
        backend.mine_blocks(1)
        receipt = backend.get_transaction_receipt(sent)
        logs = [(log["topics"], log["data"]) for log in receipt["logs"]]
        storage = [backend.get_storage(address, slot) for slot in range(SLOTS)]
        seen.append((output, receipt["status"], receipt["gas_used"], logs, storage))
    assert backend.get_code(address) == code
    backend.revert_to_snapshot(snapshot)
    return seen


def check(code: bytes, runs: list[Run], steps: int) -> None:
    """Compare traces with the interpreter, and with the reference; its errors read otherwise."""
    translating, interpreting, reference = backends()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "HOT", AT_ONCE)
        patch.setattr(tracer, "MAX_STEPS", steps)
        decode.cache_clear()  # what happens in an example follows from it alone
        told = results(translating, code, runs)
    assert told == results(interpreting, code, runs)
    for mine, theirs in zip(told, results(reference, code, runs), strict=True):
        assert mine[1:] == theirs[1:]
        assert mine[0] == theirs[0] or (isinstance(mine[0], str) and isinstance(theirs[0], str))


# -- random code ------------------------------------------------------------------------

BINARY = [op.ADD, op.MUL, op.SUB, op.DIV, op.MOD, op.LT, op.GT, op.SLT, op.SGT, op.EQ, op.AND]
BINARY += [op.OR, op.XOR, op.SHL, op.SHR, op.SAR, op.SIGNEXTEND, op.BYTE]
READING = [op.ADDRESS, op.CALLER, op.CALLVALUE, op.CALLDATASIZE, op.RETURNDATASIZE, op.GAS]
READING += [op.MSIZE, op.NUMBER, op.TIMESTAMP, op.CHAINID, op.PC, op.PUSH0, op.CODESIZE]
COPIES = [op.CALLDATACOPY, op.CODECOPY, op.MCOPY, op.RETURNDATACOPY]
CALLS = [
    push(32) + push(0) * 4 + ops(op.ADDRESS) + push(9_000) + ops(op.CALL),
    push(64) + push(32) + push(0) * 2 + ops(op.ADDRESS) + push(4_000) + ops(op.STATICCALL),
    push(0) * 4 + ops(op.ADDRESS) + push(4_000) + ops(op.DELEGATECALL),
    push(40) + push(70) + push(32) + push(3) + push(0) + ops(op.ADDRESS, op.GAS, op.CALL),
    push(5) + push(0) * 4 + push(2**200 + 4) + ops(op.GAS, op.CALL),  # nobody, and a dirty address
    push(9) + push(60) + push(32) + push(0) + push(4) + ops(op.GAS, op.STATICCALL),  # IDENTITY
    push(0) * 4 + push(1) + ops(op.ADDRESS) + push(9_000) + ops(op.CALL),  # with ETH
]
LOAD_INPUT = push(0) + ops(op.CALLDATALOAD)
NUMBERS = [0, 1, 2, 31, 32, 255, 256, 2**160 - 1, 2**255, 2**256 - 1]


def places() -> st.SearchStrategy[bytes]:
    """Yield code that pushes a place in the memory: a constant, what 64 points at, or the input."""
    number = st.sampled_from([0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 97, 128]) | st.integers(0, 200)
    pointer = push(64) + ops(op.MLOAD)
    near = number.map(lambda at: pointer + push(at) + ops(op.ADD))
    before = number.map(lambda at: push(at) + pointer + ops(op.SUB))
    shared = number.map(lambda at: ops(op.DUP1) + push(at) + ops(op.ADD))
    return st.one_of(
        number.map(push), number.map(push), near, near, before, shared
    ) | st.sampled_from([pointer, LOAD_INPUT, LOAD_INPUT + push(64) + ops(op.ADD)])


def pieces(labels: int) -> st.SearchStrategy[bytes | int]:
    """Yield pieces of code; a number stands for a PUSH of the label with this number."""
    number = st.sampled_from(NUMBERS).map(push)
    place = st.integers(0, 100).map(push)
    slot = st.integers(0, SLOTS - 1).map(push)
    stack = st.integers(op.DUP1, op.SWAP4).map(ops)
    stack |= st.sampled_from([op.POP, op.DUP1, op.SWAP1, op.DUP2, op.SWAP16]).map(ops)
    binary = st.sampled_from(BINARY).map(ops)
    unary = st.sampled_from([op.ISZERO, op.NOT, op.CALLDATALOAD, op.EXTCODESIZE]).map(ops)
    memory = st.tuples(places(), st.sampled_from([op.MLOAD, op.MSTORE, op.MSTORE8])).map(
        lambda both: both[0] + ops(both[1])
    )
    copying = st.tuples(place, place, places(), st.sampled_from(COPIES)).map(
        lambda four: four[0] + four[1] + four[2] + ops(four[3])
    )
    pointer = st.integers(0, 100).map(
        lambda more: push(64) + ops(op.MLOAD) + push(more) + ops(op.ADD) + push(64) + ops(op.MSTORE)
    )
    hashing = place.flatmap(lambda size: place.map(lambda at: size + at + ops(op.SHA3)))
    storage = slot.flatmap(
        lambda at: st.sampled_from([op.SLOAD, op.SSTORE]).map(lambda o: at + ops(o))
    )
    logging = st.tuples(place, places(), st.integers(op.LOG0, op.LOG4)).map(
        lambda three: three[0] + three[1] + ops(three[2])
    )
    pointer |= st.just(LOAD_INPUT + push(64) + ops(op.MSTORE))
    rare = st.sampled_from([*CALLS, ops(0xFE), ops(0x0C), ops(op.MLOAD), ops(op.TLOAD)])
    reading = st.sampled_from(READING).map(ops)
    label = st.integers(0, labels - 1)
    plain = [number, number, stack, stack, binary, binary, unary, hashing, storage, logging]
    plain += [memory, memory, memory, copying, pointer]
    return st.one_of(*plain, reading, reading, rare, label, st.just(LOAD_INPUT))


def endings(labels: int) -> st.SearchStrategy[list[bytes | int]]:
    """Yield ways in which a block of code ends; some go on with the next one."""
    label = st.integers(0, labels - 1)
    condition = st.sampled_from([LOAD_INPUT, LOAD_INPUT, push(0), push(1), b"", ops(op.GAS)])
    bits = st.sampled_from([push(1) + ops(op.AND), push(2) + ops(op.AND), ops(op.ISZERO), b""])
    wrong = ops(op.ADD)  # a label and something else
    return st.one_of(
        st.just([]),
        label.map(lambda to: [to, ops(op.JUMP)]),
        st.tuples(condition, bits, label).map(lambda c: [c[0], c[1], c[2], ops(op.JUMPI)]),
        st.tuples(label, label).map(lambda two: [two[0], two[1], ops(op.JUMP)]),
        st.just([ops(op.JUMP)]),
        st.just([ops(op.SWAP1, op.JUMP)]),
        st.just([ops(op.JUMPI)]),
        label.map(lambda to: [LOAD_INPUT, to, wrong, ops(op.JUMP)]),
        st.sampled_from(
            [ops(op.STOP), push(32) + push(0) + ops(op.RETURN), push(32) + push(0) + ops(op.REVERT)]
        ).map(lambda end: [end]),
    )


@st.composite
def codes(draw: Any) -> bytes:
    """Yield code in blocks that jump to one another; sometimes the stack is nearly full."""
    count = draw(st.integers(1, 5))
    parts: list[bytes | int] = [push(1) * draw(st.sampled_from([0, 0, 0, 3, 1018, 1024]))]
    starts = []
    for _ in range(count):
        starts.append(len(parts))
        parts.append(ops(op.JUMPDEST))
        parts += draw(st.lists(pieces(count), max_size=12))
        parts += draw(endings(count))
    sizes = [len(part) if isinstance(part, bytes) else 3 for part in parts]
    places = [sum(sizes[:start]) for start in starts]
    return b"".join(
        part if isinstance(part, bytes) else bytes([op.PUSH2]) + places[part].to_bytes(2, "big")
        for part in parts
    )


def runs() -> st.SearchStrategy[list[Run]]:
    """Yield calls: some alike, so that there are traces, then others, also with little gas."""
    word = st.sampled_from([0, 0, 1, 2, 3, 96, 128, 300, 2**256 - 1])
    gas = (
        st.just(MUCH_GAS)
        | st.integers(LITTLE_GAS, LITTLE_GAS + 600)
        | st.integers(LITTLE_GAS, 50_000)
    )
    other = st.builds(Run, word, gas)
    return st.tuples(word, st.lists(other, min_size=2, max_size=5)).map(
        lambda both: [Run(both[0]), Run(both[0]), *both[1]]
    )


@examples(15)
@given(code=codes(), runs=runs(), steps=st.sampled_from([1, 2, 3, 7, 50, 250]))
def test_random_blocks(code: bytes, runs: list[Run], steps: int) -> None:
    check(code, runs, steps)


# -- what could go wrong ----------------------------------------------------------------


def assemble(text: str) -> bytes:
    """Turn mnemonics, numbers to push, `:labels` and pushes of `@labels` into code."""
    parts: list[bytes] = []
    places: dict[str, int] = {}
    for word in text.split():
        if word[0] == ":":
            places[word[1:]] = sum(map(len, parts))
            parts.append(ops(op.JUMPDEST))
        elif word[0] == "@":
            parts.append(bytes([op.PUSH2]) + word[1:].encode().ljust(2))
        else:
            parts.append(push(int(word)) if word.isdigit() else ops(getattr(op, word)))
    code = b"".join(parts)
    for name, place in places.items():
        code = code.replace(
            bytes([op.PUSH2]) + name.encode().ljust(2), bytes([op.PUSH2]) + place.to_bytes(2, "big")
        )
    return code


INPUT = "0 CALLDATALOAD"
ANSWER = "0 MSTORE 32 0 RETURN"
INNER = "CALLDATASIZE @o JUMPI"
OUTER_GAS = "20 60 0 0 0 ADDRESS 30000 CALL"
OUTER = f":o {OUTER_GAS}"
LOOP = f"0 {INPUT} :a DUP1 ISZERO @z JUMPI SWAP1 DUP2 ADD SWAP1 1 SWAP1 SUB @a JUMP :z POP {ANSWER}"


def traces_of(code: bytes) -> dict[int, Any]:
    """Have a code executed; return the functions that it has become, by their positions."""
    decode.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "HOT", AT_ONCE)
        results(backends()[0], code, [Run(30), Run(3)])
    made = decode(code).items()
    return {position: found[2] for position, found in made if found[0] == TRACE}


def test_traces_are_made() -> None:
    """The rest of this file is about something."""
    assert len(traces_of(assemble(LOOP))) >= 2


def test_the_interpreter_makes_none() -> None:
    decode.cache_clear()
    code = assemble(f"6 POP {LOOP}")
    results(backends()[1], code, [Run(3000, 10**6), Run(3)])
    assert decode.cache_info().currsize == 0
    assert source.sources_of(code) == {}


# -- what has been written ----------------------------------------------------------------


def test_what_was_translated_can_be_read() -> None:
    code = assemble(f"7 POP {LOOP}")
    assert source.source_of(code, 0) is None
    made = traces_of(code)
    assert list(source.sources_of(code)) == sorted(made)
    for position, text in source.sources_of(code).items():
        assert source.source_of(code, position) == text
        assert text.startswith("def trace(frame, values, gas")
        compile(text, "", "exec")


def test_a_traceback_shows_the_line_of_a_trace() -> None:
    code = assemble(f"8 POP {LOOP}")
    made = traces_of(code)
    linecache.checkcache()  # as `traceback` does: files that have changed go
    with pytest.raises(AttributeError) as caught:
        made[0](object(), [], 1000)
    (*_, last) = traceback.extract_tb(caught.value.__traceback__)
    assert last.filename == source.filename(source.name_of(code), 0)
    text = source.source_of(code, 0)
    assert text is not None
    assert last.line == "data = frame.msg.data"
    assert last.line in text


def test_the_newest_sources_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_SOURCES", 2)
    code = assemble(f"9 POP {LOOP}")
    names = {function.__code__.co_filename for function in traces_of(code).values()}
    assert len(names) > 2
    assert len(source.sources_of(code)) == 2
    assert sum(name in linecache.cache for name in names) == 2


@pytest.mark.parametrize(
    "text",
    [
        LOOP,
        "1 2 ADD 3 MUL NOT 5 SHL 0 SSTORE",  # nothing but constants
        f"{INPUT} @y JUMPI 7 0 SSTORE STOP :y 8 0 SSTORE",  # a branch that few calls take
        f"@r @f JUMP :r {ANSWER} :f {INPUT} SWAP1 JUMP",  # a function and its caller
        f"@r @f JUMP :r {ANSWER} :f {INPUT} ADD JUMP",  # a caller that is none
        f"{INPUT} JUMP :a",  # to wherever the input says
        f"{INPUT} 5 JUMPI STOP",  # to no destination, if at all
        ":a GAS 0 SSTORE POP @a JUMP",  # until something runs out
        ":a GAS @a JUMP",
        f"GAS {INPUT} MSTORE GAS 64 MSTORE MSIZE {ANSWER}",  # gas that is looked at
        f"1 {INPUT} SSTORE 0 {INPUT} SSTORE 1 {INPUT} SSTORE 0 SLOAD {ANSWER}",  # refunds
        f"{INPUT} 0 SSTORE 0 1 SSTORE 5 0 SSTORE {INPUT} 0 SSTORE",
        "0 0 0 0 ADDRESS 3000 STATICCALL 1 0 SSTORE",  # a write where there may be none
        "0 0 0 0 ADDRESS 3000 STATICCALL 7 32 0 LOG1",  # a log where there may be none
        f"1 7 4 5 LOG2 {INNER} 0 0 REVERT {OUTER} 8 0 0 LOG1 {ANSWER}",  # logs that are taken back
        f"1 7 4 5 LOG2 {INNER} 0 SLOAD 1 ADD 0 SSTORE STOP {OUTER} 8 0 0 LOG1 {ANSWER}",
        f"{INNER} 1 0 SSTORE 0 0 SSTORE STOP {OUTER} {OUTER_GAS} POP {ANSWER}",  # refunds inside
        f"{INNER} 7 0 MSTORE 40 0 RETURN {OUTER} POP 60 MLOAD {ANSWER}",  # output, cut off
        f"0 0 0 0 ADDRESS GAS DELEGATECALL {ANSWER}",  # itself, as deep as gas lets it
        f"{INPUT} {INPUT} SHA3 {INPUT} MLOAD {ANSWER}",  # memory that may be too much
        f"1 0 MSTORE 2 32 MSTORE 3 33 MSTORE 64 MLOAD MSIZE {ANSWER}",  # more and more memory
        "POP NUMBER POP POP POP POP 1 2 DUP3 SWAP4 CALLER",  # from a stack that is short, or full
        f"{INPUT} SWAP1 POP PC BLOCKHASH",  # what the translator doesn't know
    ],
)
@pytest.mark.parametrize(
    ("height", "steps"),
    [(1018, 250), nightly(0, 250), nightly(3, 3), nightly(1023, 1023), nightly(1024, 1024)],
)
def test_special_code(text: str, height: int, steps: int) -> None:
    """Each on a low stack and one that is nearly full, and with gas that runs out anywhere."""
    start = LITTLE_GAS + 3 * height
    little = [Run(1, start + gas) for gas in range(height % 29, 120, 29)]
    code = push(1) * height + assemble(text)
    check(code, [*map(Run, (0, 0, 0, 1, 7, 2**255)), *little], steps)


@pytest.mark.parametrize(
    "text",
    [
        f"0 {INPUT} :a SWAP1 NUMBER ADD SWAP1 1 SWAP1 SUB DUP1 @a JUMPI POP {ANSWER}",
        f"{INPUT} :a DUP1 DUP1 MSTORE 1 SWAP1 SUB DUP1 @a JUMPI {ANSWER}",  # in more memory
        f"{INPUT} :a DUP1 1 SWAP1 SUB DUP1 @a JUMPI {ANSWER}",  # with more and more on the stack
        f"0 0 0 0 0 0 {INPUT} :a SWAP1 POP 1 SWAP1 SUB DUP1 @a JUMPI {ANSWER}",  # with less
    ],
)
def test_loops(text: str) -> None:
    """The trace that begins with the loop comes back to it, where both ways were seen."""
    much = [Run(turns, 300_000) for turns in (1, 1, 2, 5, 40, 1023, 1024, 1030)]
    check(assemble(text), [*much, *(Run(20, LITTLE_GAS + gas) for gas in range(0, 1200, 101))], 250)


def test_storage_wants_some_gas_left() -> None:
    """A write that changes nothing costs less than what must be left before it."""
    around = [Run(0, 21_000 + 32 * 4 + 6 + 2_300 + n) for n in (-1, 0, 1, 2)]
    check(assemble("0 0 SSTORE"), [Run(), Run(), *around], 250)


def test_calls_end_at_some_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that is has no gas to get to: 1,024 calls inside of one another."""
    for place in (constants, computation, calls):
        monkeypatch.setattr(place, "STACK_DEPTH_LIMIT", 3)
    deeper = "0 SLOAD 1 ADD 0 SSTORE"
    for call in ("0 0 0 0 0 ADDRESS GAS CALL", "0 0 0 0 ADDRESS GAS STATICCALL"):
        check(assemble(f"{deeper} {call} {ANSWER}"), [Run(), Run(), Run()], 250)
        check(assemble(f"{call} {ANSWER}"), [Run(), Run(), Run()], 250)


POINTERS = [0, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 159, 160, 161, 2**32, 2**32 + 1]
POINTERS += [2**255, *(2**256 - before for before in (1, 31, 32, 33, 63, 64, 65, 96, 128, 160))]
ALL = "224 0 LOG0 ADD 3 MUL ADD 3 MUL ADD 0 SSTORE"
"""Tells what is in the memory, and the three uppermost values."""


@pytest.mark.parametrize(
    "text",
    [
        f"5 64 MLOAD MSTORE 64 MLOAD {ALL}",  # perhaps onto the pointer itself
        f"5 64 MLOAD MSTORE 64 MLOAD 5 XOR 64 MLOAD 32 ADD MSTORE 9 64 MLOAD MSTORE8 {ALL}",
        f"5 64 MLOAD 32 ADD MSTORE 6 64 MLOAD 64 ADD MSTORE 7 64 MLOAD MSTORE {ALL}",
        f"5 64 MLOAD 32 ADD MSTORE 6 64 MLOAD 63 ADD MSTORE 64 MLOAD 32 ADD MLOAD {ALL}",  # overlap
        f"5 64 MLOAD 33 SWAP1 SUB MSTORE 6 64 MLOAD 2 SWAP1 SUB MSTORE 64 MLOAD {ALL}",  # before it
        f"5 100 MSTORE 6 64 MLOAD MSTORE 100 MLOAD 9 128 MSTORE 64 MLOAD MLOAD {ALL}",
        f"5 100 MSTORE 6 {INPUT} MSTORE 100 MLOAD 9 128 MSTORE {INPUT} MLOAD {ALL}",
        f"5 64 MLOAD MSTORE 6 {INPUT} 0 ADD MSTORE 64 MLOAD MLOAD {INPUT} 32 ADD MLOAD {ALL}",
        f"5 96 MSTORE 6 64 MLOAD MSTORE 96 MLOAD {ALL}",
        f"5 64 MLOAD MSTORE 6 64 MLOAD 2 SWAP1 SUB MSTORE 64 MLOAD MLOAD {ALL}",
        f"5 64 MLOAD MSTORE 7 160 MSTORE MSIZE {ALL}",
        f"64 MLOAD MLOAD 64 MLOAD 96 ADD 64 MSTORE 7 64 MLOAD MSTORE 64 MLOAD 96 SWAP1 SUB {ALL}",
        f"64 64 MLOAD SHA3 32 64 MLOAD SHA3 200 64 MLOAD 1 ADD SHA3 64 0 SHA3 {ALL}",
        f"5 64 MLOAD MSTORE 32 0 64 MLOAD CALLDATACOPY 64 MLOAD MLOAD 64 MLOAD {ALL}",
        f"5 64 MLOAD MSTORE 3 0 33 CALLDATACOPY 64 MLOAD 0 MLOAD 32 MLOAD {ALL}",
        f"5 64 MLOAD MSTORE 4 2 64 MLOAD 7 ADD MCOPY 4 64 MLOAD 61 MCOPY 64 MLOAD MLOAD {ALL}",
        f"7 0 MSTORE 32 64 MLOAD 32 0 4 9000 STATICCALL 64 MLOAD MLOAD 64 MLOAD {ALL}",
        f"7 0 MSTORE 20 60 32 0 0 4 9000 CALL 64 MLOAD 32 MLOAD {ALL}",
        f"GAS 5 64 MLOAD 128 ADD MSTORE GAS 64 MLOAD 160 ADD MLOAD GAS {ALL}",  # what growing costs
        f"MSIZE 5 64 MLOAD 128 ADD MSTORE MSIZE 64 MLOAD 160 ADD MLOAD MSIZE {ALL}",
        f"0 0 SSTORE 5 64 MLOAD 128 ADD MSTORE 5 64 MLOAD 960 ADD MSTORE {ALL}",
        f"5 64 MLOAD 128 ADD MSTORE {INPUT} 128 LT @a JUMPI 64 MLOAD 960 ADD MLOAD :a {ALL}",
    ],
)
@pytest.mark.parametrize("pointers", [POINTERS[::10], nightly(POINTERS)])
def test_places_in_memory(text: str, pointers: list[int]) -> None:
    """A word that is known is the one that is there, wherever the pointer to free memory points."""
    below = "0 0 0 0"
    code = assemble(f"{below} {INPUT} 64 MSTORE {text}")
    around = [Run(128, LITTLE_GAS + gas) for gas in range(0, 400, 2_300 // len(pointers) // 5)]
    check(code, [Run(128), Run(128), Run(128), *map(Run, pointers), *around], 250)
    elsewhere = (
        f"@p {INPUT} 0 MUL ADD JUMP :p"  # a trace begins there, and finds the pointer in memory
    )
    other = assemble(f"{below} {INPUT} 64 MSTORE {elsewhere} {text}")
    check(other, [Run(128), Run(128), Run(128), *map(Run, pointers)], 250)
