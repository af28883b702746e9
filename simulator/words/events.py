"""What happened: one frozen record for each kind of fact.

Chain events come out of receipts and carry the block they were mined in. World events (a node
stops, a join is accepted) come from the simulator itself. `parties` are the addresses with an
interest of their own in the event; everybody else learns of it through the peer graph.
"""

from simulator.words.event import ChainEvent, Event
from simulator.words.payment_events import (
    FeesSet,
    HopEvent,
    OldProofShown,
    OwnPayment,
    PaymentFailed,
    PaymentInitiated,
    PaymentReceived,
    PaymentSucceeded,
    RoutingSet,
    SecretRequested,
    SecretRevealed,
    TransferEvent,
    TransferExpired,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
    TransferWaiting,
)
from simulator.words.units import Address
from simulator.words.withdraw_events import (
    SettlementFailed,
    SettlementRequested,
    WithdrawConfirmed,
    WithdrawEvent,
    WithdrawLapsed,
    WithdrawRequested,
)

__all__ = [
    "BalanceProofUpdated",
    "ChainEvent",
    "ChannelClosed",
    "ChannelOpened",
    "ChannelSettled",
    "Deposited",
    "DiskBackedUp",
    "DiskLost",
    "EthBalanceSet",
    "Event",
    "FaultSet",
    "FeesSet",
    "GasPriceSet",
    "HopEvent",
    "InternalError",
    "InvalidMessage",
    "InvariantBroken",
    "JoinEnded",
    "JoinStarted",
    "LeaveEnded",
    "LeaveStarted",
    "LeavingCancelled",
    "MessagesSet",
    "NetworkDivided",
    "NodeCrashed",
    "NodeStarted",
    "NodeStopped",
    "NodesSilenced",
    "OldProofShown",
    "OwnPayment",
    "PaymentFailed",
    "PaymentInitiated",
    "PaymentReceived",
    "PaymentSucceeded",
    "PlanUnaffordable",
    "RoutingSet",
    "SecretRegistered",
    "SecretRequested",
    "SecretRevealed",
    "SettlementFailed",
    "SettlementRequested",
    "TokenNetworkCreated",
    "TokensMoved",
    "TransactionFinished",
    "TransactionSent",
    "TransferEvent",
    "TransferExpired",
    "TransferLocked",
    "TransferRefunded",
    "TransferUnlocked",
    "TransferWaiting",
    "Unlocked",
    "WithdrawConfirmed",
    "WithdrawEvent",
    "WithdrawLapsed",
    "WithdrawRequested",
    "Withdrawn",
]


class ChannelOpened(ChainEvent, frozen=True):
    """Two participants have a channel; `contract` is the token network."""

    channel_identifier: int
    participant1: Address
    participant2: Address
    settle_timeout_blocks: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """Both participants."""
        return (self.participant1, self.participant2)


class Deposited(ChainEvent, frozen=True):
    """A participant's total deposit in a channel grew to `total_deposit`."""

    channel_identifier: int
    participant: Address
    total_deposit: int


class Withdrawn(ChainEvent, frozen=True):
    """What a participant has taken out of an open channel grew to `total_withdraw`."""

    channel_identifier: int
    participant: Address
    total_withdraw: int


class ChannelClosed(ChainEvent, frozen=True):
    """A participant closed a channel; it can be settled after the settle timeout."""

    channel_identifier: int
    closing_participant: Address


class BalanceProofUpdated(ChainEvent, frozen=True):
    """The partner of the closing participant submitted the closer's latest balance proof."""

    channel_identifier: int
    closing_participant: Address
    nonce: int


class ChannelSettled(ChainEvent, frozen=True):
    """A channel ended and its tokens went back to the participants."""

    channel_identifier: int
    participant1: Address
    participant1_amount: int
    participant2: Address
    participant2_amount: int


class TokenNetworkCreated(ChainEvent, frozen=True):
    """A token got its token network; `contract` is the registry."""

    token: Address
    token_network: Address


class SecretRegistered(ChainEvent, frozen=True):
    """A secret became known to everybody, at the secret registry; both are hexadecimal."""

    secrethash: str
    secret: str


