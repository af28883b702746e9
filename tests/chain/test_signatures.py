"""Contracts find out for themselves who has signed, on every engine, and so does the model."""

from collections.abc import Callable

import pytest
from eth_keys.constants import SECPK1_N as ORDER
from eth_tester import PyEVMBackend
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from simulator.chain.contracts import TokenNetworkContract
from simulator.chain.engines import MODEL
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, Outcome, Status, at_once
from simulator.chain.model.proofs import Domain, MessageKind, SignedState
from simulator.chain.signatures import Signed
from simulator.evm.eth_tester.standalone import ChainBackend
from simulator.evm.registry import FULL_ENGINE
from simulator.kernel.rng import Rng
from simulator.testnet.genesis import derive_keys
from simulator.testnet.testnet import Testnet
from simulator.words.errors import SimulatorError
from simulator.words.hashing import keccak
from tests.evm.engines import OUR_ENGINES

ENGINES = [*OUR_ENGINES, FULL_ENGINE, MODEL]
STRANGER = Key(bytes([9]) * 32)
SOME_HASH = b"\xaa" * 32
NO_HASH = bytes(32)


def mirrored(signature: bytes) -> bytes:
    """Have s in the other half of its range."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + signature[64:]


def flipped(signature: bytes) -> bytes:
    """Say that the signer's is the other one of two keys."""
    v = signature[-1]
    return _with_bit(signature, v ^ 1 if v < 27 else 55 - v)


def _with_bit(signature: bytes, bit: int) -> bytes:
    return signature[:-1] + bytes([bit])


Spoil = Callable[[bytes, Key], bytes | Signed]
WRONG: dict[str, Spoil] = {
    "signer": lambda message, _: Signed(message, STRANGER),
    "signer, as bytes": lambda message, _: bytes(Signed(message, STRANGER)),
    "message": lambda message, key: Signed(message + b"\0", key),
    "message, as bytes": lambda message, key: bytes(Signed(message[:-1], key)),
    "message without its prefix": lambda message, key: bytes(Signed(message[29:], key)),
    "recovery bit": lambda message, key: flipped(bytes(Signed(message, key))),
    "v of 2": lambda message, key: _with_bit(bytes(Signed(message, key)), 2),
    "v of 26": lambda message, key: _with_bit(bytes(Signed(message, key)), 26),
    "v of 29": lambda message, key: _with_bit(bytes(Signed(message, key)), 29),
    "v of 255": lambda message, key: _with_bit(bytes(Signed(message, key)), 255),
    "high s": lambda message, key: mirrored(bytes(Signed(message, key))),
    "s of zero": lambda message, key: bytes(Signed(message, key))[:32] + NO_HASH + b"\x1b",
    "s beyond the order": lambda message, key: (
        bytes(Signed(message, key))[:32] + ORDER.to_bytes(32, "big") + b"\x1b"
    ),
    "r of zero": lambda message, key: NO_HASH + bytes(Signed(message, key))[32:],
    "r beyond the order": lambda message, key: b"\xff" * 32 + bytes(Signed(message, key))[32:],
    "too short": lambda message, key: bytes(Signed(message, key))[:-1],
    "too long": lambda message, key: bytes(Signed(message, key)) + b"\0",
    "nothing": lambda *_: b"",
    "zeros": lambda *_: bytes(65),
}
RIGHT: dict[str, Spoil] = {
    "not made yet": Signed,
    "as bytes": lambda message, key: bytes(Signed(message, key)),
    "the other convention": lambda message, key: _with_bit(
        bytes(Signed(message, key)), bytes(Signed(message, key))[-1] - 27
    ),
    # Raiden's contracts take either of the two numbers s that a signature can have
    "high s with its own bit": lambda message, key: flipped(mirrored(bytes(Signed(message, key)))),
}


