"""Raiden's scenario player: each word of its language is taken as it is meant, or refused.

A refusal names the place and the reason. The lists are the player's vocabulary, version 2.
"""

from pathlib import Path

import pytest

from simulator.chain.abi import load as artifact
from simulator.reference.json_schema import json_schema
from simulator.scenario.language.kinds import TASKS
from simulator.scenario.language.player_words import (
    PLAYER_KEYS,
    PLAYER_TASKS,
    UNSUPPORTED_KEYS,
    UNSUPPORTED_OPTIONS,
    UNSUPPORTED_TASKS,
)
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.scenario.tasks.assertions import Expectation
from simulator.words.errors import ScenarioInvalid
from simulator.words.units import parse_address
from tests.scenarios.writing import run_tasks, text_of, write

SERVICES = "there are no services yet"
NO_PROGRAM = "nodes are simulated, so there is no program to choose or to start"

TAKEN_TASKS = [
    "serial: {name: some, repeat: 2, tasks: [wait: 1]}",
    "parallel: {name: some, repeat: 2, tasks: [wait: 1]}",
    "open_channel: {from: 0, to: 1, total_deposit: 5, settle_timeout: 40}",
    "open_channel: {from: 0, to: '0x2222222222222222222222222222222222222222'}",
    "deposit: {from: 0, to: 1, total_deposit: 5}",
    "transfer: {from: 0, to: 1, amount: 5, identifier: generate, lock_timeout: 30}",
    "close_channel: {from: 0, to: 1, expected_http_status: 200}",
    "store_channel_info: {from: 0, to: 1, key: one}",
    (
        "assert: {from: 0, to: 1, total_deposit: 5, balance: 5, state: opened, "
        "allow_total_deposit_error: 1, allow_balance_error: 1}"
    ),
    "assert_all: {from: 0, balances: [5], total_deposits: [5], states: [opened]}",
    "assert_sum: {from: 0, balance_sum: 5, total_deposit_sum: 5, state_sum: opened}",
    "withdraw: {from: 0, to: 1, total_withdraw: 5}",
    "assert: {from: 0, to: 1, total_withdraw: 5}",
    "join_network: {from: 0, funds: 5, initial_channel_target: 3, joinable_funds_target: 0.4}",
    "leave_network: {from: 0}",
    (
        "assert_channel_settled_event: {initiator: 0, partner: 1, channel_info_key: one, "
        "initiator_amount: 5, partner_amount: 5}"
    ),
    "wait: 5",
    "wait_blocks: 5",
    "stop_node: 1",
    "start_node: 1",
    "kill_node: 1",
    (
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelOpened, num_events: 1, "
        "event_args: {participant1: 0}, channel_info_key: one}"
    ),
]

REFUSED_TASKS = {
    "wait_input:": "a run depends on nothing but its file and its seed",
    "update_node_options: {node: 0, options: {}}": "nodes keep their options for the whole run",
    "snapshot:": "each run starts from the beginning",
    "assert_ms_claim: {channel_info_key: one}": SERVICES,
    "assert_pfs_history: {source: 0}": SERVICES,
    "assert_pfs_iou: {source: 0}": SERVICES,
    "assert_pfs_routes: {from: 0, to: 1, amount: 5}": SERVICES,
}

TAKEN_KEYS = [
    "version: 2",
    "name: Something",
    "settings: {gas_price: fast, timeout: 100}",
    "settings: {gas_price: 5_000_000_000}",
    "token: {reuse: false, name: Some Token, symbol: SOME, decimals: 0}",
    "token: {balance_min: 5, balance_fund: 10}",
    "nodes: {count: 2, reuse_accounts: false, restore_snapshot: false}",
    "nodes: {count: 2, default_options: {default-settle-timeout: 40, _clean: true}}",
    "nodes: {count: 2, node_options: {1: {default-settle-timeout: 40, _clean: false}}}",
    "nodes: {count: 2, default_options: {routing-mode: pfs}}",
    "nodes: {count: 2, default_options: {flat-fee: ['0x59', 100], proportional-fee: ['0x59', 0]}}",
    "nodes: {count: 2, default_options: {proportional-imbalance-fee: ['0x59', 50_000]}}",
    "nodes: {count: 2, default_options: {no-cap-mediation-fees: true, cap-mediation-fees: false}}",
]

