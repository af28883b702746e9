"""A study leaves tidy tables."""

import json
from pathlib import Path

import pytest
from pyarrow import parquet

from simulator import Study
from tests.studies.writing import SMALL, call, run, table, write

FACTORS = (
    SMALL
    + """\
factors: {growth.initial_channel_target: [1, 2], growth.joinable_funds_target: [0, 0.5]}
strategies: [random, lowest_degree]
replications: 2
series: {every_seconds: 120, measures: [channels, online]}
"""
)


def test_each_run_is_a_row_with_its_factors_and_measures(tmp_path: Path) -> None:
    rows = table(run(tmp_path, FACTORS) / "runs.csv")
    assert len(rows) == 2 * 2 * 2 * 2
    assert len({row["run"] for row in rows}) == len(rows)
    factors = ("growth.initial_channel_target", "growth.joinable_funds_target", "strategy")
    points = {tuple(row[name] for name in (*factors, "replication")) for row in rows}
    assert len(points) == len(rows)
    assert ("2", "0.5", "lowest_degree", "1") in points
    for row in rows:
        assert row["outcome"] == "passed"
        assert row["error"] == row["command"] == ""
        assert len(row["digest"]) == 64
        assert row["joins"] == "6"
    assert [row["run"] for row in rows] == sorted(row["run"] for row in rows)


def test_a_series_has_a_row_for_each_run_time_and_measure(tmp_path: Path) -> None:
    out = run(tmp_path, FACTORS)
    runs = {row["run"]: row for row in table(out / "runs.csv")}
    series = table(out / "series.csv")
    assert {row["run"] for row in series} == runs.keys()
    assert {row["metric"] for row in series} == {"channels", "online"}
    for run_key, row in runs.items():
        values = [
            (float(point["time"]), point["value"])
            for point in series
            if point["run"] == run_key and point["metric"] == "channels"
        ]
        times = [time for time, _ in values]
        assert times == [120.0 * number for number in range(len(times))]
        counts = [float(value) for _, value in values]
        assert counts == sorted(counts)  # here, nobody leaves
        assert counts[-1] <= float(row["channels"])


def test_parquet_has_the_same_rows_with_types(tmp_path: Path) -> None:
    file = write(tmp_path, FACTORS)
    assert call("run", file, "--jobs", "1", "--out", tmp_path / "csv") == 0
    study = Study.load(file)
    results = study.run(tmp_path / "parquet", parquet=True)
    assert results.runs == study.run(tmp_path / "csv").runs
    assert results.series == study.run(tmp_path / "csv").series
    found = parquet.read_table(tmp_path / "parquet" / "runs.parquet")  # one line, as with pandas
    types = {field.name: str(field.type) for field in found.schema}
    assert types == {
        "run": "string",
        "growth.initial_channel_target": "int64",
        "growth.joinable_funds_target": "double",
        "strategy": "string",
        "replication": "int64",
        "seed": "int64",
        **dict.fromkeys(("outcome", "error", "command", "digest"), "string"),
        **dict.fromkeys(("channels", "components", "joins"), "int64"),
    }
    said = json.loads((tmp_path / "parquet" / "manifest.json").read_text())
    assert said["tables"]["runs.parquet"] == types


def test_the_manifest_has_the_study_and_the_versions(tmp_path: Path) -> None:
    said = json.loads((run(tmp_path, FACTORS) / "manifest.json").read_text())
    assert said["study"]["factors"]["growth.initial_channel_target"] == [1, 2]
    assert said["factors"][-1] == "strategy"
    assert {"simulator", "commit", "sources", "python", "networkx"} <= said["versions"].keys()
    assert (said["points"], said["replications"], said["runs"], said["failed"]) == (8, 2, 16, 0)


def test_what_differs_from_one_execution_to_the_next_is_in_a_table_of_its_own(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, SMALL + "replications: 3\n")
    for name in ("one", "other"):
        assert call("run", file, "--jobs", "1", "--out", tmp_path / name) == 0
    for name in ("runs.csv", "manifest.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    executions = table(tmp_path / "one" / "executions.csv")
    assert len(executions) == 3
    assert set(executions[0]) == {"run", "wall_seconds", "host", "process"}
    assert all(float(row["wall_seconds"]) > 0 for row in executions)


def test_the_command_shows_means_with_intervals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(tmp_path, FACTORS)
    told = capsys.readouterr().out
    assert "16 runs, 0 failed" in told
    assert call("show", out) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-4:] == ["runs", "channels", "components", "joins"]
    assert len(lines) == 1 + 8
    assert lines[1].split()[-3:] == ["6", "±", "0"]
    assert all(line.strip() in told for line in lines)


def test_a_scenario_file_is_run_with_variables_of_its_template(tmp_path: Path) -> None:
    write(
        tmp_path,
        "nodes: {count: {{ size }}}\nchain: {engine: model}\n"
        "scenario:\n  serial:\n    tasks:\n      - join_network: {nodes: all, funds: 100}\n",
        "base.yaml",
    )
    text = "scenario: base.yaml\nfactors: {size: [3, 5]}\nmeasures: [nodes, joins]\n"
    rows = table(run(tmp_path, text + "strategies: [random, highest_degree]\n") / "runs.csv")
    found = {(row["size"], row["strategy"], row["joins"]) for row in rows}
    assert found == {(n, s, n) for n in ("3", "5") for s in ("random", "highest_degree")}
