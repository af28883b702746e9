"""What an editor shows of scenario files: the YAML language server with `simulator schema`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Study
from simulator.forms.parameters import Parameters
from simulator.reference.editor_schema import editor_schema, study_editor_schema
from simulator.scenario.language.scenario import load
from simulator.scenario.language.source import read_sets
from simulator.words.errors import ScenarioInvalid
from tests.editors.language_server import LanguageServer, running
from tests.scenarios.writing import SHIPPED, text_of
from tests.studies.test_study_schema import SHIPPED_STUDIES

TASKS = "nodes:\n  count: 2\nscenario:\n  serial:\n    tasks:\n"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("editor") / "scenario.schema.json"
    file.write_text(json.dumps(editor_schema()))
    return file


@pytest.fixture(scope="module")
def study_schema(schema: Path) -> Path:
    file = schema.with_name("study.schema.json")
    file.write_text(json.dumps(study_editor_schema()))
    return file


@pytest.fixture(scope="module")
def server(schema: Path, study_schema: Path) -> Iterator[LanguageServer]:
    settings = {
        "schemas": {schema.as_uri(): "*.yaml", study_schema.as_uri(): "studies/*.yml"},
        "schemaStore": {"enable": False},
        **dict.fromkeys(("validate", "completion", "hover"), True),
    }
    with running(settings) as there:
        yield there


def marked(server: LanguageServer, file: Path, text: str) -> dict[int, str]:
    """Return the first thing that is wrong with each line that the server marks."""
    return dict(reversed(server.marks({file: text})[file]))


def test_nothing_is_marked_in_what_ships(server: LanguageServer) -> None:
    found = server.marks({file: file.read_text(encoding="utf-8") for file in SHIPPED})
    assert {file.name: marks for file, marks in found.items() if marks} == {}
    assert len(found) > 20


FINE = [
    "wait_idle",
    "wait_idle:",
    "wait: 1_000.5",
    "wait: 1e-3",
    "wait: {seconds: 1_000}",
    "wait_blocks: 1_0",
    "stop_node: 1",
    "stop_node: all",
    "stop_node: [0, 1-2]",
    "assert_node: {nodes: 0-2, online: tRuE}",
    "assert_node: {nodes: all, online: TRUE}",
    "join_network: {node: 0, funds: 1_0, joinable_funds_target: 0.25}",
    "assert: {from: 0, to: 0x2222222222222222222222222222222222222222, expected_http_status: 4..}",
    'assert_graph: {edges: ">= 1_0", average_clustering: "< 0.5", degree_gini: .5}',
    'assert_deposits: {from: 0, deposits: [1_0, ">= 5"], timeout: 1_0}',
    "parallel: {repeat: 1_0, tasks: [wait_idle, {wait: 1, wait_blocks: 1}]}",
    "wait_until: {timeout: 5, assert_blocks: '> 0', tasks: [assert_graph: {edges: 0}]}",
    "assert_order: {events: [{event_name: ChannelOpened}, {event_name: ChannelClosed}]}",
]
"""What the reader takes, too."""

WRONG = [
    "wait_idel",
    "wait_idel:",
    "wait: later",
    "wait: '1000'",
    "wait: {secs: 5}",
    "wait_blocks: -1_0",
    "wait_blocks: 1.5",
    "stop_node: 1-",
    "stop_node: {nodes: [0, x]}",
    "assert_node: {node: 0, online: yes}",
    "assert_node: {node: 0, online: 'true'}",
    "join_network: {from: 0}",
    "join_network: {frm: 0, funds: 5}",
    "join_network: {from: 0, funds: '100'}",
    "join_network: {from: 0, funds: {a: 1}}",
    "assert: {from: 0, to: someone}",
    "assert: {from: 0, to: 1, state: settled}",
    "assert_graph: {edges: '= 1'}",
    "parallel: {tasks: []}",
]
"""What the reader refuses, too."""


def test_what_is_right_is_not_marked(server: LanguageServer, tmp_path: Path) -> None:
    text = text_of(*FINE)
    assert marked(server, tmp_path / "fine.yaml", text) == {}
    (tmp_path / "fine.yaml").write_text(text)
    load(tmp_path / "fine.yaml")


def test_each_mistake_is_marked_on_its_line(server: LanguageServer, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text_of(*WRONG))
    with pytest.raises(ScenarioInvalid) as refusal:
        load(file)
    lines = {int(line.split(":")[1]) for line in str(refusal.value).splitlines()}
    begin = len(text_of().splitlines())
    assert lines == {*range(begin + 1, begin + 1 + len(WRONG))}
    assert marked(server, file, file.read_text()).keys() == lines


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("joyn_network: {from: 0, funds: 5}", "Property joyn_network is not allowed."),
        ("join_network: {frm: 0, funds: 5}", "Property frm is not allowed."),
        ("join_network: {funds: 5}", 'Missing property "from".'),
        ("join_network: {from: 0, funds: many}", "must be a whole number"),
        ("assert_node: {node: 0, online: maybe}", "must be true or false"),
        ("wait: {seconds: later}", "must be a number"),
        ("parallel: {repeat: 0, tasks: [wait_idle]}", "Value is below the minimum of 1."),
    ],
)
def test_a_mark_says_what_is_wrong(
    server: LanguageServer, tmp_path: Path, task: str, told: str
) -> None:
    assert list(marked(server, tmp_path / "one.yaml", f"{TASKS}      - {task}\n").values()) == [
        told
    ]


TOP = """\
version: 2
seed: 1_0
settings:
token:
nodes:
  count: 1_0
  default_options: {dialect: bespin}
  node_options: {0: {strategy: random}, 1: , 2: }
  reuse_accounts: FALSE
