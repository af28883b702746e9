"""What is asked for: a scenario file to run, and all that was chosen with it."""

from dataclasses import dataclass
from pathlib import Path

from simulator.forms.parameters import Parameters
from simulator.reports.golden_orphans import Orphan
from simulator.reports.option_names import COMMAND_LINE, OptionNames
from simulator.scenario.language.scenario import NO_PARAMETERS, Scenario, load
from simulator.words.options import Check, is_remote


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario file to run.

    Attributes:
        file: as the user wrote it.
        parameters: what its template is given.
        seed: instead of the file's own.
        engine: instead of the file's own.
        folder: where the reports go.
        golden: the golden to compare with.
        update_golden: write that golden instead.
        orphans: goldens that belong to no scenario, if goldens are looked at.
        check: when the world's invariants are checked.
        quiet: keep what it prints, for whoever shows the result.
        verbose: show every event of the world too.
        obstacle: why it can't be done, if that is known beforehand.
        allow_code: whether code that the file names as `module:function` may run.
        goldens: the folder of goldens that the user has named.
        contracts: a file of contracts, instead of the file's own.
        option_names: what options are called where the user has come in.
    """

    file: str
    parameters: Parameters = NO_PARAMETERS
    seed: int | None = None
    engine: str | None = None
    folder: Path | None = None
    golden: Path | None = None
    update_golden: bool = False
    orphans: tuple[Orphan, ...] = ()
    check: Check = Check.EVERY_BLOCK
    quiet: bool = False
    verbose: bool = False
    obstacle: str = ""
    allow_code: bool = False
    goldens: Path | None = None
    contracts: Path | None = None
    option_names: OptionNames = COMMAND_LINE

    @property
    def options(self) -> tuple[str, ...]:
        """What to type beside file, parameters and seed to see the same again."""
        words: list[str] = []
        if self.goldens is not None:
            words += ["--golden", str(self.goldens)]
        if self.engine is not None:
            words += ["--chain" if is_remote(self.engine) else "--engine", self.engine]
        if self.contracts is not None:
            words += ["--contracts", str(self.contracts)]
        if self.check != Check.EVERY_BLOCK:
            words += ["--check", str(self.check)]
        return (*words, "--allow-code") if self.allow_code else tuple(words)

    @property
    def shown(self) -> str:
        """The file, and the parameters if there are any."""
        return self.file + self.parameters.mark

    def load(self) -> Scenario:
        """Read the file.

        Raises:
            ScenarioInvalid: it breaks the language's rules.
        """
        return load(Path(self.file), self.parameters, allow_code=self.allow_code)
