import pytest

from .harness import MAX, OVERFLOW, Chain, Contract, Event, Party, reverts


@pytest.fixture
def coin(chain: Chain) -> Contract:
    return chain.deploy("CustomToken", 1000, 2, "Coin of the realm", "COIN")


def transferred(source: Party, target: Party, amount: int) -> Event:
    args = {"_from": source.address, "_to": target.address, "_value": amount}
    return Event("Transfer", args, ("_from", "_to"))


def balance(coin: Contract, party: Party) -> int:
    amount: int = coin.call("balanceOf", party.address)
    assert coin.call("balances", party.address) == amount
    return amount


def test_metadata(coin: Contract, deployer: Party) -> None:
    assert coin.call("name") == "Coin of the realm"
    assert coin.call("symbol") == "COIN"
    assert coin.call("decimals") == coin.call("_decimals") == 2
    assert coin.call("multiplier") == 100
    assert coin.call("version") == "H0.1"
    assert coin.call("owner_address") == deployer.address


def test_initial_supply_belongs_to_the_deployer(coin: Contract, deployer: Party) -> None:
    assert coin.call("totalSupply") == balance(coin, deployer) == 1000


def test_multiplier_must_fit(chain: Chain) -> None:
    assert chain.deploy("CustomToken", 0, 77, "", "").call("multiplier") == 10**77
    with reverts(OVERFLOW):
        chain.deploy("CustomToken", 0, 78, "", "")


def test_anyone_mints_for_itself(coin: Contract, alice: Party) -> None:
    receipt = coin.send("mint", 50, sender=alice)
    args = {"_to": alice.address, "_num": 50}
    assert receipt.events == [Event("Minted", args, ("_to", "_num"))]
    assert balance(coin, alice) == 50
    assert coin.call("totalSupply") == 1050


def test_anyone_mints_for_others(coin: Contract, alice: Party, bob: Party) -> None:
    receipt = coin.send("mintFor", 0, bob.address, sender=alice)
    args = {"_to": bob.address, "_num": 0}
    assert receipt.events == [Event("Minted", args, ("_to", "_num"))]
    coin.send("mintFor", 7, bob.address, sender=alice)
    assert (balance(coin, alice), balance(coin, bob)) == (0, 7)


def test_minting_fills_the_supply_exactly(coin: Contract, alice: Party, bob: Party) -> None:
    coin.send("mintFor", MAX - 1000, alice.address)
    assert coin.call("totalSupply") == MAX
    with reverts(OVERFLOW):
        coin.send("mintFor", 1, alice.address)
    with reverts(OVERFLOW):
        coin.send("mintFor", 1, bob.address)
    with reverts(OVERFLOW):
        coin.send("mint", MAX, sender=bob)


def test_transfer(coin: Contract, deployer: Party, alice: Party) -> None:
    receipt = coin.send("transfer", alice.address, 1000)
    assert receipt.result is True
    assert receipt.events == [transferred(deployer, alice, 1000)]
    assert (balance(coin, deployer), balance(coin, alice)) == (0, 1000)


def test_transfer_to_self_changes_nothing(coin: Contract, deployer: Party) -> None:
    assert coin.send("transfer", deployer.address, 400).result is True
    assert balance(coin, deployer) == 1000


@pytest.mark.parametrize("amount", [0, 1001, MAX])
def test_transfer_answers_false(coin: Contract, deployer: Party, amount: int) -> None:
    receipt = coin.send("transfer", deployer.address, amount)
    assert receipt.result is False
    assert receipt.events == []


def test_approve_replaces_the_allowance(coin: Contract, deployer: Party, bob: Party) -> None:
    for amount in (MAX, 5, 0):
        receipt = coin.send("approve", bob.address, amount)
        args = {"_owner": deployer.address, "_spender": bob.address, "_value": amount}
        assert receipt.result is True
        assert receipt.events == [Event("Approval", args, ("_owner", "_spender"))]
        assert coin.call("allowance", deployer.address, bob.address) == amount


@pytest.mark.parametrize("allowed", [300, MAX])
def test_transfer_from_uses_the_allowance(
    coin: Contract, deployer: Party, alice: Party, bob: Party, allowed: int
) -> None:
    coin.send("approve", bob.address, allowed)
    receipt = coin.send("transferFrom", deployer.address, alice.address, 300, sender=bob)
    assert receipt.result is True
    assert receipt.events == [transferred(deployer, alice, 300)]
    assert balance(coin, alice) == 300
    assert coin.call("allowance", deployer.address, bob.address) == allowed - 300


def test_transfer_from_needs_allowance(coin: Contract, deployer: Party, bob: Party) -> None:
    coin.send("approve", bob.address, 10)
    with reverts(""):
        coin.send("transferFrom", deployer.address, bob.address, 11, sender=bob)


def test_transfer_from_needs_balance(coin: Contract, deployer: Party, bob: Party) -> None:
    coin.send("approve", bob.address, MAX)
    with reverts(""):
        coin.send("transferFrom", deployer.address, bob.address, 1001, sender=bob)


def test_transfer_from_rejects_zero(coin: Contract, deployer: Party, bob: Party) -> None:
    coin.send("approve", bob.address, MAX)
    with reverts(""):
        coin.send("transferFrom", deployer.address, bob.address, 0, sender=bob)


def test_there_are_no_funds_to_transfer(coin: Contract, deployer: Party, bob: Party) -> None:
    for party in (deployer, bob):
        with reverts(""):
            coin.send("transferFunds", sender=party)
