"""What a token network keeps, and what its functions share; see contracts/TokenNetwork.sol."""

from simulator.chain.model.channel import ModelChannel, pair_of
from simulator.chain.model.execution import Revert, TransactionContext
from simulator.chain.model.gas import SWAPPED_PAIR
from simulator.chain.model.proofs import Domain
from simulator.chain.model.token import CustomToken
from simulator.evm.parameters import CHAIN_ID
from simulator.words.units import UINT256_MAX, Address


class NetworkState:
    """The channels of one token, and who rules them.

    Attributes:
        pairs: the unsettled channels by both participants; see `pair_of`.
        kept: tokens that stay after settlement for unresolved locks, with their locksroot; by
            channel, sender and receiver.
    """

    kind = "TokenNetwork"

    def __init__(
        self,
        address: Address,
        token: CustomToken,
        secret_registry: Address,
        timeouts: tuple[int, int],
        controller: Address,
        limits: tuple[int, int],
    ) -> None:
        self.address = address
        self.token = token
        self.secret_registry = secret_registry
        self.shortest, self.longest = timeouts
        self.controller = controller
        self.participant_limit, self.network_limit = limits
        self._domain = Domain(address, CHAIN_ID)
        self.deprecated = False
        self.count = 0
        self.channels: dict[int, ModelChannel] = {}
        self.pairs: dict[bytes, ModelChannel] = {}
        self.kept: dict[tuple[int, Address, Address], tuple[bytes, int]] = {}

    @staticmethod
    def _pair(run: TransactionContext, participant: Address, partner: Address) -> bytes:
        """Return the key of two accounts, and count what finding it takes."""
        if participant > partner:
            run.gas += SWAPPED_PAIR
        return pair_of(participant, partner)

    def _match(
        self, run: TransactionContext, identifier: int, one: Address, two: Address, at: str
    ) -> None:
        """See whether an identifier is that of the channel of two accounts, 0 for none."""
        channel = self.pairs.get(self._pair(run, one, two))
        if identifier != (0 if channel is None else channel.identifier):
            raise Revert(f"TN/{at}: channel id mismatch")

    def _opened(self, identifier: int) -> ModelChannel:
        channel = self.channels.get(identifier)
        if channel is None or channel.closed:
            raise Revert("TN: channel not open")
        return channel

    def _require_not_deprecated(self) -> None:
        if self.deprecated:
            raise Revert("TN: network is deprecated")

    def _require_controller(self, run: TransactionContext) -> None:
        if run.sender != self.controller:
            raise Revert("Can only be called by controller")

    def deprecate(self, run: TransactionContext) -> None:
        """End new channels and deposits for good."""
        self._require_not_deprecated()
        self._require_controller(run)
        run.pay()
        self.deprecated = True

    def remove_limits(self, run: TransactionContext) -> None:
        """Lift both deposit limits."""
        self._require_controller(run)
        run.write(self.participant_limit, UINT256_MAX)
        run.write(self.network_limit, UINT256_MAX)
        run.pay()
        self.participant_limit = self.network_limit = UINT256_MAX

    def change_controller(self, run: TransactionContext, controller: Address) -> None:
        """Hand the privilege over."""
        self._require_controller(run)
        run.write(int.from_bytes(self.controller, "big"), int.from_bytes(controller, "big"))
        run.pay()
        self.controller = controller
