"""Logs of the contracts as event records."""

from collections.abc import Callable, Iterable
from typing import Any

from simulator.chain.abi import Artifact, load
from simulator.evm.transactions import Log
from simulator.words import events
from simulator.words.units import ZERO_ADDRESS, Address, bytes_of

Decoder = Callable[[Address, int, dict[str, Any]], events.ChainEvent]


_TOKEN_DECODERS: dict[str, Decoder] = {
    "Transfer": lambda contract, block, log: events.TokensMoved(
        contract, block, bytes_of(log["_from"]), bytes_of(log["_to"]), log["_value"]
    ),
    "Minted": lambda contract, block, log: events.TokensMoved(
        contract, block, ZERO_ADDRESS, bytes_of(log["_to"]), log["_num"]
    ),
}

_NETWORK_DECODERS: dict[str, Decoder] = {
    "ChannelOpened": lambda contract, block, log: events.ChannelOpened(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["participant1"]),
        bytes_of(log["participant2"]),
        log["settle_timeout"],
    ),
    "ChannelNewDeposit": lambda contract, block, log: events.Deposited(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["participant"]),
        log["total_deposit"],
    ),
    "ChannelWithdraw": lambda contract, block, log: events.Withdrawn(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["participant"]),
        log["total_withdraw"],
    ),
    "ChannelClosed": lambda contract, block, log: events.ChannelClosed(
        contract, block, log["channel_identifier"], bytes_of(log["closing_participant"])
    ),
    "NonClosingBalanceProofUpdated": lambda contract, block, log: events.BalanceProofUpdated(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["closing_participant"]),
        log["nonce"],
    ),
    "ChannelSettled": lambda contract, block, log: events.ChannelSettled(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["participant1"]),
        log["participant1_amount"],
        bytes_of(log["participant2"]),
        log["participant2_amount"],
    ),
    "ChannelUnlocked": lambda contract, block, log: events.Unlocked(
        contract,
        block,
        log["channel_identifier"],
        bytes_of(log["receiver"]),
        bytes_of(log["sender"]),
        log["unlocked_amount"],
        log["returned_tokens"],
    ),
}


_SECRET_DECODERS: dict[str, Decoder] = {
    "SecretRevealed": lambda contract, block, log: events.SecretRegistered(
        contract, block, "0x" + log["secrethash"].hex(), "0x" + log["secret"].hex()
    ),
}


_REGISTRY_DECODERS: dict[str, Decoder] = {
    "TokenNetworkCreated": lambda contract, block, log: events.TokenNetworkCreated(
        contract, block, bytes_of(log["token_address"]), bytes_of(log["token_network_address"])
    ),
}


class EventDecoder:
    """Turns logs of the contracts it knows into events; other contracts' logs are nobody's."""

    def __init__(self) -> None:
        self._contracts: dict[Address, tuple[Artifact, dict[str, Decoder]]] = {}

    @property
    def contracts(self) -> list[Address]:
        """The contracts that it knows."""
        return list(self._contracts)

    def watch(self, token: Address, token_network: Address) -> None:
        """Know a token and its token network."""
        self._contracts[token_network] = (load("TokenNetwork"), _NETWORK_DECODERS)
        self._contracts[token] = (load("CustomToken"), _TOKEN_DECODERS)

    def watch_secrets(self, registry: Address) -> None:
        """Know a secret registry."""
        self._contracts[registry] = (load("SecretRegistry"), _SECRET_DECODERS)

    def watch_registry(self, registry: Address) -> None:
        """Know a token network registry, and from their first event on what it creates."""
        self._contracts[registry] = (load("TokenNetworkRegistry"), _REGISTRY_DECODERS)

    def decode(self, logs: Iterable[Log], block_number: int) -> tuple[events.ChainEvent, ...]:
        """Return the events of the logs that mean something to the simulation."""
        found = (self._decode(log, block_number) for log in logs)
        return tuple(event for event in found if event is not None)

    def _decode(self, log: Log, block_number: int) -> events.ChainEvent | None:
        contract = Address(log.contract)
        if contract not in self._contracts:
            return None
        # tokens emit more than anybody needs, such as approvals
        artifact, decoders = self._contracts[contract]
        decoded = artifact.decode_log(log)
        if decoded is None or decoded[0] not in decoders:
            return None
        event = decoders[decoded[0]](contract, block_number, decoded[1])
        if isinstance(event, events.TokenNetworkCreated):
            self.watch(event.token, event.token_network)
        return event
