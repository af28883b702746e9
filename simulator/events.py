"""What happened: one frozen record for each kind of fact.

Chain events come out of receipts and carry the block they were mined in. World events (a node
stops, a join is accepted) come from the simulator itself. `parties` are the addresses with an
interest of their own in the event; everybody else learns of it through the peer graph.
"""

from dataclasses import dataclass

from simulator.units import Address


@dataclass(frozen=True, slots=True)
class Event:
    """Anything that the journal records."""

    @property
    def parties(self) -> tuple[Address, ...]:
        """Addresses whose own state this event changes."""
        return ()


@dataclass(frozen=True, slots=True)
class ChainEvent(Event):
    """A decoded log of a contract."""

    contract: Address
    block_number: int


@dataclass(frozen=True, slots=True)
class ChannelOpened(ChainEvent):
    """Two participants have a channel; `contract` is the token network."""

    channel_identifier: int
    participant1: Address
    participant2: Address
    settle_timeout_blocks: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """Both participants."""
        return (self.participant1, self.participant2)


@dataclass(frozen=True, slots=True)
class Deposited(ChainEvent):
    """A participant's total deposit in a channel grew to `total_deposit`."""

    channel_identifier: int
    participant: Address
    total_deposit: int


@dataclass(frozen=True, slots=True)
class ChannelClosed(ChainEvent):
    """A participant closed a channel; it can be settled after the settle timeout."""

    channel_identifier: int
    closing_participant: Address


@dataclass(frozen=True, slots=True)
class BalanceProofUpdated(ChainEvent):
    """The partner of the closing participant submitted the closer's latest balance proof."""

    channel_identifier: int
    closing_participant: Address
    nonce: int


@dataclass(frozen=True, slots=True)
class ChannelSettled(ChainEvent):
    """A channel ended and its tokens went back to the participants."""

    channel_identifier: int
    participant1: Address
    participant1_amount: int
    participant2: Address
    participant2_amount: int


@dataclass(frozen=True, slots=True)
class TokensMoved(ChainEvent):
    """Tokens changed hands; `contract` is the token, a mint comes from the zero address."""

    sender: Address
    receiver: Address
    amount: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """The receiver: tokens in the wallet are a reason to plan again."""
        return (self.receiver,)


@dataclass(frozen=True, slots=True)
class TransactionSent(Event):
    """An account handed a transaction to the chain."""

    sender: Address
    name: str
    sequence: int


@dataclass(frozen=True, slots=True)
class TransactionFinished(Event):
    """A transaction got its answer: mined, reverted, refused or timed out."""

    sender: Address
    name: str
    sequence: int
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class EthBalanceSet(Event):
    """A tester set an account's ETH."""

    account: Address
    balance_wei: int

    @property
    def parties(self) -> tuple[Address, ...]:
        """The account itself."""
        return (self.account,)


@dataclass(frozen=True, slots=True)
class NodeStarted(Event):
    """A node came online."""

    node: Address


@dataclass(frozen=True, slots=True)
class NodeStopped(Event):
    """A node went offline."""

    node: Address


@dataclass(frozen=True, slots=True)
class NodeCrashed(Event):
    """A node went offline at once and lost what was neither on the chain nor on its disk."""

    node: Address


@dataclass(frozen=True, slots=True)
class JoinStarted(Event):
    """A node accepted a join and began to carry it out."""

    node: Address
    token: Address
    funds: int
    initial_channel_target: int
    joinable_funds_target: str


@dataclass(frozen=True, slots=True)
class LeaveStarted(Event):
    """A node began to leave a token network."""

    node: Address
    token: Address


@dataclass(frozen=True, slots=True)
class LeaveEnded(Event):
    """A leave is over: everything that was open is settled."""

    node: Address
    token: Address
    partners: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class LeavingCancelled(Event):
    """A node takes part again: it opened a channel by hand, or forgot its leave in a crash."""

    node: Address
    token: Address


@dataclass(frozen=True, slots=True)
class FaultSet(Event):
    """A tester changed what happens to an account's transactions."""

    account: Address
    mode: str

    @property
    def parties(self) -> tuple[Address, ...]:
        """The account itself: what failed may succeed from now on."""
        return (self.account,)


@dataclass(frozen=True, slots=True)
class GasPriceSet(Event):
    """A tester changed what every transaction pays, in wei for each unit of gas."""

    gas_price_wei: int
    previous_wei: int


@dataclass(frozen=True, slots=True)
class PlanUnaffordable(Event):
    """A node's next step waits for ETH; what the node has depends on gas, which stays out of it."""

    node: Address
    token: Address
    required_wei: int


@dataclass(frozen=True, slots=True)
class InternalError(Event):
    """A node's work ended with an exception nobody expected: a fault of the simulator."""

    node: Address
    task: str
    error: str
