"""Worlds that tests of nodes begin with."""

from msgspec.structs import replace

from simulator.chain.contracts import TokenNetworkContract
from simulator.node.settings import Settings
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet


def meshed(peers: int = 3, nodes: int = 7, token_balance: int = DEFAULT_TOKEN_BALANCE) -> Testnet:
    """Return a testnet whose first nodes have channels with each other, opened by hand."""
    settings = Settings(settle_timeout_blocks=20)
    net = Testnet(nodes, settings=settings, token_balance=token_balance)
    pending = [
        net.node(one).open_channel.begin(net.token, net.node(other).address)
        for one in range(peers)
        for other in range(one)
    ]
    for call in pending:
        call.result()
    return net


def network_of(net: Testnet) -> TokenNetworkContract:
    """Return the contract of the only token network."""
    return next(iter(net._simulation.world.networks.values()))


def submit_transfer(net: Testnet, index: int, amount: int) -> None:
    """Let tokens leave a node's wallet in the next block, before whatever the node sends then."""
    token, owner = network_of(net).token, net._simulation.nodes[index].address
    call = token.approve(owner, net._simulation.nodes[0].address, amount)
    net._simulation.world.mempool.submit([replace(call, function="transfer")])
