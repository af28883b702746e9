"""Gas on the model: every way through the contracts costs what it costs on the EVM.

Where the contracts are compiled anew and these tests fail, `gas_table.py` needs the numbers that
they print.
"""

from collections import Counter
from typing import Any

import pytest

from simulator.chain.abi import Unreadable, load
from simulator.chain.ledger import ContractCall, Status, at_once
from simulator.chain.mempool import FAILING_GAS_LIMIT
from simulator.chain.model.proofs import MessageKind, SignedState
from simulator.words.errors import ConfigurationError
from simulator.words.units import BOOTSTRAP_ADDRESS, ZERO_ADDRESS, Address
from tests.chain.side_by_side import (
    ACCOUNTS,
    MAX,
    NO_HASH,
    NO_SIGNATURE,
    Network,
    SideBySide,
    balance_hash,
    deployment,
    network_of,
)

ALICE, BOB, CAROL, DAVE = ACCOUNTS
ROOT = b"\xaa" * 32


def check(both: SideBySide, share: int = 0) -> None:
    """See whether gas was equal, or at most one part in `share` off."""
    for call, evm, model in both.gas:
        slack = evm // share if share else 0
        assert abs(evm - model) <= slack, f"{call.function}: {model} should be {evm}"


def test_tokens() -> None:
    net = network_of(SideBySide())
    for name, *arguments in (
        ("mint", 7),
        ("mint", MAX),
        ("mint", MAX - 5),
        ("mintFor", MAX, ALICE),
        ("mintFor", MAX - 5, BOB),
        ("mintFor", 1000, DAVE),
        ("approve", ALICE, 50),
        ("approve", ALICE, 50),
        ("approve", ALICE, 60),
        ("transferFrom", ALICE, BOB, 5),
        ("transferFrom", ALICE, ALICE, 5),
        ("transferFrom", ALICE, BOB, 0),
        ("transferFrom", CAROL, BOB, 1),
        ("transferFrom", DAVE, BOB, 1),
        ("transferFrom", ALICE, BOB, 55),
        ("approve", ALICE, 0),
        ("transfer", BOB, 5),
        ("transfer", ALICE, 5),
        ("transfer", BOB, 0),
        ("transfer", BOB, MAX),
    ):
        net.pair.one(net.of_token(str(name), *arguments))
    check(net.pair)


def test_opening_and_depositing() -> None:
    net = network_of(SideBySide(), limits=(100, 130), supply=2000)
    both = net.pair
    for sender in (0, 1):
        both.one(net.of_token("mintFor", 100 if sender else 20, ACCOUNTS[sender]))
        both.one(net.of_token("approve", net.address, 90, sender=sender))
    for name, *arguments in (
        ("openChannel", ALICE, BOB, 5),
        ("openChannel", BOB, ALICE, 5),
        ("openChannel", BOB, CAROL, 4),
        ("openChannel", BOB, CAROL, 501),
        ("openChannel", ZERO_ADDRESS, CAROL, 5),
        ("openChannel", CAROL, ZERO_ADDRESS, 5),
        ("openChannel", CAROL, CAROL, 5),
        ("openChannelWithDeposit", BOB, CAROL, 5, 10),
        ("openChannelWithDeposit", DAVE, CAROL, 5, 10),
        ("openChannelWithDeposit", BOB, DAVE, 5, 0),
        ("openChannelWithDeposit", BOB, DAVE, 5, 101),
        ("openChannelWithDeposit", BOB, DAVE, 5, 99),
        ("openChannelWithDeposit", BOB, DAVE, 4, 99),
        ("openChannelWithDeposit", BOB, DAVE, 501, 99),
        ("openChannelWithDeposit", BOB, ZERO_ADDRESS, 5, 99),
        ("openChannelWithDeposit", ZERO_ADDRESS, BOB, 5, 99),
        ("openChannelWithDeposit", BOB, BOB, 5, 99),
        ("openChannelWithDeposit", BOB, CAROL, 5, 99),
        ("setTotalDeposit", 1, ALICE, 10, BOB),
        ("setTotalDeposit", 1, ALICE, 10, BOB),
        ("setTotalDeposit", 1, ALICE, 9, BOB),
        ("setTotalDeposit", 1, ALICE, 60, BOB),
        ("setTotalDeposit", 1, ALICE, 0, BOB),
        ("setTotalDeposit", 1, ALICE, 101, BOB),
        ("setTotalDeposit", 1, BOB, 99, ALICE),
        ("setTotalDeposit", 1, BOB, 5, CAROL),
        ("setTotalDeposit", 1, BOB, 5, ZERO_ADDRESS),
        ("setTotalDeposit", 1, ZERO_ADDRESS, 5, BOB),
        ("setTotalDeposit", 1, BOB, 5, BOB),
        ("setTotalDeposit", 9, BOB, 5, ALICE),
        ("removeLimits",),
        ("removeLimits",),
        ("setTotalDeposit", 1, ALICE, MAX, BOB),
        ("setTotalDeposit", 1, BOB, MAX, ALICE),
        ("changeController", BOB),
        ("changeController", BOB),
        ("removeLimits",),
        ("deprecate",),
    ):
        both.one(net.call(str(name), *arguments))
    both.one(net.call("deprecate", sender=1))
    for name, *arguments in (
        ("openChannel", ALICE, BOB, 5),
        ("openChannelWithDeposit", BOB, CAROL, 5, 10),
        ("setTotalDeposit", 1, ALICE, 10, BOB),
        ("deprecate",),
    ):
        both.one(net.call(str(name), *arguments))
    check(both)


