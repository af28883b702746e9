"""What grows with what: work is counted in function calls, memory in objects, never in seconds."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from cProfile import Profile
from types import CodeType

import pytest

from simulator.chain.abi import load
from simulator.evm.eth_tester.indexed_tester import IndexedTester
from simulator.evm.eth_tester.standalone import ChainBackend
from simulator.evm.interpreter.operations import hash_small
from simulator.kernel.clock import FEW_TIMERS, Clock
from simulator.node.settings import Settings
from simulator.system.garbage import MANY_NODES, OBJECTS_OF_A_NODE, YOUNG_OBJECTS, collecting_rarely
from simulator.testnet import genesis
from simulator.testnet.running import RunningTestnet
from simulator.testnet.simulation import Simulation
from simulator.testnet.testnet import Testnet
from simulator.topology.strategies import STRATEGIES
from simulator.words.options import Check
from tests.marks import nightly

FEW, MANY = 25, 100
TOLERANCE = 1.06
"""For what differs a little; a cost that grows shows in a network four times as large."""
WAVE = 25


def new_net(nodes: int) -> Testnet:
    settings = Settings(transaction_timeout_seconds=10**6)
    return Testnet(nodes, engine="model", keep_journal=100, settings=settings)


def join_at_once(net: Testnet) -> None:
    for index in range(len(net._simulation.nodes)):
        net.node(index).join.begin(net.token, 1000)
    net.run_until_idle()


def join_in_waves(net: Testnet) -> None:
    for start in range(0, len(net._simulation.nodes), WAVE):
        for index in range(start, start + WAVE):
            net.node(index).join.begin(net.token, 1000)
        net.run_until_idle()


def leave_at_once(net: Testnet) -> None:
    for index in range(len(net._simulation.nodes)):
        net.node(index).leave.begin(net.token)
    net.run_until_idle()


@contextmanager
def without_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def calls_of(work: Callable[[], object], name: str | None = None) -> int:
    """Count the functions of a name that are called; None: all, those written in C included."""
    profile = Profile()
    with without_collection(), profile:  # which calls functions of its own
        work()
    return sum(
        entry.callcount
        for entry in profile.getstats()
        if name is None or (isinstance(entry.code, CodeType) and entry.code.co_name == name)
    )


@pytest.mark.parametrize(
    ("join", "sizes"),
    [(join_at_once, (FEW, MANY)), nightly(join_in_waves, (2 * WAVE, 8 * WAVE))],
)
def test_a_join_costs_the_same_among_many(
    join: Callable[[Testnet], None], sizes: tuple[int, int]
) -> None:
    costs = []
    for nodes in sizes:
        net = new_net(nodes)
        costs.append(calls_of(lambda net=net: join(net)) / nodes)  # type: ignore[misc]
    assert costs[1] <= TOLERANCE * costs[0]


def test_a_leave_costs_the_same_among_many() -> None:
    costs = []
    for nodes in (FEW, MANY):
        net = new_net(nodes)
        join_at_once(net)
        costs.append(calls_of(lambda net=net: leave_at_once(net)) / nodes)  # type: ignore[misc]
    assert costs[1] <= TOLERANCE * costs[0]


@pytest.mark.nightly  # by day, many leave at once
def test_a_hub_leaves_at_a_cost_for_each_channel() -> None:
    """With a little for each block, in which it looks at the channels that are left."""
    costs = []
    for nodes in (FEW, MANY):
        settings = Settings(transaction_timeout_seconds=10**6)
        net = Testnet(nodes, engine="model", settings=settings, strategies=("highest_degree",))
        hub = net.node(0)
        hub.join(net.token, 10**6, 1)
        for index in range(1, nodes):
            net.node(index).join.begin(net.token, 1000, 1)
        net.run_until_idle()
        channels = len(hub.channels(net.token))
        assert channels == nodes
        costs.append(calls_of(lambda hub=hub, net=net: hub.leave(net.token)) / channels)  # type: ignore[misc]
    assert costs[1] <= 1.3 * costs[0]


def test_a_node_costs_the_same_to_set_up_among_many() -> None:
    def make(nodes: int) -> None:
        genesis._kept.clear()  # what is copied costs less
        new_net(nodes)

    make(MANY)  # and so does what is known by now
    one, few, many = (calls_of(lambda n=n: make(n)) for n in (20, FEW, MANY))  # type: ignore[misc]
    assert (many - one) / (MANY - 20) <= TOLERANCE * (few - one) / (FEW - 20)


def test_strategies_of_ours_are_found_without_a_look_at_what_is_installed() -> None:
    """Which reads a file of each package, and took longer than the joins of a small world."""
    ours = list(STRATEGIES)
    assert (
        calls_of(lambda: Testnet(len(ours), engine="model", strategies=ours), "entry_points") == 0
    )


def test_those_who_wait_for_their_first_block_are_not_planned_for_in_every_other() -> None:
    """All who join an empty network at once want peers; blocks with news come one by one."""

    def plans_started(nodes: int) -> float:
        net = new_net(nodes)
        return calls_of(lambda: join_at_once(net), "plan_in_turn") / nodes

    assert plans_started(400) <= 1.2 * plans_started(200)


def test_checks_after_every_block_cost_what_the_blocks_are_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.testnet.checker.SMALL_WORLD", FEW - 1)
    costs = []
    for nodes in (FEW, MANY):
        simulation = Simulation(nodes, engine="model", keep_journal=100)
        simulation.watch(Check.EVERY_BLOCK)
        net = RunningTestnet(simulation)
        costs.append(calls_of(lambda net=net: join_at_once(net)) / nodes)  # type: ignore[misc]
        assert simulation.world.broken == []
    assert costs[1] <= TOLERANCE * costs[0]


def test_no_event_looks_at_every_token_network() -> None:
    costs = []
    for tokens in (1, 20):
        settings = Settings(transaction_timeout_seconds=10**6)
        simulation = Simulation(FEW, engine="model", tokens=tokens, settings=settings)
        simulation.watch(Check.EVERY_BLOCK)
        net = RunningTestnet(simulation)
        costs.append(calls_of(lambda net=net: join_at_once(net)))  # type: ignore[misc]
    assert costs[1] <= 1.02 * costs[0]


def test_withdrawn_timers_do_not_pile_up() -> None:
    clock = Clock(15, 0)
    kept = [clock.timer(10**6 + number, lambda: None) for number in range(10)]
    for number in range(10_000):
        clock.timer(10**5 + number, pytest.fail).cancel()
        assert clock.timers <= FEW_TIMERS + 2 * len(kept)
    clock.run()
    assert clock.now == 10**6 + 9
    assert clock.timers == 0


def test_transactions_that_are_over_leave_no_deadline() -> None:
    """Time does not pass the deadlines here, because somebody waits for less."""
    net = new_net(FEW)
    joins = [net.node(index).join.begin(net.token, 1000) for index in range(FEW)]
    net._simulation.world.clock.timer(10**9, pytest.fail)
    net._simulation.world.clock.run(
        lambda: all(join.done for join in joins) and not net._simulation.world.mempool.waiting
    )
    assert net._simulation.world.clock.timers <= FEW_TIMERS


def emit(tester: IndexedTester, tokens: str, times: int) -> None:
    data = "0x" + load("CustomToken").encode("mint", 5).hex()
    for _ in range(times):
        account = tester.get_accounts()[0]
        tester.send_transaction({"from": account, "to": tokens, "data": data, "gas": 100_000})


def new_token(tester: IndexedTester) -> str:
    code = load("CustomToken").deployment(10, 18, "Token", "TK")
    account = tester.get_accounts()[0]
    sent = tester.send_transaction({"from": account, "data": "0x" + code.hex(), "gas": 3_000_000})
    address: str = tester.get_transaction_receipt(sent)["contract_address"]
    return address


def test_a_search_for_logs_costs_what_it_finds() -> None:
    """Neither empty blocks cost anything nor other logs."""
    tester = IndexedTester(ChainBackend())
    rare, frequent = new_token(tester), new_token(tester)
    emit(tester, rare, 3)

    def cost() -> int:
        assert len(tester.get_logs(0, "latest", rare)) == 3
        return calls_of(lambda: tester.get_logs(0, "latest", rare))

    before = cost()
    tester.backend.chain.advance(100_000)
    assert calls_of(lambda: tester.get_logs(0, "latest", rare)) <= TOLERANCE * before
    emit(tester, frequent, 50)
    assert cost() <= TOLERANCE * before
    assert len(tester.get_logs(0)) >= 53


def test_a_filter_begins_without_a_look_at_empty_blocks() -> None:
    tester = IndexedTester(ChainBackend())
    token = new_token(tester)
    emit(tester, token, 1)
    tester.backend.chain.advance(100_000)

    def begin() -> None:
        assert len(tester.get_all_filter_logs(tester.create_log_filter(0, "latest", token))) == 1

    assert calls_of(begin) < 2_000


def test_an_index_of_logs_holds_what_the_chain_keeps() -> None:
    tester = IndexedTester(ChainBackend(keep=10))
    token = new_token(tester)
    for _ in range(5):
        emit(tester, token, 15)
        assert len(tester.get_logs(tester.backend.chain.blocks.oldest)) == 10
        assert len(tester.backend.chain.blocks.logs()) <= 20


def test_a_run_leaves_no_cycles_to_be_collected() -> None:
    net = new_net(FEW)
    with without_collection():
        join_at_once(net)
        leave_at_once(net)
        assert gc.collect() < FEW


@pytest.mark.nightly  # by day, a bounded world stays as large as it is
def test_memory_goes_with_what_is_open_and_not_with_what_has_happened() -> None:
    net = new_net(2 * FEW)
    objects = []
    for _ in range(4):
        join_at_once(net)
        leave_at_once(net)
        gc.collect()
        objects.append(len(gc.get_objects()))
    assert objects[-1] <= 1.01 * objects[0]


def test_a_bounded_world_is_as_large_after_sixty_rounds_as_after_thirty() -> None:
    """Everything that is allocated counts, what the collector does not know of included."""
    settings = Settings(settle_timeout_blocks=10)
    net = Testnet(4, keep_journal=50, keep_blocks=50, settings=settings)
    allocated = []
    for _ in range(2):
        for _ in range(30):
            join_at_once(net)
            leave_at_once(net)
        hash_small.cache_clear()  # which has a bound of its own
        gc.collect()
        allocated.append(sys.getallocatedblocks())
    assert net.block_number > 800
    assert net._simulation.journal.count > 3_000
    assert allocated[1] <= 1.005 * allocated[0]


@pytest.mark.nightly  # by day, a program leaves the collector as it was
def test_the_collector_rests_while_a_large_world_lives() -> None:
    before = gc.get_threshold()
    first = Testnet(MANY_NODES, engine="model")
    larger = Testnet(MANY_NODES + 1, engine="model")
    Testnet(2, engine="model").advance(blocks=1)
    assert gc.get_threshold() == (OBJECTS_OF_A_NODE * (MANY_NODES + 1), *before[1:])
    del larger
    gc.collect()
    assert gc.get_threshold() == (OBJECTS_OF_A_NODE * MANY_NODES, *before[1:])
    del first
    gc.collect()
    assert gc.get_threshold() == before


def test_the_collector_is_left_as_it_was() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() == (YOUNG_OBJECTS, *before[1:])
    assert gc.get_threshold() == before
    gc.set_threshold(0)
    try:
        with collecting_rarely():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
