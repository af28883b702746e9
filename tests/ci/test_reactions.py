"""What a node does by itself stands below what led to it, though a call comes in the same instant.

Which of two tasks that was may change with an edit all the same: then the lines are told as moved.
"""

from pathlib import Path

from tests.ci.goldens import lines_of
from tests.scenarios.writing import text_of as file_of

JOINING = tuple(f"join_network: {{from: {n}, funds: 100}}" for n in range(4))
DEPOSIT = "deposit: {from: 1, to: 0, total_deposit: 30}"
BEFORE = file_of(*JOINING, "wait_idle:", nodes=4)
AFTER = file_of(*JOINING, DEPOSIT, "wait_idle:", nodes=4)


def test_a_call_that_waits_for_a_plan_has_not_led_to_it(tmp_path: Path) -> None:
    """The plan's turn comes when the call asks for its own."""
    before, after = lines_of(tmp_path, BEFORE), lines_of(tmp_path, AFTER)
    at = after.index("deposit  from 1, to 0, total_deposit 30  passed")
    assert [*after[4:at], *after[at + 5 :]] == before[4:]
    assert "channel 0-1" in after[at + 2]
