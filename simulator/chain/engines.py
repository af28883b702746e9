"""What can execute the contracts of a testnet: the engines of `evm`, and the model.

This is their only home: options, scenario files, messages and versions read it, and a test compares
the documentation with it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulator.evm.registry import DEFAULT_ENGINE, EVM_ENGINES

MODEL = "model"


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """What is known of a ledger before it is made.

    Attributes:
        description: what it executes contracts with.
        libraries: whose versions decide about its results; the model is part of our own sources.
        max_nodes: how many nodes a testnet can have: contracts need time and memory for each.
    """

    description: str
    libraries: tuple[str, ...] = ()
    max_nodes: int = 10_000


ENGINES = {
    **{name: LedgerKind(kind.description, kind.libraries) for name, kind in EVM_ENGINES.items()},
    MODEL: LedgerKind("the contracts' rules without an EVM", max_nodes=1_000_000),
}
"""What can be asked for, by name."""

MAX_NODES = ENGINES[DEFAULT_ENGINE].max_nodes
MAX_NODES_ANYWHERE = max(kind.max_nodes for kind in ENGINES.values())

if TYPE_CHECKING:
    EngineName = str
else:
    EngineName = Literal[tuple(ENGINES)]
"""The type of an engine's name, for what checks values by their types."""


def engines_told() -> str:
    """Return what executes the contracts, engine by engine, for help texts."""
    return ", ".join(f"{name} ({kind.description})" for name, kind in ENGINES.items())
