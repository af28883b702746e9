"""Words of a file mean what they say: numbers are decimal, and what only looks like one is none."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.forms.yaml_words import Word, as_number, meaning, remedy
from simulator.scenario.language.scenario import load
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import text_of, write

ZERO = "; a leading zero means octal to some: write"
DECIMAL = "; numbers are decimal: write"
EXPONENT = "; a whole number has no exponent and no point: write"
NO_NUMBERS = {
    "0100": f"{ZERO} 100",
    "010": f"{ZERO} 10",
    "-012": f"{ZERO} -12",
    "00": f"{ZERO} 0",
    "09": f"{ZERO} 9",
    "0_7": f"{ZERO} 7",
    "0o10": f"{DECIMAL} 8",
    "0x1F": f"{DECIMAL} 31",
    "0b101": f"{DECIMAL} 5",
    "1:30": f"{DECIMAL} 90",
    "1:00:00": f"{DECIMAL} 3600",
    "-1:30": f"{DECIMAL} -90",
    "0x" + "2" * 40: "; an address is no number",
    "yes": "",
    "12 3": "",
}


def problem_of(file: Path) -> str:
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(("word", "how"), NO_NUMBERS.items())
def test_where_a_number_is_wanted_the_remedy_is_told(word: str, how: str, tmp_path: Path) -> None:
    for task, wanted in {
        f"join_network: {{from: 0, funds: {word}}}": f"funds: must be an integer, not '{word}'",
        f"wait: {word}": f"wait.seconds: must be a number, not '{word}'",
        f"wait_blocks: {word}": f"wait_blocks.blocks: must be an integer, not '{word}'",
        f"assert_wallet: {{from: 0, tokens: {word}}}": (
            f"tokens: must be a number from 0 or a text like \">= 60\", not '{word}'"
        ),
        f"assert_graph: {{degree_gini: {word}}}": (
            f"degree_gini: must be a number from 0 or a text like \">= 0.2\", not '{word}'"
        ),
        f"join_network: {{from: 0, funds: 1, joinable_funds_target: {word}}}": (
            f"joinable_funds_target: must be a number, not '{word}'"
        ),
        "assert_events: {contract_name: TokenNetwork, event_name: ChannelNewDeposit, num_events: "
        f"1, event_args: {{total_deposit: {word}}}}}": (
            f"event_args.total_deposit: must be a number from 0, not '{word}'"
        ),
    }.items():
        assert problem_of(write(tmp_path, text_of(task))).endswith(f"{wanted}{how}")


@pytest.mark.parametrize("word", ["0100", "0x10", "1:30", "0o7"])
def test_a_partner_is_a_decimal_number_or_an_address(word: str, tmp_path: Path) -> None:
    (line,) = [problem_of(write(tmp_path, text_of(f"open_channel: {{from: 0, to: {word}}}")))]
    how = NO_NUMBERS.get(word) or remedy(Word(word))
    assert line.endswith(f"to: must be a node's number or an address{how}")
    address = "0x" + "2" * 40
    assert load(write(tmp_path, text_of(f"open_channel: {{from: 0, to: {address}}}"))).size == 1


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "N"])
def test_where_a_truth_is_wanted_the_remedy_is_told(word: str, tmp_path: Path) -> None:
    truth = "true" if word.lower() in {"yes", "on", "y"} else "false"
    reason = f"must be true or false, not '{word}'; write {truth}"
    file = write(tmp_path, text_of(f"assert_graph: {{connected: {word}}}"))
    assert problem_of(file).endswith(f"connected: {reason}")
    file = write(tmp_path, text_of("wait: 1") + f"settings: {{gas_price: {word}}}\n")
    assert problem_of(file).endswith(f"not '{word}'"), "no truth is wanted"
    file = write(tmp_path, text_of("wait: 1").replace("{balance", f"{{reuse: {word}, balance"))
    assert problem_of(file).endswith(f"token.reuse: {reason}")


@pytest.mark.parametrize("word", [*NO_NUMBERS, "1e3", "NO", "off", "2020-01-01", "=", "1:30.5"])
def test_elsewhere_they_are_texts(word: str, tmp_path: Path) -> None:
    scenario = load(write(tmp_path, f"name: {word}\n{text_of('wait: 1')}"))
    assert scenario.name == word


@pytest.mark.parametrize("word", ["true", "TRUE", "tRuE", "False", "fAlSE"])
def test_truths_may_be_written_in_any_case(word: str, tmp_path: Path) -> None:
    task = load(write(tmp_path, text_of(f"assert_graph: {{connected: {word}}}"))).root.task
    assert f"connected {word.lower()}" in task.tasks[0].task.text()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "seconds"),
    {"1_000": 1000, "0.5": 0.5, ".5": 0.5, "1e3": 1000, "1.5E-3": 0.0015, "01.5": 1.5}.items(),
)
def test_numbers(word: str, seconds: float, tmp_path: Path) -> None:
    task = load(write(tmp_path, text_of(f"wait: {word}"))).root.task
    assert task.tasks[0].task.seconds == seconds  # type: ignore[attr-defined]


def test_whole_numbers_have_no_exponent(tmp_path: Path) -> None:
    for word, written in (("1e3", "1000"), ("1.2e+3", "1200")):
        file = write(tmp_path, text_of(f"join_network: {{from: 0, funds: {word}}}"))
        assert problem_of(file).endswith(f"not '{word}'{EXPONENT} {written}")
    file = write(tmp_path, text_of("wait: 1e999"))
    assert problem_of(file).endswith("wait.seconds: must be a finite number, not inf")
    file = write(tmp_path, text_of("assert_graph: {degree_gini: 1e999999999}"))
    assert "must be a number from 0" in problem_of(file)


def test_words_in_quotes_have_no_remedy(tmp_path: Path) -> None:
    file = write(tmp_path, text_of("join_network: {from: 0, funds: '0100'}"))
    assert problem_of(file).endswith("must be an integer, not '0100'")


def test_comparisons_are_decimal_too(tmp_path: Path) -> None:
    for text in (">= 060", ">= 0x1", "> _5"):
        file = write(tmp_path, text_of(f"assert_graph: {{edges: '{text}'}}"))
        assert problem_of(file).endswith(f"text like \">= 60\", not '{text}'")
    assert load(write(tmp_path, text_of("assert_graph: {edges: '>= 1_0'}"))).size == 1


@pytest.mark.parametrize("value", ["!!int 010", "!!int 0x1", "!!bool yes", "!!float 1:30"])
def test_tags_change_nothing(value: str, tmp_path: Path) -> None:
    file = write(tmp_path, text_of(f"wait: {value}"))
    assert problem_of(file).endswith("is not a valid value")


@given(st.text(st.sampled_from("0123456789abxoe_:+-. nysfru"), max_size=8))
def test_a_number_here_is_the_same_number_everywhere(text: str) -> None:
    """What another reader of YAML takes for another number is no number at all."""
    try:
        elsewhere = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    here = meaning(text.strip())
    if isinstance(here, bool | int | float) and isinstance(elsewhere, int | float):
        assert here == elsewhere
    if isinstance(elsewhere, bool | int | float) and isinstance(here, str):
        assert isinstance(here, Word)
        assert as_number(here) == here or as_number(here) == elsewhere
    how = remedy(here)
    if ": write " in how:
        assert isinstance(meaning(how.rpartition(" ")[2]), int | float)
