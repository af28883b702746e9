"""Workloads that can't be: each is refused with a sentence that names the place and the remedy."""

from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.language.scenario import load
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, InvalidRequest, ScenarioInvalid
from tests.scenarios.writing import run_tasks, text_of, write

WHEN = "arrivals: {per_second: 1}"
HOW_MUCH = "amounts: {least: 1, most: 2}"
PAYMENTS: dict[str, Any] = {
    "payments": 3,
    "arrivals": {"per_second": 1},
    "amounts": {"least": 1, "most": 2},
}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f"payments: 1, {HOW_MUCH}", "workload.arrivals: is missing, and there is neither"),
        (f"payments: 1, {WHEN}", "workload.amounts: is missing"),
        (f"{WHEN}, {HOW_MUCH}", "workload.payments: is missing: payments or seconds must say"),
        (f"payments: 0, {WHEN}, {HOW_MUCH}", "workload.payments: must be at least 1, not 0"),
        (f"payments: 10000001, {WHEN}, {HOW_MUCH}", "must be at most 10000000, not 10000001"),
        (f"seconds: 0, {WHEN}, {HOW_MUCH}", "workload.seconds: must be more than 0, not 0"),
        (f"payments: 1, arrivals: {{}}, {HOW_MUCH}", "arrivals.per_second: is missing"),
        (f"payments: 1, arrivals: 5, {HOW_MUCH}", "arrivals: must be a mapping"),
        (
            f"payments: 1, arrivals: {{type: poison, per_second: 1}}, {HOW_MUCH}",
            "arrivals.type: must be 'poisson', 'constant' or 'listed', not 'poison'",
        ),
        (
            f"payments: 1, arrivals: {{per_sec: 1}}, {HOW_MUCH}",
            "arrivals.per_sec: unknown key; did you mean per_second?",
        ),
        (
            f"payments: 1, arrivals: {{type: listed, seconds: [-1]}}, {HOW_MUCH}",
            "arrivals.seconds[0]: must be at least 0",
        ),
        (
            f"payments: 1, arrivals: {{type: listed, seconds: [1], per_second: 2}}, {HOW_MUCH}",
            "arrivals.per_second: says nothing about arrivals of type listed",
        ),
        (
            f"payments: 1, {WHEN}, amounts: {{least: 3, most: 2}}",
            "amounts.least: is more than most, which is 2",
        ),
        (
            f"payments: 1, {WHEN}, amounts: {{type: fixed, amount: 0}}",
            "amounts.amount: must be at least 1, not 0",
        ),
        (
            f"payments: 1, {WHEN}, amounts: {{type: lognormal, median: 5}}",
            "amounts.spread: is missing: amounts of type lognormal need it",
        ),
        (
            f"payments: 1, {WHEN}, {HOW_MUCH}, pairs: {{type: listed, pairs: [[1, 1]]}}",
            "pairs.pairs[0]: is a node that would pay itself",
        ),
        (
            f"payments: 1, {WHEN}, {HOW_MUCH}, pairs: {{type: listed, pairs: [[0, 3]]}}",
            "there is no node 3: nodes are 0 to 2",
        ),
        (f"payments: 1, {WHEN}, {HOW_MUCH}, pairs: {{payers: [0, 0]}}", "names a node twice"),
        (
            f"payments: 1, {WHEN}, {HOW_MUCH}, pairs: {{payers: []}}",
            "pairs.payers: must have at least 1, not 0",
        ),
        (f"name: '', payments: 1, {WHEN}, {HOW_MUCH}", "workload.name: must not be empty"),
        (
            f"payments: 1, {WHEN}, activity: {{expected_amount: 5}}",
            "workload.arrivals: says nothing, since activity says it",
        ),
        (
            "payments: 1, activity: {expected_amount: 5}, file: x.csv",
            "workload.file: says the same as activity: give one of them",
        ),
    ],
)
def test_a_file_that_says_it_is_refused(given: str, told: str, tmp_path: Path) -> None:
    write(tmp_path, "seconds,from,to,amount\n1,0,1,1\n", "x.csv")
    with pytest.raises(ScenarioInvalid) as caught:
        load(write(tmp_path, text_of(f"workload: {{{given}}}")))
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "workload.arrivals: is missing"),
        ({**PAYMENTS, "payments": None}, "payments or seconds must say when it ends"),
        ({**PAYMENTS, "payments": "3"}, "workload.payments: must be an integer, not '3'"),
        ({**PAYMENTS, "amounts": {"least": True}}, "workload.amounts.least: must be an integer"),
        ({**PAYMENTS, "pairs": {"type": "degree"}}, "there is no node with something in its"),
        ({**PAYMENTS, "pairs": {"payers": [0], "payees": [0]}}, "payees: is the only node that"),
        ({**PAYMENTS, "pairs": {"type": "hubs", "hubs": 3}}, "there is no node that could pay"),
        ({"payments": 1, "activity": {"expected_amount": 5}}, "needs two nodes with at least 20"),
    ],
)
def test_a_program_that_says_it_is_told_why(given: dict[str, Any], told: str) -> None:
    net = Testnet(3, engine="model")
    with pytest.raises(ConfigurationError) as caught:
        net.workload(**given)
    assert told in str(caught.value)


def test_two_workloads_have_two_names(tmp_path: Path) -> None:
    net = Testnet(3, engine="model")
    net.workload(name="retail", **PAYMENTS)
    with pytest.raises(InvalidRequest, match="another workload is called 'retail'"):
        net.workload(name="retail", **PAYMENTS)
    given = f"workload: {{name: retail, payments: 1, {WHEN}, {HOW_MUCH}}}"
    report = run_tasks(tmp_path, given, given)
    assert report.failure is not None
    assert "another workload is called 'retail'" in report.failure.message
