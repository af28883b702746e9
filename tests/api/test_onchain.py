"""What a node's API offers on the chain beside channels, dialect by dialect."""

from typing import Any

import httpx
import pytest

from simulator.chain.contracts import Token
from simulator.node.dialects import Dialect
from simulator.words.options import Check
from simulator.words.units import ZERO_ADDRESS, checksum
from tests.api.live import BOOTSTRAP, REALTIME, Live, Start
from tests.marks import nightly

OLD, STRINGS, NEW = 0, 1, 2
"""A node of each dialect."""
ENGINES = ("pyevm", "model")
POOR = {"wei": 7}


@pytest.fixture
def mixed(start: Start, request: pytest.FixtureRequest) -> Live:
    """A world with a node of each dialect, and with the contracts of services."""
    engine = getattr(request, "param", ENGINES[0])
    return start(3, engine=engine, dialects=[*Dialect], services=True)


def deploy(net: Live, **details: object) -> str:
    answer = net.control("POST", "/tokens", details)
    assert answer.status_code == 201
    return str(answer.json()["token_address"])


def register(net: Live, index: int, token: str) -> httpx.Response:
    return net.request(index, "PUT", f"/tokens/{token}")


def mint(net: Live, index: int, token: str, **body: object) -> httpx.Response:
    return net.request(index, "POST", f"/_testing/tokens/{token}/mint", body)


def user_deposit(net: Live, **body: object) -> httpx.Response:
    return net.request(NEW, "POST", "/user_deposit", body)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_registered_token_has_a_network_that_all_nodes_join(start: Start, engine: str) -> None:
    net = start(3, engine=engine, dialects=[*Dialect])
    token = deploy(net, balance=1_000)
    path = f"/tokens/{token}"
    assert net.request(OLD, "GET", path).status_code == 404
    made = register(net, STRINGS, token)
    assert made.status_code == 201
    network = made.json()["token_network_address"]
    for index in (OLD, STRINGS, NEW):
        assert net.request(index, "GET", path).json() == network
        assert net.request(index, "GET", "/tokens").json() == [net.token, token]
    for index in (OLD, STRINGS):
        path = f"/connections/{token}"
        assert net.request(index, "PUT", path, {"funds": 100}).status_code == 204
    (channel,) = net.request(STRINGS, "GET", f"/channels/{token}").json()
    assert channel["partner_address"] == net.address(OLD)
    assert (channel["token_network_address"], channel["total_deposit"]) == (network, "20")
    paid = net.request(OLD, "POST", f"/payments/{token}/{net.address(STRINGS)}", {"amount": 3})
    assert paid.status_code == 200
    net.testnet.check_invariants()


def test_a_token_that_was_registered_late_has_a_past(start: Start) -> None:
    """Its graph shows who was online, also before it was there."""
    net = start(3, engine="model")
    net.control("POST", "/nodes/2/stop")
    token = deploy(net, balance=50)
    register(net, 0, token)
    for at in ("", f"&at={net.testnet.journal.count}"):
        nodes = net.control("GET", f"/graph/{token}?everything=true{at}").json()["nodes"]
        assert [node["online"] for node in nodes] == [True, True, False]


def test_what_a_stranger_registers_nodes_know(start: Start) -> None:
    """Whoever sends the transaction: here somebody with web3.py."""
    net = start(2)
    token = deploy(net, balance=10)
    registry = net.testnet.token_networks
    call = registry._registry.create(net.testnet.nodes[1].address, parse(token))
    net.testnet.web3.eth.send_transaction(
        {
            "from": checksum(call.sender),
            "to": checksum(call.to or ZERO_ADDRESS),
            "data": call.data,
            "gas": call.gas_limit,
        }
    )
    assert net.control("POST", "/advance", {"blocks": 1}).status_code == 200
    assert net.request(0, "GET", "/tokens").json() == [net.token, token]
    assert register(net, 0, token).status_code == 409


