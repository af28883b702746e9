"""What contracts answer; see the views and public variables in contracts/*.sol."""

from collections.abc import Callable
from typing import Any

from simulator.chain.model.token_network.channel import NO_HASH, pair_of
from simulator.chain.model.token_network.contract import ModelTokenNetwork
from simulator.chain.model.token_network.division import claim_of
from simulator.chain.model.transaction import Revert
from simulator.chain.model.user_deposit import DELAY_BLOCKS
from simulator.words.hashing import keccak
from simulator.words.units import ZERO_ADDRESS, Address

OPENED, CLOSED, SETTLED, REMOVED = 1, 2, 3, 4


def text_of(address: Address) -> str:
    """Return an address as the ABI decoder spells it, in lower case."""
    return "0x" + address.hex()


def _channel(network: ModelTokenNetwork, identifier: int) -> tuple[int, int]:
    channel = network.channels.get(identifier)
    if channel is None:
        return 0, 0
    return channel.settle_block_number, CLOSED if channel.closed else OPENED


def _kept(
    network: ModelTokenNetwork, identifier: int, sender: Address, receiver: Address
) -> tuple[bytes, int]:
    if sender == receiver:
        raise Revert("TN: sender/receiver mismatch")
    return network.kept.get((identifier, sender, receiver), (NO_HASH, 0))


def _channel_info(
    network: ModelTokenNetwork, identifier: int, one: Address, two: Address
) -> tuple[int, int]:
    if identifier in network.channels or not 0 < identifier <= network.count:
        return _channel(network, identifier)
    kept = max(_kept(network, identifier, one, two)[1], _kept(network, identifier, two, one)[1])
    return 0, SETTLED if kept else REMOVED


def _participant_info(
    network: ModelTokenNetwork, identifier: int, participant: Address, partner: Address
) -> tuple[int, int, bool, bytes, int, bytes, int]:
    kept = _kept(network, identifier, participant, partner)
    channel = network.channels.get(identifier)
    side = None if channel is None else channel.side_of(participant)
    if side is None:
        return (0, 0, False, NO_HASH, 0, *kept)
    return (side.deposit, side.withdrawn, side.is_the_closer, side.balance_hash, side.nonce, *kept)


def _identifier(network: ModelTokenNetwork, one: Address, two: Address) -> tuple[int]:
    channel = network.pairs.get(pair_of(one, two))
    return (0 if channel is None else channel.identifier,)


def _claim(_: ModelTokenNetwork, *amounts: int) -> tuple[int]:
    deposit, withdrawn, transferred1, locked1, transferred2, locked2 = amounts
    first, second = (transferred1, locked1), (transferred2, locked2)
    return (claim_of(deposit, withdrawn, first, second),)


_View = Callable[..., tuple[Any, ...]]

_NETWORK: dict[str, _View] = {
    "channels": _channel,
    "getChannelInfo": _channel_info,
    "getChannelParticipantInfo": _participant_info,
    "getChannelIdentifier": _identifier,
    "getParticipantsHash": lambda _, one, two: (keccak(pair_of(one, two)),),
    "getMaxPossibleReceivableAmount": _claim,
    "token": lambda network: (text_of(network.token.address),),
    "secret_registry": lambda network: (text_of(network.secret_registry),),
    "controller": lambda network: (text_of(network.controller),),
    "settlement_timeout_min": lambda network: (network.shortest,),
    "settlement_timeout_max": lambda network: (network.longest,),
    "channel_participant_deposit_limit": lambda network: (network.participant_limit,),
    "token_network_deposit_limit": lambda network: (network.network_limit,),
    "channel_counter": lambda network: (network.count,),
    "safety_deprecation_switch": lambda network: (network.deprecated,),
}

_TOKEN: dict[str, _View] = {
    "balanceOf": lambda token, owner: (token.balances.get(owner, 0),),
    "balances": lambda token, owner: (token.balances.get(owner, 0),),
    "allowance": lambda token, owner, spender: (token.allowance(owner, spender),),
    "totalSupply": lambda token: (token.supply,),
    "name": lambda token: (token.name,),
    "symbol": lambda token: (token.symbol,),
    "decimals": lambda token: (token.decimals,),
    "_decimals": lambda token: (token.decimals,),
    "multiplier": lambda token: (10**token.decimals,),
    "owner_address": lambda token: (text_of(token.owner),),
    "version": lambda _: ("H0.1",),
}

_REGISTRY: dict[str, _View] = {
    "token_to_token_networks": lambda registry, token: (
        text_of(registry.networks.get(token, ZERO_ADDRESS)),
    ),
    "token_network_created": lambda registry: (len(registry.networks),),
    "max_token_networks": lambda registry: (registry.most_networks,),
    "secret_registry_address": lambda registry: (text_of(registry.secret_registry),),
    "settlement_timeout_min": lambda registry: (registry.shortest,),
    "settlement_timeout_max": lambda registry: (registry.longest,),
    "controller": lambda registry: (text_of(registry.controller),),
}

_DEPOSITS: dict[str, _View] = {
    "token": lambda deposits: (text_of(deposits.token.address),),
    "msc_address": lambda deposits: (text_of(deposits.movers[0]),),
    "one_to_n_address": lambda deposits: (text_of(deposits.movers[1]),),
    "total_deposit": lambda deposits, owner: (deposits.totals.get(owner, 0),),
    "balances": lambda deposits, owner: (deposits.balances.get(owner, 0),),
    "withdraw_plans": lambda deposits, owner: deposits.plan_of(owner),
    "effectiveBalance": lambda deposits, owner: (deposits.effective_balance(owner),),
    "whole_balance": lambda deposits: (deposits.whole,),
    "whole_balance_limit": lambda deposits: (deposits.limit,),
    "withdraw_delay": lambda _: (DELAY_BLOCKS,),
}

VIEWS: dict[str, dict[str, _View]] = {
    "CustomToken": _TOKEN,
    "SecretRegistry": {
        "getSecretRevealBlockHeight": lambda secrets, secrethash: (
            secrets.reveal_blocks.get(secrethash, 0),
        ),
    },
    "TokenNetwork": _NETWORK,
    "TokenNetworkRegistry": _REGISTRY,
    "UserDeposit": _DEPOSITS,
}
"""What contracts answer: by kind and function."""
