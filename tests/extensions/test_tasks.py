"""Tasks and assertions of users' own: plain functions that can wait in a running scenario."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator import RunningTestnet, Testnet
from simulator.reference.json_schema import json_schema
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run_file
from simulator.words.errors import ScenarioInvalid
from tests.extensions.packages import install
from tests.extensions.page import blocks, code_of, entry_point_of
from tests.test_cli import call

Captured = pytest.CaptureFixture[str]
Run = Callable[..., FinishedRun]

(EXAMPLE,) = blocks("tasks", "yaml")


def write(folder: Path, code: str, *tasks: str, nodes: str = "{count: 4}") -> Path:
    """Write a module `own` and a scenario of tasks, one after the other."""
    (folder / "own.py").write_text(code, encoding="utf-8")
    file = folder / "s.yaml"
    lines = [f"nodes: {nodes}", "scenario:", "  serial:", "    tasks:"]
    file.write_text("\n".join([*lines, *(f"      - {task}" for task in tasks)]), encoding="utf-8")
    return file


@pytest.fixture
def run(folder: Path) -> Run:
    """Return what runs a scenario of tasks with functions of a module `own`."""

    def of(code: str, *tasks: str, nodes: str = "{count: 4}") -> FinishedRun:
        return run_file(write(folder, code, *tasks, nodes=nodes), allow_code=True)

    return of


# -- the page ----------------------------------------------------------------------------


def test_the_page_s_tasks_run_where_code_is_allowed(folder: Path, capsys: Captured) -> None:
    (folder / "my_tasks.py").write_text(code_of("tasks"), encoding="utf-8")
    file = folder / "s.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    assert call("run", file) == 2
    assert "names code to be run, which needs --allow-code" in capsys.readouterr().err
    assert "my_tasks" not in sys.modules
    assert call("run", "--allow-code", file) == 0
    assert "my_tasks:come_and_go" in capsys.readouterr().out


def test_the_page_s_study_runs_and_is_replayed(folder: Path, capsys: Captured) -> None:
    (folder / "my_study.py").write_text(code_of("together"), encoding="utf-8")
    (text,) = blocks("together", "yaml")
    (folder / "growth.yaml").write_text(text, encoding="utf-8")
    assert call("run", "--allow-code", "growth.yaml", "--report", "out") == 0
    assert call("replay", "--allow-code", "out") == 0
    journal = folder / "out" / "journal.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8").replace("JoinEnded", "JoinLost", 1))
    capsys.readouterr()
    assert call("replay", "--allow-code", "out") == 1
    assert "; not recorded: code of your own\n" in capsys.readouterr().out


def test_a_package_offers_a_task_by_name(folder: Path) -> None:
    (folder / "my_tasks.py").write_text(code_of("tasks"), encoding="utf-8")
    install(folder, entry_point_of("tasks"), group="tasks")
    file = folder / "s.yaml"
    text = "nodes: {count: 3}\nscenario: {serial: {tasks: [come_and_go: 2, wait_idle]}}\n"
    file.write_text(text, encoding="utf-8")
    assert run_file(file).passed, "no option is needed"
    tasks = [{"come_and_go": 2}, "wait_idle"]
    jsonschema.validate(
        {"nodes": {"count": 3}, "scenario": {"serial": {"tasks": tasks}}}, json_schema()
    )
    file.write_text(text.replace("come_and_go", "come_and_goo"), encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=r"unknown task; did you mean come_and_go\?"):
        load(file)


def test_a_program_calls_the_same_functions(run: Run) -> None:
    report = run(code_of("tasks"), "own:come_and_go: {rounds: 4}", "wait_idle")
    come_and_go = sys.modules["own"].come_and_go
    net = Testnet(4, seed=report.seed)
    come_and_go(net, rounds=4)
    net.run_until_idle()
    assert net.digest == report.digest
    assert net.graph().number_of_edges() == report.testnet.graph().number_of_edges()


# -- waiting -----------------------------------------------------------------------------

WAITING = """
def joins(net):
    net.node(0).join(net.token, 100)
    net.node(1).join(net.token, 100)

def overlaps(net):
    calls = [node.join.begin(net.token, 100) for node in net.nodes[:2]]
    assert [call.done for call in calls] == [False, False]
    assert [call.result() for call in calls] == [None, None]
    assert calls[0].ended - calls[0].began < 60

def passes_time(net):
    began, block = net.now, net.block_number
    net.advance(seconds=7)
    assert net.now == began + 7
    net.advance(blocks=3)
    assert net.block_number == block + 3
    net.mint(2, 5)
    net.set_eth_balance(3, 10**18)
    net.run_until_idle()

