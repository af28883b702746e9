"""The sections of a scenario file, tasks excepted: their keys, types and ranges."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.chain.engines import MAX_NODES, MAX_NODES_ANYWHERE
from simulator.forms import conditions
from simulator.forms.conditions import Conditions
from simulator.forms.fees import PaymentOptions
from simulator.forms.messages import MessagesPart
from simulator.forms.part import KeyPath, Part, Problem
from simulator.forms.strategy_name import StrategyName
from simulator.forms.values import Amount, FromWord
from simulator.forms.yaml_words import remedy
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.scenario.language.chain_section import SettleTimeout
from simulator.scenario.language.player_words import OWN_ACCOUNTS, OWN_TOKEN
from simulator.testnet.genesis import MAX_DECIMALS, MAX_LABEL_LENGTH, TokenDetails
from simulator.testnet.simulation import DEFAULT_ETH_BALANCE
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

MAX_WALLET = UINT256_MAX // (MAX_NODES_ANYWHERE + 2)
DEFAULT_WALLET = 50_000
MAX_LIMIT_SECONDS = 1_000_000_000
"""Of a timeout: some thirty years."""
USUAL_TOKEN = TokenDetails.usual(0)

DialectName = Annotated[
    Dialect, Field(strict=False), WithJsonSchema({"type": "string", "enum": list(Dialect)})
]
RoutingModeName = Annotated[
    RoutingMode, Field(strict=False), WithJsonSchema({"type": "string", "enum": list(RoutingMode)})
]


def _gas_price(value: object) -> int | str:
    if value in ("fast", "medium") or (type(value) is int and value >= 0):
        return value
    reason = f"must be fast, medium or a whole number from 0, not {shown(value)}"
    raise ValueError(reason + remedy(value))


def _only_false(reason: str) -> Callable[[object], bool]:
    """Return what refuses anything but false, with a reason."""

    def check(value: object) -> bool:
        if how := remedy(value, "truth"):
            raise ValueError(f"must be true or false, not {shown(value)}{how}")
        if value is not False:
            raise ValueError(reason)
        return False

    return check


_FALSE = WithJsonSchema({"const": False})

NoToken = Annotated[bool, PlainValidator(_only_false(OWN_TOKEN)), _FALSE]
NoAccounts = Annotated[bool, PlainValidator(_only_false(OWN_ACCOUNTS)), _FALSE]
"""What the scenario player can take over from an earlier run; here only that it does not."""
Label = Annotated[str, Field(max_length=MAX_LABEL_LENGTH)]

GasPrice = Annotated[
    int | str,
    PlainValidator(_gas_price),
    WithJsonSchema({"anyOf": [{"enum": ["fast", "medium"]}, {"type": "integer", "minimum": 0}]}),
]
"""What the scenario player pays; here every transaction pays the price of the chain."""


Limit = Annotated[float, Field(gt=0, le=MAX_LIMIT_SECONDS), FromWord]

Tags = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": f"^{conditions.TAG}$"},
            "maxItems": conditions.MAX_TAGS,
        }
    ),
]
Reason = Annotated[
    Any,
    WithJsonSchema(
        {"type": ["string", "null"], "minLength": 1, "maxLength": conditions.MAX_REASON}
    ),
]
"""Both are checked by `conditions`, for sets of parameters too."""


class SettingsPart(Part):
    """What the scenario player needs to know of its surroundings.

    It is checked and changes nothing.
    """

    gas_price: GasPrice = Field(
        default="fast",
        description="changes nothing: transactions pay the chain's price; see `set_gas_price`",
    )
    timeout: Annotated[float, Field(ge=0), FromWord] = Field(
        default=200, description="seconds; changes nothing: virtual time needs no patience"
    )


class TokenPart(Part):
    """The token and what each wallet holds at the start."""

    balance_fund: Annotated[Amount, Field(le=MAX_WALLET)] = Field(
        default=DEFAULT_WALLET, description="tokens in each node's wallet at the start"
    )
    balance_min: Amount = Field(
        default=0,
        description="at most `balance_fund`; changes nothing: wallets start with `balance_fund`",
    )
    name: Label = Field(default=USUAL_TOKEN.name, description="what the token calls itself")
    symbol: Label = Field(default=USUAL_TOKEN.symbol, description="the token's short name")
    decimals: Annotated[int, Field(ge=0, le=MAX_DECIMALS)] = Field(
        default=USUAL_TOKEN.decimals,
        description="where wallets put the decimal point; amounts in scenario files have none",
    )
    reuse: NoToken = Field(
        default=False, description="changes nothing: each run deploys a token of its own"
    )

    def details(self) -> TokenDetails:
        """Return what the contract is told."""
        return TokenDetails(self.name, self.symbol, self.decimals)

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that the wallets would start below the minimum."""
        if self.balance_min > self.balance_fund:
            reason = f"must be at most balance_fund, which is {self.balance_fund}"
            yield ("balance_min",), reason


