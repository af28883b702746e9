"""What people are told when a testnet is up: where everything is."""

from collections.abc import Iterator

from simulator.api.context import url
from simulator.api.listening import Sockets
from simulator.api.rpc import no_chain_reason
from simulator.api.webui import HOME, why_none
from simulator.node.dialects import Dialect
from simulator.testnet.simulation import Simulation
from simulator.words.units import checksum


def announcement(testnet: Simulation, sockets: Sockets) -> Iterator[str]:
    """Return the lines that tell people where everything is."""
    spoken = dict.fromkeys(node.dialect for node in testnet.nodes)
    without = {dialect: _why_no_page(testnet, dialect) for dialect in spoken}
    for node, port in zip(testnet.nodes, sockets.ports, strict=True):
        base = url(sockets.host, port)
        page = "" if without[node.dialect] else f"  web interface {base}{HOME}"
        yield f"node {node.index}  {base}  {checksum(node.address)}{page}"
    for reason in dict.fromkeys(filter(None, without.values())):
        yield f"web interface  none: {reason}"
    for token in testnet.tokens:
        yield f"token  {token}"
    yield f"control  {url(sockets.host, sockets.control_port)}"
    if sockets.rpc_port is None:
        yield f"rpc  none: {sockets.no_rpc}"
    else:
        chain_id = testnet.ledger.chain_id
        yield f"rpc  {url(sockets.host, sockets.rpc_port)}  chain id {chain_id}"
    yield from _accounts_told(testnet)
    yield "ready"


def _why_no_page(testnet: Simulation, dialect: Dialect) -> str:
    """Return why nodes of a dialect have no web interface; empty where they have."""
    return no_chain_reason(testnet.ledger.engine) or why_none(dialect)


def _accounts_told(testnet: Simulation) -> Iterator[str]:
    """Return the lines about accounts for people, where there is a chain for them."""
    engine = testnet.ledger.engine
    if no_chain_reason(engine):
        return
    if testnet.accounts:
        yield "accounts, whose keys everybody knows: use them on this testnet only"
        yield "wallets: import a key, and add a network with the URL and the chain id of rpc"
    for number, key in enumerate(testnet.accounts):
        yield f"account {number}  {checksum(key.address)}  0x{key.secret.hex()}"
