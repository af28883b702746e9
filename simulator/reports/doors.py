"""How users come in: what mends something has another name on the command line than in pytest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """What things are called where a user has come in.

    Attributes:
        record: the option that records goldens.
        seed: what chooses a seed; `{}` stands for it.
    """

    record: str
    seed: str

    def with_seed(self, seed: int) -> str:
        """Return what to type for a seed."""
        return self.seed.format(seed)


COMMAND_LINE = Door("--update-golden", "--seed {}")
PYTEST = Door("--simulator-update-golden", "`simulator_seeds = {}`")
