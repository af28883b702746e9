"""Payments and amounts from a CSV."""

from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from tests.scenarios.writing import text_of, write

OPENED = "open_channel: {from: 0, to: 1, total_deposit: 50}"
PAYMENTS = "seconds,from,to,amount\n30,0,1,5\n\n0.5,0,1,7\n"
WORKLOAD: dict[str, Any] = {"payments": 30, "arrivals": {"per_second": 1}}


def test_payments_of_a_file_are_made_at_their_times(tmp_path: Path) -> None:
    write(tmp_path, PAYMENTS, "payments.csv")
    file = write(tmp_path, text_of(OPENED, "workload: {file: payments.csv}"))
    report = run(load(file))
    assert report.failure is None
    (workload,) = report.world.workloads
    rows = list(workload.rows.tuples("", report.tasks[-1].started_seconds + report.zero_seconds))
    assert [row[1:6] for row in rows] == [(0.5, 0, 1, 7, "succeeded"), (30, 0, 1, 5, "succeeded")]


@pytest.mark.parametrize("amount", ["amount", "amount(millisat)"])
def test_payments_of_cloth_are_taken_as_they_are(amount: str, tmp_path: Path) -> None:
    text = f"id,sender_id,receiver_id,{amount},start_time\n0,0,1,7,500\n1,2,1,5,2500\n"
    file = write(tmp_path, text, "payments.csv")
    pending = Testnet(3, engine="model").workload(file=str(file))
    pending.result()
    found = [
        [row[key] for key in ("started_seconds", "from", "to", "amount")] for row in pending.rows()
    ]
    assert found == [[0.5, 0, 1, 7], [2.5, 2, 1, 5]]


def test_amounts_of_a_file_are_drawn_from_it(tmp_path: Path) -> None:
    file = write(tmp_path, "when;Tokens\n1;3\n2;3\n3;900\n", "amounts.csv")
    net = Testnet(3, engine="model")
    amounts = {"type": "file", "file": str(file), "column": "tokens"}
    pending = net.workload(**WORKLOAD, amounts=amounts)
    pending.result()
    drawn = [row["amount"] for row in pending.rows()]
    assert {*drawn} == {3, 900}
    assert drawn.count(3) > drawn.count(900)


def test_what_a_file_says_is_part_of_what_a_scenario_says(tmp_path: Path) -> None:
    """Or a golden would not be told from one of other payments."""
    file = write(tmp_path, text_of("workload: {file: payments.csv}"))
    found = set()
    for text in (PAYMENTS, PAYMENTS.replace("30", "31")):
        write(tmp_path, text, "payments.csv")
        found.add(load(file).content)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seconds,from,to\n1,0,1\n", "row 1: no column is called amount, but seconds, from, to"),
        ("seconds,from,to,amount\n1,0,3,5\n", "row 2: there is no node 3: nodes are 0 to 2"),
        ("seconds,from,to,amount\n1,0,0,5\n", "row 2: node 0 would pay itself"),
        ("seconds,from,to,amount\n1,0,1,0\n", "amount must be a whole number from 1, not '0'"),
        ("seconds,from,to,amount\n1,0,1,1e3\n", "amount must be a whole number from 1, not '1e3'"),
        ("seconds,from,to,amount\n1,0,1,-3\n", "amount must be a whole number from 1, not '-3'"),
        ("seconds,from,to,amount\n-1,0,1,3\n", "row 2: seconds must be a number within 0 to"),
        ("seconds,from,to,amount\nnan,0,1,3\n", "row 2: seconds must be a number within 0 to"),
        ("seconds,from,to,amount\n1,a,1,3\n", "row 2: from must be a node's number, not 'a'"),
        ("seconds,from,to,amount\n1,0,1\n", "row 2 has 3 columns, but the first 4"),
        ("seconds,from,to,amount\n", "must have 1 to 1000000 rows below its header"),
        ("", "must have 1 to 1000000 rows below its header"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_row(
    text: str, told: str, tmp_path: Path
) -> None:
    write(tmp_path, text, "payments.csv")
    with pytest.raises(ScenarioInvalid) as caught:
        load(write(tmp_path, text_of("workload: {file: payments.csv}")))
    assert told in str(caught.value)
    assert "workload.file: " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    amounts = {"type": "file", "file": str(tmp_path / "none.csv")}
    with pytest.raises(ConfigurationError, match=r"workload.amounts.file: .*No such file"):
        Testnet(3, engine="model").workload(**WORKLOAD, amounts=amounts)
