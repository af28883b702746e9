"""What people may build on: a list that changes only on purpose."""

import inspect
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

import simulator
from simulator.words import errors, events

FACE = """
    Channel Connection Dialect Entry Fault Fees Gas JournalView LineConditions NodeHandle
    Notification Payment PaymentRecord PaymentStatistics PeerView PendingCall PendingPayment
    PendingWorkload RouteView Routing RunningTestnet Settings SimulatorError Study Testnet
    TokenDetails __version__ study
"""
TESTNET = """
    advance block_number check_invariants deploy_token digest divide gas graph journal
    last_block_hash mint node nodes now register_secret report run_until_idle seed set_eth_balance
    set_fault set_fees set_gas_price set_messages settings silence stream token tokens web3 workload
"""
NODE = """
    address back_up balance channels close_channel connections crash deposit deposit_for_services
    deposits dialect eth_balance index join leave lose_disk mint notifications online open_channel
    pay payments pending_transfers plan_service_withdraw register_token service_balance
    set_reveal_timeout start stop withdraw withdraw_from_services
"""


def public(thing: Any) -> list[str]:
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def test_what_can_be_imported_is_listed() -> None:
    assert simulator.__all__ == FACE.split()
    assert sorted(FACE.split()) == dir(simulator)
    for name in FACE.split():
        assert getattr(simulator, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'World'"):
        _ = simulator.World


@pytest.mark.parametrize(("kind", "names"), [("Testnet", TESTNET), ("NodeHandle", NODE)])
def test_what_there_is_to_call_is_listed_and_documented(kind: str, names: str) -> None:
    found = getattr(simulator, kind)
    assert public(found) == names.split()
    for name in names.split():
        assert inspect.getdoc(inspect.getattr_static(found, name)), name


@pytest.mark.parametrize("module", [errors, events])
def test_all_errors_and_events_are_for_everybody(module: Any) -> None:
    own = [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__.startswith("simulator.words.")
    ]
    assert module.__all__ == sorted(own)


def test_every_name_of_the_face_has_one_home() -> None:
    for module, names in simulator._HOMES.items():
        for name in names:
            assert getattr(import_module(module), name).__module__ == module


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, simulator; print([n for n in ('simpy', 'eth', 'web3') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
