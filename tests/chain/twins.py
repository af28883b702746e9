"""The same calls on the EVM and on the model: what can be told apart through the seam."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from msgspec.structs import replace

from simulator.chain.abi import load
from simulator.chain.evm_ledger import EvmLedger
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, MinedBlock, Outcome, at_once
from simulator.chain.model.ledger import ModelLedger
from simulator.chain.model.proofs import Domain, Kind, SignedState
from simulator.chain.signatures import Signed
from simulator.words.units import Address

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 5)]
ACCOUNTS = [Address(key.public_key.to_canonical_address()) for key in KEYS]
NO_HASH = bytes(32)
NO_SIGNATURE = bytes(65)
MAX = 2**256 - 1
ETH = 10**21
GAS = 5_000_000


class Twins:
    """An EVM and a model that are told the same, and must answer the same.

    Attributes:
        gas: for each call so far, the gas on the EVM and on the model.
    """

    def __init__(self, wei: int = ETH) -> None:
        start = dict.fromkeys(ACCOUNTS, wei)
        self.evm = EvmLedger(KEYS, start, 15)
        self.model = ModelLedger(KEYS, start, 15)
        self.gas: list[tuple[ContractCall, int, int]] = []

    def run(self, *calls: ContractCall, balances: Sequence[tuple[Address, int]] = ()) -> MinedBlock:
        """Make one block on both."""
        expected = at_once(self.evm.execute(calls, balances))
        block = at_once(self.model.execute(calls, balances))
        assert block.number == expected.number == self.model.head == self.evm.head
        pairs = list(zip(expected.outcomes, block.outcomes, strict=True))
        for call, (theirs, ours) in zip(calls, pairs, strict=False):
            assert without_gas(ours) == without_gas(theirs), call
            self.gas.append((call, theirs.gas_used, ours.gas_used))
        return block

    def one(self, call: ContractCall) -> Outcome:
        """Make a block of one call."""
        return self.run(call).outcomes[0]

    def advance(self, blocks: int) -> None:
        """Make empty blocks on both."""
        self.evm.advance(blocks)
        self.model.advance(blocks)

    def deploy(self, name: str, *arguments: object, sender: int = 0) -> Address:
        """Deploy a contract on both; its address."""
        created = self.one(deployment(name, *arguments, sender=sender)).created
        assert created is not None
        return created

    def read(self, to: Address, kind: str, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both."""
        answer = self.model.read(to, load(kind), function, *arguments)
        assert answer == self.evm.read(to, load(kind), function, *arguments)
        return answer


def without_gas(outcome: Outcome) -> Outcome:
    return replace(outcome, gas_used=0)


def deployment(name: str, *arguments: object, sender: int = 0) -> ContractCall:
    return ContractCall(ACCOUNTS[sender], None, load(name), f"deploy {name}", arguments, 12_000_000)


@dataclass(frozen=True)
class Network:
    """A token network on both chains, and the calls that go there."""

    twins: Twins
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

    def ask(self, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both token networks."""
        return self.twins.read(self.address, "TokenNetwork", function, *arguments)

    def read(self, function: str, *arguments: object) -> tuple[object, ...]:
        """Read from both tokens."""
        return self.twins.read(self.token, "CustomToken", function, *arguments)

    def sign(self, key: int, state: SignedState, kind: Kind, appended: bytes | None) -> Signed:
        message = Domain(self.address, self.twins.evm.chain_id).message(kind, state, appended)
        return Signed(message, Key(KEYS[key].to_bytes()))


def network_of(
    twins: Twins,
    timeouts: tuple[int, int] = (5, 500),
    limits: tuple[int, int] = (MAX, MAX),
    supply: int = 10**9,
) -> Network:
    """Deploy a token and a token network, watched."""
    secrets = twins.deploy("SecretRegistry")
    token = twins.deploy("CustomToken", supply, 18, "Token", "TK")
    arguments = (token, secrets, *timeouts, ACCOUNTS[0], *limits)
    network = twins.deploy("TokenNetwork", *arguments)
    for ledger in (twins.evm, twins.model):
        ledger.watch(token, network)
    return Network(twins, token, network)


def balance_hash(transferred: int, locked: int, locksroot: bytes) -> bytes:
    return keccak(transferred.to_bytes(32, "big") + locked.to_bytes(32, "big") + locksroot)