class Pair:
    """Two nodes with a channel, and the calls of both that show signatures."""

    def __init__(self, engine: str) -> None:
        self.net = Testnet(2, engine=engine)
        one, other = self.net._simulation.nodes
        channel = self.net.node(0).open_channel(self.net.token, self.net.node(1).address, 10)
        self.identifier = channel.identifier
        self.closer, self.partner = one.address, other.address
        self.network: TokenNetworkContract = next(
            iter(self.net._simulation.world.networks.values())
        )
        self.domain = Domain(self.network.address, self.net._simulation.ledger.chain_id)
        self.state = SignedState(self.identifier, SOME_HASH, 1, NO_HASH)
        self.keys = derive_keys(Rng(0), 2)[1:]

    def execute(self, call: ContractCall) -> Outcome:
        (outcome,) = at_once(self.net._simulation.ledger.execute([call])).outcomes
        return outcome

    def close(self, own: Spoil, partners: Spoil) -> ContractCall:
        """Close with a balance proof of the partner's."""
        call = self.network.close_channel(self.closer, self.keys[0], self.identifier, self.partner)
        proof = partners(self.domain.message(MessageKind.BALANCE_PROOF, self.state), self.keys[1])
        message = self.domain.message(MessageKind.BALANCE_PROOF, self.state, proof)
        signatures = (proof, own(message, self.keys[0]))
        arguments = (*call.arguments[:3], SOME_HASH, 1, NO_HASH, *signatures)
        return replace(call, arguments=arguments)

    def update(self, own: Spoil, closers: Spoil) -> ContractCall:
        """Show the partner's balance proof of the closer's, after the close."""
        proof = closers(self.domain.message(MessageKind.BALANCE_PROOF, self.state), self.keys[0])
        message = self.domain.message(MessageKind.BALANCE_PROOF_UPDATE, self.state, proof)
        signatures = (proof, own(message, self.keys[1]))
        ends = (self.identifier, self.closer, self.partner)
        call = self.close(Signed, Signed)
        return replace(
            call,
            sender=self.partner,
            function="updateNonClosingBalanceProof",
            arguments=(*ends, SOME_HASH, 1, NO_HASH, *signatures),
        )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wrong_signature_of_any_kind_is_refused_and_a_right_one_counts(engine: str) -> None:
    pair = Pair(engine)
    spoiled: list[tuple[Spoil, Spoil]] = [(spoil, Signed) for spoil in WRONG.values()]
    spoiled += [(Signed, spoil) for spoil in WRONG.values()]
    for make in (pair.close, pair.update):
        reasons = [pair.execute(make(own, others)) for own, others in spoiled]
        assert {outcome.status for outcome in reasons} == {Status.REVERTED}
        right = pair.execute(make(Signed, Signed))
        assert right.status is Status.MINED, right.reason


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", RIGHT.values(), ids=RIGHT)
def test_what_counts_as_a_signature_is_the_same_on_every_engine(engine: str, way: Spoil) -> None:
    pair = Pair(engine)
    for make in (pair.close, pair.update):
        outcome = pair.execute(make(way, way))
        assert outcome.status is Status.MINED, outcome.reason


SIGNATURE = STRANGER.sign(SOME_HASH)
ASKED = SOME_HASH + bytes(31) + bytes([SIGNATURE[64] + 27]) + SIGNATURE[:64]
"""What ECRECOVER is asked, and the signer is found."""

inputs = st.builds(
    lambda data, places, end: bytes(b ^ places.get(i, 0) for i, b in enumerate(data))[:end],
    st.sampled_from([ASKED, ASKED + b"more", bytes(128)]),
    st.dictionaries(st.integers(0, 127), st.integers(1, 255), max_size=2),
    st.none() | st.integers(0, 132),
)


@pytest.mark.parametrize("engine", OUR_ENGINES)
def test_ecrecover_answers_what_eth_testers_own_backend_answers(engine: str) -> None:
    backend, original = ChainBackend(engine), PyEVMBackend()
    sender, place = backend.get_accounts()[0], bytes(19) + b"\1"

    @given(inputs)
    @example(ASKED)
    @example(b"")
    def compare(data: bytes) -> None:
        call = {"from": sender, "to": place, "data": data, "gas": 100_000}
        assert backend.call(call) == original.call(call)

    compare()
    call = {"from": sender, "to": place, "data": ASKED}
    assert backend.call(call)[12:] == STRANGER.address


def _of_a_stranger(_: Key, message_hash: bytes) -> bytes:
    return sign(STRANGER, message_hash)


def _of_another_message(key: Key, message_hash: bytes) -> bytes:
    return sign(key, keccak(message_hash))


sign = Key.sign
MISTAKES: dict[str, Callable[[Key, bytes], bytes]] = {
    "signer": _of_a_stranger,
    "message": _of_another_message,
    "recovery bit": lambda key, digest: flipped(sign(key, digest)),
    "high s": lambda key, digest: mirrored(sign(key, digest)),
    "length": lambda key, digest: sign(key, digest)[1:],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_node_that_signs_wrongly_is_not_believed(
    engine: str, mistake: Callable[[Key, bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Testnet(2, engine=engine)
    one, other = net.node(0), net.node(1)
    one.open_channel(net.token, other.address, 10)
    with monkeypatch.context() as patched:
        patched.setattr(Key, "sign", mistake)
        with pytest.raises(SimulatorError):
            one.close_channel(net.token, other.address)
    assert [channel.is_open for channel in one.channels(net.token)] == [True]
    assert not one.close_channel(net.token, other.address).is_open
