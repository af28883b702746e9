"""Clients that nobody here wrote do their tasks: ethers and viem, which come from npm."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import simulator
from tests.api.live import Live
from tests.rpc.conftest import PEOPLE
from tests.waiting import PATIENCE_SECONDS

BLOCKS_FOLLOW = True
HERE = Path(__file__).parent
ARTIFACTS = Path(simulator.__file__).parent / "chain" / "artifacts"
CLIENTS = ("ethers", "viem")


def tasks_of(client: str) -> list[str]:
    """Return the names of a client's tasks."""
    text = (HERE / f"{client}.mjs").read_text("utf-8")
    return re.findall(r"^  (\w+): async ", text, re.MULTILINE)


TASKS = [(client, task) for client in CLIENTS for task in tasks_of(client)]


@pytest.fixture(scope="module")
def results(live: Live) -> dict[str, dict[str, str]]:
    """What came of each task of each client."""
    return {client: done_by(client, live.rpc_url) for client in CLIENTS}


def done_by(client: str, url: str) -> dict[str, str]:
    """Let a client do its tasks."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / client).exists():
        pytest.skip(f"{client} is not there: `make test` fetches it, with npm")
    command = [
        node,
        str(HERE / f"{client}.mjs"),
        url,
        str(ARTIFACTS),
        f"0x{PEOPLE[0].secret.hex()}",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(("client", "task"), TASKS)
def test_a_client_does_its_task(results: dict[str, dict[str, str]], client: str, task: str) -> None:
    assert results[client][task] == "ok"
