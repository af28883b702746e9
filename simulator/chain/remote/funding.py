"""ETH for accounts on a remote chain."""

from collections.abc import Sequence

from simulator.chain.remote.jsonrpc import JsonRpc, RpcError
from simulator.chain.remote.mining import Miner
from simulator.words.errors import ChainUnavailable
from simulator.words.units import Address

SETTERS = ("anvil_setBalance", "hardhat_setBalance", "evm_setAccountBalance")
"""What nodes call it that an account has exactly so much: anvil, Hardhat, Ganache."""

MAX_BLOCKS = 10
"""Blocks that may pass until a gift is there."""


class Funding:
    """Sets balances where the node lets others do so; else gives away what its own account has.

    Args:
        rpc: the node.
        miner: makes the blocks that gifts need, or waits for them.
    """

    def __init__(self, rpc: JsonRpc, miner: Miner) -> None:
        self._rpc = rpc
        self._miner = miner

    def set(self, balances: Sequence[tuple[Address, int]]) -> None:
        """Let accounts have exactly so much.

        Raises:
            ChainUnavailable: there is no way to.
        """
        if not balances:
            return
        for setter in SETTERS:
            wanted = [(setter, (f"0x{account.hex()}", hex(wei))) for account, wei in balances]
            if not any(isinstance(answer, RpcError) for answer in self._rpc.batch(wanted)):
                return
        self._give(balances)

    def _give(self, balances: Sequence[tuple[Address, int]]) -> None:
        """Give what is missing, out of the first account that the node itself signs for."""
        missing = self._missing(balances)
        if any(wei < 0 for wei in missing.values()):
            raise ChainUnavailable(self._rpc.url, f"can't take ETH away: it has no {SETTERS[0]}")
        gifts = [
            {"to": f"0x{account.hex()}", "value": hex(wei)}
            for account, wei in missing.items()
            if wei > 0
        ]
        if not gifts:
            return
        giver = self._giver()
        for gift in gifts:  # not as a batch: nodes might give all of them the same nonce
            try:
                self._rpc.call("eth_sendTransaction", {"from": giver, **gift})
            except RpcError as error:
                raise ChainUnavailable(self._rpc.url, f"gives accounts no ETH: {error}") from None
        self._wait_for(balances)

    def _giver(self) -> str:
        own = self._rpc.batch([("eth_accounts", ())])[0]
        if isinstance(own, RpcError) or not own:
            reason = f"can't give accounts ETH: it has no {SETTERS[0]}, and no account of its own"
            raise ChainUnavailable(self._rpc.url, reason)
        return str(own[0])

    def _wait_for(self, balances: Sequence[tuple[Address, int]]) -> None:
        head = self._miner.head()
        for _ in range(MAX_BLOCKS):
            if not any(self._missing(balances).values()):
                return
            head = self._miner.include(head)
        raise ChainUnavailable(self._rpc.url, "does not mine the ETH that it gives to accounts")

    def _missing(self, balances: Sequence[tuple[Address, int]]) -> dict[Address, int]:
        asked = [("eth_getBalance", (f"0x{account.hex()}", "latest")) for account, _ in balances]
        answers = self._rpc.batch(asked)
        return {
            account: wei - int(answer, 16)
            for (account, wei), answer in zip(balances, answers, strict=True)
        }
