"""Worlds that tests of nodes begin with."""

from simulator.chain.contracts import TokenNetwork
from simulator.node.world import Settings
from simulator.testnet import DEFAULT_TOKEN_BALANCE, Testnet


def meshed(peers: int = 3, nodes: int = 7, token_balance: int = DEFAULT_TOKEN_BALANCE) -> Testnet:
    """Return a testnet whose first nodes have channels with each other, opened by hand."""
    settings = Settings(settle_timeout_blocks=20)
    net = Testnet(nodes, settings=settings, token_balance=token_balance)
    pending = [
        net.node(one).begin_open_channel(net.token, net.node(other).address)
        for one in range(peers)
        for other in range(one)
    ]
    for call in pending:
        call.result()
    return net


def network_of(net: Testnet) -> TokenNetwork:
    """Return the contract of the only token network."""
    return next(iter(net.world.networks.values()))