REFUSED_KEYS = {
    "settings: {services: {pfs: {url: x}}}": f"settings.services: is not supported: {SERVICES}",
    "token: {address: '0x22'}": "token.address: is not supported: each run deploys a token",
    "token: {reuse: true}": "token.reuse: is not supported: each run deploys a token",
    "nodes: {count: 2, reuse_accounts: true}": "nodes.reuse_accounts: is not supported: each run",
    "nodes: {count: 2, restore_snapshot: true}": "nodes.restore_snapshot: is not supported: each",
    "settings: {chain: any}": "settings.chain: is not supported: chain is a section of its own",
    "settings: {notify: x}": "settings.notify: is not supported: the exit code and the report",
    "settings: {protocol: http}": "settings.protocol: is not supported: there is nothing but HTTP",
    "nodes: {count: 2, range: {}}": "nodes.range: is not supported: nodes are made here",
    "nodes: {count: 2, list: []}": "nodes.list: is not supported: nodes are made here",
    "nodes: {count: 2, enable-monitoring: true}": (
        f"nodes.enable-monitoring: is not supported: {SERVICES}"
    ),
    "nodes: {count: 2, commands: {}}": f"nodes.commands: is not supported: {NO_PROGRAM}",
    "nodes: {count: 2, raiden_version: x}": f"nodes.raiden_version: is not supported: {NO_PROGRAM}",
    "nodes: {count: 2, mode: managed}": f"nodes.mode: is not supported: {NO_PROGRAM}",
}

REFUSED_OPTIONS = {
    "default-reveal-timeout": "half of the settle timeout",
    "enable-monitoring": SERVICES,
    "pathfinding-max-paths": SERVICES,
    "pathfinding-max-fee": SERVICES,
    "monitoring-service-contract-address": SERVICES,
    "pathfinding-service-address": SERVICES,
    "pathfinding-iou-timeout": SERVICES,
    "user-deposit-contract-address": SERVICES,
    "eth-rpc-endpoint": "each run makes a chain of its own",
    "tokennetwork-registry-contract-address": "each run makes a chain of its own",
    "matrix-server": NO_PROGRAM,
    "log-json": NO_PROGRAM,
    "address": NO_PROGRAM,
    "datadir": NO_PROGRAM,
    "web-ui": NO_PROGRAM,
    "environment-type": "each run makes a chain of its own",
    "gas-price": "transactions pay the chain's price",
}

MINIMAL = {
    "version": "version: 2",
    "nodes": "nodes: {count: 2}",
    "scenario": "scenario: {wait: 1}",
}


def file_with(section: str) -> str:
    parts = MINIMAL | {section.split(":", maxsplit=1)[0]: section}
    return "".join(f"{part}\n" for part in parts.values())


def refusal_of(file: Path) -> str:
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("task", TAKEN_TASKS)
def test_tasks_that_are_taken(task: str, tmp_path: Path) -> None:
    assert load(write(tmp_path, text_of(task))).size >= 1


@pytest.mark.parametrize(("task", "reason"), REFUSED_TASKS.items())
def test_tasks_that_are_refused(task: str, reason: str, tmp_path: Path) -> None:
    file = write(tmp_path, text_of(task))
    place = f"{file}:8: scenario.serial.tasks[0].{task.split(':', maxsplit=1)[0]}: "
    what = "this task of Raiden's scenario player is not supported: "
    assert refusal_of(file).startswith(f"{place}{what}{reason}")


@pytest.mark.parametrize("section", TAKEN_KEYS)
def test_keys_that_are_taken(section: str, tmp_path: Path) -> None:
    assert load(write(tmp_path, file_with(section))).size == 1


@pytest.mark.parametrize(("section", "refusal"), REFUSED_KEYS.items())
def test_keys_that_are_refused(section: str, refusal: str, tmp_path: Path) -> None:
    assert f": {refusal}" in refusal_of(write(tmp_path, file_with(section)))


@pytest.mark.parametrize("where", ["default_options: {{{}: 1}}", "node_options: {{1: {{{}: 1}}}}"])
@pytest.mark.parametrize(("option", "reason"), REFUSED_OPTIONS.items())
def test_options_that_are_refused(where: str, option: str, reason: str, tmp_path: Path) -> None:
    text = file_with(f"nodes: {{count: 2, {where.format(option)}}}")
    assert f".{option}: is not supported: {reason}" in refusal_of(write(tmp_path, text))


@pytest.mark.parametrize("task", sorted(PLAYER_TASKS.keys() & TASKS.keys()))
def test_the_timeout_of_a_call_is_refused(task: str, tmp_path: Path) -> None:
    retried = issubclass(TASKS[task], Expectation)  # as the player does
    if "timeout" in PLAYER_TASKS[task] and not retried:
        with pytest.raises(ScenarioInvalid, match=f"{task}.timeout: is not supported: nobody"):
            load(write(tmp_path, text_of(f"{task}: {{timeout: 5}}")))


