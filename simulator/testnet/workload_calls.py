"""Workloads of the Python API: begun, running, and over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import simpy

from simulator.forms.checking import checked
from simulator.reports.payment_rows import COLUMNS
from simulator.reports.workload_record import PaymentStatistics
from simulator.system import files
from simulator.system.table_files import ColumnKind, Parquet, format_of
from simulator.testnet.calls import wait_for
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ConfigurationError
from simulator.words.units import Address
from simulator.workloads.form import WorkloadPart
from simulator.workloads.listed import FOLDER
from simulator.workloads.workload import Workload

Parameters = Mapping[str, Any]
"""What `arrivals`, `amounts`, `pairs` or `activity` of a scenario file's workload holds."""


class PendingWorkload:
    """A workload that was begun but not waited for."""

    def __init__(self, net: Simulation, workload: Workload, process: simpy.Process) -> None:
        self._net = net
        self._workload = workload
        self._process = process

    @property
    def name(self) -> str:
        """What it is called."""
        return self._workload.name

    @property
    def done(self) -> bool:
        """Whether it makes no more payments, and all have been answered."""
        return self._workload.is_over

    @property
    def statistics(self) -> PaymentStatistics:
        """What its payments have come to so far."""
        return self._workload.statistics()

    def rows(self) -> list[dict[str, Any]]:
        """Return its payments so far, in the order in which they began.

        That is a table for `pandas.DataFrame`; its columns are those of `workloads.csv`.
        """
        tuples = self._workload.rows.tuples(self.name, 0.0)
        return [dict(zip(COLUMNS, row, strict=True)) for row in tuples]

    def write(self, file: Path | str) -> None:
        """Write its payments so far into a file: a table in Parquet or CSV, as its name ends.

        Raises:
            ConfigurationError: the file can't be written, or Parquet needs `pyarrow`.
        """
        path, rows = Path(file), self._workload.rows
        form, columns = format_of(parquet=path.suffix == Parquet.suffix), rows.columns()
        is_text = [column.kind is ColumnKind.TEXT for column in columns]
        told = (
            [str(one) if text else one for one, text in zip(row, is_text, strict=True)]
            for row in rows.tuples(self.name, 0.0)
        )
        with files.writing(path) as stream:
            form.write(stream, columns, told)

    def stop(self) -> None:
        """Let it make no more payments; those in progress go on."""
        self._workload.stop()

    def result(self) -> PaymentStatistics:
        """Let time pass until it is over, and return what its payments have come to."""
        statistics: PaymentStatistics = wait_for(self._net.world, self._process)
        return statistics

    def __repr__(self) -> str:
        return f"<workload {self.name!r}: {self.statistics}>"


def begin(
    net: Simulation, token: Address, given: Mapping[str, object], cause: str
) -> PendingWorkload:
    """Begin a workload.

    Args:
        net: where.
        token: what is paid.
        given: what a scenario file's `workload` would hold; None: nothing is said.
        cause: on whose behalf.

    Raises:
        ConfigurationError: there is no such workload, or it would never end.
        InvalidRequest: another one has its name.
    """
    spec = {key: value for key, value in given.items() if value is not None}
    part = checked(WorkloadPart, spec, "workload", {"nodes": len(net.nodes), FOLDER: Path()})
    if not part.ends:
        raise ConfigurationError("workload: payments or seconds must say when it ends.")
    return PendingWorkload(net, *net.workloads.begin(part, token, "", cause))