topology: {type: small_world, neighbours: 2, probability: 1e-1, deposit: 1_0}
faults:
  - {at_seconds: 1_0, stop_node: 1}
  - {at_block: 12, set_gas_price: {wei: 50_000_000_000, blocks: 10}}
scenario: {my.module:task: {anything: [1]}}
"""


def test_sections_are_as_the_reader_takes_them(server: LanguageServer, tmp_path: Path) -> None:
    assert marked(server, tmp_path / "top.yaml", TOP) == {}
    wrong = (
        TOP.replace("2: }", "x: }").replace("at_block", "at_blok").replace("seed: 1_0", "seed: x")
    )
    assert marked(server, tmp_path / "wrong.yaml", wrong).keys() == {2, 8, 13}


TEMPLATE = """\
parameters:
  small: {nodes: 5, label: some words, start: [0, 1]}
  large: {nodes: 1_0, seed: 1_0, label: x}
---
name: {{ label }}
nodes:
  count: {{ nodes }}
  default_options: {strategy: "{{ 'random' }}"}
scenario:
  serial:
    tasks:
      # {% for n in range(nodes - 1) %}
      - join_network: {from: {{ n }}, funds: {{ 10 * n + 100 }}, joinable_funds_target: {{ 0.4 }}}
      # {% endfor %}
      - wait: {{ wait_short }}
      # {% if nodes > 5 %}
      - assert_graph: {edges: ">= {{ nodes }}", connected: {{ true }}}
      # {% endif %}
      - assert_events:
          contract_name: TokenNetwork
          event_name: ChannelOpened
          num_events: ">= {{ 1 }}"
          event_args: {settle_timeout: {{ 500 }}}
      - stop_node: "0-{{ nodes - 2 }}"
