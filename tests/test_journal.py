"""The journal: one canonical line for each event, and who is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import events
from simulator.chain.ledger import Status
from simulator.errors import NotKept
from simulator.journal import Entry, Journal
from simulator.units import Address

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
    st.builds(events.LeaveEnded, addresses, addresses, st.lists(addresses).map(tuple)),
    st.builds(
        events.ChannelOpened, addresses, amounts, amounts, addresses, addresses, st.integers()
    ),
    st.builds(events.JoinStarted, addresses, addresses, amounts, amounts, st.text()),
)


@given(amounts, st.floats(allow_nan=False, allow_infinity=False), some_events)
def test_a_line_is_its_data_as_json(position: int, time: float, event: events.Event) -> None:
    entry = Entry(position, time, event)
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
        journal.record(0.0, event)
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
    journal.record(0.0, events.NodeStopped(one))
    assert told == []
    journal.record(0.0, events.EthBalanceSet(one, 5), (other,))
    assert told == ["kind", "one", "other"]
