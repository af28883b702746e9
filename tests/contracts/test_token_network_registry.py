import pytest

from .harness import MAX, ZERO, Chain, Contract, Event, Party, artifact, reverts

FULL = "TNR: registry full"
KNOWN = "TNR: token already registered"
NO_CONTROL = "Can only be called by controller"


def new_token(chain: Chain, supply: int = 1) -> str:
    return chain.deploy("CustomToken", supply, 18, "Other", "O").address


def new_registry(chain: Chain, secret_registry: Contract, networks: int) -> Contract:
    return chain.deploy("TokenNetworkRegistry", secret_registry.address, 1, 10, networks)


@pytest.mark.parametrize(
    ("timeout_min", "timeout_max", "networks", "reason"),
    [
        (0, 0, 0, "TNR: invalid settle timeout min"),
        (1, 0, 0, "TNR: invalid settle timeout max"),
        (5, 5, 0, "TNR: invalid settle timeouts"),
        (5, 6, 0, "TNR: invalid TN limit"),
    ],
)
def test_constructor_checks_numbers(
    chain: Chain,
    secret_registry: Contract,
    timeout_min: int,
    timeout_max: int,
    networks: int,
    reason: str,
) -> None:
    args = (secret_registry.address, timeout_min, timeout_max, networks)
    with reverts(reason):
        chain.deploy("TokenNetworkRegistry", *args)


def test_constructor_checks_secret_registry(chain: Chain, alice: Party) -> None:
    with reverts("TNR: invalid SR address"):
        chain.deploy("TokenNetworkRegistry", ZERO, 1, 2, 1)
    with reverts("TNR: invalid SR"):
        chain.deploy("TokenNetworkRegistry", alice.address, 1, 2, 1)


def test_getters(registry: Contract, secret_registry: Contract, deployer: Party) -> None:
    assert registry.call("secret_registry_address") == secret_registry.address
    assert registry.call("settlement_timeout_min") == 5
    assert registry.call("settlement_timeout_max") == 500
    assert registry.call("max_token_networks") == 10
    assert registry.call("token_network_created") == 1
    assert registry.call("controller") == deployer.address
    assert registry.call("signature_prefix") == "\x19Ethereum Signed Message:\n"


def test_created_network(
    registry: Contract, secret_registry: Contract, chain: Chain, deployer: Party, alice: Party
) -> None:
    token = new_token(chain)
    receipt = registry.send("createERC20TokenNetwork", token, 7, 9, sender=alice)
    args = {"token_address": token, "token_network_address": receipt.result}
    assert receipt.events == [Event("TokenNetworkCreated", args, tuple(args))]
    assert registry.call("token_to_token_networks", token) == receipt.result
    assert registry.call("token_network_created") == 2
    assert chain.code(receipt.result) == artifact("TokenNetwork")["deployedBytecode"]

    network = Contract(chain, receipt.result, artifact("TokenNetwork")["abi"])
    assert network.call("token") == token
    assert network.call("secret_registry") == secret_registry.address
    assert network.call("settlement_timeout_min") == 5
    assert network.call("settlement_timeout_max") == 500
    assert network.call("channel_participant_deposit_limit") == 7
    assert network.call("token_network_deposit_limit") == 9
    assert network.call("controller") == deployer.address
    assert network.call("channel_counter") == 0
    assert network.call("safety_deprecation_switch") is False


def test_network_without_limits(registry: Contract, chain: Chain) -> None:
    created = registry.send("createERC20TokenNetworkWithoutLimits", new_token(chain))
    network = Contract(chain, created.result, artifact("TokenNetwork")["abi"])
    assert network.call("channel_participant_deposit_limit") == MAX
    assert network.call("token_network_deposit_limit") == MAX


def test_one_network_for_each_token(registry: Contract, token: Contract) -> None:
    with reverts(KNOWN):
        registry.send("createERC20TokenNetwork", token.address, 1, 1)
    with reverts(KNOWN):
        registry.send("createERC20TokenNetworkWithoutLimits", token.address)


def test_reason_of_the_network_is_passed_on(registry: Contract, chain: Chain) -> None:
    with reverts("TN: invalid token address"):
        registry.send("createERC20TokenNetwork", ZERO, 1, 1)
    with reverts("TN: no supply for token"):
        registry.send("createERC20TokenNetworkWithoutLimits", new_token(chain, supply=0))
    assert registry.call("token_network_created") == 1


def test_number_of_networks_is_limited(chain: Chain, secret_registry: Contract) -> None:
    registry = new_registry(chain, secret_registry, networks=1)
    registry.send("createERC20TokenNetwork", new_token(chain), 1, 1)
    with reverts(FULL):
        registry.send("createERC20TokenNetworkWithoutLimits", new_token(chain))
    registry.send("removeLimits")
    registry.send("createERC20TokenNetworkWithoutLimits", new_token(chain))


@pytest.mark.parametrize(("participant", "network"), [(MAX - 1, MAX), (MAX, MAX - 1), (1, 1)])
def test_unlimited_registry_creates_unlimited_networks_only(
    registry: Contract, chain: Chain, participant: int, network: int
) -> None:
    registry.send("removeLimits")
    assert registry.call("max_token_networks") == MAX
    with reverts("TNR: limits must be set to MAX_INT"):
        registry.send("createERC20TokenNetwork", new_token(chain), participant, network)
    registry.send("createERC20TokenNetwork", new_token(chain), MAX, MAX)


def test_controller_hands_over(registry: Contract, alice: Party) -> None:
    with reverts(NO_CONTROL):
        registry.send("changeController", alice.address, sender=alice)
    with reverts(NO_CONTROL):
        registry.send("removeLimits", sender=alice)
    registry.send("changeController", alice.address)
    assert registry.call("controller") == alice.address
    with reverts(NO_CONTROL):
        registry.send("removeLimits")
    registry.send("removeLimits", sender=alice)


def test_helpers(registry: Contract, token: Contract, alice: Party) -> None:
    assert registry.call("contractExists", token.address) is True
    assert registry.call("contractExists", alice.address) is False
    assert (registry.call("min", 3, 4), registry.call("max", 3, 4)) == (3, 4)
    assert (registry.call("min", 4, 3), registry.call("max", 4, 3)) == (3, 4)
    assert registry.call("failsafe_subtract", 9, 4) == (5, 4)
    assert registry.call("failsafe_subtract", 4, 9) == (0, 4)
    assert registry.call("failsafe_addition", MAX - 1, 1) == MAX
    assert registry.call("failsafe_addition", MAX, MAX) == MAX
