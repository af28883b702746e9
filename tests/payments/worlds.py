"""Worlds with channels in which payments are made."""

from collections.abc import Sequence
from typing import Any

from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet

WALLET = 1_000
DEPOSIT = 100


def chain_of(
    nodes: int, *, dialects: Sequence[Dialect] = (Dialect.RED_EYES,), **options: Any
) -> Testnet:
    """Return a testnet in which each node has a channel with the next, both ends with 100."""
    return with_channels(
        nodes, [(i, i + 1) for i in range(nodes - 1)], dialects=dialects, **options
    )


def with_channels(
    nodes: int,
    pairs: Sequence[tuple[int, int]],
    *,
    settle: int = 20,
    confirmations: int = 0,
    dialects: Sequence[Dialect] = (Dialect.RED_EYES,),
    **options: Any,
) -> Testnet:
    """Return a testnet with channels between pairs of nodes, both ends with 100 tokens."""
    settings = Settings(settle_timeout_blocks=settle, confirmation_blocks=confirmations)
    chosen = {"engine": "model", "token_balance": WALLET, **options}
    net = Testnet(nodes, settings=settings, dialects=dialects, **chosen)
    for one, other in pairs:
        ends = net.node(one), net.node(other)
        ends[0].open_channel(net.token, ends[1].address, DEPOSIT)
        ends[1].deposit(net.token, ends[0].address, DEPOSIT)
    return net


def balances(net: Testnet, index: int) -> list[int]:
    """Return what a node has in each of its channels."""
    return [channel.balance for channel in net.node(index).channels(net.token)]


def wallets(net: Testnet) -> list[int]:
    return [node.balance(net.token) for node in net.nodes]


def close_all(net: Testnet) -> None:
    """Close all channels, each by its first end, and let them be settled."""
    for node in net.nodes:
        for channel in node.channels(net.token):
            if channel.is_open:
                node.close_channel(net.token, channel.partner)
    net.run_until_idle()
    net.check_invariants()


def happened(net: Testnet, *kinds: str) -> list[dict[str, Any]]:
    """Return what the journal says of some kinds of events."""
    return [entry for entry in net.journal.as_dicts() if entry["event"] in kinds]
