"""Tokens that a tester deploys while the world lives: nodes can register them."""

from collections.abc import Sequence

import simpy

from simulator.chain.contracts import Token
from simulator.chain.ledger import ContractCall
from simulator.chain.submissions import TransactionResult
from simulator.node.world import Steps, World
from simulator.testnet.genesis import Deployment, TokenDetails, token_deployment
from simulator.words.errors import InvalidRequest, TransactionFailed, check_whole
from simulator.words.units import UINT256_MAX, Address


class TokenDeployer:
    """The account that deploys and mints.

    Args:
        world: the environment.
        deployment: the contracts that are there.
        wallets: of the nodes.
    """

    name = "the tester"
    online = True

    def __init__(self, world: World, deployment: Deployment, wallets: Sequence[Address]) -> None:
        self.address = deployment.deployer
        self._world = world
        self._deployment = deployment
        self._wallets = wallets
        self._count = len(world.networks)

    def details(
        self, name: str | None = None, symbol: str | None = None, decimals: int | None = None
    ) -> TokenDetails:
        """Return what a token is called that is deployed now; None: as its number says.

        Raises:
            ConfigurationError: a value is out of range.
        """
        usual = TokenDetails.usual(self._count)
        return TokenDetails(
            usual.name if name is None else name,
            usual.symbol if symbol is None else symbol,
            usual.decimals if decimals is None else decimals,
        )

    def deploy(self, details: TokenDetails, balance: int = 0) -> simpy.Process:
        """Deploy a token that has no token network. The value is its address.

        Args:
            details: what it is called.
            balance: how many of it are minted into each node's wallet.

        Raises:
            InvalidRequest: the balance is negative, or too high.
        """
        check_whole("balance", balance)
        most = UINT256_MAX // (len(self._wallets) + 1)
        if not 0 <= balance <= most:
            raise InvalidRequest("balance", f"must be within 0 to {most}, not {balance}")
        deployment = token_deployment(self._deployment, details)
        self._count += 1

        def work() -> Steps[Address]:
            with self._world.clock.foreground:
                (receipt,) = yield from self._send([deployment])
                made = receipt.created
                assert made is not None  # noqa: S101 - a deployment that was mined has left it
                token = Token(made, self._deployment.contracts)
                if balance:
                    mint = token.mint_for
                    calls = [mint(self.address, balance, wallet) for wallet in self._wallets]
                    yield from self._send(calls)
                return made

        return self._world.spawn(self, work)

    def _send(self, calls: Sequence[ContractCall]) -> Steps[list[TransactionResult]]:
        receipts: list[TransactionResult]
        receipts = yield self._world.mempool.submit(calls)[0].submission.answers
        for call, receipt in zip(calls, receipts, strict=True):
            if not receipt.succeeded:
                raise TransactionFailed(call.function, receipt.reason)
        return receipts
