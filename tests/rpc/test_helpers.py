"""What development nodes offer to testers, where it makes sense on a chain with nodes on it."""

import pytest

from simulator.api import following
from simulator.api.driver import Pace
from tests.api.live import Live
from tests.rpc.asking import ETHER, Asking, RpcError
from tests.rpc.conftest import served
from tests.waiting import until

STRANGER = "0x" + "88" * 20


def head(rpc: Asking) -> tuple[int, int]:
    """Return number and timestamp of the newest block."""
    block = rpc.ask("eth_getBlockByNumber", "latest")
    return int(block["number"], 16), int(block["timestamp"], 16)


def test_blocks_and_time_pass_when_somebody_says_so(live: Live, rpc: Asking) -> None:
    number, timestamp = head(rpc)
    rpc.ask("evm_mine")
    rpc.ask("evm_mine", {"blocks": 2})
    rpc.ask("anvil_mine", "0x3")
    rpc.ask("hardhat_mine", 4)
    assert head(rpc) == (number + 10, timestamp + 150)
    assert rpc.ask("evm_increaseTime", 3600) == 3600
    assert rpc.ask("evm_increaseTime", hex(15)) == 3615
    assert head(rpc) == (number + 251, timestamp + 3765)
    assert live.control("GET", "/status").json()["block_number"] == number + 251


def test_an_account_gets_exactly_so_much_and_sends_without_a_key(rpc: Asking) -> None:
    assert rpc.ask("anvil_setBalance", STRANGER, hex(ETHER))
    assert rpc.ask("eth_getBalance", STRANGER) == hex(ETHER)
    with pytest.raises(RpcError, match="unknown account"):
        rpc.transact(**{"from": STRANGER, "to": STRANGER})
    rpc.ask("anvil_impersonateAccount", STRANGER)
    receipt = rpc.transact(**{"from": STRANGER, "to": "0x" + "99" * 20, "value": "0x5"})
    assert (receipt["from"], receipt["status"]) == (STRANGER, "0x1")
    assert rpc.ask("eth_getBalance", "0x" + "99" * 20) == "0x5"
    found = rpc.ask("eth_getTransactionByHash", receipt["transactionHash"])
    assert found["from"] == STRANGER
    rpc.ask("anvil_stopImpersonatingAccount", STRANGER)
    with pytest.raises(RpcError, match="unknown account"):
        rpc.transact(**{"from": STRANGER, "to": STRANGER})


def test_equal_transactions_of_several_impersonated_accounts_are_told_apart(rpc: Asking) -> None:
    hashes = set()
    for digit in "ab":
        account = "0x" + 40 * digit
        rpc.ask("hardhat_setBalance", account, hex(ETHER))
        rpc.ask("hardhat_impersonateAccount", account)
        hashes.add(rpc.transact(**{"from": account, "to": STRANGER})["transactionHash"])
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("evm_snapshot", [], "can't go back"),
        ("evm_revert", ["0x1"], "can't go back"),
        ("anvil_reset", [], "can't go back"),
        ("evm_setNextBlockTimestamp", [1], "evm_increaseTime"),
        ("evm_mine", [1_900_000_000], "evm_increaseTime"),
        ("evm_setIntervalMining", [5], "--pace"),
        ("evm_setAutomine", [False], "nobody can hold them up"),
        ("anvil_setCode", [STRANGER, "0x00"], "by transactions only"),
        ("eth_getProof", [STRANGER, [], "latest"], "keeps no tries"),
        ("anvil_mine", [hex(10**7)], "1000000"),
    ],
)
def test_what_nodes_could_not_live_with_is_refused_with_the_reason(
    rpc: Asking, method: str, params: list[object], reason: str
) -> None:
    before = rpc.ask("eth_blockNumber")
    with pytest.raises(RpcError, match=reason) as caught:
        rpc.ask(method, *params)
    assert caught.value.code == -32000
    assert rpc.ask("eth_blockNumber") == before


def test_blocks_follow_a_while_and_then_the_world_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(following, "FOLLOWING_BLOCKS", 9)
    with served() as live, Asking(live.rpc_url) as rpc:
        account = rpc.ask("eth_accounts")[0]
        mined = int(rpc.transact(**{"from": account, "to": STRANGER})["blockNumber"], 16)
        until(lambda: head(rpc)[0] == mined + 9)
        rpc.ask("evm_mine")
        live.control("POST", "/idle")
        assert head(rpc)[0] == mined + 10


def test_where_time_is_tied_to_the_wall_clock_transactions_wait_for_their_block() -> None:
    with served(Pace(10.0)) as live, Asking(live.rpc_url) as rpc:
        account = rpc.ask("eth_accounts")[0]
        sent = rpc.ask("eth_sendTransaction", {"from": account, "to": STRANGER, "value": "0x1"})
        pending = rpc.ask("eth_getBlockByNumber", "pending", True)
        if pending["transactions"]:  # a block may have come in between
            assert pending["transactions"][0]["hash"] == sent
        assert rpc.receipt(sent)["status"] == "0x1"


def test_tokens_that_strangers_move_are_accounted_for() -> None:
    with served() as live, Asking(live.rpc_url) as rpc:
        live.testnet.watch(live.testnet.checker.check.EVERY_BLOCK)
        receiver = live.testnet.nodes[0].address.hex()
        for target in (receiver, STRANGER[2:]):
            call = "0xa9059cbb" + target.rjust(64, "0") + f"{7:064x}"
            account = rpc.ask("eth_accounts")[3]
            receipt = rpc.transact(**{"from": account, "to": live.token, "data": call})
            assert receipt["status"] == "0x1"
        assert live.join(0, funds=10).status_code == 204
        assert live.control("GET", "/status").json()["invariants"]["broken"] == []
