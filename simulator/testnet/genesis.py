"""The first blocks of a world: keys, contracts, and tokens in the wallets.

Everything follows from the seed. The deployer's account sends all set-up transactions; no node
sends any. What follows from equal facts is computed once in a process: a test suite makes the same
world many times.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from simulator.chain.abi import Artifact, load
from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.contracts import (
    SETTLE_TIMEOUT_MAX_BLOCKS,
    SETTLE_TIMEOUT_MIN_BLOCKS,
    Token,
    TokenNetworkContract,
)
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, Ledger, Status, at_once, slots
from simulator.chain.ledgers import check_contracts, check_engine
from simulator.kernel.rng import Rng
from simulator.words.errors import ConfigurationError, check_range
from simulator.words.units import UINT256_MAX, Address, bytes_of

DEPLOYER_WEI = 10**27
DEPLOYMENT_GAS = 12_000_000


MAX_KEPT = 16
MAX_KEPT_WALLETS = 200
"""Chains that are kept for worlds like them, and how large these may be: some MB in all."""


MAX_LABEL_LENGTH = 100
MAX_DECIMALS = 255


@dataclass(frozen=True, slots=True)
class TokenDetails:
    """What a token tells wallets about itself.

    Attributes:
        name: at most 100 characters.
        symbol: at most 100 characters.
        decimals: where wallets put the decimal point, 0 to 255; amounts here never have one.

    Raises:
        ConfigurationError: a value is out of range.
    """

    name: str
    symbol: str
    decimals: int = 18

    def __post_init__(self) -> None:
        check_range("the length of a token's name", len(self.name), 0, MAX_LABEL_LENGTH)
        check_range("the length of a token's symbol", len(self.symbol), 0, MAX_LABEL_LENGTH)
        check_range("decimals", self.decimals, 0, MAX_DECIMALS)
        if any("\ud800" <= character <= "\udfff" for character in self.name + self.symbol):
            raise ConfigurationError("A token's name and symbol must be text that UTF-8 can hold.")

    @classmethod
    def usual(cls, number: int) -> "TokenDetails":
        """Return those of a world's token by its number, where nobody says anything else."""
        return cls(f"Token {number}", f"TK{number}")

    @classmethod
    def of_all(cls, count: int, first: "TokenDetails | None") -> "list[TokenDetails]":
        """Return those of a world's tokens; None: the first one has the usual ones too."""
        return [first or cls.usual(0), *map(cls.usual, range(1, count))]


@dataclass(frozen=True, slots=True)
class Deployment:
    """The contracts that every token network of a world shares.

    Attributes:
        contracts: which contracts they are, and those of tokens that come later.
        services: those that users pay services with, if the world has some.
    """

    deployer: Address
    secret_registry: Address
    registry: Address
    contracts: ContractSet = OURS
    services: "ServiceContracts | None" = None


@dataclass(frozen=True, slots=True)
class ServiceContracts:
    """The contracts of services.

    Attributes:
        token: what services are paid with.
    """

    token: Address
    service_registry: Address
    user_deposit: Address
    monitoring_service: Address
    one_to_n: Address


@dataclass(frozen=True, slots=True)
class WhatToDeploy:
    """Which contracts a world has, beside those of its tokens.

    Attributes:
        contracts: what they are compiled from.
        max_token_networks: how many token networks there can be; None: any number.
        services: whether there are contracts of services.
    """

    contracts: ContractSet = OURS
    max_token_networks: int | None = None
    services: bool = False

    @property
    def most_networks(self) -> int:
        """How many token networks the registry allows."""
        return UINT256_MAX if self.max_token_networks is None else self.max_token_networks

    def check(self, engine: str) -> None:
        """See whether a world can have them.

        Raises:
            ConfigurationError: it can't.
        """
        check_engine(engine)
        check_contracts(engine, self.contracts)
        check_range("max_token_networks", self.most_networks, 1, UINT256_MAX)


@dataclass(frozen=True, slots=True)
class _SetUp:
    """A chain right after its set-up, and what is where on it."""

    chain: object
    deployment: Deployment
    networks: tuple[tuple[Address, Address], ...]


SERVICE_TOKEN = TokenDetails("Service Token", "SVT")
SERVICE_PRICES = (2 * 10**18, 1, 1, 200 * 86_400, 10**18, 180 * 86_400)
"""Of being found as a service: the first price, how it rises and falls, the lowest, and for how
many seconds it is paid."""

_NOTHING_LEFT = ConfigurationError("Set-up failed: a deployment left no contract.")

USUAL = WhatToDeploy()

_kept: OrderedDict[Hashable, _SetUp] = OrderedDict()


def set_up(
    ledger: Ledger,
    deployer: Address,
    wallets: Sequence[Address],
    tokens: Sequence[TokenDetails],
    token_balance: int,
    block_time: int,
    keep_blocks: int | None = None,
    what: WhatToDeploy = USUAL,
) -> tuple[Deployment, list[TokenNetworkContract]]:
    """Make the first blocks of a new chain: contracts, tokens, and what is in the wallets.

    Equal arguments on equal chains give equal blocks, hashes included, whether they are made
    anew or copied from an earlier world.
    """
    contracts = what.contracts
    chain = (
        ledger.engine,
        ledger.head_hash,
        ledger.chain_id,
        block_time,
        keep_blocks,
        contracts.sha256,
    )
    more = (token_balance, what.most_networks, what.services)
    key = (*chain, deployer, *wallets, *tokens, *more)
    done = _kept.get(key)
    if done is not None:
        _kept.move_to_end(key)
        ledger.restore(done.chain)
        networks = [_network(ledger, address, token, contracts) for address, token in done.networks]
        # equal files may have several names
        return replace(done.deployment, contracts=contracts), networks
    deployment = deploy_registries(ledger, deployer, contracts, what.most_networks)
    networks = [
        deploy_token_network(ledger, deployment, details, wallets, token_balance)
        for details in tokens
    ]
    if what.services:
        services = deploy_services(ledger, deployment, wallets, token_balance)
        deployment = replace(deployment, services=services)
    if len(wallets) * len(tokens) <= MAX_KEPT_WALLETS:
        places = tuple((network.address, network.token.address) for network in networks)
        saved = ledger.save()
        if saved is None:
            return deployment, networks
        _kept[key] = _SetUp(saved, deployment, places)
        if len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return deployment, networks