class Unlocked(ChainEvent, frozen=True):
    """What a settled channel had kept for the sender's locks was paid out."""

    channel_identifier: int
    receiver: Address
    sender: Address
    unlocked_amount: int
    returned_amount: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """Both: the channel is gone, so that nobody else can name them."""
        return (self.receiver, self.sender)


class TokensMoved(ChainEvent, frozen=True):
    """Tokens changed hands; `contract` is the token, a mint comes from the zero address."""

    sender: Address
    receiver: Address
    amount: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """The receiver: tokens in the wallet are a reason to plan again."""
        return (self.receiver,)


class TransactionSent(Event, frozen=True):
    """An account handed a transaction to the chain."""

    sender: Address
    name: str
    sequence: int


class TransactionFinished(Event, frozen=True):
    """A transaction got its answer: mined, reverted, refused or timed out."""

    sender: Address
    name: str
    sequence: int
    status: str
    reason: str


class EthBalanceSet(Event, frozen=True):
    """A tester set an account's ETH."""

    account: Address
    balance_wei: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """The account itself."""
        return (self.account,)


class NodeStarted(Event, frozen=True):
    """A node came online."""

    node: Address


class NodeStopped(Event, frozen=True):
    """A node went offline."""

    node: Address


class NodeCrashed(Event, frozen=True):
    """A node went offline at once and lost what was neither on the chain nor on its disk."""

    node: Address


class DiskBackedUp(Event, frozen=True):
    """A tester put a copy of what a node has saved aside."""

    node: Address


class DiskLost(Event, frozen=True):
    """A node lost what it had saved since its last back-up, or everything."""

    node: Address


class JoinStarted(Event, frozen=True):
    """A node accepted a join and began to carry it out."""

    node: Address
    token: Address
    funds: int
    initial_channel_target: int
    joinable_funds_target: str


class JoinEnded(Event, frozen=True):
    """A join that began is over; `error` is the class of what it failed with, or empty."""

    node: Address
    token: Address
    error: str


class LeaveStarted(Event, frozen=True):
    """A node began to leave a token network."""

    node: Address
    token: Address


class LeaveEnded(Event, frozen=True):
    """A leave is over: everything that was open is settled, or it failed.

    `partners` are those whose channels were left, `error` is the class of what it failed with, or
    empty.
    """

    node: Address
    token: Address
    partners: tuple[Address, ...]
    error: str


class LeavingCancelled(Event, frozen=True):
    """A node takes part again: it opened a channel by hand, or forgot its leave in a crash."""

    node: Address
    token: Address


class FaultSet(Event, frozen=True):
    """A tester changed what happens to an account's transactions."""

    account: Address
    mode: str

    @property
    def parties(self) -> tuple[Address, ...]:
        """The account itself: what failed may succeed from now on."""
        return (self.account,)


class GasPriceSet(Event, frozen=True):
    """A tester changed what every transaction pays, in wei for each unit of gas."""

    gas_price_wei: int
    previous_wei: int


class MessagesSet(Event, frozen=True):
    """A tester changed how messages travel between nodes, of one, or, if none is named, of all."""

    nodes: tuple[Address, ...]
    delay: str
    loss: str


class NodesSilenced(Event, frozen=True):
    """A tester let these nodes say nothing to others, and all others speak."""

    nodes: tuple[Address, ...]


class NetworkDivided(Event, frozen=True):
    """A tester divided the nodes into groups, each one text of addresses; none: they are one."""

    groups: tuple[str, ...]


class PlanUnaffordable(Event, frozen=True):
    """A node's next step waits for ETH; what the node has depends on gas, which stays out of it."""

    node: Address
    token: Address
    required_wei: int


class InvalidMessage(Event, frozen=True):
    """A node dropped a message that does not follow from what it knows of a channel."""

    node: Address
    sender: Address
    token: Address
    channel_identifier: int
    message: str
    reason: str


class InvariantBroken(Event, frozen=True):
    """Something does not hold that always should: a fault of the simulator.

    `rule` says what should hold, `found` what does instead.
    """

    block_number: int
    rule: str
    found: str

    def __str__(self) -> str:
        """Return it as one line for people."""
        return f"at block {self.block_number} this does not hold: {self.rule} ({self.found})"


class InternalError(Event, frozen=True):
    """A node's work ended with an exception nobody expected: a fault of the simulator."""

    node: Address
    task: str
    error: str
