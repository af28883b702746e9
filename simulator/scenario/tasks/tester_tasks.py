"""What only a tester can do to a scenario's nodes and chain: faults, money.

`node` is the node that something is done to.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from simulator.chain.mempool import Fault
from simulator.forms.fees import Flat, Imbalance, Proportional
from simulator.forms.part import KeyPath
from simulator.forms.values import Amount, NodeIndex
from simulator.scenario.tasks import payments
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.scenario.tasks.waits import MAX_WAIT_BLOCKS
from simulator.testnet.controls import MAX_GAS_PRICE, MIN_GAS_PRICE
from simulator.testnet.genesis import MAX_DECIMALS, MAX_LABEL_LENGTH, TokenDetails

USUAL_DECIMALS = TokenDetails.usual(0).decimals
Label = Annotated[str, Field(max_length=MAX_LABEL_LENGTH)]
Blocks = Annotated[int, Field(ge=1, le=MAX_WAIT_BLOCKS)]


class TesterTask(Task):
    """Something done to a node that the node itself could not do."""

    node: NodeIndex = Field(description="the node that it is done to", examples=[2])


class StopNode(TesterTask):
    """Take a node offline: calls in progress answer 503, its transactions go on."""

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Stop it."""
        scope.net.controls.stop(self.node)
        yield from ()


class KillNode(TesterTask):
    """Crash a node: what is in no block yet is lost, and a call in progress is forgotten."""

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Let it crash."""
        scope.net.controls.crash(self.node)
        yield from ()


class BackUpDisk(TesterTask):
    """Put a copy of what a node has saved aside: that is left when it loses its disk.

    A node has one back-up; a newer one takes its place.
    """

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Copy it."""
        scope.net.controls.back_up(self.node)
        yield from ()


class LoseDisk(TesterTask):
    """Crash a node that loses its disk: what it has saved since its last back-up is gone.

    Without a back-up, that is everything: what was sent in its channels, payments in progress, its
    history, and joins. Started again, it knows what the chain tells. A channel in which something
    was sent meanwhile is good for nothing but to be closed.
    """

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Let it crash, and put the back-up in place of what it had."""
        scope.net.controls.lose_disk(self.node)
        yield from ()


class StartNode(TesterTask):
    """Bring a node online. It settles what is due and carries on with its plan."""

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Start it."""
        scope.net.controls.start(self.node)
        yield from ()


class FaultTask(TesterTask):
    """A change of what happens to a node's transactions."""

    fault: ClassVar[Fault]
    shorthand: ClassVar[str | None] = "node"
    blocks: Blocks | None = Field(
        default=None, description="for how many blocks; by default until they are released"
    )

    def run(self, scope: Scope) -> Steps:
        """Set the fault."""
        scope.net.controls.set_fault(self.node, self.fault, self.blocks)
        yield from ()


class HoldTransactions(FaultTask):
    """Keep a node's transactions out of blocks for a while."""

    fault: ClassVar[Fault] = Fault.HOLD


class DropTransactions(FaultTask):
    """Lose a node's transactions; it notices when the transaction timeout is over."""

    fault: ClassVar[Fault] = Fault.DROP


class FailTransactions(FaultTask):
    """Let a node's transactions be mined and revert."""

    fault: ClassVar[Fault] = Fault.FAIL


class ReleaseTransactions(TesterTask):
    """Let a node's transactions pass again, whichever fault it was.

    What was held back is mined.
    """

    shorthand: ClassVar[str | None] = "node"

    def run(self, scope: Scope) -> Steps:
        """Lift the fault."""
        scope.net.controls.set_fault(self.node, Fault.NONE)
        yield from ()