"""


def test_templates_and_sets_of_parameters_can_be_written_so_that_nothing_is_marked(
    server: LanguageServer, tmp_path: Path
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE.replace(", start: [0, 1]", ""))
    assert marked(server, file, TEMPLATE) == {}
    assert [len(load(file, one).dialects) for one in read_sets(file)] == [5, 10]


def test_mistakes_in_templates_and_their_parameters_are_marked(
    server: LanguageServer, tmp_path: Path
) -> None:
    wrong = (
        TEMPLATE.replace("nodes: 5", "range: 5")
        .replace("seed: 1_0", "seed: x")
        .replace("connected", "conected")
        .replace("wait: {{ wait_short }}", "wait: '{{ wait_short }}'")
    )
    assert marked(server, tmp_path / "x.yaml", wrong).keys() == {2, 3, 15, 17}
    (tmp_path / "x.yaml").write_text(wrong.replace("range: 5", "nodes: 5").replace("seed: x, ", ""))
    with pytest.raises(ScenarioInvalid, match=r":15:.*\n.*:17:"):
        load(tmp_path / "x.yaml", Parameters(variables={"nodes": 6, "label": "x"}))


def test_a_first_line_can_name_the_schema(
    server: LanguageServer, tmp_path: Path, schema: Path
) -> None:
    """Its name does not match the settings' pattern."""
    text = f"{TASKS}      - wait_idel:\n"
    assert marked(server, tmp_path / "other.yml", text) == {}
    (tmp_path / "scenario.schema.json").write_bytes(schema.read_bytes())
    for place in (schema, "scenario.schema.json"):
        first = f"# yaml-language-server: $schema={place}\n"
        assert marked(server, tmp_path / f"{len(str(place))}.yml", first + text).keys() == {7}


def test_examples_are_as_an_editor_likes_them(
    server: LanguageServer, tmp_path: Path, schema: Path, study_schema: Path
) -> None:
    (tmp_path / "scenario.schema.json").write_bytes(schema.read_bytes())
    (tmp_path / "study.schema.json").write_bytes(study_schema.read_bytes())
    page = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    for number, example in enumerate(examples):
        assert marked(server, tmp_path / "scenarios" / f"{number}.yaml", example) == {}
        wrong = example.replace("wait_idle", "wait_idel").replace("growth.", "grwth.")
        assert len(marked(server, tmp_path / "scenarios" / f"wrong{number}.yaml", wrong)) == 1


def test_completion_offers_keys_tasks_and_values(server: LanguageServer, tmp_path: Path) -> None:
    def offered(text: str) -> set[str]:
        return set(server.completion(tmp_path / "completion.yaml", text))

    assert offered("|") >= {"nodes", "scenario", "faults", "topology"}
    assert offered("nodes:\n  |") >= {"count", "node_options"}
    assert offered("topology:\n  type: |\n") >= {"ring", "star", "describegraph"}
    assert offered(f"{TASKS}      - |") >= {"join_network", "wait_idle", "assert_graph"}
    assert offered(f"{TASKS}      - join_network:\n          |") >= {"from", "funds"}
    assert offered("parameters: {a: {x: 1}}\n---\nn|") >= {"nodes", "scenario"}


def test_hovering_tells_what_a_key_means(server: LanguageServer, tmp_path: Path) -> None:
    def told(text: str) -> str:
        return server.hover(tmp_path / "hover.yaml", text)

    assert "the nodes, and what each is told" in told("no|des:\n  count: 2\n")
    assert "Put funds into the token network" in told(
        f"{TASKS}      - join_ne|twork: {{from: 0, funds: 5}}\n"
    )
    assert "tokens that the node may put into channels" in told(
        f"{TASKS}      - join_network: {{from: 0, fu|nds: 5}}\n"
    )
    assert "how many there are" in told("parameters: {a: {x: 1}}\n---\nnodes:\n  cou|nt: 2\n")


