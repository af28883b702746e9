"""The commands that measure published figures again, with small files of the same form."""

import json
from pathlib import Path

import pytest

from benchmarks import published_activity, published_payments
from tests.scenarios.writing import write

NODES = "id\n0\n1\n2\n"
CHANNELS = """\
id,edge1_id,edge2_id,node1_id,node2_id,capacity
0,0,1,0,1,10000000
1,2,3,2,1,10000000
"""
EDGES = """\
id,channel_id,counter_edge_id,from_node_id,to_node_id,balance
0,0,1,0,1,5000000
1,0,0,1,0,5000000
2,1,3,2,1,9000000
3,1,2,1,2,1000000
"""
PAYMENTS = """\
id,sender_id,receiver_id,amount,start_time
0,0,2,900000,100
1,0,2,900000,3000
2,2,0,5500000,9000
"""


def cloth(folder: Path) -> Path:
    """Write CLoTH's three files, each with a channel of its own balances."""
    write(folder, NODES, "nodes_ln.csv")
    write(folder, EDGES, "edges_ln.csv")
    return write(folder, CHANNELS, "channels_ln.csv")


def test_payments_of_a_file_meet_the_balances_of_the_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Node 1 can pass 1,000 satoshis on to node 2, so that 900 fit once; what came is paid back."""
    payments = write(tmp_path, PAYMENTS, "payments.csv")
    published_payments.main([str(cloth(tmp_path)), "--payments", str(payments)])
    out = capsys.readouterr().out
    assert "payments.csv" in out
    assert "0.667 (" in out
    assert " 2.00 hops  0.400 s" in out


def test_payments_are_drawn_for_each_amount(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = str(cloth(tmp_path))
    published_payments.main([channels, "--satoshis", "1", "--satoshis", "100000"])
    first, _, last, _ = capsys.readouterr().out.splitlines()[1:]
    assert "1 satoshis" in first
    assert "0.000 (" in last


def test_several_seeds_tell_what_the_network_is_like_beside_what_was_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = str(cloth(tmp_path))
    published_payments.main([channels, "--satoshis", "1000", "--seeds", "2"])
    *told, mean = capsys.readouterr().out.splitlines()[1:]
    rates = [float(line.split()[3]) for line in told[::2]]
    assert len({*rates}) > 1, "each seed draws payments of its own"
    assert "mean of 2" in mean
    assert float(mean.split()[3]) == pytest.approx(sum(rates) / 2, abs=0.001)


def test_activity_is_made_for_as_long_as_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = [
        {
            "scid": number,
            "capacity_msat": 10**12,
            "node_1": {"pubkey": f"{number}"},
            "node_2": {"pubkey": f"{number + 1}"},
        }
        for number in range(2)
    ]
    file = write(tmp_path, json.dumps({"sim_network": channels}), "net.json")
    published_activity.main([str(file), "--months", "1/10000"])
    assert capsys.readouterr().out.startswith("3 nodes, 2 channels: ")
