"""Assertions about the end of a channel: who has settled it, and what both ends got."""

from typing import ClassVar

from pydantic import Field

from simulator.forms.expected import Expected
from simulator.forms.values import NodeIndex, Partner
from simulator.kernel.journal import Entry
from simulator.scenario.tasks.assertions import Expectation
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.errors import AssertionFailed
from simulator.words.events import ChannelSettled, TransactionSent
from simulator.words.quoting import shown
from simulator.words.units import Address


class AssertChannelSettledEvent(Expectation):
    """That a channel is settled, by whom, and what the contract has paid its ends.

    In a cooperative settlement the amounts are everything that an end has ever taken out of the
    channel. What is kept for locks is in no amount.
    """

    subjects: ClassVar[tuple[str, ...]] = ("initiator_amount", "partner_amount")
    says_something_alone: ClassVar[bool] = True
    initiator: NodeIndex = Field(description="the node that has settled it, and is one of its ends")
    partner: Partner = Field(description="its other end")
    channel_info_key: str = Field(description="the channel, as `store_channel_info` remembered it")
    initiator_amount: Expected | None = Field(default=None, description="what the node got")
    partner_amount: Expected | None = Field(default=None, description="what the other end got")

    def subject(self) -> str:
        """Return the channel."""
        return f" of {self.channel_info_key}"

    def check(self, scope: Scope) -> Steps:
        """Look for the event.

        Raises:
            AssertionFailed: it is not there, or is another one.
        """
        entry = self._settlement(scope)
        ends = (scope.node(self.initiator).address, scope.address(self.partner))
        paid = _paid(entry.event)
        if set(paid) != set(ends):
            between = " and ".join(scope.name_of(end) for end in paid)
            raise AssertionFailed(f"the channel was between {between}")
        sender = _sender(scope, entry)
        if sender != ends[0]:
            whose = "somebody else" if sender is None else scope.name_of(sender)
            raise AssertionFailed(f"it was settled by {whose}")
        self.compare({"initiator_amount": paid[ends[0]], "partner_amount": paid[ends[1]]})
        yield from ()

    def _settlement(self, scope: Scope) -> Entry:
        key, network = self.channel_info_key, scope.network.address
        if key not in scope.channel_infos:
            raise AssertionFailed(f"no channel was stored under the key {shown(key)}")
        for entry in scope.net.journal.entries:
            match entry.event:
                case ChannelSettled(contract=contract, channel_identifier=number):
                    if (contract, number) == (network, scope.channel_infos[key]):
                        return entry
        raise AssertionFailed("the channel is not settled")


def _paid(event: object) -> dict[Address, int]:
    """Return what the ends of a channel got, by their addresses."""
    assert isinstance(event, ChannelSettled)  # noqa: S101 - it was looked for
    return {
        event.participant1: event.participant1_amount,
        event.participant2: event.participant2_amount,
    }


def _sender(scope: Scope, settlement: Entry) -> Address | None:
    """Return whose transaction it was; None: that of somebody who is no node."""
    for entry in scope.net.journal.entries:
        event = entry.event
        if isinstance(event, TransactionSent) and event.sequence == settlement.transaction:
            return event.sender
    return None


TASKS: dict[str, type[Task]] = {"assert_channel_settled_event": AssertChannelSettledEvent}
"""The tasks of this module by their names in scenario files."""
