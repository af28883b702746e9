"""The small things that everything is made of, to compare one commit with another.

They have no targets and no place on the page: their seconds mean little on another machine.
"""

from typing import Any

import pytest
from eth_utils.crypto import keccak
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.chain.contracts import Token, TokenNetworkContract
from simulator.chain.decoder import EventDecoder
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall
from simulator.chain.signatures import Signed, signer_of
from simulator.evm.parameters import CHAIN_ID
from simulator.evm.transactions import Log
from simulator.kernel.journal import MAX_FRESH, Entry, Journal
from simulator.node.plan import Candidates, Facts, Plan, UnfundedChannel, plan
from simulator.words import events
from simulator.words.units import Address

KEY = Key(b"\x01" * 32)
SENDER = KEY.address
PEERS = [Address(bytes([number]) * 20) for number in range(10, 20)]
PARTNER = PEERS[0]
TOKEN, NETWORK = Address(b"\x02" * 20), Address(b"\x03" * 20)
CONTRACT = TokenNetworkContract(NETWORK, Token(TOKEN), CHAIN_ID)
BLOCK = 1_000
CHANNEL = 70
FUNDS, SHARE = 100, 20
TIME = 15_000.0


def facts(own_deposits: list[int], *, peers: int) -> Facts:
    """Return what a node knows that wants three channels and has some."""
    channels = [
        UnfundedChannel(number, PEERS[number], own, SHARE, partner_online=True)
        for number, own in enumerate(own_deposits)
    ]
    deposited = sum(own_deposits)
    candidates = Candidates(PEERS[len(channels) : len(channels) + peers])
    wallet = 1_000 - deposited
    visible = bool(channels)
    return Facts(FUNDS, SHARE, 3, channels, candidates, deposited, wallet, visible=visible)


SITUATIONS = {
    "all to open": facts([], peers=10),
    "partners to answer": facts([0, 0, SHARE, SHARE], peers=0),
    "nothing to spend": facts([SHARE] * 5, peers=10),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def bench_plan(benchmark: BenchmarkFixture, situation: str) -> None:
    """Decide; what the facts and drawing the candidates cost is not part of it."""
    planned: Plan = benchmark(plan, SITUATIONS[situation])
    assert bool(planned.actions) == (situation != "nothing to spend")


RECORDED = {
    "opened": events.ChannelOpened(NETWORK, BLOCK, CHANNEL, SENDER, PARTNER, 500),
    "deposited": events.Deposited(NETWORK, BLOCK, CHANNEL, SENDER, SHARE),
    "sent": events.TransactionSent(SENDER, "setTotalDeposit", 7),
}


@pytest.mark.parametrize("kind", RECORDED)
def bench_journal_line(benchmark: BenchmarkFixture, kind: str) -> None:
    """Write an event as a line."""
    line: str = benchmark(Entry(CHANNEL, TIME, 0, TIME, RECORDED[kind]).line)
    assert line.startswith('{"position":70')


def bench_journal(benchmark: BenchmarkFixture) -> None:
    """Record as many events as are hashed at once, which includes their hash."""
    journal = Journal(0, keep=MAX_FRESH)
    happened = [*RECORDED.values()] * (MAX_FRESH // len(RECORDED))
    happened += [RECORDED["sent"]] * (MAX_FRESH - len(happened))

    def record() -> None:
        for event in happened:
            journal.record(event, TIME, 0, TIME)

    benchmark(record)
    assert journal.count >= MAX_FRESH


CALLS = {
    "openChannel": CONTRACT.open_channel(SENDER, PARTNER, 500),
    "setTotalDeposit": CONTRACT.set_total_deposit(SENDER, CHANNEL, SHARE, PARTNER),
}


@pytest.mark.parametrize("function", CALLS)
def bench_calldata(benchmark: BenchmarkFixture, function: str) -> None:
    """Encode a call."""
    call: ContractCall = CALLS[function]
    data: bytes = benchmark(lambda: call.data)
    assert len(data) > 4


def log(contract: Address, event: str, topics: list[Any], value: int) -> Log:
    """Return what a contract emits: addresses and numbers in words."""
    words = [
        topic.to_bytes(32, "big") if isinstance(topic, int) else topic.rjust(32, b"\0")
        for topic in (*topics, value)
    ]
    return Log(contract, (keccak(text=event), *words[:-1]), words[-1])


def bench_decode_deposit(benchmark: BenchmarkFixture) -> None:
    """Make events of what a deposit leaves in its receipt."""
    decoder = EventDecoder()
    decoder.watch(TOKEN, NETWORK)
    deposited = "ChannelNewDeposit(uint256,address,uint256)"
    moved = "Transfer(address,address,uint256)"
    logs = [
        log(NETWORK, deposited, [CHANNEL, SENDER], SHARE),
        log(TOKEN, moved, [SENDER, NETWORK], SHARE),
    ]
    decoded: tuple[events.ChainEvent, ...] = benchmark(decoder.decode, logs, BLOCK)
    assert decoded == (
        events.Deposited(NETWORK, BLOCK, CHANNEL, SENDER, SHARE),
        events.TokensMoved(TOKEN, BLOCK, SENDER, NETWORK, SHARE),
    )


def bench_address(benchmark: BenchmarkFixture) -> None:
    """Make an account, which is most of what setting up a node takes."""
    key: Key = benchmark(Key, KEY.secret)
    assert key.address == SENDER


def closing_message() -> Signed:
    """Return what somebody signs who closes a channel."""
    call = CONTRACT.close_channel(SENDER, KEY, CHANNEL, PARTNER)
    signed = call.arguments[-1]
    assert isinstance(signed, Signed)
    return signed


def bench_sign(benchmark: BenchmarkFixture) -> None:
    """Sign a closing message."""
    signature: bytes = benchmark(bytes, closing_message())
    assert len(signature) == 65


def bench_recover(benchmark: BenchmarkFixture) -> None:
    """Find out who has signed a closing message, from bytes alone."""
    signed = closing_message()
    assert benchmark(signer_of, signed.message, bytes(signed)) == SENDER
