"""The sections of a scenario file, tasks excepted: their keys, types and ranges."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.node.world import Settings
from simulator.scenario import MAX_SEED, MIN_SEED
from simulator.scenario.source import KeyPath, shown
from simulator.scenario.task import Amount, Part
from simulator.units import UINT256_MAX

MAX_NODES = 10_000
MAX_WALLET = UINT256_MAX // (MAX_NODES + 2)
DEFAULT_WALLET = 50_000
DEFAULT_ETH_WEI = 10**20
DEFAULTS = Settings()


def _gas_price(value: object) -> int | str:
    if value in ("fast", "medium") or (type(value) is int and value >= 0):
        return value
    raise ValueError(f"must be fast, medium or a whole number from 0, not {shown(value)}")


GasPrice = Annotated[
    int | str,
    PlainValidator(_gas_price),
    WithJsonSchema({"anyOf": [{"enum": ["fast", "medium"]}, {"type": "integer", "minimum": 0}]}),
]
"""What the scenario player pays; here every transaction pays the price of the chain."""


class ChainPart(Part):
    """The chain, and how nodes deal with it."""

    block_time_seconds: Annotated[int, Field(ge=1, le=3600)] = DEFAULTS.block_time
    settle_timeout_blocks: Annotated[
        int, Field(ge=SETTLE_TIMEOUT_MIN_BLOCKS, le=SETTLE_TIMEOUT_MAX_BLOCKS)
    ] = DEFAULTS.settle_timeout_blocks
    transaction_timeout_seconds: Annotated[int, Field(ge=1, le=1_000_000)] = (
        DEFAULTS.transaction_timeout_seconds
    )
    confirmation_blocks: Annotated[int, Field(ge=0, le=1000)] = DEFAULTS.confirmation_blocks

    def settings(self) -> Settings:
        """Return them as the world wants them."""
        return Settings(
            self.block_time_seconds,
            self.settle_timeout_blocks,
            self.transaction_timeout_seconds,
            self.confirmation_blocks,
        )


class SettingsPart(Part):
    """What the scenario player needs to know of its surroundings; nothing here depends on it."""

    gas_price: GasPrice = "fast"
    timeout: Annotated[float, Field(ge=0)] = 200


class TokenPart(Part):
    """The token and what each wallet holds at the start."""

    balance_fund: Annotated[Amount, Field(le=MAX_WALLET)] = DEFAULT_WALLET
    balance_min: Amount = 0

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that the wallets would start below the minimum."""
        if self.balance_min > self.balance_fund:
            reason = f"must be at most balance_fund, which is {self.balance_fund}"
            yield ("balance_min",), reason


class OptionsPart(Part):
    """What a single node can be told."""

    dialect: Literal["alderaan", "bespin"] | None = None
    strategy: Literal["random", "highest_degree", "lowest_degree"] | None = None


class NodesPart(Part):
    """The nodes."""

    count: Annotated[int, Field(ge=1, le=MAX_NODES)]
    eth_balance_wei: Annotated[Amount, Field(le=MAX_WALLET)] = DEFAULT_ETH_WEI
    default_options: Any = None
    node_options: dict[str, Any] | None = None


class FilePart(Part):
    """The top level."""

    version: Literal[2] = 2
    name: str | None = None
    description: str | None = None
    seed: Annotated[int, Field(ge=MIN_SEED, le=MAX_SEED)] = 0
    settings: Any = None
    chain: Any = None
    token: Any = None
    nodes: Any
    topology: Any = None
    faults: list[Any] | None = None
    scenario: dict[str, Any]
