from hashlib import sha256

from .harness import Contract, Event

FIRST = b"\x01" * 32
SECOND = b"\x02" * 32


def revealed(secret: bytes) -> Event:
    args = {"secrethash": sha256(secret).digest(), "secret": secret}
    return Event("SecretRevealed", args, ("secrethash",))


def reveal_block(registry: Contract, secret: bytes) -> int:
    block: int = registry.call("getSecretRevealBlockHeight", sha256(secret).digest())
    return block


def test_unknown_secret_has_block_zero(secret_registry: Contract) -> None:
    assert reveal_block(secret_registry, FIRST) == 0


def test_register_records_block_and_event(secret_registry: Contract) -> None:
    receipt = secret_registry.send("registerSecret", FIRST)
    assert receipt.result is True
    assert receipt.events == [revealed(FIRST)]
    assert reveal_block(secret_registry, FIRST) == receipt.block_number


def test_second_reveal_changes_nothing(secret_registry: Contract) -> None:
    first = secret_registry.send("registerSecret", FIRST)
    again = secret_registry.send("registerSecret", FIRST)
    assert again.result is False
    assert again.events == []
    assert reveal_block(secret_registry, FIRST) == first.block_number


def test_batch_registers_all(secret_registry: Contract) -> None:
    receipt = secret_registry.send("registerSecretBatch", [FIRST, SECOND])
    assert receipt.result is True
    assert receipt.events == [revealed(FIRST), revealed(SECOND)]
    assert reveal_block(secret_registry, SECOND) == receipt.block_number


def test_batch_with_known_secret_registers_the_others(secret_registry: Contract) -> None:
    secret_registry.send("registerSecret", FIRST)
    receipt = secret_registry.send("registerSecretBatch", [FIRST, SECOND])
    assert receipt.result is False
    assert receipt.events == [revealed(SECOND)]


def test_batch_with_repeated_secret(secret_registry: Contract) -> None:
    receipt = secret_registry.send("registerSecretBatch", [SECOND, SECOND])
    assert receipt.result is False
    assert receipt.events == [revealed(SECOND)]


def test_empty_batch(secret_registry: Contract) -> None:
    receipt = secret_registry.send("registerSecretBatch", [])
    assert receipt.result is True
    assert receipt.events == []