class SetGasPrice(Task):
    """Change what every transaction pays for a unit of gas, for a while or for good."""

    shorthand: ClassVar[str | None] = "wei"
    wei: Annotated[int, Field(ge=MIN_GAS_PRICE, le=MAX_GAS_PRICE)] | None = Field(
        default=None,
        description="the price of a unit of gas in wei; by default the usual 2,000,000,000",
        examples=[50_000_000_000],
    )
    blocks: Blocks | None = Field(
        default=None, description="for how many blocks; by default for good"
    )

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that the usual price has no end."""
        if self.wei is None and self.blocks is not None:
            yield ("blocks",), "says nothing without wei"

    def run(self, scope: Scope) -> Steps:
        """Set the price."""
        scope.net.controls.set_gas_price(self.wei, self.blocks)
        yield from ()


class SetFees(TesterTask):
    """Change what a node takes for passing payments on; what is not given stays as it is.

    Of a payment it takes a half in the channel in which that comes, and a half in the other. When
    nothing is given, it takes what it did at first; or, in the channel with `to`, what it takes
    elsewhere.
    """

    to: NodeIndex | None = Field(
        default=None,
        description="in the channel with this node; by default in all of which nothing was said",
    )
    flat: Flat | None = Field(default=None, description="tokens for each payment", examples=[100])
    proportional: Proportional | None = Field(
        default=None, description="parts per million of what is passed on"
    )
    imbalance: Imbalance | None = Field(
        default=None,
        description="parts per million of a channel's capacity: so much more for a payment that "
        "leaves nothing at one end than for one that balances the channel",
    )
    capped: bool | None = Field(
        default=None,
        description="whether it never takes less than nothing, however much a payment balances",
    )

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield what can be said of a node only."""
        if self.to is not None and self.capped is not None:
            yield ("capped",), "is said of a node, and not of a channel"

    def run(self, scope: Scope) -> Steps:
        """Change it."""
        partner = None if self.to is None else (scope.token, scope.node(self.to).address)
        scope.net.controls.set_fees(
            self.node,
            partner,
            flat=self.flat,
            proportional=self.proportional,
            imbalance=self.imbalance,
            capped=self.capped,
        )
        yield from ()


class SetEth(TesterTask):
    """Give a node exactly so much ETH, from the next block on."""

    wei: Amount = Field(description="what it has then")

    def run(self, scope: Scope) -> Steps:
        """Set the balance; in force with the next block."""
        (yield scope.net.controls.set_eth_balance(self.node, self.wei)).unwrap()


class Mint(TesterTask):
    """Mint tokens into a node's wallet."""

    amount: Annotated[Amount, Field(ge=1)] = Field(description="how many tokens are added")

    def run(self, scope: Scope) -> Steps:
        """Mint, and wait for the block."""
        (yield scope.net.controls.mint(self.node, scope.token, self.amount)).unwrap()


class DeployToken(Task):
    """Deploy a token that has no token network, and remember it under a key.

    Tasks about it stand in a `serial` or `parallel` that says `token`; a node's `register_token`
    creates its network.
    """

    shorthand: ClassVar[str | None] = "key"
    key: str = Field(description="the name that `token` of groups of tasks uses", examples=["new"])
    balance: Amount = Field(default=0, description="tokens in each node's wallet")
    name: Label | None = Field(
        default=None, description="what the token calls itself; by default as its number says"
    )
    symbol: Label | None = Field(default=None, description="the token's short name; likewise")
    decimals: Annotated[int, Field(ge=0, le=MAX_DECIMALS)] = Field(
        default=USUAL_DECIMALS, description="where wallets put the decimal point"
    )

    def run(self, scope: Scope) -> Steps:
        """Deploy it, and wait for the blocks."""
        deployer = scope.net.token_deployer
        details = deployer.details(self.name, self.symbol, self.decimals)
        scope.keep_token(self.key, (yield deployer.deploy(details, self.balance)).unwrap())


class RegisterSecret(TesterTask):
    """Let a node register a secret on the chain, whatever it is of; done with the next block."""

    secret: payments.Bytes32 = Field(description="32 bytes")

    def run(self, scope: Scope) -> Steps:
        """Register it, and wait for the block."""
        (yield scope.net.controls.register_secret(self.node, self.secret)).unwrap()


TASKS: dict[str, type[Task]] = {
    "stop_node": StopNode,
    "kill_node": KillNode,
    "back_up_disk": BackUpDisk,
    "lose_disk": LoseDisk,
    "start_node": StartNode,
    "hold_transactions": HoldTransactions,
    "drop_transactions": DropTransactions,
    "fail_transactions": FailTransactions,
    "release_transactions": ReleaseTransactions,
    "set_eth": SetEth,
    "set_fees": SetFees,
    "set_gas_price": SetGasPrice,
    "mint": Mint,
    "deploy_token": DeployToken,
    "register_secret": RegisterSecret,
    **payments.HANDS,
}
"""What a tester's hands do, by their names in scenario files."""
