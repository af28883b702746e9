"""How messages travel, as files say it: the same words and ranges as everywhere."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.forms.part import Part
from simulator.forms.values import FromWord
from simulator.payments.conditions import MAX_DELAY_SECONDS, LineConditions

DelaySeconds = Annotated[
    float,
    Field(
        ge=0,
        le=MAX_DELAY_SECONDS,
        description="how long messages take on average, in virtual seconds",
    ),
    FromWord,
]
SpreadName = Annotated[
    Literal["fixed", "uniform", "exponential"],
    Field(
        description="how delays are spread around it: all are the same, any up to twice as long is "
        "as likely, or few are long, and none more than ten times as long"
    ),
]
Loss = Annotated[
    float,
    Field(ge=0, le=1, description="the part of them that is lost; with 1 nothing arrives"),
    FromWord,
]


class MessagesPart(Part):
    """How messages travel between nodes, which send again what is lost.

    By default they arrive at once, and none is lost.
    """

    delay_seconds: DelaySeconds = 0.0
    spread: SpreadName = "fixed"
    loss: Loss = 0.0

    def conditions(self) -> LineConditions:
        """Return it as the world wants it."""
        return LineConditions(self.delay_seconds, self.spread, self.loss)
