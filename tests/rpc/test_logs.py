"""Logs and filters: who asks for some gets exactly these, and filters miss nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.chain.abi import load
from simulator.rpc import filters, history
from tests.api.live import Live
from tests.rpc.asking import Asking, RpcError

OTHER = "0x" + "66" * 20


def transfer(rpc: Asking, net: Live, to: str, amount: int) -> dict[str, Any]:
    """Send tokens, and return the receipt."""
    data = load("CustomToken").encode("transfer", to, amount)
    sender = rpc.ask("eth_accounts")[amount % 3]
    return rpc.transact(**{"from": sender, "to": net.token, "data": "0x" + data.hex()})


@pytest.fixture(scope="module")
def logs(live: Live, rpc: Asking) -> list[dict[str, Any]]:
    """All logs of a chain with some."""
    assert live.join(0, funds=100).status_code == 204
    for amount in range(1, 7):
        transfer(rpc, live, OTHER if amount % 2 else live.address(0), amount)
    head = int(rpc.ask("eth_blockNumber"), 16)
    receipts = [one for n in range(head + 1) for one in rpc.ask("eth_getBlockReceipts", hex(n))]
    return [log for receipt in receipts for log in receipt["logs"]]


def matches(log: dict[str, Any], query: dict[str, Any]) -> bool:
    """Tell whether a log is wanted, by the words of the specification."""
    number, wanted = int(log["blockNumber"], 16), query.get("address")
    if not int(query["fromBlock"], 16) <= number <= int(query["toBlock"], 16):
        return False
    if wanted is not None and log["address"] not in (
        [wanted] if isinstance(wanted, str) else wanted
    ):
        return False
    topics = query.get("topics", [])
    return len(topics) <= len(log["topics"]) and all(
        one is None or topic in ([one] if isinstance(one, str) else one)
        for one, topic in zip(topics, log["topics"], strict=False)
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_exactly_the_logs_that_are_wanted_come_in_their_order(
    rpc: Asking, logs: list[dict[str, Any]], data: st.DataObject
) -> None:
    head = int(logs[-1]["blockNumber"], 16)
    contracts = [*sorted({log["address"] for log in logs}), OTHER]
    known = [*sorted({topic for log in logs for topic in log["topics"]}), "0x" + "00" * 32]
    topic = (
        st.none()
        | st.sampled_from(known)
        | st.lists(st.sampled_from(known), min_size=1, max_size=3)
    )
    first = data.draw(st.integers(0, head))
    query: dict[str, Any] = {
        "fromBlock": hex(first),
        "toBlock": hex(data.draw(st.integers(first, head))),  # others go on behind it
        "topics": data.draw(st.lists(topic, max_size=3)),
    }
    several = st.lists(st.sampled_from(contracts), min_size=1, max_size=3)
    if (address := data.draw(st.none() | st.sampled_from(contracts) | several)) is not None:
        query["address"] = address
    assert rpc.ask("eth_getLogs", query) == [log for log in logs if matches(log, query)]


def test_logs_of_a_block_are_found_by_its_hash(rpc: Asking, logs: list[dict[str, Any]]) -> None:
    for block_hash in {log["blockHash"] for log in logs}:
        wanted = [log for log in logs if log["blockHash"] == block_hash]
        assert rpc.ask("eth_getLogs", {"blockHash": block_hash}) == wanted
        assert all(log["removed"] is False for log in wanted)
    with pytest.raises(RpcError, match="There is no block"):
        rpc.ask("eth_getLogs", {"blockHash": "0x" + "01" * 32})


def test_without_a_range_the_newest_block_is_looked_at(live: Live, rpc: Asking) -> None:
    receipt = transfer(rpc, live, OTHER, 9)
    assert rpc.ask("eth_getLogs", {}) == receipt["logs"]
    rpc.ask("evm_mine")
    assert rpc.ask("eth_getLogs", {}) == []


def test_filters_tell_everything_once(live: Live, rpc: Asking) -> None:
    names = {
        "all": rpc.ask("eth_newFilter", {"address": live.token}),
        "nothing": rpc.ask("eth_newFilter", {"address": OTHER}),
        "blocks": rpc.ask("eth_newBlockFilter"),
        "pending": rpc.ask("eth_newPendingTransactionFilter"),
    }
    told: dict[str, list[Any]] = {name: [] for name in names}
    receipts = []
    for amount in (3, 4, 5):
        receipts.append(transfer(rpc, live, OTHER, amount))
        if amount != 4:
            for name, filter_id in names.items():
                told[name] += rpc.ask("eth_getFilterChanges", filter_id)
    assert told == {
        "all": [log for receipt in receipts for log in receipt["logs"]],
        "nothing": [],
        "blocks": [receipt["blockHash"] for receipt in receipts],
        "pending": [receipt["transactionHash"] for receipt in receipts],
    }
    assert rpc.ask("eth_getFilterLogs", names["all"])[-3:] == told["all"]
    assert rpc.ask("eth_uninstallFilter", names["all"]) is True
    assert rpc.ask("eth_uninstallFilter", names["all"]) is False
    for method, name in (("eth_getFilterChanges", "all"), ("eth_getFilterLogs", "blocks")):
        with pytest.raises(RpcError, match="filter not found"):
            rpc.ask(method, names[name])


def test_of_too_many_logs_or_filters_somebody_hears(
    live: Live, rpc: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer(rpc, live, OTHER, 2)
    monkeypatch.setattr(history, "MAX_LOGS", 1)
    monkeypatch.setattr(filters, "MAX_FILTERS", 2)
    with pytest.raises(RpcError, match="more than 1 such logs") as caught:
        rpc.ask("eth_getLogs", {"fromBlock": "0x0"})
    assert caught.value.code == -32005
    first, second, third = (rpc.ask("eth_newBlockFilter") for _ in range(3))
    with pytest.raises(RpcError, match="filter not found"):
        rpc.ask("eth_getFilterChanges", first)
    assert rpc.ask("eth_getFilterChanges", second) == rpc.ask("eth_getFilterChanges", third) == []
