"""The Python face of studies: make or read one, run it, look at what it has found."""

from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from simulator.studies import notebook
from simulator.studies.design import Design
from simulator.studies.execution import execute, of_executor
from simulator.studies.reader import read_sections, read_study
from simulator.studies.results import Results
from simulator.studies.run import perform
from simulator.words.quoting import visible_line


class Study:
    """A question, and the runs that answer it; `simulator.study` makes one.

    Args:
        design: what it consists of.
    """

    def __init__(self, design: Design) -> None:
        self._design = design

    def __repr__(self) -> str:
        points, replications = self._design.factors.count, self._design.replications
        return f"<study {visible_line(self.name)}: {points} points, {replications} replications>"

    def _repr_html_(self) -> str:
        return notebook.of_study(self._design)

    @classmethod
    def load(cls, file: Path | str, *, allow_code: bool = False) -> "Study":
        """Read a study file.

        Args:
            file: what to read.
            allow_code: whether code that it names as `module:function` may run.

        Raises:
            ScenarioInvalid: it breaks rules; the text has one line for each problem, naming file,
                line and key.
        """
        return cls(read_study(Path(file), allow_code=allow_code))

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return self._design.name

    def run(
        self,
        folder: Path | str,
        *,
        jobs: int | None = 1,
        executor: Executor | None = None,
        parquet: bool = False,
    ) -> Results:
        """Run what is not there yet, and write the tables.

        Args:
            folder: where to; what an earlier call has left there is gone on with.
            jobs: how many processes; None: one for each core; 1: all here, in this process.
            executor: who runs them instead: anything with the API of `concurrent.futures` whose
                workers see the folder.
            parquet: whether tables are Parquet instead of CSV.

        Raises:
            ConfigurationError: the folder can't be written, or the executor can't be used.
        """
        workers = None if executor is None else of_executor(executor)
        execute(self._design, Path(folder), jobs=jobs, workers=workers, parquet=parquet)
        return Results(folder)

    def replay(self, key: str) -> dict[str, Any]:
        """Do one run again, here; return its row.

        Args:
            key: what the tables call the run.

        Raises:
            ConfigurationError: none of its runs has this key.
        """
        return perform(self._design, self._design.spec(key)).as_dict()


def study(**sections: Any) -> Study:
    """Make a study of what a study file would say, by the names of its sections.

    Args:
        sections: as in a file; strategies and measures may be functions of your own.

    Raises:
        ScenarioInvalid: something breaks a rule; each problem is one line.
    """
    return Study(read_sections(sections))