def test_full_networks() -> None:
    net = network_of(SideBySide(), limits=(100, 130), supply=2000)
    both = net.pair
    both.one(net.of_token("approve", net.address, 2000))
    for name, *arguments in (
        ("openChannelWithDeposit", ALICE, BOB, 5, 100),
        ("openChannelWithDeposit", ALICE, CAROL, 5, 31),
        ("openChannelWithDeposit", ALICE, CAROL, 5, 1),
        ("setTotalDeposit", 2, ALICE, 31, CAROL),
        ("setTotalDeposit", 2, ALICE, 30, CAROL),
        ("openChannel", BOB, CAROL, 5),
        ("openChannelWithDeposit", BOB, CAROL, 5, 1),
    ):
        both.one(net.call(str(name), *arguments))
    check(both)


def shown(
    net: Network[SideBySide], kind: MessageKind, state: SignedState, keys: tuple[int, int]
) -> tuple[Any, ...]:
    first = NO_SIGNATURE
    if state.nonce:
        first = bytes(net.sign(keys[0], state, MessageKind.BALANCE_PROOF, None))
    second = bytes(net.sign(keys[1], state, kind, first))
    return state.balance_hash, state.nonce, state.additional_hash, first, second


PROOFS = [None, (0, 0, NO_HASH), (10, 0, NO_HASH), (5, 3, ROOT), (10, MAX, ROOT), (MAX, 9, NO_HASH)]


@pytest.mark.parametrize("closers", PROOFS[::2])
def test_closing_and_settling(closers: tuple[int, int, bytes] | None) -> None:
    net = network_of(SideBySide(), timeouts=(1, 5), supply=2000)
    both = net.pair
    both.one(net.of_token("approve", net.address, 2000))
    for channel, partners in enumerate(PROOFS, 1):
        one, two = (0, 1) if channel % 2 else (1, 0)
        pair = (ACCOUNTS[one], ACCOUNTS[two])
        both.one(net.call("openChannel", *pair, 1))
        for side, deposit in ((0, 20), (1, 4)):
            amount = deposit if channel % 4 != side else 0
            if amount:
                both.one(net.call("setTotalDeposit", channel, pair[side], amount, pair[1 - side]))
        state = SignedState(channel, balance_hash(*partners) if partners else NO_HASH, 1, NO_HASH)
        if partners is None:
            state = SignedState(channel, NO_HASH, 0, NO_HASH)
        proof = shown(net, MessageKind.BALANCE_PROOF, state, (two, one))
        both.one(net.call("closeChannel", channel, pair[1], pair[0], *proof))
        if closers is not None:
            state = SignedState(channel, balance_hash(*closers), 1, NO_HASH)
            proof = shown(net, MessageKind.BALANCE_PROOF_UPDATE, state, (one, two))
            for _ in range(2):
                both.one(net.call("updateNonClosingBalanceProof", channel, *pair, *proof))
        both.one(net.call("settleChannel", channel, pair[0], 0, 0, ROOT, pair[1], 0, 0, ROOT))
        both.advance(2)
        terms = [
            (pair[0], *(closers or (0, 0, NO_HASH))),
            (pair[1], *(partners or (0, 0, NO_HASH))),
        ]
        terms.sort(key=lambda side: min(int(side[1]) + int(side[2]), MAX))
        if channel % 3:
            both.one(net.call("settleChannel", channel, *terms[0], *terms[1]))
        else:
            both.one(net.call("settleChannel2", channel, *terms))
    statuses = Counter(call.function for call, _, _ in both.gas)
    assert statuses["settleChannel2"] == 2
    check(both, share=1000)


