"""What a mediator takes for a payment that it passes on, and what a payer adds to it.

The formulas are Raiden's, and so is their rounding: fees are exact fractions, amounts of tokens the
nearest whole number, and only the imbalance curve and the payer's margin are made of floats.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from simulator.payments.channel_state import ChannelView
from simulator.words.errors import check_range
from simulator.words.units import UINT256_MAX, Address

MILLION = 1_000_000
MAX_IMBALANCE = 50_000
"""Parts per million: a curve must not be steeper than `STEEPEST`."""

CURVE_POINTS = 21
STEEPEST = 0.1
MAX_EXPONENT = 10
ZERO = Fraction(0)
MARGIN_OF_FEE = 0.03
MARGIN_OF_AMOUNT = 0.0005
MAX_SHARE = 0.2
ASSUMED_SHARE = 0.02


class Fees(Struct, frozen=True):
    """What a node takes for passing payments on; of each it takes a half in either channel.

    Attributes:
        flat: tokens for each payment, 0 or more.
        proportional: parts per million of what is passed on, 0 to 1,000,000.
        imbalance: parts per million of a channel's capacity, 0 to 50,000: so much more, in each
            channel, for a payment that leaves it with everything or nothing, than for one that
            leaves it balanced.
        capped: whether it never takes less than nothing, however much a payment balances.
    """

    flat: int = 0
    proportional: int = 0
    imbalance: int = 0
    capped: bool = True

    def checked(self) -> "Fees":
        """Return them if they can be.

        Raises:
            ConfigurationError: a number is out of range.
        """
        check_range("flat", self.flat, 0, UINT256_MAX)
        check_range("proportional", self.proportional, 0, MILLION)
        check_range("imbalance", self.imbalance, 0, MAX_IMBALANCE)
        return self

    def but(
        self,
        flat: int | None = None,
        proportional: int | None = None,
        imbalance: int | None = None,
        capped: bool | None = None,
    ) -> "Fees":
        """Return them with something else in place of what is given."""
        return Fees(
            self.flat if flat is None else flat,
            self.proportional if proportional is None else proportional,
            self.imbalance if imbalance is None else imbalance,
            self.capped if capped is None else capped,
        )

    @property
    def are_none(self) -> bool:
        """Whether payments are passed on for nothing."""
        return not (self.flat or self.proportional or self.imbalance)


NO_FEES = Fees()
RAIDENS_FEES = Fees(proportional=4_000, imbalance=3_000)
"""What Raiden nodes take that were not told otherwise."""


class FeeBook(Struct, frozen=True):
    """What a node takes, and where it takes something else.

    Attributes:
        usual: what it takes.
        by_channel: what it takes in some channels, by token and partner.
    """

    usual: Fees = NO_FEES
    by_channel: Mapping[tuple[Address, Address], Fees] = MappingProxyType({})

    def of(self, token: Address, partner: Address) -> Fees:
        """Return what it takes in the channel with a partner."""
        return self.by_channel.get((token, partner), self.usual)

    def with_usual(self, fees: Fees) -> "FeeBook":
        """Return the book of a node that takes something else wherever nothing was said."""
        return FeeBook(fees, self.by_channel)

    def with_channel(self, token: Address, partner: Address, fees: Fees | None) -> "FeeBook":
        """Return the book of a node that takes something else in a channel; None: the usual."""
        others = {key: one for key, one in self.by_channel.items() if key != (token, partner)}
        own = {} if fees is None else {(token, partner): fees}
        return FeeBook(self.usual, {**others, **own})


NO_BOOK = FeeBook()


@lru_cache(maxsize=1024)
def book_of(usual: Fees) -> FeeBook:
    """Return the book of a node that takes the same everywhere: most nodes share it."""
    return FeeBook(usual)


class Curve(Struct, frozen=True):
    """What somebody wants for a channel as it is, by its own balance: straight between points.

    Attributes:
        xs: balances, the first 0 and the last the channel's capacity, as floats have it.
        ys: the penalty of each.
    """

    xs: tuple[int, ...]
    ys: tuple[int, ...]

    def at(self, balance: int) -> tuple[int, int]:
        """Return the penalty of a balance within the capacity: numerator and denominator."""
        xs, ys = self.xs, self.ys
        # points are as good as equally far from each other: there or next to it
        index = min(balance * (len(xs) - 1) // xs[-1], len(xs) - 2)
        while balance < xs[index]:
            index -= 1
        while balance > xs[index + 1]:
            index += 1
        width, past = xs[index + 1] - xs[index], balance - xs[index]
        return ys[index] * (width - past) + ys[index + 1] * past, width


class Schedule(Struct, frozen=True):
    """What somebody takes in one channel.

    Attributes:
        flat: for each payment.
        proportional: parts per million of what comes in, or goes out.
        curve: what the channel's balance is worth; None: nothing.
    """

    flat: int = 0
    proportional: int = 0
    curve: Curve | None = None

    def fee(self, balance: int, amount: int) -> Fraction:
        """Return what is taken when a balance changes by so much, up or down."""
        fee = self.flat * MILLION + self.proportional * abs(amount)
        if self.curve is None:
            return Fraction(fee, MILLION)
        after, of_after = self.curve.at(balance + amount)
        before, of_before = self.curve.at(balance)
        moved, whole = after * of_before - before * of_after, of_after * of_before
        return Fraction(fee * whole + moved * MILLION, whole * MILLION)


@lru_cache(maxsize=2**16)
def schedule_of(fees: Fees, capacity: int) -> Schedule:
    """Return what somebody takes in a channel in which both ends have so much together.

    The proportional fee is such that what is passed on and what is taken on both sides come to
    what was asked for.
    """
    ratio = Fraction(fees.proportional, MILLION)
    proportional = round(ratio / (ratio + 2) * MILLION)
    return Schedule(fees.flat // 2, proportional, _curve(capacity, fees.imbalance))


def _curve(capacity: int, imbalance: int) -> Curve | None:
    """Return the curve that is lowest in the middle and, at both ends, as high as is asked for."""
    if capacity == 0 or imbalance == 0:
        return None
    highest = capacity * imbalance / 1e6
    middle = capacity / 2
    exponent = min(STEEPEST * middle / highest, MAX_EXPONENT)
    factor = highest / middle**exponent
    last = min(CURVE_POINTS, capacity + 1) - 1
    xs = [round(index * (capacity / last)) for index in range(last + 1)]
    ys = [round(factor * abs(x - middle) ** exponent) for x in xs]
    return Curve(tuple(xs), tuple(ys))


class MediationFee(Struct, frozen=True):
    """What a mediator's fee for a payment depends on, beside the amount.

    Attributes:
        taken_in: what it takes in the channel in which the payment comes.
        taken_out: what it takes in the one in which it goes.
        balance_in: what it has there before.
        balance_out: what it has there before.
        receivable: what the payer has there.
        capped: whether it never takes less than nothing.
    """

    taken_in: Schedule
    taken_out: Schedule
    balance_in: int
    balance_out: int
    receivable: int
    capped: bool = True

    @property
    def is_free(self) -> bool:
        """Whether nothing is taken, whatever the amount is."""
        return self.taken_in == self.taken_out == NOTHING

    def amount_out(self, amount_in: int) -> int | None:
        """Return what is passed on of an amount that comes in; None: it can't be."""
        if not self._is_defined(amount_in):
            return None
        taken_in = self.taken_in.fee(self.balance_in, amount_in)
        return _whole(
            _crossing(
                self._points(lambda x: taken_in + self.taken_out.fee(self.balance_out, -x)),
                lambda x: amount_in - x,
            )
        )

    def amount_in(self, amount_out: int) -> int | None:
        """Return what must come in for an amount to be passed on; None: nothing will do."""
        most = min(self.balance_out, self.receivable)
        if amount_out > self.balance_out or not self._is_defined(most):
            return None
        taken_out = self.taken_out.fee(self.balance_out, -amount_out)
        return _whole(
            _crossing(
                self._points(
                    lambda x: self.taken_in.fee(self.balance_in, x) + taken_out,
                    most=self.receivable,
                ),
                lambda x: x - amount_out,
            )
        )

    def _is_defined(self, amount_in: int) -> bool:
        """Tell whether there is anything to pass on, and the curves know of all balances.

        A large capacity may be beyond its curve's last point, which is made of floats.
        """
        into, out = self.taken_in.curve, self.taken_out.curve
        most_in = self.receivable if into is None else into.xs[-1] - self.balance_in
        most_out = self.balance_out if out is None else out.xs[-1]
        there = self.balance_out > 0 and self.receivable > 0
        return there and amount_in <= most_in and self.balance_out <= most_out

    def _points(
        self, fee: Callable[[int], Fraction], most: int = UINT256_MAX
    ) -> Iterator[tuple[Fraction | int, Fraction | int]]:
        """Yield the points between which the fee is straight, by the amount that is sought.

        As in Raiden, so many stretches are looked at for a change of sign as there were before any
        point was put in: where the fee changes its sign twice, the last one may be missed.
        """
        xs = self._amounts(most)
        inserted, (x1, y1) = 0, (xs[0], fee(xs[0]))
        yield x1, max(y1, ZERO) if self.capped else y1
        for index, x2 in enumerate(xs[1:]):
            y2 = fee(x2)
            if self.capped and y1 * y2 < 0 and index + inserted < len(xs) - 1:
                inserted += 1
                yield x1 + abs(y1) / abs(y2 - y1) * (x2 - x1), 0
            yield x2, max(y2, ZERO) if self.capped else y2
            x1, y1 = x2, y2

    def _amounts(self, most: int) -> list[int]:
        into, out = self.taken_in.curve, self.taken_out.curve
        ins = (0, self.balance_in + self.receivable) if into is None else into.xs
        outs = (0, self.balance_out) if out is None else out.xs
        amounts = [x - self.balance_in for x in ins] + [self.balance_out - x for x in outs]
        most = min(most, self.balance_out)
        return sorted({max(min(amount, most), 0) for amount in amounts})


