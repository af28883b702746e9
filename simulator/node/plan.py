"""What a joined node should do now: one pure function of the facts.

A join, every later event and counter-funding run the same rule. It looks at levels, not at what
changed: at rest it returns nothing, and whatever was planned before and is still pending counts
as done and its tokens as spent.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from simulator.words.units import Address


class Candidates:
    """Possible new partners in the order in which they are to be taken.

    Args:
        order: from where they come, one by one, and only when somebody asks.
    """

    def __init__(self, order: Iterable[Address] = ()) -> None:
        self._rest = iter(order)
        self._drawn: list[Address] = []

    def first(self, count: int) -> list[Address]:
        """Return the first `count` of them, or all, if there are fewer; the same every time."""
        # not by islice, which takes no count beyond the machine's own integers
        for candidate in self._rest if len(self._drawn) < count else ():
            self._drawn.append(candidate)
            if len(self._drawn) == count:
                break
        return self._drawn[:count]


class UnfundedChannel(Struct, frozen=True, gc=False):
    """An open channel as the plan sees it: a pending deposit is counted in."""

    identifier: int
    partner: Address
    own_deposit: int
    partner_deposit: int
    partner_online: bool


class Facts(Struct, frozen=True, gc=False):
    """Everything the plan depends on.

    Attributes:
        funds: what the node wants to have in the token network at most.
        share: the deposit for each channel.
        target: how many funded channels the node opens by itself.
        channels: open channels in order of identifier, the bootstrap channel excepted; those that
            hold the share may be left out, and without money left all.
        funded: how many that hold the share were left out.
        candidates: possible new partners; none of them has an unsettled channel with the node, or
            a pending one.
        deposited: own deposits in all open and unsettled channels on the chain.
        pending: tokens that pending transactions will take from the wallet.
        pending_opens: own deposits of the channels that pending transactions will open.
        visible: whether a channel, the bootstrap channel included, is open or pending.
        may_bootstrap: whether a channel with the bootstrap address can be opened.
        wallet: the node's tokens outside of channels.
    """

    funds: int
    share: int
    target: int
    channels: Sequence[UnfundedChannel]
    candidates: Candidates
    deposited: int
    wallet: int
    funded: int = 0
    pending: int = 0
    pending_opens: Sequence[int] = ()
    visible: bool = False
    may_bootstrap: bool = True

    @property
    def left(self) -> int:
        """The tokens that a plan may spend."""
        return money_left(self.funds, self.deposited, self.wallet, self.pending)


def money_left(funds: int, deposited: int, wallet: int, pending: int) -> int:
    """Return the tokens that a plan may spend; the arguments are as in `Facts`."""
    return max(0, min(funds - deposited, wallet) - pending)


class TopUp(Struct, frozen=True, gc=False):
    """Raise the own deposit in a channel to the share, by `amount`."""

    identifier: int
    partner: Address
    total_deposit: int
    amount: int


class OpenWithDeposit(Struct, frozen=True, gc=False):
    """Open a channel with a new partner; a deposit of 0 opens it empty."""

    partner: Address
    deposit: int


class OpenBootstrap(Struct, frozen=True, gc=False):
    """Open the channel that makes the node visible."""


class JoinDeposit(Struct, frozen=True, gc=False):
    """Deposit `amount` into a channel that a partner has funded."""

    identifier: int
    partner: Address
    total_deposit: int
    amount: int


Action = TopUp | OpenWithDeposit | OpenBootstrap | JoinDeposit


class Plan(Struct, frozen=True, gc=False):
    """What to do next.

    Attributes:
        actions: in their order.
        missing: how many channels the target lacks after them.
        waits_for_peers: whether another peer, or one that comes online, would be of use.
    """

    actions: tuple[Action, ...]
    missing: int
    waits_for_peers: bool = False


def plan(facts: Facts) -> Plan:
    """Return what to do now.

    The order is that of the rule: top up existing channels, open new ones, become visible, then
    join channels that partners have funded with what the unmet target leaves over.
    """
    left = facts.left
    funded = facts.funded
    funded += sum(channel.own_deposit >= facts.share for channel in facts.channels)
    funded += sum(deposit >= facts.share for deposit in facts.pending_opens)
    missing = max(0, facts.target - funded)

    # a share of 0 costs nothing: its channels are opened empty, and count
    nothing_to_spend = left == 0 and facts.share > 0
    nothing_to_spend_on = missing == 0 and not facts.channels
    if facts.visible and (nothing_to_spend or nothing_to_spend_on):  # most plans
        return Plan((), missing)

    top_ups = _top_up(facts, missing, left)
    missing -= len(top_ups)
    left -= sum(action.amount for action in top_ups)

    affordable = missing if facts.share == 0 else min(missing, left // facts.share)
    opens = tuple(
        OpenWithDeposit(partner, facts.share) for partner in facts.candidates.first(affordable)
    )
    missing -= len(opens)
    left -= len(opens) * facts.share
    # more money is other news than a peer: who only lacks that isn't woken for each newcomer
    waits = missing > 0 and (len(opens) < affordable or _partner_is_missed(facts, left))

    # any opening makes the node visible, so that others find it
    bootstrap: tuple[Action, ...] = ()
    if not facts.visible and not opens and facts.may_bootstrap:
        bootstrap = (OpenBootstrap(),)

    # what the target still lacks is set aside: a deposit for a peer to come goes before an answer
    raised = {action.identifier: action.total_deposit for action in top_ups}
    joins = _join_others(facts, raised, left - missing * facts.share)
    return Plan((*top_ups, *opens, *bootstrap, *joins), missing, waits)


def _top_up(facts: Facts, missing: int, left: int) -> tuple[TopUp, ...]:
    """Choose channels to fund; one that the money does not cover is passed over."""
    actions: list[TopUp] = []
    for channel in facts.channels:
        # a deposit beside a partner that is offline is of no use: the share may find another one
        cost = facts.share - channel.own_deposit
        if len(actions) < missing and cost > 0 and channel.partner_online and cost <= left:
            actions.append(TopUp(channel.identifier, channel.partner, facts.share, cost))
            left -= cost
    return tuple(actions)


def _partner_is_missed(facts: Facts, left: int) -> bool:
    """Tell whether a channel could be topped up if only its partner were online."""
    return any(
        not channel.partner_online and 0 < facts.share - channel.own_deposit <= left
        for channel in facts.channels
    )


def _join_others(facts: Facts, raised: dict[int, int], available: int) -> tuple[JoinDeposit, ...]:
    """Answer partners' deposits from what is left after the shares still owed to the target."""
    actions: list[JoinDeposit] = []
    for channel in facts.channels:
        own = raised.get(channel.identifier, channel.own_deposit)
        amount = min(min(channel.partner_deposit, facts.share) - own, available)
        if amount > 0:
            actions.append(JoinDeposit(channel.identifier, channel.partner, own + amount, amount))
            available -= amount
    return tuple(actions)
