"""A testnet in which tokens are deployed."""

from simulator.testnet.calls import wait_for
from simulator.testnet.simulation import Simulation
from simulator.words.units import checksum


class WithTokens:
    """The part of a `RunningTestnet` that deploys tokens."""

    _simulation: Simulation

    def deploy_token(
        self,
        *,
        name: str | None = None,
        symbol: str | None = None,
        decimals: int | None = None,
        balance: int = 0,
    ) -> str:
        """Deploy a token that has no token network: a node can register it.

        Args:
            name: what wallets call it; None: by its number.
            symbol: likewise.
            decimals: where wallets put the decimal point, 0 to 77; None: 18.
            balance: how many are minted into each node's wallet, in the smallest unit.

        Returns:
            Its address.

        Raises:
            ConfigurationError: a value is out of range.
        """
        deployer = self._simulation.token_deployer
        made = deployer.deploy(deployer.details(name, symbol, decimals), balance)
        return checksum(wait_for(self._simulation.world, made))
