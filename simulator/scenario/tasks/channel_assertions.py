"""Assertions of Raiden's scenario player about all channels of a node together."""

from typing import ClassVar

from pydantic import Field

from simulator.forms.expected import Expected
from simulator.forms.values import Partner
from simulator.node.channels import ChannelEntry
from simulator.node.node import Node
from simulator.scenario.tasks.assertions import Amounts, ChannelStates, Question
from simulator.scenario.tasks.scenario_run import Scope
from simulator.scenario.tasks.task import Task
from simulator.words.errors import ChannelNotFound
from simulator.words.units import ChannelState, checksum


def _channels(scope: Scope, node: Node) -> list[ChannelEntry]:
    """Return what `GET /channels/<token>` shows: everything that is not settled."""
    return [channel for _, channel in node.channels(scope.token)]


class AssertAll(Question):
    """The values of all of a node's unsettled channels, closed ones included, in any order."""

    subjects: ClassVar[tuple[str, ...]] = ("balances", "total_deposits", "states")
    balances: Amounts | None = Field(
        default=None, description="what the node could pay in each channel"
    )
    total_deposits: Amounts | None = Field(
        default=None, description="what the node itself has put into each channel"
    )
    states: ChannelStates | None = Field(default=None, description="the state of each channel")

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the values, sorted as the expected ones are."""
        channels = _channels(scope, node)
        deposits = sorted(channel.own_deposit for channel in channels)
        states = sorted(channel.state for channel in channels)
        balances = sorted(channel.balance for channel in channels)
        return {"balances": balances, "total_deposits": deposits, "states": states}


class AssertSum(Question):
    """The values of all of a node's unsettled channels, closed ones included, added up."""

    subjects: ClassVar[tuple[str, ...]] = ("balance_sum", "total_deposit_sum", "state_sum")
    balance_sum: Expected | None = Field(
        default=None, description="what the node could pay in all channels together"
    )
    total_deposit_sum: Expected | None = Field(
        default=None, description="what the node itself has put into all channels together"
    )
    state_sum: ChannelState | None = Field(
        default=None, description="the one state that all channels have"
    )

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the sums; of states, what is found at all."""
        channels = _channels(scope, node)
        deposits = sum(channel.own_deposit for channel in channels)
        states = sorted({channel.state for channel in channels})
        found = " and ".join(states) or "no channel"
        balances = sum(channel.balance for channel in channels)
        return {"balance_sum": balances, "total_deposit_sum": deposits, "state_sum": found}


class StoreChannelInfo(Question):
    """Remember a channel under a key, for assertions when it is there no longer.

    It must be there now, or the answer is 404.
    """

    subjects: ClassVar[tuple[str, ...]] = ()
    says_something_alone: ClassVar[bool] = True
    to: Partner
    key: str = Field(description="the name that `channel_info_key` of `assert_events` uses")

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Note the channel's identifier."""
        partner = scope.address(self.to)
        channel = node.channel(scope.token, partner)
        if channel is None:
            raise ChannelNotFound(checksum(scope.token), checksum(partner))
        scope.channel_infos[self.key] = channel.identifier
        return {}


TASKS: dict[str, type[Task]] = {
    "assert_all": AssertAll,
    "assert_sum": AssertSum,
    "store_channel_info": StoreChannelInfo,
}
"""The tasks of this module by their names in scenario files."""
