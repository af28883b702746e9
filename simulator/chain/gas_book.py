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


class GasBook:
    """Adds up the gas of transactions that were mined."""

    def __init__(self) -> None:
        self._used: dict[tuple[Address, str, str], tuple[int, int, int]] = {}

    def add(self, sender: Address, function: str, cause: str, gas: int, price: int) -> None:
        """Count a transaction that was mined.

        Args:
            sender: who has paid.
            function: of the contracts.
            cause: see `GasUse`.
            gas: units.
            price: wei for each.
        """
        key = (sender, function, cause)
        calls, total, wei = self._used.get(key, (0, 0, 0))
        self._used[key] = (calls + 1, total + gas, wei + gas * price)

    def __iter__(self) -> Iterator[GasUse]:
        """Go through everything, in the order in which it was first used."""
        for key, used in self._used.items():
            yield GasUse(*key, *used)

    def by_function(self) -> dict[str, tuple[int, int]]:
        """Return calls and gas of each function, by name."""
        found: dict[str, tuple[int, int]] = {}
        for use in self:
            calls, gas = found.get(use.function, (0, 0))
            found[use.function] = (calls + use.calls, gas + use.gas)
        return dict(sorted(found.items()))
