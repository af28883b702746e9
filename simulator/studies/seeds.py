"""The seeds of a study's runs: by its own seed and the replication, and by nothing else.

So the runs of one replication see equal worlds, whatever the values of the factors are: the same
keys, the same arrivals, the same draws. What differs between them is what the factors do (common
random numbers). One value, strategy or replication more changes no run that is there.
"""

from simulator.kernel.rng import Rng

STREAM = "replication"


def seed_of(study_seed: int, replication: int) -> int:
    """Return the seed of a replication's worlds.

    Args:
        study_seed: of the study.
        replication: from 0.
    """
    drawn = Rng(study_seed).digest(STREAM, replication)
    return int.from_bytes(drawn[:8], "big", signed=True)
