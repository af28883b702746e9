"""The tree of expected errors. Each carries its data; the text is one clear sentence.

SimulatorError
├── InvalidRequest            a value that breaks a rule; names the field
│   ├── InvalidBody           what was sent is not a JSON object of the expected shape
│   ├── InsufficientFunds     more tokens asked for than there are
│   ├── NodeNotFound          the testnet has fewer nodes
│   └── WorkloadNotFound      no workload of that name has begun
├── InvalidAddress            not an EIP-55 address
├── UnknownTokenNetwork       the token has no token network
├── ChannelNotFound           no channel with that partner
├── ChannelStateConflict      the channel is in the wrong state for the call
├── PaymentUnsuccessful       no way, or the lock has expired
├── WithdrawUnsuccessful      the partner has not agreed in time, or the channel was closed
├── InsufficientEth           the account cannot pay for the transactions
├── TransactionTimedOut       a transaction was not mined in time
├── TransactionFailed         a transaction was mined but reverted
├── TooManyTokenNetworks      the registry has no room for another token network
├── NoServices                the world has no contracts of services
├── NotKept                   what happened long ago is asked for, and it is no longer kept
├── CallNotOffered            the node's API version does not have the call
├── NodeUnavailable           the node is stopped
│   └── ShuttingDown          the whole simulator is about to end
├── InternalFault             a fault of ours, already logged
├── ExtensionFailed           a user's own strategy does not do what it should
├── ConfigurationError        an option, a file or the environment is unusable
│   ├── ScenarioInvalid       a scenario file breaks the language's rules
│   └── ChainUnavailable      an external chain cannot be used, or no longer
└── AssertionFailed           a scenario's expectation does not hold
"""

from collections.abc import Iterable

__all__ = [
    "AssertionFailed",
    "CallNotOffered",
    "ChainUnavailable",
    "ChannelNotFound",
    "ChannelStateConflict",
    "ConfigurationError",
    "ExtensionFailed",
    "InsufficientEth",
    "InsufficientFunds",
    "InternalFault",
    "InvalidAddress",
    "InvalidBody",
    "InvalidRequest",
    "NoServices",
    "NodeNotFound",
    "NodeUnavailable",
    "NotKept",
    "PaymentUnsuccessful",
    "ScenarioInvalid",
    "ShuttingDown",
    "SimulatorError",
    "TooManyTokenNetworks",
    "TransactionFailed",
    "TransactionTimedOut",
    "UnknownTokenNetwork",
    "WithdrawUnsuccessful",
    "WorkloadNotFound",
]


class SimulatorError(Exception):
    """Anything that a caller can cause and is told about in one sentence."""


class InvalidRequest(SimulatorError):
    """A value in a request breaks a rule."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_whole(field: str, value: int) -> int:
    """Return an amount or a count that is a whole number: `1e18` and `100 / 2` are none in Python.

    Raises:
        InvalidRequest: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest(field, f"must be a whole number, an int, not {value!r}")
    return value


class InvalidBody(InvalidRequest):
    """A request body is not a JSON object with the expected fields and types."""


class InsufficientFunds(InvalidRequest):
    """More tokens are asked for than the node has."""

    def __init__(self, field: str, required: int, available: int) -> None:
        super().__init__(field, f"{required} is more than the {available} tokens available")
        self.required = required
        self.available = available


class NodeNotFound(InvalidRequest):
    """A testnet has no node of that number."""

    def __init__(self, index: int | str, count: int) -> None:
        super().__init__("node", f"{index} is not within 0 to {count - 1}")


class WorkloadNotFound(InvalidRequest):
    """No workload of that name has begun."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        there = ", ".join(known) or "none has begun"
        super().__init__("workload", f"{name!r} is none of those that have begun: {there}")


class InvalidAddress(SimulatorError):
    """A text is not an EIP-55 address."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text = text


class UnknownTokenNetwork(SimulatorError):
    """A token has no token network."""

    def __init__(self, token: str) -> None:
        super().__init__(f'No token network registered for token "{token}"')
        self.token = token


class ChannelNotFound(SimulatorError):
    """A node has no channel with a partner in a token network."""

    def __init__(self, token: str, partner: str) -> None:
        super().__init__(
            f"Channel with partner '{partner}' for token '{token}' could not be found."
        )
        self.token = token
        self.partner = partner


