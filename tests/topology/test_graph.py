"""The peer graph: built from events only."""

from simulator.topology.graph import PeerGraph
from simulator.words import events
from simulator.words.units import BOOTSTRAP_ADDRESS, ZERO_ADDRESS, Address, checksum

TOKEN, NETWORK, OTHER_NETWORK = (Address(bytes([n]) * 20) for n in (0xAA, 0xBB, 0xCC))
A, B, C = (Address(bytes([n]) * 20) for n in (1, 2, 3))


class Recorder:
    """A graph and the nodes that became available."""

    def __init__(self) -> None:
        self.available: list[Address] = []
        self.graph = PeerGraph(TOKEN, NETWORK, lambda _, node: self.available.append(node))
        self.count = 0

    def online(self, *nodes: Address) -> None:
        for node in nodes:
            self.graph.apply(events.NodeStarted(node))

    def open(self, one: Address, other: Address) -> int:
        self.count += 1
        self.graph.apply(events.ChannelOpened(NETWORK, 1, self.count, one, other, 500))
        return self.count

    def close(self, identifier: int, closer: Address) -> None:
        self.graph.apply(events.ChannelClosed(NETWORK, 2, identifier, closer))

    def candidates(self, node: Address) -> list[Address]:
        return list(self.graph.candidates(node, self.graph.peers))

    def settle(self, identifier: int, one: Address, other: Address) -> None:
        self.graph.apply(events.ChannelSettled(NETWORK, 3, identifier, one, 0, other, 0))


def test_participants_that_are_online_are_candidates() -> None:
    world = Recorder()
    world.online(A, B)
    assert world.candidates(C) == []
    world.open(A, B)
    world.open(C, BOOTSTRAP_ADDRESS)
    assert world.candidates(ZERO_ADDRESS) == [A, B]
    world.online(C)
    assert world.candidates(A) == [C]
    assert world.available == [A, B, C]


def test_unsettled_channels_forbid_another() -> None:
    world = Recorder()
    world.online(A, B, C)
    first = world.open(A, B)
    world.open(A, C)
    world.open(B, C)
    world.close(first, A)
    assert world.candidates(A) == []
    world.settle(first, A, B)
    assert world.candidates(A) == [B]


def test_a_bootstrap_channel_makes_visible_but_shows_in_no_payment_graph() -> None:
    world = Recorder()
    world.online(A, B)
    world.open(A, BOOTSTRAP_ADDRESS)
    assert world.candidates(B) == [A]
    assert world.graph.snapshot().number_of_edges() == 0
    assert list(world.graph.snapshot().nodes) == [checksum(A)]
    assert world.graph.snapshot(everything=True).number_of_edges() == 1


def test_leaving_and_offline_nodes_are_nobodys_candidates() -> None:
    world = Recorder()
    world.online(A, B, C)
    world.open(A, B)
    world.graph.apply(events.LeaveStarted(A, TOKEN))
    world.graph.apply(events.NodeStopped(B))
    assert world.candidates(C) == []
    world.graph.apply(events.JoinStarted(A, TOKEN, 1, 1, "0"))
    world.graph.apply(events.NodeStarted(B))
    assert world.candidates(C) == [A, B]
    assert world.available == [A, B, A, B]


def test_leaving_another_token_network_does_not_matter() -> None:
    world = Recorder()
    world.online(A, B, C)
    world.open(A, B)
    world.graph.apply(events.LeaveStarted(A, OTHER_NETWORK))
    assert A in world.candidates(C)


def test_events_of_other_token_networks_do_not_matter() -> None:
    world = Recorder()
    world.online(A, B)
    world.graph.apply(events.ChannelOpened(OTHER_NETWORK, 1, 1, A, B, 500))
    assert world.candidates(C) == []


def test_nodes_and_edges_carry_what_people_look_for() -> None:
    world = Recorder()
    world.online(A, B)
    identifier = world.open(A, B)
    world.graph.apply(events.Deposited(NETWORK, 1, identifier, A, 20))
    world.graph.apply(events.Deposited(NETWORK, 1, identifier, B, 5))
    world.graph.apply(events.NodeStopped(B))
    graph = world.graph.snapshot([C, A])
    assert graph.nodes[checksum(A)] == {
        "node": 1,
        "online": True,
        "leaving": False,
        "deposit": 20,
    }
    assert graph.nodes[checksum(B)] == {"online": False, "leaving": False, "deposit": 5}
    assert graph.edges[checksum(A), checksum(B)] == {
        "channel_identifier": 1,
        "state": "opened",
        "block_opened": 1,
        "settle_timeout": 500,
        "capacity": 25,
        "participant1": checksum(A),
        "deposit1": 20,
        "balance1": 20,
        "locked1": 0,
        "participant2": checksum(B),
        "deposit2": 5,
        "balance2": 5,
        "locked2": 0,
    }


def test_closed_channels_show_on_request_until_they_are_settled() -> None:
    world = Recorder()
    world.online(A, B)
    identifier = world.open(A, B)
    world.close(identifier, A)
    assert world.graph.snapshot().number_of_nodes() == 0
    everything = world.graph.snapshot(everything=True)
    assert everything.edges[checksum(A), checksum(B)]["state"] == "closed"
    world.settle(identifier, A, B)
    assert world.graph.snapshot(everything=True).number_of_nodes() == 0


def test_who_opened_a_channel_is_its_first_participant() -> None:
    world = Recorder()
    world.graph.apply(events.Deposited(NETWORK, 1, world.open(C, A), A, 7))
    data = world.graph.snapshot([A, B, C]).edges[checksum(A), checksum(C)]
    assert (data["participant1"], data["deposit1"]) == (checksum(C), 0)
    assert (data["participant2"], data["deposit2"]) == (checksum(A), 7)


def test_nodes_come_in_the_order_of_their_numbers_and_others_behind_them() -> None:
    world = Recorder()
    world.open(A, C)
    world.open(B, C)
    world.open(B, BOOTSTRAP_ADDRESS)
    nodes = [Address(bytes([n]) * 20) for n in (3, 9, 2)]
    graph = world.graph.snapshot(nodes)
    numbers = [(name, data.get("node")) for name, data in graph.nodes(data=True)]
    assert numbers == [(checksum(C), 0), (checksum(B), 2), (checksum(A), None)]
    everything = world.graph.snapshot(nodes, everything=True)
    assert list(everything) == [checksum(one) for one in (*nodes, A, BOOTSTRAP_ADDRESS)]
