import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.marks import nightly

from .harness import ARTIFACTS, ROOT, artifact
from .rivals import published_file

CONTRACTS = (
    "CustomToken",
    "Deposit",
    "MonitoringService",
    "OneToN",
    "SecretRegistry",
    "ServiceRegistry",
    "TokenNetwork",
    "TokenNetworkRegistry",
    "UserDeposit",
)
SOURCES = ROOT / "contracts"
EIP_170 = 24_576
OFFLINE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED")


def parameter(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        kind = parameters(entry["components"]) + kind.removeprefix("tuple")
    marker = " indexed" if entry.get("indexed") else ""
    return f"{kind}{marker} {entry['name']}".rstrip()


def parameters(entries: list[dict[str, Any]]) -> str:
    return f"({', '.join(parameter(entry) for entry in entries)})"


def signature(contract: str, entry: dict[str, Any]) -> str:
    name = f"{contract}.{entry['name']}" if "name" in entry else contract
    text = f"{entry['type']} {name}{parameters(entry['inputs'])}"
    if entry["type"] != "event":
        text += f" {entry['stateMutability']}"
    if entry.get("outputs"):
        text += f" returns {parameters(entry['outputs'])}"
    return text


def built_abi() -> set[str]:
    return {signature(name, entry) for name in CONTRACTS for entry in artifact(name)["abi"]}


def published_abi() -> set[str]:
    """The ABI of raiden-contracts 0.40: one entry per line, continued by indented lines."""
    text = Path(__file__).with_name("published_abi.txt").read_text("utf-8")
    return {" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", text)}


def run(*command: str) -> str:
    """Run to success; what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0 and OFFLINE.search(done.stderr):
        pytest.skip("the package registry is out of reach")
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_sources(target: Path) -> Path:
    shutil.copytree(SOURCES, target, ignore=shutil.ignore_patterns("node_modules"))
    return target


@pytest.fixture(scope="module")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the pinned compiler installed."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    copy = copy_sources(tmp_path_factory.mktemp("toolchain") / "contracts")
    run("npm", "ci", "--no-progress", "--prefix", str(copy))
    return copy


def compile_in(folder: Path, output: Path) -> str:
    """Compile where it must fail and write nothing; the one line it says."""
    command = ("node", str(folder / "compile.mjs"), str(output))
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert not output.exists()
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_abi_is_the_published_one() -> None:
    assert built_abi() == published_abi()


def test_published_abi_is_what_is_published() -> None:
    contracts = published_file()["contracts"]
    found = {signature(name, entry) for name in CONTRACTS for entry in contracts[name]["abi"]}
    assert published_abi() == found


@pytest.mark.parametrize("name", CONTRACTS)
def test_artifact_facts(name: str) -> None:
    built = artifact(name)
    pinned = json.loads((SOURCES / "package.json").read_text("utf-8"))["dependencies"]["solc"]
    assert list(built) == sorted(built)
    assert built["contractName"] == name
    assert built["evmVersion"] == "paris"
    assert built["compiler"].startswith(f"{pinned}+")
    assert 0 < len(bytes.fromhex(built["deployedBytecode"].removeprefix("0x"))) <= EIP_170
    assert built["bytecode"].endswith(built["deployedBytecode"].removeprefix("0x"))


def test_artifacts_are_complete() -> None:
    assert sorted(path.stem for path in ARTIFACTS.glob("*.json")) == list(CONTRACTS)


def test_lock_file_names_no_host() -> None:
    assert "://" not in (SOURCES / "package-lock.json").read_text("utf-8")


def test_artifacts_and_their_sources_are_those_of_one_compilation() -> None:
    """What was edited since, on either side, has another hash than the compilation noted."""
    made_from = [*SOURCES.glob("*.sol"), SOURCES / "compile.mjs", SOURCES / "package-lock.json"]
    found = {
        path.name: sha256(path.read_text("utf-8").encode()).hexdigest()
        for path in (*made_from, *ARTIFACTS.glob("*.json"))
    }
    lines = (ARTIFACTS / "SHA256SUMS").read_text("utf-8").splitlines()
    assert {line[66:]: line[:64] for line in lines} == found, "compile anew: `make contracts`"


@pytest.mark.nightly  # by day, the hashes of what was compiled
def test_artifacts_are_what_the_sources_compile_to(toolchain: Path, tmp_path: Path) -> None:
    assert run("node", str(toolchain / "compile.mjs"), str(tmp_path)) == ""
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in ARTIFACTS.iterdir())
    for name in names:
        assert (tmp_path / name).read_bytes() == (ARTIFACTS / name).read_bytes(), name


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("contract Broken { uint256 x = ; }", "ParserError"),
        nightly("contract Idle { function f() public { uint256 x; } }", "Warning"),
    ],
)
def test_problem_is_one_line_and_fails(
    toolchain: Path, tmp_path: Path, source: str, problem: str
) -> None:
    copy = copy_sources(tmp_path / "contracts")
    (copy / "node_modules").symlink_to(toolchain / "node_modules")
    header = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"
    (copy / "Extra.sol").write_text(header + source, "utf-8")
    line = compile_in(copy, tmp_path / "out")
    assert line.startswith("compile: Extra.sol:3:")
    assert problem in line


def test_compiler_has_to_be_installed(toolchain: Path, tmp_path: Path) -> None:
    line = compile_in(copy_sources(tmp_path / "contracts"), tmp_path / "out")
    assert line == "compile: the compiler is not installed here: run npm ci\n"
