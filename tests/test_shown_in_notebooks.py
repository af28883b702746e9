"""What notebooks show: bounded, escaped, the same every time, for a bright page and a dark one."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import simulator
from simulator import Testnet
from simulator.studies.measures import MEASURES
from simulator.system.notebook import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Rows, block, facts, table
from simulator.words.errors import SimulatorError
from simulator.words.quoting import shortened, visible_line

HOSTILE = '<script>alert("x")</script>\x1b[2J&amp;\n'
NOWRAP = "; white-space: nowrap"
TAGS = {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
STYLES = {f"text-align: {side}{more}" for side in ("left", "right") for more in ("", NOWRAP)}
SVG = "{http://www.w3.org/2000/svg}"


class Shown(HTMLParser):
    """What an object's HTML holds; fails on anything but plain tables and paragraphs."""

    def __init__(self, thing: Any) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.html = thing if isinstance(thing, str) else thing._repr_html_()
        self.feed(self.html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        said = dict(attrs)
        assert said.keys() <= {"style", "title"}
        assert said.get("style", "text-align: left") in STYLES
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1] in {"th", "td"}:
            self.rows[-1][-1] += data
        else:
            self.texts.append(data)

    @property
    def all_text(self) -> str:
        return " ".join([*self.texts, *(cell for row in self.rows for cell in row)])


def joined(nodes: int = 5, **options: Any) -> Testnet:
    net = Testnet(nodes, seed=7, engine="model", **options)
    for node in net.nodes:
        node.join(net.token, funds=100)
    return net


def picture(graph: Any) -> Any:
    return graph._repr_svg_()


def study(**sections: Any) -> simulator.Study:
    world = {
        "chain": {"engine": "model"},
        "nodes": {"count": 4},
        "growth": {"funds": 100},
        "measures": ["channels"],
    }
    return simulator.study(**{**world, **sections})


def test_a_testnet_shows_its_nodes_and_its_networks() -> None:
    net = joined()
    net.node(2).stop()
    shown = Shown(net)
    assert "Testnet of 5 nodes" in shown.texts
    assert ["nodes", "5, 4 of them online"] in shown.rows
    assert ["digest", net.digest] in shown.rows
    graph = net.graph()
    capacity = sum(data["capacity"] for *_, data in graph.edges(data=True))
    assert [net.token, "5", str(len(graph.edges)), "0", str(capacity)] in shown.rows
    for node in net.nodes:
        online = "yes" if node.online else "no"
        row = [str(node.index), node.address, online, str(graph.degree(node.address))]
        assert [*row, str(graph.nodes[node.address]["deposit"])] in shown.rows


def test_a_testnet_where_nothing_has_happened_is_shown_too() -> None:
    net = Testnet(1, engine="model")
    assert [net.token, "0", "0", "0", "0"] in Shown(net).rows
    assert Shown(net.node(0)).texts == ["Node 0"]
    assert ET.fromstring(picture(net.graph())).tag == f"{SVG}svg"  # noqa: S314 - our own
    assert repr(net.graph()) == "<network: 0 nodes, 0 channels>"
    assert Shown(net.node(0).channels()).texts == ["0 rows"]


def test_of_a_large_testnet_the_beginning_is_shown() -> None:
    net = Testnet(1_000, engine="model", topology={"type": "star", "nodes": 300})
    shown = Shown(net)
    assert len(shown.rows) < 2 * MAX_ROWS
    assert "and 980 more nodes" in shown.texts
    hub = Shown(net.node(0))
    assert len(hub.rows) < 2 * MAX_ROWS
    assert "and 279 more channels" in hub.texts
    assert len(Shown(net.journal).html) < 20_000
    svg = picture(net.graph())
    assert "300 nodes (300 online) with 299 open channels" in svg
    assert len(svg) < 100_000


def test_looking_changes_nothing_and_is_the_same_again() -> None:
    net, again = joined(), joined()
    before = net.digest
    for one, other in zip(
        (net, net.node(0), net.journal), (again, again.node(0), again.journal), strict=True
    ):
        assert Shown(one).html == Shown(other).html == Shown(one).html
    assert picture(net.graph()) == picture(again.graph())
    assert net.digest == before


def test_a_node_shows_its_channels_and_whether_it_is_there() -> None:
    net = joined()
    node = net.node(1)
    node.stop()
    shown = Shown(node)
    assert ["online", "no"] in shown.rows
    for channel in node.channels():
        amounts = (channel.deposit, channel.partner_deposit, channel.balance)
        assert [channel.partner, "opened", *map(str, amounts), "0", "0"] in shown.rows
    assert repr(node) == f"<node 1 {node.address}, offline>"


def test_of_several_tokens_a_node_says_which() -> None:
    net = Testnet(2, engine="model", tokens=2)
    for token in net.tokens:
        net.node(0).open_channel(token, net.node(1).address, 5)
    assert {row[0] for row in Shown(net.node(0)).rows} >= {*net.tokens}
    assert {row[0] for row in Shown(net).rows} >= {*net.tokens}


