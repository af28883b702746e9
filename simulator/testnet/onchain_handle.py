"""What the Python API can ask of a node beside channels: tokens, user deposits, notifications."""

from collections.abc import Callable
from typing import Any, TypeVar

import simpy

from simulator.chain.registry import StrangersToken
from simulator.node.node import Node
from simulator.onchain.minting import mint
from simulator.onchain.notifications import Notification
from simulator.testnet.calls import NodeCallMethod, PendingCall
from simulator.testnet.simulation import Simulation
from simulator.words.errors import SimulatorError, check_whole
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, checksum, parse_address_field

T = TypeVar("T")


class OnChainHandle:
    """A node's calls that are about the chain beside channels; see `NodeHandle`."""

    def __init__(
        self,
        simulation: Simulation,
        node: Node,
        made: "Callable[[PendingCall[Any]], None]",
        cause: str = "",
    ) -> None:
        self._simulation = simulation
        self._world = simulation.world
        self._node = node
        self._made = made
        self._cause = cause

    @NodeCallMethod
    def register_token(self, token: str) -> PendingCall[str]:
        """Create a token's network, for everybody; the answer is its address.

        Args:
            token: an ERC-20 token that has none, such as one of `deploy_token`.

        Raises:
            InvalidRequest: there is no such token, or it has a token network.
            TooManyTokenNetworks: the registry has no room for another one.
            SimulatorError: the call failed otherwise; the class says why.
        """
        networks = self._simulation.token_networks
        return self._make(
            ApiCall.REGISTER_TOKEN,
            "register_token",
            (token,),
            lambda: None,
            lambda of, _: networks.register(self._node, of),
            checksum,
        )

    @NodeCallMethod
    def mint(self, token: str, amount: int, to: str | None = None) -> PendingCall[None]:
        """Mint tokens as anybody may; the node pays for the gas.

        Args:
            token: any test token, with a token network or not.
            amount: in the token's smallest unit, from 1.
            to: who gets them; None: the node itself.
        """
        contracts = self._simulation.deployment.contracts

        def arguments() -> tuple[Address, int]:
            receiver = self._node.address if to is None else parse_address_field("to", to)
            return receiver, check_whole("value", amount)

        return self._make(
            ApiCall.MINT,
            "mint",
            (token,),
            arguments,
            lambda of, given: mint(self._node, StrangersToken(of, contracts), *given),
            lambda _: None,
        )

    @NodeCallMethod
    def deposit_for_services(self, total_deposit: int) -> PendingCall[None]:
        """Put tokens aside that services are paid with: bespin nodes have this.

        Args:
            total_deposit: everything that was ever put in, with what comes now.

        Raises:
            NoServices: the testnet was made without `services=True`.
            SimulatorError: the call failed otherwise; the class says why.
        """
        return self._make(
            ApiCall.USER_DEPOSIT,
            "deposit_for_services",
            (),
            lambda: check_whole("total_deposit", total_deposit),
            lambda total: self._simulation.user_deposits.deposit(self._node, total),
            lambda _: None,
        )

    @NodeCallMethod
    def plan_service_withdraw(self, amount: int) -> PendingCall[int]:
        """Announce that tokens for services will be taken out; the answer is from which block on.

        Args:
            amount: how many; a plan takes the place of an earlier one.
        """
        return self._make(
            ApiCall.USER_DEPOSIT,
            "plan_service_withdraw",
            (),
            lambda: check_whole("planned_withdraw_amount", amount),
            lambda planned: self._simulation.user_deposits.plan_withdraw(self._node, planned),
            lambda planned: int(planned.block),
        )

    @NodeCallMethod
    def withdraw_from_services(self, amount: int) -> PendingCall[None]:
        """Take out tokens for services that were planned to be taken out, or fewer."""
        return self._make(
            ApiCall.USER_DEPOSIT,
            "withdraw_from_services",
            (),
            lambda: check_whole("withdraw_amount", amount),
            lambda taken: self._simulation.user_deposits.withdraw(self._node, taken),
            lambda _: None,
        )

    def service_balance(self) -> int:
        """Return the tokens that the node has put aside for services.

        Raises:
            NoServices: the testnet was made without `services=True`.
        """
        deposits = self._simulation.user_deposits
        return deposits.contract.balance(self._world.ledger, self._node.address)

    def notifications(self) -> list[Notification]:
        """Return what the node has to tell its user; each is told once."""
        return self._simulation.notifications.take(self._node.address)

    def _make(
        self,
        call: ApiCall,
        name: str,
        path: tuple[str, ...],
        body: Callable[[], Any],
        start: Callable[..., simpy.Process],
        convert: Callable[[Any], T],
    ) -> PendingCall[T]:
        made: simpy.Process | SimulatorError
        try:
            made = self._node.call(call, path, body, start, self._cause or name)
        except SimulatorError as error:
            made = error
        pending: PendingCall[T] = PendingCall(self._world, name, self._node.index, made)
        self._made(pending)
        return pending.converted(convert)
