"""What Raiden's own scenario player has and this language has not (yet)."""

UNSUPPORTED_TASKS = frozenset(
    {
        "assert_channel_settled_event",
        "assert_ms_claim",
        "assert_pfs_history",
        "assert_pfs_iou",
        "assert_pfs_routes",
        "snapshot",
        "transfer",
        "update_node_options",
        "wait_input",
        "withdraw",
    }
)

_DEPLOYED = "is not supported: each run deploys a token of its own"
_OWN_ACCOUNTS = "is not supported: each run makes accounts of its own, from the seed"

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
    ("settings", "services"): "is not supported: there are no services yet",
    ("token", "address"): _DEPLOYED,
    ("token", "reuse"): _DEPLOYED,
    ("token", "name"): _DEPLOYED,
    ("token", "symbol"): _DEPLOYED,
    ("token", "decimals"): _DEPLOYED,
    ("nodes", "reuse_accounts"): _OWN_ACCOUNTS,
    ("nodes", "restore_snapshot"): _OWN_ACCOUNTS,
    ("default-settle-timeout",): "is not supported: see chain.settle_timeout_blocks",
    ("timeout",): "is not supported: assertions are checked at once; use wait or wait_idle",
}
"""Keys with a reason, by path, or by name alone where they may stand anywhere."""
