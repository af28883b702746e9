"""What a scenario says, as a hash: of what decides how it goes, and of nothing else.

Comments, the order of keys, how a value is written, and what a template was given do not count;
neither do the names of the scenario, which only people read, its seed, which everybody names with a
run, and what the chain is called and made of, since all of them give the same history. Nor does
what it says about being run.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from simulator.forms import conditions
from simulator.topology.file_graph import Network

LENGTH = 16
"""Of the SHA-256's hexadecimal digits, how many there are: people compare them."""

_FOR_PEOPLE = {"version", "name", "description", "seed", "parameters"}
_OF_CHAINS = {"id", "genesis_time", "engine", "contracts"}
_OF_SUITES = {*conditions.KEYS, "timeout"}


def digest_of(data: dict[str, Any], network: Network | None, read: Sequence[str] = ()) -> str:
    """Return the hash of a scenario file's content.

    Args:
        data: the file as plain data, its template filled in.
        network: the graph that it names a file of, if it does.
        read: the hashes of other files that it names, in their order.
    """
    content = {key: value for key, value in data.items() if key not in _FOR_PEOPLE | _OF_SUITES}
    if isinstance(chain := content.get("chain"), dict):
        content["chain"] = {key: value for key, value in chain.items() if key not in _OF_CHAINS}
    channels = [] if network is None else [str(channel) for channel in network.channels]
    parts = [_in_order(content), channels, *read]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _in_order(value: Any) -> Any:
    """Return data in which order is kept where it decides: of several tasks in one entry."""
    if isinstance(value, dict):
        return {
            key: [
                [[name, _in_order(task)] for name, task in entry.items()]
                if isinstance(entry, dict)
                else entry
                for entry in part
            ]
            if key == "tasks" and isinstance(part, list)
            else _in_order(part)
            for key, part in value.items()
        }
    return [_in_order(item) for item in value] if isinstance(value, list) else value
