"""A remote chain: any development node that runs elsewhere, over JSON-RPC.

Transactions are signed here and sent as one batch for each slot; their receipts come in one batch.
Where the node leaves mining to us (`evm_setAutomine`), each slot is one block, as on the chain in
process; where it has `evm_mine`, empty blocks are made at once. Else blocks come when the node
makes them: more of them than there are slots are told as foreign blocks, so that heights come
nearer.

The accounts' keys follow from the seed: anybody can know them, so public networks are refused.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_checksum_address

from simulator.chain.abi import Artifact, Unreadable
from simulator.chain.decoder import EventDecoder
from simulator.chain.ledger import GAS_PRICE, SLOT_GAS, ContractCall, MinedBlock, Outcome, Status
from simulator.chain.remote.funding import Funding
from simulator.chain.remote.jsonrpc import JsonRpc, RpcError
from simulator.chain.remote.mining import Miner
from simulator.evm.engine import OUT_OF_GAS
from simulator.evm.parameters import PUBLIC_CHAINS
from simulator.evm.reverts import NO_REASON, revert_reason
from simulator.evm.transactions import Log
from simulator.system.program import UNKNOWN
from simulator.words.errors import ChainUnavailable
from simulator.words.events import ChainEvent
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import Address, bytes_of

MAX_BLOCKS_IN_VAIN = 10
"""Blocks without any of the transactions that wait: something is wrong with them, or the node."""

MAX_HASHES = 1_000
"""Of how many of the newest transactions hashes are kept."""

MAX_CLIENT = 100
"""How much of what a node says of itself is taken down."""

TRANSFER_GAS = 21_000
TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}


def _number(text: str) -> int:
    return int(text, 16)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _log(told: Mapping[str, Any]) -> Log:
    topics = tuple(bytes.fromhex(topic[2:]) for topic in told["topics"])
    return Log(bytes_of(told["address"]), topics, bytes.fromhex(told["data"][2:]))


class RpcLedger:
    """A `Ledger` on a node that is reached over HTTP.

    Args:
        private_keys: the accounts whose transactions are signed here.
        balances: ETH that accounts have at the start, in wei.
        url: where the node listens.

    Raises:
        ChainUnavailable: there is no node, or none that can be used.
    """

    def __init__(
        self, private_keys: Sequence[PrivateKey], balances: Mapping[Address, int], url: str
    ) -> None:
        self.engine = url
        self.awaits_block = False
        self.empty_blocks_at_once = 1_000
        self._rpc = JsonRpc(url)
        try:
            self.chain_id = _number(self._ask("eth_chainId"))
            latest = self._ask("eth_getBlockByNumber", "latest", False)
            self.gas_price = max(GAS_PRICE, 2 * _number(latest.get("baseFeePerGas", "0x0")))
            # half of what a block may use: then the base fee never rises
            self.slot_gas = min(SLOT_GAS, _number(latest["gasLimit"]) // 2)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ChainUnavailable(url, "answers what no Ethereum node does") from None
        if self.chain_id in PUBLIC_CHAINS:
            raise ChainUnavailable(url, f"is a public network (chain id {self.chain_id})")
        self.on_foreign_blocks: Callable[[range, Sequence[ChainEvent]], None] = lambda *_: None
        self._decoder = EventDecoder()
        self._accounts: dict[Address, LocalAccount] = {}
        for key in private_keys:
            address = Address(key.public_key.to_canonical_address())
            self._accounts[address] = Account.from_key(key.to_bytes())
        self.client = self._client()
        self._miner = Miner(self._rpc)
        self._nonces: dict[Address, int] = {}
        self._hashes: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._count_nonces()
        self._funding = Funding(self._rpc, self._miner)
        self._funding.set(list(balances.items()))
        self.head = self._miner.head()

    def _ask(self, method: str, *parameters: object) -> Any:
        try:
            return self._rpc.call(method, *parameters)
        except RpcError as error:
            raise ChainUnavailable(self._rpc.url, f"answers {error}") from None

    def _client(self) -> str:
        """Return what the node says it is; not every one does."""
        try:
            told = self._rpc.call("web3_clientVersion")
        except RpcError:
            return UNKNOWN
        return (
            shortened(visible_line(told), MAX_CLIENT) if isinstance(told, str) and told else UNKNOWN
        )

    def _count_nonces(self) -> None:
        """Ask how many transactions each account has sent, those that wait included."""
        asked = [("eth_getTransactionCount", (_hex(a), "pending")) for a in self._accounts]
        answers = map(_number, self._rpc.batch(asked))
        self._nonces = dict(zip(self._accounts, answers, strict=True))
        self._nonces_are_known = True

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        block = self._ask("eth_getBlockByNumber", hex(self.head), False)
        return bytes.fromhex(block["hash"][2:])

    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network from now on."""
        self._decoder.watch(token, token_network)

    def watch_secrets(self, registry: Address) -> None:
        """Tell the events of a secret registry from now on."""
        self._decoder.watch_secrets(registry)

    def watch_registry(self, registry: Address) -> None:
        """Tell which token networks a registry creates from now on, and the events of these."""
        self._decoder.watch_registry(registry)

    def read(
        self, to: Address, artifact: Artifact, function: str, *arguments: object
    ) -> tuple[Any, ...]:
        """Return what a read-only call answers: its results as the ABI lists them.

        Raises:
            Unreadable: there is no such contract, or it has no answer.
        """
        data = artifact.encode(function, *arguments)
        try:
            answer = self._rpc.call("eth_call", {"to": _hex(to), "data": _hex(data)}, "latest")
        except RpcError as error:
            raise Unreadable(f"{artifact.name}.{function} can't be read: {error}") from None
        return artifact.decode_result(function, bytes.fromhex(answer[2:]))

    def transaction_hash(self, block_number: int, place: int) -> bytes:
        """Return the hash of a transaction, one of the last 1,000 of ours."""
        return self._hashes[block_number, place]

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""
        return _number(self._ask("eth_getBalance", _hex(account), "latest"))

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks, or wait for them."""
        if blocks > 0:
            self._reach(self.head + blocks, self._miner.advance(blocks, self.head))

    def execute(
        self, calls: Sequence[ContractCall], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, MinedBlock]:
        """Make one block of `calls`; see `Ledger.execute`.

        An account's ETH is compared with what all its calls of the slot may cost, as nodes do.
        """
        if not self._nonces_are_known:
            self._count_nonces()
        self._funding.set(balances)
        payable = self._payable(calls)
        yield
        sent = self._send([call for call, pays in zip(calls, payable, strict=True) if pays])
        yield
        expected = self.head + 1
        hashes = [hash_ for hash_ in sent if isinstance(hash_, str)]
        head = self._miner.include(self.head) if hashes else self._miner.advance(1, self.head)
        receipts = self._receipts(hashes)
        yield
        answers = iter(sent)
        outcomes = [
            self._outcome(next(answers), receipts)
            if pays
            else Outcome(Status.REFUSED, 0, "not enough ETH for the gas")
            for pays in payable
        ]
        numbers = [_number(receipt["blockNumber"]) for receipt in receipts.values()]
        head = max([head, *numbers])
        others = self._events(range(expected, head + 1), receipts)
        self.awaits_block = False  # whatever waited; if not, somebody sees it in time
        self._reach(expected, head)
        self._remember(hashes)
        return MinedBlock(self.head, self.head_hash, tuple(outcomes), others)

    def _remember(self, hashes: Sequence[str]) -> None:
        """Keep the hashes of the newest block's transactions, and of some before."""
        for place, hash_ in enumerate(hashes):
            self._hashes[self.head, place] = bytes.fromhex(hash_[2:])
        while len(self._hashes) > MAX_HASHES:
            self._hashes.popitem(last=False)

    def look(self) -> None:
        """Take in what others have done: the blocks that they have made, and what waits for one."""
        head = self._miner.head()
        if head > self.head:
            first = self.head + 1
            events = self._events(range(first, head + 1), ())
            self.head = head
            starts = sorted({first, *(event.block_number for event in events)})
            for start, end in pairwise([*starts, head + 1]):
                some = [event for event in events if event.block_number == start]
                self.on_foreign_blocks(range(start, end), some)
        # a node that makes its blocks by itself needs nobody for that
        self.awaits_block = self._miner.on_demand and self._waiting() > 0

    def _events(self, blocks: range, ours: Collection[str]) -> tuple[ChainEvent, ...]:
        """Return the events of some blocks, but for those of some transactions."""
        wanted = {
            "fromBlock": hex(blocks[0]),
            "toBlock": hex(blocks[-1]),
            "address": [_hex(contract) for contract in self._decoder.contracts],
        }
        logs = [
            one for one in self._ask("eth_getLogs", wanted) if one["transactionHash"] not in ours
        ]
        return tuple(
            event
            for one in logs
            for event in self._decoder.decode([_log(one)], _number(one["blockNumber"]))
        )

    def _waiting(self) -> int:
        """Return how many transactions wait for a block."""
        try:
            return _number(self._rpc.call("txpool_status")["pending"])
        except RpcError:  # which not every node has
            return len(self._ask("eth_getBlockByNumber", "pending", False)["transactions"])

    def _reach(self, expected: int, head: int) -> None:
        """Note the newest block, and tell of those that nobody has asked for."""
        self.head = head
        if head > expected:
            self.on_foreign_blocks(range(expected + 1, head + 1), ())

    def _payable(self, calls: Sequence[ContractCall]) -> list[bool]:
        senders = list(dict.fromkeys(call.sender for call in calls))
        asked = [("eth_getBalance", (_hex(sender), "latest")) for sender in senders]
        left = dict(zip(senders, map(_number, self._rpc.batch(asked)), strict=True))
        payable = []
        for call in calls:
            cost = call.gas_limit * self.gas_price
            payable.append(cost <= left[call.sender])
            if payable[-1]:
                left[call.sender] -= cost
        return payable

    def _send(self, calls: Sequence[ContractCall]) -> list[str | RpcError]:
        """Send transactions together and return their hashes; some may be turned down."""
        raw = [
            self._sign(call.sender, call.to, call.data, call.gas_limit, self.gas_price - position)
            for position, call in enumerate(calls)  # nodes mine the dearest first: keep the order
        ]
        self._nonces_are_known = False  # unless an answer comes: who knows what has arrived
        answers = self._rpc.batch([("eth_sendRawTransaction", (text,)) for text in raw])
        self._nonces_are_known = True
        if any(isinstance(answer, RpcError) for answer in answers):
            self._fill_gaps()
        return answers

    def _sign(
        self, sender: Address, to: Address | None, data: bytes, gas: int, gas_price: int
    ) -> str:
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": self._nonces[sender],
            "maxPriorityFeePerGas": gas_price,
            "maxFeePerGas": gas_price,
            "gas": gas,
            "to": to_checksum_address(to) if to else b"",
            "value": 0,
            "data": data,
        }
        self._nonces[sender] += 1
        return _hex(self._accounts[sender].sign_transaction(transaction).raw_transaction)

    def _fill_gaps(self) -> None:
        """Use up the nonces of what was turned down: what comes after them would wait for ever."""
        wanted = dict(self._nonces)
        self._count_nonces()
        for account, count in wanted.items():
            while self._nonces[account] < count:
                filler = self._sign(account, account, b"", TRANSFER_GAS, self.gas_price)
                self._ask("eth_sendRawTransaction", filler)
                self._nonces[account] = _number(
                    self._ask("eth_getTransactionCount", _hex(account), "pending")
                )

    def _receipts(self, hashes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return all receipts, however many blocks it takes until they are there.

        Raises:
            ChainUnavailable: blocks come without them.
        """
        found: dict[str, dict[str, Any]] = {}
        head, in_vain = self.head, 0
        while len(found) < len(hashes):
            missing = [hash_ for hash_ in hashes if hash_ not in found]
            answers = self._rpc.batch([("eth_getTransactionReceipt", (h,)) for h in missing])
            new = {h: a for h, a in zip(missing, answers, strict=True) if isinstance(a, dict)}
            found.update(new)
            in_vain = 0 if new else in_vain + 1
            if in_vain > MAX_BLOCKS_IN_VAIN:
                raise ChainUnavailable(self._rpc.url, "does not mine what it was sent")
            if len(found) < len(hashes):
                head = self._miner.include(head)
        return {hash_: found[hash_] for hash_ in hashes}

    def _outcome(self, sent: str | RpcError, receipts: Mapping[str, dict[str, Any]]) -> Outcome:
        if isinstance(sent, RpcError):
            return Outcome(Status.REFUSED, 0, sent.text)
        receipt = receipts[sent]
        gas = _number(receipt["gasUsed"])
        if _number(receipt["status"]) == 0:
            return Outcome(Status.REVERTED, gas, self._reason(sent))
        logs = map(_log, receipt["logs"])
        events = self._decoder.decode(logs, _number(receipt["blockNumber"]))
        created = receipt.get("contractAddress")
        return Outcome(Status.MINED, gas, "", events, bytes_of(created) if created else None)

    def _reason(self, hash_: str) -> str:
        """Ask the node to run a failed transaction again and to tell what came of it."""
        try:
            trace = self._rpc.call("debug_traceTransaction", hash_, TRACER)
        except RpcError:
            return NO_REASON
        # "out of gas", "OutOfGas", "gas uint64 overflow": every node has words of its own
        if "gas" in str(trace.get("error", "")).lower():
            return OUT_OF_GAS
        return revert_reason(bytes.fromhex(str(trace.get("output", "0x"))[2:]))

    def save(self) -> None:
        """Return nothing: what is elsewhere can't be kept here."""

    def restore(self, saved: object) -> None:
        """Never called, because nothing was saved."""
        raise NotImplementedError
