"""What the roles in a payment have in common: facts that they are told, steps that they ask for.

Each role has a state and one level-triggered function, `due`: given the facts as they are now, it
returns what is to be done now. It is asked again whenever something may have changed, so that
nothing is lost with a crash, a message or a reverted transaction.
"""

from msgspec import Struct

from simulator.payments.channel_state import GRACE_OF_SENDER, Lock
from simulator.payments.messages import ChannelKey
from simulator.words.units import Address


class ChainFacts(Struct, frozen=True, gc=False):
    """What a node knows of the chain.

    Attributes:
        block: the newest one whose events it has handled.
        registered: the block in which the secret in question was registered; None: it was not.
    """

    block: int
    registered: int | None = None


class Hop(Struct, frozen=True, gc=False):
    """One end's view of a channel that a payment goes through.

    Attributes:
        lock: the payment's lock in it; None: there is none any more.
        is_open: whether the channel is open.
        reveal_timeout: at the end whose view it is, in blocks.
    """

    lock: Lock | None
    is_open: bool
    reveal_timeout: int

    def is_dangerous(self, lock: Lock, block: int) -> bool:
        """Tell whether a lock in it expires so soon that only the chain is safe."""
        return lock.expiration - block <= self.reveal_timeout


class SendLock(Struct, frozen=True, gc=False):
    """Pass a lock on.

    Attributes:
        route: who is to come, the receiver first.
        sealed: the secret, for the target's eyes.
    """

    channel: ChannelKey
    lock: Lock
    route: tuple[Address, ...]
    sealed: bytes | None = None


class SendRefund(Struct, frozen=True, gc=False):
    """Send a lock back to where it came from."""

    channel: ChannelKey
    lock: Lock


class KeepWaiting(Struct, frozen=True, gc=False):
    """Wait for a way to pass a lock on to somebody; it is asked for until there is one."""

    to: Address
    reason: str


class SendUnlock(Struct, frozen=True, gc=False):
    """Pay a lock off the chain."""

    channel: ChannelKey
    secret: bytes


class SendExpiry(Struct, frozen=True, gc=False):
    """Take a lock back that nobody has claimed in time."""

    channel: ChannelKey


class RequestSecret(Struct, frozen=True, gc=False):
    """Ask the initiator for the secret."""


class Reveal(Struct, frozen=True, gc=False):
    """Tell somebody the secret."""

    to: Address
    secret: bytes


class Register(Struct, frozen=True, gc=False):
    """Register a secret on the chain."""

    secret: bytes


class Succeed(Struct, frozen=True, gc=False):
    """The initiator's payment is a success."""

    secret: bytes


class Fail(Struct, frozen=True, gc=False):
    """The initiator's payment has failed."""

    reason: str


class TryNextRoute(Struct, frozen=True, gc=False):
    """The initiator's payment needs another way."""


class Receive(Struct, frozen=True, gc=False):
    """The target has the payment."""


RoleStep = (
    SendLock
    | SendRefund
    | KeepWaiting
    | SendUnlock
    | SendExpiry
    | RequestSecret
    | Reveal
    | Register
    | Succeed
    | Fail
    | TryNextRoute
    | Receive
)
"""What a role wants done."""


def end_of(lock: Lock) -> int:
    """Return the block at which the sender of a lock takes it back."""
    return lock.expiration + GRACE_OF_SENDER
