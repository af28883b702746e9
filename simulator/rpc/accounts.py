"""Accounts that sign here, and what they sign: messages, typed data, transactions."""

from collections.abc import Iterable, Mapping
from typing import Any

from eth_keys.datatypes import PrivateKey

from simulator.evm import signing
from simulator.evm.transactions import DYNAMIC_FEE, Transaction
from simulator.rpc import shapes, values
from simulator.rpc.calls import Calls
from simulator.rpc.failures import REFUSED, RpcFailure, wrong
from simulator.rpc.handlers import Handlers
from simulator.rpc.reads import PRIORITY_FEE
from simulator.rpc.sending import Sending
from simulator.rpc.values import LATEST, Request
from simulator.rpc.view import View
from simulator.system import bounded_json
from simulator.words.hashing import keccak
from simulator.words.quoting import shown
from simulator.words.units import Address, checksum


class Accounts:
    """Methods of accounts whose keys are here.

    Args:
        view: the chain.
        calls: estimates gas.
        sending: takes what is signed.
        keys: of the accounts.

    Attributes:
        impersonated: further accounts that may send transactions, without anybody's key.
    """

    def __init__(
        self, view: View, calls: Calls, sending: Sending, keys: Iterable[PrivateKey]
    ) -> None:
        self._view = view
        self._calls = calls
        self._sending = sending
        self._keys = signing.by_address(keys)
        self.impersonated: set[bytes] = set()

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {
            "eth_accounts": self.all,
            "eth_requestAccounts": self.all,
            "eth_sendTransaction": self.send,
            "eth_signTransaction": self.sign_transaction,
            "eth_sign": self.sign,
            "personal_sign": lambda message, account, _password=None: self.sign(account, message),
            "eth_signTypedData": self.sign_typed,
            "eth_signTypedData_v3": self.sign_typed,
            "eth_signTypedData_v4": self.sign_typed,
        }

    def all(self) -> list[str]:
        """Return the accounts whose keys are here."""
        return [checksum(Address(account)) for account in self._keys]

    def _key(self, account: object) -> PrivateKey:
        wanted = values.address(account)
        found = self._keys.get(wanted)
        if found is None:
            raise RpcFailure(
                REFUSED, f"unknown account: nobody has the key of {checksum(wanted)} here"
            )
        return found

    def send(self, given: object, *_others: object) -> str:
        """Sign a transaction for one of the accounts and send it."""
        request = values.transaction(given)
        self._check_sender(request)
        transaction = self._complete(request)
        return self._sending.send(self._signed(transaction))

    def sign_transaction(self, given: object) -> shapes.Shape:
        """Sign a transaction for one of the accounts."""
        request = values.transaction(given)
        self._key(None if request.sender is None else shapes.data(request.sender))
        signed = self._signed(self._complete(request))
        shape = self._view.as_waiting(signed)
        return {"raw": shapes.data(signed.signed.encode()), "tx": shape}

    def _check_sender(self, request: Request) -> None:
        if request.sender is None:
            raise wrong("the transaction needs from: an account of eth_accounts.")
        if request.sender not in self._keys and request.sender not in self.impersonated:
            raise RpcFailure(
                REFUSED,
                f"unknown account: nobody has the key of {checksum(request.sender)} here; "
                "eth_accounts has those that can send",
            )
        chain_id = self._view.chain.chain_id
        if request.chain_id not in (None, chain_id):
            raise RpcFailure(
                REFUSED, f"invalid chain id: this is {chain_id}, not {request.chain_id}"
            )

    def _complete(self, request: Request) -> Transaction:
        """Return the transaction, with what was left out."""
        assert request.sender is not None  # noqa: S101 - checked before
        nonce = request.nonce
        if nonce is None:
            nonce = self._view.pool.next_nonce(request.sender)
        gas = self._calls.gas_for(request, LATEST) if request.gas is None else request.gas
        max_fee, tip = self._fees(request)
        return Transaction(
            sender=request.sender,
            nonce=nonce,
            to=request.to,
            data=request.data,
            gas=gas,
            max_fee=max_fee,
            priority_fee=tip,
            value=request.value,
            access_list=request.access_list,
            kind=request.kind,
        )

    def _fees(self, request: Request) -> tuple[int, int]:
        """Return fee cap and priority fee."""
        base_fee = self._view.base_fee()
        if request.kind != DYNAMIC_FEE:
            price = request.gas_price
            price = base_fee + PRIORITY_FEE if price is None else price
            return price, price
        tip, max_fee = request.priority_fee, request.max_fee
        if tip is None:
            tip = PRIORITY_FEE if max_fee is None else min(PRIORITY_FEE, max_fee)
        return (2 * base_fee + tip if max_fee is None else max_fee), tip

    def _signed(self, transaction: Transaction) -> Transaction:
        key, chain_id = self._keys.get(transaction.sender), self._view.chain.chain_id
        if key is not None:
            return signing.signed(transaction, key, chain_id)
        return signing.unsigned(transaction, chain_id)

    def sign(self, account: object, message: object) -> str:
        """Sign a message as EIP-191 has it: bytes in hexadecimal, or any text."""
        key = self._key(account)
        if isinstance(message, str) and not message.startswith("0x"):
            content = message.encode(errors="replace")
        else:
            content = values.data(message, "the message")
        head = b"\x19Ethereum Signed Message:\n" + str(len(content)).encode()
        return _signature(key, keccak(head + content))

    def sign_typed(self, account: object, typed: object) -> str:
        """Sign typed data as EIP-712 has it: an object, or its text."""
        key = self._key(account)
        if isinstance(typed, str):
            try:
                typed = bounded_json.loads(typed)
            except ValueError as error:
                raise wrong(f"the typed data can't be read: {error}.") from None
        if not isinstance(typed, dict):
            raise wrong(f"the typed data must be an object, not {shown(typed)}.")
        return _signature(key, _typed_hash(typed))


def _typed_hash(typed: Mapping[str, Any]) -> bytes:
    from eth_account.messages import encode_typed_data  # noqa: PLC0415 - hardly anybody asks

    try:
        message = encode_typed_data(full_message=dict(typed))
    except Exception as error:  # noqa: BLE001 - the library raises whatever it meets
        raise wrong(f"the typed data is not what EIP-712 has: {shown(str(error))}.") from None
    return keccak(b"\x19" + message.version + message.header + message.body)


def _signature(key: PrivateKey, digest: bytes) -> str:
    made = key.sign_msg_hash(digest)
    return f"0x{made.r:064x}{made.s:064x}{27 + made.v:02x}"
