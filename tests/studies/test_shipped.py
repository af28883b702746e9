"""The studies that are shipped find, when they are made smaller, what docs/findings.md tells."""

import re
from collections.abc import Mapping
from pathlib import Path
from statistics import variance
from typing import Any

import pytest
import yaml

from simulator import Study, study
from simulator.studies.results import Results

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "studies"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")


def smaller(folder: Path, name: str, **other: Any) -> Results:
    """Run a shipped study with other sections."""
    sections = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return study(**{**sections, **other}).run(folder)


def by_value(results: Results, measure: str, factor: str) -> dict[Any, float]:
    """Return means by a factor."""
    return {
        found.point[factor]: found.interval.estimate
        for found in results.means(measure, by=[factor])
    }


@pytest.fixture(scope="module")
def partners(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return smaller(
        tmp_path_factory.mktemp("partners"),
        "which_partner",
        chain={"engine": "model"},
        nodes={"count": 60},
        factors={"growth.offline": [0, 0.2]},
        replications=4,
    )


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Results:
    factors = {"growth.initial_channel_target": [1, 3, 6], "growth.every_seconds": [60, 1200]}
    return smaller(
        tmp_path_factory.mktemp("peers"),
        "too_few_peers",
        nodes={"count": 40},
        factors=factors,
        replications=10,
    )


@pytest.fixture(scope="module")
def jammed(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return smaller(
        tmp_path_factory.mktemp("jammed"),
        "jamming",
        scenario=str(ROOT / "scenarios" / "jamming.yaml"),
        factors={"attackers": [0, 2]},
        replications=1,
    )


@pytest.fixture(scope="module")
def payers(tmp_path_factory: pytest.TempPathFactory) -> Results:
    sections = yaml.safe_load((FOLDER / "partner_payments.yaml").read_text("utf-8"))
    return smaller(
        tmp_path_factory.mktemp("payers"),
        "partner_payments",
        nodes={**sections["nodes"], "count": 20},
        workload={**sections["workload"], "payments": 60},
        factors={"workload.amounts.amount": [1000, 5000]},
        strategies=["random", "highest_degree", "lowest_degree"],
        replications=1,
    )


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Results:
    sections = yaml.safe_load((FOLDER / "imbalance_fees.yaml").read_text("utf-8"))
    amounts = sections["factors"]["workload.amounts.amount"]
    return smaller(
        tmp_path_factory.mktemp("balanced"),
        "imbalance_fees",
        nodes={**sections["nodes"], "count": 25},
        workload={**sections["workload"], "payments": 60},
        factors={**sections["factors"], "workload.amounts.amount": [amounts[0], amounts[-1]]},
        replications=1,
    )


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_study_is_told_of_with_its_command_and_its_figures(file: Path) -> None:
    found = Study.load(file)
    assert f"## {found.name}" in PAGE
    assert f"simulator study run examples/studies/{file.name}" in PAGE
    assert f"`simulator study run examples/studies/{file.name}`" in file.read_text("utf-8")


def test_the_page_shows_the_figures_that_the_studies_draw(
    partners: Results, peers: Results, jammed: Results, payers: Results, balanced: Results
) -> None:
    studies = {
        "which_partner": partners,
        "too_few_peers": peers,
        "jamming": jammed,
        "partner_payments": payers,
        "imbalance_fees": balanced,
    }
    drawn = {
        f"figures/{name}/{figure.name}.svg"
        for name, results in studies.items()
        for figure in results.figures()
    }
    shown = re.findall(r"!\[[^\]]+\]\((.*?)\)", PAGE)
    assert sorted(shown) == sorted(drawn)
    there = (ROOT / "docs" / "figures").rglob("*.*")
    sizes = {file.relative_to(ROOT / "docs").as_posix(): file.stat().st_size for file in there}
    assert sizes.keys() == drawn
    assert sum(sizes.values()) < 750_000


def test_hubs_make_paths_short_and_networks_fragile(partners: Results) -> None:
    quiet = partners.where({"growth.offline": 0.0})
    diameter = by_value(quiet, "longest_path", "strategy")
    assert diameter["highest_degree"] == 2
    assert diameter["highest_degree"] < diameter["random"] < diameter["lowest_degree"]
    paths = by_value(quiet, "mean_path", "strategy")
    assert paths["highest_degree"] < 2 < paths["random"] < paths["lowest_degree"]
    spread = by_value(quiet, "degree_gini", "strategy")
    assert spread["lowest_degree"] < 0.1 < spread["k_center"] < spread["random"]
    assert spread["random"] < spread["preferential"] < spread["highest_degree"]
    left = by_value(quiet, "giant_without_hubs", "strategy")
    assert left["highest_degree"] < 0.05
    assert left["random"] > 0.95
    assert left["lowest_degree"] == 1
    assert by_value(quiet, "giant", "strategy")["random"] == 1


def test_tokens_wait_where_nobody_opens_channels(partners: Results) -> None:
    waiting = by_value(partners.where({"growth.offline": 0.0}), "unplaced_tokens", "strategy")
    order = ["lowest_degree", "k_center", "random", "preferential", "highest_degree"]
    assert sorted(waiting.keys() & set(order), key=lambda name: waiting[name]) == order


def test_channels_are_missing_longer_the_more_are_wanted_and_the_fewer_come(
    peers: Results,
) -> None:
    seconds: Mapping[tuple[int, float], float] = {
        (found.point["growth.initial_channel_target"], found.point["growth.every_seconds"]): (
            found.interval.estimate
        )
        for found in peers.means("missing_seconds")
    }
    assert 75 < seconds[1, 60] < seconds[3, 60] < seconds[6, 60] < 110  # six blocks, as ever
    assert seconds[1, 1200] < seconds[3, 1200] < seconds[6, 1200]
    assert seconds[6, 1200] > 2 * seconds[6, 60]
    waiting = by_value(peers, "unplaced_tokens", "growth.initial_channel_target")
    assert 1000 * 0.1 < waiting[6] < waiting[3] < waiting[1] < 1000 * 0.3


@pytest.mark.parametrize("every_seconds", [60, 1200])
@pytest.mark.parametrize("targets", [(3, 1), (6, 3)])
def test_paired_differences_vary_less_than_unpaired_ones(
    targets: tuple[int, int], every_seconds: int, peers: Results
) -> None:
    ones, others = (
        [
            row["unplaced_tokens"]
            for row in sorted(peers.runs, key=lambda row: row["replication"])
            if row["growth.initial_channel_target"] == target
            and row["growth.every_seconds"] == every_seconds
        ]
        for target in targets
    )
    paired = variance([one - other for one, other in zip(ones, others, strict=True)])
    assert paired < variance(ones) + variance(others)


def test_an_attack_takes_success_from_users_and_fees_from_the_hub(jammed: Results) -> None:
    success = by_value(jammed, "success_rate", "attackers")
    assert success[0] == 1
    assert success[2] < 0.8
    (lost,) = jammed.differences("mediator_fees", "attackers", base=0)
    fees = by_value(jammed, "mediator_fees", "attackers")
    assert -fees[0] < lost.interval.estimate == fees[2] - fees[0] < -0.2 * fees[0]
    held = by_value(jammed, "held_token_blocks", "attackers")
    assert held[0] == 0
    assert held[2] > 2 * 160 * 2 * 99
    gas = by_value(jammed, "held_gas", "attackers")
    assert gas[0] == 0
    assert 2 * 150_000 < gas[2] < 2 * 250_000  # to approve, and to open a channel, each


def test_hubs_that_can_pay_nobody_let_payments_fail(payers: Results) -> None:
    success = by_value(payers, "success_rate", "strategy")
    assert success["highest_degree"] < success["random"] < success["lowest_degree"]
    hops = by_value(payers, "payment_hops", "strategy")
    assert hops["random"] < hops["lowest_degree"]
    gas = by_value(payers, "gas_per_paid_token", "strategy")
    assert gas["highest_degree"] > gas["random"]


def test_fees_for_imbalance_make_ways_longer_and_dearer(balanced: Results) -> None:
    name = "nodes.default_options.proportional-imbalance-fee"
    for measure in ("payment_hops", "fees_of_amount"):
        (difference,) = balanced.differences(measure, name, base=0, by=[name])
        assert difference.interval.estimate > 0
    success = by_value(balanced, "success_rate", "workload.amounts.amount")
    small, large = success.values()
    assert small > large
