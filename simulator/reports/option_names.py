"""What options are called: the one that mends something has another name in pytest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptionNames:
    """What options are called where a user has come in.

    Attributes:
        record: the option that records goldens.
        seed: what chooses a seed; `{}` stands for it.
    """

    record: str
    seed: str

    def with_seed(self, seed: int) -> str:
        """Return what to type for a seed."""
        return self.seed.format(seed)


COMMAND_LINE = OptionNames("--update-golden", "--seed {}")
PYTEST = OptionNames("--simulator-update-golden", "`simulator_seeds = {}`")
