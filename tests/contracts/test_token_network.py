"""Opening, deposits, limits, the controller and the getters of a token network."""

from typing import Any

import pytest
from eth_utils.crypto import keccak

from .conftest import TIMEOUT_MAX, TIMEOUT_MIN
from .harness import MAX, NO_HASH, ZERO, Chain, Contract, Event, Party, reverts
from .networks import new_network, stubborn_token

DEPRECATED = "TN: network is deprecated"
NO_CONTROL = "Can only be called by controller"
ZERO_ADDRESSES = [
    ((ZERO, ZERO), "TN: participant address zero"),
    (("0x" + "11" * 20, ZERO), "TN: partner address zero"),
    (("0x" + "11" * 20, "0x" + "11" * 20), "TN: identical addresses"),
]


@pytest.fixture
def limited(chain: Chain, token: Contract, secret_registry: Contract, alice: Party) -> Contract:
    """A network with limits of 60 for a participant and 100 for all."""
    made = new_network(chain, token.address, secret_registry, {"participant": 60, "network": 100})
    token.send("approve", made.address, MAX, sender=alice)
    return made


@pytest.fixture
def channel(network: Contract, alice: Party, bob: Party) -> int:
    opened: int = network.send("openChannel", alice.address, bob.address, TIMEOUT_MIN).result
    return opened


def deposited(network: Contract, channel: int, party: Party, partner: Party) -> int:
    """A participant's deposit as the getter tells it."""
    info = network.call("getChannelParticipantInfo", channel, party.address, partner.address)
    amount: int = info[0]
    assert info[1:] == (0, False, NO_HASH, 0, NO_HASH, 0)
    return amount


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"shortest": 0, "longest": 0}, "TN: invalid settle timeout min"),
        ({"shortest": 5, "longest": 5}, "TN: invalid settle timeouts"),
        ({"participant": 0}, "TN: invalid participant limit"),
        ({"network": 0}, "TN: invalid network deposit limit"),
        ({"participant": 6, "network": 5}, "TN: invalid deposit limits"),
    ],
)
def test_constructor_checks_numbers(
    chain: Chain, token: Contract, secret_registry: Contract, changes: dict[str, int], reason: str
) -> None:
    with reverts(reason):
        new_network(chain, token.address, secret_registry, changes)


def test_constructor_checks_addresses(
    chain: Chain, token: Contract, secret_registry: Contract, alice: Party
) -> None:
    nothing = Contract(chain, ZERO, [])
    person = Contract(chain, alice.address, [])
    with reverts("TN: invalid token address"):
        new_network(chain, ZERO, secret_registry)
    with reverts("TN: invalid SR address"):
        new_network(chain, token.address, nothing)
    with reverts("TN: invalid controller address"):
        new_network(chain, token.address, secret_registry, controller=ZERO)
    with reverts("TN: invalid token contract"):
        new_network(chain, alice.address, secret_registry)
    with reverts("TN: invalid SR contract"):
        new_network(chain, token.address, person)


def test_constructor_checks_token(chain: Chain, secret_registry: Contract) -> None:
    worthless = chain.deploy("CustomToken", 0, 18, "", "")
    with reverts("TN: no supply for token"):
        new_network(chain, worthless.address, secret_registry)
    with reverts(""):
        new_network(chain, secret_registry.address, secret_registry)


def test_getters(
    network: Contract, token: Contract, secret_registry: Contract, chain: Chain, deployer: Party
) -> None:
    assert network.call("token") == token.address
    assert network.call("secret_registry") == secret_registry.address
    assert network.call("settlement_timeout_min") == TIMEOUT_MIN
    assert network.call("settlement_timeout_max") == TIMEOUT_MAX
    assert network.call("channel_participant_deposit_limit") == MAX
    assert network.call("token_network_deposit_limit") == MAX
    assert network.call("channel_counter") == 0
    assert network.call("safety_deprecation_switch") is False
    assert network.call("controller") == deployer.address
    assert network.call("chain_id") == chain.id
    assert network.call("signature_prefix") == "\x19Ethereum Signed Message:\n"
    assert network.call("contractExists", token.address) is True


def test_open(network: Contract, alice: Party, bob: Party, carol: Party) -> None:
    args = (alice.address, bob.address, TIMEOUT_MAX)
    receipt = network.send("openChannel", *args, sender=carol)
    names = ("channel_identifier", "participant1", "participant2", "settle_timeout")
    assert receipt.result == 1
    assert receipt.events == [
        Event("ChannelOpened", dict(zip(names, (1, *args), strict=True)), names[:3])
    ]
    for pair in ((alice, bob), (bob, alice)):
        addresses = [party.address for party in pair]
        assert network.call("getChannelIdentifier", *addresses) == 1
        assert network.call("getChannelInfo", 1, *addresses) == (TIMEOUT_MAX, 1)
        assert deposited(network, 1, *pair) == 0
    assert network.call("channels", 1) == (TIMEOUT_MAX, 1)
    assert network.call("channel_counter") == 1


