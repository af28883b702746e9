"""The control API: what testers can do."""

from typing import Any

import networkx as nx
import pytest

from simulator.node.settings import Settings
from simulator.payments.conditions import LineConditions
from simulator.words.units import parse_address
from tests.api.live import BOOTSTRAP, REALTIME, Live, Start, client


def test_status_names_everything(start: Start) -> None:
    net = start(2, tokens=2)
    status = net.control("GET", "/status").json()
    assert status["tokens"] == net.testnet.tokens
    assert status["digest"] == net.testnet.digest
    assert (status["seed"], status["pace"], status["now"]) == (1, "warp", 0.0)
    assert status["nodes"][1] == {
        "index": 1,
        "address": net.address(1),
        "port": net.sockets.ports[1],
        "url": net.node_url(1),
        "online": True,
        "dialect": "red-eyes",
        "fault": "none",
    }


def test_mint(start: Start) -> None:
    net = start(2, tokens=2, token_balance=5)
    assert net.join(0, funds=6).status_code == 409
    assert net.control("POST", "/nodes/0/mint", {"amount": "1"}).status_code == 204
    assert net.join(0, funds=6).status_code == 204
    other = net.testnet.tokens[1]
    minted = net.control("POST", "/nodes/1/mint", {"amount": 10, "token": other})
    assert minted.status_code == 204
    network = net.testnet.world.networks[parse_address(other)]
    node = net.testnet.nodes[1].address
    assert network.token.balance_of(net.testnet.ledger, node) == 15
    unknown = net.control("POST", "/nodes/1/mint", {"amount": 1, "token": BOOTSTRAP})
    assert unknown.status_code == 404
    too_many = net.control("POST", "/nodes/1/mint", {"amount": 2**256 - 1})
    assert too_many.status_code == 409
    assert net.control("POST", "/nodes/1/mint", {"amount": 0}).status_code == 409


def test_time_passes_on_demand(start: Start) -> None:
    net = start(1, settings=Settings(block_time=10))
    before = net.control("GET", "/status").json()["block_number"]
    answer = net.control("POST", "/advance", {"blocks": 3})
    assert answer.json() == {"now": 30.0, "block_number": before + 3}
    assert net.control("POST", "/advance", {"seconds": 2.5}).json()["now"] == 32.5
    for body in (
        {},
        {"blocks": 1, "seconds": 1},
        {"blocks": -1},
        {"seconds": 1e99},
        {"blocks": 1.5},
    ):
        assert net.control("POST", "/advance", body).status_code == 409
    assert net.control("GET", "/status").json()["now"] == 32.5


def test_advancing_skips_time_that_is_tied_to_the_wall_clock(start: Start) -> None:
    net = start(1, REALTIME)
    assert net.control("GET", "/status").json()["now"] < 30
    now = net.control("POST", "/advance", {"seconds": 1_000}).json()["now"]
    assert 1_000 <= now < 1_030
    assert now <= net.control("GET", "/status").json()["now"] < now + 30


def test_faults_can_end_by_themselves(start: Start) -> None:
    net = start(1)
    answer = net.control("PUT", "/nodes/0/fault", {"mode": "hold", "blocks": 5})
    assert answer.json()["fault"] == "hold"
    assert net.join(0, funds=1).status_code == 204
    assert net.control("GET", "/status").json()["nodes"][0]["fault"] == "none"
    for body in ({"mode": "hold", "blocks": 0}, {"mode": "slow"}, {}):
        assert net.control("PUT", "/nodes/0/fault", body).status_code == 409


def test_graph_is_node_link_data(start: Start) -> None:
    net = start(3)
    net.join(0, funds=100)
    assert net.control("GET", "/graph").json()["edges"] == []
    everything = net.control("GET", "/graph?everything=true").json()
    assert len(nx.node_link_graph(everything, edges="edges")) == 3 + 1
    net.mesh(3)
    graph = nx.node_link_graph(net.control("GET", f"/graph/{net.token}").json(), edges="edges")
    assert set(graph.nodes) == {net.address(index) for index in range(3)}
    assert graph.number_of_edges() == 3
    assert net.control("GET", f"/graph/{BOOTSTRAP}").status_code == 404
    assert net.control("GET", "/graph/nonsense").status_code == 404
    assert net.control("GET", "/graph?everything=perhaps").status_code == 409


