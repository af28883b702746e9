"""Scenario files for tests."""

from pathlib import Path

from simulator.scenario.language.scenario import Scenario, load
from simulator.scenario.run.runner import FinishedRun, run

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))

HEAD = """\
version: 2
token: {{balance_fund: {tokens}}}
nodes: {{count: {nodes}}}
chain: {{engine: {engine}, settle_timeout_blocks: 10}}
scenario:
  serial:
    tasks:
"""


def text_of(*tasks: str, nodes: int = 3, tokens: int = 100, engine: str = "model") -> str:
    """Return a file with tasks, one for each line.

    All engines tell one story; the model tells it soonest, in programs that are started, too.
    """
    lines = "".join(f"      - {task}\n" for task in tasks)
    return HEAD.format(nodes=nodes, tokens=tokens, engine=engine) + lines


def write(folder: Path, text: str, name: str = "test.yaml") -> Path:
    """Write a file."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def scenario_of(folder: Path, *tasks: str, nodes: int = 3, tokens: int = 100) -> Scenario:
    """Return a scenario of tasks."""
    return load(write(folder, text_of(*tasks, nodes=nodes, tokens=tokens)))


def run_tasks(folder: Path, *tasks: str, nodes: int = 3, tokens: int = 100) -> FinishedRun:
    """Run tasks one after the other."""
    return run(scenario_of(folder, *tasks, nodes=nodes, tokens=tokens))


def failure_of(report: FinishedRun) -> str:
    """Return why a run failed."""
    assert report.failure is not None
    return str(report.failure)
