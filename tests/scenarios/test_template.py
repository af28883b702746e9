"""Templates are rendered within bounds, and mistakes are named with the file's own lines."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.forms.sandbox import MAX_RANGE
from simulator.forms.template import TemplateInvalid, is_template, render
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import text_of, write

RENDERED = {
    "{{ 1 + 2 * 3 }}": "7",
    "a {{ wait_short }}\n": "a 30\n",
    "{{ pfs_fee // 2 }} {{ environment_type }}": "25000000000000000 development",
    "{% for n in range(3) %}{{ n }},{% endfor %}": "0,1,2,",
    "{% for n in [5, -6] %}{{ loop.index }}:{{ n }}{{ '' if loop.last else ' ' }}{% endfor %}": (
        "1:5 2:-6"
    ),
    "{% set n = 2 ** 10 %}{% if n is even and n > 1 %}{{ n % 1000 }}{% else %}x{% endif %}": "24",
    "{{ 'a' + 'b' | upper }}{{ [3, 1]|max }}{{ [1, 2][1:]|first }}": "aB32",
    "{{ [1, 'a', true, 0.5]|list }}": '[1, "a", true, 0.5]',
    "{{ 7 / 2 }} {{ true and not false }}": "3.5 true",
}


@pytest.mark.parametrize(("text", "expected"), RENDERED.items())
def test_what_templates_can(text: str, expected: str) -> None:
    assert render(text)[0] == expected


REFUSED = {
    "{{ wait_shrot }}": "'wait_shrot' is undefined",
    "{{ 1 / 0 }}": "division by zero",
    "{{ 1 +  }}": "unexpected 'end of print statement'",
    "{% for x in range(3) %}": "Unexpected end of template",
    "{{ nothing|lower }}": "'nothing' is undefined",
    "{% include 'other' %}": "include is not supported",
    "{% import 'other' as o %}": "import is not supported",
    "{% from 'other' import o %}": "from is not supported",
    "{% extends 'other' %}": "extends is not supported",
    "{%- autoescape true %}x{% endautoescape %}": "autoescape is not supported",
    "{% block b %}{% endblock %}": "block is not supported",
    "{% filter upper %}x{% endfilter %}": "filter is not supported",
    "{% with x = 1 %}{% endwith %}": "with is not supported",
    "{% call f() %}{% endcall %}": "call is not supported",
    "{% nonsense %}": "nonsense is not supported",
    "{% macro m() %}{% endmacro %}": "macro is not supported",
    "{% set x %}a{% endset %}": "assignblock is not supported",
    "{{ 'a' ~ 'b' }}": "concat is not supported",
    "{{ lipsum() }}": "only range can be called",
    "{{ range.__class__ }}": "values have no attribute '__class__'",
    "{{ ''.join }}": "values have no attribute 'join'",
    "{{ range(3)['__class__'] }}": "unsafe",
    "{% for x in [1] %}{{ loop.__init__ }}{% endfor %}": "unsafe",
    "{{ [1, 2]|random }}": "there is no filter 'random'",
    "{{ 1 is sameas 1 }}": "there is no test 'sameas'",
    "{{ [1]|counted }}": "there is no filter 'counted'",
    "{% set x = [1] %}{% set x = [x, x] %}": "a list can only hold constants",
    "{{ [1, [2]] }}": "a list in a list can't be put into the file",
    "{{ {1: 2} }}": "a dict can't be put into the file",
    "{{ range }}": "can't be put into the file",
    "{{ [[1], [2]]|sum(start=[]) }}": "sum takes no arguments",
    "{{ [1]|charged }}": "there is no filter 'charged'",
    "{{ 'x' * 3 }}": "* is for numbers only",
    "{{ '%1000000000d' % 3 }}": "% is for numbers only",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_templates_cannot(text: str, reason: str) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        render("\n\n" + text)
    assert reason in caught.value.reason
    assert caught.value.line == 3


DOUBLING = "{% set x = 'ab' %}" + "{% set x = x + x %}" * 60
SQUARING = "{% set x = 3 %}" + "{% set x = x * x %}" * 60
NESTED = "{% for a in range(1000) %}" * 4 + "{% endfor %}" * 4
LIST = "{% set l = range(9999)|list %}"
LOOP_OF = "{% for n in range(9999) %}{% set r = "
END = " %}{% endfor %}"
DOUBLE_LIST = "{% set x = x + x %}" * 12
STEPS = "more than 1000000 steps"
HUGE = {
    "{{ 10 ** 99999 }}": "a value is too large",
    "{{ 9.0 ** 9999 }}": "too large",
    DOUBLING: "a value is too large",
    SQUARING: "a value is too large",
    NESTED: "more than 100000 repetitions",
    "{% for a in [1,2,3,4,5,6,7,8,9,10] %}" * 9 + "{% endfor %}" * 9: STEPS,
    f"{{% for n in range({MAX_RANGE + 1}) %}}{{% endfor %}}": "a range is longer than 10000",
    "{{ range(10 ** 30)|length }}": "a range is longer than 10000",
    "{% for n in range(9999) %}" + "x" * 1000 + "{% endfor %}": "larger than 1048576 characters",
    "{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}": "nested too deep",
    "{{ 1" + "+1" * 5_000 + " }}": "nested too deep",
    "{{ 1" + "+1" * 50_000 + " }}": "more than 30000 words",
    "{{ " + "- " * 10_000 + "1 }}": "nested too deep",
    "{{ " + "not " * 10_000 + "1 }}": "nested too deep",
    "{{ [" + "1," * 400_000 + "1]|length }}": "more than 30000 words",
    "{{ 1 }}" * 100_000: "more than 30000 words",
    "{{ 1 }}" + "\n" * 1_000_000: "more than 100000 lines",
    "{% for a in range(9999) %}" + "\n" * 99 + "{% endfor %}": "more than 100000 lines",
    "{{ 0x" + "f" * 900_000 + " }}": "too many digits",
    "{{ 0x" + "f" * 300 + " }}": "a value is too large",
    f"{{{{ '{'f' * 900_000}'|int(base=16) * 2 }}}}": "a value is too large",
    LOOP_OF + "range(10000)|sort|list" + END: STEPS,
    LOOP_OF + "range(10000)|max" + END: STEPS,
    LOOP_OF + "range(10000)|sum" + END: STEPS,
    LOOP_OF + "-1 in range(10000)|list" + END: STEPS,
    LIST + LOOP_OF + "l == l + []" + END: STEPS,
    LIST + LOOP_OF + "l[1:]" + END: STEPS,
    LIST + LOOP_OF + "l + l[:0]" + END: STEPS,
    LIST + "{% for n in range(9999) if -1 in l %}{% endfor %}": STEPS,
    f"{{% set x = '{'x' * 9_000}' %}}" + LOOP_OF + "x|upper" + END: STEPS,
    f"{{% set x = '{'x' * 9_000}' %}}" + LOOP_OF + "'y' in x" + END: STEPS,
    "{% for n in range(9999) %}" + "{% set x = 1 %}" * 2_000 + "{% endfor %}": STEPS,
    f"{{% set x = ['{'x' * 90_000}a', '{'x' * 90_000}b'] %}}{DOUBLE_LIST}{{{{ x|sort }}}}": STEPS,
    f"{{% set x = [[{'1,' * 5_000}1]] %}}{DOUBLE_LIST}{{{{ x|max }}}}": STEPS,
    "{% if 1 %}" * 300 + "{% endif %}" * 300: "nested too deep",
}


@pytest.mark.parametrize(("text", "reason"), HUGE.items(), ids=range(len(HUGE)))
def test_bounds(text: str, reason: str) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        render(text)
    assert reason in caught.value.reason


@given(st.text(st.sampled_from("{}%# \n-ab1|+*.()[]'rangefoi")))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    lines = text.count("\n") + 1
    try:
        rendered, origins, _ = render("{{ 1 }}" + text)
    except TemplateInvalid as error:
        found, reason = error.line, error.reason
    else:
        found, reason = max(origins), ""
        assert len(origins) == rendered.count("\n") + 1
    assert 1 <= found <= lines
    assert "\n" not in reason


def test_a_template_of_many_loops_has_room() -> None:
    text = "{% for i in range(150) %}{% for j in [1, 5, 9] %}{% set n = (i * 7 + j) % 13 %}"
    text += "{% if n in [1, 2, 3] and i < 100 %}{{ n }}{% else %}{{ [i, j][1:]|max }}{% endif %}"
    text = text.replace("[i, j]", "[3, 4]") + "{% endfor %}{% endfor %}"
    assert len(render(text)[0]) >= 450


def test_only_templates_are_rendered() -> None:
    assert is_template("a: {{ b }}")
    assert is_template("{% if 1 %}a{% endif %}")
    assert not is_template("a: {b: {c: 1}} # %}")
    assert not is_template("a: {{ b }}\0")


def test_lines_come_from_where_they_stand() -> None:
    text = "a\n{% for n in range(2) %}\nb {{ n }}\n{% endfor %}\nc\n"
    rendered, origins, _ = render(text)
    found = dict(zip(rendered.split("\n"), origins, strict=True))
    assert (found["a"], found["b 0"], found["b 1"], found["c"]) == (1, 3, 3, 5)
    assert render("x: {{ 1 }}\ny: 2\nz: {{ 3 }}\n")[1] == [1, 2, 3, 4]


LOOP = """\
nodes: {count: {{ 2 + 2 }}}
scenario:
  serial:
    tasks:
{%- for n in range(4) %}
      - join_network: {from: {{ n }}, funds: 100}
{%- endfor %}
      - wait: {{ wait_short }}
      - wait_idle:
      - assert_graph: {nodes: SIZE}
"""


def test_a_scenario_can_be_a_template(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, LOOP.replace("SIZE", "4")))
    assert scenario.size == 7
    assert run(scenario).failure is None


def test_failures_and_mistakes_have_the_files_own_lines(tmp_path: Path) -> None:
    failure = run(load(write(tmp_path, LOOP.replace("SIZE", "3")))).failure
    assert failure is not None
    assert failure.line == 10
    for text, line in (
        (LOOP.replace("SIZE", "x"), 10),
        (LOOP.replace("funds: 100", "funds: -1").replace("SIZE", "4"), 6),
        (LOOP.replace("- wait_idle:", "- wait_idle: ]"), 9),
        (LOOP.replace("{{ wait_short }}", "{{ wait_sort }}"), 8),
    ):
        file = write(tmp_path, text)
        with pytest.raises(ScenarioInvalid) as caught:
            load(file)
        assert str(caught.value).startswith(f"{file}:{line}: ")


def test_an_undefined_variable_is_one_line(tmp_path: Path) -> None:
    file = write(tmp_path, text_of("wait: {{ wait_shrot }}"))
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    assert str(caught.value) == f"{file}:8: not a valid template: 'wait_shrot' is undefined"
