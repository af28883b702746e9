"""Reading request bodies exactly.

Bodies are read raw, whatever their Content-Type: older clients send JSON as ``text/plain``. JSON
numbers never become binary floats, keys don't repeat, and nothing that a body holds makes its
reading slow or fail in an unexpected way.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails, PydanticCustomError
from starlette.requests import Request

from simulator.words.errors import InvalidBody, InvalidRequest

MAX_BYTES = 64 * 1024
MAX_INTEGER_LENGTH = 4_000
"""In characters; Python itself refuses to read integers that are little longer."""
MAX_NUMBER_LENGTH = 100
"""Of a number that need not be whole."""
MAX_EXPONENT = 100
MAX_BRACKETS = 100
MAX_MESSAGE = 500
MAX_NAME = 50
UNKNOWN_FIELD = "unknown field"
WHOLE = "body"
"""The field that errors about a body as a whole name."""

INTEGER_TEXT = re.compile(r"-?[0-9]+")
NUMBER_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class TooLarge(InvalidRequest):
    """A body, a number in it or its nesting is larger than anybody needs."""


class _Unreadable:
    """Stands for a number that is not worth reading, until its field is known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


INTEGER_TOO_LONG = _Unreadable(f"a number of more than {MAX_INTEGER_LENGTH:,} characters")
NUMBER_TOO_LONG = _Unreadable(f"a number of more than {MAX_NUMBER_LENGTH} characters")
EXPONENT_TOO_LARGE = _Unreadable(f"an exponent beyond {MAX_EXPONENT}")


def _int(text: str) -> int | _Unreadable:
    return int(text) if len(text) <= MAX_INTEGER_LENGTH else INTEGER_TOO_LONG


def _decimal(text: str) -> Decimal | _Unreadable:
    """Read a number, unless its length or exponent would cost time and memory."""
    if len(text) > MAX_NUMBER_LENGTH:
        return NUMBER_TOO_LONG
    try:
        number = Decimal(text)
    except InvalidOperation:
        return EXPONENT_TOO_LARGE
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > MAX_EXPONENT:
        return EXPONENT_TOO_LARGE
    return number


def _read_integer(value: object, info: ValidationInfo) -> int:
    """Read a JSON integer or decimal digits in a string; 100.0 and 1e2 are not integers here."""
    if isinstance(value, str) and INTEGER_TEXT.fullmatch(value):
        value = _int(value)
    _check_readable(value, info)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("integer", "not a valid integer")


def _read_number(value: object, info: ValidationInfo) -> Fraction:
    """Read a JSON number or a number in a string, exactly."""
    if isinstance(value, str) and NUMBER_TEXT.fullmatch(value):
        value = _decimal(value)
    _check_readable(value, info)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and isfinite(value):
        return Fraction(value)
    raise PydanticCustomError("number", "not a valid number")


def _check_readable(value: object, info: ValidationInfo) -> None:
    if isinstance(value, _Unreadable):
        raise TooLarge(info.field_name or WHOLE, value.reason)


def plain(field: str, value: Any) -> Any:
    """Return a value of any shape as a scenario file would have it: other numbers as floats.

    Raises:
        TooLarge: it holds a number that is too long.
    """
    if isinstance(value, dict):
        return {name: plain(field, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(field, inner) for inner in value]
    if isinstance(value, _Unreadable):
        raise TooLarge(field, value.reason)
    return float(value) if isinstance(value, Decimal | Fraction) else value


Integer = Annotated[
    int,
    PlainValidator(_read_integer),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "string", "pattern": "^-?[0-9]{1,3999}$"},
            ]
        }
    ),
]
"""An integer of any size, as a JSON number without fraction and exponent or as a string."""

Number = Annotated[
    Fraction,
    PlainValidator(_read_number),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{NUMBER_TEXT.pattern}$"}]}
    ),
]
"""A number, exact, as a JSON number or as a string."""


EXACTLY_ONE: JsonDict = {"minProperties": 1, "maxProperties": 1}
"""In the schema of a body of which one field is to be given."""


class Body(BaseModel):
    """A request body: a JSON object without fields that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


B = TypeVar("B", bound=Body)


async def read_bytes(request: Request) -> bytes:
    """Return a request's body.

    Raises:
        TooLarge: it is longer than 64 KiB.
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            raise TooLarge(WHOLE, f"longer than {MAX_BYTES} bytes")
    return bytes(data)


def parse(model: type[B], data: bytes) -> B:
    """Read a body.

    Raises:
        InvalidBody: it is not a JSON object of the model's shape; the first field is named.
        TooLarge: it holds a number that is too long, or is nested too deeply.
    """
    value = _parse_json(data)
    if not isinstance(value, dict):
        raise InvalidBody(WHOLE, "a JSON object is expected")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _first_problem(error.errors()[0]) from None


def _parse_json(data: bytes) -> object:
    if not data.strip():
        raise InvalidBody(WHOLE, "a JSON object is expected, not an empty body")
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise TooLarge(WHOLE, "nested too deeply")  # Python's own limit depends on the caller
    try:
        return json.loads(
            data.decode(),
            parse_float=_decimal,
            parse_int=_int,
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise InvalidBody(WHOLE, "not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidBody(WHOLE, f"not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidBody(shown(name, MAX_NAME), "given more than once")
        if not name.isidentifier():
            raise InvalidBody(shown(name, MAX_NAME), UNKNOWN_FIELD)
        found[name] = value
    return found


def shown(text: str, most: int = MAX_MESSAGE) -> str:
    """Return a text that may hold a client's own words as something that every answer can hold.

    What can't be printed, halves of characters included, is escaped; what is very long is cut.
    """
    cut = text if len(text) <= most else text[:most] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def _first_problem(problem: ErrorDetails) -> InvalidBody:
    reasons = {"missing": "required", "extra_forbidden": UNKNOWN_FIELD}
    field = shown(str(problem["loc"][0]), MAX_NAME) if problem["loc"] else WHOLE
    return InvalidBody(field, reasons.get(problem["type"], problem["msg"]))
