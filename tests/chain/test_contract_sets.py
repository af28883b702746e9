"""Other contracts than the package's own, from a file in the format of raiden-contracts."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from simulator.chain.abi import load as load_ours
from simulator.chain.contract_sets import NAMES, read
from simulator.node.dialects import Dialect
from simulator.replay.again import replay
from simulator.reports.folder import write as write_report
from simulator.reports.golden import compare
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from tests.contracts.rivals import published_file
from tests.marks import nightly
from tests.payments.worlds import chain_of
from tests.scenarios.test_engines import GOLDENS, QUICK
from tests.scenarios.writing import SHIPPED, write
from tests.test_cli import call

Contracts = dict[str, Any]


def ours() -> Contracts:
    """The package's contracts, as raiden-contracts would publish them."""
    return {
        name: {"abi": load_ours(name).abi, "bin": load_ours(name).bytecode.hex()} for name in NAMES
    }


def file_of(folder: Path, contracts: object, name: str = "contracts.json") -> Path:
    file = folder / name
    file.write_text(json.dumps({"contracts": contracts}), encoding="utf-8")
    return file


@pytest.fixture
def published_path(tmp_path: Path) -> Path:
    return file_of(tmp_path, published_file()["contracts"], "published.json")


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=file.stem) if file.stem in QUICK else nightly(file, id=file.stem)
        for file in SHIPPED
    ],
)
def test_shipped_scenarios_give_their_goldens_on_published_contracts(
    published_path: Path, file: Path
) -> None:
    report = run(replace(load(file), contracts=read(published_path)))
    assert report.passed, report.failure
    assert compare(report, GOLDENS / f"{file.stem}.golden") is None


def test_what_is_deployed_is_what_the_file_holds(published_path: Path) -> None:
    net = Testnet(2, contracts=published_path)
    net.node(0).join(net.token, 100)
    (network,) = net._simulation.world.networks.values()
    places = {"CustomToken": network.token.address, "TokenNetwork": network.address}
    for name, place in places.items():
        runtime = bytes.fromhex(published_file()["contracts"][name]["bin-runtime"])
        assert bytes(net.web3.eth.get_code(to_checksum_address(place))) == runtime
    assert net.node(0).balance(net.token) == 10**24


def test_gas_limits_are_enough_for_withdraws_and_settlements_of_published_contracts(
    published_path: Path,
) -> None:
    """Most is used where wallets have held nothing; what is freed is given back at the end only."""
    options: Any = {"contracts": published_path, "token_balance": 100, "dialects": [Dialect.BESPIN]}
    net = chain_of(2, engine="pyevm", **options)
    net.node(0).withdraw(net.token, net.node(1).address, 50)
    net = chain_of(2, engine="pyevm", **options)
    assert net.node(0).close_channel(net.token, net.node(1).address).state == "settled"
    net.check_invariants()


def test_the_same_contracts_from_a_file_make_the_same_chain(tmp_path: Path) -> None:
    nets = [Testnet(3, contracts=file) for file in (None, file_of(tmp_path, ours()))]
    for net in nets:
        net.node(0).join(net.token, 100)
        net.run_until_idle()
    assert nets[0].digest == nets[1].digest
    assert nets[0].last_block_hash == nets[1].last_block_hash


def without(contract: str, entry: str) -> Callable[[Contracts], None]:
    def change(contracts: Contracts) -> None:
        abi = contracts[contract]["abi"]
        contracts[contract]["abi"] = [one for one in abi if one.get("name") != entry]

    return change


def with_code(code: object) -> Callable[[Contracts], None]:
    return lambda contracts: contracts["TokenNetwork"].update(bin=code)