def test_settling_with_wrong_amounts() -> None:
    net = network_of(SideBySide(), timeouts=(1, 5), supply=2000)
    proven = (10, 3, ROOT)
    for channel, (one, two) in enumerate(((ALICE, BOB), (CAROL, DAVE)), 1):
        net.pair.one(net.call("openChannel", one, two, 1))
        keys = (ACCOUNTS.index(two), ACCOUNTS.index(one))
        state = SignedState(channel, balance_hash(*proven), 1, NO_HASH)
        if channel == 2:
            state = SignedState(channel, NO_HASH, 0, NO_HASH)
        proof = shown(net, MessageKind.BALANCE_PROOF, state, keys)
        net.pair.one(net.call("closeChannel", channel, two, one, *proof))
    net.pair.advance(2)
    nothing = (0, 0, NO_HASH)
    for wrong in ((1, 0, NO_HASH), (0, 1, NO_HASH), (1, 1, ROOT)):
        for channel, sides in (
            (1, ((ALICE, *wrong), (BOB, *proven))),
            (1, ((ALICE, *nothing), (BOB, *wrong))),
            (2, ((CAROL, *wrong), (DAVE, *nothing))),
            (2, ((CAROL, *nothing), (DAVE, *wrong))),
        ):
            for call in (
                net.call("settleChannel", channel, *sides[0], *sides[1]),
                net.call("settleChannel2", channel, *sides),
            ):
                assert net.pair.one(call).status is Status.REVERTED
    check(net.pair, share=1000)


def test_lazy_signatures_count_as_full_ones() -> None:
    net = network_of(SideBySide())
    net.pair.one(net.call("openChannel", ALICE, BOB, 5))
    state = SignedState(1, NO_HASH, 0, NO_HASH)
    signed = net.sign(0, state, MessageKind.BALANCE_PROOF, NO_SIGNATURE)
    proof = (NO_HASH, 0, NO_HASH, NO_SIGNATURE, signed)
    net.pair.one(net.call("closeChannel", 1, BOB, ALICE, *proof))
    check(net.pair, share=1000)