def looks(net):
    assert net.node(1).deposits(net.token)

def raises_in_the_end(net):
    try:
        net.advance(blocks=1_000)
    finally:
        print("left")
"""


@pytest.mark.parametrize("task", ["joins", "overlaps"])
def test_calls_wait_for_their_answers(run: Run, task: str) -> None:
    report = run(WAITING, f"own:{task}", "own:looks", "wait_idle")
    assert report.failure is None
    assert report.tasks[1].ended_seconds == 30 if task == "joins" else 15


def test_time_passes_in_a_task(run: Run) -> None:
    assert run(WAITING, "own:passes_time").failure is None


def test_the_rest_of_the_scenario_goes_on_while_a_task_waits(run: Run) -> None:
    both = "parallel: {tasks: ['own:passes_time', 'own:joins', join_network: {from: 3, funds: 5}]}"
    report = run(WAITING, both)
    assert report.failure is None
    assert {task.started_seconds for task in report.tasks} == {0.0}
    ended = {task.kind: task.ended_seconds or 0.0 for task in report.tasks}
    assert ended["join_network"] < ended["own:joins"] < ended["own:passes_time"]


def test_a_task_that_waits_when_the_run_ends_is_left(run: Run, capsys: Captured) -> None:
    report = run(
        f"{WAITING}\ndef bad(view): return 5",  # which ends the run
        "parallel: {tasks: ['own:raises_in_the_end', 'own:joins']}",
        nodes="{count: 4, default_options: {strategy: 'own:bad'}}",
    )
    assert report.failure is not None
    status = {task.kind: task.status for task in report.tasks}
    assert status["own:raises_in_the_end"] == "unfinished"
    out, err = capsys.readouterr()
    assert (out, err) == ("left\n", "")


def test_what_the_world_calls_cannot_let_time_pass() -> None:
    net: Testnet

    def impatient(_: object) -> list[str]:
        net.advance(blocks=1)
        return []

    net = Testnet(2, strategies=[impatient])
    net.node(0).join(net.token, 10)
    with pytest.raises(Exception, match="called while time passes can't let time pass"):
        net.node(1).join(net.token, 10)


def test_the_same_seed_gives_the_same_history(run: Run) -> None:
    tasks = ("own:come_and_go: 3", "parallel: {tasks: ['own:come_and_go': 3, wait: 3]}")
    digests = [run(code_of("tasks"), *tasks).digest for _ in range(2)]
    assert digests[0] == digests[1]


def test_gas_is_booked_under_the_task_s_place(run: Run) -> None:
    report = run(WAITING, "own:joins")
    causes = {row.task for row in RunningTestnet(report.testnet).gas() if row.calls}
    assert "scenario.serial.tasks[0].own:joins" in causes


def test_streams_have_names() -> None:
    net = Testnet(2, seed=5)
    first, again, other = (net.stream(name).random() for name in ("a", "a", "b"))
    assert first == again != other
    assert Testnet(2, seed=6).stream("a").random() != first


# -- parameters --------------------------------------------------------------------------

PARAMETERS = """
def takes(net, count: int, share: float = 0.5, names: list[str] = (), token: str | None = None,
          anything=None, *, size: int = 1, text: str = "t", run: bool = True):
    print(count, share, names, token, anything, size, text, run)

def one(net, value):
    value.append(1)
    print(value)
