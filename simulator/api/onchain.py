"""The part of a node's REST API that is about the chain beside channels."""

from typing import Annotated

import simpy
from pydantic import ConfigDict, Field

from simulator.api.body import EXACTLY_ONE, Body, Integer
from simulator.api.context import Read, Session, Token, new_router, opening
from simulator.api.errors import documented
from simulator.api.schemas import AddressText, Answer, ContractAddress, HashText
from simulator.chain.registry import StrangersToken
from simulator.chain.submissions import TransactionResult
from simulator.node.dialects import Dialect
from simulator.onchain.minting import mint
from simulator.words.errors import InvalidBody
from simulator.words.statuses import SUCCESS, ApiCall
from simulator.words.units import Address, checksum, parse_address_field

CONTRACTS_VERSION = "0.40.0"
"""The raiden-contracts that ours are compatible with."""

Reading = Annotated[Session, opening(ApiCall.READ)]
Registering = Annotated[Session, opening(ApiCall.REGISTER_TOKEN)]
Minting = Annotated[Session, opening(ApiCall.MINT)]
PuttingAside = Annotated[Session, opening(ApiCall.USER_DEPOSIT)]

router = new_router("/api/v1")
telling_contracts = new_router(router.prefix)
"""What nodes have that name their contracts."""
minting = new_router(router.prefix)
minting_with_hash = new_router(router.prefix)
"""Minting, as nodes answer it that don't tell the transaction, and as the others do."""
user_deposit = new_router(router.prefix)
"""What nodes have that put tokens aside for services."""


class TokenNetworkBody(Answer):
    """A token network that was created."""

    token_network_address: AddressText


class ContractsBody(Answer):
    """The contracts that the node uses, and which ones they are."""

    contracts_version: str
    token_network_registry_address: AddressText
    secret_registry_address: AddressText
    service_registry_address: ContractAddress
    user_deposit_address: ContractAddress
    monitoring_service_address: ContractAddress
    one_to_n_address: ContractAddress


class MintForBody(Body):
    """Which tokens to mint."""

    to: Annotated[AddressText, Field(description="Who gets them, EIP-55.")]
    value: Annotated[Integer, Field(description="How many, from 1.")]
    contract_method: Annotated[
        str | None, Field(description="Older clients name one; it makes no difference.")
    ] = None

    def arguments(self) -> tuple[Address, int]:
        """Return who gets how many.

        Raises:
            InvalidBody: the address is none.
        """
        return parse_address_field("to", self.to), self.value


class MintedBody(Answer):
    """Tokens were minted."""


class TransactionBody(Answer):
    """What was asked for is mined."""

    transaction_hash: HashText


class PlannedBody(TransactionBody):
    """A withdraw is planned."""

    planned_withdraw_block_number: Annotated[
        int, Field(description="The first block in which it can be taken out.")
    ]


class UserDepositBody(Body):
    """What to do with the tokens for services: exactly one of the fields."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE)

    total_deposit: Annotated[
        Integer | None, Field(description="Everything that was ever put in, with what comes now.")
    ] = None
    planned_withdraw_amount: Annotated[
        Integer | None, Field(description="What is to be taken out later.")
    ] = None
    withdraw_amount: Annotated[
        Integer | None, Field(description="What is taken out, of what was planned.")
    ] = None

    def change(self) -> tuple[str, int]:
        """Return what is asked for: the field's name and its number.

        Raises:
            InvalidBody: not exactly one thing is.
        """
        given = [(name, value) for name, value in self if value is not None]
        if len(given) != 1:
            fields = "total_deposit, planned_withdraw_amount and withdraw_amount"
            raise InvalidBody("body", f"exactly one of {fields} must be given")
        return given[0]


@router.put(
    "/tokens/{token_address}",
    status_code=SUCCESS[ApiCall.REGISTER_TOKEN],
    responses=documented(402, 404, 408, 409, 503),
    tags=["tokens"],
)
async def register_token(session: Registering, _token: Token) -> TokenNetworkBody:
    """Create a token's network, for everybody; 403 where the registry has no room for it.

    A body is ignored.
    """
    networks = session.context.testnet.token_networks
    made = await session.make(lambda token, _: networks.register(session.node, token))
    return TokenNetworkBody(token_network_address=checksum(made))


@telling_contracts.get("/contracts", responses=documented(503), tags=["node"])
async def get_contracts(session: Reading) -> ContractsBody:
    """Name the contracts that the node uses; what does not exist is null, or an empty text."""
    deployment = session.context.testnet.deployment
    services = deployment.services
    absent = None if session.node.dialect is Dialect.BESPIN else ""

    def of_services(name: str) -> str | None:
        return absent if services is None else checksum(getattr(services, name))

    return ContractsBody(
        contracts_version=CONTRACTS_VERSION,
        token_network_registry_address=checksum(deployment.registry),
        secret_registry_address=checksum(deployment.secret_registry),
        service_registry_address=of_services("service_registry"),
        user_deposit_address=of_services("user_deposit"),
        monitoring_service_address=of_services("monitoring_service"),
        one_to_n_address=of_services("one_to_n"),
    )


_MINT = "/_testing/tokens/{token_address}/mint"
_OF_MINTING = documented(400, 402, 404, 408, 503)


@minting.post(_MINT, responses=_OF_MINTING, tags=["tokens"])
async def mint_tokens(session: Minting, _token: Token, body: Read[MintForBody]) -> MintedBody:
    """Mint tokens into somebody's wallet; the node pays for the gas."""
    await _mint(session, body)
    return MintedBody()


@minting_with_hash.post(_MINT, responses=_OF_MINTING, tags=["tokens"])
async def mint_and_tell(
    session: Minting, _token: Token, body: Read[MintForBody]
) -> TransactionBody:
    """Mint tokens into somebody's wallet; the node pays for the gas."""
    return TransactionBody(transaction_hash=_hash(session, await _mint(session, body)))


async def _mint(session: Session, body: Read[MintForBody]) -> TransactionResult:
    contracts = session.context.testnet.deployment.contracts

    def start(token: Address, asked: tuple[Address, int]) -> simpy.Process:
        return mint(session.node, StrangersToken(token, contracts), *asked)

    receipt: TransactionResult = await session.make(start, lambda: body().arguments())
    return receipt


@user_deposit.post(
    "/user_deposit", responses=documented(400, 402, 404, 408, 409, 503), tags=["services"]
)
async def put_aside(
    session: PuttingAside, body: Read[UserDepositBody]
) -> TransactionBody | PlannedBody:
    """Put tokens aside for services, plan to take some out, or take out what was planned."""
    testnet, node = session.context.testnet, session.node

    def start(asked: tuple[str, int]) -> simpy.Process:
        deposits, (field, amount) = testnet.user_deposits, asked
        if field == "total_deposit":
            return deposits.deposit(node, amount)
        if field == "planned_withdraw_amount":
            return deposits.plan_withdraw(node, amount)
        return deposits.withdraw(node, amount)

    done = await session.make(start, lambda: body().change())
    if isinstance(done, TransactionResult):
        return TransactionBody(transaction_hash=_hash(session, done))
    return PlannedBody(
        transaction_hash=_hash(session, done.receipt), planned_withdraw_block_number=done.block
    )


def _hash(session: Session, receipt: TransactionResult) -> str:
    assert receipt.place is not None  # noqa: S101 - it was mined
    return "0x" + session.context.testnet.ledger.transaction_hash(*receipt.place).hex()
