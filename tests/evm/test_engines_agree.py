"""Every engine tells the same history as eth-tester's own backend, to the last unit of gas."""

from contextlib import closing
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evm.engines import OUR_ENGINES
from tests.evm.histories import Player, Reference, Step, backend_on, steps
from tests.examples import examples


@cache
def player(engine: str) -> Player:
    return Player(Reference() if engine == "pyevm-full" else backend_on(engine))


@pytest.mark.parametrize("engine", OUR_ENGINES)
@examples(6)
@given(history=st.lists(steps(), min_size=3, max_size=10))
def test_histories_are_the_same(engine: str, history: list[Step]) -> None:
    reference, engines = player("pyevm-full").play(history), player(engine).play(history)
    with closing(reference), closing(engines):
        for mine, theirs in zip(engines, reference, strict=True):
            assert mine == theirs
