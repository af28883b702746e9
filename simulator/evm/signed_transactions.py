"""The transactions of a chain with their signatures, which are made when somebody asks."""

from collections.abc import Iterable
from typing import Any

from eth_keys.datatypes import PrivateKey

from simulator.evm import signing
from simulator.evm.blocks import Block
from simulator.evm.chain import Chain

FEW = 1024
"""So many are remembered before anybody looks for those that are too old."""

TransactionPlace = tuple[int, int]
"""A block's number, and the index of a transaction in it."""


class SignedTransactions:
    """Signed transactions by their places, and places by their hashes.

    Args:
        chain: whose transactions these are.
        private_keys: of the accounts whose transactions did not come with a signature.

    Attributes:
        keys: by account.
    """

    def __init__(self, chain: Chain, private_keys: Iterable[PrivateKey]) -> None:
        self.keys = signing.by_address(private_keys)
        self._chain = chain
        self._signed: dict[TransactionPlace, Any] = {}
        self._places: dict[bytes, TransactionPlace] = {}
        self._many = FEW
        self._searched = -1  # up to this block, all are signed

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._signed)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: of the keys only the secrets."""
        return {**vars(self), "keys": [key.to_bytes() for key in self.keys.values()]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on from a pickle."""
        keys = signing.by_address(PrivateKey(secret) for secret in state["keys"])
        self.__dict__.update({**state, "keys": keys})

    def at(self, block: Block, index: int) -> Any:
        """Return a block's transaction with its signature."""
        place = (block.header.number, index)
        signed = self._signed.get(place)
        if signed is None:
            transaction = block.transactions[index]
            signed = transaction.signed
            if signed is None:
                key = self.keys[transaction.sender]
                signed = signing.sign(transaction, key, self._chain.chain_id)
            self._add(place, signed, self._chain.blocks.oldest)
        return signed

    def find(self, transaction_hash: bytes) -> TransactionPlace | None:
        """Return where the one with a hash is; those that nobody has asked for are signed first."""
        if transaction_hash not in self._places and not self._sign_up_to(transaction_hash):
            self._searched = self._chain.head
        return self._places.get(transaction_hash)

    def _sign_up_to(self, wanted: bytes) -> bool:
        """Sign block by block, newest first, until a hash is there; tell whether it is."""
        for block in (self._chain.pending, *self._chain.blocks.full()):
            if block.header.number <= self._searched:
                break
            for index in range(len(block.transactions)):
                self.at(block, index)
            if wanted in self._places:
                return True
        return False

    def _add(self, place: TransactionPlace, signed: Any, oldest: int) -> None:
        """Remember one; those before the block `oldest` go when they may be the majority."""
        self._signed[place] = signed
        self._places[signed.hash] = place
        if len(self._signed) > self._many:
            self._signed = {place: one for place, one in self._signed.items() if place[0] >= oldest}
            self._places = {one.hash: place for place, one in self._signed.items()}
            self._many = max(FEW, 2 * len(self._signed))

    def truncate(self, number: int) -> None:
        """Forget those after a block, which is the newest again."""
        self._searched = min(self._searched, number)
        for place in [place for place in self._signed if place[0] > number]:
            del self._places[self._signed.pop(place).hash]