STUDY = """\
name: Peers
seed: 1_0
chain: {engine: model}
nodes:
  count: 1_0
  default_options: {strategy: random}
growth:
  funds: 1_000
  arrivals: poisson
  every_seconds: 1e1
  offline: .2
faults: [{at_seconds: 1_0, stop_node: 1}]
factors:
  growth.initial_channel_target: [1, 2, 1_0]
  growth.joinable_funds_target: {from: 0, to: 1e-1}
  nodes.default_options.dialect: [bespin]
sample: {latin: 1_0}
strategies: [random, "{{ 'far' }}", mixture: {random: 0.7, highest_degree: 0.3}]
replications: {{ 3 }}
measures: [channels, gas]
series: {every_seconds: 6_0, measures: [channels]}
until: {metric: channels, half_width: 1e-1}
"""


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """What the settings' pattern takes for a study."""
    (tmp_path / "studies").mkdir()
    return tmp_path / "studies" / "peers.yml"


def test_nothing_is_marked_in_a_study_that_the_reader_takes(
    server: LanguageServer, study_file: Path
) -> None:
    assert marked(server, study_file, STUDY) == {}
    study_file.write_text(STUDY)
    assert Study.load(study_file).name == "Peers"


def test_nothing_is_marked_in_the_studies_that_ship(
    server: LanguageServer, study_file: Path
) -> None:
    texts = {
        study_file.with_name(f"{file.stem}.yml"): file.read_text(encoding="utf-8")
        for file in SHIPPED_STUDIES
    }
    found = server.marks(texts)
    assert {file.name: marks for file, marks in found.items() if marks} == {}
    assert found


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("growth:\n", "grwth:\n", "Property grwth is not allowed."),
        ("funds: 1_000", "fnds: 1_000", "Property fnds is not allowed."),
        ("every_seconds: 1e1", "every_seconds: soon", "must be a number"),
        ("growth.initial", "grwth.initial", "Property grwth.initial_channel_target is not allowed"),
        ("[1, 2, 1_0]", "[1, few]", "must be a whole number"),
        ("latin: 1_0", "latin: many", "must be a whole number"),
        ("measures: [channels, gas]", "measures: [chanels]", 'Value must be "nodes" | "channels"'),
        ("replications: {{ 3 }}", "replications: 0", "Value is below the minimum of 1."),
        ("half_width: 1e-1", "half: 5", 'Missing property "half_width".'),
    ],
)
def test_a_mistake_in_a_study_is_marked_on_its_line(
    server: LanguageServer, study_file: Path, right: str, wrong: str, told: str
) -> None:
    text = STUDY.replace(right, wrong, 1)
    line = text[: text.index(wrong)].count("\n") + 1
    marks = marked(server, study_file, text)
    assert told in marks[line], marks
    study_file.write_text(text)
    with pytest.raises(ScenarioInvalid, match=f":{line}:"):
        Study.load(study_file)


def test_a_study_needs_something_that_runs(server: LanguageServer, study_file: Path) -> None:
    text = "chain: {engine: model}\nnodes: {count: 5}\n"
    assert marked(server, study_file, text) != {}
    assert marked(server, study_file.with_name("a.yml"), f"{text}growth: {{funds: 5}}\n") == {}


def test_completion_and_hovering_know_studies(server: LanguageServer, study_file: Path) -> None:
    def offered(text: str) -> set[str]:
        return set(server.completion(study_file, text))

    assert offered("|") >= {"growth", "factors", "nodes", "measures"}
    assert offered("growth:\n  |") >= {"funds", "arrivals"}
    assert offered("growth:\n  arrivals: |\n") >= {"poisson", "waves"}
    assert offered("factors:\n  |") >= {"growth.funds", "chain.engine"}
    assert offered("measures:\n  - |") >= {"channels", "gas"}
    assert offered("strategies:\n  - |") >= {"random", "highest_degree"}
    assert "tokens that each node may put" in server.hover(study_file, "growth:\n  fu|nds: 5\n")
    told = server.hover(study_file, "factors:\n  growth.off|line: [0.1]\n")
    assert "share of nodes that is offline" in told
