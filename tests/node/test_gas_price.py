"""Gas prices: what nobody can pay for waits until they fall."""

import pytest

from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InsufficientEth, InvalidRequest

USUAL = 2 * 10**9


def test_transactions_pay_the_price_of_their_block(net: Testnet, node: NodeHandle) -> None:
    net.set_gas_price(7 * 10**9)
    before, gas_before = (
        node.eth_balance,
        sum(g for _, g in net._simulation.world.mempool.gas.by_function().values()),
    )
    node.join(net.token, 100)
    gas = sum(g for _, g in net._simulation.world.mempool.gas.by_function().values()) - gas_before
    assert before - node.eth_balance == gas * 7 * 10**9


def test_a_spike_ends_by_itself(net: Testnet) -> None:
    net.set_gas_price(10**12, blocks=3)
    assert net._simulation.ledger.gas_price == 10**12
    net.advance(blocks=2)
    assert net._simulation.ledger.gas_price == 10**12
    net.advance(blocks=1)
    assert net._simulation.ledger.gas_price == USUAL


def test_a_later_price_replaces_an_earlier_one_and_its_end(net: Testnet) -> None:
    net.set_gas_price(10**12, blocks=3)
    net.set_gas_price(10**11)
    net.advance(blocks=10)
    assert net._simulation.ledger.gas_price == 10**11
    net.set_gas_price()
    assert net._simulation.ledger.gas_price == USUAL


def test_a_plan_waits_for_the_price_to_fall(net: Testnet, node: NodeHandle) -> None:
    net.set_eth_balance(3, 10**16)
    node.join(net.token, 100, 4)
    net.set_gas_price(10**12)
    with pytest.raises(InsufficientEth):
        node.leave(net.token)
    net.set_eth_balance(4, 10**19)
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values())[-3:] == [15, 15, 15]
    net.set_gas_price()
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15, 15]


def test_a_rise_is_no_reason_to_try_again(net: Testnet, node: NodeHandle) -> None:
    net.set_eth_balance(3, 10**16)
    node.join(net.token, 100, 4)
    net.run_until_idle()
    count = net._simulation.journal.count
    net.set_gas_price(10**12)
    net.run_until_idle()
    assert net._simulation.journal.count == count + 1


@pytest.mark.parametrize(
    ("wei", "blocks"), [(10**9 - 1, None), (10**15 + 1, 1), (10**9, 0), (None, 5)]
)
def test_what_is_out_of_range_is_refused(net: Testnet, wei: int | None, blocks: int | None) -> None:
    with pytest.raises(InvalidRequest):
        net.set_gas_price(wei, blocks)
    assert net._simulation.ledger.gas_price == USUAL
