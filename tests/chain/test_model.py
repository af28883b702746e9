"""The model ledger in whole runs: the same journals as on the EVM, with no EVM loaded."""

import subprocess
import sys

import pytest

from simulator.chain.mempool import Fault
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, TransactionFailed


def test_unknown_engines_are_one_sentence() -> None:
    known = "engine must be one of pyevm, pyevm-interpreted, revm, pyevm-full, model, or a URL"
    with pytest.raises(ConfigurationError, match=f"{known} with http://, not 'abacus'"):
        Testnet(2, engine="abacus")


def test_web3_needs_an_evm() -> None:
    with pytest.raises(ConfigurationError, match=r"There is no web3\.py here"):
        _ = Testnet(2, engine="model").web3


def test_failing_transactions_use_all_their_gas() -> None:
    wei = []
    for engine in ("pyevm", "model"):
        net = Testnet(3, engine=engine)
        net.set_fault(0, Fault.FAIL, blocks=3)
        with pytest.raises(TransactionFailed):
            net.node(0).join(net.token, 100)
        net.run_until_idle()
        wei.append([net.node(index).eth_balance for index in range(3)])
    assert wei[0] == wei[1]


def test_worlds_that_begin_alike_are_copies() -> None:
    nets = [Testnet(4, seed=3, engine="model") for _ in range(2)]
    for net in nets:
        net.node(0).join(net.token, 100)
        net.run_until_idle()
    assert nets[0].last_block_hash == nets[1].last_block_hash
    assert nets[0].last_block_hash != Testnet(4, seed=4, engine="model").last_block_hash


WITHOUT_EVM = """
import sys
from simulator.testnet.testnet import Testnet
net = Testnet(3, engine="model")
net.node(0).join(net.token, 100)
net.run_until_idle()
ours = {"eth", "eth_tester", "web3", "eth_abi", "eth_utils"}
print(*{name.partition(".")[0] for name in sys.modules} & ours)
"""


def test_nothing_of_the_evm_is_loaded() -> None:
    command = [sys.executable, "-c", WITHOUT_EVM]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