NOTHING = Schedule()


def mediation_of(fees: tuple[Fees, Fees], back: ChannelView, channel: ChannelView) -> MediationFee:
    """Return what decides about a mediator's fee.

    Args:
        fees: what it takes in the channel in which a payment comes, and in the one in which it
            goes.
        back: its view of the first.
        channel: its view of the second.
    """
    into, out = fees
    if into.are_none and out.are_none:
        schedules = (NOTHING, NOTHING)
    else:
        schedules = (schedule_of(into, back.capacity), schedule_of(out, channel.capacity))
    balances = (back.balance, channel.balance, back.partner_balance)
    return MediationFee(*schedules, *balances, capped=into.capped)


@lru_cache(maxsize=2**17)
def rated(fees: tuple[Fees, Fees], capacity: int, sendable: int, amount: int) -> int | None:
    """Return what both ends of one channel take for an amount; None: nothing will do.

    Kept, since a service rates all channels for each payment, and few of them change in between.

    Args:
        fees: what the end takes that receives, and what the end takes that sends.
        capacity: what both have.
        sendable: what can be sent, which counts as everybody's balance.
        amount: what is to be sent.
    """
    into, out = fees
    if into.are_none and out.are_none:
        return 0
    schedules = schedule_of(into, capacity), schedule_of(out, capacity)
    before = MediationFee(*schedules, sendable, sendable, sendable).amount_in(amount)
    return None if before is None else before - amount


