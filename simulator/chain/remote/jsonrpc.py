"""JSON-RPC over HTTP: calls, and many calls in one request."""

import weakref
from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx

from simulator.system import bounded_json
from simulator.words.errors import ChainUnavailable
from simulator.words.options import is_remote

TIMEOUT_SECONDS = 60.0
MAX_BATCH = 500
"""Calls in one request; nodes limit how long one may be."""

Request = tuple[str, Sequence[object]]
"""A method and its parameters."""

METHOD_NOT_FOUND = -32601


class RpcError(Exception):
    """What a node answers instead of a result."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        self.code = error.get("code")
        self.text = str(error.get("message", error))
        super().__init__(f"{method}: {self.text}")


class JsonRpc:
    """A node's JSON-RPC interface.

    Args:
        url: where it listens: http:// or https://.

    Raises:
        ChainUnavailable: the URL is none, or nobody answers there; by every call.
    """

    def __init__(self, url: str) -> None:
        if not is_remote(url):
            raise ChainUnavailable(url, "must begin with http:// or https://")
        self.url = url
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._ids = count(1)
        weakref.finalize(self, self._client.close)

    def call(self, method: str, *parameters: object) -> Any:
        """Return a call's result.

        Raises:
            RpcError: the node answers with an error.
        """
        (answer,) = self.batch([(method, parameters)])
        if isinstance(answer, RpcError):
            raise answer
        return answer

    def offers(self, method: str, *parameters: object) -> bool:
        """Make a call and tell whether the node has it."""
        try:
            self.call(method, *parameters)
        except RpcError:
            return False
        return True

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """Return the results of many calls in their order; an error is an `RpcError` among them."""
        answers: list[Any] = []
        for start in range(0, len(requests), MAX_BATCH):
            answers += self._exchange(requests[start : start + MAX_BATCH])
        return answers

    def _exchange(self, requests: Sequence[Request]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(parameters)}
            for method, parameters in requests
        ]
        by_id = {answer.get("id"): answer for answer in self._post(body)}
        results: list[Any] = []
        for entry in body:
            answer = by_id.get(entry["id"], {})
            error = answer.get("error", None if "result" in answer else {"message": "no answer"})
            results.append(RpcError(str(entry["method"]), error) if error else answer["result"])
        return results

    def _post(self, body: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            response = self._client.post(self.url, json=body)
            answers = bounded_json.loads(response.content.decode(errors="replace"))
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ChainUnavailable(self.url, f"cannot be reached: {reason}") from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ChainUnavailable(self.url, f"is no URL: {error}") from None
        except ValueError:
            status = response.status_code
            raise ChainUnavailable(self.url, f"does not speak JSON-RPC: HTTP {status}") from None
        if isinstance(answers, dict) and "id" in answers:  # an error about the whole request
            answers = [{**answers, "id": entry["id"]} for entry in body]
        if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
            raise ChainUnavailable(self.url, "does not speak JSON-RPC: no list of answers")
        return answers
