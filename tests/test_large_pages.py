"""The command takes memory in large pages where there are some, and is the same otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.serving import serving
from simulator.system import large_pages
from simulator.system.large_pages import VARIABLES

SIMULATOR = [sys.executable, "-m", "simulator"]


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own tests may run in large pages already."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = tmp_path / "enabled"
    setting.write_text("always [madvise] never\n", encoding="ascii")
    monkeypatch.setattr(large_pages, "SETTING", setting)
    monkeypatch.setattr(os, "confstr", lambda _name: "glibc 2.36", raising=False)


@pytest.mark.skipif(not large_pages.to_be_had(), reason="large pages are not to be had here")
def test_a_testnet_that_is_up_has_its_memory_in_large_pages() -> None:
    with serving(1) as served:
        told = Path(f"/proc/{served.process}/environ").read_text(encoding="utf-8").split("\0")
        assert {f"{name}={text}" for name, text in VARIABLES.items()} <= set(told)
        # Linux may have none left, but it has been asked for them: "hg" is its word for that
        assert " hg" in Path(f"/proc/{served.process}/smaps").read_text(encoding="utf-8")


def test_arguments_input_and_exit_code_stay_what_they_are() -> None:
    told = subprocess.run(
        [*SIMULATOR, "run", "no such file.yaml"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert "no such file.yaml" in told.stderr


def test_python_that_ignores_the_environment_starts_once() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-m", "simulator", "--version"], capture_output=True, check=True
    )
    assert told.stdout.count(b"simulator ") == 1


@pytest.mark.usefixtures("on_request")
def test_they_are_asked_for_where_they_are_given_on_request() -> None:
    assert large_pages.missing() == VARIABLES


@pytest.mark.usefixtures("on_request")
@pytest.mark.parametrize("name", VARIABLES)
def test_an_allocator_that_somebody_has_chosen_stays(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "")
    assert large_pages.missing() == {}


@pytest.mark.usefixtures("on_request")
@pytest.mark.parametrize("setting", ["[always] madvise never", "always madvise [never]"])
def test_they_are_not_asked_for_where_everybody_or_nobody_gets_them(setting: str) -> None:
    large_pages.SETTING.write_text(setting, encoding="ascii")
    assert large_pages.missing() == {}


@pytest.mark.usefixtures("on_request")
@pytest.mark.parametrize("library", [None, "glibc 2.34", "another"])
def test_a_library_that_cannot_ask_is_not_told_to(
    library: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "confstr", lambda _name: library, raising=False)
    assert large_pages.missing() == {}


@pytest.mark.usefixtures("on_request")
def test_another_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    large_pages.SETTING.unlink()
    assert large_pages.missing() == {}
    monkeypatch.delattr(os, "confstr", raising=False)
    assert large_pages.missing() == {}
