"""What a workload is, as files, programs and the control API say it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from simulator.forms.expected import plain
from simulator.forms.part import Part, Problem
from simulator.forms.values import FromWord, NodeIndex
from simulator.words.units import UINT256_MAX
from simulator.workloads.listed import CsvFile

MAX_PAYMENTS = 10_000_000
"""So many payments a workload makes at most, also one that nobody stops."""

MAX_SECONDS = 100_000_000
MAX_LISTED = 100_000
MAX_RATE = 1_000_000
MAX_MULTIPLIER = 1_000_000
MAX_NAME_LENGTH = 100

PaidAmount = Annotated[int, Field(ge=1, le=UINT256_MAX)]
Moment = Annotated[float, Field(ge=0, le=MAX_SECONDS), FromWord]
Nodes = Annotated[list[NodeIndex], Field(min_length=1, max_length=MAX_LISTED)]


def _printable(name: str) -> str:
    if not name.isprintable() or "/" in name:
        raise ValueError("must be one line without control characters and slashes")
    return name


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(_printable)]


class Words(Part):
    """A part that is told in one line."""

    def __str__(self) -> str:
        """Return what is given."""
        given = [name for name in type(self).model_fields if name in self.model_fields_set]
        return f"({', '.join(f'{name} {plain(getattr(self, name))}' for name in given)})"


class Choice(Words):
    """A part that is of one of several types, each with parameters of its own."""

    what: ClassVar[str]
    takes: ClassVar[Mapping[str, tuple[str, ...]]]
    """What says something about a type, beside what it needs."""
    needs: ClassVar[Mapping[str, tuple[str, ...]]]

    def problems(self) -> Iterable[Problem]:
        """Yield what a type needs and is not given, or is given and does not take."""
        kind = str(self.__dict__["type"])
        needs, takes = self.needs[kind], self.takes.get(kind, ())
        for name in type(self).model_fields:
            given = name in self.model_fields_set and getattr(self, name) is not None
            if name in needs and not given:
                yield (name,), f"is missing: {self.what} of type {kind} need it"
            elif given and name not in ("type", *needs, *takes):
                yield (name,), f"says nothing about {self.what} of type {kind}"


class ArrivalsPart(Choice):
    """When payments begin, counted from the beginning of the workload."""

    what: ClassVar[str] = "arrivals"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "poisson": ("per_second",),
        "constant": ("per_second",),
        "listed": ("seconds",),
    }
    takes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    type: Literal["poisson", "constant", "listed"] = Field(
        default="poisson",
        description="`poisson`: independently of each other; `constant`: at equal distances; "
        "`listed`: when `seconds` says",
    )
    per_second: Annotated[float, Field(gt=0, le=MAX_RATE), FromWord] | None = Field(
        default=None,
        description="`poisson`, `constant`: how many in a virtual second, on average",
        examples=[0.5],
    )
    seconds: Annotated[list[Moment], Field(min_length=1, max_length=MAX_LISTED)] | None = Field(
        default=None, description="`listed`: virtual seconds, in any order"
    )


class AmountsPart(Choice):
    """How much is paid, in the token's smallest unit."""

    what: ClassVar[str] = "amounts"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "fixed": ("amount",),
        "uniform": ("least", "most"),
        "lognormal": ("median", "spread"),
        "file": ("file",),
    }
    takes: ClassVar[Mapping[str, tuple[str, ...]]] = {"lognormal": ("most",), "file": ("column",)}
    type: Literal["fixed", "uniform", "lognormal", "file"] = Field(
        default="uniform",
        description="`fixed`: always `amount`; `uniform`: any from `least` to `most`, all alike; "
        "`lognormal`: many small and few large ones; `file`: any of those in a file, all alike",
    )
    amount: PaidAmount | None = Field(default=None, description="`fixed`: how much", examples=[5])
    least: PaidAmount | None = Field(default=None, description="`uniform`: the smallest")
    most: PaidAmount | None = Field(
        default=None, description="`uniform`: the largest; `lognormal`: what larger ones become"
    )
    median: Annotated[int, Field(ge=1, le=10**30)] | None = Field(
        default=None, description="`lognormal`: half of them are smaller"
    )
    spread: Annotated[float, Field(ge=0, le=10), FromWord] | None = Field(
        default=None, description="`lognormal`: the standard deviation of their logarithms"
    )
    file: CsvFile | None = Field(
        default=None,
        description="`file`: a CSV with a header, seen from the scenario file",
    )
    column: str = Field(default="amount", description="`file`: the column with the amounts")

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks the parameters of the types, the ends of a range, and the file."""
        return [self.problems(), self._range(), self._listed()]

    def _listed(self) -> Iterator[Problem]:
        try:
            self.listed()
        except ValueError as error:
            yield ("file",), str(error)

    def listed(self) -> tuple[int, ...]:
        """Return the amounts of the file; none without one.

        Raises:
            ValueError: it has something else.
        """
        return () if self.file is None else self.file.amounts(self.column)

    def _range(self) -> Iterator[Problem]:
        if self.least is not None and self.most is not None and self.least > self.most:
            yield ("least",), f"is more than most, which is {self.most}"


class PairsPart(Choice):
    """Who pays whom."""

    what: ClassVar[str] = "pairs"
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "uniform": (),
        "degree": (),
        "capacity": (),
        "hubs": (),
        "listed": ("pairs",),
    }
    takes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "uniform": ("payers", "payees"),
        "degree": ("payers", "payees"),
        "capacity": ("payers", "payees"),
        "hubs": ("hubs", "payers"),
    }
    type: Literal["uniform", "degree", "capacity", "hubs", "listed"] = Field(
        default="uniform",
        description="`uniform`: any two, all alike; `degree`: both ends are drawn by how many "
        "channels they have when the workload begins; `capacity`: by what is in these; `hubs`: any "
        "other node pays one of those with the most channels; `listed`: those in `pairs`, in turn, "
        "again and again",
    )
    payers: Nodes | None = Field(
        default=None, description="only these nodes pay; by default all", examples=[[0, 1]]
    )
    payees: Nodes | None = Field(
        default=None, description="only these nodes are paid; by default all"
    )
    hubs: Annotated[int, Field(ge=1, le=MAX_LISTED)] | None = Field(
        default=None, description="`hubs`: how many are; by default 1"
    )
    pairs: (
        Annotated[
            list[Annotated[list[NodeIndex], Field(min_length=2, max_length=2)]],
            Field(min_length=1, max_length=MAX_LISTED),
        ]
        | None
    ) = Field(default=None, description="`listed`: who pays and who is paid")

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks the parameters of the types, and that nobody is to pay itself."""
        return [self.problems(), self._ends()]

    def _ends(self) -> Iterator[Problem]:
        for position, (payer, payee) in enumerate(self.pairs or ()):
            if payer == payee:
                yield ("pairs", position), "is a node that would pay itself"
        for name in ("payers", "payees"):
            given = getattr(self, name) or ()
            if len({*given}) < len(given):
                yield (name,), "names a node twice"
        if self.payers and self.payers == self.payees and len(self.payers) == 1:
            yield ("payees",), "is the only node that pays"


