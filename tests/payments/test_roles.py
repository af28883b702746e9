"""What the roles of a payment do at the edges, asked without any world around them."""

import pytest

from simulator.payments import initiator, mediator, target
from simulator.payments.channel_state import Lock
from simulator.payments.initiator import Attempt
from simulator.payments.mediator import Mediation
from simulator.payments.messages import ChannelKey, PaymentIdentity, RevealSecret, SecretRequest
from simulator.payments.roles import (
    ChainFacts,
    Fail,
    Hop,
    Receive,
    Register,
    RequestSecret,
    Reveal,
    SendExpiry,
    SendUnlock,
    Succeed,
)
from simulator.payments.target import Arrival
from simulator.words.units import Address

TOKEN, PAYER, NODE, PAYEE = (Address(bytes([n]) * 20) for n in range(1, 5))
SECRET, HASH = b"\x01" * 32, b"\x02" * 32
EXPIRATION, REVEAL = 100, 10
LOCK = Lock(5, EXPIRATION, HASH)
FIRST, SECOND = ChannelKey(TOKEN, 1), ChannelKey(TOKEN, 2)
PAYMENT = PaymentIdentity(7, TOKEN, PAYER, PAYEE)
OPEN = Hop(LOCK, is_open=True, reveal_timeout=REVEAL)
CLOSED = Hop(LOCK, is_open=False, reveal_timeout=REVEAL)
PAID = Hop(None, is_open=True, reveal_timeout=REVEAL)

ATTEMPT = Attempt(PAYMENT, 5, LOCK, FIRST, NODE, SECRET)
MEDIATION = Mediation(
    PAYMENT, LOCK, FIRST, PAYER, (PAYEE,), tries=(SECOND,), payees=(PAYEE,), waits=False
)
ARRIVAL = Arrival(PAYMENT, LOCK, FIRST, NODE)


@pytest.mark.parametrize(
    ("sender", "hop", "block", "pays"),
    [
        (NODE, OPEN, EXPIRATION - 1, True),
        (NODE, OPEN, EXPIRATION, False),
        (NODE, CLOSED, 50, False),
        (NODE, PAID, 50, False),
        (PAYEE, OPEN, 50, False),
    ],
)
def test_an_initiator_pays_its_first_hop_once_and_in_time(
    sender: Address, hop: Hop, block: int, *, pays: bool
) -> None:
    message = RevealSecret(SECRET, HASH)
    state, steps = initiator.on_reveal(ATTEMPT, sender, message, hop, ChainFacts(block))
    assert steps == ([SendUnlock(FIRST, SECRET), Succeed(SECRET)] if pays else [])
    assert state.over is pays
    assert initiator.on_reveal(state, sender, message, hop, ChainFacts(block))[1] == [] or not pays


@pytest.mark.parametrize(
    ("sender", "amount", "expiration", "block", "told"),
    [
        (PAYEE, 5, EXPIRATION, 50, True),
        (PAYEE, 4, EXPIRATION, 50, False),
        (PAYEE, 5, EXPIRATION - 1, 50, False),
        (PAYEE, 5, EXPIRATION, EXPIRATION, False),
        (NODE, 5, EXPIRATION, 50, False),
    ],
)
def test_the_first_request_of_the_target_counts_and_no_other(
    sender: Address, amount: int, expiration: int, block: int, *, told: bool
) -> None:
    request = SecretRequest(7, HASH, amount, expiration)
    state, steps = initiator.on_request(ATTEMPT, sender, request, ChainFacts(block))
    assert steps == ([Reveal(PAYEE, SECRET)] if told else [])
    right = SecretRequest(7, HASH, 5, EXPIRATION)
    _, again = initiator.on_request(state, PAYEE, right, ChainFacts(50))
    assert again == ([] if sender == PAYEE else [Reveal(PAYEE, SECRET)])


@pytest.mark.parametrize("hop", [OPEN, CLOSED, PAID])
def test_an_attempt_ends_ten_blocks_after_its_lock_whatever_became_of_the_channel(hop: Hop) -> None:
    assert initiator.due(ATTEMPT, hop, ChainFacts(EXPIRATION + 9), None)[1] == []
    _, steps = initiator.due(ATTEMPT, hop, ChainFacts(EXPIRATION + 10), None)
    assert isinstance(steps[-1], Fail)
    assert (SendExpiry(FIRST) in steps) is (hop is OPEN)
    for registered, succeeds in [(EXPIRATION - 1, True), (EXPIRATION, False)]:
        facts = ChainFacts(EXPIRATION + 10, registered)
        _, steps = initiator.due(ATTEMPT, hop, facts, SECRET)
        assert isinstance(steps[-1], Succeed if succeeds else Fail)


@pytest.mark.parametrize(
    ("payer", "block", "registered", "expected"),
    [
        (OPEN, 89, None, [Reveal(PAYER, SECRET), SendUnlock(SECOND, SECRET)]),
        (OPEN, 90, None, [Reveal(PAYER, SECRET), Register(SECRET)]),
        (OPEN, 99, None, [Reveal(PAYER, SECRET), Register(SECRET)]),
        (OPEN, 100, None, [Reveal(PAYER, SECRET)]),
        (CLOSED, 20, None, [Reveal(PAYER, SECRET), Register(SECRET)]),
        (CLOSED, 20, 19, [SendUnlock(SECOND, SECRET)]),
        (OPEN, 95, 94, [SendUnlock(SECOND, SECRET)]),
        (OPEN, 101, 100, []),
        (OPEN, 110, 100, [SendExpiry(SECOND)]),
    ],
)
def test_a_mediator_pays_only_what_it_is_sure_to_get(
    payer: Hop, block: int, registered: int | None, expected: list[object]
) -> None:
    knowing = mediator.on_reveal(MEDIATION, PAYEE, SECRET)
    _, steps = mediator.due(knowing, payer, [OPEN], ChainFacts(block, registered), SECRET)
    assert steps == expected


def test_a_mediator_that_was_paid_pays_and_believes_payees_only() -> None:
    assert mediator.on_reveal(MEDIATION, PAYER, SECRET).secret is None
    paid = mediator.on_unlock(MEDIATION, SECRET)
    _, steps = mediator.due(paid, PAID, [OPEN], ChainFacts(99), None)
    assert steps == [SendUnlock(SECOND, SECRET)]


@pytest.mark.parametrize(
    ("hop", "block", "asks", "claims"),
    [
        (OPEN, 89, [RequestSecret()], [Reveal(NODE, SECRET)]),
        (OPEN, 90, [], [Register(SECRET)]),
        (OPEN, 100, [], []),
        (CLOSED, 20, [], [Register(SECRET)]),
    ],
)
def test_a_target_is_silent_when_only_the_chain_is_safe(
    hop: Hop, block: int, asks: list[object], claims: list[object]
) -> None:
    assert target.due(ARRIVAL, hop, ChainFacts(block), None)[1] == asks
    knowing = target.on_reveal(ARRIVAL, SECRET)
    assert target.due(knowing, hop, ChainFacts(block), None)[1] == claims


@pytest.mark.parametrize(
    ("hop", "registered", "received"),
    [(CLOSED, 99, True), (CLOSED, 100, False), (OPEN, 99, False)],
)
def test_a_target_has_a_payment_once_the_chain_owes_it(
    hop: Hop, registered: int, *, received: bool
) -> None:
    state, steps = target.due(ARRIVAL, hop, ChainFacts(105, registered), SECRET)
    assert (Receive() in steps) is received
    assert target.due(state, hop, ChainFacts(106, registered), SECRET)[1] == []
