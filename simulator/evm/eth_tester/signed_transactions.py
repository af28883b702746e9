"""Which transactions have been signed so far, and where they are."""

from typing import Any

FEW = 1024
"""So many are remembered before anybody looks for those that are too old."""

TransactionPlace = tuple[int, int]
"""A block's number, and the index of a transaction in it."""


class SignedTransactions:
    """Signed transactions by their places, and places by their hashes."""

    def __init__(self) -> None:
        self._signed: dict[TransactionPlace, Any] = {}
        self._places: dict[bytes, TransactionPlace] = {}
        self._many = FEW

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._signed)

    def at(self, place: TransactionPlace) -> Any:
        """Return the one at a place; None where nobody has asked yet."""
        return self._signed.get(place)

    def place_of(self, transaction_hash: bytes) -> TransactionPlace | None:
        """Return where the one with a hash is, as far as it is known."""
        return self._places.get(transaction_hash)

    def add(self, place: TransactionPlace, signed: Any, oldest: int) -> None:
        """Remember one; those before the block `oldest` go when they may be the majority."""
        self._signed[place] = signed
        self._places[signed.hash] = place
        if len(self._signed) > self._many:
            self._signed = {place: one for place, one in self._signed.items() if place[0] >= oldest}
            self._places = {one.hash: place for place, one in self._signed.items()}
            self._many = max(FEW, 2 * len(self._signed))

    def truncate(self, number: int) -> None:
        """Forget those after a block, which is the newest again."""
        for place in [place for place in self._signed if place[0] > number]:
            del self._places[self._signed.pop(place).hash]
