"""What must hold after every block, across nodes; checked apart from the code that it checks."""

from collections.abc import Sequence

from simulator.node.channels import Channel
from simulator.node.node import Node
from simulator.node.plan import Facts, JoinDeposit, OpenWithDeposit, Plan, TopUp
from simulator.node.world import World
from simulator.units import Address, checksum


class InvariantViolated(AssertionError):
    """The simulator broke one of its own promises: a bug."""


def check_world(world: World, nodes: Sequence[Node], extra_wallets: Sequence[Address]) -> None:
    """Check tokens and channels of a whole world.

    Args:
        world: the environment.
        nodes: all nodes.
        extra_wallets: other accounts that hold tokens (the deployer).

    Raises:
        InvariantViolated: with the rule that does not hold.
    """
    by_address = {node.address: node for node in nodes}
    for token, network in world.networks.items():
        contract = network.address
        wallets = [*by_address, *extra_wallets]
        locked = network.token.balance_of(world.ledger, contract)
        held = sum(network.token.balance_of(world.ledger, wallet) for wallet in wallets)
        _require(
            held + locked == network.token.total_supply(world.ledger),
            f"tokens of {checksum(token)} are not conserved",
        )
        channels: dict[int, int] = {}
        for node in nodes:
            own = [channel for _, channel in node.channels(token)]
            partners = {channel.partner for channel in own}
            _require(len(partners) == len(own), f"{node.account.name} has a pair of channels")
            for channel in own:
                channels[channel.identifier] = channel.own_deposit + channel.partner_deposit
                if channel.partner in by_address:
                    other_end = by_address[channel.partner].channel(token, node.address)
                    _check_ends(channel, other_end)
        _require(
            sum(channels.values()) == locked,
            f"the token network of {checksum(token)} holds {locked}, "
            f"its channels {sum(channels.values())}",
        )


def _check_ends(channel: Channel, other: Channel | None) -> None:
    _require(other is not None, f"channel {channel.identifier} has one end only")
    assert other is not None  # noqa: S101 - required above
    ends_agree = (
        channel.identifier == other.identifier
        and channel.own_deposit == other.partner_deposit
        and channel.partner_deposit == other.own_deposit
        and channel.block_closed == other.block_closed
    )
    _require(ends_agree, f"the ends of channel {channel.identifier} disagree")


def check_plan(facts: Facts, decision: Plan) -> None:
    """Check a plan against the facts that it was made of.

    Raises:
        InvariantViolated: it over-spends, over-fills a channel, or takes what the target is owed.
    """
    spent = 0
    for action in decision.actions:
        match action:
            case TopUp() | JoinDeposit():
                spent += action.amount
                _require(action.amount > 0, "a deposit adds nothing")
                _require(action.total_deposit <= facts.share, "a channel gets more than the share")
            case OpenWithDeposit():
                spent += action.deposit
                _require(action.deposit == facts.share, "a new channel gets another deposit")
    budget = min(facts.funds - facts.deposited - facts.pending, facts.wallet - facts.pending)
    _require(spent <= max(0, budget), "a plan spends more than there is")
    joins = sum(a.amount for a in decision.actions if isinstance(a, JoinDeposit))
    if joins:
        owed = decision.missing * facts.share
        _require(budget - spent >= owed, "answering others takes what is owed to the target")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvariantViolated(otherwise)