def test_lists_of_channels_payments_and_gas_are_tables() -> None:
    net = joined()
    net.node(0).pay(net.token, net.node(1).address, 5)
    channels = Shown(net.node(0).channels())
    assert channels.rows[0][:4] == ["token", "identifier", "partner", "state"]
    assert len(channels.rows) == 1 + len(net.node(0).channels())
    assert "EventPaymentSentSuccess" in Shown(net.node(0).payments()).all_text
    assert Shown(net.node(0).pending_transfers()).texts == ["0 rows"]
    uses = Shown(net.gas())
    assert ["0", "openChannel", "join"] in [row[:3] for row in uses.rows]
    assert isinstance(net.gas(), list)


def test_the_journal_shows_its_newest_entries_and_counts_kinds() -> None:
    net = joined(3)
    shown = Shown(net.journal)
    newest = net.journal[-1]
    assert shown.rows[1][:1] + shown.rows[1][3:4] == [
        str(newest.position),
        type(newest.event).__name__,
    ]
    assert "3 JoinStarted" in " ".join(shown.texts)
    entry = Shown(newest)
    for name, value in newest.as_dict().items():
        if isinstance(value, str):
            assert [name, value] in entry.rows


def test_parts_of_the_journal_and_its_rows_are_tables() -> None:
    net = joined(3)
    last = Shown(net.journal[-3:])
    assert [row[0] for row in last.rows[1:]] == [str(e.position) for e in net.journal[-3:]]
    rows = Shown(net.journal.as_dicts())
    assert rows.rows[0][:5] == ["position", "time", "block", "block_time", "event"]
    assert len(rows.rows) == 1 + MAX_ROWS
    assert repr(net.journal[0]) == f"<entry {net.journal[0].line()}>"


def test_all_nodes_are_a_table() -> None:
    net = joined(30)
    net.node(1).crash()
    shown = Shown(net.nodes)
    assert shown.texts[0] == "30 rows"
    assert len(shown.rows) == 1 + MAX_ROWS
    node = net.node(1)
    deposits = node.deposits(net.token)
    said = [str(node.index), node.address, "no", "red-eyes", str(len(deposits))]
    assert [*said, str(sum(deposits.values()))] in shown.rows


def test_a_call_that_has_failed_says_why() -> None:
    net = Testnet(2, engine="model")
    call = net.node(0).join.begin(net.token, funds=10**30)
    assert repr(call).endswith("pending>")
    with pytest.raises(SimulatorError) as refusal:
        call.result()
    assert repr(call).endswith(f"failed 0 s: {refusal.value}>")


def test_a_graph_is_drawn_with_closed_channels_dashed() -> None:
    net = joined(4)
    assert "dashed" not in picture(net.graph())
    net.node(0).close_channel.begin(net.token, net.node(1).address)
    net.advance(blocks=2)
    svg = picture(net.graph(everything=True))
    assert svg.count("stroke-dasharray") == 1
    assert "and 1 closed ones, which are dashed" in svg


def test_what_networkx_makes_of_a_graph_is_drawn_as_far_as_it_can_be() -> None:
    graph = joined().graph()
    assert picture(graph.subgraph([*graph][:3])) is not None
    assert picture(nx.freeze(graph.copy())) == picture(graph)
    assert picture(nx.complement(graph)) is None  # whose channels nobody knows
    assert nx.relabel_nodes(graph, {name: data["node"] for name, data in graph.nodes.items()})
    for wrong in (-1, float("nan"), float("inf"), "5", None):
        changed = graph.copy()
        changed.nodes[next(iter(changed))]["deposit"] = wrong
        assert picture(changed) is None
    del graph.edges[next(iter(graph.edges))]["capacity"]
    assert picture(graph) is None
    assert re.fullmatch("<network: 5 nodes, [0-9]+ channels>", repr(graph))


def test_names_that_users_give_to_nodes_are_no_markup() -> None:
    graph = joined().graph()
    (first, *_) = graph
    del graph.nodes[first]["node"]
    named = nx.relabel_nodes(graph, {first: HOSTILE})
    named.graph["name"] = HOSTILE
    root = ET.fromstring(picture(named))  # noqa: S314 - it must be well-formed
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "g", "path", "circle", "polygon", "text")
    }
    assert "\x1b" not in repr(named)


def test_a_study_shows_what_differs_and_what_is_measured() -> None:
    shown = Shown(
        study(
            name="Peers",
            description="How many?",
            factors={
                "growth.initial_channel_target": [*range(1, 40)],
                "growth.funds": {"from": 1, "to": 9},
            },
            sample={"latin": 5},
            strategies=["random", "highest_degree"],
            replications=3,
            series={"every_seconds": 60, "measures": ["channels"]},
            until={"metric": "channels", "half_width": 0.5, "most": 9},
        )
    )
    assert shown.texts[:2] == ["Peers", "How many?"]
    assert ["runs", f"{39 * 5 * 2 * 3:,}"] in shown.rows
    rows = {row[0]: row[1] for row in shown.rows}
    assert rows["growth.initial_channel_target"].endswith("12, and 27 more")
    assert rows["growth.funds"] == "1 to 9, linear, 5 of them drawn"
    assert rows["strategy"] == "random, highest_degree"
    assert rows["channels"] == "how many channels are open"
    assert rows["series"] == "channels, every 60 virtual seconds"
    assert "until the half width of channels is at most 0.5" in rows["replications"]


