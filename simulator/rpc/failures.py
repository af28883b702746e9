"""What a request is answered with that can't be fulfilled: a code, one sentence, perhaps data."""

from typing import Any

NOT_JSON = -32700
NO_REQUEST = -32600
NO_SUCH_METHOD = -32601
WRONG_PARAMETERS = -32602
INTERNAL = -32603
REFUSED = -32000
"""Servers' own reasons: a transaction that can't be, a state that forbids it."""
NOT_THERE = -32001
"""What is asked for is not there, or no longer."""
TOO_MUCH = -32005
REVERTED = 3
"""A contract has reverted; its data comes along."""


class RpcFailure(Exception):
    """A request fails, and its sender is told why.

    Attributes:
        code: of JSON-RPC, or one of those that Ethereum nodes share.
        data: what libraries decode further, such as the data of a revert.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def shape(self) -> dict[str, Any]:
        """The error as it is sent."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}


def wrong(what: str) -> RpcFailure:
    """Return the failure of a parameter that is not what it should be."""
    return RpcFailure(WRONG_PARAMETERS, what)
