"""docs/json-rpc.md lists the methods that there are."""

import re
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import httpx
import pytest

from simulator.chain.evm_ledger import EvmLedger
from simulator.rpc.node import JsonRpcNode
from tests.api.live import Live
from tests.rpc.asking import Asking, RpcError

PAGE = Path(__file__).parents[2] / "docs" / "json-rpc.md"
WORD = re.compile(r"`((?:eth|net|web3|evm|anvil|hardhat|personal|txpool|rpc)_\w+)`")


def test_every_method_of_the_page_is_known_and_what_is_refused_is_refused(rpc: Asking) -> None:
    text = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (.*) \|$", text.partition("## Methods")[2], re.MULTILINE)
    assert len(rows) > 10
    for what, methods in rows[1:]:  # below the head
        for method in WORD.findall(methods):
            if method == "eth_newPendingTransactionFilter":  # takes whatever it is given
                continue
            with pytest.raises(RpcError) as caught:
                rpc.ask(method, *["no parameter of any method"] * 9)
            refused = "refused" in what or what == "over WebSocket"
            assert caught.value.code == (-32000 if refused else -32602), method


def test_the_page_lists_every_method(live: Live) -> None:
    ledger = cast("EvmLedger", live.testnet.ledger)
    assert ledger.chain is not None
    assert ledger.pool is not None
    node = JsonRpcNode(ledger.chain, ledger.pool, (), (), Mock())
    assert set(WORD.findall(PAGE.read_text("utf-8"))) == set(node.methods)


def test_modules_are_told(rpc: Asking) -> None:
    told = rpc.ask("rpc_modules")
    assert told.keys() >= {"eth", "net", "web3", "evm", "txpool", "rpc"}
    assert set(told.values()) == {"1.0"}


@pytest.mark.parametrize("at", ["a node", "the control API"])
def test_who_asks_at_another_port_is_told_where_to_ask(live: Live, at: str) -> None:
    url = live.node_url(0) if at == "a node" else live.control_url
    asked = httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})
    assert asked.status_code == 405
    assert "usually http://127.0.0.1:8545, and each node answers it at /web3" in asked.text