class ActivityPart(Words):
    """Random activity as SimLN has it: nodes pay as much as they have capacity for.

    It says when, whom and how much, so that arrivals, amounts and pairs are not to be given. A
    node's capacity is half of what is in its channels when the workload begins. It pays
    `multiplier` times that in a month of 30 days, in independent payments of `expected_amount` on
    average, to nodes drawn by their capacity.
    """

    expected_amount: PaidAmount = Field(
        description="what a payment comes to on average", examples=[3_800]
    )
    multiplier: Annotated[float, Field(gt=0, le=MAX_MULTIPLIER), FromWord] = Field(
        default=2.0, description="how often a node pays its capacity in a month"
    )


class WorkloadPart(Part):
    """Payments that are made by themselves: when, by whom, to whom, and how much.

    Each part is drawn from a random stream of its own, named after the workload, so that another
    workload changes nothing about this one's payments.
    """

    name: Name | None = Field(
        default=None,
        description="what it is called in reports, and what its random streams are named after",
        examples=["retail"],
    )
    payments: Annotated[int, Field(ge=1, le=MAX_PAYMENTS)] | None = Field(
        default=None, description="how many payments are made at most", examples=[100]
    )
    seconds: Annotated[float, Field(gt=0, le=MAX_SECONDS), FromWord] | None = Field(
        default=None, description="for how many virtual seconds payments begin"
    )
    arrivals: ArrivalsPart | None = Field(default=None, description="when payments begin")
    amounts: AmountsPart | None = Field(default=None, description="how much is paid")
    pairs: PairsPart | None = Field(
        default=None, description="who pays whom; by default any two, all alike"
    )
    activity: ActivityPart | None = Field(
        default=None, description="when, whom and how much nodes pay, as SimLN draws it"
    )
    file: CsvFile | None = Field(
        default=None,
        description="a CSV with the columns `seconds`, `from`, `to` and `amount`, or CLoTH's, a "
        "payment in each line, seen from the scenario file; in place of arrivals, amounts and "
        "pairs",
    )
    held: bool = Field(
        default=False,
        description="whether nobody knows the secrets, so that each payment keeps its locks until "
        "they expire: what an attacker does to take channels from others",
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks the parts, each by itself, and whether they make a workload."""
        parts = [
            self._inside(name, rule)
            for name in WORKLOAD_PARTS
            if (part := self.__dict__.get(name)) is not None
            for rule in part.rules()
        ]
        return [*parts, self._source(), self._listed()]

    def _listed(self) -> Iterator[Problem]:
        try:
            if self.file is not None:
                self.file.payments()
        except ValueError as error:
            yield ("file",), str(error)

    def _inside(self, name: str, rule: Iterable[Problem]) -> Iterator[Problem]:
        for place, reason in rule:
            yield (name, *place), reason

    def _source(self) -> Iterator[Problem]:
        """Yield what is missing, or said twice, of when, whom and how much."""
        whole = [name for name in ("activity", "file") if getattr(self, name) is not None]
        parts = [
            name for name in ("arrivals", "amounts", "pairs") if getattr(self, name) is not None
        ]
        if len(whole) == 2:
            yield ("file",), "says the same as activity: give one of them"
        elif whole:
            for name in parts:
                yield (name,), f"says nothing, since {whole[0]} says it"
        else:
            for name in ("arrivals", "amounts"):
                if name not in parts:
                    yield (name,), "is missing, and there is neither activity nor file"

    def named_nodes(self) -> Iterator[int]:
        """Yield the numbers of the nodes that are to pay or to be paid."""
        if self.pairs is not None:
            yield from (*(self.pairs.payers or ()), *(self.pairs.payees or ()))
            for pair in self.pairs.pairs or ():
                yield from pair
        if self.file is not None:
            for _, payer, payee, _ in self.file.payments():
                yield from (payer, payee)

    @property
    def ends(self) -> bool:
        """Whether it ends by itself, sooner than any workload must."""
        listed = self.arrivals is not None and self.arrivals.type == "listed"
        return bool(self.payments or self.seconds or self.file or listed)


WORKLOAD_PARTS: dict[str, type[Part]] = {
    "arrivals": ArrivalsPart,
    "amounts": AmountsPart,
    "pairs": PairsPart,
    "activity": ActivityPart,
}
"""What a workload consists of, by the keys that files use."""

WORKLOAD_SOURCES = (("arrivals", "amounts"), ("activity",), ("file",))
"""The keys of which a workload needs those of one row, since they say when, whom and how much."""
