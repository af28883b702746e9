"""Invariants are checked while worlds live: what is broken on purpose is found at that block."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.api import server
from simulator.chain.abi import load
from simulator.chain.contracts import Token
from simulator.cli.main import main
from simulator.node import connections
from simulator.node.channels import ChannelBook
from simulator.node.plan import Facts, OpenWithDeposit, Plan, plan
from simulator.node.settings import Settings
from simulator.scenario.run.runner import FinishedRun, run_file
from simulator.testnet.running import RunningTestnet
from simulator.testnet.simulation import Simulation
from simulator.testnet.testnet import Testnet
from simulator.words.creation import created_address
from simulator.words.events import Deposited, Event, InvariantBroken
from simulator.words.options import Check
from simulator.words.units import bytes_of, checksum
from tests.api.live import Live
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

JOINS = text_of(
    "join_network: {from: 0, funds: 100}",
    "join_network: {from: 1, funds: 100}",
    "join_network: {from: 2, funds: 100}",
    "wait_blocks: 3",
    "leave_network: {from: 0}",
)

Monkey = pytest.MonkeyPatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path, JOINS)


def a_wrong_deposit(monkeypatch: Monkey) -> None:
    """Let every node believe that a partner has deposited one more than the chain says."""
    apply = ChannelBook.apply

    def wrong(book: ChannelBook, event: Event) -> None:
        apply(book, event)
        if isinstance(event, Deposited) and event.participant != book._owner:
            channel = book.get(event.channel_identifier)
            assert channel is not None
            channel.partner_deposit += 1

    monkeypatch.setattr(ChannelBook, "apply", wrong)


def tokens_lost(monkeypatch: Monkey) -> None:
    """Let the chain say that whoever has moved tokens has one less."""
    balance_of = Token.balance_of
    before: dict[tuple[bytes, bytes], int] = {}

    def wrong(token: Token, ledger: Any, owner: Any) -> int:
        actual = balance_of(token, ledger, owner)
        first = before.setdefault((token.address, owner), actual)
        return actual - (actual != first)

    monkeypatch.setattr(Token, "balance_of", wrong)


def channels_forgotten(monkeypatch: Monkey) -> None:
    """Let nodes with a higher address than their partner take no notice of openings."""
    apply = ChannelBook.apply

    def wrong(book: ChannelBook, event: Event) -> None:
        ends = event.parties
        if not ends or book._owner != max(ends):
            apply(book, event)

    monkeypatch.setattr(ChannelBook, "apply", wrong)


def overspending(monkeypatch: Monkey) -> None:
    """Let every plan open its channels with twice the share."""

    def wrong(facts: Facts) -> Plan:
        decision = plan(facts)
        actions = tuple(
            OpenWithDeposit(a.partner, 2 * a.deposit) if isinstance(a, OpenWithDeposit) else a
            for a in decision.actions
        )
        return Plan(actions, decision.missing, decision.waits_for_peers)

    monkeypatch.setattr(connections, "plan", wrong)


BROKEN = {
    "a wrong deposit": (a_wrong_deposit, "both ends of channel "),
    "lost tokens": (tokens_lost, "(are conserved|has what is in its channels)"),
    "forgotten channels": (channels_forgotten, "know it"),
    "plans that spend too much": (overspending, "a new channel gets the share"),
}


def broken_events(report: FinishedRun) -> list[InvariantBroken]:
    events = [entry.event for entry in report.testnet.journal.entries]
    return [event for event in events if isinstance(event, InvariantBroken)]


@pytest.mark.parametrize(("engine", "nodes"), [("model", 3), ("pyevm", 3), ("model", 12)])
@pytest.mark.parametrize(("breaking", "rule"), BROKEN.values(), ids=BROKEN.keys())
def test_a_run_fails_at_the_block_where_something_does_not_hold(
    breaking: Any, rule: str, engine: str, nodes: int, tmp_path: Path, monkeypatch: Monkey
) -> None:
    text = JOINS.replace("engine: model", f"engine: {engine}")
    file = write(tmp_path, text.replace("count: 3", f"count: {nodes}"))
    sound = run_file(file, seed=7)
    assert sound.passed
    breaking(monkeypatch)
    report = run_file(file, seed=7)
    assert report.failure is not None
    (first, *_) = broken_events(report)
    assert re.search(rule, str(report.failure))
    assert f"with seed 7: at block {first.block_number} " in str(report.failure)
    assert first.rule in str(report.failure)
    assert report.testnet.block_number == first.block_number
    assert report.blocks < sound.blocks


def test_checks_at_the_end_find_it_at_the_end_and_none_find_nothing(
    file: Path, monkeypatch: Monkey
) -> None:
    sound = run_file(file)
    a_wrong_deposit(monkeypatch)
    stay = write(file.parent, JOINS.replace("leave_network: {from: 0}", "wait_blocks: 5"), "b.yaml")
    late = run_file(stay, check=Check.END)
    assert "both ends of channel" in str(late.failure)
    assert all(task.status == "passed" for task in late.tasks)
    never = run_file(file, check=Check.NEVER)
    assert never.passed
    assert (never.digest, never.blocks) == (sound.digest, sound.blocks)


def test_checks_leave_no_trace_in_a_sound_world(file: Path) -> None:
    digests = {run_file(file, check=check).digest for check in Check}
    assert len(digests) == 1


def test_the_command_line_chooses(
    file: Path, tmp_path: Path, monkeypatch: Monkey, capsys: Captured
) -> None:
    a_wrong_deposit(monkeypatch)
    out = tmp_path / "out"
    assert call("run", file, "--seed", "5", "--report", out) == 1
    shown = capsys.readouterr().out
    assert f"FAILED {file}: internal fault with seed 5: at block " in shown
    entries = map(json.loads, (out / "journal.jsonl").read_text().splitlines())
    (broken, *_) = (entry for entry in entries if entry["event"] == "InvariantBroken")
    assert broken["rule"] in shown
    assert call("run", file, "--check", "never") == 0
    assert call("run", file, "--check", "sometimes") == 2


def test_a_large_world_is_looked_at_where_something_has_happened(monkeypatch: Monkey) -> None:
    a_wrong_deposit(monkeypatch)
    net = Testnet(301, engine="model")
    net._simulation.watch(Check.EVERY_BLOCK)
    for index in range(3):
        net.node(index).join(net.token, 100)
    assert [broken.rule[:21] for broken in net._simulation.world.broken][:1] == [
        "both ends of channel "
    ]


def test_what_is_broken_is_told_once(monkeypatch: Monkey) -> None:
    told: list[InvariantBroken] = []
    tokens_lost(monkeypatch)
    simulation = Simulation(3)
    simulation.watch(Check.EVERY_BLOCK, told.append)
    net = RunningTestnet(simulation)
    for _ in range(3):
        for node in net.nodes:
            node.join(net.token, 100)
        net.node(0).leave(net.token)
    assert told == simulation.world.broken
    assert len({broken.rule for broken in told}) == len(told)


@pytest.mark.parametrize("engine", ["model", "pyevm"])
@pytest.mark.parametrize("confirmations", [0, 3])
def test_strangers_with_tokens_and_channels_break_nothing(engine: str, confirmations: int) -> None:
    rules = Settings(confirmation_blocks=confirmations)
    net = Testnet(4, engine=engine, settings=rules, tokens=2)
    net._simulation.watch(Check.EVERY_BLOCK)
    if engine == "pyevm":
        stranger = bytes_of("0x" + "ab" * 20)
        data = load("CustomToken").encode("mintFor", 77, stranger)
        chain = net.web3.eth
        for _ in range(3):
            chain.send_transaction(
                {
                    "from": chain.accounts[0],
                    "to": net.web3.to_checksum_address(net.token),
                    "data": data,
                }
            )
            for node in net.nodes:
                node.join(net.token, 100)
    for node in net.nodes:
        for address in net.tokens:
            node.join.begin(address, 50)
    net.node(0).open_channel(net.token, "0x" + "12" * 20)
    net.run_until_idle()
    net._simulation.checker.finish()
    assert net._simulation.world.broken == []


def test_tokens_that_strangers_send_anywhere_break_nothing() -> None:
    """To token networks too, whose channels they are in none of; and deposits count once."""
    net = Testnet(3, settings=Settings(), tokens=2)
    net._simulation.watch(Check.EVERY_BLOCK)
    world, chain = net._simulation.world, net.web3.eth
    one, other = world.networks.values()
    stranger, friend = bytes_of("0x" + "ab" * 20), bytes_of("0x" + "cd" * 20)

    def send(name: str, *arguments: object) -> None:
        data = load("CustomToken").encode(name, *arguments)
        sender, to = chain.accounts[0], net.web3.to_checksum_address(net.token)
        chain.send_transaction({"from": sender, "to": to, "data": data})

    send("mint", 1_000)
    for number, receiver in enumerate((one.address, other.address, one.token.address, stranger)):
        send("transfer", receiver, 7 + number)
        for node in net.nodes[: number + 1]:
            node.join(net.token, 100)
    send("approve", bytes_of(chain.accounts[0]), 50)
    send("transferFrom", bytes_of(chain.accounts[0]), friend, 5)
    send("transferFrom", bytes_of(chain.accounts[0]), one.address, 5)
    net.node(0).leave(net.token)
    net.check_invariants()
    net._simulation.checker.finish()
    assert world.broken == []
    inside = sum(edge.capacity for edge in world.graphs[one.token.address].edges.values())
    assert one.token.balance_of(world.ledger, one.address) == inside + 7 + 5


@pytest.mark.parametrize("engine", ["model", "pyevm"])
def test_tokens_that_were_there_before_the_token_network_break_nothing(engine: str) -> None:
    net = Testnet(2, engine=engine)
    simulation = net._simulation
    simulation.watch(Check.EVERY_BLOCK)
    token = net.deploy_token(balance=1_000)
    network = checksum(created_address(simulation.deployment.registry, 2))
    net.node(0).mint(token, 40, to=network)
    assert net.node(0).register_token(token) == network
    net.node(0).mint(token, 2, to=network)
    for node in net.nodes:
        node.join(token, 100)
    net.check_invariants()
    assert simulation.world.broken == []


class Served(Exception):
    """The world that `up` was about to serve."""


def up(monkeypatch: Monkey, *arguments: str | Path) -> Simulation:
    """Call `simulator up`, and return the world when it is ready."""

    def serve(testnet: Simulation, *_: object, **__: object) -> None:
        raise Served(testnet)

    monkeypatch.setattr(server, "serve", serve)
    with pytest.raises(Served) as ready:
        main(["up", "--port", "0", *map(str, arguments)])
    served: Simulation = ready.value.args[0]
    return served


def test_up_logs_once_goes_on_and_shows_it(
    monkeypatch: Monkey, caplog: pytest.LogCaptureFixture
) -> None:
    testnet = up(monkeypatch)
    a_wrong_deposit(monkeypatch)
    with Live(testnet) as live:
        assert live.control("GET", "/status").json()["invariants"] == {
            "check": "every-block",
            "broken": [],
        }
        for index in range(3):
            assert live.join(index, funds=100).status_code == 204
        assert live.leave(0).status_code == 200
        broken = live.control("GET", "/status").json()["invariants"]["broken"]
        entries = live.control("GET", "/journal?limit=1000").json()["entries"]
    assert broken
    assert "both ends of channel" in broken[0]["rule"]
    logged = [record.getMessage() for record in caplog.records if record.name == "simulator.cli.up"]
    journaled = [entry for entry in entries if entry["event"] == "InvariantBroken"]
    assert len(logged) == len(broken) == len(journaled)
    for line, shown, entry in zip(logged, broken, journaled, strict=True):
        assert f"at block {shown['block_number']} " in line
        assert shown["rule"] in line
        told = {**entry, "block_number": entry["block"]}
        assert {key: told[key] for key in shown} == shown


def test_up_may_check_nothing(monkeypatch: Monkey) -> None:
    testnet = up(monkeypatch, "--check", "never")
    a_wrong_deposit(monkeypatch)
    with Live(testnet) as live:
        for index in range(3):
            assert live.join(index, funds=100).status_code == 204
        status = live.control("GET", "/status").json()["invariants"]
        assert status == {"check": "never", "broken": []}


def test_up_goes_on_with_the_checks_of_a_scenario(
    file: Path, monkeypatch: Monkey, caplog: pytest.LogCaptureFixture
) -> None:
    a_wrong_deposit(monkeypatch)
    testnet = up(monkeypatch, "--scenario", file)
    assert len(caplog.records) == len(testnet.world.broken) > 0


@pytest.mark.parametrize(("options", "kept"), [((), 20_000), (("--keep-blocks", "50"), 50)])
def test_up_keeps_as_many_blocks_after_a_scenario(
    options: tuple[str, ...], kept: int, tmp_path: Path, monkeypatch: Monkey
) -> None:
    tasks = "serial: {repeat: 70, tasks: [mint: {from: 0, amount: 1}, wait_blocks: 20]}"
    file = write(tmp_path, text_of(tasks, engine="pyevm"))
    testnet = up(monkeypatch, "--scenario", file, *options)
    assert testnet.block_number > 1_400
    chain = testnet.web3.eth
    assert chain.get_block(testnet.block_number - min(kept, 1_400) + 5)["number"] > 0
    if kept < 1_000:
        with pytest.raises(Exception, match="kept"):
            chain.get_block(testnet.block_number - kept - 5)