def test_identifiers_count_up(network: Contract, alice: Party, bob: Party, carol: Party) -> None:
    for number, (one, other) in enumerate([(alice, bob), (carol, bob), (carol, alice)], start=1):
        opened = network.send("openChannel", one.address, other.address, TIMEOUT_MIN)
        assert opened.result == number


def test_open_checks_timeout(network: Contract, alice: Party, bob: Party) -> None:
    with reverts("TN: settle timeout < min"):
        network.send("openChannel", alice.address, bob.address, TIMEOUT_MIN - 1)
    with reverts("TN: settle timeout > max"):
        network.send("openChannel", alice.address, bob.address, TIMEOUT_MAX + 1)


@pytest.mark.parametrize(("pair", "reason"), ZERO_ADDRESSES)
def test_pair_must_be_two_accounts(network: Contract, pair: tuple[str, str], reason: str) -> None:
    for name, args in (
        ("openChannel", (TIMEOUT_MIN,)),
        ("openChannelWithDeposit", (TIMEOUT_MIN, 1)),
        ("getChannelIdentifier", ()),
        ("getParticipantsHash", ()),
    ):
        with reverts(reason):
            network.call(name, *pair, *args)


def test_one_channel_for_each_pair(
    network: Contract, channel: int, alice: Party, bob: Party
) -> None:
    for pair in ((alice, bob), (bob, alice)):
        with reverts("TN/open: channel exists for participants"):
            network.send("openChannel", *(party.address for party in pair), TIMEOUT_MIN)


def test_open_with_deposit(
    network: Contract, token: Contract, alice: Party, bob: Party, carol: Party
) -> None:
    before = token.call("balanceOf", carol.address)
    args = (alice.address, bob.address, TIMEOUT_MIN, 70)
    receipt = network.send("openChannelWithDeposit", *args, sender=carol)
    assert receipt.result == 1
    assert [event.name for event in receipt.events] == ["ChannelOpened", "ChannelNewDeposit"]
    assert deposited(network, 1, alice, bob) == 70
    assert deposited(network, 1, bob, alice) == 0
    assert token.call("balanceOf", carol.address) == before - 70
    assert token.call("balanceOf", network.address) == 70


def test_open_with_deposit_is_all_or_nothing(
    network: Contract, token: Contract, alice: Party, bob: Party
) -> None:
    args = (alice.address, bob.address, TIMEOUT_MIN)
    with reverts("TN/deposit: total_deposit is zero"):
        network.send("openChannelWithDeposit", *args, 0)
    too_much = token.call("balanceOf", alice.address) + 1
    with reverts(""):
        network.send("openChannelWithDeposit", *args, too_much, sender=alice)
    assert network.call("channel_counter") == 0


def test_deposit_raises_the_total(
    network: Contract, token: Contract, channel: int, alice: Party, bob: Party
) -> None:
    for total in (40, 41, 100):
        args = (channel, alice.address, total, bob.address)
        receipt = network.send("setTotalDeposit", *args, sender=alice)
        names = ("channel_identifier", "participant", "total_deposit")
        assert receipt.events == [
            Event("ChannelNewDeposit", dict(zip(names, args[:3], strict=True)), names[:2])
        ]
        assert deposited(network, channel, alice, bob) == total
        assert token.call("balanceOf", network.address) == total


def test_anyone_deposits_for_anyone(
    network: Contract, token: Contract, channel: int, alice: Party, bob: Party, carol: Party
) -> None:
    before = token.call("balanceOf", carol.address)
    network.send("setTotalDeposit", channel, bob.address, 30, alice.address, sender=carol)
    assert deposited(network, channel, bob, alice) == 30
    assert token.call("balanceOf", carol.address) == before - 30


def test_deposit_checks_channel(
    network: Contract, channel: int, alice: Party, bob: Party, carol: Party
) -> None:
    for unknown in (0, channel + 1):
        with reverts("TN: channel not open"):
            network.send("setTotalDeposit", unknown, alice.address, 1, bob.address)
    with reverts("TN/deposit: channel id mismatch"):
        network.send("setTotalDeposit", channel, alice.address, 1, carol.address)
    with reverts("TN: identical addresses"):
        network.send("setTotalDeposit", channel, alice.address, 1, alice.address)


def test_deposit_checks_total(network: Contract, channel: int, alice: Party, bob: Party) -> None:
    def deposit(total: int) -> None:
        network.send("setTotalDeposit", channel, alice.address, total, bob.address, sender=alice)

    with reverts("TN/deposit: total_deposit is zero"):
        deposit(0)
    deposit(50)
    with reverts("TN/deposit: no deposit added"):
        deposit(50)
    with reverts("TN/deposit: deposit underflow"):
        deposit(49)


def test_deposit_needs_allowance(
    network: Contract, token: Contract, channel: int, alice: Party, bob: Party
) -> None:
    token.send("approve", network.address, 10, sender=alice)
    with reverts(""):
        network.send("setTotalDeposit", channel, alice.address, 11, bob.address, sender=alice)
    network.send("setTotalDeposit", channel, alice.address, 10, bob.address, sender=alice)
    assert token.call("allowance", alice.address, network.address) == 0


