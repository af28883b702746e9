"""Requests and batches: what comes back for each, however they are written."""

import json
from typing import Any

import pytest

from simulator.api.rpc import MAX_REQUEST_BYTES
from simulator.rpc.node import MAX_BATCH
from tests.api.live import Live
from tests.rpc.asking import Asking, RpcError
from tests.rpc.conftest import served


def error_of(rpc: Asking, content: str | bytes) -> dict[str, Any]:
    """Post what is answered with one error."""
    answer = rpc.raw(content).json()
    assert answer.keys() == {"jsonrpc", "id", "error"}
    error: dict[str, Any] = answer["error"]
    return error


def test_answers_to_a_batch_come_in_its_order(rpc: Asking) -> None:
    methods = ["eth_chainId", "eth_nothing", "net_version", "eth_getBalance", "eth_blockNumber"]
    batch = [{"jsonrpc": "2.0", "id": 9 - place, "method": m} for place, m in enumerate(methods)]
    answers = rpc.post(rpc.url, json=batch).json()
    assert [one["id"] for one in answers] == [9, 8, 7, 6, 5]
    assert [one.get("error", {}).get("code") for one in answers] == [
        *(None, -32601, None, -32602, None),
    ]


def test_nobody_answers_a_notification(rpc: Asking) -> None:
    silent = {"jsonrpc": "2.0", "method": "eth_chainId"}
    assert (rpc.raw(json.dumps(silent)).status_code, rpc.raw(json.dumps(silent)).text) == (204, "")
    answers = rpc.post(rpc.url, json=[silent, {**silent, "id": "a"}]).json()
    assert answers == [{"jsonrpc": "2.0", "id": "a", "result": "0x539"}]
    assert rpc.raw(json.dumps([silent])).status_code == 204


@pytest.mark.parametrize("method", ["eth_fillTransaction", "eth_getAccountInfo", "a_b", ""])
def test_unknown_methods_have_a_code_and_the_status_200(rpc: Asking, method: str) -> None:
    response = rpc.raw(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": []}))
    assert response.status_code == 200
    assert response.json()["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", -32700),
        ("{", -32700),
        (b"\xff\xfe", -32700),
        ("[" * 60 + "]" * 60, -32700),
        ("[]", -32600),
        ("1", -32600),
        ("null", -32600),
        ('{"id": 1}', -32600),
        ('{"id": 1, "method": 5}', -32600),
        ('{"id": 1, "method": "eth_chainId", "params": {"a": 1}}', -32602),
        ('{"id": 1, "method": "eth_chainId", "params": [1]}', -32602),
        ('{"id": 1, "method": "eth_getBalance", "params": []}', -32602),
        ('{"id": {"a": 1}, "method": "eth_nothing"}', -32601),
        (json.dumps([{"id": 1, "method": "eth_chainId"}] * (MAX_BATCH + 1)), -32600),
    ],
)
def test_what_is_no_request_is_told_so(rpc: Asking, content: str | bytes, code: int) -> None:
    assert error_of(rpc, content)["code"] == code


def test_a_batch_of_what_is_no_request_has_an_error_for_each(rpc: Asking) -> None:
    answers = rpc.raw('[1, {"id": 2, "method": "eth_chainId"}, null]').json()
    assert [one["id"] for one in answers] == [None, 2, None]
    assert [("error" in one) for one in answers] == [True, False, True]


