"""A testnet that is there: what can be seen of it and done with it, from outside or inside.

Whoever writes a program makes a `Testnet`, which is one of these. A task of a user's own is given
one of a world that runs already: where a call waits there, only the task waits.
"""

from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

import networkx as nx
import simpy

from simulator.chain.mempool import Fault
from simulator.kernel.journal_view import JournalView
from simulator.node.settings import Settings
from simulator.system.notebook import Rows
from simulator.testnet import notebook, workload_calls
from simulator.testnet.calls import PendingCall, wait_for
from simulator.testnet.handles import NodeHandle, NodeRows
from simulator.testnet.running_tokens import WithTokens
from simulator.testnet.shown import Gas
from simulator.testnet.simulation import Simulation
from simulator.testnet.workload_calls import PendingWorkload
from simulator.words.errors import InvalidRequest, NodeNotFound
from simulator.words.quoting import shown
from simulator.words.units import checksum, parse_address

if TYPE_CHECKING:
    from web3 import Web3


OWN_STREAMS = "own"
"""Before the names of users' streams, so that they are none of ours."""

AnyNode = int | str | NodeHandle
"""A node by its number, from 0, by its address, or itself."""


class RunningTestnet(WithTokens):
    """A testnet that is there already. All of `Testnet` but how to make one, and its report.

    Args:
        simulation: the world.
        cause: on whose behalf nodes are called; empty: each call speaks for itself.
    """

    def __init__(self, simulation: Simulation, cause: str = "") -> None:
        self._simulation = simulation
        self._cause = cause

    def __repr__(self) -> str:
        return f"<testnet of {self._count} nodes, seed {self.seed}, at {self.now:g} s>"

    def _repr_html_(self) -> str:
        return notebook.of_testnet(self._simulation, f"Testnet of {self._count} nodes")

    @property
    def _count(self) -> int:
        return len(self._simulation.nodes)

    @property
    def seed(self) -> int:
        """What keys, addresses and every random choice follow from."""
        return self._simulation.seed

    @property
    def settings(self) -> Settings:
        """The rules of the world."""
        return self._simulation.settings

    @cached_property
    def nodes(self) -> list[NodeHandle]:
        """All nodes, by their numbers."""
        simulation, made, cause = self._simulation, self._made, self._cause
        return NodeRows(NodeHandle(simulation, node, made, cause) for node in simulation.nodes)

    def _made(self, call: PendingCall[Any]) -> None:
        """Learn of a call of a node."""

    def node(self, which: AnyNode) -> NodeHandle:
        """Return a node by its number, from 0, or by its address.

        Raises:
            NodeNotFound: the testnet has no such node.
            InvalidAddress: the text is no EIP-55 address.
        """
        return self.nodes[self._number_of(which)]

    def _number_of(self, which: AnyNode) -> int:
        if isinstance(which, NodeHandle):
            which = which.address
        if isinstance(which, str):
            address = parse_address(which)
            if address not in self._numbers:
                raise NodeNotFound(which, len(self.nodes))
            return self._numbers[address]
        return self._simulation.controls.node(which).index

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        return {node.address: node.index for node in self._simulation.nodes}

    def stream(self, name: str) -> Random:
        """Return a new source of randomness for whatever a program draws.

        Args:
            name: of the stream. The same name and seed always give the same one.
        """
        return self._simulation.world.rng.stream(OWN_STREAMS, name)

    @property
    def tokens(self) -> list[str]:
        """The tokens' addresses, in order of deployment."""
        return self._simulation.tokens

    @property
    def token(self) -> str:
        """The first token's address."""
        return self._simulation.token

    def graph(
        self, token: str | None = None, *, everything: bool = False, at: int | None = None
    ) -> "nx.Graph[str]":
        """Return a copy of a token network's graph of open channels, which notebooks draw.

        Its nodes are addresses and carry `node` (the number), `online`, `leaving` and `deposit`;
        its edges carry `capacity`, of each end `deposit1`, `balance1` and `locked1`, and more. Who
        has no open channel is not in it; a node that has only its bootstrap channel is, without an
        edge.

        Args:
            token: which; None: the first.
            everything: whether closed channels, the bootstrap address and nodes without channels
                are shown too.
            at: as it was right before the journal entry of this position; None: as it is now.

        Raises:
            UnknownTokenNetwork: the token is none of this testnet.
            InvalidRequest: the journal has fewer entries.
            NotKept: the entries since then are no longer kept.
        """
        return self._simulation.graph(token, everything=everything, at=at)

    @cached_property
    def journal(self) -> JournalView:
        """Everything that has happened, in order."""
        return JournalView(self._simulation.journal)

    @property
    def digest(self) -> str:
        """The journal's digest: the name of everything that has happened."""
        return self._simulation.digest

    @property
    def last_block_hash(self) -> str:
        """The hash of the newest block, in hexadecimal."""
        return self._simulation.last_block_hash

    @property
    def web3(self) -> "Web3":
        """A web3.py on the testnet's chain. Each of its transactions is a block of its own.

        Raises:
            ConfigurationError: the chain has no EVM.
        """
        return self._simulation.web3

    def gas(self, node: "AnyNode | None" = None) -> list[Gas]:
        """Return who has used how much gas, for what, and on whose behalf.

        Args:
            node: only of this one; None: of all.

        Returns:
            A row for each node, function of the contracts, and task.
        """
        wanted = None if node is None else self._number_of(node)
        rows = [
            Gas(self._numbers.get(use.sender), use.function, use.cause, use.calls, use.gas)
            for use in self._simulation.world.mempool.gas
        ]
        return Rows(row for row in rows if wanted is None or row.node == wanted)

    def check_invariants(self) -> None:
        """Check that tokens are conserved and both ends of every channel agree.

        Raises:
            InvariantViolated: the simulator is wrong; please report the seed.
        """
        self._simulation.check_invariants()

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self._simulation.now

    @property
    def block_number(self) -> int:
        """The number of the newest block."""
        return self._simulation.block_number

    def run_until_idle(self) -> None:
        """Let time pass until nothing is left to do, automatic settlements included.

        Raises:
            ExtensionFailed: a strategy of your own does not do what it should.
        """
        clock = self._simulation.world.clock
        if clock.is_visited:
            self._wait(self._simulation.controls.wait_until_idle())
        else:
            clock.run()
        if failed := self._simulation.world.failed_extensions:
            raise failed[0]
        faults = self._simulation.world.faults
        if faults:
            raise RuntimeError(f"internal fault of {checksum(faults[0].node)}: {faults[0].error}")

    def advance(self, *, seconds: float = 0, blocks: int = 0) -> None:
        """Let time pass, with everything that happens in it.

        Raises:
            InvalidRequest: a negative or excessive span.
        """
        controls = self._simulation.controls
        if seconds:
            self._wait(controls.advance_seconds(seconds))
        if blocks:
            self._wait(controls.advance_blocks(blocks))
        self._simulation.world.mempool.catch_up()

    def workload(  # noqa: PLR0913 - all by name
        self,
        *,
        name: str | None = None,
        payments: int | None = None,
        seconds: float | None = None,
        arrivals: workload_calls.Parameters | None = None,
        amounts: workload_calls.Parameters | None = None,
        pairs: workload_calls.Parameters | None = None,
        activity: workload_calls.Parameters | None = None,
        file: str | None = None,
        held: bool = False,
        token: str | None = None,
    ) -> PendingWorkload:
        """Begin a workload: nodes pay each other by themselves, as the seed has it.

        Time does not pass here: `result` waits for the end, and returns statistics.

        Args:
            name: names it, and its random streams; None: its number.
            payments: how many are made at most, 1 to 10,000,000.
            seconds: for how many virtual seconds payments begin.
            arrivals: when, such as `{"type": "poisson", "per_second": 2}`.
            amounts: how much, such as `{"type": "uniform", "least": 1, "most": 10}`.
            pairs: who pays whom, such as `{"type": "degree"}`; None: any two, all alike.
            activity: SimLN's random activity, in place of these three.
            file: a CSV with a payment in each line, in place of all of them.
            held: whether nobody knows the secrets, so that locks stay until they expire.
            token: what is paid; None: the first.

        Raises:
            ConfigurationError: there is no such workload in this network, or it has no end.
            InvalidRequest: another one has its name.
            UnknownTokenNetwork: the token is none of this testnet.
        """
        of = parse_address(token or self.token)
        given = {
            "name": name,
            "payments": payments,
            "seconds": seconds,
            "arrivals": arrivals,
            "amounts": amounts,
            "pairs": pairs,
            "activity": activity,
            "file": file,
            "held": held,
        }
        return workload_calls.begin(self._simulation, of, given, self._cause)

    def mint(self, node: AnyNode, amount: int, token: str | None = None) -> None:
        """Mint tokens into a node's wallet."""
        of = parse_address(token or self.token)
        self._wait(self._simulation.controls.mint(self._number_of(node), of, amount))

    def set_eth_balance(self, node: AnyNode, wei: int) -> None:
        """Give a node exactly `wei`."""
        self._wait(self._simulation.controls.set_eth_balance(self._number_of(node), wei))

    def set_fault(self, node: AnyNode, fault: Fault | str, blocks: int | None = None) -> None:
        """Hold back, drop or fail a node's transactions.

        Args:
            node: whose.
            fault: `hold`, `drop`, `fail` or `none`; see `Fault`.
            blocks: for how many; None: until it is changed.

        Raises:
            InvalidRequest: there is no such fault, or it can't last so long.
        """
        if fault not in [*Fault]:
            known = ", ".join(Fault)
            raise InvalidRequest("fault", f"must be one of {known}, not {shown(fault)}")
        self._simulation.controls.set_fault(self._number_of(node), Fault(fault), blocks)

    def set_messages(
        self,
        *nodes: AnyNode,
        delay_seconds: float | None = None,
        spread: str | None = None,
        loss: float | None = None,
    ) -> None:
        """Change how messages travel between nodes; what is not given stays as it is.

        Args:
            nodes: two, between whom; one, whose; none: all, whatever was said of some before.
            delay_seconds: how long they take on average, in virtual seconds, 0 to 100,000.
            spread: how delays are spread: `fixed`, `uniform` or `exponential`.
            loss: the part of them that is lost, 0 to 1. Nodes try again until they have arrived.
                Without any of the three they travel as the settings say.

        Raises:
            InvalidRequest: a value can't be, or more than two nodes are named.
        """
        indices = [*map(self._number_of, nodes)]
        controls = self._simulation.controls
        controls.set_messages(*indices, delay_seconds=delay_seconds, spread=spread, loss=loss)

    def divide(self, *groups: Sequence[AnyNode]) -> None:
        """Let nodes reach only those of their own group, until it is called without groups."""
        self._simulation.controls.divide([[*map(self._number_of, group)] for group in groups])

    def silence(self, *nodes: AnyNode) -> None:
        """Let these nodes take in what others tell them and say nothing themselves.

        What they have to say waits until it is called without them.
        """
        self._simulation.controls.silence([*map(self._number_of, nodes)])

    def set_fees(
        self,
        node: AnyNode,
        partner: AnyNode | None = None,
        *,
        token: str | None = None,
        flat: int | None = None,
        proportional: int | None = None,
        imbalance: int | None = None,
        capped: bool | None = None,
    ) -> None:
        """Change what a node takes for passing payments on; what is not given stays as it is.

        Args:
            node: whose.
            partner: in the channel with whom only; None: in all of which nothing was said.
            token: of that channel; None: the first.
            flat: tokens for each payment, of which it takes a half in either channel.
            proportional: parts per million of what is passed on, likewise.
            imbalance: parts per million of a channel's capacity, 0 to 50,000.
            capped: whether it never takes less than nothing; not of one channel. Without any of the
                four it takes what it did at first, or, in a channel, what it takes elsewhere.

        Raises:
            InvalidRequest: a value can't be.
        """
        channel = None
        if partner is not None:
            other = self._simulation.controls.node(self._number_of(partner)).address
            channel = (parse_address(token or self.token), other)
        self._simulation.controls.set_fees(
            self._number_of(node),
            channel,
            flat=flat,
            proportional=proportional,
            imbalance=imbalance,
            capped=capped,
        )

    def register_secret(self, node: AnyNode, secret: bytes) -> None:
        """Let a node register a secret of 32 bytes on the chain, whatever it is of."""
        self._wait(self._simulation.controls.register_secret(self._number_of(node), secret))

    def set_gas_price(self, wei: int | None = None, blocks: int | None = None) -> None:
        """Change what every transaction pays for each unit of gas; None: the usual price."""
        self._simulation.controls.set_gas_price(wei, blocks)

    def _wait(self, process: simpy.Process) -> Any:
        return wait_for(self._simulation.world, process)
