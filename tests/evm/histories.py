"""Histories of channels on any eth-tester backend, told in a way that can be compared."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.datatypes import PrivateKey
from eth_tester.exceptions import TransactionFailed
from eth_tester.exceptions import ValidationError as TesterValidationError
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from hypothesis import strategies as st

from simulator.chain.abi import load
from simulator.evm.eth_tester.standalone import ChainBackend
from simulator.evm.eth_tester.stock import ReproducibleBackend
from simulator.evm.parameters import CHAIN_ID

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 5)]
ACCOUNTS = [key.public_key.to_canonical_address() for key in KEYS]
COINBASE = bytes(20)
PAUPER = 3
ETH = 10**18
BALANCES = dict.fromkeys(ACCOUNTS[:PAUPER], 10 * ETH) | {ACCOUNTS[PAUPER]: 10**14}
GAS_LIMIT = 60_000_000
BLOCK_TIME = 15
NO_HASH = bytes(32)
GAS_PRICES = [2 * 10**9, 10**9]
KINDS = ["open", "deposit", "close", "proof", "forgery", "settle", "mine", "mint", "send"]
KINDS += ["approve", "deploy", "snapshot", "revert", "block", "deposit"]


class Reference(ReproducibleBackend):
    """eth-tester's own backend."""

    def __init__(self) -> None:
        balances: Any = BALANCES
        super().__init__(KEYS, balances, BLOCK_TIME, GAS_LIMIT)


def backend_on(engine: str) -> ChainBackend:
    return ChainBackend(engine, KEYS, BALANCES, BLOCK_TIME, GAS_LIMIT)


@dataclass(frozen=True)
class Step:
    """One thing that happens: what, between whom, and a number that means something to it."""

    what: str
    one: int
    other: int
    number: int
    gas: int
    gas_price: int


def steps() -> st.SearchStrategy[Step]:
    """Yield steps that mostly succeed, some with little gas, some by who has little ETH."""
    account = st.integers(0, len(KEYS) - 1)
    return st.builds(
        Step,
        what=st.sampled_from(KINDS),
        one=account,
        other=account,
        number=st.sampled_from([0, 1, 2, 7, 12, 10**17]),
        gas=st.sampled_from([400_000] * 4 + [25_000, 45_000, 80_000, 20_000]),
        gas_price=st.sampled_from(GAS_PRICES),
    )


def signature(key: PrivateKey, message: bytes) -> bytes:
    signed = Account.sign_message(encode_defunct(primitive=message), key.to_bytes())
    return bytes(signed.signature)


