"""Which contracts a world deploys: ours, or others that are compatible, from a file.

The file has the format in which raiden-contracts publishes its own: `contracts` holds for each
contract by name its `abi`, and its creation code as `bin`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.chain.abi import Artifact, load
from simulator.system import bounded_json, files
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown

MAX_BYTES = 2**24

NAMES = ("CustomToken", "SecretRegistry", "TokenNetwork", "TokenNetworkRegistry")
"""What a world deploys. A token network comes from its registry, whose code holds its code."""

NEEDED = {
    "CustomToken": {
        "constructor",
        *("approve", "mintFor", "balanceOf", "allowance", "totalSupply"),
        *("Transfer", "Minted"),
    },
    "SecretRegistry": {"constructor", "registerSecretBatch", "SecretRevealed"},
    "TokenNetwork": {
        *("openChannel", "openChannelWithDeposit", "setTotalDeposit", "closeChannel"),
        *("setTotalWithdraw", "cooperativeSettle", "updateNonClosingBalanceProof", "unlock"),
        "getChannelParticipantInfo",
        *("settleChannel", "ChannelOpened", "ChannelNewDeposit", "ChannelClosed"),
        *("NonClosingBalanceProofUpdated", "ChannelSettled", "ChannelWithdraw", "ChannelUnlocked"),
    },
    "TokenNetworkRegistry": {
        "constructor",
        *("createERC20TokenNetworkWithoutLimits", "token_to_token_networks"),
        *("max_token_networks", "token_network_created", "TokenNetworkCreated"),
    },
}
"""What worlds call, read and hear; it must be there as our contracts have it."""


class _NotThat(ValueError):
    """A file holds no contracts that could be deployed; the text goes on after its name."""


@dataclass(frozen=True, slots=True)
class ContractSet:
    """Contracts that belong together.

    Attributes:
        file: where they come from, as the user wrote it; empty for ours.
        sha256: of that file.
        artifacts: the contracts by name; those that are not there are ours.
    """

    file: str = ""
    sha256: str = ""
    artifacts: Mapping[str, Artifact] = field(default_factory=dict, repr=False)

    def artifact(self, name: str) -> Artifact:
        """Return a contract."""
        return self.artifacts.get(name) or load(name)


OURS = ContractSet()


def read(file: Path) -> ContractSet:
    """Return the contracts of a file.

    Raises:
        ConfigurationError: it can't be read, or has not what a world needs.
    """
    content = files.read(file, MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
        data = bounded_json.loads(text)
        contracts = data.get("contracts") if isinstance(data, dict) else None
        if not isinstance(contracts, dict):
            raise _NotThat("has no `contracts` by name, as raiden-contracts' contracts.json has")
        artifacts = {name: _artifact(name, contracts) for name in NAMES}
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is not UTF-8") from None
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    return ContractSet(str(file), hashlib.sha256(content).hexdigest(), artifacts)


def _artifact(name: str, contracts: Mapping[str, Any]) -> Artifact:
    entry = contracts.get(name)
    if not isinstance(entry, dict):
        raise _NotThat(f"has no contract {name}")
    code = entry.get("bin")
    try:
        is_code = isinstance(code, str) and bytes.fromhex(code.removeprefix("0x"))
    except ValueError:  # places of libraries that are not linked, for one
        is_code = False
    if not is_code:
        raise _NotThat(f"{name} has no creation code as `bin`: compile it, and link its libraries")
    try:
        there = signatures(entry["abi"])
        wanted = signatures(load(name).abi)
        missing = [
            signature for signature in sorted(wanted - there) if _name_of(signature) in NEEDED[name]
        ]
        if missing:
            raise _NotThat(f"{name} has no {missing[0]}, which nodes need")
        return Artifact(name, {"abi": entry["abi"], "bytecode": code}, is_ours=False)
    except (KeyError, TypeError, AttributeError):
        raise _NotThat(f"the `abi` of {name} is none: {shown(entry.get('abi'))}") from None


def signatures(abi: list[dict[str, Any]]) -> set[str]:
    """Return what an ABI offers, as far as bytes on the chain depend on it."""
    found = {_signature(entry) for entry in abi if entry["type"] in {"function", "event"}}
    constructors = [entry for entry in abi if entry["type"] == "constructor"]
    return found | {_signature(constructors[0] if constructors else {"type": "constructor"})}


def _signature(entry: Mapping[str, Any]) -> str:
    types = ",".join(_type(one) for one in entry.get("inputs", ()))
    answer = ",".join(_type(one) for one in entry.get("outputs", ()))
    told = f"{entry['type']} {entry.get('name', '')}".rstrip() + f"({types})"
    return f"{told} returns ({answer})" if answer else told


def _type(value: Mapping[str, Any]) -> str:
    kind: str = value["type"]
    if kind.startswith("tuple"):
        inner = ",".join(map(_type, value["components"]))
        kind = f"({inner}){kind.removeprefix('tuple')}"
    return f"{kind} indexed" if value.get("indexed") else kind


def _name_of(signature: str) -> str:
    return signature.partition("(")[0].split(" ")[-1]
