"""The index of logs against a plain list of them, while it grows, shrinks and forgets."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.evm.log_index import LogIndex, LogPlace
from simulator.evm.transactions import Log, Receipt

CONTRACTS = [bytes([n]) * 20 for n in (1, 2, 3)]
TOPICS = [bytes([n]) * 32 for n in (1, 2, 3)]
BLOCKS = 12

Several = list[bytes] | None
Query = tuple[int, int, Several, list[Several]]

logs = st.builds(
    Log,
    st.sampled_from(CONTRACTS),
    st.lists(st.sampled_from(TOPICS), max_size=4).map(tuple),
    st.just(b""),
)
receipts = st.lists(logs, max_size=4).map(
    lambda emitted: Receipt("", 21_000, 21_000, 1, b"", tuple(emitted), None)
)
added = st.tuples(
    st.just("add"), st.tuples(st.integers(1, 3), st.lists(receipts, min_size=1, max_size=3))
)
taken = st.tuples(st.sampled_from(["truncate", "forget"]), st.integers(0, BLOCKS))
histories = st.lists(st.one_of(added, added, added, taken), min_size=4, max_size=14)


def some(values: list[bytes]) -> st.SearchStrategy[Several]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, max_size=3)


queries = st.tuples(
    st.just(0) | st.integers(0, BLOCKS),
    st.just(3 * BLOCKS) | st.integers(0, BLOCKS),
    some(CONTRACTS),
    st.lists(some(TOPICS), max_size=4),
)


def matches(
    place: LogPlace, first: int, last: int, contracts: Several, topics: list[Several]
) -> bool:
    log = place.log
    return (
        first <= place.block <= last
        and (contracts is None or log.contract in contracts)
        and len(log.topics) >= len(topics)
        and all(
            wanted is None or topic in wanted
            for topic, wanted in zip(log.topics, topics, strict=False)
        )
    )


def rarest(places: list[LogPlace], query: Query) -> int:
    """Count the logs that meet the rarest condition."""
    first, last, contracts, topics = query
    alone: list[tuple[Several, list[Several]]] = [(None, []), (contracts, [])]
    alone += [(None, [*[None] * n, wanted]) for n, wanted in enumerate(topics) if wanted]
    if topics and topics[0]:
        alone.append((contracts, topics[:1]))
    return min(sum(matches(place, first, last, *one) for place in places) for one in alone)


@given(history=histories, several=st.lists(queries, min_size=10, max_size=10))
def test_nothing_is_missing_and_nothing_is_there_twice(
    history: list[tuple[str, Any]], several: list[Query]
) -> None:
    index, places, head, forgotten = LogIndex(), list[LogPlace](), 0, -1
    for name, what in history:
        if name == "add":
            head += what[0]
            index.add(head, what[1])
            every = [(number, log) for number, done in enumerate(what[1]) for log in done.logs]
            places += [
                LogPlace(head, number, count, log) for count, (number, log) in enumerate(every)
            ]
        elif name == "truncate":
            head = min(head, max(what, forgotten, 0))
            index.truncate(head)
        else:
            forgotten = max(forgotten, min(what, head))
            index.forget(forgotten)
        assert index.last <= head
        places = [place for place in places if forgotten < place.block <= head]
        assert list(index.find(0, head, None, [])) == places
    index.forget(forgotten)
    assert len(index) <= 2 * len(places)
    for query in several:
        found = list(index.find(*query))
        assert [place for place in found if matches(place, *query)] == [
            place for place in places if matches(place, *query)
        ]
        assert found == [place for place in places if place in found]
        assert len(found) <= rarest(places, query)
