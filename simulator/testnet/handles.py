"""A node as the Python API shows it: text addresses, plain numbers, calls that return when done."""

from decimal import Decimal
from fractions import Fraction
from typing import ParamSpec, TypeVar

from simulator.node.dialects import Dialect
from simulator.node.join_terms import DEFAULT_CHANNEL_TARGET, DEFAULT_JOINABLE, JoinTerms
from simulator.node.node import Connection
from simulator.node.orders import PaymentOrder
from simulator.system.notebook import Rows
from simulator.testnet import notebook
from simulator.testnet.calls import NodeCallMethod, PendingCall
from simulator.testnet.onchain_handle import OnChainHandle
from simulator.testnet.shown import (
    Channel,
    Payment,
    PaymentRecord,
    PendingPayment,
    channel_of,
    payment_of,
    pending_of,
    record_of,
)
from simulator.words.errors import UnknownTokenNetwork, check_whole
from simulator.words.statuses import ApiCall
from simulator.words.units import (
    Address,
    checksum,
    exact_fraction,
    parse_address,
    parse_address_field,
)

T = TypeVar("T")
P = ParamSpec("P")

Exact = Decimal | float | Fraction | str
"""A number that is taken as it is written: 0.4 is two fifths."""


class NodeHandle(OnChainHandle):
    """One node. Tokens and partners are EIP-55 texts, amounts the token's smallest unit.

    `join`, `leave`, `open_channel`, `pay` and others are calls: `node.join(…)` returns
    when the answer is there, `node.join.begin(…)` at once, with a `PendingCall`.
    """

    def __repr__(self) -> str:
        return f"<node {self.index} {self.address}{'' if self.online else ', offline'}>"

    def _repr_html_(self) -> str:
        said = {
            "address": self.address,
            "online": self.online,
            "dialect": self.dialect,
            "payments": len(self.payments()),
            "pending transfers": len(self.pending_transfers()),
        }
        return notebook.of_node(f"Node {self.index}", said, self.channels())

    @property
    def index(self) -> int:
        """The node's number, from 0."""
        return self._node.index

    @property
    def address(self) -> str:
        """The node's account."""
        return checksum(self._node.address)

    @property
    def online(self) -> bool:
        """Whether the node is running."""
        return self._node.online

    @property
    def dialect(self) -> Dialect:
        """Which generation of Raiden's REST API the node speaks."""
        return self._node.dialect

    def connections(self) -> dict[str, Connection]:
        """Return funds, deposits and channels by token."""
        return {checksum(token): value for token, value in self._node.connections().items()}

    def channels(self, token: str | None = None) -> list[Channel]:
        """Return the unsettled channels of a token, or of all, in order of identifier."""
        wanted = None if token is None else parse_address(token)
        return Rows(channel_of(of, channel) for of, channel in self._node.channels(wanted))

    def deposits(self, token: str) -> dict[str, int]:
        """Return the node's own deposits in its open channels, by partner."""
        return {c.partner: c.deposit for c in self.channels(token) if c.is_open}

    def balance(self, token: str) -> int:
        """Return the tokens in the node's wallet.

        Raises:
            UnknownTokenNetwork: the token is none of this testnet.
        """
        network = self._world.networks.get(parse_address(token))
        if network is None:
            raise UnknownTokenNetwork(token)
        return network.token.balance_of(self._world.ledger, self._node.address)

    @property
    def eth_balance(self) -> int:
        """The node's ETH, in wei."""
        return self._world.ledger.eth_balance(self._node.address)

    @NodeCallMethod
    def join(
        self,
        token: str,
        funds: int,
        initial_channel_target: int = DEFAULT_CHANNEL_TARGET,
        joinable_funds_target: Exact = DEFAULT_JOINABLE,
    ) -> PendingCall[None]:
        """Join a token network; the answer comes when the channels that can be had now are open.

        Args:
            token: the token.
            funds: tokens to put into the network, from 1.
            initial_channel_target: channels to open, from 1; the funds are split over so many.
            joinable_funds_target: the part of the funds kept for channels of others, 0 to 1; by
                default two fifths.

        Raises:
            SimulatorError: the call failed; the class says why.
        """
        terms = (funds, initial_channel_target, joinable_funds_target)
        return self._make(
            ApiCall.JOIN,
            "join",
            (token,),
            lambda: JoinTerms.checked(terms[0], terms[1], exact_fraction(terms[2])),
            self._node.join,
            lambda _: None,
        )

    @NodeCallMethod
    def leave(self, token: str) -> PendingCall[list[str]]:
        """Leave a token network: close and settle everything; the answer names the partners."""
        return self._make(
            ApiCall.LEAVE,
            "leave",
            (token,),
            lambda: None,
            lambda address, _: self._node.leave(address),
            lambda partners: [checksum(partner) for partner in partners],
        )

    @NodeCallMethod
    def open_channel(
        self,
        token: str,
        partner: str,
        total_deposit: int = 0,
        settle_timeout_blocks: int | None = None,
    ) -> PendingCall[Channel]:
        """Open a channel by hand, or deposit into the open one.

        Args:
            token: the token.
            partner: any account, of a node or not.
            total_deposit: what the node puts into it.
            settle_timeout_blocks: None: what the node's channels have.

        Raises:
            InvalidRequest: among others, a deposit into an open channel would not grow.
            SimulatorError: the call failed otherwise; the class says why.
        """

        def arguments() -> tuple[Address, Address, int | None, int]:
            check_whole("total_deposit", total_deposit)
            if settle_timeout_blocks is not None:
                check_whole("settle_timeout", settle_timeout_blocks)
            ends = parse_address_field("token", token), parse_address_field("partner", partner)
            return (*ends, settle_timeout_blocks, total_deposit)

        return self._make(
            ApiCall.OPEN_CHANNEL,
            "open_channel",
            (),
            arguments,
            lambda given: self._node.open_channel(*given),
            lambda opening: channel_of(opening.token, opening.channel),
        )

    @NodeCallMethod
    def deposit(self, token: str, partner: str, total_deposit: int) -> PendingCall[Channel]:
        """Raise the node's total deposit in a channel."""
        return self._make(
            ApiCall.PATCH_CHANNEL,
            "deposit",
            (token, partner),
            lambda: check_whole("total_deposit", total_deposit),
            self._node.deposit,
            lambda channel: channel_of(parse_address(token), channel),
        )

    @NodeCallMethod
    def withdraw(self, token: str, partner: str, total_withdraw: int) -> PendingCall[Channel]:
        """Take tokens out of an open channel; the answer comes when that is mined.

        Args:
            token: the token.
            partner: the channel's other end, which must agree.
            total_withdraw: everything that the node has ever taken out, with what it takes now.

        Raises:
            WithdrawUnsuccessful: the partner has not agreed in time, or the channel was closed.
            SimulatorError: the call failed otherwise; the class says why.
        """
        return self._make(
            ApiCall.PATCH_CHANNEL,
            "withdraw",
            (token, partner),
            lambda: check_whole("total_withdraw", total_withdraw),
            self._node.withdraw,
            lambda channel: channel_of(parse_address(token), channel),
        )

    @NodeCallMethod
    def set_reveal_timeout(self, token: str, partner: str, blocks: int) -> PendingCall[Channel]:
        """Choose how long before a lock expires the node must know its secret, in a channel.

        Args:
            token: the token.
            partner: the channel's other end.
            blocks: two more than the confirmations at least, half of the settle timeout at most.
        """
        return self._make(
            ApiCall.PATCH_CHANNEL,
            "set_reveal_timeout",
            (token, partner),
            lambda: check_whole("reveal_timeout", blocks),
            self._node.set_reveal_timeout,
            lambda channel: channel_of(parse_address(token), channel),
        )

    @NodeCallMethod
    def close_channel(self, token: str, partner: str, proofs_back: int = 0) -> PendingCall[Channel]:
        """Close a channel; it is settled by itself after the settle timeout.

        Between two bespin nodes it is settled at once, where nothing is pending in it.

        Args:
            token: the token.
            partner: the channel's other end.
            proofs_back: what no real node can be asked for: to cheat, and show a balance proof of
                the partner that is so much older than the newest, or none if there are no more.
        """
        return self._make(
            ApiCall.PATCH_CHANNEL,
            "close_channel",
            (token, partner),
            lambda: check_whole("proofs_back", proofs_back),
            lambda of, other, _: self._node.close_channel(of, other, proofs_back),
            lambda channel: channel_of(parse_address(token), channel),
        )

    def pending_transfers(self, token: str | None = None) -> list[PendingPayment]:
        """Return the payments that the node has a part in and that are neither paid nor expired."""
        wanted = None if token is None else parse_address(token)
        return Rows(
            pending_of(transfer)
            for transfer in self._node.member.pending_transfers()
            if wanted in (None, transfer.channel.token)
        )

    @NodeCallMethod
    def pay(
        self,
        token: str,
        target: str,
        amount: int,
        identifier: int | None = None,
        secret: bytes | None = None,
        secret_hash: bytes | None = None,
        lock_timeout: int | None = None,
    ) -> PendingCall[Payment]:
        """Pay another node; the answer comes when it is certain that this has succeeded or failed.

        Args:
            token: what is paid.
            target: who is paid.
            amount: in the token's smallest unit, from 1.
            identifier: names the payment, 1 to 2^64 - 1; None: a random one.
            secret: 32 bytes that unlock the payment; None: new ones.
            secret_hash: its SHA-256; alone, if somebody else knows the secret.
            lock_timeout: blocks until the locks expire; None: twice the reveal timeout.

        Raises:
            PaymentUnsuccessful: there is no way to the target, or a lock has expired.
            SimulatorError: the call failed otherwise; the class says why.
        """

        def order(target: Address) -> PaymentOrder:
            named = (amount, identifier, secret, secret_hash, lock_timeout)
            return PaymentOrder(target, *named)

        return self._make(
            ApiCall.PAY,
            "pay",
            (token, target),
            lambda: None,
            lambda of, to, _: self._node.pay(of, order(to)),
            payment_of,
        )

    def payments(self, token: str | None = None) -> list[PaymentRecord]:
        """Return how the node's payments have ended, sent and received ones, oldest first."""
        wanted = None if token is None else parse_address(token)
        return Rows(
            record_of(entry)
            for entry in self._node.member.history()
            if wanted in (None, entry.token)
        )

    def stop(self) -> None:
        """Go offline."""
        self._node.stop()

    def crash(self) -> None:
        """Go offline at once; what is neither on the chain nor on the node's disk is lost."""
        self._node.crash()

    def back_up(self) -> None:
        """Put a copy of what the node has saved aside, in place of any earlier one."""
        self._node.disk.back_up()

    def lose_disk(self) -> None:
        """Crash, and lose what was saved since the last back-up; without one, everything.

        The node comes back with `start`: it knows what the chain tells, and what the back-up has of
        what was sent in its channels.
        """
        self._node.disk.lose()

    def start(self) -> None:
        """Come online again."""
        self._node.start()


class NodeRows(Rows[NodeHandle]):
    """Nodes; notebooks show a table."""

    def _row(self, item: NodeHandle) -> dict[str, object]:
        opened = [channel for channel in item.channels() if channel.is_open]
        return {
            "node": item.index,
            "address": item.address,
            "online": item.online,
            "dialect": item.dialect,
            "open channels": len(opened),
            "deposits": sum(channel.deposit for channel in opened),
        }
