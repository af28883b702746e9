"""A node's JSON-RPC: requests and batches of them, read, answered and written."""

import asyncio
import inspect
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from eth_keys.datatypes import PrivateKey

from simulator.evm.chain import Chain
from simulator.evm.pool import TransactionPool
from simulator.evm.signed_transactions import SignedTransactions
from simulator.rpc.accounts import Accounts
from simulator.rpc.calls import Calls
from simulator.rpc.failures import (
    INTERNAL,
    NO_REQUEST,
    NO_SUCH_METHOD,
    NOT_JSON,
    NOT_THERE,
    REFUSED,
    TOO_MUCH,
    RpcFailure,
)
from simulator.rpc.filters import Filters
from simulator.rpc.handlers import Handlers, bind
from simulator.rpc.helpers import Helpers
from simulator.rpc.history import History
from simulator.rpc.host import ChainHost
from simulator.rpc.reads import Reads
from simulator.rpc.sending import Sending
from simulator.rpc.view import View
from simulator.system import bounded_json
from simulator.words.errors import NotKept, SimulatorError
from simulator.words.quoting import shown

logger = logging.getLogger(__name__)

MAX_BATCH = 1_000
"""Requests in one batch."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Of all answers to a batch."""

NO_HANDLERS: Handlers = {}
OVER_WEBSOCKET = ("eth_subscribe", "eth_unsubscribe")


class JsonRpcNode:
    """Answers JSON-RPC about a chain.

    Args:
        chain: the chain.
        pool: takes what is sent.
        signers: keys of those whose transactions the chain holds unsigned.
        accounts: keys of the accounts that sign here for whoever asks.
        host: the world around the chain.
    """

    def __init__(
        self,
        chain: Chain,
        pool: TransactionPool,
        signers: Iterable[PrivateKey],
        accounts: Iterable[PrivateKey],
        host: ChainHost,
    ) -> None:
        self.view = View(chain, pool, SignedTransactions(chain, signers))
        self._host = host
        history, calls = History(self.view), Calls(self.view, pool.most_gas)
        sending = Sending(self.view, host.on_sent)
        signing = Accounts(self.view, calls, sending, accounts)
        self.filters = Filters(self.view, history, pool)
        self._handlers: Handlers = {
            name: handler
            for part in (
                Reads(self.view),
                calls,
                history,
                self.filters,
                sending,
                signing,
                Helpers(host, signing),
            )
            for name, handler in part.methods().items()
        }
        self._handlers = {
            **self._handlers,
            "rpc_modules": lambda: dict.fromkeys(sorted(_modules(self._handlers)), "1.0"),
        }

    @property
    def methods(self) -> list[str]:
        """The methods that are known, refused ones included."""
        return sorted([*self._handlers, *OVER_WEBSOCKET])

    async def answer(self, body: bytes, more: Handlers = NO_HANDLERS) -> str | None:
        """Answer a request or a batch; None where nobody wants an answer.

        Args:
            body: JSON.
            more: further methods, which this client has.
        """
        try:
            asked = bounded_json.loads(body.decode())
        except UnicodeDecodeError:
            return _written(_failed(None, RpcFailure(NOT_JSON, "The request is not UTF-8.")))
        except ValueError as error:
            problem = f"The request can't be read: {error}."
            return _written(_failed(None, RpcFailure(NOT_JSON, problem)))
        if not isinstance(asked, list):
            answer = await self._answer_one(asked, more)
            return None if answer is None else _written(answer)
        return await self._answer_batch(asked, more)

    async def _answer_batch(self, asked: list[Any], more: Handlers) -> str | None:
        problem = ""
        if not asked:
            problem = "A batch has at least one request."
        elif len(asked) > MAX_BATCH:
            problem = f"A batch has at most {MAX_BATCH:,} requests, not {len(asked):,}."
        if problem:
            return _written(_failed(None, RpcFailure(NO_REQUEST, problem)))
        answers: list[str] = []
        size = 0
        for one in asked:
            if size > MAX_ANSWER_BYTES:
                too_much = RpcFailure(TOO_MUCH, "The answers are too long together: ask for less.")
                answer: Any = _failed(_id_of(one), too_much)
            else:
                answer = await self._answer_one(one, more)
            if answer is not None:
                answers.append(_written(answer))
                size += len(answers[-1])
            await asyncio.sleep(0)  # others get a turn
        return f"[{','.join(answers)}]" if answers else None

    async def _answer_one(self, asked: object, more: Handlers) -> dict[str, Any] | None:
        try:
            request = _request(asked)
            result = await self._result(request, more)
        except RpcFailure as failure:
            answer = _failed(_id_of(asked), failure)
        else:
            answer = {"jsonrpc": "2.0", "id": _id_of(asked), "result": result}
        # without an id it is a notification, of which nobody wants to hear
        return answer if not isinstance(asked, dict) or "id" in asked else None

    async def _result(self, request: Mapping[str, Any], more: Handlers) -> Any:
        """Return what a request asks for.

        Raises:
            RpcFailure: it can't be had.
        """
        method = request["method"]
        handler = more.get(method) or self._handlers.get(method)
        if handler is None:
            raise _no_handler(method)
        try:
            self._host.prepare()
            found = bind(method, handler, request.get("params"))()
            return await found if inspect.isawaitable(found) else found
        except RpcFailure:
            raise
        except NotKept as error:
            raise RpcFailure(NOT_THERE, str(error)) from None
        except SimulatorError as error:
            raise RpcFailure(REFUSED, str(error)) from None
        except Exception:
            logger.exception("%s failed", shown(method))
            raise RpcFailure(INTERNAL, "An internal fault; it is logged.") from None


def _no_handler(method: str) -> RpcFailure:
    if method in OVER_WEBSOCKET:
        return RpcFailure(
            REFUSED, f"notifications not supported: {method} needs a WebSocket, ws:// on this port"
        )
    return RpcFailure(NO_SUCH_METHOD, f"the method {shown(method)} does not exist/is not available")


def _modules(methods: Iterable[str]) -> set[str]:
    return {method.partition("_")[0] for method in methods}


def _request(asked: object) -> Mapping[str, Any]:
    if isinstance(asked, dict) and isinstance(asked.get("method"), str):
        return asked
    raise RpcFailure(NO_REQUEST, f"A request is an object with a method, not {shown(asked)}.")


def _id_of(asked: object) -> Any:
    found = asked.get("id") if isinstance(asked, dict) else None
    return found if isinstance(found, str | int | float) else None


def _failed(identifier: object, failure: RpcFailure) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "error": failure.shape}


def _written(answer: object) -> str:
    return json.dumps(answer, separators=(",", ":"))