def test_deposit_of_everything(
    chain: Chain, secret_registry: Contract, alice: Party, bob: Party
) -> None:
    coin = chain.deploy("CustomToken", MAX, 0, "All", "ALL")
    network = new_network(chain, coin.address, secret_registry)
    coin.send("approve", network.address, MAX)
    pair = (alice.address, bob.address)
    network.send("openChannelWithDeposit", *pair, 2, MAX)
    assert deposited(network, 1, alice, bob) == MAX
    assert coin.call("balanceOf", network.address) == MAX
    with reverts("TN/deposit: deposit overflow"):
        network.send("setTotalDeposit", 1, bob.address, 1, alice.address)
    with reverts("TN/open: network deposit limit reached"):
        network.send("openChannel", bob.address, chain.parties[3].address, 2)


def test_refused_deposit(chain: Chain, secret_registry: Contract, alice: Party, bob: Party) -> None:
    network = new_network(chain, stubborn_token(chain, 100), secret_registry)
    network.send("openChannel", alice.address, bob.address, 2)
    with reverts("TN/deposit: transfer failed"):
        network.send("setTotalDeposit", 1, alice.address, 1, bob.address)


def test_participant_limit(limited: Contract, alice: Party, bob: Party) -> None:
    args = (alice.address, bob.address, 2)
    with reverts("TN/deposit: deposit limit reached"):
        limited.send("openChannelWithDeposit", *args, 61, sender=alice)
    limited.send("openChannelWithDeposit", *args, 60, sender=alice)


def test_network_limit(limited: Contract, alice: Party, bob: Party, carol: Party) -> None:
    limited.send("openChannelWithDeposit", alice.address, bob.address, 2, 60, sender=alice)
    with reverts("TN/deposit: network limit reached"):
        limited.send("setTotalDeposit", 1, bob.address, 41, alice.address, sender=alice)
    limited.send("setTotalDeposit", 1, bob.address, 40, alice.address, sender=alice)
    with reverts("TN/open: network deposit limit reached"):
        limited.send("openChannel", alice.address, carol.address, 2)


def test_limits_are_removed(limited: Contract, alice: Party, bob: Party) -> None:
    with reverts(NO_CONTROL):
        limited.send("removeLimits", sender=alice)
    limited.send("removeLimits")
    assert limited.call("channel_participant_deposit_limit") == MAX
    assert limited.call("token_network_deposit_limit") == MAX
    limited.send("openChannelWithDeposit", alice.address, bob.address, 2, 101, sender=alice)


def test_deprecation(network: Contract, channel: int, alice: Party, bob: Party) -> None:
    with reverts(NO_CONTROL):
        network.send("deprecate", sender=alice)
    receipt = network.send("deprecate")
    assert receipt.events == [Event("DeprecationSwitch", {"new_value": True}, ())]
    assert network.call("safety_deprecation_switch") is True

    pair = (alice.address, bob.address)
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("deprecate", ()),
        ("openChannel", (*pair, TIMEOUT_MIN)),
        ("openChannelWithDeposit", (*pair, TIMEOUT_MIN, 1)),
        ("setTotalDeposit", (channel, alice.address, 1, bob.address)),
    ]
    for name, args in calls:
        with reverts(DEPRECATED):
            network.send(name, *args, sender=alice)


def test_controller_hands_over(network: Contract, alice: Party) -> None:
    with reverts(NO_CONTROL):
        network.send("changeController", alice.address, sender=alice)
    network.send("changeController", alice.address)
    assert network.call("controller") == alice.address
    with reverts(NO_CONTROL):
        network.send("deprecate")
    network.send("deprecate", sender=alice)


def test_participants_hash(network: Contract, channel: int, alice: Party, bob: Party) -> None:
    low, high = sorted([alice.address, bob.address], key=str.lower)
    key = keccak(hexstr=low + high.removeprefix("0x"))
    assert network.call("getParticipantsHash", low, high) == key
    assert network.call("getParticipantsHash", high, low) == key
    assert network.call("participants_hash_to_channel_identifier", key) == channel


def test_unlock_identifier(network: Contract, alice: Party, bob: Party) -> None:
    pair = (alice.address, bob.address)
    packed = (7).to_bytes(32, "big") + bytes.fromhex("".join(a.removeprefix("0x") for a in pair))
    assert network.call("getUnlockIdentifier", 7, *pair) == keccak(packed)
    for name in ("getUnlockIdentifier", "getChannelParticipantInfo"):
        with reverts("TN: sender/receiver mismatch"):
            network.call(name, 7, alice.address, alice.address)


def test_unknown_channel(network: Contract, alice: Party, bob: Party) -> None:
    pair = (alice.address, bob.address)
    assert network.call("getChannelIdentifier", *pair) == 0
    for number in (0, 1, MAX):
        assert network.call("getChannelInfo", number, *pair) == (0, 0)
        assert network.call("channels", number) == (0, 0)
        assert deposited(network, number, alice, bob) == 0
