"""The page and the pictures of a report."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from math import dist
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from simulator.reports import folder as reports
from simulator.scenario.run.runner import FinishedRun, run, run_file
from simulator.topology.drawing import HUBS, LOOKS, Drawing, dark, look_of, numbered
from simulator.topology.layout import positions
from tests.marks import nightly
from tests.scenarios.writing import SHIPPED, run_tasks, scenario_of

FILES = {file.stem: file for file in SHIPPED}
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "img", "source", "br", "rect"}


class Page(HTMLParser):
    """The elements and texts of a page; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(report: FinishedRun, folder: Path) -> tuple[str, Page]:
    reports.write(report, folder)
    html = (folder / "report.html").read_text(encoding="utf-8")
    return html, Page(html)


@pytest.fixture(scope="module")
def flagship() -> FinishedRun:
    return run_file(FILES["too_few_peers"], 7)


@pytest.fixture(scope="module")
def shown(flagship: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, "Page"]:
    """The page of a run, for who only reads it."""
    return page_of(flagship, tmp_path_factory.mktemp("flagship"))


def network(size: int) -> "nx.Graph[str]":
    """Return a network like the simulator's: a ring with a hub, some nodes offline or leaving."""
    graph: nx.Graph[str] = nx.Graph()
    names = [f"0x{number:040x}" for number in range(size)]
    for number, name in enumerate(names):
        state = {"online": number % 7 != 3, "leaving": number % 7 == 5}
        graph.add_node(name, node=number, deposit=number * 10, **state)
    pairs = {*pairwise(names), *((names[0], name) for name in names[2:])}
    for identifier, (one, other) in enumerate(sorted(pairs)):
        graph.add_edge(one, other, channel_identifier=identifier, capacity=identifier % 5 * 10)
    return graph


# -- the page ----------------------------------------------------------------------------


def test_page_says_how_the_run_went(flagship: FinishedRun, shown: tuple[str, Page]) -> None:
    html, page = shown
    assert page.texts["title"] == "Too few peers: passed"
    assert flagship.digest in html
    assert flagship.world.last_block_hash in html
    assert flagship.world.versions["py-evm"] in html
    assert "8 open, 0 waiting to be settled, 1 bootstrap" in html
    headings = re.findall("<h2 id=.*?>(.*?)</h2>", html)
    assert headings == ["Summary", "Network", "Tasks", "Deposits", "Degrees", "Gas"]
    for name, (_, gas) in flagship.world.gas.items():
        assert name in html
        assert f"{gas:,}" in html
    assert html.count("✓ passed") == 1 + len(flagship.tasks)
    assert "Wall time" in html


def test_page_needs_nothing_else(shown: tuple[str, Page]) -> None:
    """No scripts, nothing loaded; the policy allows the page's own style and nothing more."""
    html, page = shown
    assert not re.search("https?://", html)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert not any("style" in attributes for _, attributes in page.elements)
    (policy,) = [
        meta["content"] or ""
        for meta in page.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"style-src 'sha256-{digest}'" in policy
    sources = [image["src"] for image in page.all("img")] + [
        source["srcset"] for source in page.all("source")
    ]
    assert sources
    for source in sources:
        kind, _, content = (source or "").partition(";base64,")
        assert kind == "data:image/svg+xml"
        svg = base64.b64decode(content).decode()
        links = re.findall(r"(\S+)=\"https?://", svg) + re.findall(r"href=\"([^#].*?)\"", svg)
        assert all(link.startswith("xmlns") for link in links)


def test_page_can_be_read_by_everybody(shown: tuple[str, Page]) -> None:
    html, page = shown
    assert page.all("html") == [{"lang": "en"}]
    assert all(image["alt"] for image in page.all("img"))
    assert "5 nodes (5 online) with 8 open channels" in html
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert "prefers-color-scheme: dark" in page.texts["style"]
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_page_of_a_failure(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "wait: 3", "assert_graph: {nodes: 4}", "wait: 5")
    html, page = page_of(report, tmp_path)
    assert page.texts["title"].endswith("failed")
    assert "nodes: expected 4, actual 0" in html
    assert "scenario.serial.tasks[1].assert_graph, line 9" in html
    assert "1 passed, 1 failed, 1 not started" in html


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    attack = "</title><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"
    scenario = scenario_of(tmp_path, "wait: 1")
    report = run(replace(scenario, name=attack, description=attack))
    report.tasks[-1].parameters = attack
    _, page = page_of(report, tmp_path)
    assert page.texts["title"] == f"{attack}: passed"
    assert page.texts["h1"] == attack
    assert not page.all("script")
    assert all("onerror" not in attributes for _, attributes in page.elements)


def test_networks_before_and_after(tmp_path: Path, flagship: FinishedRun) -> None:
    assert len(flagship.graph_before) == 0
    html, _ = page_of(flagship, tmp_path)
    assert html.count("No channels.") == 1
    html, page = page_of(replace(flagship, graph_before=network(3)), tmp_path)
    assert "No channels." not in html
    assert "3 nodes (3 online) with 3 open channels" in html
    assert len(page.all("img")) == 2
    html, page = page_of(run_tasks(tmp_path, "wait: 1"), tmp_path)
    assert html.count("No channels.") == 2
    assert "No transactions were made." in html
    assert "Nobody takes part." in html
    assert not page.all("img")


def test_tasks_are_listed_below_their_blocks(tmp_path: Path) -> None:
    tasks = "parallel: {tasks: [{serial: {repeat: 2, tasks: [{wait: 1}]}}, {wait: 7}]}"
    html, _ = page_of(run_tasks(tmp_path, tasks), tmp_path)
    rows = re.findall(r'class="task in(\d)"><strong>(\w+)</strong>', html)
    assert [(int(depth), kind) for depth, kind in rows] == [
        *((0, "serial"), (1, "parallel"), (2, "serial")),
        *((3, "wait"), (3, "wait"), (2, "wait")),
    ]


def test_very_large_deposits(tmp_path: Path) -> None:
    much = 2**200
    task = f"open_channel: {{from: 0, to: 1, total_deposit: {much}}}"
    html, _ = page_of(run_tasks(tmp_path, task, tokens=much), tmp_path)
    assert f"{much:,}" in html


# -- pictures ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2, 5, 50, nightly(500)])
def test_networks_of_all_sizes_are_drawn_alike_every_time(size: int) -> None:
    one, other = Drawing(network(size)), Drawing(network(size))
    assert one.svg() == other.svg()
    assert ET.fromstring(one.svg()).tag.endswith("svg")  # noqa: S314 - our own


def test_the_order_of_nodes_and_edges_does_not_matter() -> None:
    graph = network(30)
    turned: nx.Graph[str] = nx.Graph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from((b, a, data) for a, b, data in reversed(list(graph.edges(data=True))))
    assert Drawing(turned).svg() == Drawing(graph).svg()


@pytest.mark.parametrize("size", [1, 2, 61, 2000])
def test_nodes_are_on_the_page_and_apart(size: int) -> None:
    places = positions(network(size))
    assert len(set(places.values())) == size
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in places.values())


