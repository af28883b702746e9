"""What the Python API offers on the chain beside channels."""

import pytest

from simulator import Dialect, Testnet
from simulator.words.errors import (
    CallNotOffered,
    InvalidRequest,
    NodeUnavailable,
    NoServices,
    TooManyTokenNetworks,
)


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