def test_nothing_is_left_out() -> None:
    named = {task.split(":")[0] for task in [*TAKEN_TASKS, *REFUSED_TASKS]}
    assert named == PLAYER_TASKS.keys()
    assert PLAYER_TASKS.keys() - TASKS.keys() == UNSUPPORTED_TASKS.keys()
    assert REFUSED_OPTIONS.keys() <= UNSUPPORTED_OPTIONS.keys() <= PLAYER_KEYS["options"]
    sections = " ".join([*TAKEN_KEYS, *REFUSED_KEYS, *UNSUPPORTED_OPTIONS, *MINIMAL])
    for keys in PLAYER_KEYS.values():
        assert [key for key in keys if key not in sections] == []


def test_parameters_of_supported_tasks_are_known_or_refused() -> None:
    definitions = json_schema()["$defs"]
    for task in PLAYER_TASKS.keys() & TASKS.keys():
        known = definitions[f"task.{task}"]["anyOf"][0]["properties"].keys()
        assert PLAYER_TASKS[task] <= known | {
            path[0] for path in UNSUPPORTED_KEYS if len(path) == 1
        }


def test_what_the_player_would_compare_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, text_of("assert: {from: 0, to: 1, allow_state_error: 1}"))
    assert "assert.allow_state_error: is not supported: " in refusal_of(file)


PUBLISHED = """\
version: 2
settings:
  gas_price: {{ gas_price }}
  services:
    pfs: {url: "{{ pfs_with_fee }}"}
    udc: {enable: true, token: {deposit: true, balance_per_node: {{ 10 * pfs_fee }}}}
token:
  address: "{{ transfer_token }}"
nodes:
  count: 2
  raiden_version: local
  default_options:
    gas-price: {{ gas_price }}
    environment-type: {{ environment_type }}
    matrix-server: {{ matrix_servers[1] }}
    eth-rpc-endpoint: {{ eth_rpc_endpoints[0] }}
    default-settle-timeout: {{ settlement_timeout_min }}
scenario:
  serial:
    tasks:
      - transfer: {from: 0, to: 1, amount: 1}
      - assert: {from: 0, to: 2, allow_state_error: 3}
      - wait: {{ wait_short }}
"""


def test_all_that_has_to_change_in_a_published_file_is_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, PUBLISHED)
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    places = [
        line.removeprefix(f"{file}:").split(": ")[:2] for line in str(caught.value).splitlines()
    ]
    assert [(int(line), place.rpartition(".")[2]) for line, place in places] == [
        *((4, "services"), (8, "address"), (11, "raiden_version"), (13, "gas-price")),
        *((14, "environment-type"), (15, "matrix-server"), (16, "eth-rpc-endpoint")),
        *((22, "to"), (22, "allow_state_error")),
    ]


def test_the_token_says_what_the_file_says(tmp_path: Path) -> None:
    named = "token: {name: Fünf Mark, symbol: '5DM', decimals: 2}"
    for section, expected in [
        ("token:", ["Token 0", "TK0", 18]),
        (named, ["Fünf Mark", "5DM", 2]),
        ("token: {name: ''}", ["", "TK0", 18]),
    ]:
        net = run(load(write(tmp_path, file_with(section)))).testnet
        answers = (
            net.ledger.read(parse_address(net.token), artifact("CustomToken"), call)
            for call in ("name", "symbol", "decimals")
        )
        assert [value for (value,) in answers] == expected


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        (f"name: {'x' * 101}", "name: must be at most 100 characters"),
        ('symbol: "\\ud800"', "symbol: must be text that UTF-8 can hold, not '\\ud800'"),
        ("decimals: 256", "decimals: must be at most 255, not 256"),
    ],
)
def test_tokens_that_no_contract_can_be(details: str, reason: str, tmp_path: Path) -> None:
    file = write(tmp_path, file_with(f"token: {{{details}}}"))
    assert refusal_of(file) == f"{file}:4: token.{reason}"


def test_stored_channels_may_be_expected_not_to_be_there(tmp_path: Path) -> None:
    missing = "store_channel_info: {from: 0, to: 1, key: x, expected_http_status: 404}"
    assert run_tasks(tmp_path, missing).passed


def test_channels_last_as_long_as_the_node_that_opens_them_says(tmp_path: Path) -> None:
    text = """\
nodes:
  count: 3
  default_options: {default-settle-timeout: 40}
  node_options: {1: {default-settle-timeout: 50}}
scenario:
  serial:
    tasks:
      - open_channel: {from: 0, to: 1}
      - open_channel: {from: 1, to: 2}
      - open_channel: {from: 0, to: 2, settle_timeout: 60}
      - join_network: {from: 2, funds: 10}
"""
    report = run(load(write(tmp_path, text)))
    assert report.passed
    net = report.testnet
    timeouts = {
        channel.identifier: channel.settle_timeout_blocks
        for node in net.nodes
        for _, channel in node.channels()
    }
    assert timeouts == {1: 40, 2: 50, 3: 60}
