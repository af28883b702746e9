"""Assertions about many channels, about graphs and about the chain hold, or say what differs."""

from pathlib import Path

import pytest

from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, scenario_of

STAR = [
    "open_channel: {from: 0, to: 1, total_deposit: 20}",
    "open_channel: {from: 0, to: 2, total_deposit: 30}",
    "deposit: {from: 1, to: 0, total_deposit: 7}",
    "store_channel_info: {from: 1, to: 0, key: first}",
    "close_channel: {from: 1, to: 0}",
]

HOLDS = [
    "assert: {from: 0, to: 2, total_deposit: 27, allow_total_deposit_error: 3}",
    "assert: {from: 0, to: 2, balance: 33, allow_balance_error: 3}",
    "assert_all: {from: 0, total_deposits: [30, 20], balances: [20, 30]}",
    "assert_deposits: {from: 0, deposits: [30]}",
    "assert_all: {from: 0, states: [opened, closed]}",
    "assert_sum: {from: 0, total_deposit_sum: 50, balance_sum: '<= 50'}",
    "assert_sum: {from: 1, state_sum: closed}",
    "assert_sum: {from: 2, state_sum: opened, total_deposit_sum: 0}",
    "assert_events: {contract_name: TokenNetwork, event_name: ChannelOpened, num_events: 2}",
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelOpened, num_events: 1, "
        "event_args: {participant1: 0, participant2: 1, settle_timeout: 10}}"
    ),
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelOpened, num_events: 0, "
        "event_args: {participant1: 0, participant2: 1, settle_timeout: 11}}"
    ),
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelNewDeposit, "
        "num_events: '>= 2', channel_info_key: first}"
    ),
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelClosed, num_events: 1, "
        "event_args: {closing_participant: 1}, channel_info_key: first}"
    ),
    (
        "assert_events: {contract_name: CustomToken, event_name: Transfer, num_events: 1, "
        "event_args: {_from: 1, _value: 7}}"
    ),
    "assert_events: {contract_name: CustomToken, event_name: Minted, num_events: 0}",
    "assert_events: {contract_name: SecretRegistry, event_name: SecretRevealed, num_events: 0}",
    "assert_gas: {call: closeChannel, calls: 1, gas: '> 21_000', gas_per_call: '<= 200_000'}",
    "assert_gas: {gas: '> 100_000', calls: '>= 4'}",
    "assert_blocks: '> 2'",
    "assert_blocks: 4",
    "assert_blocks: {blocks: '<= 30'}",
    "assert_graph: {components: 1, diameter: 1, min_degree: 1, max_degree: 1, capacity: 30}",
    "assert_graph: {average_clustering: 0, degree_gini: '< 0.1'}",
]


@pytest.mark.parametrize("task", HOLDS)
def test_what_holds(task: str, tmp_path: Path) -> None:
    assert run_tasks(tmp_path, *STAR, task).failure is None


FAILS = {
    "assert: {from: 0, to: 2, total_deposit: 27, allow_total_deposit_error: 2}": (
        "total_deposit: expected 27, actual 30"
    ),
    "assert_all: {from: 0, total_deposits: [30]}": "expected [30], actual [20, 30]",
    "assert_all: {from: 0, states: [opened, opened]}": "actual [closed, opened]",
    "assert_all: {from: 2, balances: [0, 0]}": "balances: expected [0, 0], actual [0]",
    "assert_sum: {from: 0, balance_sum: 51}": "balance_sum: expected 51, actual 50",
    "assert_sum: {from: 0, state_sum: opened}": "expected opened, actual closed and opened",
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelOpened, num_events: 1, "
        "event_args: {participant1: 1, participant2: 0}}"
    ): "num_events: expected 1, actual 0",
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelClosed, num_events: 1, "
        "channel_info_key: second}"
    ): "no channel was stored under the key 'second'",
    "store_channel_info: {from: 1, to: 2, key: x}": "Channel with partner node 2",
    "assert_gas: {call: settleChannel, calls: 1}": "calls: expected 1, actual 0",
    "assert_gas: {call: settleChannel, gas_per_call: 1}": "expected 1, actual undefined",
    "assert_blocks: 0": "blocks: expected 0, actual",
    "assert_graph: {diameter: 2}": "diameter: expected 2, actual 1",
    "assert_graph: {average_clustering: '>= 0.25'}": "expected >= 0.25, actual 0",
    "assert_graph: {capacity: 29, components: 2}": "components: expected 2, actual 1; capacity:",
}


@pytest.mark.parametrize(("task", "failure"), FAILS.items(), ids=FAILS.keys())
def test_what_differs_is_said(task: str, failure: str, tmp_path: Path) -> None:
    assert failure in failure_of(run_tasks(tmp_path, *STAR, task))


def test_there_is_no_diameter_of_two_parts(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "assert_graph: {diameter: '>= 0'}")
    assert "diameter: expected >= 0, actual undefined" in failure_of(report)


def test_gas_per_call_is_rounded_up(tmp_path: Path) -> None:
    used = run_tasks(tmp_path, *STAR).world.gas.values()
    calls, gas = sum(calls for calls, _ in used), sum(gas for _, gas in used)
    assert gas % calls, "or nothing is rounded"
    asked = f"assert_gas: {{gas_per_call: {gas // calls + 1}}}"
    assert run_tasks(tmp_path, *STAR, asked).failure is None


def test_a_settled_channel_is_still_known_by_its_key(tmp_path: Path) -> None:
    settled = (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelSettled, num_events: 1, "
        "channel_info_key: first}"
    )
    assert run_tasks(tmp_path, *STAR, "wait_idle:", settled).failure is None


NETWORK = "assert_events: {contract_name: TokenNetwork, num_events: 1, event_name: "
INVALID = {
    "assert: {from: 0, to: 2, allow_balance_error: 2}": (
        "allow_balance_error: says nothing without balance"
    ),
    "assert_all: {from: 0}": "needs at least one of balances, total_deposits, states",
    "assert_all: {from: 0, states: [settled]}": "states[0]: must be 'opened' or 'closed'",
    "assert_sum: {from: 0, state_sum: 1}": "state_sum: must be 'opened' or 'closed', not 1",
    "assert_gas: {call: transfer, gas: 1}": "call: must be 'approve', ",
    "assert_blocks:": "needs at least one of blocks",
    "assert_graph: {degree_gini: '= 1'}": 'must be a number from 0 or a text like ">= 0.2"',
    NETWORK + "ChannelOpend}": "event_name: no such event; did you mean ChannelOpened?",
    NETWORK + "Transfer}": "event_name: no such event",
    NETWORK + "ChannelOpened, event_args: {participant1: 9}}": "participant1: there is no node 9",
    NETWORK
    + "ChannelClosed, event_args: {closer: 0}}": "event_args.closer: no such argument; known",
    NETWORK + "ChannelOpened, event_args: [1]}": "event_args: must be a mapping",
    NETWORK + "ChannelOpened, event_args: {settle_timeout: x}}": "must be a number from 0",
    (
        "assert_events: {contract_name: CustomToken, event_name: Transfer, num_events: 1, "
        "channel_info_key: x}"
    ): "channel_info_key: events of the CustomToken are about no channel",
}


@pytest.mark.parametrize(("task", "problem"), INVALID.items(), ids=INVALID.keys())
def test_mistakes_are_named(task: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_of(tmp_path, task)
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
