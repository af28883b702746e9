"""What others make of channels, with calls that nodes don't make: the books follow, and agree."""

from hashlib import sha256
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from simulator.chain.abi import load
from simulator.chain.keys import Key
from simulator.chain.model.proofs import Domain, MessageKind, SignedState
from simulator.chain.model.token_network.unlocking import ModelLock
from simulator.chain.signatures import Signed
from simulator.testnet.testnet import Testnet
from simulator.words.hashing import keccak
from simulator.words.options import Check
from simulator.words.units import checksum
from tests.api.live import Live
from tests.chain.side_by_side import NO_HASH, balance_hash

FAR = 10**6


class Hands:
    """A testnet in which nodes 0 and 1 have a channel, 100 and 60; and who has their keys."""

    def __init__(self) -> None:
        self.net = Testnet(3)
        self.net._simulation.watch(Check.EVERY_BLOCK)
        self.token = self.net.token
        first, second = self.net.node(0), self.net.node(1)
        first.open_channel(self.token, second.address, 100)
        second.deposit(self.token, first.address, 60)
        self.nodes = self.net._simulation.nodes
        (self.network,) = self.net._simulation.world.networks.values()
        self.domain = Domain(self.network.address, self.net._simulation.ledger.chain_id)
        (self.channel,) = self.net.node(0).channels(self.token)

    @property
    def identifier(self) -> int:
        return self.channel.identifier

    def key(self, node: int) -> Key:
        key: Key = self.nodes[node].account.key
        return key

    def send(self, name: str, *arguments: Any, of: str = "TokenNetwork") -> None:
        """Make a call with web3.py, from an account of its own."""
        places = {
            "TokenNetwork": self.network.address,
            "SecretRegistry": self.net._simulation.deployment.secret_registry,
        }
        web3 = self.net.web3
        place = to_checksum_address(places[of])
        contract: Any = web3.eth.contract(address=place, abi=load(of).abi)
        call = getattr(contract.functions, name)(*arguments)
        sent = call.transact({"from": web3.eth.accounts[0], "gas": 500_000})
        assert web3.eth.get_transaction_receipt(sent)["status"] == 1

    def agreement(self, node: int, total: int) -> tuple[str, int, int, bytes, bytes]:
        owner = self.nodes[node].address
        message = self.domain.withdraw_message(self.identifier, owner, total, FAR)
        one, two = (bytes(Signed(message, self.key(which))) for which in (node, 1 - node))
        return checksum(owner), total, FAR, one, two

    def check(self) -> None:
        self.net.run_until_idle()
        self.net.check_invariants()
        assert self.net._simulation.world.broken == []

    def capacity(self) -> int:
        (edge,) = self.net.graph().edges(data=True)
        capacity: int = edge[2]["capacity"]
        return capacity


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_withdrawals_leave_less_in_the_channel(hands: Hands) -> None:
    hands.send("setTotalWithdraw", hands.identifier, *hands.agreement(0, 130))
    hands.check()
    assert hands.capacity() == 30
    assert hands.net.node(0).balance(hands.token) == 10**24 + 30
    hands.send("setTotalWithdraw2", hands.identifier, hands.agreement(1, 30))
    hands.check()
    assert hands.capacity() == 0
    hands.net.node(1).deposit(hands.token, hands.net.node(0).address, 75)
    hands.check()
    assert hands.capacity() == 15


def test_a_withdrawal_is_shown_over_http(hands: Hands) -> None:
    hands.send("setTotalWithdraw", hands.identifier, *hands.agreement(0, 20))
    with Live(hands.net._simulation) as live:
        (shown,) = live.request(0, "GET", "/channels").json()
    assert (shown["total_deposit"], shown["total_withdraw"], shown["balance"]) == (100, 20, 80)


def test_channels_with_withdrawals_are_closed_and_settled(hands: Hands) -> None:
    hands.send("setTotalWithdraw", hands.identifier, *hands.agreement(0, 20))
    hands.net.node(0).leave(hands.token)
    hands.check()
    assert [hands.net.node(index).balance(hands.token) for index in (0, 1)] == [10**24] * 2


def test_cooperative_settlements_end_channels(hands: Hands) -> None:
    agreed = (hands.agreement(0, 40), hands.agreement(1, 120))
    hands.send("cooperativeSettle", hands.identifier, *agreed)
    hands.check()
    assert hands.net.node(0).channels(hands.token) == []
    assert hands.net.graph().number_of_edges() == 0
    wallets = [hands.net.node(index).balance(hands.token) for index in (0, 1)]
    assert wallets == [10**24 - 60, 10**24 + 60]
    hands.net.node(0).open_channel(hands.token, hands.net.node(1).address, 5)
    hands.check()
    assert hands.capacity() == 5


def test_what_is_kept_for_locks_is_counted_until_it_is_unlocked(hands: Hands) -> None:
    secret = b"\x07" * 32
    hands.send("registerSecret", secret, of="SecretRegistry")
    lock = ModelLock(FAR, 25, sha256(secret).digest())
    packed = FAR.to_bytes(32, "big") + (25).to_bytes(32, "big") + lock.secrethash
    terms = (10, 25, keccak(packed))
    state = SignedState(hands.identifier, balance_hash(*terms), 1, NO_HASH)
    sent = bytes(Signed(hands.domain.message(MessageKind.BALANCE_PROOF, state), hands.key(0)))
    closing = Signed(hands.domain.message(MessageKind.BALANCE_PROOF, state, sent), hands.key(1))
    one, two = (checksum(hands.nodes[index].address) for index in (0, 1))
    proof = (state.balance_hash, 1, NO_HASH, sent, bytes(closing))
    hands.send("closeChannel", hands.identifier, one, two, *proof)
    hands.net.web3.provider.ethereum_tester.mine_blocks(501)  # type: ignore[attr-defined]
    sides = [(two, 0, 0, NO_HASH), (one, *terms)]
    hands.send("settleChannel2", hands.identifier, *sides)
    hands.check()
    assert hands.network.token.balance_of(hands.net._simulation.ledger, hands.network.address) == 25
    hands.send("unlock", hands.identifier, two, one, packed)
    hands.check()
    assert hands.net.node(1).balance(hands.token) == 10**24 + 35
