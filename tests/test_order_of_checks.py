"""HTTP, scenario tasks and the Python API check a call in one order, whatever is wrong at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path

import pytest

from simulator import RunningTestnet, SimulatorError
from simulator.node.dialects import Dialect
from simulator.scenario.run.runner import run_file
from simulator.testnet.simulation import Simulation
from simulator.words.statuses import ApiCall, status_of
from tests.api.live import Live
from tests.scenarios.writing import write

WALLET = 1_000
ASKED, OTHER_DIALECT = 2, 3
"""The node that is asked, and one whose API has no joining; two others take part."""
JOINS_NOT = next(dialect for dialect in Dialect if not dialect.offers_joining)
JOINS = next(dialect for dialect in Dialect if dialect.offers_joining)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a join."""

    dialect: bool
    stopped: bool
    address: bool
    body: bool
    meaning: bool
    eth: bool

    @property
    def node(self) -> int:
        return OTHER_DIALECT if self.dialect else ASKED

    @property
    def funds(self) -> int:
        return 0 if self.body else WALLET + 1 if self.meaning else 100

    def token(self, token: str) -> str:
        return token.lower() if self.address else token

    @property
    def status(self) -> int:
        """What the node answers: the first thing that is wrong, in Raiden's order."""
        statuses = (405, 503, 404, 409, 409, 402)
        wrong = zip(astuple(self), statuses, strict=True)
        return next((status for is_wrong, status in wrong if is_wrong), 204)


CASES = sorted(
    (Wrong(*flags) for flags in product((False, True), repeat=6)), key=lambda case: -case.status
)
"""All of them; what succeeds, and so changes the world, comes last."""
assert CASES[-1].status == 204


def world() -> Simulation:
    simulation = Simulation(
        4,
        seed=1,
        engine="model",
        token_balance=WALLET,
        dialects=(JOINS, JOINS, JOINS, JOINS_NOT),
    )
    net = RunningTestnet(simulation)
    for index in range(2):
        net.node(index).join(net.token, funds=100)
    net.run_until_idle()
    return simulation


def prepare(net: RunningTestnet, case: Wrong) -> None:
    net.set_eth_balance(case.node, 0 if case.eth else 10**20)
    if case.stopped:
        net.node(case.node).stop()


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with Live(world()) as served:
        yield served


@pytest.fixture(scope="module")
def net() -> RunningTestnet:
    return RunningTestnet(world())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_http(live: Live, case: Wrong) -> None:
    wei = "0" if case.eth else str(10**20)
    live.control("PUT", f"/nodes/{case.node}/eth", {"wei": wei})
    if case.stopped:
        live.control("POST", f"/nodes/{case.node}/stop")
    path = f"/connections/{case.token(live.token)}"
    answer = live.request(case.node, "PUT", path, {"funds": case.funds})
    live.control("POST", f"/nodes/{case.node}/start")
    assert answer.status_code == case.status


@pytest.mark.parametrize("case", CASES, ids=str)
def test_python(net: RunningTestnet, case: Wrong) -> None:
    prepare(net, case)
    digest = net.digest
    call = net.node(case.node).join.begin(case.token(net.token), funds=case.funds)
    with suppress(SimulatorError):
        call.result()
    status = 204 if call.error is None else status_of(ApiCall.JOIN, call.error)
    assert status == case.status
    assert (net.digest == digest) == (status != 204)
    net.node(case.node).start()


@pytest.mark.parametrize("case", [case for case in CASES if not case.address], ids=str)
def test_scenario(case: Wrong, tmp_path: Path) -> None:
    stop = f"      - stop_node: {case.node}\n" if case.stopped else ""
    join = f"from: {case.node}, funds: {case.funds}, expected_http_status: {case.status}"
    text = f"""\
token: {{balance_fund: {WALLET}}}
chain: {{engine: model}}
nodes:
  count: 4
  node_options:
    {OTHER_DIALECT}: {{dialect: {JOINS_NOT}}}
scenario:
  serial:
    tasks:
      - join_network: {{from: 0, funds: 100}}
      - join_network: {{from: 1, funds: 100}}
      - set_eth: {{node: {case.node}, wei: {0 if case.eth else 10**20}}}
{stop}      - join_network: {{{join}}}
"""
    report = run_file(write(tmp_path, text))
    assert report.failure is None
