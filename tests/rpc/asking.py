"""Asks over JSON-RPC, without a library that mends what comes back."""

from itertools import count
from typing import Any

import httpx

from tests.waiting import PATIENCE_SECONDS, until

GWEI = 10**9
ETHER = 10**18

# returns 42 from any call
RETURNS_42 = "0x600a600c600039600a6000f3602a60005260206000f3"


def reverting(data: bytes) -> str:
    """Return the deployment of a contract whose every call reverts with some data."""
    code = b""
    for offset in range(0, len(data), 32):
        word = data[offset : offset + 32].ljust(32, b"\0")
        code += b"\x7f" + word + b"\x61" + offset.to_bytes(2, "big") + b"\x52"
    code += b"\x61" + len(data).to_bytes(2, "big") + b"\x60\x00\xfd"
    size = len(code).to_bytes(2, "big")
    # copies what follows its 15 bytes into memory, and returns it
    start = b"\x61" + size + b"\x80\x61\x00\x0d\x60\x00\x39\x60\x00\xf3"
    return "0x" + (start.replace(b"\x00\x0d", len(start).to_bytes(2, "big")) + code).hex()


class RpcError(Exception):
    """The answer is an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.data = error.get("data")


class Asking(httpx.Client):
    """A client of one URL."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=PATIENCE_SECONDS, trust_env=False)
        self.url = url
        self._ids = count(1)

    def raw(self, content: str | bytes, **headers: str) -> httpx.Response:
        """Post something."""
        return self.post(self.url, content=content, headers=headers)

    def request_of(self, method: str, *params: object) -> dict[str, Any]:
        """Return a request."""
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": [*params]}

    def ask(self, method: str, *params: object) -> Any:
        """Return a result.

        Raises:
            RpcError: there is none.
        """
        request = self.request_of(method, *params)
        response = self.post(self.url, json=request)
        assert response.status_code == 200
        answer = response.json()
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", request["id"])
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def transact(self, **transaction: object) -> dict[str, Any]:
        """Send a transaction of an unlocked account, and return its receipt."""
        return self.receipt(self.ask("eth_sendTransaction", transaction))

    def receipt(self, transaction_hash: str) -> dict[str, Any]:
        """Wait for a receipt."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            receipt = self.ask("eth_getTransactionReceipt", transaction_hash)
            found.extend([receipt] if receipt else [])
            return bool(found)

        until(is_there)
        return found[0]
