"""What a peer graph looks like in the control API's answers."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field

from simulator.api.schemas import AddressText, Answer
from simulator.words.units import ChannelState


class GraphNode(Answer):
    """An account with channels; `node` is its number, if it is one of the testnet's nodes."""

    node: NotRequired[int]
    online: bool
    leaving: bool
    deposit: int
    id: AddressText


class GraphEdge(Answer):
    """A channel."""

    channel_identifier: int
    state: ChannelState
    block_opened: int
    settle_timeout: int
    capacity: int
    participant1: AddressText
    deposit1: int
    balance1: int
    locked1: int
    participant2: AddressText
    deposit2: int
    balance2: int
    locked2: int
    source: AddressText
    target: AddressText


class GraphInfo(Answer):
    """A peer graph in networkx's node-link form; its attributes are those of `net.graph()`."""

    directed: Literal[False]
    multigraph: Literal[False]
    graph: Annotated[dict[str, Any], Field(max_length=0)]
    nodes: list[GraphNode]
    edges: list[GraphEdge]
