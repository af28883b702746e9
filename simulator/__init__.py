"""A multi-node local testnet for Raiden payment channels, in one Python process.

>>> from simulator import Testnet
>>> net = Testnet(nodes=3, seed=7)

What is listed in `__all__` here, in `simulator.words.errors` and in `simulator.words.events` is for
everybody, all else is the simulator's own. Names are imported when they are used: a chain takes a
moment.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.chain.mempool import Fault
    from simulator.kernel.journal import Entry
    from simulator.kernel.journal_view import JournalView
    from simulator.node.dialects import Dialect
    from simulator.node.node import Connection
    from simulator.node.settings import Settings
    from simulator.onchain.notifications import Notification
    from simulator.payments.conditions import LineConditions
    from simulator.payments.fees import Fees
    from simulator.payments.routing.routing import Routing
    from simulator.payments.routing.user_policy import RouteView
    from simulator.reports.workload_record import PaymentStatistics
    from simulator.studies.study import Study, study
    from simulator.testnet.calls import PendingCall
    from simulator.testnet.genesis import TokenDetails
    from simulator.testnet.handles import NodeHandle
    from simulator.testnet.running import RunningTestnet
    from simulator.testnet.shown import Channel, Gas, Payment, PaymentRecord, PendingPayment
    from simulator.testnet.testnet import Testnet
    from simulator.testnet.workload_calls import PendingWorkload
    from simulator.topology.strategies import PeerView
    from simulator.words.errors import SimulatorError

    __version__: str

__all__ = [
    "Channel",
    "Connection",
    "Dialect",
    "Entry",
    "Fault",
    "Fees",
    "Gas",
    "JournalView",
    "LineConditions",
    "NodeHandle",
    "Notification",
    "Payment",
    "PaymentRecord",
    "PaymentStatistics",
    "PeerView",
    "PendingCall",
    "PendingPayment",
    "PendingWorkload",
    "RouteView",
    "Routing",
    "RunningTestnet",
    "Settings",
    "SimulatorError",
    "Study",
    "Testnet",
    "TokenDetails",
    "__version__",
    "study",
]

_HOMES = {
    "simulator.chain.mempool": ("Fault",),
    "simulator.words.errors": ("SimulatorError",),
    "simulator.studies.study": ("Study", "study"),
    "simulator.reports.workload_record": ("PaymentStatistics",),
    "simulator.testnet.workload_calls": ("PendingWorkload",),
    "simulator.testnet.genesis": ("TokenDetails",),
    "simulator.testnet.calls": ("PendingCall",),
    "simulator.testnet.handles": ("NodeHandle",),
    "simulator.testnet.shown": ("Channel", "Gas", "Payment", "PaymentRecord", "PendingPayment"),
    "simulator.kernel.journal": ("Entry",),
    "simulator.kernel.journal_view": ("JournalView",),
    "simulator.node.dialects": ("Dialect",),
    "simulator.node.node": ("Connection",),
    "simulator.node.settings": ("Settings",),
    "simulator.onchain.notifications": ("Notification",),
    "simulator.payments.conditions": ("LineConditions",),
    "simulator.payments.fees": ("Fees",),
    "simulator.payments.routing.routing": ("Routing",),
    "simulator.payments.routing.user_policy": ("RouteView",),
    "simulator.testnet.running": ("RunningTestnet",),
    "simulator.testnet.testnet": ("Testnet",),
    "simulator.topology.strategies": ("PeerView",),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("simulator.system.program").version()
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
