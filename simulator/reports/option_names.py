"""What options are called: the one that mends something has another name in pytest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptionNames:
    """What options are called where a user has come in.

    Attributes:
        record: the option that records goldens.
        seed: what chooses a seed; `{}` stands for it.
        no_seed: what to do to let each scenario have its own.
    """

    record: str
    seed: str
    no_seed: str

    def for_seed(self, seed: int, own: int | None) -> str:
        """Return what gives a run a seed, which may be the scenario's own."""
        return self.no_seed if seed == own else self.with_seed(seed)

    def with_seed(self, seed: int) -> str:
        """Return what to type for a seed."""
        return self.seed.format(seed)


COMMAND_LINE = OptionNames("--update-golden", "--seed {}", "leaving --seed out")
PYTEST = OptionNames(
    "--simulator-update-golden", "`simulator_seeds = {}`", "taking `simulator_seeds` out"
)
