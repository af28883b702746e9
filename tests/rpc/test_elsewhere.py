"""A chain that runs elsewhere: what strangers send there is mined, and nodes hear of it."""

from collections.abc import Iterator

import pytest

from tests.api.live import Live
from tests.chain import anvil
from tests.rpc.asking import RETURNS_42, Asking
from tests.rpc.conftest import served
from tests.waiting import until


@pytest.fixture(scope="module")
def chain() -> Iterator[Asking]:
    with anvil.running() as url, Asking(url) as asking:
        yield asking


@pytest.fixture(scope="module")
def net(chain: Asking) -> Iterator[Live]:
    with served(engine=chain.url) as live:
        yield live


def number(net: Live) -> int:
    """Return the number of the newest block by the control API."""
    return int(net.control("GET", "/status").json()["block_number"])


def test_what_a_stranger_sends_there_is_mined_without_help(chain: Asking, net: Live) -> None:
    account = chain.ask("eth_accounts")[9]
    receipt = chain.transact(**{"from": account, "data": RETURNS_42, "gas": hex(100_000)})
    assert receipt["status"] == "0x1"
    until(lambda: number(net) == int(chain.ask("eth_blockNumber"), 16))
    # and confirmations come
    until(lambda: int(chain.ask("eth_blockNumber"), 16) >= int(receipt["blockNumber"], 16) + 3)


def test_the_control_api_counts_the_blocks_of_the_chain(chain: Asking, net: Live) -> None:
    before = number(net)
    after = net.control("POST", "/advance", {"blocks": 3}).json()["block_number"]
    assert after >= before + 3
    assert int(chain.ask("eth_blockNumber"), 16) >= after
    chain.ask("anvil_mine", "0x7")
    until(lambda: number(net) >= after + 7)
    until(lambda: number(net) == int(chain.ask("eth_blockNumber"), 16))


def test_web3_of_a_node_passes_requests_on(chain: Asking, net: Live) -> None:
    with Asking(net.node_url(0) + "/web3") as asking:
        assert asking.ask("web3_clientVersion").startswith("anvil/")
        batch = [asking.request_of("eth_chainId"), asking.request_of("net_version")]
        answers = asking.post(asking.url, json=batch).json()
        assert [one["id"] for one in answers] == [one["id"] for one in batch]
        assert int(answers[0]["result"], 16) == int(answers[1]["result"])
