"""JSON from anywhere: of bounded depth, with reasons that people understand.

Python's parser goes as deep as the limit of recursion allows, and py-evm raises that one beyond
what the stack holds: a line of brackets would end the process.
"""

import json
import re
from typing import Any

MAX_DEPTH = 50

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_OTHERS = re.compile(r"[^\[\]{}]+")


def loads(text: str) -> Any:
    """Parse a JSON text.

    Raises:
        ValueError: it is not JSON, is nested more than 50 deep, or holds a number of thousands of
            digits; the text says so in a few words.
    """
    depth = 0
    for bracket in _OTHERS.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (line {error.lineno}, column {error.colno})") from None
    except ValueError:  # Python's own limit on the digits of an integer
        raise ValueError("it holds a number with too many digits") from None
