"""Raiden's own scenario player: the words of its language, and those that mean nothing here.

What this language has beside them is its own; the reference marks it.
"""

PLAYER_KEYS: dict[str, frozenset[str]] = {
    "file": frozenset({"version", "name", "settings", "token", "nodes", "scenario"}),
    "settings": frozenset({"gas_price", "timeout", "services"}),
    "token": frozenset(
        {"address", "reuse", "name", "symbol", "decimals", "balance_min", "balance_fund"}
    ),
    "nodes": frozenset(
        {"count", "default_options", "node_options", "reuse_accounts", "restore_snapshot"}
        | {"commands", "raiden_version", "mode"}
    ),
    "options": frozenset(
        {"_clean", "cap-mediation-fees", "default-reveal-timeout", "default-settle-timeout"}
        | {"enable-monitoring", "environment-type", "flat-fee", "gas-price"}
        | {"pathfinding-max-fee", "pathfinding-max-paths", "proportional-fee"}
        | {"proportional-imbalance-fee", "routing-mode"}
    ),
}
"""The scenario player's keys by section; `options` are those of a node."""

_BLOCK = frozenset({"name", "repeat", "tasks"})
_CALL = frozenset({"from", "expected_http_status", "timeout"})
_CHANNEL_CALL = _CALL | {"to"}

PLAYER_TASKS: dict[str, frozenset[str]] = {
    "serial": _BLOCK,
    "parallel": _BLOCK,
    "wait": frozenset({"seconds"}),
    "wait_blocks": frozenset({"blocks"}),
    "wait_input": frozenset(),
    "join_network": _CALL | {"funds", "initial_channel_target", "joinable_funds_target"},
    "leave_network": _CALL,
    "open_channel": _CHANNEL_CALL | {"total_deposit", "settle_timeout"},
    "deposit": _CHANNEL_CALL | {"total_deposit"},
    "withdraw": _CHANNEL_CALL | {"total_withdraw"},
    "close_channel": _CHANNEL_CALL,
    "transfer": _CHANNEL_CALL | {"amount", "identifier", "lock_timeout"},
    "store_channel_info": _CHANNEL_CALL | {"key"},
    "assert": _CHANNEL_CALL
    | {"total_deposit", "balance", "state"}
    | {"allow_total_deposit_error", "allow_balance_error"},
    "assert_all": _CALL | {"balances", "total_deposits", "states"},
    "assert_sum": _CALL | {"balance_sum", "total_deposit_sum", "state_sum"},
    "assert_events": frozenset(
        {"contract_name", "event_name", "num_events", "event_args", "channel_info_key"}
    ),
    "assert_channel_settled_event": frozenset(),
    "assert_ms_claim": frozenset(),
    "assert_pfs_history": frozenset(),
    "assert_pfs_iou": frozenset(),
    "assert_pfs_routes": frozenset(),
    "stop_node": frozenset({"node"}),
    "start_node": frozenset({"node"}),
    "kill_node": frozenset({"node"}),
    "update_node_options": frozenset({"node", "options"}),
    "snapshot": frozenset(),
}
"""The scenario player's tasks and their parameters, of those that mean nothing here none."""

_NO_SERVICES = "there are no services yet"
_NO_PAYMENTS = "there are no payments yet"
_NO_PROCESS = "nodes are simulated, so there is no program to choose or to start"

UNSUPPORTED_TASKS = {
    "assert_channel_settled_event": "use assert_events with the event ChannelSettled",
    "assert_ms_claim": _NO_SERVICES,
    "assert_pfs_history": _NO_SERVICES,
    "assert_pfs_iou": _NO_SERVICES,
    "assert_pfs_routes": _NO_SERVICES,
    "snapshot": "each run starts from the beginning, so nothing would read it",
    "transfer": _NO_PAYMENTS,
    "update_node_options": "nodes keep their options for the whole run; see nodes.node_options",
    "wait_input": "a run depends on nothing but its file and its seed",
    "withdraw": "channels pay out when they are settled, not before",
}
"""Tasks of the scenario player that this language has not, with the reason."""

OWN_TOKEN = "is not supported: each run deploys a token of its own"  # noqa: S105 - no password
OWN_ACCOUNTS = "is not supported: each run makes accounts of its own, from the seed"

UNSUPPORTED_KEYS: dict[tuple[str | int, ...], str] = {
    **{
        ("settings", key): "belongs to the section chain"
        for key in (
            "block_time_seconds",
            "settle_timeout_blocks",
            "transaction_timeout_seconds",
            "confirmation_blocks",
        )
    },
    ("settings", "services"): f"is not supported: {_NO_SERVICES}",
    ("token", "address"): OWN_TOKEN,
    ("nodes", "commands"): f"is not supported: {_NO_PROCESS}",
    ("nodes", "mode"): f"is not supported: {_NO_PROCESS}",
    ("nodes", "raiden_version"): f"is not supported: {_NO_PROCESS}",
    ("cap-mediation-fees",): f"is not supported: {_NO_PAYMENTS}",
    ("default-reveal-timeout",): f"is not supported: {_NO_PAYMENTS}",
    ("enable-monitoring",): f"is not supported: {_NO_SERVICES}",
    ("environment-type",): "is not supported: each run makes a chain of its own",
    ("flat-fee",): f"is not supported: {_NO_PAYMENTS}",
    ("gas-price",): "is not supported: transactions pay the chain's price; see set_gas_price",
    ("pathfinding-max-fee",): f"is not supported: {_NO_SERVICES}",
    ("pathfinding-max-paths",): f"is not supported: {_NO_SERVICES}",
    ("proportional-fee",): f"is not supported: {_NO_PAYMENTS}",
    ("proportional-imbalance-fee",): f"is not supported: {_NO_PAYMENTS}",
    ("routing-mode",): f"is not supported: {_NO_SERVICES}",
    ("timeout",): "is not supported: nobody runs out of patience in virtual time; wait first",
}
"""Keys with a reason, by path, or by name alone where they may stand anywhere."""
