"""Raiden's own scenario player: the words of its language, and those that mean nothing here.

What this language has beside them is its own; the reference marks it. A word of the player is
either taken as it is meant or refused with the reason, so that nobody looks for a typing mistake.
"""

_NO_SERVICES = "there are no services yet"
_NO_PROCESS = "nodes are simulated, so there is no program to choose or to start"
_OWN_CHAIN = "each run makes a chain of its own"

_OPTIONS_BY_REASON = {
    "half of the settle timeout, at most 50 blocks, is each channel's": "default-reveal-timeout",
    _NO_SERVICES: (
        "enable-monitoring monitoring-service-contract-address one-to-n-contract-address "
        "pathfinding-eth-address pathfinding-iou-timeout pathfinding-max-fee pathfinding-max-paths "
        "pathfinding-service-address service-registry-contract-address "
        "user-deposit-contract-address"
    ),
    "transactions pay the chain's price; see set_gas_price": "gas-price",
    _OWN_CHAIN: (
        "blockchain-query-interval chain-id development-environment endpoint-registry-contract-"
        "address environment-type eth-rpc-endpoint network-id no-sync-check "
        "secret-registry-contract-address sync-check tokennetwork-registry-contract-address"
    ),
    _NO_PROCESS: (
        "accept-disclaimer address api-address config-file console datadir debug-logfile-path "
        "debug-logfile-name disable-debug-logfile keystore-path log-config log-file log-json "
        "matrix-server matrix-server-list no-rpc no-web-ui password-file resolver-endpoint rpc "
        "rpccorsdomain showconfig switch-tracing transport unlock "
        "unrecoverable-error-should-crash version web-ui"
    ),
}
"""Options of Raiden's command line that mean nothing here, by the reason."""

UNSUPPORTED_OPTIONS = {
    option: f"is not supported: {reason}"
    for reason, options in _OPTIONS_BY_REASON.items()
    for option in options.split()
}

PLAYER_KEYS: dict[str, frozenset[str]] = {
    "file": frozenset({"version", "name", "settings", "token", "nodes", "scenario"}),
    "settings": frozenset({"gas_price", "timeout", "services", "chain", "notify", "protocol"}),
    "token": frozenset(
        {"address", "reuse", "name", "symbol", "decimals", "balance_min", "balance_fund"}
    ),
    "nodes": frozenset(
        {"count", "default_options", "node_options", "reuse_accounts", "restore_snapshot"}
        | {"commands", "raiden_version", "mode", "range", "list"}
    ),
    "options": frozenset(
        {"_clean", "default-settle-timeout", "routing-mode", "cap-mediation-fees", "flat-fee"}
        | {"no-cap-mediation-fees", "proportional-fee", "proportional-imbalance-fee"}
        | UNSUPPORTED_OPTIONS.keys()
    ),
}
"""The scenario player's keys by section, of all its versions; `options` are those of a node."""

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
    | {"total_deposit", "balance", "state", "total_withdraw"}
    | {"allow_total_deposit_error", "allow_balance_error", "allow_state_error"},
    "assert_all": _CALL | {"balances", "total_deposits", "states"},
    "assert_sum": _CALL | {"balance_sum", "total_deposit_sum", "state_sum"},
    "assert_events": frozenset(
        {"contract_name", "event_name", "num_events", "event_args", "channel_info_key"}
    ),
    "assert_channel_settled_event": frozenset(
        {"initiator", "partner", "channel_info_key", "initiator_amount", "partner_amount"}
    ),
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

UNSUPPORTED_TASKS = {
    "assert_ms_claim": _NO_SERVICES,
    "assert_pfs_history": _NO_SERVICES,
    "assert_pfs_iou": _NO_SERVICES,
    "assert_pfs_routes": _NO_SERVICES,
    "snapshot": "each run starts from the beginning, so nothing would read it",
    "update_node_options": "nodes keep their options for the whole run; see nodes.node_options",
    "wait_input": "a run depends on nothing but its file and its seed",
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
    ("settings", "chain"): "is not supported: chain is a section of its own",
    ("settings", "notify"): "is not supported: the exit code and the report say how a run went",
    ("settings", "protocol"): "is not supported: there is nothing but HTTP",
    ("token", "address"): OWN_TOKEN,
    ("nodes", "commands"): f"is not supported: {_NO_PROCESS}",
    ("nodes", "mode"): f"is not supported: {_NO_PROCESS}",
    ("nodes", "raiden_version"): f"is not supported: {_NO_PROCESS}",
    ("nodes", "range"): "is not supported: nodes are made here, and count says how many",
    ("nodes", "list"): "is not supported: nodes are made here, and count says how many",
    ("timeout",): "is not supported: nobody runs out of patience in virtual time; wait first",
    ("allow_state_error",): "is not supported: a state is as expected or it is not",
}
"""Keys with a reason, by path, or by name alone where they may stand anywhere."""
