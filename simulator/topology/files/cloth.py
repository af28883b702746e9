"""CLoTH's networks: three CSV files, of nodes, channels, and the two directions of each channel."""

from collections.abc import Mapping

from simulator.topology.amounts import DEPOSITS
from simulator.topology.file_graph import FileGraph, NotThat
from simulator.topology.files.content import Content
from simulator.topology.files.tables import rows
from simulator.words.quoting import shown

NODES, CHANNELS, EDGES = PARTS = ("nodes", "channels", "edges")
"""With what the names of the three files begin."""

_COLUMNS = {
    NODES: {"id"},
    CHANNELS: {"id", "edge1_id", "edge2_id", "node1_id", "node2_id"},
    EDGES: {"id", "channel_id", "from_node_id", "to_node_id", "balance"},
}


def is_cloth(content: Content) -> bool:
    """Tell whether there are three files of CLoTH."""
    return content.beside.keys() >= {*PARTS}


def parse(content: Content) -> FileGraph:
    """Return the graph of CLoTH's files: balances are the deposits, in millisatoshis.

    Raises:
        NotThat: the files are something else.
    """
    missing = [part for part in PARTS if part not in content.beside]
    if missing:
        raise NotThat(f"beside it is no {missing[0]}_ln.csv; wanted are {', '.join(PARTS)}")
    table = {part: _table(part, content.beside[part]) for part in PARTS}
    found = FileGraph()
    for name, data in table[NODES].items():
        found.add_node(name, data)
    edges = table[EDGES]
    for channel in table[CHANNELS].values():
        balances = {}
        for key, deposit in zip(("edge1_id", "edge2_id"), DEPOSITS, strict=True):
            edge = edges.get(channel[key])
            if edge is None:
                raise NotThat(f"the channel {shown(channel['id'])} has no {key}")
            balances[edge["from_node_id"]] = deposit, edge["balance"]
        ends = channel["node1_id"], channel["node2_id"]
        if {*balances} != {*ends}:
            raise NotThat(f"the edges of the channel {shown(channel['id'])} have other ends")
        said = {"capacity": channel.get("capacity")}
        for end, deposit in zip(ends, DEPOSITS, strict=True):
            said[deposit] = balances[end][1]
        found.add_edge(*ends, said)
    return found


def _table(part: str, data: bytes) -> Mapping[object, dict[str, object]]:
    found: dict[object, dict[str, object]] = {}
    for row in rows(Content(data)):
        if missing := _COLUMNS[part] - row.keys():
            raise NotThat(f"{part} have no column {min(missing)}")
        if row["id"] in found:
            raise NotThat(f"{part} have {shown(row['id'])} twice")
        found[row["id"]] = row
    return found
