"""Accounts, code and storage in dictionaries, with an undo log: it takes any write back.

Reverted frames, blocks that are given up, reads from before the block in the making and the state
after an older block are all the same walk along such a log.
"""

from collections.abc import Iterable, Mapping
from typing import Any

UndoEntry = tuple[dict[Any, Any], Any, Any]
"""A write: the table, the key, and the value before; None where there was none."""


class WorldState:
    """What all accounts hold.

    A key that is absent means zero, or no code. An account without balance, nonce and code does
    not exist: EIP-161 makes no difference between the two.

    Every write goes through `put`, so that `undo` can take it back. The four tables are part of
    the state; what is warm and what is transient belongs to one transaction. It is in the undo log
    all the same: a frame that reverts leaves nothing warm behind (EIP-2929).
    """

    def __init__(self) -> None:
        self.balances: dict[bytes, int] = {}
        self.nonces: dict[bytes, int] = {}
        self.codes: dict[bytes, bytes] = {}
        self.storage: dict[tuple[bytes, int], int] = {}
        self.undo_log: list[UndoEntry] = []
        self.warm: dict[Any, bool] = {}
        self.transient: dict[tuple[bytes, int], bytes] = {}
        self.originals: dict[tuple[bytes, int], int] = {}

    @property
    def tables(self) -> tuple[dict[Any, Any], ...]:
        """What outlives a transaction."""
        return (self.balances, self.nonces, self.codes, self.storage)

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Write one value; a zero, or no code, takes the key out."""
        self.undo_log.append((table, key, table.get(key)))
        # zeros are never kept: states that hold the same are equal as dictionaries, and an account
        # that is touched does not begin to exist
        if value:
            table[key] = value
        else:
            table.pop(key, None)

    def warm_up(self, key: Any) -> bool:
        """Note that an account or a slot is used; tell whether it is for the first time."""
        warm = self.warm
        if key in warm:
            return False
        self.undo_log.append((warm, key, None))
        warm[key] = True
        return True

    def put_storage(self, key: tuple[bytes, int], value: int) -> None:
        """Write a slot, and remember what it held when the transaction began."""
        # `put` in its own words: no write is more frequent, and a call costs as much as the rest
        before = self.storage.get(key)
        self.undo_log.append((self.storage, key, before))
        if key not in self.originals:
            self.originals[key] = before or 0
        if value:
            self.storage[key] = value
        else:
            self.storage.pop(key, None)

    def add_balance(self, address: bytes, wei: int) -> None:
        """Change a balance by an amount, which may be negative."""
        if wei:
            self.put(self.balances, address, self.balances.get(address, 0) + wei)

    def is_empty(self, address: bytes) -> bool:
        """Tell whether an account does not exist."""
        return not (address in self.balances or address in self.nonces or address in self.codes)

    def delete(self, address: bytes) -> None:
        """Remove an account that was created in this transaction."""
        # so all that its storage holds was written in it
        for key in [key for key in self.originals if key[0] == address]:
            self.put(self.storage, key, 0)
        for table in (self.balances, self.nonces, self.codes):
            self.put(table, address, None)

    def undo(self, mark: int) -> None:
        """Take back all writes since the undo log had `mark` entries."""
        self.take_back(reversed(self.undo_log[mark:]))
        del self.undo_log[mark:]

    def take_back(self, entries: Iterable[UndoEntry]) -> list[UndoEntry]:
        """Undo writes in the order given; return what does them again, in the order to do it."""
        again = []
        for table, key, value in entries:  # past `put`: what takes back is not taken back itself
            again.append((table, key, table.get(key)))
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        again.reverse()
        return again

    def end_transaction(self, mark: int) -> None:
        """Forget what belongs to the transaction whose undo log began at `mark`."""
        # the rest of the log stays: the pending block may be given up, and the block itself later
        warm, transient = self.warm, self.transient
        self.undo_log[mark:] = [
            entry
            for entry in self.undo_log[mark:]
            if entry[0] is not warm and entry[0] is not transient
        ]
        warm.clear()
        transient.clear()
        self.originals.clear()

    def take_undo_log(self) -> tuple[UndoEntry, ...]:
        """Return what undoes all writes since the last time, newest first, each place once."""
        # of a place that was written twice only the oldest value is to come back: what is kept of a
        # block grows with the places that it has changed, not with its writes
        first: dict[tuple[int, Any], UndoEntry] = {}
        tables = {id(table): index for index, table in enumerate(self.tables)}
        for entry in self.undo_log:
            first.setdefault((tables[id(entry[0])], entry[1]), entry)
        self.undo_log.clear()
        return tuple(reversed(first.values()))

    def copy(self) -> "WorldState":
        """Return the same accounts with an empty undo log."""
        other = WorldState()
        for mine, theirs in zip(self.tables, other.tables, strict=True):
            theirs.update(mine)
        return other

    def moved(self, entries: Iterable[UndoEntry], other: "WorldState") -> tuple[UndoEntry, ...]:
        """Return what undoes on another state the writes that these entries undo on this one."""
        tables = {id(mine): theirs for mine, theirs in zip(self.tables, other.tables, strict=True)}
        return tuple([(tables[id(table)], key, value) for table, key, value in entries])

    def assign(self, other: "WorldState") -> None:
        """Hold what another state holds."""
        self.undo_log.clear()
        for mine, theirs in zip(self.tables, other.tables, strict=True):
            mine.clear()
            mine.update(theirs)

    def fund(self, balances: Mapping[bytes, int]) -> None:
        """Set the balances of a genesis."""
        self.balances.update({account: wei for account, wei in balances.items() if wei})
