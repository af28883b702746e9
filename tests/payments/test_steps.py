"""What the journal says of payments: each step, and everywhere which payment it is a step of."""

from typing import Any

import pytest

from simulator.node.dialects import Dialect
from simulator.testnet.testnet import Testnet
from simulator.words.errors import PaymentUnsuccessful
from tests.payments.worlds import chain_of, happened, with_channels

SILENT = b"\x07" * 32


def steps(net: Testnet, identifier: int) -> list[dict[str, Any]]:
    """Return the entries of a payment, with nodes by their numbers."""
    numbers = {node.address: node.index for node in net.nodes}
    return [
        {key: numbers.get(value, value) for key, value in entry.items()}
        for entry in net.journal.as_dicts()
        if entry.get("identifier") == identifier
    ]


def told(net: Testnet, identifier: int) -> list[str]:
    """Return the entries of a payment as short texts."""
    ends = ("node", "sender", "receiver")
    return [
        " ".join([entry["event"], *(str(entry[end]) for end in ends if end in entry)])
        for entry in steps(net, identifier)
    ]


@pytest.mark.parametrize("dialect", Dialect)
def test_each_step_of_a_payment_is_told_in_order(dialect: Dialect) -> None:
    net = chain_of(3, dialects=[dialect])
    net.node(0).pay(net.token, net.node(2).address, 25, identifier=77)
    asked = ["SecretRequested 2 0", "SecretRevealed 0 2"] if dialect is not Dialect.BESPIN else []
    first, last = told(net, 77)[:-4], told(net, 77)[-4:]
    assert first == [
        "PaymentInitiated 0",
        "TransferLocked 0 1",
        "TransferLocked 1 2",
        *asked,
        "SecretRevealed 2 1",
        "SecretRevealed 1 0",
    ]
    assert sorted(last) == [
        "PaymentReceived 2",
        "PaymentSucceeded 0",
        "TransferUnlocked 0 1",
        "TransferUnlocked 1 2",
    ]


@pytest.mark.parametrize("dialect", Dialect)
def test_every_step_says_which_payment_it_is_of_and_in_which_channel(dialect: Dialect) -> None:
    net = chain_of(3, dialects=[dialect])
    net.node(0).pay(net.token, net.node(2).address, 25, identifier=77)
    channels = {
        (node.index, net.node(channel.partner).index): channel.identifier
        for node in net.nodes
        for channel in node.channels()
    }
    payment = {"token": net.token, "initiator": 0, "target": 2, "amount": 25}
    for entry in steps(net, 77):
        said = {"initiator": entry.get("node"), "target": entry.get("node"), **entry}
        assert {key: said[key] for key in payment} == payment
        if entry["event"] in {"TransferLocked", "TransferUnlocked"}:
            assert entry["channel_identifier"] == channels[entry["sender"], entry["receiver"]]
    (expiration,) = {entry["expiration"] for entry in happened(net, "TransferLocked")}
    assert expiration == net.block_number + 2 * 10 - 1
    assert len({entry["secrethash"] for entry in steps(net, 77) if "secrethash" in entry}) == 1


def test_a_lock_that_expires_is_told_with_its_payment_and_the_reason() -> None:
    net = chain_of(3)
    with pytest.raises(PaymentUnsuccessful):
        net.node(0).pay(net.token, net.node(2).address, 30, identifier=5, secret_hash=SILENT)
    net.run_until_idle()
    assert told(net, 5)[:4] == [
        "PaymentInitiated 0",
        "TransferLocked 0 1",
        "TransferLocked 1 2",
        "SecretRequested 2 0",
    ]
    assert {*told(net, 5)[4:]} == {"TransferExpired 0 1", "TransferExpired 1 2", "PaymentFailed 0"}
    (failed,) = happened(net, "PaymentFailed")
    assert failed["reason"] == "lock expired, despite receiving secret request"


def test_a_refund_is_told_and_each_attempt_has_a_hash_of_its_own() -> None:
    net = with_channels(4, [(0, 1), (1, 3), (0, 2), (2, 3)])
    net.node(1).pay(net.token, net.node(3).address, 80)
    net.node(3).pay(net.token, net.node(0).address, 30)  # so that there is something to send back
    net.node(0).pay(net.token, net.node(3).address, 60, identifier=5)
    entries = steps(net, 5)
    refunded = next(entry for entry in entries if entry["event"] == "TransferRefunded")
    assert (refunded["initiator"], refunded["target"], refunded["amount"]) == (0, 3, 60)
    hashes = {entry["secrethash"] for entry in entries if entry["event"] == "TransferLocked"}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("dialect", "reason"),
    [
        (Dialect.RED_EYES, "60 is more than the 20 that can be sent; and back: "),
        (Dialect.BESPIN, "60 is more than the 20 that can be sent"),
    ],
)
def test_a_mediator_that_finds_no_way_says_why_once(dialect: Dialect, reason: str) -> None:
    """The other way is taken by a payment that locks it meanwhile: only the target knows."""
    net = chain_of(3, dialects=[dialect])
    net.set_messages(delay_seconds=2)
    back = net.node(1).pay.begin(net.token, net.node(0).address, 100, secret_hash=SILENT)
    slow = net.node(0).pay.begin(net.token, net.node(2).address, 60, identifier=5)
    net.node(1).pay.begin(net.token, net.node(2).address, 80)
    with pytest.raises(PaymentUnsuccessful):
        slow.result()
    net.run_until_idle()
    assert back.error is not None
    (waiting,) = [entry for entry in steps(net, 5) if entry["event"] == "TransferWaiting"]
    assert (waiting["sender"], waiting["receiver"], waiting["amount"]) == (1, 2, 60)
    assert waiting["reason"].startswith(reason)


def test_a_mediator_that_waits_for_somebody_says_so_and_goes_on() -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN])
    net.set_messages(delay_seconds=2)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 10, identifier=5)
    net.advance(seconds=1)
    net.node(2).stop()
    net.advance(seconds=30)
    net.node(2).start()
    net.run_until_idle()
    assert call.error is None
    (waiting,) = [entry for entry in steps(net, 5) if entry["event"] == "TransferWaiting"]
    assert waiting["reason"] == "the receiver is offline"
    assert told(net, 5).count("TransferLocked 1 2") == 1
