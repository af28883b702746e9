"""What has been sent in a channel, from one end's point of view, and what may be sent yet.

Each node has its own view of both ends. A transition is a function from what one end had sent to
what it has sent then; who sends and who receives compute the same one, and the receiver compares.
Nothing here knows time, a chain or chance.
"""

from msgspec import Struct

from simulator.words.units import UINT256_MAX

MAX_PENDING_LOCKS = 160
"""In one direction of a channel; more could not be unlocked on the chain in one transaction."""


class Lock(Struct, frozen=True, gc=False):
    """Tokens that wait for a secret.

    Attributes:
        expiration: the first block in which its secret is of no use any more.
        secrethash: the SHA-256 of the secret.
    """

    amount: int
    expiration: int
    secrethash: bytes


class BalanceProof(Struct, frozen=True, gc=False):
    """What an end signs: everything that it has sent so far.

    Attributes:
        nonce: counts what this end has said of the channel, withdraws too, from 1.
        transferred: tokens that the partner has for good.
        locked: tokens in pending locks.
        locks: these, in order of arrival.
    """

    nonce: int = 0
    transferred: int = 0
    locked: int = 0
    locks: tuple[Lock, ...] = ()

    def lock(self, secrethash: bytes) -> Lock | None:
        """Return the pending lock of a secret."""
        for lock in self.locks:  # mostly there is one, or none
            if lock.secrethash == secrethash:
                return lock
        return None

    def locking(self, lock: Lock) -> "BalanceProof":
        """Return what follows when a lock is sent."""
        locks = (*self.locks, lock)
        return BalanceProof(self.nonce + 1, self.transferred, self.locked + lock.amount, locks)

    def unlocking(self, lock: Lock) -> "BalanceProof":
        """Return what follows when a lock is paid off the chain."""
        return self._without(lock, self.transferred + lock.amount)

    def expiring(self, lock: Lock) -> "BalanceProof":
        """Return what follows when a lock is removed since nobody has claimed it in time."""
        return self._without(lock, self.transferred)

    def counting(self) -> "BalanceProof":
        """Return what follows when something is said that changes no amount."""
        return BalanceProof(self.nonce + 1, self.transferred, self.locked, self.locks)

    def _without(self, lock: Lock, transferred: int) -> "BalanceProof":
        locks = tuple(other for other in self.locks if other.secrethash != lock.secrethash)
        return BalanceProof(self.nonce + 1, transferred, self.locked - lock.amount, locks)


NOTHING_SENT = BalanceProof()
"""What an end has sent that has sent nothing yet."""


def in_time(lock: Lock, registered: int | None) -> bool:
    """Tell whether a secret that was registered in a block, if it was, unlocks a lock.

    The block must be before the lock's expiration, for the contract and so for everybody.
    """
    return registered is not None and registered < lock.expiration


class Refusal(Struct, frozen=True, gc=False):
    """Why a transition is not possible."""

    reason: str


class Withdraw(Struct, frozen=True, gc=False):
    """A total that an end wants to take out of a channel, asked for and not over.

    Attributes:
        total: everything that the end has ever taken out, this included.
        expiration: the first block in which it is too late for the contract.
        settles: whether it is one half of a cooperative settlement.
        confirmed: whether the other end has agreed.
        starts: whether its end wants the settlement, and sees to it that the channel ends.
        given_up: why its end tries it no longer; empty while it does.
    """

    total: int
    expiration: int
    settles: bool = False
    confirmed: bool = False
    starts: bool = False
    given_up: str = ""


class ChannelView(Struct, frozen=True, gc=False):
    """A channel as one of its ends sees it.

    Attributes:
        own_deposit: what the end has deposited.
        partner_deposit: what the partner has.
        sent: by the end whose view it is.
        received: what the partner has sent.
        usable: whether it is open, and no close of an own is pending.
        reveal_timeout: in blocks, at the end whose view it is.
        settle_timeout: in blocks.
        own_withdrawn: what the end has taken out on the chain.
        partner_withdrawn: what the partner has.
        own_withdraw: what the end wants to take out.
        partner_withdraw: what the partner does.
    """

    own_deposit: int
    partner_deposit: int
    sent: BalanceProof = NOTHING_SENT
    received: BalanceProof = NOTHING_SENT
    usable: bool = True
    reveal_timeout: int = 50
    settle_timeout: int = 500
    own_withdrawn: int = 0
    partner_withdrawn: int = 0
    own_withdraw: Withdraw | None = None
    partner_withdraw: Withdraw | None = None

    @property
    def capacity(self) -> int:
        """What both ends have together."""
        return self.balance + self.partner_balance

    @property
    def own_taken(self) -> int:
        """What the end has taken out, or wants to: it counts from the request on."""
        return taken(self.own_withdrawn, self.own_withdraw)

    @property
    def partner_taken(self) -> int:
        """What the partner has taken out, or wants to."""
        return taken(self.partner_withdrawn, self.partner_withdraw)

    @property
    def own_total(self) -> int:
        """Everything that the end could ever take out, locks not subtracted."""
        return self.own_deposit - self.sent.transferred + self.received.transferred

    @property
    def partner_total(self) -> int:
        """Everything that the partner could ever take out."""
        return self.partner_deposit - self.received.transferred + self.sent.transferred

    @property
    def balance(self) -> int:
        """What the end has, locks not subtracted."""
        return self.own_total - self.own_taken

    @property
    def partner_balance(self) -> int:
        """What the partner has, locks not subtracted."""
        return self.partner_total - self.partner_taken

    @property
    def distributable(self) -> int:
        """What the end may still send."""
        return distributable(self.balance, self.sent)

    @property
    def partner_distributable(self) -> int:
        """What the partner may still send."""
        return distributable(self.partner_balance, self.received)

    @property
    def is_settling(self) -> bool:
        """Whether an end has asked for a cooperative settlement."""
        own, other = self.own_withdraw, self.partner_withdraw
        return (own is not None and own.settles) or (other is not None and other.settles)


