"""Who has used how much gas, for which call of the contracts, and on whose behalf."""

from collections.abc import Iterator

from msgspec import Struct

from simulator.words.units import Address


class GasUse(Struct, frozen=True, gc=False):
    """What one account has used for one function, on behalf of one cause.

    Attributes:
        sender: who has paid.
        function: of the contracts.
        cause: what made the account call it: a task of a scenario or a call of the Python API;
            empty for what a node does by itself.
        calls: how many were mined, reverted ones too.
        gas: units, all of them together.
        wei: what was paid for them.
    """

    sender: Address
    function: str
    cause: str
    calls: int
    gas: int
    wei: int


class _Used(Struct, gc=False):
    calls: int = 0
    gas: int = 0
    extra_wei: int = 0  # beyond the usual price: mostly none, and a number of its own takes memory


class GasBook:
    """Adds up the gas of transactions that were mined.

    Args:
        usual_price: wei for each unit, unless something else is said.
    """

    def __init__(self, usual_price: int) -> None:
        self._usual_price = usual_price
        # by function and cause, then by sender: a tuple for each of a million nodes is too much
        self._used: dict[tuple[str, str], dict[Address, _Used]] = {}

    def add(self, sender: Address, function: str, cause: str, gas: int, price: int) -> None:
        """Count a transaction that was mined.

        Args:
            sender: who has paid.
            function: of the contracts.
            cause: see `GasUse`.
            gas: units.
            price: wei for each.
        """
        by_sender = self._used.get((function, cause))
        if by_sender is None:
            by_sender = self._used[function, cause] = {}
        used = by_sender.get(sender)
        if used is None:
            used = by_sender[sender] = _Used()
        used.calls += 1
        used.gas += gas
        used.extra_wei += gas * (price - self._usual_price)

    def __iter__(self) -> Iterator[GasUse]:
        """Go through everything: functions with their causes, then senders, as they came first."""
        for (function, cause), by_sender in self._used.items():
            for sender, used in by_sender.items():
                wei = used.gas * self._usual_price + used.extra_wei
                yield GasUse(sender, function, cause, used.calls, used.gas, wei)

    def by_function(self) -> dict[str, tuple[int, int]]:
        """Return calls and gas of each function, by name."""
        found: dict[str, tuple[int, int]] = {}
        for use in self:
            calls, gas = found.get(use.function, (0, 0))
            found[use.function] = (calls + use.calls, gas + use.gas)
        return dict(sorted(found.items()))
