"""Tasks about the chain beside channels: late tokens, user deposits, the end of a node."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, text_of, write

NEW = "deploy_token: {key: new, symbol: NEW, balance: 70}"
REGISTER = "serial: {token: new, tasks: [register_token: {from: 0}]}"
OPENED = "open_channel: {from: 0, to: 1, total_deposit: 50, reveal_timeout: 4}"


def with_services(folder: Path, *tasks: str) -> FinishedRun:
    """Run tasks of a bespin node, and of others, in a world with services."""
    text = text_of(*tasks).replace("timeout_blocks: 10", "timeout_blocks: 10, services: true")
    nodes = "nodes: {count: 3, node_options: {0: {dialect: bespin}}}"
    return run(load(write(folder, text.replace("nodes: {count: 3}", nodes))))


def inside(*tasks: str, group: str = "serial") -> str:
    """Return a group of tasks about the new token."""
    return f"{group}: {{token: new, tasks: [{', '.join(tasks)}]}}"


def test_a_token_that_is_registered_has_a_network_of_its_own(tmp_path: Path) -> None:
    report = run_tasks(
        tmp_path,
        NEW,
        inside("assert_wallet: {from: 1, tokens: 70}", "register_token: {from: 1}"),
        inside("join_network: {from: 0-2, funds: 50}", group="parallel"),
        "wait_idle:",
        inside(
            "serial: {tasks: [assert_deposits: {from: 0, deposits: [0, 10, 10]}]}",
            "transfer: {from: 0, to: 1, amount: 3}",
            "assert: {from: 1, to: 0, balance: 13}",
            "assert_history: {from: 1, received: 1}",
            "assert_events: {event_name: ChannelOpened, num_events: 6}",
            "assert_graph: {nodes: 3, edges: 3}",
            "leave_network: {from: 0}",
            "mint: {node: 2, amount: 5}",
            "assert_wallet: {from: 0, tokens: 67}",
        ),
        "assert_events: {event_name: ChannelOpened, num_events: 0}",
        "assert_wallet: {from: 0-2, tokens: 100}",
        "assert_connections: {from: 1, channels: 0}",
    )
    assert report.failure is None
    report.testnet.check_invariants()


@pytest.mark.parametrize(
    "task",
    [
        "register_token: {from: 0, expected_http_status: 409}",
        inside("register_token: {from: 0, expected_http_status: 201}"),
        inside("register_token: {from: 0}", "register_token: {from: 1, expected_http_status: 409}"),
        inside("join_network: {from: 0, funds: 5, expected_http_status: 409}"),
        inside(
            "mint_tokens: {from: 0, amount: 30, to: 1}", "assert_wallet: {from: 1, tokens: 100}"
        ),
        "mint_tokens: {from: 0, amount: 1}",
        "mint_tokens: {from: 0, amount: 0, expected_http_status: 400}",
        "set_reveal_timeout: {from: 0, to: 1, reveal_timeout: 5}",
        "set_reveal_timeout: {from: 0, to: 1, reveal_timeout: 6, expected_http_status: 409}",
        "set_reveal_timeout: {from: 0, to: 2, reveal_timeout: 5, expected_http_status: 409}",
        "open_channel: {from: 0, to: 2, reveal_timeout: 6, expected_http_status: 409}",
        "shut_down: {from: 0}",
        "deposit_for_services: {from: 0, total_deposit: 1, expected_http_status: 405}",
    ],
)
def test_what_holds(task: str, tmp_path: Path) -> None:
    assert run_tasks(tmp_path, OPENED, NEW, task).failure is None


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (
            inside("register_token: {from: 0}").replace("new", "old"),
            "no token was deployed under the key",
        ),
        (inside("assert_events: {event_name: ChannelOpened, num_events: 0}"), "No token network"),
        (inside("mint: {node: 0, amount: 1}"), "No token network"),
        (inside("assert_graph: {nodes: 0}"), "No token network"),
        ("set_reveal_timeout: {from: 0, to: 1, reveal_timeout: 6}", "actual 409"),
        ("deploy_token: {key: more, decimals: 78}", "panic 0x11"),
        ("assert_user_deposit: {from: 0, balance: 0}", "services in the section chain"),
    ],
)
def test_what_does_not_hold_is_told(task: str, told: str, tmp_path: Path) -> None:
    assert told in failure_of(run_tasks(tmp_path, OPENED, NEW, task))


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("deploy_token:", "deploy_token.key: is missing"),
        ("deploy_token: {key: a, decimals: 256}", "decimals: must be at most 255, not 256"),
        ("set_reveal_timeout: {from: 0, to: 1}", "reveal_timeout: is missing"),
        ("register_token: {from: 0, token: new}", "token"),
        ("assert_user_deposit: {from: 0}", "needs at least one of balance, total_deposit, planned"),
    ],
)
def test_mistakes_are_told(task: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match=told):
        load(write(tmp_path, text_of(task)))


def test_the_reveal_timeout_is_that_of_the_channel(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, OPENED, "set_reveal_timeout: {from: 1, to: 0, reveal_timeout: 3}")
    net = report.testnet
    token = next(iter(net.world.networks))
    one, other = net.nodes[:2]
    for node, partner, blocks in ((one, other, 4), (other, one, 3)):
        channel = node.channel(token, partner.address)
        assert channel is not None
        assert channel.reveal_timeout_blocks == blocks


def test_a_node_that_was_shut_down_answers_nothing_until_it_is_started(tmp_path: Path) -> None:
    report = run_tasks(
        tmp_path,
        "shut_down: {from: 1}",
        "assert_node: {node: 1, online: false}",
        "shut_down: {from: 1, expected_http_status: 503}",
        "start_node: 1",
        "join_network: {from: 1, funds: 10}",
        "assert_node: {node: 0, online: true}",
    )
    assert report.failure is None


def test_tokens_are_put_aside_for_services_and_taken_out_as_planned(tmp_path: Path) -> None:
    report = with_services(
        tmp_path,
        "deposit_for_services: {from: 0, total_deposit: 60}",
        "deposit_for_services: {from: 0, total_deposit: 101, expected_http_status: 402}",
        "deposit_for_services: {from: 1, total_deposit: 1, expected_http_status: 405}",
        "plan_service_withdraw: {from: 0, amount: 61, expected_http_status: 409}",
        "plan_service_withdraw: {from: 0, amount: 25}",
        "assert_user_deposit: {from: 0, balance: 60, total_deposit: 60, planned: 25}",
        "withdraw_from_services: {from: 0, amount: 20, expected_http_status: 409}",
        "wait_blocks: 100",
        "withdraw_from_services: {from: 0, amount: 20}",
        "assert_user_deposit: {from: 0, balance: 40, total_deposit: '>= 60', planned: 0}",
        "assert_user_deposit: {from: 1-2, balance: 0}",
        "assert_wallet: {from: 0, tokens: 100}",
    )
    assert report.failure is None


def test_a_file_says_how_many_token_networks_there_can_be(tmp_path: Path) -> None:
    full = inside("register_token: {from: 0, expected_http_status: 403}")
    text = text_of(NEW, full).replace("blocks: 10", "blocks: 10, max_token_networks: 1")
    assert run(load(write(tmp_path, text))).failure is None
