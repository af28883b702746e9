"""Tests in Python, with the fixtures of the simulator's pytest plugin."""

from collections.abc import Callable

from simulator import Testnet


def test_late_peer_gets_the_last_channel(testnet: Testnet) -> None:
    for index in range(3):
        testnet.node(index).join(testnet.token, funds=100)
    testnet.run_until_idle()
    testnet.node(3).join(testnet.token, funds=100, initial_channel_target=4)
    assert sorted(testnet.node(3).deposits(testnet.token).values()) == [15, 15, 15]
    testnet.node(4).join(testnet.token, funds=100)
    testnet.run_until_idle()
    assert sorted(testnet.node(3).deposits(testnet.token).values()) == [15, 15, 15, 15]


def test_every_seed_connects_everybody(testnet_factory: Callable[..., Testnet]) -> None:
    for seed in range(3):
        net = testnet_factory(nodes=4, seed=seed)
        for index in range(4):
            net.node(index).join(net.token, funds=100)
        net.run_until_idle()
        assert net.graph().number_of_nodes() == 4
