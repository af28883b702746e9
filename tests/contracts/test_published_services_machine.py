"""Our service contracts do what the published ones do, in random histories; see `rivals`."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from simulator.chain.abi import load
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, Status
from simulator.chain.model.proofs import PREFIX, Domain, MessageKind, SignedState
from simulator.chain.signatures import Signed
from simulator.words.hashing import keccak
from simulator.words.units import BOOTSTRAP_ADDRESS, ZERO_ADDRESS, Address, bytes_of
from tests.chain.drafts import amounts, places, seldom, senders, spoiled
from tests.chain.side_by_side import (
    ACCOUNTS,
    KEYS,
    MAX,
    NO_HASH,
    NO_SIGNATURE,
    balance_hash,
    deployment,
)
from tests.examples import examples

from .rivals import Rivals, published_file

IOU, REWARD = 5, 6
GAS = 8_000_000
REGISTERED = keccak(b"RegisteredService(address,uint256,uint256,address)")
NUMBERS = [0, 1, 29, 30, 100, 2**40 - 1, 2**40, 2**90, 2**90 + 1, 2**255, MAX // 100, MAX]

numbers = st.sampled_from(NUMBERS) | st.integers(0, 1000)
spoils = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7])
margins = st.sampled_from([-1, 0, 1, 2, 50, 50, 50])


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@dataclass(frozen=True)
class Iou:
    """What a user promises a service, how well it is signed, and who signs in place of it."""

    sender: int
    receiver: int
    amount: int
    margin: int
    spoil: int
    stranger: bool


ious = st.builds(Iou, senders, senders, amounts, margins, spoils, seldom)


class Services(RuleBasedStateMachine):
    """Four accounts that are users and services; the contracts that they pay each other with."""

    def __init__(self) -> None:
        published_file()
        super().__init__()
        self.pair = Rivals()
        self.waiting: list[ContractCall] = []
        self.deposits: list[Address] = []
        self.nonce = 0

    @initialize(
        price=st.sampled_from([500, 2000]),
        bump=st.sampled_from([(1, 1), (3, 2), (2**40 - 1, 1)]),
        decay=st.sampled_from([1, 60, 17_280_000]),
        lowest=st.sampled_from([1, 300]),
        duration=st.sampled_from([45, 600, 600, MAX]),
        limit=st.sampled_from([MAX, 250]),
    )
    def build(
        self,
        price: int,
        bump: tuple[int, int],
        decay: int,
        lowest: int,
        duration: int,
        limit: int,
    ) -> None:
        deploy = self.pair.deploy
        secrets = deploy("SecretRegistry")
        self.token = deploy("CustomToken", 10**9, 18, "Token", "TK")
        self.tokens = deploy("TokenNetworkRegistry", secrets, 5, 50, MAX)
        parameters = (*bump, decay, lowest, duration)
        self.registry = deploy("ServiceRegistry", self.token, ACCOUNTS[0], price, *parameters)
        self.users = deploy("UserDeposit", self.token, limit)
        services = (self.registry, self.users, self.tokens)
        self.monitors = deploy("MonitoringService", self.token, *services)
        self.one_to_n = deploy("OneToN", self.users, self.pair.chain_id, self.registry)
        self.call(0, self.tokens, "TokenNetworkRegistry", *without_limits(self.token))
        self.make_block(0)
        (found,) = self.read(self.tokens, "TokenNetworkRegistry", *networks_of(self.token))
        self.network = bytes_of(str(found))
        self.domain = Domain(self.network, self.pair.chain_id)
        for index, account in enumerate(ACCOUNTS):
            self.call(0, self.token, "CustomToken", "mintFor", 10**8, account)
            for spender in (self.registry, self.users):
                self.call(index, self.token, "CustomToken", "approve", spender, 10**7)
        self.make_block(0)

    # -- what rules are made of ----------------------------------------------------------

    def call(self, sender: int, to: Address, kind: str, name: str, *arguments: Any) -> None:
        self.waiting.append(ContractCall(ACCOUNTS[sender], to, load(kind), name, arguments, GAS))

    def read(self, to: Address, kind: str, name: str, *arguments: Any) -> tuple[object, ...]:
        return self.pair.read(to, kind, name, *arguments)

    def place(self, index: int) -> Address:
        return [*ACCOUNTS, ZERO_ADDRESS, BOOTSTRAP_ADDRESS, self.monitors][index]

    def sign(self, key: int, text: bytes, length: int, how: int) -> bytes:
        message = PREFIX + str(length).encode() + text
        assert len(text) == length
        return spoiled(Signed(message, Key(KEYS[key].to_bytes())), how)

    # -- services ------------------------------------------------------------------------

    @rule(sender=senders, limit=st.sampled_from([10**7, 10**7, 10**7, 499, 0, MAX]))
    def register(self, sender: int, limit: int) -> None:
        self.call(sender, self.registry, "ServiceRegistry", "deposit", limit)

    @rule(sender=senders, url=st.sampled_from(["", "x", "https://here" * 9]))
    def set_url(self, sender: int, url: str) -> None:
        self.call(sender, self.registry, "ServiceRegistry", "setURL", url)

    @rule(sender=senders, which=st.integers(0, 5), to=places)
    def take_deposit_back(self, sender: int, which: int, to: int) -> None:
        if self.deposits:
            kept = self.deposits[which % len(self.deposits)]
            self.call(sender, kept, "Deposit", "withdraw", self.place(to))

    @rule(
        sender=st.sampled_from([0, 0, 1]),
        bump=st.tuples(numbers, numbers),
        decay=numbers,
        lowest=numbers,
        duration=numbers,
        sane=st.booleans(),
    )
    def change(
        self,
        sender: int,
        bump: tuple[int, int],
        decay: int,
        lowest: int,
        duration: int,
        sane: bool,
    ) -> None:
        parameters = (3, 2, 60, 300, 600) if sane else (*bump, decay, lowest, duration)
        self.call(sender, self.registry, "ServiceRegistry", "changeParameters", *parameters)

    @rule(sender=st.sampled_from([0, 1]), really=seldom)
    def deprecate(self, sender: int, really: bool) -> None:
        if really:
            self.call(sender, self.registry, "ServiceRegistry", "setDeprecationSwitch")

    @rule(price=numbers, seconds=numbers)
    def ask_for_prices(self, price: int, seconds: int) -> None:
        self.read(self.registry, "ServiceRegistry", "decayedPrice", price, seconds)
        self.read(self.registry, "ServiceRegistry", "currentPrice")

    # -- users' deposits -----------------------------------------------------------------

    @rule(sender=senders, other=senders, really=seldom)
    def initialize_deposits(self, sender: int, other: int, really: bool) -> None:
        named = (self.monitors, self.one_to_n)
        if not really:
            named = (self.place(other + 3), self.one_to_n)
        self.call(sender, self.users, "UserDeposit", "init", *named)

    @rule(sender=senders, beneficiary=places, total=amounts)
    def deposit(self, sender: int, beneficiary: int, total: int) -> None:
        arguments = (self.place(beneficiary), total)
        self.call(sender, self.users, "UserDeposit", "deposit", *arguments)

    @rule(sender=senders, amount=amounts)
    def plan(self, sender: int, amount: int) -> None:
        self.call(sender, self.users, "UserDeposit", "planWithdraw", amount)

    @rule(sender=senders, amount=amounts, to=st.none() | places, wait=st.booleans())
    def withdraw(self, sender: int, amount: int, to: int | None, wait: bool) -> None:
        self.make_block(100 if wait else 0)
        if to is None:
            self.call(sender, self.users, "UserDeposit", "withdraw", amount)
        else:
            arguments = (amount, self.place(to))
            self.call(sender, self.users, "UserDeposit", "withdrawToBeneficiary", *arguments)

    @rule(sender=senders, one=places, two=places, amount=amounts)
    def move(self, sender: int, one: int, two: int, amount: int) -> None:
        arguments = (self.place(one), self.place(two), amount)
        self.call(sender, self.users, "UserDeposit", "transfer", *arguments)

    # -- IOUs ----------------------------------------------------------------------------

    def signed(self, iou: Iou) -> tuple[Address, Address, int, int, bytes]:
        sender, receiver = ACCOUNTS[iou.sender], ACCOUNTS[iou.receiver]
        expiration = self.pair.head + 1 + iou.margin
        numbers_ = word(iou.amount) + word(expiration)
        head = self.one_to_n + word(self.pair.chain_id) + word(IOU)
        key = (iou.sender + iou.stranger) % len(KEYS)
        signature = self.sign(key, head + sender + receiver + numbers_, 188, iou.spoil)
        return sender, receiver, iou.amount, expiration, signature

    @rule(caller=senders, iou=ious, twice=st.booleans(), prepared=st.booleans())
    def claim(self, caller: int, iou: Iou, twice: bool, prepared: bool) -> None:
        if prepared:
            self.register(iou.receiver, MAX)
            self.deposit(iou.sender, iou.sender, 100 + self.pair.head)
            self.call(0, self.users, "UserDeposit", "init", self.monitors, self.one_to_n)
            self.make_block(0)
        for _ in range(1 + twice):
            self.call(caller, self.one_to_n, "OneToN", "claim", *self.signed(iou))

    @rule(caller=senders, several=st.lists(ious, max_size=3), odd=st.integers(0, 12))
    def claim_several(self, caller: int, several: list[Iou], odd: int) -> None:
        columns: list[list[Any]] = [[], [], [], [], []]
        for iou in several:
            for column, value in zip(columns, self.signed(iou), strict=True):
                column.append(value)
        if odd < 4 and columns[odd]:
            columns[odd].pop()
        signatures = b"".join(columns[4]) + (b"\0" if odd == 4 else b"")
        self.call(caller, self.one_to_n, "OneToN", "bulkClaim", *columns[:4], signatures)

    # -- monitoring ----------------------------------------------------------------------

    @rule(
        pair=st.sampled_from([(0, 1), (1, 2), (2, 3)]),
        service=senders,
        reward=amounts,
        nonces=st.sampled_from([(1,), (1, 1), (2, 1), (0,), (1, 2)]),
        spoil=spoils,
        wrong=st.integers(0, 14),
        wait=st.sampled_from([0, 1, 2, 3, 5]),
        prepared=st.booleans(),
    )
    def monitor(
        self,
        pair: tuple[int, int],
        service: int,
        reward: int,
        nonces: tuple[int, ...],
        spoil: int,
        wrong: int,
        wait: int,
        prepared: bool,
    ) -> None:
        """Open, close, let a service show proofs, and let it claim its reward."""
        closer, user = pair
        ends = (ACCOUNTS[closer], ACCOUNTS[user])
        if prepared:
            self.register(service, MAX)
            self.call(user, self.users, "UserDeposit", "deposit", ends[1], 200 + self.pair.head)
            self.call(user, self.users, "UserDeposit", "init", self.monitors, self.one_to_n)
        self.call(closer, self.network, "TokenNetwork", "openChannel", *ends, 5)
        self.make_block(0)
        found = self.read(self.network, "TokenNetwork", "getChannelIdentifier", *ends)
        identifier = int(str(found[0]))
        nothing = SignedState(identifier, NO_HASH, 0, NO_HASH)
        message = self.domain.message(MessageKind.BALANCE_PROOF, nothing, NO_SIGNATURE)
        closing = bytes(Signed(message, Key(KEYS[closer].to_bytes())))
        close = (identifier, ends[1], ends[0], NO_HASH, 0, NO_HASH, NO_SIGNATURE, closing)
        if wrong != 0:
            self.call(closer, self.network, "TokenNetwork", "closeChannel", *close)
        self.make_block(wait)
        for nonce in nonces:
            self.show(service, identifier, pair, nonce, reward, spoil, wrong)
        self.read_turn(identifier, ends, service)
        self.make_block(0)
        for late in (0, 5):
            self.make_block(late)
            arguments = (identifier, self.network, *ends)
            self.call(user, self.monitors, "MonitoringService", "claimReward", *arguments)
            self.call(user, self.monitors, "MonitoringService", "claimReward", *arguments)
        amounts_ = balance_hash(5, 0, NO_HASH)
        shown = self.read(
            self.network, "TokenNetwork", "getChannelParticipantInfo", identifier, *ends
        )
        sides = [(ends[1], 0, 0, NO_HASH), (ends[0], 5 * (shown[3] == amounts_), 0, NO_HASH)]
        self.call(0, self.network, "TokenNetwork", "settleChannel2", identifier, *sides)
        self.make_block(0)

    def show(
        self,
        service: int,
        identifier: int,
        pair: tuple[int, int],
        nonce: int,
        reward: int,
        spoil: int,
        wrong: int,
    ) -> None:
        closer, user = pair
        state = SignedState(identifier, balance_hash(5, 0, NO_HASH), nonce, NO_HASH)
        keys = [Key(KEYS[end].to_bytes()) for end in pair]
        first = bytes(Signed(self.domain.message(MessageKind.BALANCE_PROOF, state), keys[0]))
        message = self.domain.message(MessageKind.BALANCE_PROOF_UPDATE, state, first)
        second = spoiled(Signed(message, keys[1]), spoil if wrong == 1 else 0)
        network = self.place(4) if wrong == 2 else self.token if wrong == 3 else self.network
        head = self.monitors + word(self.pair.chain_id) + word(REWARD)
        text = head + network + ACCOUNTS[user] + second + word(reward)
        signer = closer if wrong == 4 else user
        promise = NO_SIGNATURE
        if len(second) == len(NO_SIGNATURE):
            promise = self.sign(signer, text, 221, spoil if wrong == 5 else 0)
        proof = (state.balance_hash, nonce, state.additional_hash, first, second)
        rest = (reward, network, promise)
        ends = (ACCOUNTS[closer], ACCOUNTS[user])
        self.call(service, self.monitors, "MonitoringService", "monitor", *ends, *proof, *rest)

    def read_turn(self, identifier: int, ends: tuple[Address, Address], service: int) -> None:
        name = "firstBlockAllowedToMonitorChannel"
        arguments = (self.network, identifier, *ends, ACCOUNTS[service])
        self.read(self.monitors, "MonitoringService", name, *arguments)

    @rule(closed=numbers, timeout=numbers, one=places, two=places, service=places)
    def ask_for_turns(self, closed: int, timeout: int, one: int, two: int, service: int) -> None:
        accounts = (self.place(one), self.place(two), self.place(service))
        name = "firstBlockAllowedToMonitor"
        self.read(self.monitors, "MonitoringService", name, closed, timeout, *accounts)

    # -- deployments ---------------------------------------------------------------------

    @rule(changed=st.integers(0, 3), value=st.integers(0, 3), limit=st.sampled_from([0, 1]))
    def deploy_services(self, changed: int, value: int, limit: int) -> None:
        wrong = [ZERO_ADDRESS, BOOTSTRAP_ADDRESS, self.registry, self.token][value]
        arguments: list[Address] = [self.token, self.registry, self.users, self.tokens]
        arguments[changed] = wrong
        self.waiting.append(deployment("MonitoringService", *arguments))
        if changed == 0:
            self.waiting.append(deployment("UserDeposit", wrong, limit))

    @rule(
        token=st.integers(0, 3),
        price=numbers,
        bump=st.tuples(numbers, numbers),
        decay=numbers,
        lowest=numbers,
        sane=st.integers(0, 4),
    )
    def deploy_registry(
        self,
        token: int,
        price: int,
        bump: tuple[int, int],
        decay: int,
        lowest: int,
        sane: int,
    ) -> None:
        place = [self.token, ZERO_ADDRESS, BOOTSTRAP_ADDRESS, self.registry][token]
        right = [self.token, 3000, (3, 2), 60, 300]
        given = [place, price, bump, decay, lowest]
        for index, value in enumerate(right):
            if index != sane:
                given[index] = value
        chosen, first, pair, constant, least = given
        arguments = (chosen, ACCOUNTS[0], first, *pair, constant, least, 600)  # type: ignore[misc]
        self.waiting.append(deployment("ServiceRegistry", *arguments))

    # -- blocks --------------------------------------------------------------------------

    @rule(empty=st.sampled_from([0, 0, 1, 3, 40]))
    def make_block(self, empty: int) -> None:
        self.pair.advance(empty)
        waiting, self.waiting = self.waiting, []
        for at in range(0, len(waiting), 3):  # a few fill a block
            block = self.pair.run(*waiting[at : at + 3])
            assert all(outcome.status is not Status.REFUSED for outcome in block.outcomes)
            for receipt in self.pair.ours.receipts:
                for log in receipt.logs:
                    if log.topics[0] == REGISTERED:
                        self.deposits.append(Address(log.data[-20:]))

    def teardown(self) -> None:
        if not hasattr(self, "network"):
            return
        self.make_block(0)
        for account in (*ACCOUNTS, self.users, self.monitors):
            self.read(self.token, "CustomToken", "balanceOf", account)
            for name in ("balances", "total_deposit", "withdraw_plans", "effectiveBalance"):
                self.read(self.users, "UserDeposit", name, account)
            for name in ("service_valid_till", "hasValidRegistration", "urls"):
                self.read(self.registry, "ServiceRegistry", name, account)
        for number in range(len(ACCOUNTS) + 1):
            self.read(self.registry, "ServiceRegistry", "ever_made_deposits", number)
        for kept in self.deposits:
            self.read(self.token, "CustomToken", "balanceOf", kept)
            for name in ("token", "release_at", "withdrawer"):
                self.read(kept, "Deposit", name)
        for to, kind in (
            (self.users, "UserDeposit"),
            (self.registry, "ServiceRegistry"),
            (self.one_to_n, "OneToN"),
            (self.monitors, "MonitoringService"),
        ):
            for entry in load(kind).abi:
                if entry.get("stateMutability") == "view" and not entry["inputs"]:
                    self.read(to, kind, entry["name"])


def without_limits(token: Address) -> tuple[str, Address]:
    return "createERC20TokenNetworkWithoutLimits", token


def networks_of(token: Address) -> tuple[str, Address]:
    return "token_to_token_networks", token


TestServices = Services.TestCase
TestServices.settings = examples(12, stateful_step_count=30)
