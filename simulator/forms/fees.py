"""What a node takes for passing payments on, as files say it: the same words everywhere."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from simulator.forms.part import KeyPath, Part
from simulator.forms.routing import RoutingOption
from simulator.forms.values import Amount
from simulator.payments.fees import MAX_IMBALANCE, MILLION, RAIDENS_FEES, Fees

Flat = Amount
Proportional = Annotated[int, Field(ge=0, le=MILLION)]
Imbalance = Annotated[int, Field(ge=0, le=MAX_IMBALANCE)]
"""Tokens, parts per million of what is passed on, and of a channel's capacity."""


def _of_the_token(value: object) -> object:
    """Take the number behind a token's address, as Raiden's command line has it."""
    is_pair = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)
    return value[1] if is_pair else value  # type: ignore[index]


def _option(most: int | None) -> Any:
    number = {"type": "integer", "minimum": 0} | ({} if most is None else {"maximum": most})
    pair = {
        "type": "array",
        "prefixItems": [{"type": "string"}, number],
        "minItems": 2,
        "maxItems": 2,
        "description": "a token's address, which changes nothing, and the number",
    }
    return WithJsonSchema({"anyOf": [number, pair]})


FlatOption = Annotated[Flat, BeforeValidator(_of_the_token), _option(None)]
ProportionalOption = Annotated[Proportional, BeforeValidator(_of_the_token), _option(MILLION)]
ImbalanceOption = Annotated[Imbalance, BeforeValidator(_of_the_token), _option(MAX_IMBALANCE)]
"""The options of nodes, which may name the token: there is one in a scenario."""


class PaymentOptions(Part):
    """How a node finds ways, and what it takes for passing payments on, among its options."""

    routing: RoutingOption | None = Field(
        default=None,
        description="how it finds the ways of its payments: a policy's name, or a mapping of "
        "`policy`, `knowledge`, `max_paths`, `fee_penalty` and `diversity_penalty`, or one of your "
        "own; by default `shortest` where `dialect` is `bespin`, else `own`",
    )

    flat_fee: FlatOption | None = Field(
        default=None,
        alias="flat-fee",
        description="tokens that it takes for each payment that it passes on; by default none",
    )
    proportional_fee: ProportionalOption | None = Field(
        default=None,
        alias="proportional-fee",
        description="parts per million of what it passes on, that it takes for that; by default "
        f"{RAIDENS_FEES.proportional}, and 0 where `dialect` is `red-eyes`",
    )
    imbalance_fee: ImbalanceOption | None = Field(
        default=None,
        alias="proportional-imbalance-fee",
        description="parts per million of a channel's capacity that it takes in addition from a "
        "payment that leaves nothing at one end, rather than balance the channel; by default "
        f"{RAIDENS_FEES.imbalance}, and 0 where `dialect` is `red-eyes`",
    )
    cap_fees: bool | None = Field(
        default=None,
        alias="cap-mediation-fees",
        description="whether it never takes less than nothing, however much a payment balances; by "
        "default it is so",
    )
    no_cap_fees: bool | None = Field(
        default=None,
        alias="no-cap-mediation-fees",
        description="the contrary of `cap-mediation-fees`, for the scenario player's files",
    )

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that the fees are said to be both capped and not."""
        if self.cap_fees is not None and self.cap_fees == self.no_cap_fees:
            yield ("no-cap-mediation-fees",), "says the contrary of cap-mediation-fees"

    def fees(self, usual: Fees) -> Fees | None:
        """Return what is said, beside what is usual; None: nothing is."""
        capped = self.cap_fees if self.no_cap_fees is None else not self.no_cap_fees
        said = (self.flat_fee, self.proportional_fee, self.imbalance_fee, capped)
        return None if said == (None,) * len(said) else usual.but(*said)