def test_journal_comes_in_pages(start: Start) -> None:
    net = start(3, keep_journal=20)
    net.mesh(3)
    count = net.testnet.journal.count
    page = net.control("GET", "/journal?limit=5").json()
    assert (page["count"], page["offset"], len(page["entries"])) == (count, count - 20, 5)
    assert page["oldest"] == count - 20
    status = net.control("GET", "/status").json()
    assert (status["journal_count"], status["journal_oldest"]) == (count, count - 20)
    last = net.control("GET", f"/journal?offset={count - 2}").json()
    assert [entry["position"] for entry in last["entries"]] == [count - 2, count - 1]
    assert net.control("GET", f"/journal?offset={count}").json()["entries"] == []
    too_old = net.control("GET", f"/journal?offset={count - 21}")
    assert too_old.status_code == 410
    assert too_old.json()["errors"] == (
        f"The journal entry {count - 21} is no longer kept: the oldest is {count - 20}. To keep "
        "all, start with --keep-journal all, or with keep_journal=None in Python."
    )
    for offset in (count, 2**63 - 1, 2**63, 2**64, 10**99):
        page = net.control("GET", f"/journal?offset={offset}")
        empty = {"count": count, "oldest": count - 20, "offset": offset, "entries": []}
        assert page.json() == {**empty, "next": offset}


def entries_of(net: Live, node: int | str, limit: int = 100) -> list[dict[str, Any]]:
    """Return what the journal says of a node, page for page."""
    found: list[dict[str, Any]] = []
    offset = net.control("GET", "/journal").json()["oldest"]
    while True:
        query = f"/journal?node={node}&offset={offset}&limit={limit}"
        page = net.control("GET", query).json()
        found += page["entries"]
        assert len(page["entries"]) <= limit
        if page["next"] == page["count"]:
            return found
        assert page["next"] > offset
        offset = page["next"]


def test_journal_shows_what_concerns_one_node(start: Start) -> None:
    net = start(4, settings=Settings(settle_timeout_blocks=10))
    net.mesh(3)
    assert net.join(3, funds=100, initial_channel_target=1).status_code == 204
    net.testnet.controls.set_messages(0, 3, loss=1)
    net.testnet.controls.divide([[0, 3], [1, 2]])
    partners = net.leave(1).json()
    address = net.address(3)
    found = entries_of(net, 3)
    assert found == entries_of(net, address) == entries_of(net, 3, limit=3)
    whole = net.control("GET", "/journal?limit=1000").json()["entries"]
    identifiers = {
        entry["channel_identifier"]
        for entry in whole
        if entry["event"] == "ChannelOpened"
        and address in (entry["participant1"], entry["participant2"])
    }
    assert found == [
        entry
        for entry in whole
        if address in str(entry) or entry.get("channel_identifier") in identifiers
    ]
    assert {"MessagesSet", "NetworkDivided", "NodeStarted"} <= {one["event"] for one in found}
    others = [one for one in found if address not in str(one)]
    assert others or address not in partners  # such as what the partner closes


def test_journal_knows_whose_channel_it_is_though_its_opening_is_not_kept(start: Start) -> None:
    net = start(3, settings=Settings(settle_timeout_blocks=10))
    net.mesh(3)
    net.testnet.journal.keep_only(1)
    net.testnet.journal.keep_only(None)
    left = net.leave(0).json()
    (index, *_) = [index for index in range(3) if net.address(index) in left]
    kept = [entry["event"] for entry in net.control("GET", "/journal").json()["entries"]]
    assert "ChannelOpened" not in kept
    closed = [one for one in entries_of(net, index) if one["event"] == "ChannelClosed"]
    assert [one["closing_participant"] for one in closed] == [net.address(0)]