"""


def test_parameters_are_given_by_name(run: Run, capsys: Captured) -> None:
    given = "{count: 3, share: 1e-3, names: [a], anything: {b: 1}, size: 2, run: false}"
    report = run(PARAMETERS, f"own:takes: {given}")
    assert report.failure is None
    assert capsys.readouterr().out == "3 0.001 ['a'] None {'b': 1} 2 t False\n"
    assert report.tasks[1].parameters.startswith("count 3, share 0.001, names ")


def test_each_call_has_values_of_its_own(run: Run, capsys: Captured) -> None:
    assert run(PARAMETERS, "serial: {repeat: 2, tasks: ['own:one': [7]]}").failure is None
    assert capsys.readouterr().out == "[7, 1]\n[7, 1]\n"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("own:takes: {count: 0100}", "takes.count: must be an integer, not '0100'; a leading"),
        ("own:takes: {count: 1.5}", "takes.count: must be an integer"),
        ("own:takes: {share: 1}", "takes.count: is missing"),
        ("own:takes: {count: 1, cuont: 1}", "takes.cuont: unknown key; did you mean count?"),
        ("own:takes: {count: 1, names: [1]}", "takes.names[0]: must be text, not 1"),
        ("own:takes: {count: 1, run: yes}", "takes.run: must be true or false"),
        ("own:takes: many", "takes.count: must be an integer, not 'many'"),
        ("own:three: 5", "own:three: must be a mapping"),
        ("own:one", "own:one.value: is missing"),
        ("own:two", "The task own:two can't be imported: AttributeError"),
        ("own:PARAMETER", "The task own:PARAMETER can't be called: it is of type int"),
        ("nowhere:two", "can't be imported: ModuleNotFoundError"),
        ("own:nothing", "own:nothing can't be used: its first parameter must take the testnet"),
        ("own:named", "own:named can't be used: its first parameter must take the testnet"),
        ("own:many", r"own:many can't be used: its parameter *rest can't be given by name"),
        ("own:words", r"own:words can't be used: its parameter **rest can't be given by name"),
        ("own:strange", "own:strange can't be used: PydanticSchemaGenerationError: "),
        ("own:lost", "own:lost can't be used: NameError: "),
        ("own: 3", "unknown task"),
    ],
)
def test_what_no_task_takes_is_a_mistake_of_the_file(folder: Path, task: str, message: str) -> None:
    code = f"""{PARAMETERS}
PARAMETER = 5
def three(net, x, y, z=0): pass
def nothing(): pass
def named(*, net): pass
def many(net, *rest): pass
def words(net, **rest): pass
class Strange: pass
def strange(net, x: Strange): pass
def lost(net, x: "Nowhere"): pass
"""
    with pytest.raises(ScenarioInvalid) as caught:
        load(write(folder, code, task, task), allow_code=True)
    lines = str(caught.value).splitlines()
    assert message in lines[0]
    assert "s.yaml:5: scenario.serial.tasks[0]." in lines[0]
    assert "s.yaml:6: scenario.serial.tasks[1]." in lines[-1], "each is told at its own place"


# -- failures ----------------------------------------------------------------------------

WRONG = """
def helper(net):
    assert net.now == 5

def plain(net): helper(net)
def message(net): assert not net.nodes, "there are\\n nodes"
def divides(net): 1 / 0
def refused(net): net.node(0).join(net.token, 10**40)
def caught(net):
    try:
        net.node(0).join(net.token, 10**40)
    except Exception as error:
        assert "funds" in str(error)
def exits(net): raise SystemExit(3)
def returns(net): return False
async def later(net): pass
def yields(net): yield 3
"""


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("plain", "assert net.now == 5 (own.py, line 3)"),
        ("message", r"there are\n nodes (own.py, line 6)"),
        ("divides", "The task own:divides failed: it raised ZeroDivisionError: division by zero"),
        ("refused", "(own.py, line 8)"),
        ("exits", "The task own:exits failed: it raised SystemExit: 3 (own.py, line 14)"),
        ("returns", "it returned a 'bool', but a task is a plain function that asserts and"),
        ("later", "it returned a 'coroutine', but"),
        ("yields", "it returned a 'generator', but"),
    ],
)
def test_what_a_task_does_wrong_is_told_in_a_sentence(run: Run, task: str, message: str) -> None:
    report = run(WRONG, f"own:{task}", "wait: 1")
    assert report.outcome == "failed"
    assert report.failure is not None
    assert report.failure.path == f"scenario.serial.tasks[0].own:{task}"
    assert report.failure.line == 5
    assert message in report.failure.message
    assert "wait" not in [task.kind for task in report.tasks]


def test_an_error_that_a_task_catches_is_none(run: Run) -> None:
    assert run(WRONG, "own:caught", "wait: 1").passed


def test_a_failing_task_fails_its_file_only(folder: Path, capsys: Captured) -> None:
    file = write(folder, WRONG, "own:divides")
    fine = folder / "fine.yaml"
    fine.write_text("nodes: {count: 1}\nscenario: {wait: 1}\n", encoding="utf-8")
    assert call("run", "--allow-code", file, fine) == 1
    out, err = capsys.readouterr()
    assert "it raised ZeroDivisionError" in out
    assert "PASSED" in out
    assert "Traceback" not in out + err


def test_what_follows_a_task_s_reference_is_plain_text_for_the_schema() -> None:
    def valid(task: Any) -> bool:
        document = {"nodes": {"count": 3}, "scenario": {"serial": {"tasks": [task]}}}
        return not list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document))

    assert valid("my.module:task")
    assert valid({"my_module:Tasks.task": {"any": ["thing"]}})
    assert not valid("my_task")
    assert not valid({"my_task": 3})
