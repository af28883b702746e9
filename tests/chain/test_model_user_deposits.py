"""User deposits on the model: answers, reasons, balances and gas are those of the contract."""

from typing import NamedTuple

from simulator.chain.abi import load
from simulator.chain.ledger import ContractCall, Outcome, Status
from simulator.testnet.genesis import SERVICE_PRICES
from simulator.words.units import ZERO_ADDRESS, Address
from tests.chain.side_by_side import ACCOUNTS, GAS, MAX, SideBySide

ALICE, BOB, CAROL, DAVE = ACCOUNTS
LIMIT = 1_000


class Deposits(NamedTuple):
    """The contract on both chains."""

    both: SideBySide
    token: Address
    address: Address

    def call(self, name: str, *arguments: object, sender: Address = ALICE) -> Outcome:
        """Call it in a block of its own."""
        artifact = load("UserDeposit")
        call = ContractCall(sender, self.address, artifact, name, arguments, GAS)
        return self.both.one(call)

    def of_token(self, name: str, *arguments: object, sender: Address = ALICE) -> None:
        """Call the token."""
        artifact = load("CustomToken")
        self.both.one(ContractCall(sender, self.token, artifact, name, arguments, GAS))

    def read(self, name: str, *arguments: object) -> tuple[object, ...]:
        """Read from both, which must agree."""
        return self.both.read(self.address, "UserDeposit", name, *arguments)

    def compare(self) -> None:
        """See that both tell the same about everybody, and that gas was equal."""
        for account in ACCOUNTS:
            for name in ("total_deposit", "balances", "withdraw_plans", "effectiveBalance"):
                self.read(name, account)
        for name in ("whole_balance", "whole_balance_limit", "withdraw_delay", "token"):
            self.read(name)
        for owner in (*ACCOUNTS, self.address):
            self.both.read(self.token, "CustomToken", "balanceOf", owner)
        for call, evm, model in self.both.gas:
            assert evm == model, f"{call.function}: {model} should be {evm}"


def deposits_of(limit: int = LIMIT) -> Deposits:
    both = SideBySide()
    token = both.deploy("CustomToken", 5_000, 18, "T", "T")
    deposits = Deposits(both, token, both.deploy("UserDeposit", token, limit))
    for owner, allowance in ((ALICE, MAX), (BOB, 700), (CAROL, 50)):
        deposits.of_token("mintFor", 600, owner)
        deposits.of_token("approve", deposits.address, allowance, sender=owner)
    return deposits


def test_putting_aside() -> None:
    deposits = deposits_of()
    for owner, total, sender, reason in (
        (ALICE, 0, ALICE, "deposit not increasing"),
        (ALICE, 10, ALICE, ""),
        (ALICE, 10, ALICE, "deposit not increasing"),
        (ALICE, 1_001, ALICE, "too much deposit"),
        (DAVE, MAX, ALICE, "panic 0x11"),
        (DAVE, 7, ALICE, ""),
        (DAVE, 9, BOB, ""),
        (BOB, 650, BOB, "reverted without a reason"),  # it has less
        (CAROL, 51, CAROL, "reverted without a reason"),  # less is allowed
        (CAROL, 50, CAROL, ""),
        (ALICE, 600, ALICE, ""),
        (ALICE, 941, ALICE, ""),
        (ALICE, 942, ALICE, "too much deposit"),
    ):
        outcome = deposits.call("deposit", owner, total, sender=sender)
        assert outcome.reason == reason
    assert deposits.read("whole_balance") == (1_000,)
    deposits.compare()


def test_planning_and_taking_out() -> None:
    deposits = deposits_of()
    both = deposits.both
    deposits.call("deposit", ALICE, 100)
    deposits.call("deposit", BOB, 60, sender=BOB)
    deposits.call("deposit", DAVE, 9)  # who has none, and so gets a slot of the token's
    deposits.call("planWithdraw", 9, sender=DAVE)
    for amount, reason in (
        (0, "withdrawing zero"),
        (101, "withdrawing too much"),
        (40, ""),
        (50, ""),
    ):
        assert deposits.call("planWithdraw", amount).reason == reason
    deposits.call("planWithdraw", 60, sender=BOB)
    both.advance(96)
    for amount, reason in ((51, "withdrawing more than planned"), (50, "withdrawing too early")):
        assert deposits.call("withdraw", amount).reason == reason
    both.advance(1)
    assert deposits.call("withdraw", 3, sender=DAVE).status is Status.MINED
    assert deposits.call("withdraw", 60, sender=BOB).status is Status.MINED
    assert deposits.call("withdraw", 0, sender=BOB).reason == "tokens didn't transfer"
    for name, arguments, reason in (
        ("withdraw", (0,), "tokens didn't transfer"),
        ("withdrawToBeneficiary", (0, DAVE), "tokens didn't transfer"),
        ("withdrawToBeneficiary", (51, DAVE), "withdrawing more than planned"),
        ("withdrawToBeneficiary", (9, ZERO_ADDRESS), "beneficiary is zero"),
        ("withdrawToBeneficiary", (20, DAVE), ""),
        ("withdraw", (20,), "withdrawing more than planned"),
        ("withdraw", (0,), "tokens didn't transfer"),
        ("planWithdraw", (80,), ""),
        ("withdrawToBeneficiary", (80, DAVE), "withdrawing too early"),
    ):
        assert deposits.call(name, *arguments).reason == reason
    both.advance(100)
    taken = deposits.call("withdrawToBeneficiary", 80, deposits.address)
    for outcome in (taken, deposits.call("deposit", ALICE, 105), deposits.call("planWithdraw", 5)):
        assert outcome.status is Status.MINED
    assert deposits.read("effectiveBalance", ALICE) == (0,)
    deposits.compare()


def test_a_plan_of_the_same_block_is_replaced() -> None:
    deposits = deposits_of()
    deposits.call("deposit", ALICE, 100)
    artifact = load("UserDeposit")
    deposits.both.run(
        *(
            ContractCall(ALICE, deposits.address, artifact, "planWithdraw", (amount,), GAS)
            for amount in (5, 5, 9)
        )
    )
    assert deposits.read("withdraw_plans", ALICE) == (9, deposits.both.head + 100)
    deposits.compare()


def test_creating_what_services_need() -> None:
    both = SideBySide()
    token = both.deploy("CustomToken", 1, 18, "T", "T")
    secrets = both.deploy("SecretRegistry")
    registry = both.deploy("ServiceRegistry", token, ALICE, *SERVICE_PRICES)
    networks = both.deploy("TokenNetworkRegistry", secrets, 5, 500, MAX)
    deposits = Deposits(both, token, both.deploy("UserDeposit", token, MAX))
    monitoring = both.deploy("MonitoringService", token, registry, deposits.address, networks)
    one_to_n = both.deploy("OneToN", deposits.address, both.chain_id, registry)
    for movers, reason in (
        ((ZERO_ADDRESS, one_to_n), "MS contract at address zero"),
        ((BOB, one_to_n), "MS contract has no code"),
        ((monitoring, ZERO_ADDRESS), "OneToN at address zero"),
        ((monitoring, BOB), "OneToN has no code"),
        ((monitoring, one_to_n), ""),
        ((monitoring, one_to_n), "already initialized"),
    ):
        assert deposits.call("init", *movers).reason == reason
    for name in ("msc_address", "one_to_n_address"):
        assert deposits.read(name) != ("0x" + "00" * 20,)
    deposits.compare()
