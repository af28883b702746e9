"""Parameters: variables from the command line, and named sets at the beginning of a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.forms.parameters import MAX_SETS, MAX_VARIABLES, Parameters, problems_of, split
from simulator.scenario.language.scenario import load
from simulator.scenario.language.source import read_sets, read_value, runs_of
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

BODY = """\
seed: 3
nodes: {count: {{ nodes }}}
scenario:
  serial:
    tasks:
{%- for n in range(nodes) %}
      - join_network: {from: {{ n }}, funds: 100}
{%- endfor %}
      - wait_idle:
      - assert_graph: {nodes: {{ expected|default(nodes) }}}
"""
GROWTH = f"""\
# for people
parameters:  # and for us
  small: {{nodes: 2}}
  large: {{nodes: 3, expected: 4, seed: 7}}
---
{BODY}"""


def test_a_head_is_split_off_and_lines_stay() -> None:
    head, rest = split(GROWTH)
    assert head.splitlines()[1].startswith("parameters:")
    assert rest.count("\n") == GROWTH.count("\n")
    assert rest.split("\n")[5:] == BODY.split("\n")
    assert split("---\n" + GROWTH)[0].startswith("---\n# for")
    for text in (BODY, "", "parametersx: 1\n---\n", "nodes: 1\nparameters: 2\n---\n", "---\n---\n"):
        assert split(text) == ("", text)
    assert split("parameters: {a: {}}\n") == ("parameters: {a: {}}\n", "")


@given(st.text(st.sampled_from("parmets: -#\n\r{}"), max_size=60))
def test_no_text_loses_a_line(text: str) -> None:
    for content in (text, "parameters:\n" + text):
        head, rest = split(content)
        assert not rest or rest.count("\n") == content.count("\n")
        assert content.startswith(head)


def test_sets_are_runs(tmp_path: Path) -> None:
    file = write(tmp_path, GROWTH)
    small, large = read_sets(file)
    assert small == Parameters("small", {"nodes": 2})
    assert large == Parameters("large", {"nodes": 3, "expected": 4}, 7)
    assert [load(file, one).seed for one in (small, large)] == [3, 7]
    assert run_file(file, parameters=small).passed
    failure = run_file(file, parameters=large).failure
    assert failure is not None
    assert failure.line == 15
    assert runs_of(str(write(tmp_path, text_of("wait: 1"))), {}) == [Parameters()]


def test_what_the_user_gives_wins(tmp_path: Path) -> None:
    (small, _) = runs_of(str(write(tmp_path, GROWTH)), {"nodes": 5})
    assert small.variables == {"nodes": 5}
    assert small.mark == " [small, nodes=5]"
    file = write(tmp_path, text_of("wait: {{ wait_short }}"))
    assert run_file(file, parameters=Parameters(variables={"wait_short": 5})).virtual_seconds == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3", 3), ("-1_000", -1000), ("+5", 5), ("0", 0), ("true", True), ("False", False)),
        *((text, text) for text in ("0100", "0x10", "0o10", "1:30", "1e3", "0.4", "1.50", "NO")),
        *((text, text) for text in ("yes", "null", "~", "", "a: b", "'3'", "{a: 1}", "# x", "*x")),
        *((text, text) for text in ("2020-01-01", "0x" + "2" * 40, "9" * 1001, "[", "a]")),
        ("[1, a, 0x10, true, 'x, y', \"1\", null]", [1, "a", "0x10", True, "x, y", "1", "null"]),
        *(("[]", []), ("[[1]]", None), ("[a: 1]", None), ("[1] [2]", None), ("[']", None)),
    ],
)
def test_values_mean_what_they_say(text: str, value: object) -> None:
    found = read_value(text)
    assert (found, type(found)) == (value, type(value))


LINES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]) | st.just(" "))


@given(LINES | st.integers(-(2**80), 2**80).map(str) | st.lists(LINES).map(json.dumps))
def test_the_command_gives_the_same_value(typed: str) -> None:
    import shlex  # noqa: PLC0415 - here only

    value = read_value(typed)
    if value is None or problems_of({"x": value}):
        return
    command = Parameters("a", {"y": 1}).with_given({"x": value}).command("my file.yaml", 4)
    *words, option, assignment, _, seed = shlex.split(command)
    assert words == ["simulator", "run", "my file.yaml", "--parameters", "a"]
    assert (option, seed) == ("--set", "4")
    found = read_value(assignment.removeprefix("x="))
    assert (found, type(found)) == (value, type(value))


TEXTS = [
    *("NO", "0100", "1:30", "0x10", "1.50", "1e3", "null", "~", "", " ", "a: b", "- x", "# x"),
    *("*x", "&x", "!x", "[1", "{a: 1}", "it's", '"', "a\\nb", "<<", "{{ x }}", "\U000f0000", "x,"),
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("place", ["{{ x }}", '"{{ x }}"', "'{{ x }}'"])
def test_a_text_reaches_the_model_as_it_was_typed(text: str, place: str, tmp_path: Path) -> None:
    file = write(tmp_path, f"name: {place}\nnodes: {{count: 1}}\nscenario: {{wait: 1}}\n")
    assert load(file, Parameters(variables={"x": text})).name == (text or file.stem)
    file.write_text(file.read_text().replace("{{ x }}", "a{{ x }} b"))
    assert load(file, Parameters(variables={"x": text})).name == f"a{text} b"


def test_what_is_given_is_a_number_a_truth_or_a_list_where_one_is_wanted(tmp_path: Path) -> None:
    tasks = [
        "wait: {{ seconds }}",
        "join_network: {from: 0, funds: {{ funds }}, joinable_funds_target: {{ joinable }}}",
        "assert_graph: {connected: {{ yes }}, average_clustering: {{ clustering }}}",
        "open_channel: {from: 0, to: {{ hub }}, settle_timeout: 1{{ zeros }}}",
        "assert_deposits: {from: 0, deposits: {{ deposits }}, expected_http_status: {{ status }}}",
        "assert_all: {from: 0, states: {{ states }}}",
    ]
    typed = {"seconds": "0.5", "funds": "1_0", "joinable": "0.25", "yes": "FALSE"}
    typed |= {"hub": "0x" + "2" * 40, "deposits": "[5, 7]", "status": "20[01]", "zeros": "00"}
    typed |= {"states": "[opened, closed]", "clustering": "1e-2"}
    variables: dict[str, Any] = {name: read_value(text) for name, text in typed.items()}
    scenario = load(write(tmp_path, text_of(*tasks)), Parameters(variables=variables))
    assert [step.task.text() for step in scenario.root.task.tasks] == [  # type: ignore[attr-defined]
        "seconds 0.5",
        "from 0, funds 10, joinable_funds_target 0.25",
        "connected false, average_clustering 0.01",
        f"from 0, to {'0x' + '2' * 40}, settle_timeout 100",
        "from 0, deposits [5, 7], expected_http_status 20[01]",
        "from 0, states [closed, opened]",
    ]


def test_an_address_stays_one_and_a_leading_zero_is_a_mistake(
    tmp_path: Path, capsys: Captured
) -> None:
    hub = "0x" + "2" * 40
    file = write(tmp_path, text_of('open_channel: {from: 0, to: "{{ hub }}"}'))
    assert call("run", file, "--set", f"hub={hub}") == 0
    capsys.readouterr()
    file = write(tmp_path, text_of("join_network: {from: 0, funds: {{ funds }}}"))
    for typed, reason in (
        ("0100", "a leading zero means octal to some: write 100"),
        ("1:30", "numbers are decimal: write 90"),
    ):
        assert call("run", file, "--set", f"funds={typed}") == 2
        message = f"funds: must be an integer, not '{typed}'; {reason}\n"
        assert capsys.readouterr().err.splitlines(True)[0].endswith(message)


def test_lists_can_be_gone_through(tmp_path: Path) -> None:
    text = "{% for n in nodes %}{{ n }};{% endfor %}"
    file = write(tmp_path, f'name: "{text}"\nnodes: {{count: 1}}\nscenario: {{wait: 1}}\n')
    variables: dict[str, Any] = {"nodes": read_value("[1, 'a: ', x]")}
    assert load(file, Parameters(variables=variables)).name == "1;a: ;x;"


MISTAKES = {
    "parameters: 3\n---\n": ":1: parameters: must hold sets of variables by name",
    "parameters:\n  a: {nodes: 1}\n": ":3: parameters: must end with a line ---, behind which",
    "parameters:\n  a: 3\n---\n": ":2: parameters.a: must hold variables by name",
    "parameters:\n  a/b: {nodes: 1}\n---\n": ":2: parameters.a/b: the name of a set has up to",
    "parameters:\n  a: {nodes: [[1]]}\n---\n": ":2: parameters.a.nodes: must be a number, true,",
    "parameters:\n  a: {nodes: }\n---\n": ":2: parameters.a.nodes: must be a number, true,",
    'parameters:\n  a: {nodes: "1\\n2"}\n---\n': ":2: parameters.a.nodes: must be a number, true,",
    "parameters:\n  a: {nodes: .inf}\n---\n": ":2: parameters.a.nodes: must be a number, true,",
    "parameters:\n  a: {1x: 1}\n---\n": ":2: parameters.a.1x: a variable's name has up to 64",
    "parameters:\n  a: {range: 1}\n---\n": ":2: parameters.a.range: means something else",
    "parameters:\n  a: {seed: x}\n---\n": ":2: parameters.a.seed: must be a whole number within",
    "parameters:\n  a: {}\nname: x\n---\n": ":3: name: does not belong here",
    "parameters: {a: {}, a: {}}\n---\n": ":1: parameters.a: duplicate key",
    "parameters: [\n---\n": ":1: not valid YAML",
    "parameters:\n  a: {nodez: 2}\n---\n" + BODY: (
        ":2: [a] parameters.a.nodez: the variable nodez is never used in this file: "
        "did you mean nodes?"
    ),
    "parameters:\n  a: {expected: 2}\n---\n"
    + BODY: ":5: [a] not a valid template: 'nodes' is undef",
    "parameters:\n  a: {nodes: 0}\n---\n" + BODY: ":5: [a] nodes.count: must be",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_mistakes_are_named(tmp_path: Path, text: str, message: str, capsys: Captured) -> None:
    file = write(tmp_path, text)
    assert call("validate", file) == 2
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(f"{file}{message}") for line in lines), lines
    assert call("run", file, "--junit", tmp_path / "junit.xml") == 2


def test_bounds(tmp_path: Path) -> None:
    sets = "".join(f"  s{n}: {{nodes: 1}}\n" for n in range(MAX_SETS + 1))
    with pytest.raises(ScenarioInvalid, match="holds more than 1000 sets"):
        read_sets(write(tmp_path, f"parameters:\n{sets}---\n{BODY}"))
    assert problems_of({f"v{n}": n for n in range(MAX_VARIABLES + 1)})
    assert problems_of({"x": "a" * 1001})
    assert problems_of({"x": 2**2000})
    assert not problems_of({f"v{n}": n for n in range(MAX_VARIABLES)})


def test_every_output_knows_the_set(tmp_path: Path, capsys: Captured) -> None:
    file, out, golden = (
        write(tmp_path, GROWTH, "growth.yaml"),
        tmp_path / "out",
        tmp_path / "golden",
    )
    options = ("--junit", tmp_path / "j.xml", "--summary", tmp_path / "s.md", "--golden", golden)
    assert call("run", file, "--report", out, *options, "--update-golden") == 1
    shown = capsys.readouterr().out
    assert f"{file} [small]  growth, seed 3\n" in shown
    assert f"FAILED {file}:15: [large] scenario.serial.tasks[4]: assert_graph: nodes: " in shown
    assert [file.name for file in golden.iterdir()] == ["growth.small.golden"]
    junit = (tmp_path / "j.xml").read_text(encoding="utf-8")
    assert 'name="growth [small, seed 3]"' in junit
    assert f"again: simulator run {file} --parameters large --seed 7" in junit
    assert r"\[large\]" in (tmp_path / "s.md").read_text(encoding="utf-8")
    data = json.loads((out / "growth.large" / "report.json").read_text(encoding="utf-8"))
    assert data["scenario"]["parameters"] == "large"
    assert data["scenario"]["variables"] == {"nodes": 3, "expected": 4}
    assert "expected 4" in (out / "growth.large" / "report.html").read_text(encoding="utf-8")
    assert call("run", file, "--parameters", "small", "--golden", golden, "--jobs", "2") == 0


def test_a_replay_has_the_same_variables(tmp_path: Path, capsys: Captured) -> None:
    file, out = write(tmp_path, GROWTH), tmp_path / "out"
    choice = ("--parameters", "small", "--set", "nodes=4")
    assert call("run", file, *choice, "--report", out) == 0
    capsys.readouterr()
    assert call("replay", out) == 0
    file.write_text(GROWTH.replace("small: {nodes: 2}", "tiny: {nodes: 1}"))
    assert call("replay", out) == 0
    assert "has changed since" in capsys.readouterr().out
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["scenario"]["variables"] = {"nodes": [[1]]}
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert call("replay", out) == 2
    assert "scenario.variables is wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "nodes"], "'nodes' is not NAME=VALUE."),
        (["--set", "nodes=1", "--set", "nodes=2"], "nodes is given twice."),
        (["--set", "nodes=[[1]]"], "nodes: must be a number"),
        (["--set", f"nodes={2**1100}"], "numbers have at most 1024 bits"),
        (["--set", "seed=1"], "seed: is the run's seed: see --seed."),
        (
            ["--parameters", "smal"],
            "no file has a set of parameters 'smal': there are large, small.",
        ),
    ],
)
def test_usage(tmp_path: Path, options: list[str], message: str, capsys: Captured) -> None:
    assert call("run", write(tmp_path, GROWTH), *options) == 2
    assert message in capsys.readouterr().err


def test_a_variable_that_nothing_asks_for(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, text_of("wait: 1"))
    assert call("validate", file, "--set", "nodes=4") == 2
    assert capsys.readouterr().err == (
        f"{file}:1: [nodes=4] the variable nodes is never used in this file\n"
    )