def test_results_show_means_with_intervals_and_why_runs_have_failed(tmp_path: Path) -> None:
    # more than is in a wallet can't be met by any node
    results = study(factors={"growth.funds": [100, 10**6]}, replications=2).run(tmp_path)
    shown = Shown(results)
    assert shown.texts[0] == "study: 4 runs, 2 failed"
    (mean,) = results.means("channels")[:1]
    assert ["100", "2", str(mean.interval)] in shown.rows
    failed = next(row for row in results.runs if row["outcome"] != "passed")
    assert ["1000000", "0"] in [row[:2] for row in shown.rows]
    assert shortened(failed["error"], MAX_CELL) in shown.all_text
    assert failed["command"] in shown.all_text
    found = Shown(results.means("channels"))
    assert found.rows[0][:2] == ["growth.funds", "estimate ± half width"]
    assert found.rows[1][:2] == ["100", str(mean.interval)]
    assert found.rows[1][-2:] == ["2", "0"]
    assert Shown(results.runs).texts == ["4 rows"]


def test_of_many_points_and_measures_the_first_are_shown(tmp_path: Path) -> None:
    found = study(
        factors={"growth.funds": [*range(100, 130)]}, measures=[*MEASURES][: MAX_COLUMNS + 4]
    ).run(tmp_path)
    shown = Shown(found)
    assert len(shown.rows) == 1 + MAX_ROWS
    assert {len(row) for row in shown.rows} == {MAX_COLUMNS}
    assert any("and 10 more points; 6 more columns: " in text for text in shown.texts)
    assert len(Shown(found.runs).rows) == 1 + MAX_ROWS


def test_what_stands_in_files_is_no_markup(tmp_path: Path) -> None:
    scenario = "name: '{{ label }}'\nnodes: {count: 2}\nscenario: {assert_graph: {edges: 1}}\n"
    (tmp_path / "<b>.yaml").write_text(scenario, encoding="utf-8")
    made = simulator.study(
        name=HOSTILE,
        description=HOSTILE,
        scenario=str(tmp_path / "<b>.yaml"),
        factors={"label": ["<i>&lt;"]},
    )
    results = made.run(tmp_path / "<u>")
    for thing in (made, results):
        shown = Shown(thing)
        assert visible_line(HOSTILE) in shown.texts[0]
        assert "<i>&lt;" in shown.all_text
        assert "\x1b" not in repr(thing)
    assert "<b>.yaml" in Shown(made).all_text
    assert "<u>" in Shown(results).all_text


MARKUP = st.text(alphabet="<>&;\"'/b#x0=! \n\x1b\u202e") | st.text()


@given(st.lists(st.dictionaries(MARKUP, MARKUP | st.integers() | st.floats() | st.none())))
def test_any_rows_come_back_as_they_are_told(rows: list[dict[str, Any]]) -> None:
    shown = Shown(Rows(rows))
    assert len(shown.rows) <= 1 + MAX_ROWS
    if rows and any(rows[:MAX_ROWS]):
        names = list(dict.fromkeys(name for row in rows[:MAX_ROWS] for name in row))
        told = [shortened(visible_line(name), MAX_CELL) for name in names[:MAX_COLUMNS]]
        assert shown.rows[0] == told
        for row, cells in zip(rows, shown.rows[1:], strict=False):
            for name, cell in zip(names, cells, strict=False):
                if isinstance(value := row.get(name), str):
                    assert cell == shortened(visible_line(value), MAX_CELL)


@given(MARKUP, MARKUP)
def test_any_title_and_fact_stay_texts(title: str, value: str) -> None:
    assume(title != "none")
    shown = Shown(block(title, facts({title: value, "none": None}), table([], 0)))
    assert "".join(shown.texts) == shortened(visible_line(title), 400)
    assert shown.rows == [
        [shortened(visible_line(title), MAX_CELL), shortened(visible_line(value), 400)]
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (10**24 + 15, f"{10**24 + 15}"),
        (10**5_000, "a number with too many digits"),
        (True, "yes"),
        (0.1234567890123, "0.123456789"),
        (float("inf"), "inf"),
        (b"\x01\xff", "0x01ff"),
        (["a", 1_000, None], "a, 1000, "),
        ([*range(100)], ", ".join(map(str, range(20))) + ", and 80 more"),
        (joined, "joined"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_told_for_people(value: Any, told: str) -> None:
    assert Shown(block("", facts({"value": value}))).rows == [["value", told]]
