"""The journal: one canonical line for each event, and who is told."""

import json
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import PendingCall, Settings, Testnet
from simulator.chain.ledger import Status
from simulator.kernel.journal import Entry, Journal
from simulator.reference.journal_page import markdown
from simulator.words import events
from simulator.words.errors import NodeUnavailable, NotKept, TransactionFailed, TransactionTimedOut
from simulator.words.units import Address

addresses = st.binary(min_size=20, max_size=20).map(Address)
amounts = st.integers(0, 2**256 - 1)
some_events = st.one_of(
    st.builds(
        events.TransactionFinished,
        addresses,
        st.text(),
        amounts,
        st.sampled_from(Status),
        st.text(),
    ),
    st.builds(events.LeaveEnded, addresses, addresses, st.lists(addresses).map(tuple), st.text()),
    st.builds(
        events.ChannelOpened, addresses, amounts, amounts, addresses, addresses, st.integers()
    ),
    st.builds(events.JoinStarted, addresses, addresses, amounts, amounts, st.text()),
)


times = st.floats(allow_nan=False, allow_infinity=False)


@given(amounts, times, amounts, times, some_events)
def test_a_line_is_its_data_as_json(
    position: int, time: float, block: int, block_time: float, event: events.Event
) -> None:
    entry = Entry(position, time, block, block_time, event)
    assert entry.line() == json.dumps(entry.as_dict(), separators=(",", ":"))


@given(st.integers(0, 20), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_what_is_kept_can_be_read_from_anywhere(
    keep: int, count: int, first: int, end: int
) -> None:
    journal = Journal(0, keep)
    dropped: list[events.Event] = []
    journal.subscribe_dropped(dropped.append, events.GasPriceSet)
    told = [events.GasPriceSet(number, 0) for number in range(count)]
    for event in told:
        journal.record(event, 0.0, 0, 0.0)
    assert journal.oldest == len(dropped) == max(0, count - keep)
    assert dropped == told[: journal.oldest]
    if first < journal.oldest:
        with pytest.raises(NotKept) as caught:
            journal.part(first, end)
        assert (caught.value.number, caught.value.oldest) == (first, journal.oldest)
    else:
        assert [entry.event for entry in journal.part(first, end)] == told[first:end]


class Told:
    """A party that writes down that it was told."""

    def __init__(self, name: str, told: list[str]) -> None:
        self.name = name
        self.told = told

    def on_event(self, event: events.Event) -> None:
        del event
        self.told.append(self.name)


def test_subscribers_are_told_of_their_kinds_before_the_parties() -> None:
    journal = Journal(0)
    told: list[str] = []
    one, other = Address(b"a" * 20), Address(b"b" * 20)
    journal.subscribe_party(other, Told("other", told))
    journal.subscribe_party(one, Told("one", told))
    journal.subscribe(lambda _: told.append("kind"), events.NodeStarted, events.EthBalanceSet)
    journal.record(events.NodeStopped(one), 0.0, 0, 0.0)
    assert told == []
    journal.record(events.EthBalanceSet(one, 5), 0.0, 0, 0.0, (other,))
    assert told == ["kind", "one", "other"]


def told(net: Testnet, kind: type[events.Event]) -> list[dict[str, Any]]:
    """Return what the journal says of one kind of event."""
    return [entry.as_dict() for entry in net.journal if isinstance(entry.event, kind)]


def test_every_entry_tells_when_it_happened_and_when_nodes_learnt_of_it() -> None:
    """Ten blocks later, with confirmations: the chain's own time is what a study is after."""
    net = Testnet(2, settings=Settings(block_time=9, confirmation_blocks=10))
    net.node(0).open_channel(net.token, net.node(1).address, 5)
    (opened,) = told(net, events.ChannelOpened)
    assert (opened["block_time"], opened["time"]) == (9.0, 9.0 + 10 * 9)
    (sent, *_) = told(net, events.TransactionSent)
    assert (sent["time"], sent["block_time"]) == (0.0, 0.0)
    assert opened["block"] == sent["block"] + 1
    for entry in net.journal:
        assert entry.block_time <= entry.time
        if isinstance(entry.event, events.ChainEvent):
            assert entry.block == entry.event.block_number
            assert entry.time - entry.block_time == 90


def test_what_begins_ends_in_the_journal_with_its_outcome() -> None:
    net = Testnet(4, settings=Settings(settle_timeout_blocks=5))
    net.node(0).join(net.token, funds=10)
    net.node(1).join(net.token, funds=10)
    net.set_fault(2, "drop")
    with pytest.raises(TransactionTimedOut):
        net.node(2).join(net.token, funds=10)
    net.set_fault(2, "fail")
    with pytest.raises(TransactionFailed):
        net.node(2).join(net.token, funds=10)
    stopped = net.node(3).join.begin(net.token, funds=10)
    net.advance(seconds=1)
    net.node(3).stop()
    assert isinstance(stopped.error or _error_of(stopped), NodeUnavailable)
    partners = net.node(0).leave(net.token)
    assert net.node(2).leave(net.token) == []
    ended = [(row["node"], row["error"]) for row in told(net, events.JoinEnded)]
    assert ended == [
        (net.node(0).address, ""),
        (net.node(1).address, ""),
        (net.node(2).address, "TransactionTimedOut"),
        (net.node(2).address, "TransactionFailed"),
        (net.node(3).address, "NodeUnavailable"),
    ]
    assert len(told(net, events.JoinStarted)) == len(ended)
    left = [(row["node"], row["partners"], row["error"]) for row in told(net, events.LeaveEnded)]
    assert left == [(net.node(0).address, partners, ""), (net.node(2).address, [], "")]


def _error_of(call: PendingCall[None]) -> Exception | None:
    with suppress(NodeUnavailable):
        call.result()
    return call.error


def test_the_page_about_the_journal_is_current_and_whole() -> None:
    text = markdown()
    page = Path(__file__).parents[1] / "docs" / "journal.md"
    assert page.read_text(encoding="utf-8") == text, "docs/journal.md is old: run `make docs`"
    kinds = {name for name in events.__all__ if not getattr(events, name).__subclasses__()}
    assert {kind for kind in kinds if f"**`{kind}`**" in text} == kinds


def test_what_is_recorded_in_a_step_is_on_behalf_of_its_cause_and_nothing_else() -> None:
    journal = Journal(0)

    def record(price: int) -> None:
        journal.record(events.GasPriceSet(price, 0), 0.0, 0, 0.0)

    def inner() -> Generator[None, None, None]:
        record(2)
        yield
        record(5)

    def steps() -> Generator[None, int, str]:
        record(1)
        yield from journal.on_behalf("inner", inner())
        record(6)
        try:
            yield
        except KeyError:
            record(7)
        return "done"

    going = journal.on_behalf("outer", steps())
    next(going)
    record(3)
    record(4)
    going.send(0)
    with pytest.raises(StopIteration) as end:
        going.throw(KeyError())
    assert end.value.value == "done"
    causes = [entry.cause for entry in journal.entries]
    assert causes == ["outer", "inner", "", "", "inner", "outer", "outer"]
    assert "outer" not in journal.entries[0].line()
