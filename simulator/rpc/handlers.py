"""How methods are called: by name, with parameters in order."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulator.rpc.failures import RpcFailure, wrong
from simulator.words.quoting import shown

Handler = Callable[..., Any | Awaitable[Any]]
"""Answers a request; its arguments are the parameters, read by itself."""

Handlers = Mapping[str, Handler]


def bind(method: str, handler: Handler, parameters: object) -> Callable[[], Any]:
    """Return the call that a request asks for.

    Raises:
        RpcFailure: the parameters are no list, or too few or too many.
    """
    if parameters is None:
        parameters = []
    if not isinstance(parameters, list):
        raise wrong(f"params must be a list, not {shown(parameters)}.")
    signature = inspect.signature(handler)
    given = list(parameters)
    while given and given[-1] is None:  # what is left out, some clients say
        given.pop()
    try:
        signature.bind(*given)
    except TypeError:
        raise _count(method, signature, len(given)) from None
    return lambda: handler(*given)


def _count(method: str, signature: inspect.Signature, given: int) -> RpcFailure:
    all_of_them = signature.parameters.values()
    least = sum(one.default is inspect.Parameter.empty for one in all_of_them)
    most = len(all_of_them)
    number = str(least) if least == most else f"{least} to {most}"
    plural = "" if number == "1" else "s"
    return wrong(f"{method} takes {number} parameter{plural}, not {given}.")
