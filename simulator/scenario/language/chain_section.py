"""The section `chain` of a scenario file: the chain, and how nodes deal with it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.chain.contract_sets import OURS, ContractSet, read
from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.chain.engines import EngineName, engines_told
from simulator.chain.ledgers import check_contracts
from simulator.evm.parameters import MAX_CHAIN_ID, MAX_GENESIS_TIME, PUBLIC_CHAINS
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.forms.leftovers import value_of
from simulator.forms.messages import MessagesPart
from simulator.forms.part import KeyPath, Part, Problem
from simulator.forms.yaml_words import remedy
from simulator.node.settings import (
    MAX_BLOCK_TIME_SECONDS,
    MAX_CONFIRMATION_BLOCKS,
    MAX_TIMEOUT_SECONDS,
    Settings,
    check_reveal_timeout,
)
from simulator.words.errors import ConfigurationError
from simulator.words.moments import unix_seconds
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

DEFAULTS = Settings()
SettleTimeout = Annotated[int, Field(ge=SETTLE_TIMEOUT_MIN_BLOCKS, le=SETTLE_TIMEOUT_MAX_BLOCKS)]


def _chain_id(value: object) -> int:
    if type(value) is int and 1 <= value <= MAX_CHAIN_ID and value not in PUBLIC_CHAINS:
        return value
    reason = f"must be a whole number from 1 to {MAX_CHAIN_ID}, and no public network's, not "
    raise ValueError(reason + shown(value) + remedy(value))


ChainId = Annotated[
    int,
    PlainValidator(_chain_id),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_CHAIN_ID}),
]


def _genesis_time(value: object) -> int:
    with suppress(ValueError):
        seconds = unix_seconds(value) if isinstance(value, str) else value
        if type(seconds) is int and 0 <= seconds <= MAX_GENESIS_TIME:
            return seconds
    reason = "must be Unix seconds or a date from 1970 to 2100, such as 2026-01-31T12:00:00, not "
    raise ValueError(reason + shown(value) + remedy(value))


GenesisTime = Annotated[
    int,
    PlainValidator(_genesis_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_GENESIS_TIME},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]


class ChainPart(Part):
    """The chain, and how nodes deal with it."""

    block_time_seconds: Annotated[int, Field(ge=1, le=MAX_BLOCK_TIME_SECONDS)] = Field(
        default=DEFAULTS.block_time, description="virtual seconds between two blocks"
    )
    settle_timeout_blocks: SettleTimeout = Field(
        default=DEFAULTS.settle_timeout_blocks,
        description="how many blocks a closed channel waits for settlement, where neither a task "
        "nor the node's options say it",
    )
    transaction_timeout_seconds: Annotated[int, Field(ge=1, le=MAX_TIMEOUT_SECONDS)] = Field(
        default=DEFAULTS.transaction_timeout_seconds,
        description="how many virtual seconds a node waits for a transaction before it answers 408",
    )
    confirmation_blocks: Annotated[int, Field(ge=0, le=MAX_CONFIRMATION_BLOCKS)] = Field(
        default=DEFAULTS.confirmation_blocks,
        description="how many blocks later nodes learn of an event; real nodes: 5",
    )
    id: ChainId = Field(
        default=DEFAULTS.chain_id,
        description="what wallets tell the chain by; none of a public network's",
    )
    genesis_time: GenesisTime = Field(
        default=DEFAULTS.genesis_time,
        description="when the first block is: Unix seconds, or a date such as "
        "`2026-01-31T12:00:00`, in UTC",
    )
    engine: EngineName = Field(
        default=DEFAULT_ENGINE,
        description=f"what executes the contracts: {engines_told()}; `--engine` wins",
    )

    contracts: str | None = Field(
        default=None,
        description="a file of other contracts to deploy, seen from the scenario file, in the "
        "format of raiden-contracts' `contracts.json`; by default the package's own; "
        "`--contracts` wins",
    )
    services: bool = Field(
        default=False,
        description="whether the contracts of Raiden's services are deployed too, and a token that "
        "services are paid with, of which each node has `token.balance_fund`",
    )
    max_token_networks: Annotated[int, Field(ge=1, le=UINT256_MAX)] | None = Field(
        default=None,
        description="how many token networks there can be, the scenario's own included; by default "
        "any number",
    )

    def problems(self) -> Iterable[Problem]:
        """Yield that nobody could know a secret in time."""
        try:
            check_reveal_timeout(self.settle_timeout_blocks, self.confirmation_blocks)
        except ConfigurationError as error:
            said = "confirmation_blocks"
            if said not in self.model_fields_set:
                said = "settle_timeout_blocks"
            yield (said,), str(error).removesuffix(".")

    def settings(self, messages: MessagesPart) -> Settings:
        """Return them as the world wants them, with how messages travel."""
        return Settings(
            self.block_time_seconds,
            self.settle_timeout_blocks,
            self.transaction_timeout_seconds,
            self.confirmation_blocks,
            messages.conditions(),
            self.id,
            self.genesis_time,
        )


def contracts_of(
    chain: ChainPart | None, folder: Path, problem: Callable[[KeyPath, str], object]
) -> ContractSet:
    """Return the contracts that a section asks for.

    Args:
        chain: the section, as far as it could be read.
        folder: of the scenario file.
        problem: told what is wrong with their file.
    """
    file = value_of(chain, "contracts")
    if file is None:
        return OURS
    try:
        contracts = read(folder / file)
        if (engine := value_of(chain, "engine")) is not None:
            check_contracts(engine, contracts)
    except ConfigurationError as error:
        problem(("chain", "contracts"), str(error).removesuffix("."))
        return OURS
    return contracts
