"""revm, through pyrevm: an EVM in Rust, for when speed matters more than anything else.

pyrevm never ends a transaction: slots would stay warm, and gas come out too low, if one followed
the other. So each runs between a checkpoint and a revert, and what it wrote is read before and
put back afterwards. The truth is a `WorldState`; revm's own database follows it.

The rules are Cancun's, which for what is executed are Prague's; the floor under calldata belongs
to the chain.

pyrevm overwrites the base fee and a deployment's gas price with zero, and has block hashes of its
own. Where code might ask for them, py-evm executes the message, on the same state: as long as there
is a contract whose code could, and for a deployment that could or that created further contracts.
What remains are constructors that a call runs in vain: one that fails may have seen zero.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from importlib import import_module, metadata
from typing import Any

from simulator.evm.engine import (
    OUT_OF_GAS,
    REVERTED,
    Environment,
    ExecutionResult,
    Message,
)
from simulator.evm.fees import access_gas
from simulator.evm.revm.self_test import compare
from simulator.evm.revm.unsupported import MAX_CODES, may_ask
from simulator.evm.state import UndoEntry, WorldState
from simulator.evm.transactions import Log
from simulator.evm.translator.engine import TranslatingEngine
from simulator.words.errors import ConfigurationError
from simulator.words.units import ZERO_ADDRESS

VERSION = "0.3.7"
"""The pyrevm that this module knows; others differ in what their journals say."""

SPEC = "CANCUN"
REMEDY = "install it with `pip install 'raiden-simulator[revm]'`, on Python 3.12 at most"
CODE_PADDING = 33
"""Zero bytes that pyrevm appends to code that was created."""

MAX_TEXTS = 1 << 14
"""Addresses whose text is remembered."""

_JOURNAL = "journal: [["
_WRITTEN = ", had_value: Some"
"""Ends the place of a slot that was written; one that was only read had `None`."""

_SLOT = "{ address: "
_TRANSFER_OF_NOTHING = ", balance: 0 }"
_OF_ACCOUNTS = ("NonceChange", "CodeChange", "AccountCreated", "AccountDestroyed")
_ENTRY = re.compile(rf" (BalanceTransfer|{'|'.join(_OF_ACCOUNTS)}) \{{ ([^}}]*) \}}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_FAILURE = re.compile(
    r"(Revert|Halt) \{ (?:reason: (\w+).*, )?gas_used: (\d+)(?:, output: 0x(\w*))?"
)

_HALTS = {
    "OutOfGas": OUT_OF_GAS,
    "CreateContractSizeLimit": OUT_OF_GAS,
    "CreateInitCodeSizeLimit": OUT_OF_GAS,
    "StackUnderflow": "InsufficientStack",
    "StackOverflow": "FullStack",
    "InvalidJump": "InvalidJumpDestination",
    "InvalidFEOpcode": "InvalidInstruction",
    "OpcodeNotFound": "InvalidInstruction",
    "OutOfOffset": "OutOfBoundsRead",
    "CreateCollision": "ContractCreationCollision",
    "CreateContractStartingWithEF": "ReservedBytesInCode",
    "StateChangeDuringStaticCall": "WriteProtection",
    "CallNotAllowedInsideStatic": "WriteProtection",
}
"""py-evm's words for revm's: a run must read alike on both."""


class WatchedState(WorldState):
    """A state that knows what has changed since revm's database was last brought up to date."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: dict[Any, bool] = {}

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Write one value."""
        super().put(table, key, value)
        self.changed[key] = True

    def put_storage(self, key: tuple[bytes, int], value: int) -> None:
        """Write a slot, and remember what it held when the transaction began."""
        super().put_storage(key, value)
        self.changed[key] = True

    def take_back(self, entries: Any) -> list[UndoEntry]:
        """Undo writes in the order given."""
        again = super().take_back(entries)
        self.changed.update((entry[1], True) for entry in again)
        return again


def load_pyrevm() -> Any:
    """Return the module pyrevm.

    Raises:
        ConfigurationError: it isn't installed, or in another version.
    """
    try:
        found = metadata.version("pyrevm")
        module = import_module("pyrevm")
    except (ImportError, metadata.PackageNotFoundError):
        raise ConfigurationError(f"The engine revm needs pyrevm: {REMEDY}.") from None
    if found != VERSION:
        raise ConfigurationError(f"The engine revm needs pyrevm {VERSION}, not {found}: {REMEDY}.")
    return module


@lru_cache(maxsize=MAX_CODES)
def _new_contract(code: bytes) -> Any:
    """Return an account that has code and nothing else, as revm makes it.

    revm looks for the labels in code once when it creates a contract; in code that is inserted, at
    every call. So a deployment somewhere else makes the account that is inserted here.
    """
    evm = load_pyrevm().EVM(spec_id=SPEC)
    initcode = bytes.fromhex(f"61{len(code):04x}80600a5f395ff3") + code  # copies and returns it
    return evm.basic(evm.deploy(_hex(ZERO_ADDRESS), initcode))


class RevmEngine:
    """Executes messages with revm.

    Raises:
        ConfigurationError: pyrevm isn't there, or in another version.
    """

    name = "revm"

    def __init__(self, state: WatchedState) -> None:
        self.state: WorldState = state
        self._watched = state
        self._revm = load_pyrevm()
        self._evm: Any = None
        self._environment: Environment | None = None
        self._pyevm = TranslatingEngine(state)
        self._may_ask: dict[bytes, bool] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (RevmEngine, (self._watched,))

    def reload(self) -> None:
        """Take in a state that was changed as a whole: revm's database is made anew."""
        self._evm = None
        self._environment = None
        self._may_ask.clear()

    def execute(self, environment: Environment, message: Message) -> ExecutionResult:
        """Execute a message; a failed one leaves the state as it was."""
        self._enter(environment)
        self._bring_up_to_date()
        # a read-only call may come from a contract, which revm takes for a transaction
        from_contract = message.sender in self.state.codes
        if self._may_ask or from_contract or (message.to is None and may_ask(message.data)):
            return self._pyevm.execute(environment, message)
        if message.to is None:
            # revm counts a deployer's nonce up by itself
            self._insert(message.sender, message.nonce)
            self._watched.changed[message.sender] = True
        checkpoint = self._evm.snapshot()
        try:
            execution = self._run(message)
            journal = "" if execution.error else self._journal()
            alone = _creates_nothing_but(execution.created, journal)
            writes = self._writes(message, journal) if alone else []
        finally:
            self._evm.revert(checkpoint)
        if not alone:
            return self._pyevm.execute(environment, message)
        for table, key, value in writes:
            self.state.put(table, key, value)
        return execution

    def _enter(self, environment: Environment) -> None:
        if environment is self._environment:
            return
        before, self._environment = self._environment, environment
        revm = self._revm
        block = revm.BlockEnv(
            number=environment.number,
            coinbase=_hex(environment.coinbase),
            timestamp=environment.timestamp,
            prevrandao=environment.mix_hash,
            gas_limit=environment.gas_limit,
            excess_blob_gas=0,
        )
        if before is not None and before.gas_limit == environment.gas_limit:
            self._evm.set_block_env(block)
            return
        settings = revm.CfgEnv(chain_id=environment.chain_id)
        self._evm = revm.EVM(
            env=revm.Env(cfg=settings, block=block),
            gas_limit=environment.gas_limit,
            spec_id=SPEC,
        )
        state = self._watched
        keys = [*state.balances, *state.nonces, *state.codes, *state.storage]
        state.changed.update(dict.fromkeys(keys, True))

    def _bring_up_to_date(self) -> None:
        state = self._watched
        slots = []
        for key in state.changed:
            if isinstance(key, bytes):
                self._insert(key, state.nonces.get(key, 0))
                if may_ask(state.codes.get(key, b"")):
                    self._may_ask[key] = True
                else:
                    self._may_ask.pop(key, None)
            else:
                slots.append(key)
        evm = self._evm
        for address, slot in slots:
            value = state.storage.get((address, slot), 0)
            # the insertion loads the account, and what is loaded is warm and hides the database
            checkpoint = evm.snapshot()
            evm.insert_account_storage(_hex(address), slot, value)
            evm.revert(checkpoint)
        state.changed.clear()

    def _insert(self, address: bytes, nonce: int) -> None:
        balance, code = self.state.balances.get(address, 0), self.state.codes.get(address)
        if code and nonce == 1 and not balance:
            info = _new_contract(code)
        else:
            info = self._revm.AccountInfo(balance=balance, nonce=nonce, code=code)
        self._evm.insert_account_info(_hex(address), info)

    def _run(self, message: Message) -> ExecutionResult:
        evm, sender = self._evm, _hex(message.sender)
        prepaid = access_gas(message.access_list)
        for address, slots in message.access_list:
            evm.basic(_hex(address))  # what is looked at is warm
            for slot in slots:
                evm.storage(_hex(address), slot)
        gas, value, output, created = message.gas - prepaid, message.value, b"", None
        try:
            if message.to is None:
                created = bytes.fromhex(evm.deploy(sender, message.data, value, gas)[2:])
            else:
                output = evm.message_call(sender, _hex(message.to), message.data, value, gas)
        except RuntimeError as failure:
            return _failed(str(failure), message, prepaid)
        logs = tuple(
            Log(_bytes(log.address), tuple(map(bytes, log.data[0])), bytes(log.data[1]))
            for log in evm.result.logs
        )
        return ExecutionResult("", evm.result.gas_used + prepaid, bytes(output), logs, created)

    def _journal(self) -> str:
        text: str = self._evm.journal_str
        return text[text.rfind(_JOURNAL) :]

    def _writes(self, message: Message, journal: str) -> list[UndoEntry]:
        """Return what the message left behind: tables, keys and new values."""
        state, evm = self.state, self._evm
        accounts, created, gone = _accounts_in(journal)
        writes: list[UndoEntry] = []
        for address, slot in _slots_in(journal):
            value = 0 if address in gone else evm.storage(address, slot)
            writes.append((state.storage, (_bytes(address), slot), value))
        for address in accounts:
            account = _bytes(address)
            if address in gone:
                writes += [(table, account, None) for table in state.tables[:-1]]
                continue
            info = evm.basic(address)
            writes.append((state.balances, account, info.balance))
            if account != message.sender:
                writes.append((state.nonces, account, info.nonce))
            if address in created:
                code = evm.get_code(address) or b""
                writes.append((state.codes, account, bytes(code[:-CODE_PADDING])))
        return writes


