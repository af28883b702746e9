"""The same calls on two chains: what can be told apart through the seam of an EVM and the model."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from msgspec.structs import replace

from simulator.chain.abi import load
from simulator.chain.evm_ledger import EvmLedger
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, MinedBlock, Outcome, at_once
from simulator.chain.model.ledger import ModelLedger
from simulator.chain.model.proofs import Domain, MessageKind, SignedState
from simulator.chain.signatures import Signed
from simulator.words.units import Address

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 5)]
ACCOUNTS = [Address(key.public_key.to_canonical_address()) for key in KEYS]
NO_HASH = bytes(32)
NO_SIGNATURE = bytes(65)
MAX = 2**256 - 1
ETH = 10**21
GAS = 5_000_000


class Pair(ABC):
    """Two chains that are told the same, and must answer the same."""

    chain_id: int

    @property
    @abstractmethod
    def head(self) -> int:
        """The number of the newest block."""

    @abstractmethod
    def run(self, *calls: ContractCall, balances: Sequence[tuple[Address, int]] = ()) -> MinedBlock:
        """Make one block on both."""

    @abstractmethod
    def advance(self, blocks: int) -> None:
        """Make empty blocks on both."""

    @abstractmethod
    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network in what `run` answers."""

    @abstractmethod
    def read(self, to: Address, kind: str, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both."""

    def one(self, call: ContractCall) -> Outcome:
        """Make a block of one call."""
        return self.run(call).outcomes[0]

    def deploy(self, name: str, *arguments: object, sender: int = 0) -> Address:
        """Deploy a contract on both; its address."""
        created = self.one(deployment(name, *arguments, sender=sender)).created
        assert created is not None
        return created


class SideBySide(Pair):
    """An EVM and a model.

    Attributes:
        gas: for each call so far, the gas on the EVM and on the model.
    """

    def __init__(self, wei: int = ETH) -> None:
        start = dict.fromkeys(ACCOUNTS, wei)
        self.evm = EvmLedger(KEYS, start, 15)
        self.model = ModelLedger(start, 15)
        self.chain_id = self.evm.chain_id
        self.gas: list[tuple[ContractCall, int, int]] = []

    @property
    def head(self) -> int:
        return self.evm.head

    def run(self, *calls: ContractCall, balances: Sequence[tuple[Address, int]] = ()) -> MinedBlock:
        expected = at_once(self.evm.execute(calls, balances))
        block = at_once(self.model.execute(calls, balances))
        assert block.number == expected.number == self.model.head == self.evm.head
        pairs = list(zip(expected.outcomes, block.outcomes, strict=True))
        for call, (theirs, ours) in zip(calls, pairs, strict=False):
            assert without_gas(ours) == without_gas(theirs), call
            self.gas.append((call, theirs.gas_used, ours.gas_used))
        return block

    def advance(self, blocks: int) -> None:
        self.evm.advance(blocks)
        self.model.advance(blocks)

    def watch(self, token: Address, token_network: Address) -> None:
        for ledger in (self.evm, self.model):
            ledger.watch(token, token_network)

    def read(self, to: Address, kind: str, function: str, *arguments: object) -> tuple[object, ...]:
        answer = self.model.read(to, load(kind), function, *arguments)
        assert answer == self.evm.read(to, load(kind), function, *arguments)
        return answer


def without_gas(outcome: Outcome) -> Outcome:
    return replace(outcome, gas_used=0)


def deployment(name: str, *arguments: object, sender: int = 0) -> ContractCall:
    return ContractCall(ACCOUNTS[sender], None, load(name), f"deploy {name}", arguments, 12_000_000)


P = TypeVar("P", bound=Pair)


@dataclass(frozen=True)
class Network(Generic[P]):
    """A token network on both chains, and the calls that go there."""

    pair: P
    secrets: Address
    token: Address
    address: Address

    def call(self, name: str, *arguments: object, sender: int = 0, gas: int = GAS) -> ContractCall:
        return ContractCall(
            ACCOUNTS[sender], self.address, load("TokenNetwork"), name, arguments, gas
        )

    def of_token(
        self, name: str, *arguments: object, sender: int = 0, gas: int = GAS
    ) -> ContractCall:
        return ContractCall(ACCOUNTS[sender], self.token, load("CustomToken"), name, arguments, gas)

    def of_secrets(
        self, name: str, *arguments: object, sender: int = 0, gas: int = GAS
    ) -> ContractCall:
        return ContractCall(
            ACCOUNTS[sender], self.secrets, load("SecretRegistry"), name, arguments, gas
        )

    def ask(self, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both token networks."""
        return self.pair.read(self.address, "TokenNetwork", function, *arguments)

    def read(self, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both tokens."""
        return self.pair.read(self.token, "CustomToken", function, *arguments)

    def ask_secrets(self, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both secret registries."""
        return self.pair.read(self.secrets, "SecretRegistry", function, *arguments)

    @property
    def domain(self) -> Domain:
        return Domain(self.address, self.pair.chain_id)

    def sign(
        self, key: int, state: SignedState, kind: MessageKind, appended: bytes | None
    ) -> Signed:
        return Signed(self.domain.message(kind, state, appended), Key(KEYS[key].to_bytes()))

    def sign_withdraw(
        self, key: int, channel: int, participant: Address, total: int, expiration: int
    ) -> Signed:
        message = self.domain.withdraw_message(channel, participant, total, expiration)
        return Signed(message, Key(KEYS[key].to_bytes()))


def network_of(
    pair: P,
    timeouts: tuple[int, int] = (5, 500),
    limits: tuple[int, int] = (MAX, MAX),
    supply: int = 10**9,
) -> Network[P]:
    """Deploy a token and a token network, watched."""
    secrets = pair.deploy("SecretRegistry")
    token = pair.deploy("CustomToken", supply, 18, "Token", "TK")
    arguments = (token, secrets, *timeouts, ACCOUNTS[0], *limits)
    network = pair.deploy("TokenNetwork", *arguments)
    pair.watch(token, network)
    return Network(pair, secrets, token, network)


def balance_hash(transferred: int, locked: int, locksroot: bytes) -> bytes:
    return keccak(transferred.to_bytes(32, "big") + locked.to_bytes(32, "big") + locksroot)
