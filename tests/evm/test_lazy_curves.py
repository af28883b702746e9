"""Curves that no contract of ours asks for are not loaded, and are there for others."""

import subprocess
import sys

from py_ecc.optimized_bls12_381.optimized_curve import G1, b, is_on_curve

ASKING = """
import sys
from simulator import Testnet

def loaded():
    return [name for name in sys.modules if name.startswith("py_ecc.optimized_bls12_381")]

net = Testnet(2, engine="pyevm")
net.node(0).join(net.token, 100)
assert not loaded(), loaded()
for _ in range(2):
    call = {{"to": "0x" + 19 * "00" + "0b", "data": {data!r}}}
    print(net.web3.eth.call(call).hex())
"""


def test_a_contract_that_adds_points_of_a_curve_gets_their_sum() -> None:
    """The point at infinity changes nothing."""
    assert is_on_curve(G1, b)
    point = b"".join(coordinate.n.to_bytes(64, "big") for coordinate in G1[:2])
    code = ASKING.format(data="0x" + (point + bytes(128)).hex())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([point.hex()] * 2, "")
