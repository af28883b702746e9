"""What the Python API offers on the chain beside channels."""

from contextlib import suppress

import pytest
from eth_typing import HexStr

from simulator import Dialect, Testnet
from simulator.words.errors import (
    CallNotOffered,
    InvalidRequest,
    NodeUnavailable,
    NoServices,
    SimulatorError,
    TooManyTokenNetworks,
)
from simulator.words.options import Check


def test_a_token_is_deployed_registered_and_joined() -> None:
    net = Testnet(nodes=3, seed=3, engine="model", max_token_networks=2)
    token = net.deploy_token(symbol="NEW", balance=100)
    network = net.node(0).register_token(token)
    assert net.tokens == [net.token, token]
    assert network != token
    for node in net.nodes[:2]:
        node.join(token, funds=100)
    assert list(net.node(1).deposits(token).values()) == [20]
    with pytest.raises(TooManyTokenNetworks):
        net.node(1).register_token(net.deploy_token())
    with pytest.raises(InvalidRequest, match="has a token network already"):
        net.node(1).register_token(token)
    net.check_invariants()


def runtime(text: str) -> str:
    """Return what deploys a contract's code."""
    return f"0x60{len(text) // 2:02x}80600b6000396000f3{text}"


SUPPLY_ONLY = "60003560e01c6318160ddd14601357600080fd5b600160005260206000f3"
ONE_TO_EVERYTHING = "600160005260206000f3"
THE_MOST_THERE_CAN_BE = "60001960005260206000f3"
NUMBER_OF_THE_BLOCK = "4360005260206000f3"
NONSENSE = (SUPPLY_ONLY, ONE_TO_EVERYTHING, THE_MOST_THERE_CAN_BE, NUMBER_OF_THE_BLOCK)


@pytest.mark.parametrize("code", NONSENSE)
def test_a_token_that_answers_nonsense_harms_nobody(code: str) -> None:
    net = Testnet(nodes=2, seed=3)
    net._simulation.watch(Check.EVERY_BLOCK)
    chain = net.web3.eth
    data = HexStr(runtime(code))
    sent = chain.send_transaction({"from": chain.accounts[0], "data": data})
    token = str(chain.get_transaction_receipt(sent)["contractAddress"])
    net.node(0).register_token(token)
    for node in net.nodes:
        node.join(net.token, funds=100)
        with suppress(SimulatorError):  # it is expected, or the join has opened empty channels
            node.join(token, funds=100)
    assert net.tokens == [net.token, token]
    net.check_invariants()
    assert net._simulation.world.broken == []
    assert net._simulation.world.faults == []


def test_a_node_mints_for_itself_or_others() -> None:
    net = Testnet(nodes=2, seed=3, engine="model", token_balance=5)
    net.node(0).mint(net.token, 7)
    net.node(0).mint(net.token, 9, to=net.node(1).address)
    assert [node.balance(net.token) for node in net.nodes] == [12, 14]
    net.node(0).stop()
    with pytest.raises(NodeUnavailable):
        net.node(0).mint(net.token, 7)


def test_bespin_nodes_put_tokens_aside_for_services() -> None:
    net = Testnet(nodes=2, seed=3, dialects=[Dialect.BESPIN, Dialect.ALDERAAN], services=True)
    node = net.node(0)
    node.deposit_for_services(50)
    block = node.plan_service_withdraw(20)
    with pytest.raises(InvalidRequest, match="too early"):
        node.withdraw_from_services(20)
    net.advance(blocks=block - net.block_number)
    node.withdraw_from_services(20)
    assert node.service_balance() == 30
    with pytest.raises(CallNotOffered):
        net.node(1).deposit_for_services(1)
    with pytest.raises(NoServices):
        Testnet(nodes=1, engine="model", dialects=[Dialect.BESPIN]).node(0).deposit_for_services(1)


def test_a_seed_gives_the_same_history_with_user_deposits() -> None:
    digests = set()
    for engine in ("pyevm", "model"):
        net = Testnet(nodes=2, seed=3, engine=engine, dialects=[Dialect.BESPIN], services=True)
        node = net.node(0)
        node.deposit_for_services(50)
        block = node.plan_service_withdraw(50)
        net.advance(blocks=block - net.block_number)
        node.withdraw_from_services(20)
        assert node.service_balance() == 30
        digests.add(net.digest)
    assert len(digests) == 1


def test_a_seed_gives_the_same_history_with_tokens_that_come_late() -> None:
    digests = set()
    for engine in ("pyevm", "model"):
        net = Testnet(nodes=2, seed=3, engine=engine)
        net.node(0).register_token(net.deploy_token(balance=10))
        net.node(1).join(net.tokens[1], funds=10)
        digests.add(net.digest)
    assert len(digests) == 1
