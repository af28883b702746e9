"""What programs of Lightning write: lnd, Core Lightning, and SimLN."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

from simulator.topology.amounts import CAPACITY
from simulator.topology.file_graph import FileGraph, NotThat
from simulator.topology.files.content import Content, add_ends, entries, node_name
from simulator.words.quoting import shown

MSAT_PER_SAT = 1000

_MSAT = re.compile(r"([0-9]{1,30})(msat)?", re.ASCII)


# -- lnd ---------------------------------------------------------------------------------


def is_describegraph(content: Content) -> bool:
    """Tell whether a file is what `lncli describegraph` prints, as it comes or in an object."""
    data = _unwrapped(content)
    if data is None:
        return False
    nodes, edges = data["nodes"], data["edges"]
    return _first_has(nodes, "pub_key") or _first_has(edges, "node1_pub")


def parse_describegraph(content: Content) -> FileGraph:
    """Return the graph that `lncli describegraph` prints; capacities are in satoshis.

    Raises:
        NotThat: the file is something else.
    """
    data = _unwrapped(content)
    data = content.json if data is None else data
    found = FileGraph()
    for entry in entries(data, "nodes"):
        found.add_node(node_name(entry, "pub_key"), entry)
    for entry in entries(data, "edges"):
        found.add_edge(node_name(entry, "node1_pub"), node_name(entry, "node2_pub"), entry)
    return found


def _unwrapped(content: Content) -> Mapping[str, Any] | None:
    """Return the object with nodes and edges, which may be one of several things in an object."""
    if not content.is_json or not isinstance(content.json, dict):
        return None
    if not content.has("nodes"):
        for inner in content.json.values():
            if isinstance(inner, dict) and "nodes" in inner and "edges" in inner:
                return inner
    return content.json if content.has("nodes", "edges") else None


def _first_has(entries: object, *keys: str) -> bool:
    first = entries[0] if isinstance(entries, list) and entries else None
    return isinstance(first, dict) and all(key in first for key in keys)


# -- Core Lightning ----------------------------------------------------------------------


def is_listchannels(content: Content) -> bool:
    """Tell whether a file is what `lightning-cli listchannels` prints, or the list in it."""
    if not content.is_json:
        return False
    data = content.json
    channels = data.get("channels") if isinstance(data, dict) else data
    return _first_has(channels, "source", "destination")


def parse_listchannels(content: Content) -> FileGraph:
    """Return the graph that `lightning-cli listchannels` prints; capacities are in satoshis.

    Each direction of a channel stands there by itself; the second one adds nothing.

    Raises:
        NotThat: the file is something else.
    """
    data = {"channels": content.json} if isinstance(content.json, list) else content.json
    found, seen = FileGraph(), set()
    for entry in entries(data, "channels"):
        ends = node_name(entry, "source"), node_name(entry, "destination")
        add_ends(found, *ends)
        channel = frozenset(ends), str(entry.get("short_channel_id", ""))
        if channel not in seen:
            seen.add(channel)
            found.add_edge(*ends, _without(entry, "satoshis", "amount_msat") | _capacity(entry))
    return found


def _capacity(entry: Mapping[str, Any]) -> dict[str, object]:
    """Return a channel's capacity in satoshis, which versions of the program call differently."""
    if "satoshis" in entry:
        return {CAPACITY: entry["satoshis"]}
    if "amount_msat" not in entry:
        return {}
    given = _MSAT.fullmatch(str(entry["amount_msat"]))
    if given is None:
        raise NotThat(f"'amount_msat' must be a whole number, not {shown(entry['amount_msat'])}")
    return {CAPACITY: int(given[1]) // MSAT_PER_SAT}


def _without(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


# -- SimLN -------------------------------------------------------------------------------


def is_sim_network(content: Content) -> bool:
    """Tell whether a file is a simulation file of SimLN with a network of its own."""
    return content.has("sim_network")


def parse_sim_network(content: Content) -> FileGraph:
    """Return the network of SimLN's simulation file; capacities are in millisatoshis.

    Raises:
        NotThat: the file is something else.
    """
    found = FileGraph()
    for entry in entries(content.json, "sim_network"):
        one, other = _end(entry, "node_1"), _end(entry, "node_2")
        add_ends(found, one, other)
        data = _without(entry, "node_1", "node_2", "capacity_msat")
        found.add_edge(one, other, data | {CAPACITY: entry.get("capacity_msat")})
    return found


def _end(entry: Mapping[str, Any], key: str) -> Hashable:
    node = entry.get(key)
    if not isinstance(node, dict):
        raise NotThat(f"{shown(entry)} has no object {key!r}")
    return node_name(node, "pubkey")
