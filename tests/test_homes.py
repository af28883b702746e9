"""What is said in several places has one home, and whatever else says it agrees."""

import inspect
import re
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import TypeAdapter

from simulator import Testnet
from simulator.api.schemas import ChannelBody, PatchChannelBody
from simulator.chain.abi import load
from simulator.chain.contracts import GAS_LIMITS
from simulator.chain.engines import ENGINES, MAX_NODES
from simulator.chain.ledgers import check_engine, max_nodes
from simulator.chain.model.secret_registry import SecretRegistry
from simulator.chain.model.token import CustomToken
from simulator.chain.model.token_network.contract import ModelTokenNetwork
from simulator.cli.run import run
from simulator.cli.up import up
from simulator.evm.registry import DEFAULT_ENGINE, make_engine
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.settings import Settings
from simulator.testnet.simulation import DEFAULT_ETH_BALANCE, DEFAULT_NODES, Simulation
from simulator.topology.formats import FILE_TYPES
from simulator.topology.generators import SHAPES
from simulator.words.errors import ConfigurationError
from simulator.words.units import CLOSED, OPENED, SETTLED, ChannelState
from tests.evm.engines import OUR_ENGINES
from tests.schemas import SCENARIO

DOCS = Path(__file__).parent.parent / "docs"


def options_of(command: click.Command) -> dict[str, Any]:
    return {name: option for option in command.params for name in option.opts}


def keys_of(section: str) -> dict[str, Any]:
    definition = SCENARIO["$defs"][section]
    keys: dict[str, Any] = definition.get("anyOf", [definition])[0]["properties"]
    return keys


def default_of(function: Any, name: str) -> object:
    return inspect.signature(function).parameters[name].default


# -- engines -----------------------------------------------------------------------------


def test_options_offer_every_engine_and_say_what_each_is() -> None:
    for command in (run, up):
        option = options_of(command)["--engine"]
        assert option.type.choices == tuple(ENGINES)
        for name, kind in ENGINES.items():
            assert f"{name} ({kind.description})" in option.help
    assert options_of(up)["--engine"].default == DEFAULT_ENGINE


def test_scenario_files_can_name_every_engine() -> None:
    key = keys_of("chain")["engine"]
    assert key["enum"] == list(ENGINES)
    assert key["default"] == DEFAULT_ENGINE == default_of(Testnet, "engine")
    for name, kind in ENGINES.items():
        assert f"{name} ({kind.description})" in key["description"]


def test_an_unknown_engine_is_told_all_names() -> None:
    with pytest.raises(ConfigurationError, match=f"one of {', '.join(ENGINES)}, or a URL"):
        check_engine("geth")


def test_the_documentation_lists_every_engine_and_no_other() -> None:
    text = (DOCS / "internals" / "chain.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| engine \| executes contracts with .*\n\|[-|]+\n((?:\|.*\n)+)", text)
    assert re.findall(r"^\| `(.*?)`", table, re.MULTILINE) == list(ENGINES)
    for told in (Testnet.__doc__, Simulation.__doc__):
        (names,) = re.findall(r"what executes the contracts: ([^(]*) \(", told or "")
        assert names.split(", ") == list(ENGINES)


def test_a_testnet_has_as_many_nodes_as_its_engine_allows() -> None:
    assert keys_of("nodes")["count"]["maximum"] == max(map(max_nodes, ENGINES))
    assert options_of(up)["--nodes"].type.max == MAX_NODES == max_nodes(DEFAULT_ENGINE)
    for engine in ENGINES:
        with pytest.raises(ConfigurationError, match=f"{max_nodes(engine)}"):
            Testnet(max_nodes(engine) + 1, engine=engine)


@pytest.mark.parametrize("name", [*OUR_ENGINES, "pyevm-interpreted"])
def test_an_engine_bears_the_name_it_is_made_by(name: str) -> None:
    assert make_engine(name).name == name


# -- worlds ------------------------------------------------------------------------------


