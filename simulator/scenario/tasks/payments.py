"""Payments, and what nodes tell of them."""

import re
from typing import Annotated, ClassVar, Literal

import simpy
from pydantic import BeforeValidator, Field, WithJsonSchema

from simulator.forms.expected import Expected
from simulator.forms.messages import DelaySeconds, Loss, SpreadName
from simulator.forms.values import NodeIndex, Partner
from simulator.node.node import Node
from simulator.node.orders import FAILED, RECEIVED, SENT, PaymentOrder
from simulator.scenario.tasks.assertions import Question
from simulator.scenario.tasks.calls import ChannelCall
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.statuses import ApiCall
from simulator.words.units import Address

BYTES_TEXT = re.compile("0x[0-9a-fA-F]{64}")


def _bytes32(value: object) -> object:
    """Read 32 bytes in hexadecimal, which YAML takes for a number unless they are quoted."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**256:
        return value.to_bytes(32, "big")
    if isinstance(value, str) and BYTES_TEXT.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise ValueError("must be 0x and 64 hexadecimal digits")


Bytes32 = Annotated[
    bytes,
    BeforeValidator(_bytes32),
    WithJsonSchema({"type": "string", "pattern": f"^{BYTES_TEXT.pattern}$"}),
]


class Transfer(ChannelCall):
    """Pay another node, over others if need be.

    It succeeds with 200 when the payment is certain to succeed, and fails with 409 when it can't be
    made or its lock has expired.
    """

    api_call: ClassVar[ApiCall] = ApiCall.PAY
    to: Annotated[Partner, Field(description="who is paid: a node, or any account")]
    amount: int = Field(description="how many tokens", examples=[10])
    identifier: Literal["generate"] | int = Field(
        default="generate", description="the payment's name, from 1; by default one is drawn"
    )
    lock_timeout: int | None = Field(
        default=None,
        description="how many blocks the locks last; by default twice the reveal timeout; red-eyes "
        "nodes ignore it",
    )
    secret: Bytes32 | None = Field(
        default=None, description="what unlocks the payment, 32 bytes; by default new ones"
    )
    secret_hash: Bytes32 | None = Field(
        default=None, description="its SHA-256; alone, if nobody is to know the secret"
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start paying."""
        node = scope.node(self.from_)
        identifier = None if isinstance(self.identifier, str) else self.identifier
        more = (identifier, self.secret, self.secret_hash, self.lock_timeout)

        def start(token: Address, target: Address, _: None) -> simpy.Process:
            return node.pay(token, PaymentOrder(target, self.amount, *more))

        return node.call(self.api_call, self.path(scope), lambda: None, start, scope.path)


class AssertPending(Question):
    """The transfers of a node that are neither paid nor expired, whatever its part in them."""

    subjects: ClassVar[tuple[str, ...]] = ("transfers", "locked")
    transfers: Expected | None = Field(default=None, description="how many there are")
    locked: Expected | None = Field(default=None, description="tokens in their locks, added up")

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Count them."""
        found = [
            transfer
            for transfer in node.member.pending_transfers()
            if transfer.channel.token == scope.token
        ]
        return {"transfers": len(found), "locked": sum(transfer.locked for transfer in found)}


class AssertHistory(Question):
    """How a node's payments have ended: those that it has made, and those that it was paid.

    Payments that it has only passed on are none of its own.
    """

    subjects: ClassVar[tuple[str, ...]] = (
        "sent",
        "failed",
        "received",
        "sent_amount",
        "received_amount",
    )
    with_: NodeIndex | None = Field(
        default=None,
        alias="with",
        description="only payments with this node at their other end; by default all",
    )
    sent: Expected | None = Field(default=None, description="how many of its payments succeeded")
    failed: Expected | None = Field(default=None, description="how many of its payments failed")
    received: Expected | None = Field(default=None, description="how often it was paid")
    sent_amount: Expected | None = Field(
        default=None, description="tokens in the payments that succeeded, added up"
    )
    received_amount: Expected | None = Field(
        default=None, description="tokens that it was paid, added up"
    )

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Count and add up."""
        other = None if self.with_ is None else scope.node(self.with_).address
        amounts: dict[str, list[int]] = {SENT: [], FAILED: [], RECEIVED: []}
        for entry in node.member.history():
            if entry.token == scope.token and other in (None, entry.other):
                amounts[entry.event].append(entry.amount)
        return {
            "sent": len(amounts[SENT]),
            "failed": len(amounts[FAILED]),
            "received": len(amounts[RECEIVED]),
            "sent_amount": sum(amounts[SENT]),
            "received_amount": sum(amounts[RECEIVED]),
        }


Between = Annotated[
    list[NodeIndex],
    Field(max_length=2, description="two nodes between which they travel, or one; by default all"),
]


class DelayMessages(Task):
    """Let messages take time from now on; as many as before are lost.

    Without nodes it is about all, and whatever was said of some before is forgotten.
    """

    shorthand: ClassVar[str | None] = "delay_seconds"
    delay_seconds: DelaySeconds = Field(examples=[2])
    spread: SpreadName = "fixed"
    nodes: Between = Field(default=[])

    def run(self, scope: Scope) -> Steps:
        """Change it."""
        scope.net.controls.set_messages(
            *self.nodes, delay_seconds=self.delay_seconds, spread=self.spread
        )
        yield from ()


class DropMessages(Task):
    """Let a part of the messages get lost from now on; nodes send again what is lost.

    The others take as long as before. Without nodes it is about all, and whatever was said of some
    before is forgotten.
    """

    shorthand: ClassVar[str | None] = "loss"
    loss: Loss = Field(default=1.0, examples=[0.05])
    nodes: Between = Field(default=[])

    def run(self, scope: Scope) -> Steps:
        """Change it."""
        scope.net.controls.set_messages(*self.nodes, loss=self.loss)
        yield from ()


class ReleaseMessages(Task):
    """Let messages travel as the file says at its top again, heal partitions, and let all speak."""

    def run(self, scope: Scope) -> Steps:
        """Change it back."""
        scope.net.controls.set_messages()
        scope.net.controls.divide([])
        scope.net.controls.silence([])
        yield from ()


class Partition(Task):
    """Let nodes reach only those of their own group; who is in none reaches everybody.

    It is healed by `release_messages`.
    """

    shorthand: ClassVar[str | None] = "groups"
    groups: Annotated[list[list[NodeIndex]], Field(min_length=2)] = Field(
        description="the nodes of each group", examples=[[[0, 1], [2, 3]]]
    )

    def run(self, scope: Scope) -> Steps:
        """Divide them."""
        scope.net.controls.divide(self.groups)
        yield from ()


class SilenceNodes(Task):
    """Let nodes take in what others tell them, and say nothing themselves, from now on.

    What they have to say waits until `release_messages`. Whoever is not named speaks.
    """

    shorthand: ClassVar[str | None] = "nodes"
    nodes: Annotated[list[NodeIndex], Field(min_length=1)] = Field(
        description="which", examples=[[2]]
    )

    def run(self, scope: Scope) -> Steps:
        """Silence them."""
        scope.net.controls.silence(self.nodes)
        yield from ()


CALLS: dict[str, type[Task]] = {"transfer": Transfer}
HANDS: dict[str, type[Task]] = {
    "delay_messages": DelayMessages,
    "drop_messages": DropMessages,
    "partition": Partition,
    "silence_nodes": SilenceNodes,
    "release_messages": ReleaseMessages,
}
ASSERTIONS: dict[str, type[Task]] = {
    "assert_pending": AssertPending,
    "assert_history": AssertHistory,
}
"""The tasks of this module by their names in scenario files."""
