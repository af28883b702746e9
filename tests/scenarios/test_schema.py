"""What is wrong with a file is said in one line for each problem: file, line, key, rule."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from simulator.forms.part import key_text
from simulator.scenario.language.kinds import TASKS
from simulator.scenario.language.scenario import MAX_TASKS, load
from simulator.scenario.language.source import MAX_BYTES, MAX_PROBLEMS
from simulator.scenario.language.yaml_text import MAX_DEPTH, MAX_VALUES
from simulator.words.errors import ScenarioInvalid
from simulator.words.quoting import suggestion
from tests.examples import examples
from tests.scenarios.writing import SHIPPED, text_of, write

MINIMAL = "version: 2\nnodes: {count: 3}\nscenario: {wait_idle: }\n"
BOMB = """\
a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
g: [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
"""


def problems_of(file: Path) -> list[str]:
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{file}:") for line in lines), "each line names the file"
    return [line.removeprefix(f"{file}:") for line in lines]


NO_TIME = (
    "settle_timeout_blocks of 10 gives a reveal timeout of 5 blocks, and with confirmation_blocks "
    "of 5 it must be 7 at least: a longer settle timeout, or fewer confirmations, will do"
)

FILES = {
    "nothing": ("", ["1: nodes: is missing", "1: scenario: is missing"]),
    "a list": ("- 1\n", ["1: must be a mapping of keys to values"]),
    "a text": ("hello\n", ["1: must be a mapping of keys to values, not 'hello'"]),
    "version 1": (MINIMAL.replace("2", "1", 1), ["1: version: must be 2, not 1"]),
    "version true": (MINIMAL.replace("2", "true", 1), ["1: version: must be 2, not True"]),
    "unknown key": (
        MINIMAL + "\ntokens: {}\n",
        ["5: tokens: unknown key; did you mean token?"],
    ),
    "unknown key without likeness": (
        MINIMAL + "xyz: 1\n",
        [
            (
                "4: xyz: unknown key; known: chain, description, faults, messages, name, nodes, "
                "scenario, seed, settings, skip, tags, timeout, token, topology, version, xfail"
            )
        ],
    ),
    "name": (MINIMAL + "name: 3\n", ["4: name: must be text, not 3"]),
    "seed": (MINIMAL + "seed: 1.5\n", ["4: seed: must be an integer, not 1.5"]),
    "huge seed": (
        MINIMAL + f"seed: {2**63}\n",
        [f"4: seed: must be at most {2**63 - 1}, not {2**63}"],
    ),
    "no root": (MINIMAL.replace("wait_idle: ", ""), ["3: scenario: must be exactly one task"]),
    "two roots": (
        MINIMAL.replace("wait_idle: ", "wait: 1, wait_idle: "),
        ["3: scenario: must be exactly one task, not 2: wait, wait_idle"],
    ),
    "root list": (
        MINIMAL.replace("{wait_idle: }", "[wait_idle]"),
        ["3: scenario: must be a mapping of keys to values"],
    ),
    "node count": (
        MINIMAL.replace("3", "0"),
        ["2: nodes.count: must be at least 1, not 0"],
    ),
    "too many nodes": (
        MINIMAL.replace("3", "10_001"),
        ["2: nodes.count: must be at most 10000 on the engine pyevm, not 10001"],
    ),
    "node options": (
        MINIMAL.replace(
            "3}", "3, default_options: {dialect: x}, node_options: {3: {}, 0: {y: 1}}}"
        ),
        [
            "2: nodes.default_options.dialect: must be 'red-eyes', 'alderaan' or 'bespin', not 'x'",
            "2: nodes.node_options.3: there is no such node: nodes are 0 to 2",
            (
                "2: nodes.node_options.0.y: unknown key; known: _clean, cap-mediation-fees, "
                "default-settle-timeout, dialect, flat-fee, messages, no-cap-mediation-fees, "
                "proportional-fee, proportional-imbalance-fee, routing, routing-mode, strategy"
            ),
        ],
    ),
    "no time for secrets": (
        MINIMAL + "chain:\n  confirmation_blocks: 5\n  settle_timeout_blocks: 10\n",
        [f"5: chain.confirmation_blocks: {NO_TIME}"],
    ),
    "no time for secrets in channels of a node": (
        MINIMAL.replace("3}", "3,\n  node_options: {1: {default-settle-timeout: 10}}}")
        + "chain: {confirmation_blocks: 5}\n",
        [f"3: nodes.node_options.1: {NO_TIME}"],
    ),
    "no time for secrets in channels of all nodes": (
        MINIMAL.replace("3}", "3,\n  default_options: {default-settle-timeout: 10}}")
        + "chain: {confirmation_blocks: 5}\n",
        [f"3: nodes.default_options: {NO_TIME}"],
    ),
    "a routing mode that the dialect has not": (
        MINIMAL.replace(
            "3}",
            "3, default_options: {dialect: bespin, routing-mode: private}, "
            "node_options: {1: {dialect: alderaan}}}",
        ),
        [
            (
                "2: nodes.node_options.1: alderaan nodes can't have the routing mode private: only "
                "bespin nodes can"
            ),
        ],
    ),
    "fees that can't be": (
        MINIMAL.replace(
            "3}",
            "3, node_options: {1: {flat-fee: [x, -1]}, 2: {proportional-imbalance-fee: 50_001},"
            " 0: {cap-mediation-fees: true, no-cap-mediation-fees: true}}}",
        ),
        [
            "2: nodes.node_options.1.flat-fee: must be at least 0, not -1",
            (
                "2: nodes.node_options.2.proportional-imbalance-fee: must be at most 50000, "
                "not 50001"
            ),
            (
                "2: nodes.node_options.0.no-cap-mediation-fees: says the contrary of "
                "cap-mediation-fees"
            ),
        ],
    ),
    "a routing mode that no node has": (
        MINIMAL.replace("3}", "3, default_options: {routing-mode: local}}"),
        ["2: nodes.default_options.routing-mode: must be 'pfs' or 'private', not 'local'"],
    ),
    "the player's own keys": (
        MINIMAL + "settings: {services: {}}\ntoken: {reuse: true}\n",
        [
            "4: settings.services: is not supported: there are no services yet",
            "5: token.reuse: is not supported: each run deploys a token of its own",
        ],
    ),
    "chain": (
        MINIMAL + "chain:\n  block_time_seconds: 0\n  settle_timeout_blocks: 4\n",
        [
            "5: chain.block_time_seconds: must be at least 1, not 0",
            "6: chain.settle_timeout_blocks: must be at least 5, not 4",
        ],
    ),
    "settings of the player": (
        MINIMAL + "settings: {gas_price: slow, timeout: -1}\n",
        [
            "4: settings.gas_price: must be fast, medium or a whole number from 0, not 'slow'",
            "4: settings.timeout: must be at least 0, not -1",
        ],
    ),
    "settings of the chain": (
        MINIMAL + "settings: {confirmation_blocks: 3}\n",
        ["4: settings.confirmation_blocks: belongs to the section chain"],
    ),
    "chain list": (
        MINIMAL + "chain: [1]\n",
        ["4: chain: must be a mapping of keys to values"],
    ),
    "balance": (
        MINIMAL + "token: {balance_fund: -1}\n",
        ["4: token.balance_fund: must be at least 0, not -1"],
    ),
    "balances": (
        MINIMAL + "token: {balance_fund: 5, balance_min: 6}\n",
        ["4: token.balance_min: must be at most balance_fund, which is 5"],
    ),
    "too large a wallet": (
        MINIMAL + f"token: {{balance_fund: {10**77}}}\n",
        [f"4: token.balance_fund: must be at most {(2**256 - 1) // 1_000_002}, not {10**77}"[:80]],
    ),
    "duplicate key": (
        MINIMAL + "nodes: {count: 4}\n",
        ["4: nodes: duplicate key, first used on line 2"],
    ),
    "tabs": (
        "version: 2\nnodes:\n\tcount: 3\n",
        [
            (
                "3: not valid YAML: found character '\\t' that cannot start any token "
                "(indent with spaces, not with tabs)"
            )
        ],
    ),
    "open bracket": (
        "version: [2\n",
        ["2: not valid YAML: expected ',' or ']', but got '<stream end>'"],
    ),
    "two documents": (
        MINIMAL + "---\n" + MINIMAL,
        ["4: not valid YAML: expected a single document in the stream, but found another document"],
    ),
    "unknown alias": ("version: *x\n", ["1: not valid YAML: found undefined alias 'x'"]),
    "control character": (
        "version: 2\nname: \x07\n",
        ["2: not valid YAML: the character U+0007 is not allowed"],
    ),
    "aliases": (BOMB, [f"1: more than {MAX_VALUES} values"]),
    "an alias inside itself": ("a: &a [*a]\n", [f"1: nested more than {MAX_DEPTH} deep"]),
    "depth": ("[" * 10_000, [f"1: nested more than {MAX_DEPTH} deep"]),
    "a merge key": (
        MINIMAL + "settings: {<<: {}}\n",
        ["4: settings: merge keys (<<) are not supported"],
    ),
    "an object": (
        MINIMAL.replace("2", "!!python/name:os.system", 1),
        ["1: version: values of type python/name:os.system are not supported"],
    ),
    "a wrong tag": (MINIMAL.replace("2", "!!int x", 1), ["1: version: 'x' is not a valid value"]),
    "a wrong boolean": (
        MINIMAL.replace("2", "!!bool x", 1),
        ["1: version: 'x' is not a valid value"],
    ),
    "a list as a key": (MINIMAL + "? [1]\n: 2\n", ["4: a key must be a single word or number"]),
    "many digits": (
        MINIMAL.replace("2", "9" * 10_000, 1),
        ["1: version: the number has too many digits"],
    ),
    "too many tasks": (
        (
            "version: 2\nnodes: {count: 1}\nscenario:\n  serial:\n    repeat: 1000\n"
            "    tasks: [parallel: {repeat: 1000, tasks: [wait_idle]}]\n"
        ),
        [f"3: scenario: comes to 1000000 tasks; at most {MAX_TASKS} are allowed"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES.keys())
def test_files(text: str, expected: list[str], tmp_path: Path) -> None:
    found = problems_of(write(tmp_path, text))
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected)), found


TASKS_AND_PROBLEMS = {
    "jion_network: {}": "jion_network: unknown task; did you mean join_network?",
    "withdraw: {from: 0, to: 1}": "withdraw.total_withdraw: is missing",
    "withdraw: {from: 0, to: 1, total_withdraw: -1}": (
        "withdraw.total_withdraw: must be at least 0, not -1"
    ),
    "snapshot: {}": (
        "snapshot: this task of Raiden's scenario player is not supported: each run starts"
    ),
    "3": " must be a task, not 3",
    "{}": " must be a task, not {}",
    "join_network: {from: 0}": "join_network.funds: is missing",
    "join_network: {from: 0, funds: -1}": (
        "join_network.funds: must be a positive integer, not -1"
    ),
    "join_network: {from: 0, funds: 0}": "join_network.funds: must be a positive integer, not 0",
    "join_network: {from: 0, funds: 1.5}": "join_network.funds: must be an integer, not 1.5",
    "join_network: {from: 0, funds: true}": "join_network.funds: must be an integer, not True",
    "join_network: {from: 0, funds: '5'}": "join_network.funds: must be an integer, not '5'",
    "join_network: {from: 0, funds: 1, initial_channel_target: 0}": (
        "join_network.initial_channel_target: must be at least 1, not 0"
    ),
    "join_network: {from: 0, funds: 1, joinable_funds_target: 1.1}": (
        "join_network.joinable_funds_target: should be between 0 and 1"
    ),
    "join_network: {from: 0, funds: 1, joinable_funds_target: .nan}": (
        "join_network.joinable_funds_target: must be a number, not nan"
    ),
    "join_network: {from: 0, funds: 1, joinable_funds_target: half}": (
        "join_network.joinable_funds_target: must be a number, not 'half'"
    ),
    "join_network: {from: 0, funds: 1, fund: 2}": (
        "join_network.fund: unknown key; did you mean funds?"
    ),
    "join_network: 3": "join_network: must be a mapping of keys to values, not 3",
    "leave_network: {from: 3}": "leave_network.from: there is no node 3: nodes are 0 to 2",
    "leave_network: {from: -1}": "leave_network.from: must be at least 0, not -1",
    "leave_network: {from: x}": "leave_network.from: must be an integer, not 'x'",
    "leave_network: {from: 0, expected_http_status: '('}": (
        "leave_network.expected_http_status: is not a regular expression: "
        "missing ), unterminated subpattern at position 0"
    ),
    "leave_network: {from: 0, expected_http_status: []}": (
        "leave_network.expected_http_status: must be a number or a regular expression"
    ),
    f"leave_network: {{from: 0, expected_http_status: '{'2' * 51}'}}": (
        "leave_network.expected_http_status: must be at most 50 characters"
    ),
    "open_channel: {from: 0, to: 7}": "open_channel.to: there is no node 7: nodes are 0 to 2",
    "open_channel: {from: 0, to: '0x22'}": "open_channel.to: Not a valid EIP55 encoded address.",
    "open_channel: {from: 0, to: true}": ("open_channel.to: must be a node's number or an address"),
    "open_channel: {from: 0, to: 1, total_deposit: -1}": (
        "open_channel.total_deposit: must be at least 0, not -1"
    ),
    "wait: soon": "wait.seconds: must be a number, not 'soon'",
    "wait: .inf": "wait.seconds: must be a finite number, not inf",
    "wait: -1": "wait.seconds: must be at least 0, not -1",
    "wait": "wait.seconds: is missing",
    "wait_blocks: 1_000_000": "wait_blocks.blocks: must be at most 100000, not 1000000",
    "wait_idle: 3": "wait_idle: must be a mapping of keys to values, not 3",
    "stop_node: 9": "stop_node.node: there is no node 9: nodes are 0 to 2",
    "mint: {node: 0, amount: 0}": "mint.amount: must be at least 1, not 0",
    "mint: {from: 0, node: 0, amount: 1}": "mint.from: unknown key; known: amount, node",
    "hold_transactions: {node: 0, blocks: 0}": "hold_transactions.blocks: must be at least 1",
    "assert: {from: 0, to: 1, state: settled}": (
        "assert.state: must be 'opened' or 'closed', not 'settled'"
    ),
    "close_channel: {from: 0, to: 1, timeout: 3}": (
        "close_channel.timeout: is not supported: nobody runs out of patience in virtual time"
    ),
    "assert_graph": "assert_graph: needs at least one of nodes, edges, connected",
    "assert_graph: {connected: 1}": "assert_graph.connected: must be true or false, not 1",
    "assert_graph: {nodes: '=> 3'}": (
        "assert_graph.nodes: must be a number from 0 or a text like \">= 60\", not '=> 3'"
    ),
    "assert_graph: {nodes: '> _'}": "assert_graph.nodes: must be a number from 0 or a text",
    "assert_connections: {from: 0}": (
        "assert_connections: needs at least one of funds, sum_deposits, channels"
    ),
    "assert_connections: {from: 0, funds: 1, expected_http_status: 503}": (
        "assert_connections.funds: can't be checked when the call is expected to fail"
    ),
    "assert_deposits: {from: 0, deposits: 3}": "assert_deposits.deposits: must be a list, not 3",
    "assert_deposits: {from: 0, deposits: [1, x]}": (
        "assert_deposits.deposits[1]: must be a number from 0 or a text like \">= 60\", not 'x'"
    ),
    "assert_wallet: {from: 0}": "assert_wallet: needs at least one of tokens, wei",
    "parallel: {tasks: []}": "parallel.tasks: must be a list of at least one task",
    "parallel: {tasks: [wait_idle], concurrency: 0}": "parallel.concurrency: must be at least 1",
    "serial": "serial.tasks: is missing",
    "serial: {tasks: [wait: x]}": "serial.tasks[0].wait.seconds: must be a number, not 'x'",
    "serial: {tasks: [wait_idle], repeat: 0}": "serial.repeat: must be at least 1, not 0",
}


@pytest.mark.parametrize(("task", "expected"), TASKS_AND_PROBLEMS.items())
def test_tasks(task: str, expected: str, tmp_path: Path) -> None:
    (found,) = problems_of(write(tmp_path, text_of("wait: 1", task)))
    separator = ":" if expected.startswith(" ") else "."
    assert found.startswith(f"9: scenario.serial.tasks[1]{separator}{expected}")


@pytest.mark.filterwarnings("error")
def test_what_python_may_once_read_differently_is_no_problem(tmp_path: Path) -> None:
    task = "leave_network: {from: 0, expected_http_status: '[[2]..'}"
    load(write(tmp_path, text_of(task)))


def test_too_little_indentation_is_suspected(tmp_path: Path) -> None:
    text = text_of("leave_network:\n        from: 0")
    assert problems_of(write(tmp_path, text)) == [
        "8: scenario.serial.tasks[0].leave_network.from: is missing",
        (
            "9: scenario.serial.tasks[0].from: unknown task; "
            "if it is a parameter of leave_network, indent it further"
        ),
    ]


def test_all_problems_are_reported_in_order_of_lines(tmp_path: Path) -> None:
    text = text_of("wait: x", "leave_network: {from: 5}").replace("version: 2", "version: 3")
    assert [line.split(":")[0] for line in problems_of(write(tmp_path, text))] == ["1", "8", "9"]


STAGES = {
    "a section with an unknown key": (
        """\
nodes:
  count: 2
  raiden_version: local
  default_options: {gas-price: fast, enable-monitoring: true}
  node_options: {5: {dialcet: bespin}}
token: {balance_min: 6, balance_fund: 5, symbl: x}
scenario: {leave_network: {from: 4}}
""",
        [
            "3: nodes.raiden_version: is not supported",
            "4: nodes.default_options.gas-price: is not supported",
            "4: nodes.default_options.enable-monitoring: is not supported",
            "5: nodes.node_options.5.dialcet: unknown key; did you mean dialect?",
            "5: nodes.node_options.5: there is no such node: nodes are 0 to 1",
            "6: token.symbl: unknown key; did you mean symbol?",
            "6: token.balance_min: must be at most balance_fund, which is 5",
            "7: scenario.leave_network.from: there is no node 4: nodes are 0 to 1",
        ],
    ),
    "what YAML itself allows": (
        """\
name: a
name: b
seed: !!python/name:x
nodes: {<<: {}, count: 2}
version: 3
chain: {block_time_seconds: !x {a: 1}}
scenario: {wait: soon}
""",
        [
            "2: name: duplicate key, first used on line 1",
            "3: seed: values of type python/name:x are not supported",
            "4: nodes: merge keys (<<) are not supported",
            "5: version: must be 2, not 3",
            "6: chain.block_time_seconds: values of type !x are not supported",
            "7: scenario.wait.seconds: must be a number, not 'soon'",
        ],
    ),
    "a graph beside nodes that are none": (
        """\
nodes: {count: many}
topology: {type: graphml, file: none.xml, foo: 1}
scenario: {wait: -1}
""",
        [
            "1: nodes.count: must be an integer, not 'many'",
            "2: topology.foo: unknown key",
            "2: topology: ",
            "3: scenario.wait.seconds: must be at least 0, not -1",
        ],
    ),
    "two roots, and tasks inside of what is none": (
        """\
nodes: {count: 2}
scenario:
  serail:
    tasks:
      - wait: x
  parallel:
    repeat: 0
    tasks:
      - wait_blocks: y
      - 7
""",
        [
            "2: scenario: must be exactly one task, not 2: serail, parallel",
            "3: scenario.serail: unknown task; did you mean serial?",
            "5: scenario.serail.tasks[0].wait.seconds: must be a number, not 'x'",
            "7: scenario.parallel.repeat: must be at least 1, not 0",
            "9: scenario.parallel.tasks[0].wait_blocks.blocks: must be an integer, not 'y'",
            "10: scenario.parallel.tasks[1]: must be a task, not 7",
        ],
    ),
    "faults": (
        """\
nodes: {count: 2}
faults:
  - {at_seconds: x, stop_node: 9}
  - {at_block: 1, at_seconds: 1, stop_node: 0, mint: {node: 0, amount: 0}}
  - {stop_node: y}
scenario: {wait: 1}
""",
        [
            "3: faults[0].at_seconds: must be a number, not 'x'",
            "3: faults[0].stop_node.node: there is no node 9: nodes are 0 to 1",
            "4: faults[1]: needs either at_seconds or at_block",
            "4: faults[1]: must hold exactly one of the tasks",
            "4: faults[1].mint.amount: must be at least 1, not 0",
            "5: faults[2]: needs either at_seconds or at_block",
            "5: faults[2].stop_node.node: must be an integer, not 'y'",
        ],
    ),
    "rules beside values that are wrong": (
        """\
nodes: {count: 2}
scenario:
  serial:
    tasks:
      - join_network: {from: 9, funds: 0, initial_channel_target: 0, joinable_funds_target: 2}
      - assert: {from: 9, to: 1, allow_balance_error: 1, allow_total_deposit_error: x}
      - assert_events: {channel_info_key: k, contract_name: CustomToken, event_name: X,
                        num_events: 1}
      - assert_events:
          contract_name: TokenNetwork
          event_name: ChannelOpened
          num_events: 1
          event_args: {participant1: 7, closer: 0, settle_timeout: x}
      - assert_graph: {nodez: 3}
      - set_gas_price: {blocks: 3, wie: 5}
""",
        [
            "5: scenario.serial.tasks[0].join_network.from: there is no node 9",
            "5: scenario.serial.tasks[0].join_network.funds: must be a positive integer, not 0",
            "5: scenario.serial.tasks[0].join_network.initial_channel_target: must be at least 1",
            "5: scenario.serial.tasks[0].join_network.joinable_funds_target: should be between",
            "6: scenario.serial.tasks[1].assert.from: there is no node 9",
            "6: scenario.serial.tasks[1].assert.allow_total_deposit_error: must be an integer",
            "6: scenario.serial.tasks[1].assert.allow_balance_error: says nothing without balance",
            "7: scenario.serial.tasks[2].assert_events.event_name: no such event",
            "7: scenario.serial.tasks[2].assert_events.channel_info_key: events of the CustomToken",
            "13: scenario.serial.tasks[3].assert_events.event_args.participant1: there is no node",
            "13: scenario.serial.tasks[3].assert_events.event_args.closer: no such argument",
            "13: scenario.serial.tasks[3].assert_events.event_args.settle_timeout: must be a num",
            "14: scenario.serial.tasks[4].assert_graph.nodez: unknown key; did you mean nodes?",
            "15: scenario.serial.tasks[5].set_gas_price.wie: unknown key; did you mean wei?",
        ],
    ),
    "a head that is wrong before a template": (
        """\
parameters:
  a/b: {n: 1}
  b: {n: [[1]]}
---
nodes: {count: {{ n + }}}
""",
        [
            "2: parameters.a/b: the name of a set has up to",
            "3: parameters.b.n: must be a number",
            "5: not a valid template: unexpected",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), STAGES.values(), ids=STAGES.keys())
def test_all_mistakes_come_at_once(text: str, expected: list[str], tmp_path: Path) -> None:
    found = problems_of(write(tmp_path, text))
    assert len(found) == len(expected), found
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(beginning), found


def test_of_very_many_mistakes_the_first_are_told_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained: list[str] = []

    def watched(word: str, known: Iterable[str]) -> str:
        explained.append(word)
        return suggestion(word, known)

    monkeypatch.setattr("simulator.forms.explaining.suggestion", watched)
    keys = [f"k{number}" for number in range(5_000)]
    found = problems_of(write(tmp_path, MINIMAL + "".join(f"{key}: 1\n" for key in keys)))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[99].startswith("103: k99: unknown key; known: ")
    assert found[-1] == f" and {5_000 - MAX_PROBLEMS} more problems"
    assert explained == keys[:MAX_PROBLEMS]


def test_values_that_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("version: 2\nname: Präzise".encode("latin-1"))
    assert problems_of(file) == ["2: not UTF-8 text"]


@pytest.mark.parametrize("escape", [r"\U00110000", r"\UFFFFFFFF", r"a\U7fffffff"])
def test_numbers_that_no_character_has(tmp_path: Path, escape: str) -> None:
    file = write(tmp_path, text_of("wait: 1", f'wait: "{escape}"'))
    reason = 'not valid YAML: "\\U…" with a number that no character has'
    assert problems_of(file) == [f"9: {reason}"]


def test_a_character_may_be_written_as_json_writes_it(tmp_path: Path) -> None:
    file = write(tmp_path, r'name: "\ud83c\udf89"' + "\n" + text_of("wait: 1"))
    assert load(file).name == "\N{PARTY POPPER}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [" cannot be read: Is a directory"]
    assert problems_of(tmp_path / "no.yaml") == [" cannot be read: No such file or directory"]
    big = write(tmp_path, "#" * (MAX_BYTES + 1))
    assert problems_of(big) == [f" larger than {MAX_BYTES} bytes"]
    with pytest.raises(ScenarioInvalid, match="not a file name"):
        load(Path("a\0b"))


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert load(write(tmp_path, "\ufeff" + MINIMAL)).size == 1


def test_expected_numbers(tmp_path: Path) -> None:
    """Out-of-range values of a join are the node's to refuse when the file says how."""
    text = text_of("join_network: {from: 0, funds: -1, expected_http_status: 409}")
    assert load(write(tmp_path, text)).size == 1


def test_sizes_count_repetitions(tmp_path: Path) -> None:
    text = text_of("parallel: {repeat: 3, tasks: [wait: 1, serial: {repeat: 2, tasks: [wait: 1]}]}")
    assert load(write(tmp_path, text)).size == 9


def test_key_paths() -> None:
    assert key_text(("scenario", "serial", "tasks", 2, "wait")) == "scenario.serial.tasks[2].wait"


QUIET = examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "to", "tasks", *TASKS]), inner, max_size=3)
    ),
    max_leaves=10,
)