def test_defaults_of_a_world_are_the_same_however_it_is_made() -> None:
    options, chain, usual = options_of(up), keys_of("chain"), Settings()
    assert options["--settle-timeout"].default == usual.settle_timeout_blocks
    assert options["--block-time"].default == usual.block_time
    assert options["--transaction-timeout"].default == usual.transaction_timeout_seconds
    assert chain["settle_timeout_blocks"]["default"] == usual.settle_timeout_blocks
    assert chain["block_time_seconds"]["default"] == usual.block_time
    assert chain["transaction_timeout_seconds"]["default"] == usual.transaction_timeout_seconds
    assert chain["confirmation_blocks"]["default"] == usual.confirmation_blocks
    assert options["--nodes"].default == DEFAULT_NODES == len(Testnet().nodes)
    assert options["--eth-balance"].default == DEFAULT_ETH_BALANCE
    assert keys_of("nodes")["eth_balance_wei"]["default"] == DEFAULT_ETH_BALANCE
    for name in ("token_balance", "eth_balance"):
        option = options["--" + name.replace("_", "-")]
        assert option.default == default_of(Testnet, name) == default_of(Simulation, name)


def test_the_documentation_tells_the_defaults_of_settings() -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    for name in Settings.__dataclass_fields__:
        assert f"| `{name}` | {getattr(Settings(), name)} |" in text


@pytest.mark.parametrize(
    ("setting", "option", "key"),
    [
        ("settle_timeout_blocks", "--settle-timeout", "settle_timeout_blocks"),
        ("block_time", "--block-time", "block_time_seconds"),
        ("transaction_timeout_seconds", "--transaction-timeout", "transaction_timeout_seconds"),
        ("confirmation_blocks", None, "confirmation_blocks"),
    ],
)
def test_ranges_of_settings_are_the_same_everywhere(
    setting: str, option: str | None, key: str
) -> None:
    """At each end the class takes the value, and none beyond."""
    low, high = keys_of("chain")[key]["minimum"], keys_of("chain")[key]["maximum"]
    if option is not None:
        kind = options_of(up)[option].type
        assert (kind.min, kind.max) == (low, high)
    for value, beyond in ((low, low - 1), (high, high + 1)):
        assert getattr(Settings(**{setting: value}), setting) == value
        with pytest.raises(ConfigurationError, match=f"{setting} must be"):
            Settings(**{setting: beyond})


def test_seeds_are_the_same_everywhere() -> None:
    key, kind = SCENARIO["properties"]["seed"], options_of(up)["--seed"].type
    assert (key["minimum"], key["maximum"]) == (kind.min, kind.max) == (MIN_SEED, MAX_SEED)
    for seed in (MIN_SEED, MAX_SEED):
        assert Testnet(1, seed).seed == seed
    for seed in (MIN_SEED - 1, MAX_SEED + 1):
        with pytest.raises(ConfigurationError, match="seed must be"):
            Testnet(1, seed)


# -- graphs ------------------------------------------------------------------------------


def test_types_of_graphs_and_their_parameters_have_one_list() -> None:
    """A parameter is a key of `topology`; what draws a graph can be checked without drawing."""
    names = [*SHAPES, *FILE_TYPES]
    assert keys_of("topology")["type"]["anyOf"][0]["enum"] == names
    for shape in SHAPES.values():
        assert {*shape.needs} <= {*shape.takes} <= keys_of("topology").keys()
        is_drawn = "stream" in inspect.signature(shape.make).parameters
        assert is_drawn == (shape.check is not None)
    text = (DOCS / "scenario-reference.md").read_text(encoding="utf-8")
    told = {name: kind.description for name, kind in SHAPES.items()}
    told |= FILE_TYPES
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]*\| ([^|]*) \|$", text, re.MULTILINE))
    assert {name: rows.get(name) for name in names} == told


# -- channels and contracts --------------------------------------------------------------


def test_states_of_channels_have_one_list() -> None:
    assert get_args(ChannelState) == (OPENED, CLOSED)
    shown = TypeAdapter(ChannelBody).json_schema()["properties"]["state"]["enum"]
    assert shown == [OPENED, CLOSED, SETTLED]  # the last one in the answer of what has settled it
    asked = PatchChannelBody.model_json_schema()["properties"]["state"]["anyOf"][0]
    assert asked["const"] == CLOSED
    keys = keys_of("task.assert")
    assert keys["state"]["anyOf"][0]["enum"] == [OPENED, CLOSED]


def test_calls_are_functions_of_the_contracts_and_of_the_model() -> None:
    functions = {
        entry["name"]
        for name in ("CustomToken", "SecretRegistry", "TokenNetwork")
        for entry in load(name).abi
        if entry["type"] == "function"
    }
    assert GAS_LIMITS.keys() <= functions
    models = (CustomToken, SecretRegistry, ModelTokenNetwork)
    assert GAS_LIMITS.keys() <= {name for model in models for name in model.functions}
    assert keys_of("task.assert_gas")["call"]["anyOf"][0]["enum"] == list(GAS_LIMITS)