def parse(text: str) -> Any:
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_token_is_not_registered(start: Start, engine: str) -> None:
    net = start(1, engine=engine)
    network = net.request(0, "GET", f"/tokens/{net.token}").json()
    sent = net.testnet.journal.count
    for address in (net.token, checksum(ZERO_ADDRESS), BOOTSTRAP, network):
        assert register(net, 0, address).status_code == 409
    assert register(net, 0, net.token.lower()).status_code == 404
    assert net.testnet.journal.count == sent  # nothing was paid for


def test_registering_fails_as_it_does_at_real_nodes(start: Start) -> None:
    net = start(2, engine="model", max_token_networks=2)
    first, second = deploy(net), deploy(net)
    net.control("PUT", "/nodes/0/eth", POOR)
    assert register(net, 0, first).status_code == 402
    assert register(net, 1, first).status_code == 201
    full = register(net, 1, second)
    assert full.status_code == 403
    assert full.json() == {
        "errors": "Number of token networks will exceed the maximum of 2",
    }


def test_of_two_who_register_at_once_one_is_told_that_it_was_slower(start: Start) -> None:
    net = start(2, REALTIME)
    token = net.skip_until(net.begin_control("POST", "/tokens", {}))[0].json()["token_address"]
    calls = [net.begin(index, "PUT", f"/tokens/{token}") for index in range(2)]
    for index in range(2):
        net.wait_until_asked(index, 1)
    slow, fast = sorted(net.skip_until(*calls), key=lambda answer: -answer.status_code)
    assert (slow.status_code, fast.status_code) == (409, 201)
    assert "already registered" in slow.json()["errors"]


def test_anybody_mints_test_tokens(mixed: Live) -> None:
    unregistered = deploy(mixed)
    for token in (mixed.token, unregistered):
        for index in (OLD, STRINGS, NEW):
            before = balance(mixed, token, 1)
            done = mint(mixed, index, token, to=mixed.address(1), value=str(2**60 + 1))
            assert done.status_code == 200
            assert balance(mixed, token, 1) - before == 2**60 + 1
            assert (done.json() == {}) == (index != NEW)
    transaction = mixed.testnet.web3.eth.get_transaction(done.json()["transaction_hash"])
    assert (transaction["from"], transaction.get("to")) == (mixed.address(NEW), unregistered)


def balance(net: Live, token: str, index: int) -> int:
    """Ask the chain."""
    contract = Token(parse(token), net.testnet.deployment.contracts)
    return contract.balance_of(net.testnet.ledger, parse(net.address(index)))


def test_minting_fails_as_it_does_at_real_nodes(start: Start) -> None:
    net = start(2, engine="model")
    to = net.address(1)
    for body in (
        {"to": to, "value": -1},
        {"to": to, "value": 0},
        {"to": to, "value": 2**256},
        {"to": to, "value": 2**256 - 1},  # together with what there is
        {"to": to[:-1], "value": 1},
        {"to": checksum(ZERO_ADDRESS), "value": 1},
        {"to": to},
        {"value": 1},
        {"to": to, "value": 1, "more": 2},
    ):
        assert mint(net, 0, net.token, **body).status_code == 400, body
    assert mint(net, 0, BOOTSTRAP, to=to, value=1).status_code == 400
    # what an older client sends along
    assert mint(net, 0, net.token, to=to, value=1, contract_method="mintFor").status_code == 200
    net.control("PUT", "/nodes/0/eth", POOR)
    assert mint(net, 0, net.token, to=to, value=1).status_code == 402


