"""Scenarios whose goldens are tested, and a rule that is another one."""

from pathlib import Path

from msgspec.structs import replace

from simulator.node.plan import Facts, OpenWithDeposit, Plan, plan
from simulator.reports.golden import text_of
from simulator.scenario.run.runner import run_file
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write

THREE = ("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}", "wait_idle:")
JOINS = file_of(*THREE)


def lines_of(folder: Path, text: str) -> list[str]:
    """Return the golden of a scenario that passes."""
    report = run_file(write(folder, text))
    assert report.failure is None
    return text_of(report)


def stingy(facts: Facts) -> Plan:
    """Plan one token less in each deposit."""
    made = plan(facts)
    actions = tuple(
        replace(action, deposit=action.deposit - 1)
        if isinstance(action, OpenWithDeposit) and action.deposit
        else action
        for action in made.actions
    )
    return replace(made, actions=actions)
