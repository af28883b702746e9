"""The one table from a call and its error to an HTTP status.

It lies below HTTP and scenario files, because both name statuses. An error is looked up by its
class, then by its parents; a call may have entries of its own, for compatibility with Raiden.
"""

from enum import StrEnum

from simulator.words import errors


class ApiCall(StrEnum):
    """The calls of a node's API that can fail."""

    JOIN = "join"
    LEAVE = "leave"
    OPEN_CHANNEL = "open_channel"
    PATCH_CHANNEL = "patch_channel"
    PAY = "pay"
    HISTORY = "history"
    REGISTER_TOKEN = "register_token"  # noqa: S105 - no password
    MINT = "mint"
    USER_DEPOSIT = "user_deposit"
    SHUT_DOWN = "shut_down"
    READ = "read"


SUCCESS: dict[ApiCall, int] = {
    ApiCall.JOIN: 204,
    ApiCall.LEAVE: 200,
    ApiCall.OPEN_CHANNEL: 201,
    ApiCall.PATCH_CHANNEL: 200,
    ApiCall.PAY: 200,
    ApiCall.HISTORY: 200,
    ApiCall.REGISTER_TOKEN: 201,
    ApiCall.MINT: 200,
    ApiCall.USER_DEPOSIT: 200,
    ApiCall.SHUT_DOWN: 200,
    ApiCall.READ: 200,
}
"""What a call answers when it succeeds."""

ALREADY_OPEN = 200
"""What opening a channel answers when it was open already."""

_STATUSES: dict[type[errors.SimulatorError], int] = {
    errors.InvalidRequest: 409,
    errors.NodeNotFound: 404,
    errors.WorkloadNotFound: 404,
    errors.InvalidAddress: 404,
    errors.UnknownTokenNetwork: 404,
    errors.ChannelNotFound: 404,
    errors.ChannelStateConflict: 409,
    errors.PaymentUnsuccessful: 409,
    errors.WithdrawUnsuccessful: 409,
    errors.InsufficientEth: 402,
    errors.TransactionTimedOut: 408,
    errors.TransactionFailed: 409,
    errors.TooManyTokenNetworks: 403,
    errors.NoServices: 404,
    errors.NotKept: 410,
    errors.CallNotOffered: 405,
    errors.NodeUnavailable: 503,
    errors.InternalFault: 500,
    errors.ExtensionFailed: 500,
    errors.ConfigurationError: 409,
    errors.ChainUnavailable: 503,
    errors.AssertionFailed: 409,
}

_EXCEPTIONS: dict[tuple[ApiCall, type[errors.SimulatorError]], int] = {
    (ApiCall.JOIN, errors.UnknownTokenNetwork): 409,
    (ApiCall.OPEN_CHANNEL, errors.UnknownTokenNetwork): 409,
    (ApiCall.OPEN_CHANNEL, errors.InsufficientFunds): 402,
    (ApiCall.OPEN_CHANNEL, errors.InvalidBody): 400,
    (ApiCall.PATCH_CHANNEL, errors.UnknownTokenNetwork): 409,
    (ApiCall.PATCH_CHANNEL, errors.ChannelNotFound): 409,
    (ApiCall.PATCH_CHANNEL, errors.InsufficientFunds): 402,
    (ApiCall.PATCH_CHANNEL, errors.InvalidBody): 400,
    (ApiCall.PAY, errors.UnknownTokenNetwork): 409,
    (ApiCall.PAY, errors.InvalidBody): 400,
    (ApiCall.HISTORY, errors.UnknownTokenNetwork): 400,
    (ApiCall.HISTORY, errors.InvalidBody): 400,
    (ApiCall.MINT, errors.InvalidRequest): 400,
    (ApiCall.MINT, errors.TransactionFailed): 400,
    (ApiCall.USER_DEPOSIT, errors.InvalidBody): 400,
    (ApiCall.USER_DEPOSIT, errors.InsufficientFunds): 402,
}


def status_of(call: ApiCall, error: errors.SimulatorError) -> int:
    """Return the HTTP status that a call answers with when it fails with `error`."""
    for class_ in type(error).__mro__:
        if (call, class_) in _EXCEPTIONS:
            return _EXCEPTIONS[call, class_]
        if class_ in _STATUSES:
            return _STATUSES[class_]
    return 500