def test_minted_tokens_are_put_to_use(start: Start) -> None:
    net = start(3, engine="model", token_balance=100)
    net.mesh(2)
    assert net.join(2, funds=100).status_code == 204
    assert mint(net, 0, net.token, to=net.address(2), value=900).status_code == 200
    assert net.join(2, funds=1_000).status_code == 204
    assert net.deposits(2) == [200, 200]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_minted_to_a_token_network_is_in_no_channel(start: Start, engine: str) -> None:
    """And no fault of anybody's, whether everything is counted or what has changed."""
    net = start(3, engine=engine)
    found: list[object] = []
    net.testnet.watch(Check.EVERY_BLOCK, found.append)
    network = net.request(0, "GET", f"/tokens/{net.token}").json()
    net.mesh(2)
    assert mint(net, 0, net.token, to=network, value=77).status_code == 200
    net.leave(0)
    assert balance_of(net, network) == 77
    net.testnet.check_invariants()
    assert found == []


def balance_of(net: Live, owner: str) -> int:
    """Ask the chain."""
    network = next(iter(net.testnet.world.networks.values()))
    return network.token.balance_of(net.testnet.ledger, parse(owner))


def test_contracts_are_named_by_those_who_know_them(mixed: Live, start: Start) -> None:
    assert mixed.request(OLD, "GET", "/contracts").status_code == 404
    found = mixed.request(NEW, "GET", "/contracts").json()
    assert mixed.request(STRINGS, "GET", "/contracts").json() == found
    addresses = {name: text for name, text in found.items() if name.endswith("_address")}
    assert len(set(addresses.values())) == 6
    code = mixed.testnet.web3.eth.get_code
    assert all(code(address) for address in addresses.values())
    without = start(2, engine="model", dialects=[Dialect.ALDERAAN, Dialect.BESPIN])
    for index, absent in enumerate(("", None)):
        named = without.request(index, "GET", "/contracts").json()
        assert named["user_deposit_address"] == named["one_to_n_address"] == absent


@pytest.mark.parametrize("mixed", ENGINES, indirect=True)
def test_user_deposits_grow_and_are_taken_out_as_planned(mixed: Live) -> None:
    (user_deposits, token) = (mixed.testnet.user_deposits, mixed.testnet.deployment.services)
    assert token is not None
    service_token = checksum(token.token)
    before = balance(mixed, service_token, NEW)
    hashes = [user_deposit(mixed, total_deposit=total).json() for total in ("50", 2**60 + 1)]
    assert all([*answer] == ["transaction_hash"] for answer in hashes)
    assert balance(mixed, service_token, NEW) == before - 2**60 - 1
    planned = user_deposit(mixed, planned_withdraw_amount="20").json()
    block = planned["planned_withdraw_block_number"]
    assert type(block) is int
    assert user_deposit(mixed, withdraw_amount="20").status_code == 409  # too early
    mixed.control("POST", "/advance", {"blocks": block - mixed.testnet.block_number - 2})
    assert user_deposit(mixed, withdraw_amount="20").status_code == 409
    mixed.control("POST", "/advance", {"blocks": 1})
    assert user_deposit(mixed, withdraw_amount="20").status_code == 200
    assert mixed.testnet.block_number == block
    assert balance(mixed, service_token, NEW) == before - 2**60 + 19
    owner = mixed.testnet.nodes[NEW].address
    left = user_deposits.contract.balance(mixed.testnet.ledger, owner)
    assert left == 2**60 + 1 - 20


@pytest.mark.parametrize("mixed", [nightly("pyevm"), "model"], indirect=True)
def test_user_deposits_fail_as_they_do_at_real_nodes(mixed: Live, start: Start) -> None:
    assert user_deposit(mixed, total_deposit=50).status_code == 200
    for status, body in (
        (400, {}),
        (400, {"total_deposit": 60, "withdraw_amount": 1}),
        (400, {"total_deposit": None}),
        (400, {"deposit": 60}),
        (402, {"total_deposit": 10**30}),
        (409, {"total_deposit": 50}),
        (409, {"total_deposit": -1}),
        (409, {"planned_withdraw_amount": 0}),
        (409, {"planned_withdraw_amount": 51}),
        (409, {"withdraw_amount": 1}),  # nothing is planned
        (409, {"withdraw_amount": 0}),
    ):
        assert user_deposit(mixed, **body).status_code == status, body
    mixed.control("PUT", f"/nodes/{NEW}/eth", POOR)
    assert user_deposit(mixed, total_deposit=60).status_code == 402
    for index in (OLD, STRINGS):
        asked = mixed.request(index, "POST", "/user_deposit", {"total_deposit": 1})
        assert asked.status_code == 404
    without = start(3, engine="model", dialects=[*Dialect])
    assert user_deposit(without, total_deposit=60).status_code == 404
    assert user_deposit(without).status_code == 400


