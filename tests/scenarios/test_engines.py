"""Every engine tells the same stories."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.chain.engines import ENGINES
from simulator.evm.registry import DEFAULT_ENGINE, FULL_ENGINE, INTERPRETED_ENGINE
from simulator.evm.translator.source import sources_of
from simulator.node.settings import Settings
from simulator.reports.golden import compare
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ScenarioInvalid
from tests.evm.engines import needs_revm
from tests.scenarios.writing import SHIPPED, text_of, write

GOLDENS = Path(__file__).parents[2] / "scenarios" / "golden"
OTHERS = [
    pytest.param(engine, marks=needs_revm if engine == "revm" else ())
    for engine in ENGINES
    if engine != DEFAULT_ENGINE
]

QUICK = {"too_few_peers", "out_of_eth", "crashed_node", "everything_goes_wrong"}
"""What the engines that are slow are asked for as well by day."""


def marks_of(engine: str, file: Path) -> list[pytest.MarkDecorator]:
    """Return where and when a file runs on an engine."""
    if engine in {FULL_ENGINE, INTERPRETED_ENGINE} and file.stem not in QUICK:
        return [pytest.mark.nightly]
    return [needs_revm] if engine == "revm" else []


@pytest.mark.parametrize(
    ("engine", "file"),
    [
        pytest.param(
            *(engine, file),
            marks=marks_of(engine, file),
            id=f"{engine}-{file.stem}",
        )
        for engine in ENGINES
        if engine != DEFAULT_ENGINE
        for file in SHIPPED
    ],
)
def test_shipped_scenarios_give_their_goldens(engine: str, file: Path) -> None:
    report = run(replace(load(file), engine=engine))
    assert report.passed, report.failure
    assert compare(report, GOLDENS / f"{file.stem}.golden") is None


@pytest.mark.parametrize("engine", OTHERS)
def test_the_last_block_is_the_same_for_the_same_engine(engine: str) -> None:
    """A second world starts from the kept set-up of the first, and of no other engine."""
    scenario = load(SHIPPED[0])
    first = run(replace(scenario, engine=engine))
    run(scenario)
    assert (
        run(replace(scenario, engine=engine)).world.last_block_hash == first.world.last_block_hash
    )


def crowded(engine: str) -> str:
    """Let more nodes join and leave at once than slots have room for; return the digest."""
    net = Testnet(8, settings=Settings(settle_timeout_blocks=20), engine=engine)
    net._simulation.ledger.slot_gas = 700_000  # what four calls may use
    for call in [net.node(index).join.begin(net.token, 100) for index in range(8)]:
        call.result()
    net.run_until_idle()
    before = net.block_number
    for leaving in [net.node(index).leave.begin(net.token) for index in range(8)]:
        leaving.result()
    assert net.block_number - before > 20 + 5
    return net.digest


@pytest.mark.parametrize("engine", OTHERS)
def test_full_slots_hold_the_same_calls(engine: str) -> None:
    """Though gas differs a little between the model and the contracts."""
    assert crowded(engine) == crowded(DEFAULT_ENGINE)


def test_the_translator_changes_neither_digest_nor_gas() -> None:
    """It can be switched off, and what it has made of the contracts can be read."""
    told = []
    for engine in (DEFAULT_ENGINE, INTERPRETED_ENGINE):
        net = Testnet(40, engine=engine, settings=Settings(settle_timeout_blocks=20))
        for call in [node.join.begin(net.token, 100) for node in net.nodes]:
            call.result()
        for leaving in [node.leave.begin(net.token) for node in net.nodes]:
            leaving.result()
        net.run_until_idle()
        told.append((net.digest, net.gas(), net.web3.eth.get_block("latest")["hash"]))
        (network,) = net._simulation.world.networks.values()
        code = bytes(net.web3.eth.get_code(network.address))
    assert told[0] == told[1]
    assert len(sources_of(code)) > 10


def test_a_file_names_its_engine(tmp_path: Path) -> None:
    text = text_of("join_network: {from: 0, funds: 50}", engine="revm")
    assert run(load(write(tmp_path, text))).testnet.ledger.engine == "revm"


def test_contracts_have_room_for_fewer_nodes(tmp_path: Path) -> None:
    text = text_of("wait: 1", nodes=10_001, engine="pyevm")
    with pytest.raises(ScenarioInvalid, match=r"nodes\.count: must be at most 10000 on"):
        load(write(tmp_path, text))
    load(write(tmp_path, text.replace("pyevm", "model")))
