"""How messages travel: in order, each once, however long they take and however many are lost."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel.clock import Clock
from simulator.kernel.rng import Rng
from simulator.node.dialects import Dialect
from simulator.payments.conditions import LineConditions, Spread
from simulator.payments.messages import PeerMessage, RevealSecret
from simulator.payments.transport import Transport
from simulator.words.errors import InvalidRequest
from simulator.words.units import Address
from tests.payments.worlds import DEPOSIT, WALLET, balances, chain_of, close_all, wallets

HERE, THERE = Address(b"\x01" * 20), Address(b"\x02" * 20)


class Listener:
    """A node that takes down what it is told, and may put things off."""

    def __init__(self) -> None:
        self.online = True
        self.busy = False
        self.heard: list[int] = []

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        assert sender == HERE
        assert isinstance(message, RevealSecret)
        if self.busy:
            return False
        self.heard.append(int.from_bytes(message.secret, "big"))
        return True


class Wire:
    """Two nodes, of which one talks and the other listens."""

    def __init__(self, conditions: LineConditions, seed: int = 0) -> None:
        self.clock = Clock(15, 0)
        self.listener, self.talker = Listener(), Listener()
        peers = {HERE: self.talker, THERE: self.listener}
        self.transport = Transport(self.clock, Rng(seed), peers)
        self.transport.air.set(conditions)

    def tell(self, *numbers: int) -> None:
        for number in numbers:
            message = RevealSecret(number.to_bytes(32, "big"), b"")
            self.transport.send(HERE, THERE, message)


delays = st.builds(
    LineConditions,
    st.sampled_from([0.0, 1.0, 40.0]),
    st.sampled_from(Spread),
    st.sampled_from([0.0, 0.1, 0.7]),
)


@given(delays, st.integers(0, 100), st.lists(st.floats(0, 30), min_size=1, max_size=20))
def test_messages_arrive_in_order_each_once(
    conditions: LineConditions, seed: int, pauses: list[float]
) -> None:
    wire = Wire(conditions, seed)
    pending = deque(range(len(pauses)))
    at = 0.0
    for pause in pauses:
        at += pause
        wire.clock.timer(at, lambda: wire.tell(pending.popleft()))
    wire.clock.run()
    assert wire.listener.heard == list(range(len(pauses)))
    assert wire.transport.is_quiet(HERE, THERE)


def test_where_messages_take_no_time_there_are_no_timers() -> None:
    wire = Wire(LineConditions())
    wire.tell(1, 2, 3)
    wire.clock.run(lambda: len(wire.listener.heard) == 3)
    assert wire.clock.now == 0
    assert wire.clock.timers == 0


def test_one_that_is_lost_holds_up_those_behind_it_until_it_is_sent_again() -> None:
    wire = Wire(LineConditions(1.0))
    wire.transport.air.set(LineConditions(loss=1), HERE, THERE)
    wire.tell(1)
    wire.clock.run()
    assert wire.listener.heard == []
    wire.transport.air.set(None, HERE, THERE)
    wire.tell(2)
    wire.clock.run(lambda: wire.clock.now > 5)
    assert wire.listener.heard == []
    wire.transport.go_on_everywhere()
    wire.clock.run()
    assert wire.listener.heard == [1, 2]


@pytest.mark.parametrize("conditions", [LineConditions(), LineConditions(3.0)])
def test_nobody_who_is_stopped_cut_off_or_busy_is_told_and_the_world_rests(
    conditions: LineConditions,
) -> None:
    wire = Wire(conditions)
    wire.listener.online = False
    wire.tell(1)
    wire.clock.run()
    wire.listener.online = True
    wire.transport.air.divide([[HERE], [THERE]])
    wire.transport.go_on(THERE)
    wire.clock.run()
    wire.transport.air.divide([])
    wire.listener.busy = True
    wire.transport.go_on_everywhere()
    wire.tell(2)
    wire.clock.run()
    assert wire.listener.heard == []
    wire.listener.busy = False
    wire.transport.go_on(THERE)
    wire.clock.run()
    assert wire.listener.heard == [1, 2]


def test_a_crash_loses_what_came_too_early_and_the_sender_tells_it_again() -> None:
    wire = Wire(LineConditions(1.0, loss=0.6), seed=3)
    wire.tell(*range(10))
    wire.clock.run(lambda: wire.clock.now > 2)
    wire.transport.forget_early(THERE)
    wire.clock.run()
    assert wire.listener.heard == list(range(10))
    assert wire.transport.counts["Retried"] > 0


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("spread", Spread)
def test_payments_survive_delays_and_losses(dialect: Dialect, spread: Spread) -> None:
    net = chain_of(4, settle=60, dialects=[dialect])
    net.set_messages(delay_seconds=4, spread=spread, loss=0.2)
    calls = [net.node(0).pay.begin(net.token, net.node(3).address, 10) for _ in range(5)]
    net.run_until_idle()
    paid = sum(call.result().amount for call in calls if call.error is None)
    assert paid > 0
    assert balances(net, 0) == [DEPOSIT - paid]
    assert balances(net, 3) == [DEPOSIT + paid]
    close_all(net)
    assert wallets(net) == [WALLET - paid, WALLET, WALLET, WALLET + paid]


def test_a_payment_waits_for_a_partition_to_heal() -> None:
    net = chain_of(3)
    net.divide([0, 1], [2])
    call = net.node(0).pay.begin(net.token, net.node(2).address, 10)
    net.advance(blocks=3)
    assert not call.done
    net.divide()
    net.run_until_idle()
    assert call.result().amount == 10


def test_messages_wait_while_a_close_is_pending_and_are_handled_if_it_fails() -> None:
    net = chain_of(2)
    net.set_fault(1, "fail")
    close = net.node(1).close_channel.begin(net.token, net.node(0).address)
    call = net.node(0).pay.begin(net.token, net.node(1).address, 10)
    net.advance(seconds=1)
    meanwhile = (call.done, balances(net, 1))
    net.advance(blocks=1)
    assert close.error is not None
    assert meanwhile == (False, [DEPOSIT])
    assert (call.done, balances(net, 1)) == (True, [DEPOSIT + 10])


def test_what_can_not_be_is_refused() -> None:
    net = chain_of(2)
    for wrong in ({"loss": 1.1}, {"loss": -0.1}, {"delay_seconds": -1}, {"spread": "odd"}):
        with pytest.raises(InvalidRequest):
            net.set_messages(**wrong)
    with pytest.raises(InvalidRequest, match="two nodes"):
        net.set_messages(0, 0)
    with pytest.raises(InvalidRequest, match="one group only"):
        net.divide([0, 1], [1])


@pytest.mark.parametrize("known", [0, 1, 3])
def test_a_lost_disk_loses_what_nobody_has_handled_and_the_rest_goes_on(known: int) -> None:
    """Three are on their way; those that the back-up has are sent again, then come new ones."""
    wire = Wire(LineConditions(1.0))
    wire.tell(1)
    wire.clock.run(lambda: wire.listener.heard == [1])
    wire.tell(2, 3)
    assert wire.transport.sent_by(HERE) == {THERE: 3}
    wire.talker.online = False
    wire.transport.forget_sent(HERE, {THERE: known})
    wire.clock.run()
    wire.talker.online = True
    wire.transport.go_on(HERE)
    wire.tell(4, 5)
    wire.clock.run()
    assert wire.listener.heard == ([1, 2, 3, 4, 5] if known == 3 else [1, 4, 5])
    assert wire.transport.is_quiet(HERE, THERE)


def test_what_is_on_its_way_when_the_disk_is_lost_does_no_harm() -> None:
    wire = Wire(LineConditions(5.0))
    wire.tell(1, 2, 3)
    wire.transport.forget_sent(HERE, {})
    wire.tell(4)
    wire.clock.run()
    assert wire.listener.heard == [4]
