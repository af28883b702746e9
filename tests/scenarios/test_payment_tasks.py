"""Payments in scenario files: what they do, check and refuse."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, write

HASH = "0x" + "11" * 32
OPENED = "open_channel: {from: 0, to: 1, total_deposit: 50}"


@pytest.mark.parametrize(
    "task",
    [
        "transfer: {from: 0, to: 1, amount: 50}",
        "transfer: {from: 0, to: 1, amount: 51, expected_http_status: 409}",
        "transfer: {from: 0, to: 1, amount: 1, identifier: 0, expected_http_status: 409}",
        "transfer: {from: 0, to: 1, amount: 1, identifier: generate}",
        "transfer: {from: 0, to: 1, amount: 1, lock_timeout: 0, expected_http_status: 409}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret: {HASH}}}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret: '{HASH}'}}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret_hash: {HASH}, expected_http_status: 409}}",
        "assert_history: {from: 0, sent: 0, failed: 0, received: 0}",
        "assert_pending: {from: 1, transfers: 0, locked: 0}",
        "silence_nodes: [0, 1]",
        f"register_secret: {{node: 1, secret: {HASH}}}",
        "close_channel: {from: 1, to: 0, proofs_back: 1}",
    ],
)
def test_what_holds(task: str, tmp_path: Path) -> None:
    assert run_tasks(tmp_path, OPENED, task).failure is None


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("transfer: {from: 0, to: 1, amount: 51}", "Payment couldn't be completed"),
        ("assert_history: {from: 0, sent: 1}", "sent: expected 1, actual 0"),
        ("assert_pending: {from: 0, locked: 5}", "locked: expected 5, actual 0"),
        ("drop_messages: {nodes: [0, 0]}", "messages travel between two nodes"),
        ("partition: [[0], [0, 1]]", "a node can be in one group only"),
    ],
)
def test_what_does_not_hold_is_told(task: str, told: str, tmp_path: Path) -> None:
    assert told in failure_of(run_tasks(tmp_path, OPENED, task))


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("transfer: {from: 0, to: 1}", "transfer.amount: is missing"),
        ("transfer: {from: 0, to: 1, amount: 1, secret: abc}", "64 hexadecimal digits"),
        ("assert_pending: {from: 0}", "needs at least one of transfers, locked"),
        ("assert_history: {from: 0, with: 9, sent: 1}", "there is no node 9"),
        ("drop_messages: {loss: 1.5}", "loss: must be at most 1, not 1.5"),
        ("drop_messages: 1.5", "drop_messages.loss: must be at most 1, not 1.5"),
        ("delay_messages: -1", "delay_messages.delay_seconds: must be at least 0, not -1"),
        ("delay_messages:", "delay_messages.delay_seconds: is missing"),
        ("delay_messages: {delay_seconds: 1e6}", "delay_seconds: must be at most 100000"),
        ("delay_messages: {delay_seconds: 1, spread: wide}", "spread: must be 'fixed', 'unif"),
        ("partition: [[0, 1]]", "groups"),
        ("silence_nodes: []", "silence_nodes.nodes"),
        ("silence_nodes: [2, 9]", "there is no node 9"),
        ("register_secret: {node: 1, secret: 0x11}", "64 hexadecimal digits"),
        ("close_channel: {from: 1, to: 0, proofs_back: -1}", "proofs_back"),
    ],
)
def test_mistakes_are_found_before_anything_runs(task: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match=told):
        run_tasks(tmp_path, OPENED, task)


MESSAGES = """\
version: 2
nodes: {count: 3, node_options: {2: {messages: {delay_seconds: 4}}}}
messages: {delay_seconds: 2, spread: fixed}
faults:
  - {at_block: 3, delay_messages: {delay_seconds: 0, nodes: [0, 1]}}
  - {at_block: 4, release_messages: }
scenario:
  serial:
    tasks:
      - open_channel: {from: 0, to: 1, total_deposit: 50}
      - open_channel: {from: 1, to: 2, total_deposit: 50}
      - transfer: {from: 0, to: 1, amount: 1, expected_seconds: 8}
      - transfer: {from: 1, to: 2, amount: 1, expected_seconds: 16}
      - transfer: {from: 0, to: 1, amount: 1, expected_seconds: 0}
      - wait_blocks: 1
      - transfer: {from: 0, to: 1, amount: 1, expected_seconds: 8}
"""


def test_a_file_says_how_messages_travel_at_its_top_of_a_node_and_as_a_fault(
    tmp_path: Path,
) -> None:
    assert run(load(write(tmp_path, MESSAGES))).failure is None


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ("3", "messages: must be a mapping"),
        ("{loss: 1.5}", "messages.loss: must be at most 1, not 1.5"),
        ("{loss: .nan}", "messages.loss: must be a finite number, not nan"),
        ("{delay_seconds: -1}", "messages.delay_seconds: must be at least 0, not -1"),
        ("{delay_seconds: fast}", "messages.delay_seconds: must be a number, not 'fast'"),
        ("{spread: wide}", "messages.spread: must be 'fixed', 'uniform' or 'exponential'"),
        ("{delay: 1}", "messages.delay: unknown key"),
    ],
)
def test_a_file_says_no_nonsense_about_messages(messages: str, told: str, tmp_path: Path) -> None:
    text = MESSAGES.replace("{delay_seconds: 2, spread: fixed}", messages)
    of_node = MESSAGES.replace("{delay_seconds: 4}", messages)
    for wrong, place in ((text, told), (of_node, f"nodes.node_options.2.{told}")):
        with pytest.raises(ScenarioInvalid) as raised:
            load(write(tmp_path, wrong))
        assert place in str(raised.value)
        assert len(str(raised.value).splitlines()) == 1
