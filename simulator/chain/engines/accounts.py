"""py-evm's view of a `WorldState`."""

from typing import Any, NoReturn

from eth.abc import AccountDatabaseAPI
from eth.constants import BLANK_ROOT_HASH, EMPTY_SHA3
from eth.db.journal import get_next_checkpoint
from eth.typing import JournalDBCheckpoint
from eth_typing import Address, Hash32
from eth_utils.crypto import keccak

from simulator.chain.engines.state import WorldState


class Accounts(AccountDatabaseAPI):
    """An account database without tries: all roots are blank.

    py-evm makes one of these through `State.account_db_class`. Checkpoints are positions in the
    state's journal, under the identifiers that py-evm's other journals use.
    """

    def __init__(self, db: Any, state_root: Hash32 = BLANK_ROOT_HASH) -> None:  # noqa: ARG002
        world: WorldState = db
        self.world = world
        self._marks: dict[JournalDBCheckpoint, int] = {}
        self._code_hashes: dict[bytes, Hash32] = {b"": EMPTY_SHA3}

    # -- storage -------------------------------------------------------------------------

    def get_storage(self, address: Address, slot: int, from_journal: bool = True) -> int:
        key = (address, slot)
        world = self.world
        if not from_journal and key in world.originals:
            return world.originals[key]
        return world.storage.get(key, 0)

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        self.world.put_storage(address, slot, value)

    def delete_storage(self, address: Address) -> None:
        """Nothing to do: only new accounts are ever wiped, and those are deleted as a whole."""

    def is_storage_warm(self, address: Address, slot: int) -> bool:
        return (address, slot) in self.world.warm

    def mark_storage_warm(self, address: Address, slot: int) -> None:
        self._warm((address, slot))

    # -- accounts ------------------------------------------------------------------------

    def get_balance(self, address: Address) -> int:
        return self.world.balances.get(address, 0)

    def set_balance(self, address: Address, balance: int) -> None:
        self.world.put(self.world.balances, address, balance)

    def get_nonce(self, address: Address) -> int:
        return self.world.nonces.get(address, 0)

    def set_nonce(self, address: Address, nonce: int) -> None:
        self.world.put(self.world.nonces, address, nonce)

    def increment_nonce(self, address: Address) -> None:
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code(self, address: Address) -> bytes:
        return self.world.codes.get(address, b"")

    def set_code(self, address: Address, code: bytes) -> None:
        self.world.put(self.world.codes, address, code)

    def get_code_hash(self, address: Address) -> Hash32:
        code = self.get_code(address)
        if code not in self._code_hashes:
            self._code_hashes[code] = Hash32(keccak(code))
        return self._code_hashes[code]

    def delete_code(self, address: Address) -> None:
        self.set_code(address, b"")

    def account_has_code_or_nonce(self, address: Address) -> bool:
        return address in self.world.nonces or address in self.world.codes

    def account_exists(self, address: Address) -> bool:
        return not self.world.is_empty(address)

    def account_is_empty(self, address: Address) -> bool:
        return self.world.is_empty(address)

    def delete_account(self, address: Address) -> None:
        self.world.delete(address)

    def touch_account(self, address: Address) -> None:
        """Nothing to do: an account that holds nothing does not exist."""

    def is_address_warm(self, address: Address) -> bool:
        return address in self.world.warm

    def mark_address_warm(self, address: Address) -> None:
        self._warm(address)

    def _warm(self, key: Any) -> None:
        if key not in self.world.warm:
            self.world.put(self.world.warm, key, True)

    # -- checkpoints ---------------------------------------------------------------------

    def record(self) -> JournalDBCheckpoint:
        checkpoint = get_next_checkpoint()
        self._marks[checkpoint] = len(self.world.journal)
        return checkpoint

    def discard(self, checkpoint: JournalDBCheckpoint) -> None:
        self.world.undo(self._marks.pop(checkpoint))

    def commit(self, checkpoint: JournalDBCheckpoint) -> None:
        del self._marks[checkpoint]

    def lock_changes(self) -> None:
        self._marks.clear()

    # -- roots ---------------------------------------------------------------------------

    @property
    def state_root(self) -> Hash32:
        return BLANK_ROOT_HASH

    @state_root.setter
    def state_root(self, value: Hash32) -> None:
        """Nothing to do: reverting to a root is left to the journal."""

    def has_root(self, state_root: bytes) -> bool:  # noqa: ARG002
        return True

    def make_state_root(self) -> Hash32:
        return BLANK_ROOT_HASH

    def persist(self) -> NoReturn:
        raise NotImplementedError("A state in dictionaries has nothing to persist.")
