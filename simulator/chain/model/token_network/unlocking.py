"""Paying out what settled channels keep for pending locks; see contracts/Unlocking.sol."""

from collections.abc import Iterator
from typing import NamedTuple

from simulator.chain.model.gas import (
    FIRST_PAYOUT,
    FIRST_SECRET_ASKED,
    LOCK_IN_TIME,
    LOCK_LATE,
    LOCK_UNREVEALED,
    PAYOUT,
    SMALLER,
    WORD,
    memory_of_locks,
)
from simulator.chain.model.token_network.channel import NO_HASH
from simulator.chain.model.token_network.state import NetworkState
from simulator.chain.model.transaction import NO_REASON, OVERFLOW, Revert, TransactionContext
from simulator.words import events
from simulator.words.hashing import keccak
from simulator.words.units import UINT256_MAX, Address

LOCK_BYTES = 3 * WORD


class ModelLock(NamedTuple):
    """A transfer that waits for its secret."""

    expiration_block: int
    amount: int
    secrethash: bytes


def locks_in(packed: bytes) -> Iterator[ModelLock]:
    """Return the locks that are packed one after the other."""
    for start in range(0, len(packed), LOCK_BYTES):
        words = [packed[at : at + WORD] for at in range(start, start + LOCK_BYTES, WORD)]
        yield ModelLock(int.from_bytes(words[0], "big"), int.from_bytes(words[1], "big"), words[2])


class Unlocking(NetworkState):
    """What is left to do when a channel is settled."""

    def unlock(
        self,
        run: TransactionContext,
        identifier: int,
        receiver: Address,
        sender: Address,
        locks: bytes,
    ) -> None:
        """Pay the locks whose secrets were revealed in time to the receiver, the rest back."""
        channel = self.pairs.get(self._pair(run, receiver, sender))
        if identifier == (0 if channel is None else channel.identifier):
            raise Revert("TN/unlock: channel id still exists")
        if identifier in self.channels:
            raise Revert("TN/unlock: channel not settled")
        unlocked = self._unlocked_amount(run, locks)
        run.gas += memory_of_locks(len(locks) // LOCK_BYTES)
        locksroot, available = self.kept.get((identifier, sender, receiver), (NO_HASH, 0))
        if locksroot != keccak(locks):
            raise Revert("TN/unlock: locksroot mismatch")

        run.gas += SMALLER * (unlocked < available)
        unlocked = min(unlocked, available)
        returned = available - unlocked
        run.write(1, 0)
        run.write(1, 0)
        payouts = [payout for payout in ((receiver, unlocked), (sender, returned)) if payout[1]]
        for number, payout in enumerate(payouts):
            run.gas += PAYOUT if number else FIRST_PAYOUT
            self.token.prepare_move(run, self.address, *payout)
        run.pay()
        del self.kept[identifier, sender, receiver]
        if self.address in run.watched:
            run.events.append(
                events.Unlocked(
                    self.address,
                    run.block_number,
                    identifier,
                    receiver,
                    sender,
                    unlocked,
                    returned,
                )
            )
        for payout in payouts:
            self.token.commit_move(run, self.address, *payout)

    def _unlocked_amount(self, run: TransactionContext, packed: bytes) -> int:
        """Return the sum of the locks whose secret was revealed before the expiration block."""
        if len(packed) % LOCK_BYTES:
            raise Revert("TN: invalid locks size")
        total = 0
        asked: set[bytes] = set()
        for lock in locks_in(packed):
            if not asked:
                run.gas += FIRST_SECRET_ASKED
            if self.secrets is None:
                raise Revert(NO_REASON)
            if lock.secrethash not in asked:
                run.load_cold()
                asked.add(lock.secrethash)
            revealed = self.secrets.reveal_blocks.get(lock.secrethash, 0)
            if revealed == 0:
                run.gas += LOCK_UNREVEALED
            elif revealed >= lock.expiration_block:
                run.gas += LOCK_LATE
            else:
                run.gas += LOCK_IN_TIME
                total += lock.amount
                if total > UINT256_MAX:
                    raise Revert(OVERFLOW)
        return total
