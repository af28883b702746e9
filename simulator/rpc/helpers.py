"""What development nodes offer to testers, as far as it makes sense on a living chain."""

from collections.abc import Callable
from typing import Any

from simulator.rpc import values
from simulator.rpc.accounts import Accounts
from simulator.rpc.failures import REFUSED, RpcFailure
from simulator.rpc.handlers import Handler, Handlers
from simulator.rpc.host import ChainHost

PREFIXES = ("anvil", "hardhat")

_NO_WAY_BACK = (
    "This chain can't go back: nodes live on it, and would remember what never happened. "
    "Start another testnet with the same seed instead."
)
_NO_CLOCK = (
    "The time of a block follows from its number here: evm_increaseTime lets time, and so blocks, "
    "pass; --pace decides how fast time passes by itself."
)
_NO_FORCE = (
    "What contracts and accounts hold is changed by transactions only, since nodes rely on it; "
    "anvil_setBalance gives ETH."
)
_NO_TRIES = "This chain keeps no tries, so there is nothing to prove with."

REFUSED_METHODS = {
    "evm_snapshot": _NO_WAY_BACK,
    "evm_revert": _NO_WAY_BACK,
    "anvil_snapshot": _NO_WAY_BACK,
    "anvil_revert": _NO_WAY_BACK,
    "anvil_reset": _NO_WAY_BACK,
    "anvil_rollback": _NO_WAY_BACK,
    "anvil_reorg": _NO_WAY_BACK,
    "hardhat_reset": _NO_WAY_BACK,
    "evm_setNextBlockTimestamp": _NO_CLOCK,
    "anvil_setNextBlockTimestamp": _NO_CLOCK,
    "anvil_setTime": _NO_CLOCK,
    "evm_setTime": _NO_CLOCK,
    "evm_setIntervalMining": _NO_CLOCK,
    "anvil_setIntervalMining": _NO_CLOCK,
    "anvil_setBlockTimestampInterval": _NO_CLOCK,
    **{
        f"{prefix}_set{what}": _NO_FORCE
        for prefix in PREFIXES
        for what in ("Code", "StorageAt", "Nonce")
    },
    "eth_getProof": _NO_TRIES,
}
"""What is known and not offered, with the reason."""


class Helpers:
    """Methods for testers.

    Args:
        host: lets time pass.
        accounts: may send for accounts that nobody has the key of.
    """

    def __init__(self, host: ChainHost, accounts: Accounts) -> None:
        self._host = host
        self._accounts = accounts
        self._skipped_seconds = 0

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        both: dict[str, Handler] = {
            "mine": self.mine_many,
            "setBalance": self.set_balance,
            "impersonateAccount": self.impersonate,
            "stopImpersonatingAccount": self.stop_impersonating,
        }
        return {
            **{method: _refusing(reason) for method, reason in REFUSED_METHODS.items()},
            **{f"{prefix}_{what}": one for prefix in PREFIXES for what, one in both.items()},
            "evm_mine": self.mine,
            "evm_increaseTime": self.increase_time,
            "anvil_increaseTime": self.increase_time,
            "evm_setAccountBalance": self.set_balance,
            "evm_setAutomine": self.set_automine,
            "anvil_setAutomine": self.set_automine,
            "anvil_getAutomine": lambda: True,
            "hardhat_getAutomine": lambda: True,
        }

    async def mine(self, options: object = None) -> str:
        """Let a block pass, or as many as an object says."""
        blocks = 1
        if isinstance(options, dict):
            if options.get("timestamp") is not None:
                raise RpcFailure(REFUSED, _NO_CLOCK)
            blocks = values.quantity(options.get("blocks", 1), "blocks")
        elif options is not None:
            raise RpcFailure(REFUSED, _NO_CLOCK)
        await self._host.mine(blocks)
        return "0x0"

    async def mine_many(self, blocks: object = 1, interval: object = None) -> None:
        """Let blocks pass; how far apart they are, the chain decides."""
        if interval is not None and values.quantity(interval, "the interval") > 1:
            raise RpcFailure(REFUSED, _NO_CLOCK)
        await self._host.mine(values.quantity(blocks, "blocks"))

    async def increase_time(self, seconds: object) -> int:
        """Let time pass, and tell how much was skipped altogether."""
        wanted = values.quantity(seconds, "the seconds")
        await self._host.pass_seconds(wanted)
        self._skipped_seconds += wanted
        return self._skipped_seconds

    async def set_balance(self, account: object, wei: object) -> bool:
        """Let an account have exactly so much ETH."""
        await self._host.set_balance(values.address(account), values.quantity(wei, "the balance"))
        return True

    def impersonate(self, account: object) -> bool:
        """Take transactions of an account that nobody has the key of."""
        self._accounts.impersonated.add(values.address(account))
        return True

    def stop_impersonating(self, account: object) -> bool:
        """Take them no longer."""
        self._accounts.impersonated.discard(values.address(account))
        return True

    def set_automine(self, automine: object) -> bool:
        """Agree that transactions are mined by themselves, which they always are."""
        if automine is not True:
            raise RpcFailure(
                REFUSED, "Transactions are mined with the next block here; nobody can hold them up."
            )
        return True


def _refusing(reason: str) -> Callable[..., Any]:
    def refuse(*_: object) -> None:
        raise RpcFailure(REFUSED, reason)

    return refuse
