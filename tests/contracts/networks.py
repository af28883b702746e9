"""Token networks and tokens that single tests need beside the shared ones."""

from .harness import MAX, Chain, Contract


def new_network(
    chain: Chain,
    token: str,
    secret_registry: Contract,
    changes: dict[str, int] | None = None,
    controller: str | None = None,
) -> Contract:
    """A token network of its own; `changes` to its timeouts and limits."""
    numbers = {"shortest": 2, "longest": 9, "participant": MAX, "network": MAX}
    numbers |= changes or {}
    return chain.deploy(
        "TokenNetwork",
        token,
        secret_registry.address,
        numbers["shortest"],
        numbers["longest"],
        controller or chain.parties[0].address,
        numbers["participant"],
        numbers["network"],
    )


def stubborn_token(chain: Chain, refused_call_size: int) -> str:
    """A token that answers 1 to everything, but 0 to calls of one size."""
    runtime = bytes.fromhex(f"3660{refused_call_size:02x}141560005260206000f3")
    creation = b"\x6c" + runtime + bytes.fromhex("600052600d6013f3")
    return chain.deploy_code(creation)