def without_index(contracts: Contracts) -> None:
    (event,) = (
        one for one in contracts["TokenNetwork"]["abi"] if one.get("name") == "ChannelOpened"
    )
    contracts["TokenNetwork"]["abi"].remove(event)
    inputs = [{**one, "indexed": False} for one in event["inputs"]]
    contracts["TokenNetwork"]["abi"].append({**event, "inputs": inputs})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda found: found.pop("CustomToken"), "has no contract CustomToken"),
        (without("TokenNetwork", "setTotalDeposit"), "has no function setTotalDeposit(uint256,"),
        (without_index, "has no event ChannelOpened(uint256 indexed,address indexed"),
        (without("TokenNetwork", "unlock"), "has no function unlock(uint256,address,address,bytes"),
        (without("TokenNetwork", "setTotalWithdraw"), "has no function setTotalWithdraw(uint256,"),
        (without("TokenNetwork", "cooperativeSettle"), "has no function cooperativeSettle(uint256"),
        (without("SecretRegistry", "registerSecretBatch"), "has no function registerSecretBatch("),
        (without("TokenNetwork", "setTotalWithdraw2"), ""),
        (with_code(""), "TokenNetwork has no creation code as `bin`"),
        (with_code("60__$f00$__"), "TokenNetwork has no creation code as `bin`"),
        (with_code(7), "TokenNetwork has no creation code as `bin`"),
        (lambda found: found["TokenNetwork"].update(abi=7), "the `abi` of TokenNetwork is none: 7"),
        (lambda found: found["SecretRegistry"].pop("abi"), "the `abi` of SecretRegistry is none"),
    ],
)
def test_a_file_that_lacks_something_is_told_what(
    tmp_path: Path, change: Callable[[Contracts], None], reason: str
) -> None:
    contracts = json.loads(json.dumps(ours()))
    change(contracts)
    file = file_of(tmp_path, contracts)
    if not reason:
        assert read(file).artifact("TokenNetwork").name == "TokenNetwork"  # nodes do without it
        return
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "it is not JSON (line 1"),
        ("[]", "has no `contracts` by name"),
        ("{}", "has no `contr"),
    ],
)
def test_what_is_no_file_of_contracts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    file = tmp_path / "some.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert reason in str(caught.value)
    for command in (("run", SHIPPED[0]), ("up",)):
        assert call(*command, "--contracts", file) == 2
        assert reason in capsys.readouterr().err


def test_contracts_of_the_command_line_win(tmp_path: Path) -> None:
    file_of(tmp_path, ours())
    scenario = write(tmp_path, TEXT % ("contracts.json", "pyevm"))
    chosen = file_of(tmp_path, ours(), "chosen.json")
    assert call("run", scenario, "--contracts", chosen, "--report", tmp_path / "out") == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["contracts"]["file"] == str(chosen)


TEXT = """
nodes: {count: 2}
chain: {contracts: %s, engine: %s}
scenario: {join_network: {from: 0, funds: 10}}
"""


def test_scenario_files_name_contracts_beside_them(tmp_path: Path) -> None:
    file_of(tmp_path, ours())
    scenario = load(write(tmp_path, TEXT % ("contracts.json", "pyevm")))
    report = run(scenario)
    assert report.passed
    deployed = report.testnet.deployment.contracts
    assert deployed.file == str(tmp_path / "contracts.json")
    assert deployed.artifact("TokenNetwork") is not load_ours("TokenNetwork")


@pytest.mark.parametrize(
    ("engine", "file", "reason"),
    [
        ("pyevm", "nowhere.json", "No such file"),
        ("model", "contracts.json", "the model executes no bytecode"),
    ],
)
def test_what_scenario_files_can_not_have(
    tmp_path: Path, engine: str, file: str, reason: str
) -> None:
    file_of(tmp_path, ours())
    with pytest.raises(ScenarioInvalid) as caught:
        load(write(tmp_path, TEXT % (file, engine)))
    assert ":3: chain.contracts: " in str(caught.value)
    assert reason in str(caught.value)


def test_the_model_takes_no_other_contracts(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the model executes no bytecode"):
        Testnet(2, engine="model", contracts=file_of(tmp_path, ours()))


def test_replay_deploys_the_same_contracts_and_notes_others(tmp_path: Path) -> None:
    contracts = file_of(tmp_path, ours())
    report = run(load(write(tmp_path, TEXT % ("contracts.json", "pyevm"))))
    write_report(report, tmp_path / "out")
    again = replay(tmp_path / "out")
    assert again.equal
    assert "the file of contracts" in again.unchanged
    contracts.write_text(contracts.read_text() + " ")
    assert "the file of contracts" in replay(tmp_path / "out").changed


def test_contracts_are_no_part_of_what_a_golden_is_about(tmp_path: Path) -> None:
    file_of(tmp_path, ours())
    plain = "nodes: {count: 2}\nscenario: {join_network: {from: 0, funds: 10}}\n"
    named = load(write(tmp_path, TEXT % ("contracts.json", "pyevm")))
    assert named.content == load(write(tmp_path, plain + "chain: {}\n")).content
