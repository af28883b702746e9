"""A thousand payments over a bad line, settled to the unit, and a figure of how long they took.

    python examples/thousand_payments.py [PAYMENTS] [FIGURE]

Ten nodes in a scale-free network pay each other at random times; messages take a second on
average, and one in twenty is lost. The older generations find their ways by themselves and try
several, bespin nodes are told one. In the end everybody leaves, and each wallet must have what the
node's history says. The figure needs `pip install matplotlib`.
"""

import sys
from collections import Counter
from statistics import median

from matplotlib.figure import Figure

from simulator import Dialect, PendingCall, Settings, Testnet

NETWORK = {"type": "scale_free", "attachments": 2, "deposit": 100, "partner_deposit": 100}
WALLET = 1_000
PAYMENTS_PER_SECOND = 1 / 5


def paying(dialect: Dialect, payments: int) -> tuple[Testnet, list[PendingCall]]:
    """Return a network in which payments have been made, all of which are over."""
    net = Testnet(
        10,
        seed=1,
        topology=NETWORK,
        dialects=[dialect],
        token_balance=WALLET,
        settings=Settings(settle_timeout_blocks=100),
        engine="model",
    )
    net.set_messages(delay_seconds=1, spread="exponential", loss=0.05)
    stream = net.stream("payments")
    calls = []
    for _ in range(payments):
        payer, payee = stream.sample(net.nodes, 2)
        calls.append(payer.pay.begin(net.token, payee.address, stream.randint(1, 9)))
        net.advance(seconds=stream.expovariate(PAYMENTS_PER_SECOND))
    net.run_until_idle()
    return net, calls


def earned(net: Testnet) -> list[int]:
    """Return what each node has gained by payments, by its history."""
    signs = {"EventPaymentSentSuccess": -1, "EventPaymentReceivedSuccess": 1}
    return [
        sum(signs.get(payment.event, 0) * payment.amount for payment in node.payments())
        for node in net.nodes
    ]


def settle(net: Testnet) -> list[int]:
    """Let everybody leave; return what is in the wallets then."""
    for leaving in [node.leave.begin(net.token) for node in net.nodes]:
        leaving.result()
    net.run_until_idle()
    net.check_invariants()
    return [node.balance(net.token) for node in net.nodes]


def main(payments: int = 1_000, file: str = "payments.png") -> None:
    """Make them in each generation, and draw how long they took."""
    figure = Figure()
    axes = figure.subplots()
    axes.set(xscale="log", xlabel="seconds until the answer", ylabel="part of the payments")
    for width, dialect in zip((5, 2, 2), Dialect, strict=True):  # two of them are alike
        net, calls = paying(dialect, payments)
        seconds = sorted(call.ended - call.began for call in calls if call.error is None)
        parts = [(rank + 1) / payments for rank in range(len(seconds))]
        axes.plot(seconds, parts, label=dialect, linewidth=width)
        failed = Counter(str(call.error) for call in calls if call.error is not None)
        due = [WALLET + more for more in earned(net)]
        exact = settle(net) == due
        print(f"{dialect}: {len(seconds)} of {payments} paid, in {median(seconds):.1f} s mostly")
        for reason, count in failed.most_common(3):
            print(f"  {count:5} x {reason}")
        print(f"  settled to the unit: {exact}")
    axes.legend()
    figure.savefig(file)


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:2]), *sys.argv[2:3])
