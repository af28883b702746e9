"""Registering secrets on the chain: where only the chain is safe."""

from simulator.chain.submissions import TransactionResult
from simulator.kernel.clock import when_over
from simulator.node.account import Account
from simulator.node.transactions import Intent
from simulator.words.errors import InsufficientEth
from simulator.words.events import PlanUnaffordable
from simulator.words.units import Address


class Registering:
    """The secrets that one node registers, those of an instant in one transaction.

    Args:
        account: the node.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._wanted: dict[bytes, Address] = {}
        self._sent: dict[bytes, Intent] = {}

    def register(self, token: Address, secret: bytes) -> None:
        """Register a secret soon, unless that is pending.

        Args:
            token: what is paid with it.
            secret: the secret.
        """
        sent = self._sent.get(secret)
        if sent is not None and self._account.outbox.has(sent):
            return
        if not self._wanted:
            self._account.world.clock.soon(self._send_all)
        self._wanted[secret] = token

    def _send_all(self) -> None:
        wanted, self._wanted = self._wanted, {}
        if self._account.online:
            self._account.world.attempt(self._account, lambda: self._send(wanted))

    def _send(self, wanted: dict[bytes, Address]) -> None:
        account, secrets = self._account, list(wanted)
        registry = account.world.secrets.registry
        assert registry is not None  # noqa: S101 - every world has one
        token = wanted[secrets[0]]
        intent = Intent(registry.register(account.address, secrets), token)
        try:
            account.outbox.check_eth([intent])
        except InsufficientEth as error:
            account.world.record(PlanUnaffordable(account.address, token, error.required_wei))
            return
        self._sent.update(dict.fromkeys(secrets, intent))

        def over(_: list[TransactionResult]) -> None:
            for secret in secrets:
                self._sent.pop(secret, None)

        when_over(account.outbox.post([intent]), over)