class OptionsPart(PaymentOptions):
    """What a single node can be told."""

    dialect: DialectName | None = Field(
        default=None,
        description="the REST API that the node speaks: `red-eyes` (with joining), `alderaan` "
        "(the same with numbers as strings) or `bespin` (without joining); by default "
        f"`{DEFAULT_DIALECT}`",
    )
    routing_mode: RoutingModeName | None = Field(
        default=None,
        alias="routing-mode",
        description="where a `bespin` node finds the ways of its payments: `pfs` (somebody knows "
        "all balances) or `private` (it pays direct partners only); by default "
        f"`{DEFAULT_ROUTING_MODE}`",
    )
    strategy: StrategyName | None = Field(
        default=None,
        description="whom it opens channels with first: a strategy's name, the name with "
        "parameters, such as `mixture: {random: 0.7, highest_degree: 0.3}`, or one of your own; "
        "by default `random`",
    )
    settle_timeout: SettleTimeout | None = Field(
        default=None,
        alias="default-settle-timeout",
        description="how many blocks the channels that it opens wait for settlement once they "
        "are closed, where the task does not say it; by default `chain.settle_timeout_blocks`",
    )
    messages: MessagesPart | None = Field(
        default=None, description="how its messages travel; by default as the file's `messages` say"
    )
    clean: bool | None = Field(
        default=None,
        alias="_clean",
        description="changes nothing: nodes know nothing of earlier runs",
    )

    def given(self) -> dict[str, object]:
        """Return the options that are said, by field."""
        found = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in found.items() if value is not None}


class NodesPart(Part):
    """The nodes. They are numbered from 0."""

    count: Annotated[int, Field(ge=1, le=MAX_NODES_ANYWHERE)] = Field(
        description=f"how many there are; {MAX_NODES:,} at most unless the engine is the model"
    )
    eth_balance_wei: Annotated[Amount, Field(le=MAX_WALLET)] = Field(
        default=DEFAULT_ETH_BALANCE, description="ETH of each node at the start, in wei"
    )
    default_options: Any = Field(default=None, description="options of all nodes")
    node_options: dict[str, Any] | None = Field(
        default=None,
        description="options of single nodes, by number; they go before the defaults",
    )
    reuse_accounts: NoAccounts = Field(
        default=False, description="changes nothing: each run makes accounts from the seed"
    )
    restore_snapshot: NoAccounts = Field(
        default=False, description="changes nothing: each run starts from the beginning"
    )


@dataclass(frozen=True, slots=True)
class Timeout:
    """The limits of a scenario; None: there is none.

    Attributes:
        virtual_seconds: from the beginning of the root task.
        wall_seconds: from when the world is set up.
    """

    virtual_seconds: float | None = None
    wall_seconds: float | None = None


class TimeoutPart(Part):
    """How long a run may take."""

    virtual_seconds: Limit | None = Field(
        default=None,
        description="of virtual time, counted from the beginning of the root task: the scenario "
        "fails if it is not over then",
    )
    wall_seconds: Limit | None = Field(
        default=None,
        description="of your clock, once the world is set up: a run that takes longer is an error, "
        "and ends after the step that it is in",
    )


class FilePart(Part):
    """The top level of a scenario file."""

    version: Literal[2] = Field(default=2, description="the version of the language")
    name: str | None = Field(default=None, description="for people; by default the file's name")
    description: str | None = Field(default=None, description="for people")
    seed: Annotated[int, Field(ge=MIN_SEED, le=MAX_SEED)] = Field(
        default=0,
        description="decides keys, addresses and all random choices; `--seed` on the command line "
        "wins",
    )
    tags: Tags = Field(
        default=None, description="words to choose files by: `--tag`, or pytest's `-m`"
    )
    skip: Reason = Field(default=None, description="why the file is not run, if it isn't")
    xfail: Reason = Field(
        default=None,
        description="why the scenario is expected to fail, if it is: then it is a failure that it "
        "passes",
    )
    timeout: Any = Field(default=None, description="how long a run may take")
    settings: Any = Field(default=None, description="for the scenario player's files")
    chain: Any = Field(default=None, description="block time, timeouts and confirmations")
    messages: Any = Field(default=None, description="how messages travel between nodes")
    token: Any = Field(default=None, description="the token, and what is in the wallets")
    nodes: Any = Field(description="the nodes, and what each is told")
    topology: Any = Field(default=None, description="the graph to start from")
    faults: list[Any] | None = Field(
        default=None, description="what goes wrong at a time or at a block"
    )
    scenario: dict[str, Any] = Field(description="exactly one task: the root")

    def conditions(self) -> Conditions:
        """Return what the file says about being run."""
        return conditions.read(self._said())

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks each of the conditions."""
        return [conditions.problems({key: value}) for key, value in self._said().items()]

    def _said(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in conditions.KEYS}