def test_creating() -> None:
    both = SideBySide()
    secrets = both.deploy("SecretRegistry")
    token = both.deploy("CustomToken", 5, 18, "T", "T")
    empty = both.deploy("CustomToken", 0, 0, "E", "E")
    for name, *arguments in (
        ("CustomToken", 1, 78, "T", "T"),
        *(("TokenNetworkRegistry", *wrong) for wrong in wrong_registries(secrets)),
        *(("TokenNetwork", *wrong) for wrong in wrong_networks(token, secrets, empty)),
    ):
        assert both.one(deployment(str(name), *arguments)).status is Status.REVERTED
    for most in (MAX, 3):
        registry = both.deploy("TokenNetworkRegistry", secrets, 5, 500, most)
        tokens = [both.deploy("CustomToken", 1, 18, "T", "T") for _ in range(4)]
        for name, sender, *arguments in (
            ("createERC20TokenNetwork", 0, tokens[0], 5, 7),
            ("createERC20TokenNetwork", 0, tokens[1], MAX, MAX),
            ("createERC20TokenNetwork", 0, tokens[1], MAX, MAX),
            ("createERC20TokenNetwork", 0, tokens[3], 0, 7),
            ("createERC20TokenNetwork", 0, tokens[3], 7, 0),
            ("createERC20TokenNetwork", 0, tokens[3], 7, 5),
            ("createERC20TokenNetworkWithoutLimits", 0, ZERO_ADDRESS),
            ("createERC20TokenNetworkWithoutLimits", 0, BOOTSTRAP_ADDRESS),
            ("createERC20TokenNetworkWithoutLimits", 0, empty),
            ("createERC20TokenNetworkWithoutLimits", 0, secrets),
            ("createERC20TokenNetworkWithoutLimits", 0, tokens[2]),
            ("createERC20TokenNetworkWithoutLimits", 0, tokens[2]),
            ("createERC20TokenNetworkWithoutLimits", 0, tokens[3]),
            ("removeLimits", 1),
            ("removeLimits", 0),
            ("changeController", 1, BOB),
            ("changeController", 0, ZERO_ADDRESS),
            ("createERC20TokenNetwork", 0, empty, MAX, MAX),
        ):
            artifact = load("TokenNetworkRegistry")
            call = ContractCall(
                ACCOUNTS[int(str(sender))],
                registry,
                artifact,
                str(name),
                tuple(arguments),
                12_000_000,
            )
            both.one(call)
        for made in tokens:
            both.read(registry, "TokenNetworkRegistry", "token_to_token_networks", made)
    check(both, share=1000)


def wrong_registries(secrets: Address) -> list[tuple[object, ...]]:
    return [
        (secrets, 0, 5, 1),
        (secrets, 1, 0, 1),
        (secrets, 5, 5, 1),
        (ZERO_ADDRESS, 1, 2, 1),
        (BOOTSTRAP_ADDRESS, 1, 2, 1),
        (secrets, 1, 2, 0),
    ]


def wrong_networks(token: Address, secrets: Address, empty: Address) -> list[tuple[object, ...]]:
    right = (token, secrets, 5, 500, ALICE, MAX, MAX)
    changes: list[tuple[int, object]] = [
        (0, ZERO_ADDRESS),
        (1, ZERO_ADDRESS),
        (4, ZERO_ADDRESS),
        (2, 0),
        (3, 5),
        (0, BOOTSTRAP_ADDRESS),
        (1, BOOTSTRAP_ADDRESS),
        (5, 0),
        (6, 0),
        (6, 5),
        (0, empty),
        (0, secrets),
    ]
    return [(*right[:at], value, *right[at + 1 :]) for at, value in changes]


def test_running_out_of_gas_changes_nothing() -> None:
    net = network_of(SideBySide())
    call = net.call("openChannel", ALICE, BOB, 5, gas=FAILING_GAS_LIMIT)
    outcome = net.pair.one(call)
    assert (outcome.reason, outcome.gas_used) == ("out of gas", FAILING_GAS_LIMIT)
    assert net.ask("channel_counter") == (0,)


def test_calls_to_nobody_are_mined() -> None:
    net = network_of(SideBySide())
    call = ContractCall(ALICE, BOB, load("CustomToken"), "mint", (7,), 50_000)
    assert net.pair.one(call).status is Status.MINED
    check(net.pair)


def test_what_the_model_does_not_know_is_one_sentence() -> None:
    net = network_of(SideBySide())
    with pytest.raises(ConfigurationError, match=r"can't execute CustomToken\.transferFunds"):
        at_once(net.pair.model.execute([net.of_token("transferFunds")]))
    with pytest.raises(Unreadable, match=r"can't read TokenNetwork\.min"):
        net.pair.model.read(net.address, load("TokenNetwork"), "min", 1, 2)
    with pytest.raises(Unreadable, match="There is no CustomToken at 0x"):
        net.pair.model.read(BOB, load("CustomToken"), "totalSupply")