def _slots_in(journal: str) -> Iterable[tuple[str, int]]:
    """Return what was written in the storage: accounts and slots, in order, each once."""
    before = journal.split(_WRITTEN)[:-1]
    places = [text[text.rindex(_SLOT) + len(_SLOT) :].split(", key: ") for text in before]
    return dict.fromkeys((address, int(slot)) for address, slot in places)


def _accounts_in(journal: str) -> tuple[Iterable[str], Collection[str], Collection[str]]:
    """Return which accounts have changed, in order, which have new code, and which are gone."""
    nothing = journal.count("BalanceTransfer {") == journal.count(_TRANSFER_OF_NOTHING)
    if nothing and not any(kind in journal for kind in _OF_ACCOUNTS):  # as in most calls
        return (), (), ()
    # dictionaries, since their order is the journal's
    accounts: dict[str, bool] = {}
    created: dict[str, bool] = {}
    gone: dict[str, bool] = {}
    for kind, fields in _ENTRY.findall(journal):
        addresses = _ADDRESS.findall(fields)
        if kind != "BalanceTransfer" or not fields.endswith("balance: 0"):
            accounts.update(dict.fromkeys(addresses, True))
        if kind == "CodeChange":
            created[addresses[0]] = True
        elif kind == "AccountDestroyed":
            gone[addresses[0]] = True
    return accounts, created, gone


