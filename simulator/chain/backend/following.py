"""eth-testers whose filters learn of the blocks that the simulation makes, besides their own."""

from collections.abc import Callable
from typing import Any

from eth_tester import EthereumTester

from simulator.chain.backend.blocks import BlockGone
from simulator.chain.backend.indexed import IndexedTester


class FollowingTester(EthereumTester):  # type: ignore[misc]
    """An eth-tester on a chain that others extend too.

    Its filters are brought up to date when somebody asks them.

    Args:
        backend: the chain, as eth-tester sees it.
        head: tells the number of its newest block.
    """

    def __init__(self, backend: Any, head: Callable[[], int]) -> None:
        super().__init__(backend)
        self._head = head
        self._followed = head()
        self._lost: dict[int, BlockGone] = {}

    def _follow(self) -> None:
        first, self._followed = self._followed + 1, self._head()
        oldest = self._oldest()
        if first < oldest:  # whoever has a filter must be told, each when it asks
            lost = BlockGone(first, oldest)
            self._lost.update(dict.fromkeys((*self._block_filters, *self._log_filters), lost))
        self._feed(max(first, oldest), self._followed)

    def _oldest(self) -> int:
        """Return the number of the oldest block that is kept."""
        return 0

    def _feed(self, first: int, last: int) -> None:
        """Let all filters have what is in a range of blocks."""
        if self._block_filters or self._log_filters:
            for number in range(first, last + 1):
                block = self.get_block_by_number(number)
                for wanted in self._block_filters.values():
                    wanted.add(self.normalizer.normalize_inbound_block_hash(block["hash"]))
                self._process_block_logs(block)

    def mine_blocks(self, *args: Any, **options: Any) -> Any:
        """Make blocks, of which filters learn at once, but of earlier ones first."""
        self._follow()
        made = super().mine_blocks(*args, **options)
        self._followed = self._head()
        return made

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


class TestnetTester(FollowingTester, IndexedTester):
    """An eth-tester on one of our chains: logs are looked up, not walked to."""

    __test__ = False  # the name would make pytest collect it

    def _oldest(self) -> int:
        oldest: int = self.backend.chain.blocks.oldest
        return oldest

    def _feed(self, first: int, last: int) -> None:
        blocks = self.backend.chain.blocks
        for wanted in self._block_filters.values():
            wanted.add(*map(blocks.hash, range(first, last + 1)))
        for wanted in self._log_filters.values():
            self._fill(wanted, first, last)
