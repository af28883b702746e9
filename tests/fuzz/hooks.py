"""What schemathesis is told about this API: which addresses there are.

It makes addresses up, and hardly ever has one the right checksum. Most are replaced here, so that
calls get to what they are about.
"""

import os
import re
from typing import Any

import schemathesis

KNOWN = os.environ["FUZZ_ADDRESSES"].split(",")
ADDRESS = re.compile("0x[0-9a-fA-F]{40}")


def known(value: Any) -> Any:
    """Replace made-up addresses, but for one of eight, by those of the testnet."""
    if isinstance(value, dict):
        return {name: known(inner) for name, inner in value.items()}
    if isinstance(value, str) and ADDRESS.fullmatch(value) and (number := int(value, 16)) % 8:
        return KNOWN[number // 8 % len(KNOWN)]
    return value


def map_path_parameters(_: Any, parameters: Any) -> Any:
    return known(parameters)


def map_body(_: Any, body: Any) -> Any:
    return known(body)


schemathesis.hook(map_path_parameters)
schemathesis.hook(map_body)