def _creates_nothing_but(created: bytes | None, journal: str) -> bool:
    """Tell whether no contract has created another: its constructor can't be looked at."""
    count = journal.count("AccountCreated {")
    return count == (0 if created is None else 1)


def _failed(text: str, message: Message, prepaid: int) -> ExecutionResult:
    found = _FAILURE.match(text)
    if found is None:
        if "Initial gas spend" in text:  # the initcode's words cost more than there is
            return ExecutionResult(OUT_OF_GAS, message.gas, b"", (), None)
        raise RuntimeError(text)
    kind, reason, used, output = found.groups()
    error = REVERTED if kind == "Revert" else _HALTS.get(reason, reason)
    return ExecutionResult(error, int(used) + prepaid, bytes.fromhex(output or ""), (), None)


@lru_cache(maxsize=MAX_TEXTS)
def _hex(address: bytes) -> str:
    return f"0x{address.hex()}"


@lru_cache(maxsize=MAX_TEXTS)
def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])


_checked = False


def make_revm() -> RevmEngine:
    """Return a new engine; the first one of a process is compared with py-evm.

    Raises:
        ConfigurationError: pyrevm isn't there, or differs from py-evm.
    """
    global _checked  # noqa: PLW0603
    engine = RevmEngine(WatchedState())
    if not _checked:
        compare(engine)
        _checked = True
        engine = RevmEngine(WatchedState())
    return engine
