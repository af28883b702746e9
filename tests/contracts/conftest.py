"""One deployment for all tests of the contracts; every test starts from the same state."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .harness import MAX, Chain, Contract, Party, artifact

TIMEOUT_MIN = 5
TIMEOUT_MAX = 500
SUPPLY = 10**24


@dataclass(frozen=True)
class Deployment:
    """The contracts of a testnet with one token."""

    chain: Chain
    secret_registry: Contract
    token: Contract
    registry: Contract
    network: Contract


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    chain = Chain()
    secret_registry = chain.deploy("SecretRegistry")
    token = chain.deploy("CustomToken", SUPPLY, 18, "Test Token", "TT")
    registry = chain.deploy(
        "TokenNetworkRegistry", secret_registry.address, TIMEOUT_MIN, TIMEOUT_MAX, 10
    )
    created = registry.send("createERC20TokenNetworkWithoutLimits", token.address)
    network = Contract(chain, created.result, artifact("TokenNetwork")["abi"])
    for party in chain.parties[:4]:
        token.send("approve", network.address, MAX, sender=party)
    for party in chain.parties[1:4]:
        token.send("transfer", party.address, 10**20)
    return Deployment(chain, secret_registry, token, registry, network)


@pytest.fixture
def chain(deployment: Deployment) -> Iterator[Chain]:
    with deployment.chain.rollback():
        yield deployment.chain


@pytest.fixture
def secret_registry(chain: Chain, deployment: Deployment) -> Contract:
    return deployment.secret_registry


@pytest.fixture
def token(chain: Chain, deployment: Deployment) -> Contract:
    return deployment.token


@pytest.fixture
def registry(chain: Chain, deployment: Deployment) -> Contract:
    return deployment.registry


@pytest.fixture
def network(chain: Chain, deployment: Deployment) -> Contract:
    return deployment.network


@pytest.fixture
def deployer(deployment: Deployment) -> Party:
    return deployment.chain.parties[0]


@pytest.fixture
def alice(deployment: Deployment) -> Party:
    return deployment.chain.parties[1]


@pytest.fixture
def bob(deployment: Deployment) -> Party:
    return deployment.chain.parties[2]


@pytest.fixture
def carol(deployment: Deployment) -> Party:
    return deployment.chain.parties[3]
