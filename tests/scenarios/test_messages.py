"""What is said about a bad file is short and plain, whatever the file holds."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.language.source import MAX_MESSAGE_LENGTH, MAX_PROBLEMS
from simulator.topology.formats import read
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from simulator.words.quoting import visible
from tests.scenarios.writing import write
from tests.test_cli import call

LONG = "x" * 100_000
OBEYED = r'"\e]0;title\a\r\x9b31m\u202e"'
BAD = {
    "long key": f"{LONG}: 1\n",
    "long value": f"nodes: {{count: {LONG}}}\n",
    "long tag": f"nodes: !{LONG} 1\n",
    "long alias": f"nodes: *{LONG}\n",
    "long task": f"scenario: {{{LONG}: 1}}\n",
    "long number": f"nodes: {{count: {'9' * 100_000}}}\n",
    "long variable": f"nodes: {{count: {{{{ {LONG} }}}}}}\n",
    "long filter": f"nodes: {{count: {{{{ 1|{LONG} }}}}}}\n",
    "long attribute": f"nodes: {{count: {{{{ wait_short.{LONG} }}}}}}\n",
    "long set": f"parameters: {{{LONG}: {{}}}}\n---\nnodes: {{count: 1}}\n",
    "obeyed key": f"{OBEYED}: 1\n",
    "obeyed value": f"nodes: {{count: {OBEYED}}}\n",
    "obeyed task": f"scenario: {{{OBEYED}: 1}}\n",
    "obeyed twice": f"{{{OBEYED}: 1, {OBEYED}: 2}}\n",
    "obeyed in a template": f"nodes: {{count: {{{{ {OBEYED} }}}}}}\n",
    "obeyed set": f"parameters: {{{OBEYED}: {{}}}}\n---\nnodes: {{count: 1}}\n",
    "obeyed code": 'chain: {engine: "\\e[2J"}\n',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_mistake_is_told_in_short_lines(text: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    message = str(caught.value)
    assert visible(message) == message
    for line in message.split("\n"):
        assert line.startswith(f"{file}:")
        assert len(line) <= len(str(file)) + MAX_MESSAGE_LENGTH + 20


def test_of_very_many_mistakes_the_first_ones_are_told(tmp_path: Path) -> None:
    file = write(tmp_path, "".join(f"wrong{number}: 1\n" for number in range(1000)))
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    lines = str(caught.value).split("\n")
    assert len(lines) == MAX_PROBLEMS + 1
    assert any(line.startswith(f"{file}:1: wrong0: ") for line in lines)
    assert lines[-1].startswith(f"{file}: and 9")


GRAPHS = [
    ("node_link", f'{{"nodes": [], "edges": [{{"source": "{LONG}", "target": "\\u001b"}}]}}'),
    ("node_link", f'{{"nodes": [{{"id": ["{LONG}"]}}], "edges": []}}'),
    ("node_link", '["\\u001b[2J"]'),
    ("describegraph", f'{{"nodes": [], "edges": [{{"node1_pub": "{LONG}", "node2_pub": 1}}]}}'),
    ("graphml", f"<graphml><{LONG}></graphml>"),
    ("graphml", "<graphml>\x1b</graphml>"),
]


@pytest.mark.parametrize(("form", "text"), GRAPHS)
def test_so_is_one_in_a_graph(form: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "graph"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read(file, form, 3)
    message = str(caught.value)
    assert len(message) <= len(str(file)) + MAX_MESSAGE_LENGTH
    assert message.startswith(str(file))
    assert visible(message) == message
    assert "\n" not in message


def test_what_a_merge_has_left_is_named(tmp_path: Path) -> None:
    tasks = "<<<<<<< HEAD\n      - wait: 1\n=======\n      - wait: 2\n>>>>>>> other\n"
    file = write(tmp_path, f"nodes: {{count: 1}}\nscenario:\n  serial:\n    tasks:\n{tasks}")
    with pytest.raises(ScenarioInvalid, match=r"test\.yaml:5: two branches meet here, and nobody"):
        load(file)


@pytest.mark.parametrize("count", ["2", "{{ n }}"])
def test_what_a_merge_has_left_is_named_once_for_all_sets(
    count: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = "parameters:\n  small: {n: 2}\n  large: {n: 3}\n---\n"
    tasks = "<<<<<<< HEAD\n      - wait: 1\n=======\n      - wait: 2\n>>>>>>> other\n"
    text = f"{sets}nodes: {{count: {count}}}\nscenario:\n  serial:\n    tasks:\n{tasks}"
    file = write(tmp_path, text)
    told = f"{file}:9: two branches meet here, and nobody has merged them yet: this is a conflict"
    for command in ("run", "validate"):
        assert call(command, file) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.err.startswith(told)
        assert call(command, file, "--parameters", "small") == 2
        assert told in capsys.readouterr().err
