"""CustomToken without an EVM; the rules are those of contracts/CustomToken.sol."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from simulator.chain.model.transaction import NO_REASON, OVERFLOW, Revert, TransactionContext
from simulator.words.events import TokensMoved
from simulator.words.units import UINT256_MAX, ZERO_ADDRESS, Address

MOST_DECIMALS = 77
"""10 ** 78 is beyond 2 ** 256."""

NOBODYS: Mapping[Address, int] = {}
"""What a spender may take to whom nobody has ever given anything."""


class CustomToken:
    """An ERC-20 token that anyone may mint."""

    kind = "CustomToken"

    def __init__(self, address: Address, owner: Address, arguments: tuple[Any, ...]) -> None:
        supply, decimals, name, symbol = arguments
        self.address = address
        self.supply: int = supply
        self.balances: dict[Address, int] = {owner: supply}
        self._allowances: dict[Address, dict[Address, int]] = {}  # by spender, who are few
        self.owner = owner
        self.decimals: int = decimals
        self.name: str = name
        self.symbol: str = symbol

    @staticmethod
    def check_deployment(run: TransactionContext, arguments: tuple[Any, ...]) -> None:
        """Count what a constructor's arguments cost.

        Raises:
            Revert: there are too many decimals.
        """
        supply, decimals, name, symbol = arguments
        for text in (name, symbol):
            length = len(text.encode())
            run.write(0, length)
            for _ in range(length // 32 and -(-length // 32)):
                run.load_cold()
                run.write(0, 1)
        if decimals > MOST_DECIMALS:
            raise Revert(OVERFLOW)
        for number in (decimals, decimals, supply, supply):
            run.write(0, number)

    def load(self, run: TransactionContext, account: Address) -> int:
        """Return what an account has in the course of a transaction."""
        if account not in run.balances:
            run.load_cold()
            run.balances[account] = self.balances.get(account, 0)
        return run.balances[account]

    def allowance(self, owner: Address, spender: Address) -> int:
        """Return how many tokens `spender` may still take from `owner`."""
        return self._allowances.get(spender, NOBODYS).get(owner, 0)

    def _store(self, run: TransactionContext, account: Address, amount: int) -> None:
        run.write_again(self.balances.get(account, 0), run.balances[account], amount)
        run.balances[account] = amount

    def prepare_move(
        self, run: TransactionContext, source: Address, target: Address, amount: int
    ) -> None:
        """Count a move of tokens that `source` has."""
        self._store(run, source, self.load(run, source) - amount)
        self._store(run, target, self.load(run, target) + amount)

    def prepare_transfer_from(
        self,
        run: TransactionContext,
        spender: Address,
        source: Address,
        target: Address,
        amount: int,
    ) -> None:
        """Check and count a move that `spender` makes within an allowance.

        Raises:
            Revert: the amount is 0, above the balance or above the allowance.
        """
        if self.load(run, source) < amount:
            raise Revert(NO_REASON, "balance too small")
        allowed = self.allowance(source, spender)
        if allowed < amount:
            raise Revert(NO_REASON, "allowance too small")
        if amount == 0:
            raise Revert(NO_REASON, "nothing to move")
        run.write(allowed, allowed - amount)
        self.prepare_move(run, source, target, amount)

    def commit_move(
        self, run: TransactionContext, source: Address, target: Address, amount: int
    ) -> None:
        """Make all moves that this transaction has prepared, and announce one of them."""
        self.balances.update(run.balances)
        if self.address in run.watched:
            run.events.append(TokensMoved(self.address, run.block_number, source, target, amount))

    def commit_transfer_from(
        self,
        run: TransactionContext,
        spender: Address,
        source: Address,
        target: Address,
        amount: int,
    ) -> None:
        """Make a move that `prepare_transfer_from` has checked."""
        self._allowances[spender][source] -= amount
        self.commit_move(run, source, target, amount)

    def mint(self, run: TransactionContext, amount: int) -> None:
        """Mint for the caller."""
        self.mint_for(run, amount, run.sender)

    def mint_for(self, run: TransactionContext, amount: int, target: Address) -> None:
        """Mint tokens for somebody, as anybody may; only overflows are refused."""
        balance = self.load(run, target) + amount
        if balance > UINT256_MAX:
            raise Revert(OVERFLOW, "balance too large")
        self._store(run, target, balance)
        if self.supply + amount > UINT256_MAX:
            raise Revert(OVERFLOW, "supply too large")
        run.write(self.supply, self.supply + amount)
        run.pay()
        self.supply += amount
        self.commit_move(run, ZERO_ADDRESS, target, amount)

    def approve(self, run: TransactionContext, spender: Address, amount: int) -> None:
        """Replace the allowance of `spender`."""
        run.write(self.allowance(run.sender, spender), amount)
        run.pay()
        self._allowances.setdefault(spender, {})[run.sender] = amount

    def transfer(self, run: TransactionContext, target: Address, amount: int) -> None:
        """Move tokens of the caller; an amount of 0, or one it does not have, moves nothing."""
        if amount == 0:
            run.pay("nothing to move")
        elif self.load(run, run.sender) < amount:
            run.pay("balance too small")
        else:
            self.prepare_move(run, run.sender, target, amount)
            run.pay()
            self.commit_move(run, run.sender, target, amount)

    def transfer_from(
        self, run: TransactionContext, source: Address, target: Address, amount: int
    ) -> None:
        """Move tokens of `source` within the allowance given to the caller."""
        self.prepare_transfer_from(run, run.sender, source, target, amount)
        run.pay()
        self.commit_transfer_from(run, run.sender, source, target, amount)

    functions: ClassVar[dict[str, Callable[..., None]]] = {
        "mint": mint,
        "mintFor": mint_for,
        "approve": approve,
        "transfer": transfer,
        "transferFrom": transfer_from,
    }