@dataclass
class Player:
    """Plays steps on a backend and tells what came of each."""

    backend: Any
    snapshots: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token_code, self.network_code = load("CustomToken"), load("TokenNetwork")
        registry = self._create(load("SecretRegistry").deployment())
        token = self.token_code.deployment(10**20, 18, "Token", "TK")
        self.token = self._create(token)
        limits = (2, 50, ACCOUNTS[0], 2**255, 2**255)
        self.network = self._create(self.network_code.deployment(self.token, registry, *limits))
        for account in ACCOUNTS[:PAUPER]:
            self._send(account, self.token, self.token_code.encode("mintFor", 10**6, account))
            approval = self.token_code.encode("approve", self.network, 2**200)
            self._send(account, self.token, approval)
        self.backend.mine_blocks(1)

    def play(self, history: list[Step]) -> Generator[Any, None, None]:
        """Yield what can be seen after each step; go back to where it began at the end."""
        self.snapshots = [self.backend.take_snapshot()]
        try:
            for step in history:
                yield step, self._step(step), self._sight()
        finally:
            self.backend.revert_to_snapshot(self.snapshots[0])

    # -- steps ---------------------------------------------------------------------------

    def _step(self, step: Step) -> Any:
        if step.what == "mine":
            return self.backend.mine_blocks(1 + step.number % 12) and None
        if step.what == "snapshot":
            self.snapshots.append(self.backend.take_snapshot())
            return None
        if step.what == "revert":
            self.backend.revert_to_snapshot(self.snapshots[-1])
            if len(self.snapshots) > 1:
                self.snapshots.pop()
            return None
        if step.what == "block":
            outcome = [self._submit(index, self._deposit(step), step) for index in range(3)]
        else:
            outcome = [self._submit(step.one, self._payload(step), step)]
        self.backend.mine_blocks(1)
        return [self._receipt(result) for result in outcome]

    def _payload(self, step: Step) -> tuple[bytes, bytes, int]:
        me, partner = ACCOUNTS[step.one], ACCOUNTS[step.other]
        encode = self.network_code.encode
        nothing = (0, 0, NO_HASH)
        settling = (self._channel(step), me, *nothing, partner, *nothing)
        token = self.token_code
        to = (partner, COINBASE, bytes([9] * 20), self.token)[step.number % 4]
        payloads = {
            "open": (self.network, encode("openChannel", me, partner, 2 + step.number % 9), 0),
            "settle": (self.network, encode("settleChannel", *settling), 0),
            "mint": (self.token, token.encode("mintFor", step.number, partner), 0),
            "approve": (self.token, token.encode("approve", self.network, step.number), 0),
            "send": (to, b"", step.number),
            "deploy": (b"", token.deployment(step.number, 18, "Other", "OT"), 0),
        }
        if step.what in payloads:
            return payloads[step.what]
        if step.what == "deposit":
            return self._deposit(step)
        return self.network, self._closing(step), 0

    def _deposit(self, step: Step) -> tuple[bytes, bytes, int]:
        arguments = (ACCOUNTS[step.one], step.number, ACCOUNTS[step.other])
        data = self.network_code.encode("setTotalDeposit", self._channel(step), *arguments)
        return self.network, data, 0

    def _closing(self, step: Step) -> bytes:
        me, partner = ACCOUNTS[step.one], ACCOUNTS[step.other]
        channel = self._channel(step)
        proven = step.what != "close"
        nonce = step.number if proven else 0
        balance_hash = keccak(bytes(96)) if nonce else NO_HASH
        extra = keccak(b"extra") if nonce else NO_HASH
        words = (CHAIN_ID, 1, channel)
        message = self.network + b"".join(number.to_bytes(32, "big") for number in words)
        message += balance_hash + nonce.to_bytes(32, "big") + extra
        signer = step.one if step.what == "forgery" else step.other
        theirs = signature(KEYS[signer], message) if nonce else bytes(65)
        mine = signature(KEYS[step.one], message + theirs)
        proof = (balance_hash, nonce, extra, theirs, mine)
        return self.network_code.encode("closeChannel", channel, partner, me, *proof)

    def _channel(self, step: Step) -> int:
        if step.one == step.other:
            return 0
        pair = (ACCOUNTS[step.one], ACCOUNTS[step.other])
        data = self.network_code.encode("getChannelIdentifier", *pair)
        answer = self._call(self.network, data)
        return int.from_bytes(answer, "big") if isinstance(answer, bytes) else 0

    # -- transactions --------------------------------------------------------------------

    def _submit(self, sender: int, payload: tuple[bytes, bytes, int], step: Step) -> Any:
        """Send a transaction; return its hash, or that the chain has refused it."""
        to, data, value = payload
        transaction = {
            "from": ACCOUNTS[sender],
            "to": to,
            "data": data,
            "value": value,
            "gas": step.gas,
            "max_fee_per_gas": step.gas_price,
            "max_priority_fee_per_gas": step.gas_price // 2,
        }
        try:
            return self.backend.send_transaction(transaction)
        except (ValidationError, TesterValidationError):
            return "refused"

    def _receipt(self, result: Any) -> Any:
        if result == "refused":
            return result
        receipt = self.backend.get_transaction_receipt(result)
        logs = [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]
        names = ("status", "gas_used", "cumulative_gas_used", "effective_gas_price", "from", "to")
        created = receipt["contract_address"]
        return result, logs, created, [receipt[name] for name in names]

    def _send(self, sender: bytes, to: bytes, data: bytes) -> bytes:
        transaction = {"from": sender, "to": to, "data": data, "gas": 10**7, "gas_price": 2 * 10**9}
        sent: bytes = self.backend.send_transaction(transaction)
        self.backend.mine_blocks(1)
        return sent

    def _create(self, code: bytes) -> bytes:
        receipt = self.backend.get_transaction_receipt(self._send(ACCOUNTS[0], b"", code))
        assert receipt["status"] == 1
        created: bytes = receipt["contract_address"]
        return created

    # -- what can be seen ----------------------------------------------------------------

    def _call(self, to: bytes, data: bytes) -> Any:
        call = {"from": ACCOUNTS[0], "to": to, "data": data, "gas": 10**6, "value": 0}
        try:
            return self.backend.call({**call, "gas_price": 2 * 10**9}, "pending")
        except TransactionFailed as failure:
            return str(failure)

    def _sight(self) -> Any:
        block = self.backend.get_block_by_number("latest", False)
        pending = self.backend.get_block_by_number("pending", False)
        names = ("number", "timestamp", "gas_used", "gas_limit", "base_fee_per_gas", "mix_hash")
        reads = [self.token_code.encode("balanceOf", account) for account in ACCOUNTS]
        bad = self.network_code.encode("openChannel", ACCOUNTS[0], ACCOUNTS[0], 5)
        return {
            "blocks": [(block[name], pending[name]) for name in names if name != "mix_hash"],
            "mix_hash": block["mix_hash"],
            "balances": [self.backend.get_balance(who) for who in (*ACCOUNTS, COINBASE)],
            "nonces": [self.backend.get_nonce(who) for who in ACCOUNTS],
            "tokens": [self._call(self.token, data) for data in reads],
            "reason": self._call(self.network, bad),
            "code": len(self.backend.get_code(self.network)),
        }