def taken(withdrawn: int, withdraw: Withdraw | None) -> int:
    """Return what an end has taken out on the chain, or wants to."""
    return withdrawn if withdraw is None else max(withdrawn, withdraw.total)


def still_wanted(withdraw: Withdraw | None, withdrawn: int) -> Withdraw | None:
    """Return a withdraw unless the chain says that it is done."""
    return None if withdraw is None or withdraw.total <= withdrawn else withdraw


def distributable(balance: int, sent: BalanceProof) -> int:
    """Return what an end may still send."""
    return min(balance - sent.locked, UINT256_MAX - sent.transferred - sent.locked)


def cannot_carry(channel: ChannelView, amount: int, lock_timeout: int | None) -> Refusal | None:
    """Return why an end can't send a new lock, as far as the channel is concerned.

    Args:
        channel: the end's view.
        amount: of the lock.
        lock_timeout: blocks until the lock expires; None: what fits the channel.
    """
    if not channel.usable or channel.is_settling:
        return Refusal(f"the channel is {'about to be settled' if channel.usable else 'not open'}")
    if channel.settle_timeout < 2 * channel.reveal_timeout:
        return Refusal("the settle timeout is shorter than twice the reveal timeout")
    if len(channel.sent.locks) >= MAX_PENDING_LOCKS:
        return Refusal("the channel has reached its limit of pending transfers")
    if amount > channel.distributable:
        return Refusal(f"{amount} is more than the {channel.distributable} that can be sent")
    shortest, longest = channel.reveal_timeout, channel.settle_timeout
    if lock_timeout is not None and not shortest < lock_timeout <= longest:
        return Refusal(
            f"a lock timeout of {lock_timeout} blocks is not above the reveal timeout of "
            f"{shortest} and within the settle timeout of {longest}"
        )
    return None


def send_lock(channel: ChannelView, lock: Lock, lock_timeout: int | None) -> BalanceProof | Refusal:
    """Return what an end has sent when it sends a lock, or why it can't."""
    refusal = cannot_carry(channel, lock.amount, lock_timeout)
    if refusal is not None:
        return refusal
    if channel.sent.lock(lock.secrethash) is not None:
        return Refusal("the channel has a pending transfer with the same secret")
    return channel.sent.locking(lock)


def receive_lock(channel: ChannelView, lock: Lock, proof: BalanceProof) -> BalanceProof | Refusal:
    """Return what the partner has sent with a lock that arrives, or what is wrong with it."""
    if lock.amount <= 0:
        return Refusal("it locks nothing")
    if lock.amount > channel.partner_distributable:
        return Refusal("it locks more than the partner may send")
    if len(channel.received.locks) >= MAX_PENDING_LOCKS:
        return Refusal("it is one lock too many")
    if channel.received.lock(lock.secrethash) is not None:
        return Refusal("its secret has a pending lock already")
    return _matching(channel.received.locking(lock), proof)


def receive_unlock(
    channel: ChannelView, secrethash: bytes, proof: BalanceProof
) -> BalanceProof | Refusal:
    """Return what the partner has sent with an unlock that arrives, or what is wrong with it."""
    lock = channel.received.lock(secrethash)
    if lock is None:
        return Refusal("it unlocks what was not locked")
    return _matching(channel.received.unlocking(lock), proof)


GRACE_OF_SENDER = 10
GRACE_OF_RECEIVER = 5
"""Blocks after a lock's expiration from which its sender removes it, and its receiver lets it.

Withdraws wait as long."""


def may_expire(lock: Lock, block: int, registered: int | None, grace: int) -> bool:
    """Tell whether a lock may be removed unpaid."""
    return block >= lock.expiration + grace and not in_time(lock, registered)


def receive_expiry(
    channel: ChannelView,
    secrethash: bytes,
    proof: BalanceProof,
    block: int,
    registered: int | None,
) -> BalanceProof | Refusal:
    """Return what the partner has sent with a lock removed, or what is wrong with that.

    Args:
        channel: the end's view.
        secrethash: of the lock.
        proof: what the partner says.
        block: the newest one that the end knows.
        registered: the block in which the secret was registered, if it was.
    """
    lock = channel.received.lock(secrethash)
    if lock is None:
        return Refusal("it removes what was not locked")
    if not may_expire(lock, block, registered, GRACE_OF_RECEIVER):
        return Refusal("it removes a lock that has not expired, or was unlocked on the chain")
    return _matching(channel.received.expiring(lock), proof)


def _matching(expected: BalanceProof, proof: BalanceProof) -> BalanceProof | Refusal:
    if proof == expected:
        return proof
    return Refusal("its balance proof is not what follows from the last one")
