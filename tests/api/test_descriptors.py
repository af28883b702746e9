"""Open files are counted before anything starts, and a full table is told of once."""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from simulator.api.descriptors import FOR_EACH_NODE, FOR_THE_REST, NO_ROOM_FOR_ASYNCIO, FullTable
from tests.api.live import get
from tests.marks import nightly
from tests.waiting import PATIENCE_SECONDS

NODES = 2
ROOM = 20
"""For connections, beyond what is asked for before anything starts."""


@contextmanager
def up(limit: int, nodes: int) -> Iterator["subprocess.Popen[str]"]:
    """Run `simulator up` where no more files than a limit can be open."""
    command = f'ulimit -n {limit} && exec "$0" -m simulator up --engine model --port 0 "$@"'
    with subprocess.Popen(
        ["/bin/sh", "-c", command, sys.executable, f"--nodes={nodes}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("nodes", "cure"),
    [
        (1000, "(`ulimit -n 2032`), or start at most 112 nodes."),
        nightly(113, "(`ulimit -n 258`), or start at most 112 nodes."),
    ],
)
def test_a_limit_that_is_too_low_is_named_with_its_cure(nodes: int, cure: str) -> None:
    with up(256, nodes) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out) == (2, "")
    needed = FOR_EACH_NODE * nodes + FOR_THE_REST
    assert err == (
        f"simulator: {nodes} nodes and a client of each need {needed} open files, and the limit "
        f"is 256: raise it {cure}\n"
    )


def test_a_limit_that_is_just_high_enough_will_do() -> None:
    with up(256, 112) as process:
        assert process.stdout is not None
        assert "ready\n" in process.stdout


def test_a_full_table_is_told_once_and_clients_wait() -> None:
    limit = FOR_EACH_NODE * NODES + FOR_THE_REST + ROOM
    with up(limit, NODES) as process, ExitStack() as stack:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [line.split() for line in iter(process.stdout.readline, "ready\n")]
        places = [httpx.URL(line[2]) for line in lines if line[0] == "node"]
        clients = [
            stack.enter_context(socket.create_connection((place.host, place.port)))
            for _ in range(limit)
            for place in places
        ]
        assert "No file is left to open for another connection" in process.stderr.readline()
        for client in clients:
            client.close()
        for place in places:
            answer = get(f"{place}/api/v1/address")
            assert answer.status_code == 200
        process.terminate()
        assert process.communicate(timeout=PATIENCE_SECONDS)[1] == ""
        assert process.returncode == 0


class Loop(asyncio.SelectorEventLoop):
    """A loop whose time is set by hand."""

    now = 0.0

    def time(self) -> float:
        return self.now


def test_a_table_that_is_full_again_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    loop = Loop()
    try:
        FullTable.watch(loop)
        with caplog.at_level(logging.WARNING):
            for loop.now in (0, 1, 59, 118, 177, 238, 300):
                error = OSError(24, "Too many open files")
                loop.call_exception_handler({"message": NO_ROOM_FOR_ASYNCIO, "exception": error})
            assert [
                record.getMessage().count("Too many open files") for record in caplog.records
            ] == [1, 1, 1]
            loop.call_exception_handler({"message": "something else"})
        assert caplog.records[-1].getMessage() == "something else"
    finally:
        loop.close()
