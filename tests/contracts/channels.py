"""Channels between Alice and Bob, and what they and the token network have."""

from .conftest import TIMEOUT_MIN, Deployment
from .proofs import Channel


def open_channel(home: Deployment, deposits: tuple[int, int]) -> Channel:
    """A channel of Alice, who will close, and Bob, with these deposits."""
    alice, bob = home.chain.parties[1:3]
    opened = home.network.send("openChannel", alice.address, bob.address, TIMEOUT_MIN).result
    for (party, other), amount in zip(((alice, bob), (bob, alice)), deposits, strict=True):
        if amount:
            args = (opened, party.address, amount, other.address)
            home.network.send("setTotalDeposit", *args, sender=party)
    return Channel(home.chain, home.network, opened, alice, bob)


def balances(home: Deployment) -> tuple[int, int, int]:
    """Tokens of Alice, Bob and the token network."""
    parties = home.chain.parties[1:3]
    holders = (parties[0].address, parties[1].address, home.network.address)
    one, two, three = (home.token.call("balanceOf", holder) for holder in holders)
    return one, two, three
