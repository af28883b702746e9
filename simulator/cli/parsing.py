"""Reading what options of `simulator up` say."""

import re
from collections.abc import Callable
from enum import StrEnum

import click

from simulator.api.driver import Pace
from simulator.payments.conditions import LineConditions
from simulator.words.errors import ConfigurationError, InvalidRequest
from simulator.words.quoting import shown

ALL = "all"


def parse_words(kind: type[StrEnum]) -> Callable[..., list[StrEnum]]:
    """Return what reads a list of words of a kind."""

    def parse(_: click.Context, __: click.Parameter, text: str) -> list[StrEnum]:
        try:
            return [kind(name.strip()) for name in text.split(",")]
        except ValueError:
            known = ", ".join(kind)
            raise click.BadParameter(f"{shown(text)} is not a list of: {known}.") from None

    return parse


def parse_pace(_: click.Context, __: click.Parameter, text: str) -> Pace:
    """Return a pace."""
    try:
        return Pace.parse(text)
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from None


def check_messages(_: click.Context, parameter: click.Parameter, number: float) -> float:
    """Return how messages travel, if they can."""
    try:
        LineConditions(loss=number) if parameter.name == "message_loss" else LineConditions(number)
    except InvalidRequest as error:
        raise click.BadParameter(f"{error.reason}.") from None
    return number


def parse_kept(_: click.Context, __: click.Parameter, text: str) -> int | None:
    """Return how many of something are kept; None: all."""
    if text == ALL:
        return None
    if not re.fullmatch("0*[1-9][0-9]{0,17}", text, re.ASCII):
        raise click.BadParameter(f"{shown(text)} is neither a number from 1 on nor all.")
    return int(text)
