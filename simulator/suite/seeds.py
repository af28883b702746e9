"""Many seeds for one scenario, as people name them."""

import re

from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.words.quoting import shown

MAX_SEEDS = 10_000


def parse(text: str) -> tuple[int, ...]:
    """Read seeds: numbers and ranges between commas, such as 0-99 or 0,3,7-9; each counts once.

    Raises:
        ValueError: with one sentence for the user.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        found = re.fullmatch(r"(-?[0-9]{1,20})(?:-(-?[0-9]{1,20}))?", part.strip())
        if found is None:
            raise ValueError(f"{shown(part)} is neither a number nor a range such as 0-99.")
        first = int(found[1])
        last = first if found[2] is None else int(found[2])
        for seed in (first, last):
            if not MIN_SEED <= seed <= MAX_SEED:
                raise ValueError(f"{seed} is not within {MIN_SEED} to {MAX_SEED}.")
        if last < first:
            raise ValueError(f"{shown(part)} ends before it begins.")
        seeds.update(dict.fromkeys(range(first, min(last, first + MAX_SEEDS) + 1)))
        if len(seeds) > MAX_SEEDS:
            raise ValueError(f"these are more than {MAX_SEEDS:,} seeds.")
    return tuple(seeds)