def test_a_page_of_a_nodes_journal_ends_where_too_many_entries_were_looked_at(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = start(3)
    net.mesh(3)
    everything = entries_of(net, 2)
    monkeypatch.setattr("simulator.reports.concerned.MAX_LOOKED_AT", 4)
    page = net.control("GET", "/journal?node=2").json()
    assert (page["offset"], page["next"]) == (0, 4)
    assert entries_of(net, 2) == everything


@pytest.mark.parametrize(
    ("node", "status"),
    [
        *(("7", 404), ("999999999", 404), ("9999999999", 409), ("-1", 409), ("x", 409), ("", 409)),
        *((BOOTSTRAP, 200), (BOOTSTRAP[:-1], 409), ("%ED%A0%80", 409), ("1.0", 409)),
    ],
)
def test_who_is_no_account_has_no_journal(idle_net: Live, node: str, status: int) -> None:
    answer = idle_net.control("GET", f"/journal?node={node}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["entries"] == []


@pytest.mark.parametrize(
    "query",
    [
        *("offset=-1", "offset=", "offset=1_0", "offset=%201", "offset=1.0", "offset=1e400"),
        *("offset=nan", "offset=%00", "offset=%ED%A0%80", "offset=%D9%A1", "offset=-" + "9" * 99),
        *("limit=0", "limit=1001", "limit=x", "limit=" + "9" * 99, f"limit={2**63}"),
        *("offset=" + "9" * 5_000, "limit=" + "9" * 30_000),
    ],
)
def test_no_number_in_a_query_breaks_anything(idle_net: Live, query: str) -> None:
    answer = idle_net.control("GET", f"/journal?{query}")
    assert answer.status_code == 409
    (field,) = answer.json()["errors"]
    assert field == query.partition("=")[0]
    assert len(answer.content) < 200


def test_answers_about_what_was_sent_are_short_and_printable(idle_net: Live) -> None:
    for junk in ("9" * 5_000, "%1b[31m%0d%0a%07", "%ED%A0%80", "%00", "%F0%9F%98%80", "%2e%2e"):
        for port, path in [
            (idle_net.sockets.control_port, f"/nodes/{junk}/stop"),
            (idle_net.sockets.control_port, f"/graph/{junk}"),
            (idle_net.sockets.ports[0], f"/api/v1/channels/{junk}"),
            (idle_net.sockets.ports[0], f"/api/v1/tokens/0x{junk}/partners"),
        ]:
            method = "POST" if "nodes" in path else "GET"
            url = f"http://127.0.0.1:{port}{path}"
            with client() as caller:
                answer = caller.request(method, url)
            assert answer.status_code == 404
            assert len(answer.content) < 1_000
            texts = answer.json()["errors"]
            assert "".join(texts if isinstance(texts, list) else [texts]).isprintable()


def test_a_graph_is_shown_as_it_was(start: Start) -> None:
    net = start(3, keep_journal=20)
    net.mesh(3)
    count = net.testnet.journal.count
    now = net.control("GET", f"/graph?at={count}&everything=true").json()
    assert now == net.control("GET", "/graph?everything=true").json()
    before = net.control("GET", f"/graph/{net.token}?at={count - 20}").json()
    assert len(before["edges"]) < len(now["edges"])
    assert net.control("GET", f"/graph?at={count - 21}").status_code == 410
    assert net.control("GET", f"/graph?at={count + 1}").status_code == 409
    for at in (-1, "x", 10**99, "9" * 5_000):
        assert net.control("GET", f"/graph?at={at}").status_code == 409


def test_unknown_nodes_and_paths(idle_net: Live) -> None:
    for index in ("2", "-1", "x", "9" * 5000, "1.0"):
        refused = idle_net.control("POST", f"/nodes/{index}/stop")
        assert refused.status_code == 404
        assert len(refused.text) < 200
    assert idle_net.control("GET", "/api/v1/channels").status_code == 404
    refused = idle_net.control("DELETE", "/status")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_crash_loses_what_is_in_no_block(start: Start) -> None:
    net = start(2, REALTIME)
    call = net.begin_join(0, funds=5)
    while not net.testnet.world.mempool._waiting:
        net.control("GET", "/status")
    assert net.control("POST", "/nodes/0/crash").json()["online"] is False
    assert call.result().status_code == 503
    assert net.control("POST", "/nodes/0/start").json()["online"] is True
    net.control("POST", "/idle")
    assert net.testnet.nodes[0].channels() == []
    assert net.control("POST", "/nodes/2/crash").status_code == 404


def test_the_gas_price_is_everybodys(start: Start) -> None:
    net = start(2)
    assert net.control("GET", "/status").json()["gas_price"] == 2 * 10**9
    answer = net.control("PUT", "/gas-price", {"wei": 10**15})
    assert answer.json()["gas_price"] == 10**15
    assert net.join(0, funds=100).status_code == 402
    assert net.control("PUT", "/gas-price", {}).json()["gas_price"] == 2 * 10**9
    assert net.join(0, funds=100).status_code == 204
    for body in ({"wei": 5}, {"wei": 10**16}, {"blocks": 0}, {"price": 5}):
        assert net.control("PUT", "/gas-price", body).status_code == 409


def test_a_lost_disk_leaves_the_last_back_up(start: Start) -> None:
    net = start(2)
    opening = {"token_address": net.token, "partner_address": net.address(1), "total_deposit": 100}
    assert net.request(0, "PUT", "/channels", {**opening, "settle_timeout": 20}).status_code == 201
    pay = ("POST", f"/payments/{net.token}/{net.address(1)}", {"amount": 10})
    assert net.request(0, *pay).status_code == 200
    assert net.control("POST", "/nodes/1/back-up").json()["online"] is True
    assert net.request(0, *pay).status_code == 200
    assert net.control("POST", "/nodes/1/lose-disk").json()["online"] is False
    assert net.control("POST", "/nodes/1/start").json()["online"] is True
    assert [entry["amount"] for entry in net.request(1, "GET", "/payments").json()] == [10]
    assert net.request(0, *pay).status_code == 409
    for call in ("back-up", "lose-disk"):
        assert net.control("POST", f"/nodes/2/{call}").status_code == 404
    assert net.control("GET", "/status").json()["invariants"]["broken"] == []


def test_messages_can_be_slowed_and_lost_and_nodes_kept_apart(start: Start) -> None:
    slow = LineConditions(1.5, "uniform")
    net = start(4, settings=Settings(messages=slow), messages=[None, None, None, LineConditions(9)])
    usual = {"delay_seconds": 1.5, "spread": "uniform", "loss": 0.0}
    of_node = {"nodes": [3], "delay_seconds": 9, "spread": "fixed", "loss": 0}
    found = net.control("GET", "/messages").json()
    assert found == {**usual, "of_nodes": [of_node], "groups": [], "silent": []}
    answer = net.control("PUT", "/messages", {"loss": "0.25", "nodes": [2, "0"]}).json()
    assert answer["of_nodes"] == [{**usual, "loss": 0.25, "nodes": [0, 2]}, of_node]
    assert net.control("PUT", "/messages", {"delay_seconds": 3}).json() == {
        **usual,
        "delay_seconds": 3,
        "of_nodes": [],
        "groups": [],
        "silent": [],
    }
    assert net.control("PUT", "/messages", {}).json() == found
    groups = [[0, 1], [2, 3]]
    assert net.control("PUT", "/partition", {"groups": groups}).json()["groups"] == groups
    assert net.control("PUT", "/partition", {"groups": []}).json() == found
    assert net.control("PUT", "/silence", {"nodes": [3, 1]}).json()["silent"] == [1, 3]
    assert net.control("PUT", "/silence", {"nodes": []}).json() == found
    kinds = [entry["event"] for entry in net.control("GET", "/journal").json()["entries"]]
    assert kinds[-7:] == [*["MessagesSet"] * 3, *["NetworkDivided"] * 2, *["NodesSilenced"] * 2]


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/messages", {"loss": 2}, 409, "must be a number within 0 to 1, not 2.0"),
        ("/messages", {"delay_seconds": -1}, 409, "must be a number within 0 to 100000, not -1.0"),
        ("/messages", {"delay_seconds": 1e80}, 409, "must be a number within 0 to 100000"),
        ("/messages", {"spread": "odd"}, 409, "fixed"),
        ("/messages", {"loss": 1, "nodes": [0, 0]}, 409, "between two nodes, of one, or of all"),
        ("/messages", {"loss": 1, "nodes": [0, 1, 2]}, 409, "between two nodes, of one, or of all"),
        ("/messages", {"loss": 1, "nodes": [7]}, 404, "7"),
        ("/messages", {"loss": 1, "nodes": 0}, 409, "list"),
        ("/messages", {"share": 1}, 409, "unknown field"),
        ("/partition", {"groups": [[0], [0, 1]]}, 409, "one group only"),
        ("/partition", {"groups": [[0], [9]]}, 404, "9"),
        ("/partition", {"groups": [0]}, 409, "list"),
        ("/partition", {}, 409, "required"),
        ("/silence", {"nodes": [9]}, 404, "9"),
        ("/silence", {"nodes": 1}, 409, "list"),
    ],
)
def test_what_can_not_be_said_of_messages_is_told(
    idle_net: Live, path: str, body: dict[str, object], status: int, told: str
) -> None:
    before = idle_net.control("GET", "/messages").json()
    answer = idle_net.control("PUT", path, body)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert idle_net.control("GET", "/messages").json() == before
