"""Request bodies that are not what they should be: answered, never obeyed, never a crash."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.body import TooLarge, parse
from simulator.api.schemas import JoinBody
from simulator.words.errors import InvalidRequest
from tests.api.live import BOOTSTRAP, Live
from tests.examples import examples

MALFORMED = {
    "empty": b"",
    "blank": b" \n",
    "no JSON": b"funds=100",
    "cut off": b'{"funds": 100',
    "trailing": b'{"funds": 100} {}',
    "not UTF-8": b'{"funds": "\xff"}',
    "UTF-16": '{"funds": 100}'.encode("utf-16"),
    "null": b"null",
    "list": b"[100]",
    "number": b"100",
    "deep": b"[" * 60_000,
    "deep object": b'{"a":' * 10_000,
    "long": b'{"funds": 100, "joinable_funds_target": "' + b" " * 70_000 + b'"}',
    "lone surrogate": b'{"\\ud800": 1}',
}

WRONG_FIELDS = {
    "funds": [
        *("1.5", "100.0", "1e2", "true", "null", "[]", "{}", '""', '"abc"', '"1e2"', '" 1"'),
        *("0", "-1", '"-1"', "NaN", "Infinity", "-Infinity", '"NaN"', "9" * 5000),
        *('"' + "9" * 5000 + '"', "1" + "0" * 77, "1e999999999", '"\\u0661"', '"\\ud800"'),
    ],
    "initial_channel_target": ["0", "-3", "1.5", "true", "null", '"x"', "9" * 4_001],
    "joinable_funds_target": [
        *("2", "-1", "1.0000000000000000001", "-1e-100", "1e-999999999", "1e999999999", "true"),
        *(
            "NaN",
            "null",
            '"x"',
            '"NaN"',
            '"1e999999999"',
            "1e" + "9" * 50,
            '"1/3"',
            "0." + "1" * 99,
        ),
    ],
    "unknown": ["1", "null"],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bodies(idle_net: Live, name: str) -> None:
    digest = idle_net.testnet.digest
    join = idle_net.request(0, "PUT", f"/connections/{idle_net.token}", MALFORMED[name])
    assert join.status_code == 409
    assert join.json()["errors"]
    for method, path in [
        ("PUT", "/channels"),
        ("PATCH", f"/channels/{idle_net.token}/{BOOTSTRAP}"),
    ]:
        status = idle_net.request(0, method, path, MALFORMED[name]).status_code
        assert status == (409 if name in ("deep", "deep object", "long") else 400)
    assert idle_net.control("PUT", "/nodes/0/eth", MALFORMED[name]).status_code == 409
    assert idle_net.testnet.digest == digest


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in WRONG_FIELDS.items() for text in texts]
)
def test_wrong_fields_are_named(idle_net: Live, field: str, text: str) -> None:
    digest = idle_net.testnet.digest
    others = '"funds": 100, ' if field != "funds" else ""
    body = f'{{{others}"{field}": {text}}}'
    answer = idle_net.request(0, "PUT", f"/connections/{idle_net.token}", body)
    assert answer.status_code == 409
    assert field in json.dumps(answer.json()["errors"])
    assert len(answer.content) < 1_000
    assert idle_net.testnet.digest == digest


def test_repeated_and_missing_fields(idle_net: Live) -> None:
    for body in ('{"funds": 1, "funds": 2}', "{}", '{"initial_channel_target": 3}'):
        answer = idle_net.request(0, "PUT", f"/connections/{idle_net.token}", body)
        assert answer.status_code == 409
        assert "funds" in answer.json()["errors"]


def test_a_body_much_too_long_is_answered(idle_net: Live) -> None:
    answer = idle_net.request(0, "PUT", f"/connections/{idle_net.token}", b" " * 5_000_000)
    assert answer.status_code == 409
    assert "longer than 65536 bytes" in answer.json()["errors"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children)
    ),
    max_leaves=5,
)
NEAR_MISSES = st.fixed_dictionaries(
    {},
    optional={
        "funds": JSON,
        "initial_channel_target": st.integers() | JSON,
        "joinable_funds_target": st.floats() | JSON,
        "total_deposit": JSON,
        "state": JSON,
    },
)


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '"\\u0000"', '"\\u001b[31m"', '"0x' + "2" * 60_000 + '"', '"0x\\udfff"']
)
def test_no_text_in_a_body_breaks_its_answer(idle_net: Live, text: str) -> None:
    address = f'"{BOOTSTRAP}"'
    for first, second in ((text, address), (address, text)):
        body = f'{{"token_address": {first}, "partner_address": {second}}}'
        answer = idle_net.request(0, "PUT", "/channels", body)
        assert answer.status_code == 400
        ((reason,),) = answer.json()["errors"].values()
        assert reason.isprintable()
        assert len(reason) <= 501
    for path, body in [
        (f"/channels/{idle_net.token}/{BOOTSTRAP}", f'{{"state": {text}}}'),
        (f"/channels/{idle_net.token}/{BOOTSTRAP}", f"{{{text}: 1}}"),
    ]:
        answer = idle_net.request(0, "PATCH", path, body)
        assert answer.status_code == 400
        ((name, (reason,)),) = answer.json()["errors"].items()
        assert f"{name}{reason}".isprintable()
        assert len(answer.content) < 1_000
    for method, path, body in [
        ("POST", "/nodes/0/mint", f'{{"amount": 1, "token": {text}}}'),
        ("PUT", "/nodes/0/fault", f'{{"mode": {text}}}'),
        ("POST", "/advance", f'{{"blocks": {text}}}'),
    ]:
        answer = idle_net.control(method, path, body)
        assert answer.status_code == 409
        assert len(answer.content) < 1_000


@pytest.mark.parametrize("number", ["9" * 100_000, "-" + "9" * 60_000, "1e400", "-1e400", "NaN"])
def test_no_number_in_a_body_breaks_anything(idle_net: Live, number: str) -> None:
    digest = idle_net.testnet.digest
    addresses = f'"token_address": "{idle_net.token}", "partner_address": "{BOOTSTRAP}"'
    for field in ("total_deposit", "settle_timeout", "reveal_timeout"):
        body = f'{{{addresses}, "{field}": {number}}}'
        assert idle_net.request(0, "PUT", "/channels", body).status_code in (400, 409)
    for field in ("total_deposit", "total_withdraw", "reveal_timeout"):
        path = f"/channels/{idle_net.token}/{BOOTSTRAP}"
        answer = idle_net.request(0, "PATCH", path, f'{{"{field}": {number}}}')
        assert answer.status_code in (400, 409)
    for method, path, body in [
        ("POST", "/advance", f'{{"blocks": {number}}}'),
        ("POST", "/advance", f'{{"seconds": {number}}}'),
        ("PUT", "/gas-price", f'{{"wei": {number}}}'),
        ("PUT", "/gas-price", f'{{"wei": {10**9}, "blocks": {number}}}'),
        ("PUT", "/nodes/0/eth", f'{{"wei": {number}}}'),
        ("PUT", "/nodes/0/fault", f'{{"mode": "hold", "blocks": {number}}}'),
        ("POST", "/nodes/0/mint", f'{{"amount": {number}}}'),
    ]:
        assert idle_net.control(method, path, body).status_code == 409, (path, body[:50])
    assert idle_net.testnet.digest == digest


CHUNKS = st.sampled_from([*'{}[]",:0123456789eE.-+\\u ', "funds", "NaN", "true", "\ud800"])


@examples(30)
@given(
    body=st.one_of(
        st.binary(max_size=50),
        JSON.map(json.dumps),
        NEAR_MISSES.map(json.dumps),
        st.lists(CHUNKS, max_size=20)
        .map("".join)
        .map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
    call=st.sampled_from(["join", "open", "patch", "fault", "eth", "mint", "advance"]),
)
def test_no_body_breaks_anything(idle_net: Live, body: str | bytes, call: str) -> None:
    digest = idle_net.testnet.digest
    node_calls = {
        "join": ("PUT", f"/connections/{idle_net.token}"),
        "open": ("PUT", "/channels"),
        "patch": ("PATCH", f"/channels/{idle_net.token}/{BOOTSTRAP}"),
    }
    control_calls = {
        "fault": ("PUT", "/nodes/0/fault"),
        "eth": ("PUT", "/nodes/0/eth"),
        "mint": ("POST", "/nodes/0/mint"),
        "advance": ("POST", "/advance"),
    }
    if call in node_calls:
        answer = idle_net.request(0, *node_calls[call], body)
    else:
        answer = idle_net.control(*control_calls[call], body)
    if answer.is_success:  # hypothesis found a valid one
        assert parse(JoinBody, body if isinstance(body, bytes) else body.encode()).terms()
    else:
        assert answer.status_code in (400, 402, 409)
        assert answer.json()["errors"]
        assert idle_net.testnet.digest == digest


@given(st.integers(0, 10**30), st.integers(0, 30))
def test_numbers_are_exact(digits: int, places: int) -> None:
    text = f"0.{digits:0{places}d}"
    expected = Fraction(text)
    for spelling in (text, f'"{text}"'):
        body = f'{{"funds": 1, "joinable_funds_target": {spelling}}}'.encode()
        assert parse(JoinBody, body).joinable_funds_target == expected


@given(st.binary(max_size=200))
def test_parsing_raises_expected_errors_only(data: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse(JoinBody, data)


def test_too_large_is_told_from_invalid() -> None:
    with pytest.raises(TooLarge, match="funds"):
        parse(JoinBody, b'{"funds": ' + b"1" * 4_200 + b"}")
