"""Foundry's cast does its tasks; it comes from npm."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.chain.abi import load
from tests.api.live import Live
from tests.rpc.asking import Asking
from tests.rpc.conftest import PEOPLE
from tests.waiting import PATIENCE_SECONDS

FOLDER = Path(__file__).parent / "node_modules" / "@foundry-rs"
BLOCKS_FOLLOW = True
SECRET = f"0x{PEOPLE[0].secret.hex()}"
RECEIVER = "0x" + "77" * 20

Cast = Callable[..., str]


@pytest.fixture(scope="module")
def cast(live: Live) -> Cast:
    """Run the program against the testnet, and return what it prints."""
    found = sorted(FOLDER.glob("cast-*/bin/cast*"))
    if not found:
        pytest.skip("cast is not there: `make test` fetches it, with npm")

    def run(*arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [str(found[0]), *arguments],
            env={**os.environ, "ETH_RPC_URL": live.rpc_url},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def token(cast: Cast) -> str:
    """Deploy a token."""
    deployment = load("CustomToken").deployment(1_000, 18, "Sample", "SMP")
    arguments = ("--private-key", SECRET, "--json", "--create", "0x" + deployment.hex())
    receipt = json.loads(cast("send", *arguments))
    return str(receipt["contractAddress"])


def test_it_reads_the_chain(cast: Cast, rpc: Asking) -> None:
    assert cast("chain-id") == "1337"
    block = json.loads(cast("block", "latest", "--json"))
    assert block["hash"] == rpc.ask("eth_getBlockByNumber", block["number"])["hash"]
    assert int(cast("base-fee")) >= 0
    assert int(cast("gas-price")) > 0
    assert cast("age", "0") == "Sun Sep 13 12:26:40 2020 UTC"
    assert cast("find-block", str(1_600_000_000 + 15)) == "1"
    assert int(cast("block-number")) >= 0
    assert cast("client").startswith("raiden-simulator/")


def test_it_reads_accounts(cast: Cast, token: str) -> None:
    account = "0x" + PEOPLE[0].address.hex()
    assert int(cast("balance", account)) > 10**18
    assert int(cast("nonce", account)) >= 1
    assert len(cast("code", token)) > 100
    assert cast("storage", token, "0").startswith("0x")


def test_it_calls_and_sends(cast: Cast, token: str) -> None:
    assert cast("call", token, "symbol()(string)") == '"SMP"'
    transfer = (token, "transfer(address,uint256)", RECEIVER, "5")
    account = "0x" + PEOPLE[0].address.hex()
    assert 21_000 < int(cast("estimate", *transfer, "--from", account)) < 100_000
    for kind in ([], ["--legacy"]):
        sent = json.loads(cast("send", *transfer, "--private-key", SECRET, "--json", *kind))
        assert (sent["status"], len(sent["logs"])) == ("0x1", 1)
    unlocked = ["--from", "0x" + PEOPLE[1].address.hex(), "--unlocked", "--json"]
    sent = json.loads(cast("send", RECEIVER, "--value", "1", *unlocked))
    assert sent["status"] == "0x1"
    assert int(cast("call", token, "balanceOf(address)(uint256)", RECEIVER).split()[0]) == 10
    assert cast("tx", sent["transactionHash"], "value") == "1"
    assert cast("receipt", sent["transactionHash"], "status") == "true"


def test_it_finds_logs_and_runs_transactions_again(cast: Cast, token: str) -> None:
    transfer = (token, "transfer(address,uint256)", RECEIVER, "5")
    sent = json.loads(cast("send", *transfer, "--private-key", SECRET, "--json"))
    logs = json.loads(cast("logs", "--from-block", "0", "--address", token, "--json"))
    assert sent["transactionHash"] in [log["transactionHash"] for log in logs]
    assert "Transaction successfully executed" in cast("run", sent["transactionHash"])
    account = "0x" + PEOPLE[0].address.hex()
    assert "Traces:" in cast("call", *transfer, "--trace", "--from", account)


def test_proofs_are_refused_in_one_sentence(cast: Cast, token: str) -> None:
    assert "keeps no tries" in cast("proof", token, "0", fails=True)


def test_nobody_has_a_name(cast: Cast) -> None:
    assert "Failed to resolve ENS name" in cast("resolve-name", "somebody.eth", fails=True)
