"""What deploys token networks, without an EVM; see contracts/TokenNetworkRegistry.sol."""

from collections.abc import Callable
from typing import Any, ClassVar

from simulator.chain.ledger import ContractCall
from simulator.chain.model.gas import LIMITS_COMPARED
from simulator.chain.model.secret_registry import SecretRegistry
from simulator.chain.model.token import CustomToken
from simulator.chain.model.token_network.contract import ModelTokenNetwork
from simulator.chain.model.transaction import NO_REASON, Revert, TransactionContext
from simulator.chain.model.user_deposit import UNCALLED, Uncalled, UserDeposit
from simulator.words.creation import created_address
from simulator.words.events import TokenNetworkCreated
from simulator.words.units import UINT256_MAX, ZERO_ADDRESS, Address


class TokenNetworkRegistry:
    """Creates the token networks, one for each token.

    Attributes:
        contracts: all contracts of the chain; what is created here is added.
    """

    kind = "TokenNetworkRegistry"

    def __init__(
        self,
        address: Address,
        controller: Address,
        contracts: "Contracts",
        arguments: tuple[Any, ...],
    ) -> None:
        self.address = address
        self.contracts = contracts
        self.controller = controller
        self.networks: dict[Address, Address] = {}
        self.secret_registry, self.shortest, self.longest, self.most_networks = arguments

    def _require_controller(self, run: TransactionContext) -> None:
        if run.sender != self.controller:
            raise Revert("Can only be called by controller")

    def change_controller(self, run: TransactionContext, controller: Address) -> None:
        """Hand the privilege over."""
        self._require_controller(run)
        run.write(int.from_bytes(self.controller, "big"), int.from_bytes(controller, "big"))
        run.pay()
        self.controller = controller

    def remove_limits(self, run: TransactionContext) -> None:
        """Allow any number of token networks, from now on only ones without limits."""
        self._require_controller(run)
        run.write(self.most_networks, UINT256_MAX)
        run.pay()
        self.most_networks = UINT256_MAX

    def create_without_limits(self, run: TransactionContext, token: Address) -> None:
        """Create a token network without deposit limits."""
        self.create(run, token, UINT256_MAX, UINT256_MAX)

    def create(
        self, run: TransactionContext, token: Address, participant_limit: int, network_limit: int
    ) -> None:
        """Create a token network in which deposits are limited."""
        count = len(self.networks)
        if count >= self.most_networks:
            raise Revert("TNR: registry full")
        if self.most_networks == UINT256_MAX:
            run.gas += LIMITS_COMPARED
            if min(participant_limit, network_limit) != UINT256_MAX:
                raise Revert("TNR: limits must be set to MAX_INT")
        if token in self.networks:
            raise Revert("TNR: token already registered")
        run.write(count, count + 1)
        timeouts = (self.shortest, self.longest)
        limits = (participant_limit, network_limit)
        arguments = (token, self.secret_registry, *timeouts, self.controller, *limits)
        # a contract's own nonce begins at 1
        place = created_address(self.address, count + 1)
        network = new_token_network(run, self.contracts, place, arguments)
        run.pay()
        self.networks[token] = place
        self.contracts[place] = network
        if self.address in run.watched:
            run.watched |= {token, place}
            run.events.append(TokenNetworkCreated(self.address, run.block_number, token, place))

    functions: ClassVar[dict[str, Callable[..., None]]] = {
        "createERC20TokenNetwork": create,
        "createERC20TokenNetworkWithoutLimits": create_without_limits,
        "removeLimits": remove_limits,
        "changeController": change_controller,
    }


Contract = (
    SecretRegistry | TokenNetworkRegistry | ModelTokenNetwork | CustomToken | UserDeposit | Uncalled
)
Contracts = dict[Address, Contract]


def _require(rules: tuple[tuple[bool, str], ...]) -> None:
    for holds, reason in rules:
        if not holds:
            raise Revert(reason)


def new_registry(
    contracts: Contracts,
    address: Address,
    creator: Address,
    arguments: tuple[Any, ...],
) -> TokenNetworkRegistry:
    """Return a new registry.

    Raises:
        Revert: an argument breaks a rule of the constructor.
    """
    secret_registry, shortest, longest, most_networks = arguments
    _require(
        (
            (shortest > 0, "TNR: invalid settle timeout min"),
            (longest > 0, "TNR: invalid settle timeout max"),
            (longest > shortest, "TNR: invalid settle timeouts"),
            (secret_registry != ZERO_ADDRESS, "TNR: invalid SR address"),
            (secret_registry in contracts, "TNR: invalid SR"),
            (most_networks > 0, "TNR: invalid TN limit"),
        )
    )
    return TokenNetworkRegistry(address, creator, contracts, arguments)


def new_token_network(
    run: TransactionContext, contracts: Contracts, address: Address, arguments: tuple[Any, ...]
) -> ModelTokenNetwork:
    """Return a new token network.

    Raises:
        Revert: an argument breaks a rule of the constructor.
    """
    token, secret_registry, shortest, longest, controller, for_one, for_all = arguments
    _require(
        (
            (token != ZERO_ADDRESS, "TN: invalid token address"),
            (secret_registry != ZERO_ADDRESS, "TN: invalid SR address"),
            (controller != ZERO_ADDRESS, "TN: invalid controller address"),
            (shortest > 0, "TN: invalid settle timeout min"),
            (longest > shortest, "TN: invalid settle timeouts"),
            (token in contracts, "TN: invalid token contract"),
            (secret_registry in contracts, "TN: invalid SR contract"),
            (for_one > 0, "TN: invalid participant limit"),
            (for_all > 0, "TN: invalid network deposit limit"),
            (for_all >= for_one, "TN: invalid deposit limits"),
        )
    )
    contract = contracts[token]
    if not isinstance(contract, CustomToken):
        raise Revert(NO_REASON)
    if contract.supply == 0:
        raise Revert("TN: no supply for token")
    found = contracts[secret_registry]
    secrets = found if isinstance(found, SecretRegistry) else None
    timeouts, limits = (shortest, longest), (for_one, for_all)
    return ModelTokenNetwork(
        address, contract, secret_registry, secrets, timeouts, controller, limits, run.chain_id
    )


def new_user_deposit(
    contracts: Contracts, address: Address, arguments: tuple[Any, ...]
) -> UserDeposit:
    """Return a new contract for user deposits.

    Raises:
        Revert: what should be a token is none.
    """
    token_address, limit = arguments
    token = contracts.get(token_address)
    if not isinstance(token, CustomToken):
        raise Revert(NO_REASON)
    return UserDeposit(address, token, limit, contracts)


def new_contract(
    run: TransactionContext, contracts: Contracts, address: Address, call: ContractCall
) -> Contract:
    """Return what a deployment makes.

    Raises:
        Revert: an argument breaks a rule of the constructor.
    """
    name, arguments = call.artifact.name, call.arguments
    if name == SecretRegistry.kind:
        return SecretRegistry(address)
    if name == CustomToken.kind:
        CustomToken.check_deployment(run, arguments)
        return CustomToken(address, call.sender, arguments)
    if name == ModelTokenNetwork.kind:
        return new_token_network(run, contracts, address, arguments)
    if name == UserDeposit.kind:
        return new_user_deposit(contracts, address, arguments)
    if name in UNCALLED:
        return Uncalled(name, address)
    return new_registry(contracts, address, call.sender, arguments)
