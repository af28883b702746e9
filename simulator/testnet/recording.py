"""What a world has come to, as the record that reports are made of."""

from simulator.reports.record import NodeRecord, WorldRecord
from simulator.reports.versions import versions
from simulator.testnet.simulation import Simulation
from simulator.words.units import Address, parse_address


def recorded(net: Simulation, last_block_hash: str) -> WorldRecord:
    """Return the record of a world as it is now.

    Args:
        net: the world.
        last_block_hash: of its newest block, in hexadecimal; empty if nobody can ask any more.
    """
    return WorldRecord(
        seed=net.seed,
        engine=net.ledger.engine,
        check=net.checker.check,
        contracts=net.deployment.contracts,
        digest=net.digest,
        last_block_hash=last_block_hash,
        versions=versions(net.ledger.engine, net.ledger.client),
        gas=net.world.mempool.gas.by_function(),
        nodes=_nodes(net),
        names=names_of(net),
        has_payments=any(node.member.is_paying for node in net.nodes),
        workloads=[workload.record() for workload in net.workloads],
        left=str(net.controls.left() or ""),
        journal=net.journal,
        graph=net.graph(),
        everything=net.graph(everything=True),
    )


def _nodes(net: Simulation) -> list[NodeRecord]:
    token = parse_address(net.token)
    found = []
    for node in net.nodes:
        entry = node.connections().get(token)
        found.append(
            NodeRecord(
                node=node.index,
                address=node.address,
                dialect=node.dialect.value,
                online=node.online,
                funds=entry.funds if entry else 0,
                sum_deposits=entry.sum_deposits if entry else 0,
                channels=entry.channels if entry else 0,
            )
        )
    return found


def names_of(net: Simulation) -> dict[Address, str]:
    """Return the names of accounts whose addresses the seed decides."""
    found = {node.address: f"node {node.index}" for node in net.nodes}
    for number, network in enumerate(net.world.networks.values()):
        suffix = f" {number}" if number else ""
        found[network.token.address] = f"token{suffix}"
        found[network.address] = f"network{suffix}"
    return found