class ChannelStateConflict(SimulatorError):
    """A channel's state forbids the call."""


class PaymentUnsuccessful(SimulatorError):
    """A payment came to nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Payment couldn't be completed because: {reason}")
        self.reason = reason


class WithdrawUnsuccessful(SimulatorError):
    """A withdraw came to nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The withdraw couldn't be completed because: {reason}")
        self.reason = reason


class InsufficientEth(SimulatorError):
    """An account's ETH does not cover the gas of its transactions."""

    def __init__(self, required_wei: int, available_wei: int) -> None:
        super().__init__(
            "The account balance is below the estimated amount: "
            f"the account needs {required_wei} wei, has {available_wei} wei (insufficient ETH)."
        )
        self.required_wei = required_wei
        self.available_wei = available_wei


class TransactionTimedOut(SimulatorError):
    """A transaction was not mined within the transaction timeout; it may still be."""

    def __init__(self, names: tuple[str, ...], timeout_seconds: int) -> None:
        super().__init__(f"Not mined within {timeout_seconds} seconds: {', '.join(names)}.")
        self.names = names
        self.timeout_seconds = timeout_seconds


class TransactionFailed(SimulatorError):
    """A transaction was mined and reverted."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The transaction {name} failed: {reason}")
        self.name = name
        self.reason = reason


class TooManyTokenNetworks(SimulatorError):
    """A registry has no room for another token network."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Number of token networks will exceed the maximum of {most}")
        self.most = most


class NoServices(SimulatorError):
    """A world has no contracts of services, such as the one with user deposits."""

    def __init__(self) -> None:
        super().__init__(
            "There is no UserDeposit contract: leave --no-services out, say "
            "Testnet(services=True), or services in the section chain."
        )


class NotKept(SimulatorError):
    """What happened long ago is asked for, and it is no longer kept.

    Args:
        what: of what kind it is, a block or a journal entry.
        number: which one.
        oldest: the number of the oldest one that is kept.
        option: how many are kept, as Python calls it.
    """

    def __init__(self, what: str, number: int, oldest: int, option: str) -> None:
        super().__init__(
            f"The {what} {number} is no longer kept: the oldest is {oldest}. To keep all, start "
            f"with --{option.replace('_', '-')} all, or with {option}=None in Python."
        )
        self.number = number
        self.oldest = oldest


class CallNotOffered(SimulatorError):
    """A node's API dialect does not have a call."""

    def __init__(self, call: str, dialect: str) -> None:
        super().__init__(f"The method is not allowed: {dialect} nodes do not offer {call}.")
        self.call = call
        self.dialect = dialect


class NodeUnavailable(SimulatorError):
    """A node is stopped, or was stopped while the call was in progress."""

    def __init__(self, node: str) -> None:
        super().__init__(f"Service unavailable: {node} is stopped. Try again later.")
        self.node = node


class ShuttingDown(NodeUnavailable):
    """The process is about to end."""

    def __init__(self) -> None:
        super().__init__("the simulator")


class InternalFault(SimulatorError):
    """An unexpected exception inside a node's work; the cause is attached and logged."""

    def __init__(self) -> None:
        super().__init__("Internal Raiden node error")


class ExtensionFailed(SimulatorError):
    """Code that a user has added does not do what it should.

    Args:
        what: which extension, such as `strategy mine`.
        reason: what it did.
    """

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"The {what} failed: {reason}.")
        self.what = what
        self.reason = reason


class ConfigurationError(SimulatorError):
    """An option, a file or the environment cannot be used."""


def check_range(name: str, value: int, least: int, most: int) -> None:
    """See whether an option is a whole number within its limits.

    Raises:
        ConfigurationError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ConfigurationError(
            f"{name} must be a whole number within {least} to {most}, not {value}."
        )


class ScenarioInvalid(ConfigurationError):
    """A scenario file breaks rules of the language; names the file, the lines and the keys.

    Attributes:
        mistakes: how many there are; its text may tell only the first.
    """

    def __init__(self, text: str, mistakes: int = 1) -> None:
        super().__init__(text)
        self.mistakes = mistakes


class ChainUnavailable(ConfigurationError):
    """An external chain cannot be used, or no longer."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"The chain at {url} {reason}.")
        self.url = url
        self.reason = reason


class AssertionFailed(SimulatorError):
    """An expectation of a scenario does not hold."""
