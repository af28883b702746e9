"""eth-testers on a chain that its owner extends too."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from eth.exceptions import PyEVMError
from eth_tester import EthereumTester
from eth_tester.exceptions import ValidationError
from eth_utils.exceptions import ValidationError as PyEvmValidationError

from simulator.evm.blocks import BlockGone
from simulator.evm.eth_tester.indexed_tester import IndexedTester
from simulator.evm.eth_tester.shared_backend import SharedBackend

REFUSALS = (ValidationError, PyEvmValidationError, PyEVMError)
"""What says that a transaction can't be in a block: eth-tester's own, or py-evm's and ours."""


def _or_nothing(method: Callable[..., Any]) -> Callable[..., Any]:
    """Have a method leave everything as it was where it fails."""

    @wraps(method)
    def wrapped(tester: Any, *args: Any, **options: Any) -> Any:
        pending = list(tester._pending_transactions)  # noqa: SLF001 - a tester's own
        try:
            return method(tester, *args, **options)
        except BaseException:
            tester._backend.discard()  # noqa: SLF001
            tester._pending_transactions = pending  # noqa: SLF001
            raise

    return wrapped


class SharedTester(EthereumTester):  # type: ignore[misc]
    """An eth-tester on a chain that others extend too.

    Its filters are brought up to date when somebody asks them. What it can't do changes nothing.

    Args:
        backend: the chain, as eth-tester sees it.
        head: tells the number of its newest block.
    """

    def __init__(self, backend: SharedBackend, head: Callable[[], int]) -> None:
        super().__init__(backend)
        self._pending_transactions: list[Any] = []  # eth-tester's is one for all testers
        self._head = head
        self._followed = head()
        self._lost: dict[int, BlockGone] = {}

    @property
    def backend(self) -> Any:
        """The chain; whoever looks at it finds the blocks made that have passed."""
        self._backend.catch_up()
        return self._backend

    @backend.setter
    def backend(self, backend: SharedBackend) -> None:
        self._backend = backend

    def _follow(self) -> None:
        first, self._followed = self._followed + 1, self._newest()
        oldest = self._oldest()
        if first < oldest:  # whoever has a filter must be told, each when it asks
            lost = BlockGone(first, oldest)
            self._lost.update(dict.fromkeys((*self._block_filters, *self._log_filters), lost))
        self._feed(max(first, oldest), self._followed)

    def _oldest(self) -> int:
        """Return the number of the oldest block that is kept."""
        return 0

    def _newest(self) -> int:
        self._backend.catch_up()
        return self._head()

    def _feed(self, first: int, last: int) -> None:
        """Let all filters have what is in a range of blocks."""
        if self._block_filters or self._log_filters:
            for number in range(first, last + 1):
                block = self.get_block_by_number(number)
                for wanted in self._block_filters.values():
                    wanted.add(self.normalizer.normalize_inbound_block_hash(block["hash"]))
                self._process_block_logs(block)

    @_or_nothing
    def send_transaction(self, transaction: Any) -> Any:
        """Send a transaction, which makes a block unless automatic mining is off."""
        return super().send_transaction(transaction)

    @_or_nothing
    def send_raw_transaction(self, raw_transaction_hex: Any) -> Any:
        """Send a signed transaction, which makes a block unless automatic mining is off."""
        return super().send_raw_transaction(raw_transaction_hex)

    @_or_nothing
    def mine_blocks(self, num_blocks: Any = 1, *args: Any, **options: Any) -> Any:
        """Make blocks, of which filters learn at once, but of earlier ones first."""
        self.backend.check_mining(num_blocks)
        if num_blocks == 0:
            return []
        self._follow()
        made = super().mine_blocks(num_blocks, *args, **options)
        self._followed = self._newest()
        return made

    @_or_nothing
    def enable_auto_mine_transactions(self) -> Any:
        """Let each transaction make a block again, and those that wait as many as they need."""
        sent: list[Any] = []
        while True:
            sent += self._pop_pending_transactions_to_pending_block()
            self.auto_mine_transactions = True
            self.mine_block()
            if not self._pending_transactions:
                return sent

    def _pop_pending_transactions_to_pending_block(self) -> list[Any]:
        """Fill a block with what waits: others may have spent the ETH, or used the nonce.

        What fits into no block any more is forgotten, as nodes do that.
        """
        sent: list[Any] = []
        waiting, self._pending_transactions = self._pending_transactions, []
        for transaction in waiting:
            try:
                sent += self._add_all_to_pending_block([transaction])
            except REFUSALS:
                if sent:  # perhaps only this block is full
                    self._pending_transactions.append(transaction)
        return sent

    def time_travel(self, to_timestamp: Any) -> None:
        """Refuse, in both directions."""
        self.validator.validate_inbound_timestamp(to_timestamp)
        self.backend.time_travel(to_timestamp)

    def create_block_filter(self) -> Any:
        """Begin to collect the hashes of blocks."""
        self._follow()
        return super().create_block_filter()

    def create_log_filter(self, *args: Any, **options: Any) -> Any:
        """Begin to collect logs, with those that are there if the range begins with a number."""
        self._follow()
        return super().create_log_filter(*args, **options)

    def get_only_filter_changes(self, filter_id: Any) -> Any:
        """Return what a filter has collected since somebody asked last."""
        self._follow_for(filter_id)
        return super().get_only_filter_changes(filter_id)

    def get_all_filter_logs(self, filter_id: Any) -> Any:
        """Return all that a filter has collected."""
        self._follow_for(filter_id)
        return super().get_all_filter_logs(filter_id)

    def _follow_for(self, filter_id: Any) -> None:
        """Bring filters up to date for one of them.

        Raises:
            BlockGone: nobody has asked for so long that it has missed some; it is said once.
        """
        self._follow()
        lost = self._lost.pop(self.normalizer.normalize_inbound_filter_id(filter_id), None)
        if lost is not None:
            raise lost


class SharedChainTester(SharedTester, IndexedTester):
    """An eth-tester on one of our chains: logs are looked up, not walked to."""

    def _oldest(self) -> int:
        oldest: int = self.backend.chain.blocks.oldest
        return oldest

    def _feed(self, first: int, last: int) -> None:
        blocks = self.backend.chain.blocks
        for wanted in self._block_filters.values():
            wanted.add(*map(blocks.hash, range(first, last + 1)))
        for wanted in self._log_filters.values():
            self._fill(wanted, first, last)