def test_only_hubs_are_numbered_in_a_crowd() -> None:
    small, large = network(60), network(500)
    assert numbered(small, positions(small)) == sorted(small)
    hubs = numbered(large, positions(large))
    assert len(hubs) <= HUBS
    assert hubs[0] == f"0x{0:040x}"


def test_offline_nodes_look_different() -> None:
    graph = network(14)
    graph.add_node("0x" + "2" * 40, online=False, leaving=False, deposit=0)
    labels = {data.get("node"): look_of(data).label for _, data in graph.nodes(data=True)}
    assert (labels[0], labels[3], labels[5]) == ("online", "offline", "leaving")
    assert labels[None] == "other account"
    assert len({look.corners for look in LOOKS}) == len({look.face for look in LOOKS}) == len(LOOKS)
    text = Drawing(graph).description()
    assert text.startswith("15 nodes (10 online, 2 leaving, 2 offline, 1 other account)")


def test_drawings_for_dark_pages_have_other_colours() -> None:
    svg = Drawing(network(5)).svg()
    assert "#fefefe" in svg
    assert "#fefefe" not in dark(svg)


def test_a_drawing_is_the_same_in_every_process() -> None:
    """Whatever its hashes are, and whichever random numbers it has drawn."""
    code = (
        "import random, sys; random.seed(sys.argv[1]);"
        "from simulator.topology.drawing import Drawing;"
        "from tests.scenarios.test_html_report import network;"
        "print(Drawing(network(30)).svg())"
    )
    drawn = {
        subprocess.run(
            [sys.executable, "-c", code, seed],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(drawn) == 1
    assert b"<svg" in drawn.pop()


def test_a_drawing_shows_each_node_with_its_number_and_each_channel() -> None:
    svg = ET.fromstring(Drawing(network(50)).svg())  # noqa: S314 - our own
    numbers = [text.text for text in svg.iter(f"{SVG}text")]
    assert {str(number) for number in range(50)} <= set(numbers)
    titles = [title.text or "" for title in svg.iter(f"{SVG}title")]
    assert "node 0: 49 channels" in titles
    lines = "".join(path.get("d", "") for path in svg.iter(f"{SVG}path") if path.get("d"))
    assert lines.count("L") == network(50).number_of_edges()


def test_nodes_with_more_deposits_are_larger_and_channels_with_more_capacity_wider() -> None:
    svg = ET.fromstring(Drawing(network(12)).svg())  # noqa: S314 - our own
    by_title = {title: shape for shape in svg.iter() for title in shape.findall(f"{SVG}title")}
    radius = {
        (title.text or "").partition(":")[0]: float(shape.get("r", "0"))
        for title, shape in by_title.items()
    }
    assert radius["node 0"] < radius["node 4"] < radius["node 11"]
    widths = {path.get("stroke-width") for path in svg.iter(f"{SVG}path")}
    assert len(widths) >= 5


@pytest.mark.parametrize("size", [5, 8, 20])
def test_no_node_of_a_small_network_lies_on_a_channel_of_others(size: int) -> None:
    graph: nx.Graph[str] = nx.gnm_random_graph(size, 2 * size - 1, seed=1)
    places = positions(nx.relabel_nodes(graph, str))
    for one, other in graph.edges:
        (x1, y1), (x2, y2) = places[str(one)], places[str(other)]
        for node in graph.nodes - {one, other}:
            x, y = places[str(node)]
            to_ends = dist((x, y), (x1, y1)) + dist((x, y), (x2, y2))
            assert to_ends > dist((x1, y1), (x2, y2)) + 1e-4


def test_of_very_large_networks_the_best_connected_part_is_drawn(
    flagship: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.topology.drawing.MAX_NODES", 4)
    monkeypatch.setattr("simulator.topology.drawing.MAX_CHANNELS", 3)
    monkeypatch.setattr("simulator.reports.page.MAX_ROWS", 4)
    html, page = page_of(flagship, tmp_path)
    (image,) = page.all("img")
    assert "only the 4 nodes with the most channels are drawn" in (image["alt"] or "")
    assert "only the 3 channels with the most capacity are drawn" in (image["alt"] or "")
    svg = (tmp_path / "network.svg").read_text(encoding="utf-8")
    assert svg.count("<title>node ") == 4
    assert svg.count("L") == 3
    assert f"{len(flagship.tasks) - 4} more tasks" in html
    assert "1 more nodes" in html