def derive_keys(rng: Rng, nodes: int) -> list[Key]:
    """Return the keys of a seed's world: the deployer's, and those of the nodes."""
    names: list[tuple[str | int, ...]] = [("deployer",), *(("node", i) for i in range(nodes))]
    return [Key(rng.digest("key", *name)) for name in names]


def execute(ledger: Ledger, calls: Sequence[ContractCall]) -> list[Address | None]:
    """Execute set-up calls in as many blocks as they need; all must succeed."""
    created: list[Address | None] = []
    for slot in slots(calls, ledger.slot_gas):
        block = at_once(ledger.execute(slot))
        for call, outcome in zip(slot, block.outcomes, strict=True):
            if outcome.status is not Status.MINED:
                raise ConfigurationError(f"Set-up failed at {call.function}: {outcome.reason}")
        created += [outcome.created for outcome in block.outcomes]
    return created


def _deployment(deployer: Address, contract: Artifact, *arguments: object) -> ContractCall:
    return ContractCall(
        deployer, None, contract, f"deploy {contract.name}", arguments, DEPLOYMENT_GAS
    )


def _deploy(ledger: Ledger, call: ContractCall) -> Address:
    (created,) = execute(ledger, [call])
    if created is None:
        raise _NOTHING_LEFT
    return created


def _network(
    ledger: Ledger, address: Address, token: Address, contracts: ContractSet
) -> TokenNetworkContract:
    return TokenNetworkContract(address, Token(token, contracts), ledger.chain_id, contracts)


def deploy_registries(
    ledger: Ledger, deployer: Address, contracts: ContractSet, most_networks: int = UINT256_MAX
) -> Deployment:
    """Deploy what token networks need, and allow so many of these."""
    secrets = contracts.artifact("SecretRegistry")
    (secret_registry,) = execute(ledger, [_deployment(deployer, secrets)])
    limits = (SETTLE_TIMEOUT_MIN_BLOCKS, SETTLE_TIMEOUT_MAX_BLOCKS, most_networks)
    registries = contracts.artifact("TokenNetworkRegistry")
    registry_call = _deployment(deployer, registries, secret_registry, *limits)
    (registry,) = execute(ledger, [registry_call])
    if secret_registry is None or registry is None:
        raise _NOTHING_LEFT
    return Deployment(deployer, secret_registry, registry, contracts)


def deploy_token_network(
    ledger: Ledger,
    deployment: Deployment,
    details: TokenDetails,
    wallets: Sequence[Address],
    token_balance: int,
) -> TokenNetworkContract:
    """Deploy a token with its token network and mint `token_balance` into each wallet."""
    deployer, contracts = deployment.deployer, deployment.contracts
    token_address = _deploy(ledger, token_deployment(deployment, details))
    registry = contracts.artifact("TokenNetworkRegistry")
    create = "createERC20TokenNetworkWithoutLimits"
    place = deployment.registry
    execute(
        ledger, [ContractCall(deployer, place, registry, create, (token_address,), DEPLOYMENT_GAS)]
    )
    (network_text,) = ledger.read(place, registry, "token_to_token_networks", token_address)
    network = _network(ledger, bytes_of(network_text), token_address, contracts)
    _fill(ledger, deployer, network.token, wallets, token_balance)
    return network


def _fill(
    ledger: Ledger, deployer: Address, token: Token, wallets: Sequence[Address], balance: int
) -> None:
    if balance:
        execute(ledger, [token.mint_for(deployer, balance, wallet) for wallet in wallets])


def token_deployment(deployment: Deployment, details: TokenDetails) -> ContractCall:
    """Return the call that deploys a token."""
    # the supply must not be zero: the token network takes that for a sign of no token
    arguments = (1, details.decimals, details.name, details.symbol)
    tokens = deployment.contracts.artifact("CustomToken")
    return _deployment(deployment.deployer, tokens, *arguments)


def deploy_services(
    ledger: Ledger, deployment: Deployment, wallets: Sequence[Address], token_balance: int
) -> ServiceContracts:
    """Deploy what services are paid with, and mint `token_balance` into each wallet."""
    deployer = deployment.deployer

    def deploy(name: str, *arguments: object) -> Address:
        return _deploy(ledger, _deployment(deployer, load(name), *arguments))

    token = _deploy(ledger, token_deployment(deployment, SERVICE_TOKEN))
    registry = deploy("ServiceRegistry", token, deployer, *SERVICE_PRICES)
    deposits = deploy("UserDeposit", token, UINT256_MAX)
    monitoring = deploy("MonitoringService", token, registry, deposits, deployment.registry)
    one_to_n = deploy("OneToN", deposits, ledger.chain_id, registry)
    arguments = (monitoring, one_to_n)
    gas = DEPLOYMENT_GAS
    execute(ledger, [ContractCall(deployer, deposits, load("UserDeposit"), "init", arguments, gas)])
    _fill(ledger, deployer, Token(token, deployment.contracts), wallets, token_balance)
    return ServiceContracts(token, registry, deposits, monitoring, one_to_n)