def _crossing(
    points: Iterator[tuple[Fraction | int, Fraction | int]],
    line: Callable[[Fraction | int], Fraction | int],
) -> Fraction | int | None:
    """Return where a curve meets a line first; None: nowhere within its points."""
    x1, y1 = next(points)
    before = y1 - line(x1)
    if before == 0:
        return x1
    for x2, y2 in points:
        after = y2 - line(x2)
        if after == 0 or (after > 0) != (before > 0):
            return x1 + before * Fraction(x2 - x1) / (before - after)
        x1, before = x2, after
    return None


def _whole(amount: Fraction | int | None) -> int | None:
    return None if amount is None or amount <= 0 else round(amount)


def margin(amount: int, fee: int) -> int:
    """Return what a payer adds to fees that may have changed until a mediator takes them."""
    if fee == 0:  # there are none, as far as anybody knows
        return 0
    return ceil(abs(fee) * MARGIN_OF_FEE + amount * MARGIN_OF_AMOUNT)


def to_send(amount: int, fee: int) -> int:
    """Return what a payer sends so that an amount arrives.

    Args:
        amount: what is to arrive.
        fee: what mediators are expected to take.
    """
    return amount + fee + margin(amount, fee)


def is_too_dear(amount: int, sent: int) -> bool:
    """Tell whether a payer would rather not send so much for an amount."""
    return sent > amount + int(amount * MAX_SHARE)


def assumed(amount: int) -> int:
    """Return the fees that a payer reckons with who can't ask anybody."""
    return round(amount * ASSUMED_SHARE)
