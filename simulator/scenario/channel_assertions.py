"""Assertions of Raiden's scenario player about all channels of a node together."""

from typing import ClassVar

from pydantic import Field

from simulator.errors import ChannelNotFound
from simulator.node.channels import Channel
from simulator.node.node import Node
from simulator.scenario.assertions import Amounts, ChannelState, ChannelStates, Question
from simulator.scenario.execution import Scope, Steps
from simulator.scenario.task import Expected, NodeIndex, Partner, Task
from simulator.units import checksum


def _channels(scope: Scope, node: Node) -> list[Channel]:
    """Return what `GET /channels/<token>` shows: everything that is not settled."""
    return [channel for _, channel in node.channels(scope.token)]


class AssertAll(Question):
    """The values of all of a node's unsettled channels, in any order."""

    subjects: ClassVar[tuple[str, ...]] = ("balances", "total_deposits", "states")
    balances: Amounts | None = None
    total_deposits: Amounts | None = None
    states: ChannelStates | None = None

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the values, sorted as the expected ones are."""
        channels = _channels(scope, node)
        deposits = sorted(channel.own_deposit for channel in channels)
        states = sorted(channel.state for channel in channels)
        # there are no payments yet: a balance is what was deposited
        return {"balances": deposits, "total_deposits": deposits, "states": states}


class AssertSum(Question):
    """The values of all of a node's unsettled channels, added up."""

    subjects: ClassVar[tuple[str, ...]] = ("balance_sum", "total_deposit_sum", "state_sum")
    balance_sum: Expected | None = None
    total_deposit_sum: Expected | None = None
    state_sum: ChannelState | None = None

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the sums; of states, what is found at all."""
        channels = _channels(scope, node)
        deposits = sum(channel.own_deposit for channel in channels)
        states = sorted({channel.state for channel in channels})
        found = " and ".join(states) or "no channel"
        return {"balance_sum": deposits, "total_deposit_sum": deposits, "state_sum": found}


class StoreChannelInfo(Task):
    """Remember a channel, for assertions when it is there no longer."""

    from_: NodeIndex = Field(alias="from")
    to: Partner
    key: str

    def run(self, scope: Scope) -> Steps:
        """Note the channel's identifier.

        Raises:
            ChannelNotFound: there is none.
        """
        partner = scope.address(self.to)
        channel = scope.node(self.from_).channel(scope.token, partner)
        if channel is None:
            raise ChannelNotFound(checksum(scope.token), checksum(partner))
        scope.channel_infos[self.key] = channel.identifier
        yield from ()


TASKS: dict[str, type[Task]] = {
    "assert_all": AssertAll,
    "assert_sum": AssertSum,
    "store_channel_info": StoreChannelInfo,
}
"""The tasks of this module by their names in scenario files."""
