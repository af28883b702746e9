"""Every status that an operation documents can be had from it."""

from simulator.chain.mempool import Fault
from tests.api.live import BOOTSTRAP, Live, Start

EVIL = {"Origin": "http://evil.example"}

OF_PAYMENTS = ("", "/{token_address}", "/{token_address}/{partner_address}")

ELSEWHERE = {
    ("put", "/api/v1/connections/{token_address}", "405"),  # on nodes without joining
    ("post", "/nodes/{index}/mint", "408"),  # on a chain that is slow
    ("post", "/tokens", "408"),
    *(("get", f"/api/v1/payments{path}", "400") for path in OF_PAYMENTS),  # of later generations
}
"""What it takes another world for. So do a 500, which is a fault of the simulator, and a 503 of the
control API, which says that the testnet ends."""


def test_what_is_documented_can_be_had(start: Start) -> None:
    net = start(5, engine="model", keep_journal=20)
    asked = (joins, channels, payments, tokens, leaves, reads, what_testers_do, workloads)
    for provoke in asked:
        provoke(net)
    strangers(net)
    seen = {tuple(call) for _, *call in net.documents.seen}  # no path is there on both ports
    documented = {
        (method, path, status)
        for port in (net.sockets.ports[0], net.sockets.control_port)
        for path, operations in net.document(port)["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if status != "500" and not (port == net.sockets.control_port and status == "503")
    }
    assert documented - seen == ELSEWHERE


def during(net: Live, mode: Fault, index: int, method: str, path: str, body: object = None) -> int:
    """Ask a node while its transactions have a fault; return the status."""
    net.control("PUT", f"/nodes/{index}/fault", {"mode": mode})
    status = net.request(index, method, path, body).status_code
    net.control("PUT", f"/nodes/{index}/fault", {"mode": "none"})
    return status


def poor(net: Live, index: int, method: str, path: str, body: object = None) -> int:
    """Ask a node that has no ETH; return the status."""
    net.control("PUT", f"/nodes/{index}/eth", {"wei": 7})
    status = net.request(index, method, path, body).status_code
    net.control("PUT", f"/nodes/{index}/eth", {"wei": 10**18})
    return status


def joins(net: Live) -> None:
    path, body = f"/connections/{net.token}", {"funds": 100}
    assert poor(net, 0, "PUT", path, body) == 402
    assert during(net, Fault.HOLD, 0, "PUT", path, body) == 408
    net.mesh(3)
    assert net.request(0, "PUT", "/connections/nonsense", body).status_code == 404
    assert net.request(0, "PUT", path, {}).status_code == 409


def channels(net: Live) -> None:
    path = f"/channels/{net.token}/{net.address(0)}"
    body = {"token_address": net.token, "partner_address": net.address(0)}
    more = {"total_deposit": 30}
    assert poor(net, 3, "PUT", "/channels", body) == 402
    assert during(net, Fault.DROP, 3, "PUT", "/channels", body) == 408
    statuses = [
        net.request(3, "PUT", "/channels", asked).status_code
        for asked in (body, body, {}, {**body, "settle_timeout": 0})
    ]
    assert statuses == [201, 200, 400, 409]
    assert poor(net, 3, "PATCH", path, more) == 402
    assert during(net, Fault.DROP, 3, "PATCH", path, more) == 408
    statuses = [
        net.request(3, "PATCH", where, asked).status_code
        for where, asked in (
            (path, more),
            (path, {}),
            (path, more),
            (f"/channels/{net.token}/nonsense", more),
        )
    ]
    assert statuses == [200, 400, 409, 404]


def payments(net: Live) -> None:
    path = f"/payments/{net.token}/{net.address(0)}"
    statuses = [
        net.request(3, "POST", where, asked).status_code
        for where, asked in (
            (path, {"amount": 5}),
            (path, {}),
            (path, {"amount": 0}),
            (f"/payments/{net.token}/nonsense", {"amount": 5}),
        )
    ]
    assert statuses == [200, 400, 409, 404]
    for where in ("/payments", f"/payments/{net.token}", path):
        assert net.request(3, "GET", f"{where}?limit=-1").status_code == 409


def tokens(net: Live) -> None:
    """And suggestions, since they are about token networks."""
    bodies: tuple[object, ...] = ({}, {"balance": 5}, "nonsense")
    statuses = [net.control("POST", "/tokens", body).status_code for body in bodies]
    assert statuses == [201, 201, 409]
    token = net.control("POST", "/tokens", {}).json()["token_address"]
    path, mint = f"/tokens/{token}", f"/_testing/tokens/{token}/mint"
    body = {"to": net.address(0), "value": 5}
    assert poor(net, 0, "PUT", path) == poor(net, 0, "POST", mint, body) == 402
    assert during(net, Fault.DROP, 0, "PUT", path) == 408
    assert during(net, Fault.DROP, 0, "POST", mint, body) == 408
    statuses = [net.request(0, "PUT", path).status_code for _ in range(2)]
    assert statuses == [201, 409]
    assert net.request(0, "PUT", "/tokens/nonsense").status_code == 404
    statuses = [net.request(0, "POST", mint, asked).status_code for asked in (body, {})]
    assert statuses == [200, 400]
    assert net.request(0, "POST", mint.replace(token, "nonsense"), body).status_code == 404
    network = net.request(0, "GET", path).json()
    for address, query in ((network, ""), (network, "?limit=0"), (token, "")):
        net.control("GET", f"/api/v1/{address}/suggest_partner{query}")


def leaves(net: Live) -> None:
    path = f"/connections/{net.token}"
    assert poor(net, 2, "DELETE", path) == 402
    assert during(net, Fault.FAIL, 2, "DELETE", path) == 409
    assert during(net, Fault.HOLD, 2, "DELETE", path) == 408
    assert net.leave(2).status_code == 200
    assert net.request(2, "DELETE", f"/connections/{BOOTSTRAP}").status_code == 404


def reads(net: Live) -> None:
    """And that a node that is stopped answers nothing."""
    net.control("POST", "/nodes/4/stop")
    for path, operations in net.document(net.sockets.ports[0])["paths"].items():
        right = path.replace("{token_address}", net.token)
        right = right.replace("{partner_address}", net.address(3)).removeprefix("/api/v1")
        for method in operations:
            net.request(4, method.upper(), right, {})
        if "get" in operations:
            assert net.request(0, "GET", right).status_code == 200
            net.request(0, "GET", right.replace(net.token, "nonsense"))

    assert net.request(3, "POST", "/shutdown").status_code == 200


def what_testers_do(net: Live) -> None:
    for path in ("/status", "/graph", f"/graph/{net.token}", "/journal"):
        for query in ("", "?at=0&offset=0", "?at=-1&offset=-1"):
            net.control("GET", path + query)
    net.control("GET", f"/graph/{BOOTSTRAP}")
    for path in ("/gas-price", "/advance", "/idle"):
        for body in ({"wei": 2 * 10**9}, {"blocks": 1}, {"blocks": 0, "wei": 0}):
            net.control("PUT" if path == "/gas-price" else "POST", path, body)
    for index in (0, 99):
        for action in ("back-up", "stop", "lose-disk", "crash", "start", "mint"):
            net.control("POST", f"/nodes/{index}/{action}", {"amount": 1})
        net.control("PUT", f"/nodes/{index}/fault", {"mode": "none"})
        net.control("PUT", f"/nodes/{index}/eth", {"wei": 10**18})
        for name in ("fees", "routing"):
            net.control("GET", f"/nodes/{index}/{name}")
            net.control("PUT", f"/nodes/{index}/{name}", {})
    for method, name in (
        *(("PUT", name) for name in ("fault", "eth", "fees", "routing")),
        ("POST", "mint"),
    ):
        assert net.control(method, f"/nodes/0/{name}", "nonsense").status_code == 409
    net.control("GET", "/messages")
    for name, field, bad in (
        ("messages", "nodes", 7),
        ("partition", "groups", 7),
        ("silence", "nodes", 7),
    ):
        for value in ([], [[99]] if field == "groups" else [99], bad):
            net.control("PUT", f"/{name}", {field: value})
    net.control("GET", "/journal?node=99")


def strangers(net: Live) -> None:
    """Ask for everything as a page of another machine does."""
    for port in (net.sockets.ports[0], net.sockets.control_port):
        for path, operations in net.document(port)["paths"].items():
            right = path.replace("{token_address}", net.token).replace("{index}", "0")
            for method in operations:
                asked = right.replace("{partner_address}", BOOTSTRAP)
                answer = net._send(port, method.upper(), asked, "{}", headers=EVIL)
                assert answer.status_code == 403


def workloads(net: Live) -> None:
    traffic = {"payments": 1, "arrivals": {"per_second": 1}, "amounts": {"least": 1, "most": 2}}
    for body in ({**traffic, "name": "retail"}, {}, {**traffic, "token": BOOTSTRAP}):
        net.control("POST", "/workloads", body)
    net.control("GET", "/workloads")
    for name in ("retail", "none"):
        net.control("GET", f"/workloads/{name}")
        net.control("POST", f"/workloads/{name}/stop")
