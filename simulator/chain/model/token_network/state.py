"""What a token network keeps, and what its functions share; see contracts/TokenNetwork.sol."""

from collections.abc import Mapping

from simulator.chain.model.gas import SWAPPED_PAIR
from simulator.chain.model.proofs import Domain
from simulator.chain.model.secret_registry import SecretRegistry
from simulator.chain.model.token import CustomToken
from simulator.chain.model.token_network.channel import ModelChannel, Side, pair_of
from simulator.chain.model.transaction import Revert, TransactionContext
from simulator.words import events
from simulator.words.units import UINT256_MAX, Address

NOTHING_WITHDRAWN: Mapping[Address, int] = {}


class NetworkState:
    """The channels of one token, and who rules them.

    Attributes:
        secrets: what is at the secret registry's address; None: something else.
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
        secrets: SecretRegistry | None,
        timeouts: tuple[int, int],
        controller: Address,
        limits: tuple[int, int],
        chain_id: int,
    ) -> None:
        self.address = address
        self.token = token
        self.secret_registry = secret_registry
        self.secrets = secrets
        self.shortest, self.longest = timeouts
        self.controller = controller
        self.participant_limit, self.network_limit = limits
        self._domain = Domain(address, chain_id)
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

    # -- the end of a channel ------------------------------------------------------------

    def _count_deletion(
        self,
        run: TransactionContext,
        one: Address,
        two: Address,
        sides: tuple[Side, Side],
        withdrawn: Mapping[Address, int] = NOTHING_WITHDRAWN,
    ) -> None:
        """Count what deleting a channel takes.

        Args:
            run: the transaction.
            one: a participant.
            two: the other one.
            sides: theirs, in this order.
            withdrawn: totals that this transaction has withdrawn before.
        """
        self._pair(run, one, two)
        for account, side in zip((one, two), sides, strict=True):
            run.write(side.deposit, 0)
            total = withdrawn.get(account, side.withdrawn)
            run.write_again(side.withdrawn, total, 0)
            run.write(side.is_the_closer, False)
            run.write(side.nonce, 0)
            run.write(int.from_bytes(side.balance_hash, "big"), 0)
        for _ in ("settle block", "state", "pair"):
            run.write(1, 0)

    def _delete(self, channel: ModelChannel) -> None:
        del self.channels[channel.identifier]
        del self.pairs[channel.pair]

    def _tell_settled(
        self,
        run: TransactionContext,
        identifier: int,
        one: tuple[Address, int],
        two: tuple[Address, int],
    ) -> None:
        if self.address in run.watched:
            run.events.append(
                events.ChannelSettled(self.address, run.block_number, identifier, *one, *two)
            )

    # -- administration ------------------------------------------------------------------

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