def test_only_the_node_that_is_asked_shuts_down(start: Start) -> None:
    net = start(3, engine="model", dialects=[*Dialect])
    net.mesh(2)
    for index in range(3):
        assert net.request(index, "POST", "/shutdown", "{}").json() == {"status": "shutdown"}
        assert net.request(index, "GET", "/status").json() == {"status": "unavailable"}
        assert net.request(index, "POST", "/shutdown").status_code == 503
        others = [
            net.request(other, "GET", "/address").status_code for other in range(index + 1, 3)
        ]
        assert others == [200] * (2 - index)
        assert net.control("GET", "/status").status_code == 200
    net.control("POST", "/nodes/0/start")
    assert net.request(0, "GET", "/status").json() == {"status": "ready"}


def test_what_a_node_has_to_tell_it_tells_once(start: Start) -> None:
    net = start(2, engine="model", dialects=[Dialect.ALDERAAN, Dialect.BESPIN])
    body = {"token_address": net.token, "partner_address": net.address(1), "total_deposit": 5}
    assert net.request(0, "PUT", "/channels", body).status_code == 201
    assert net.request(1, "GET", "/notifications").json() == []
    paid = net.request(0, "POST", f"/payments/{net.token}/{net.address(1)}", {"amount": 1})
    assert paid.status_code == 200
    net.control("PUT", "/nodes/1/eth", POOR)  # it can't show what it was paid
    path = f"/channels/{net.token}/{net.address(1)}"
    assert net.request(0, "PATCH", path, {"state": "closed"}).status_code == 200
    (told,) = net.request(1, "GET", "/notifications").json()
    assert told["id"] == "missing_gas_reserve"
    assert "has 7 wei" in told["body"]
    assert net.request(1, "GET", "/notifications").json() == []
    assert net.request(0, "GET", "/notifications").status_code == 404


def test_partners_are_suggested_by_the_world_as_by_a_pathfinding_service(start: Start) -> None:
    dialects = [Dialect.ALDERAAN] * 4 + [Dialect.BESPIN]
    net = start(5, engine="model", dialects=dialects)
    service = net.request(4, "GET", "/settings").json()["pathfinding_service_address"]
    assert service == net.control_url
    network = net.request(4, "GET", f"/tokens/{net.token}").json()
    path = f"/api/v1/{network}/suggest_partner"

    def suggested(query: str = "") -> list[Any]:
        return [one["address"] for one in net.control("GET", path + query).json()]

    assert suggested() == []
    net.mesh(4)
    first = suggested()
    assert sorted(first) == sorted(net.address(index) for index in range(4))
    found = net.control("GET", path).json()
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    for one in found:
        assert one["score"] == one["centrality"] * one["uptime"] * one["capacity"]
    assert suggested("?limit=2") == first[:2]
    net.leave(0)
    net.control("POST", "/nodes/1/stop")
    left = suggested()
    assert net.address(0) not in left
    assert net.address(1) not in left
    assert net.address(3) in left
    assert net.control("GET", f"/api/v1/{net.token}/suggest_partner").status_code == 404
    assert net.control("GET", f"{path}?limit=0").status_code == 409


def test_nodes_that_ask_no_service_say_so(start: Start) -> None:
    net = start(1, engine="model", dialects=[Dialect.BESPIN], routing_modes=["private"])
    assert net.request(0, "GET", "/settings").json() == {"pathfinding_service_address": None}