def test_a_request_has_its_size(rpc: Asking) -> None:
    request = {"id": 1, "method": "web3_sha3", "params": ["0x" + "00" * 500_000]}
    assert "result" in rpc.post(rpc.url, json=request).json()
    response = rpc.raw(b" " * (MAX_REQUEST_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["error"]["code"] == -32600


def test_the_port_answers_on_every_path_and_to_posts_only(live: Live, rpc: Asking) -> None:
    request = rpc.request_of("eth_chainId")
    for path in ("/", "/rpc", "/v3/key"):
        assert rpc.post(live.rpc_url + path, json=request).json()["result"] == "0x539"
    for method in ("GET", "PUT", "DELETE"):
        response = rpc.request(method, live.rpc_url)
        assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, POST")
    assert rpc.request("OPTIONS", live.rpc_url).status_code == 200


def test_each_node_answers_under_web3(live: Live, rpc: Asking) -> None:
    for index in range(2):
        with Asking(live.node_url(index) + "/web3") as asking:
            assert asking.ask("eth_blockNumber") == rpc.ask("eth_blockNumber")
    assert rpc.post(live.control_url + "/web3", json=rpc.request_of("a_b")).status_code == 404


WRONG: dict[str, tuple[str, list[Any], str]] = {
    "an address that is short": ("eth_getBalance", ["0x12"], "40 hexadecimal digits"),
    "an address that is a number": ("eth_getCode", [5], "40 hexadecimal digits"),
    "a block's name": ("eth_getBlockByNumber", ["newest"], "or one of latest"),
    "a block that is no number": ("eth_getBlockByNumber", ["0x"], "0x1f"),
    "a negative block": ("eth_getBlockByNumber", [-1], "0x1f"),
    "an object that names no block": ("eth_call", [{}, {"a": 1}], "blockNumber or blockHash"),
    "a hash that is short": ("eth_getTransactionByHash", ["0x12"], "64 hexadecimal digits"),
    "an odd number of digits": ("eth_call", [{"data": "0x123"}], "bytes such as"),
    "a call that is none": ("eth_call", ["0x"], "must be an object"),
    "overrides": ("eth_call", [{}, "latest", {"0x": {}}], "without overrides"),
    "two fees": ("eth_call", [{"gasPrice": "0x1", "maxFeePerGas": "0x1"}], "exclude each other"),
    "a type that is not there": ("eth_call", [{"type": "0x3"}], "0x0, 0x1 or 0x2"),
    "an access list": ("eth_call", [{"accessList": 5}], "a list of objects"),
    "a filter": ("eth_getLogs", [5], "must be an object"),
    "a range backwards": ("eth_getLogs", [{"fromBlock": "0x5", "toBlock": "0x1"}], "behind"),
    "a hash and a range": (
        "eth_getLogs",
        [{"blockHash": "0x" + "00" * 32, "fromBlock": "0x1"}],
        "excludes",
    ),
    "too many topics": ("eth_getLogs", [{"topics": [None] * 5}], "at most 4"),
    "a topic": ("eth_getLogs", [{"topics": ["0x12"]}], "64 hexadecimal digits"),
    "too many addresses": ("eth_getLogs", [{"address": ["0x"] * 1001}], "at most 1,000"),
    "a quantity": ("eth_feeHistory", ["many", "latest", []], "0x1f"),
    "a filter's name": ("eth_getFilterChanges", ["x"], "0x1f"),
    "typed data": ("eth_signTypedData_v4", ["0x" + "77" * 20, {}], "unknown account"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_parameters_are_told_what_is_expected(rpc: Asking, what: str) -> None:
    method, params, reason = WRONG[what]
    with pytest.raises(RpcError, match=reason) as caught:
        rpc.ask(method, *params)
    assert caught.value.code == (-32000 if reason == "unknown account" else -32602)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("typed", [{}, {"types": 5}, "{", "[]", 7, {"types": {}, "message": {}}])
def test_typed_data_that_is_none_is_refused(rpc: Asking, typed: Any) -> None:
    account = rpc.ask("eth_accounts")[0]
    with pytest.raises(RpcError, match="typed data") as caught:
        rpc.ask("eth_signTypedData_v4", account, typed)
    assert caught.value.code == -32602


def test_an_inside_fault_is_one_error_and_logged(
    live: Live, rpc: Asking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rpc.ask("eth_chainId")
    chain = live.testnet.ledger._chain._chain  # type: ignore[attr-defined]

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(chain, "try_out", fail)
    with pytest.raises(RpcError, match="internal fault") as caught:
        rpc.ask("eth_call", {"to": live.token})
    assert caught.value.code == -32603
    assert "eth_call" in caplog.text


def test_the_model_answers_that_it_executes_no_bytecode() -> None:
    with served(engine="model") as live, Asking(live.node_url(0) + "/web3") as rpc:
        assert live.sockets.rpc_port is None
        with pytest.raises(RpcError, match="There is no JSON-RPC: the engine model"):
            rpc.ask("eth_chainId")
        batch = [rpc.request_of("eth_chainId"), rpc.request_of("net_version")]
        answers = rpc.post(rpc.url, json=batch).json()
        assert [one["id"] for one in answers] == [one["id"] for one in batch]


def test_what_is_no_longer_kept_is_told_so() -> None:
    with served(keep_blocks=10) as live, Asking(live.rpc_url) as rpc:
        rpc.ask("anvil_mine", "0x20")
        for method, params in (
            ("eth_getBalance", ["0x" + "77" * 20, "0x1"]),
            ("eth_getBlockByNumber", ["0x1"]),
            ("eth_getBlockByNumber", ["earliest"]),
            ("eth_getLogs", [{"fromBlock": "0x1"}]),
        ):
            with pytest.raises(RpcError, match="no longer kept") as caught:
                rpc.ask(method, *params)
            assert caught.value.code == -32001