def loads_or_explains(file: Path) -> None:
    try:
        scenario = load(file)
    except ScenarioInvalid as error:
        for line in str(error).splitlines():
            assert line.startswith(f"{file}:")
    else:
        assert scenario.size >= 1


@QUIET
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_load_or_are_explained(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "any.yaml"
    file.write_bytes(content)
    loads_or_explains(file)


@QUIET
@given(data=st.data())
def test_any_change_of_a_good_file_loads_or_is_explained(
    data: st.DataObject, tmp_path: Path
) -> None:
    text = data.draw(st.sampled_from(SHIPPED)).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    filling = data.draw(st.text(alphabet="abc01-:[]{}&*!'\"|>#, \n\t", max_size=8))
    loads_or_explains(write(tmp_path, text[:start] + filling + text[end:]))


@QUIET
@given(parameters=VALUES, name=st.sampled_from(sorted(TASKS)))
def test_any_parameters_load_or_are_explained(
    parameters: object, name: str, tmp_path: Path
) -> None:
    import yaml  # noqa: PLC0415 - here only

    task = yaml.safe_dump({name: parameters}, default_flow_style=True, width=10**6).strip()
    loads_or_explains(write(tmp_path, text_of(task)))


def test_either_word_names_the_node_of_a_task_about_one_node(tmp_path: Path) -> None:
    text = text_of("join_network: {node: 0, funds: 5}", "hold_transactions: {from: 1}")
    assert load(write(tmp_path, text)).size == 2


def test_both_words_at_once_are_a_mistake(tmp_path: Path) -> None:
    (found,) = problems_of(write(tmp_path, text_of("join_network: {node: 0, from: 0, funds: 5}")))
    assert "join_network.node: unknown key" in found
