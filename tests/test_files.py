"""Files that come from outside are read with bounds; files that are left are whole or not there."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.system import bounded_json, files
from simulator.words.errors import ConfigurationError


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_has_its_old_content_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    files.write(file, "old")
    with suppress(ZeroDivisionError), files.writing(file) as stream:
        stream.write(b"half of the new o")
        stream.flush()
        assert file.read_text() == "old"
        raise ZeroDivisionError
    assert file.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]
    files.write(file, "new")
    assert file.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_folders_are_made_and_links_stay_links(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "deep" / "down")
    files.write(tmp_path / "deep" / "other", b"")
    files.write(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "deep" / "down").read_text() == "text"


@pytest.mark.parametrize("name", ["x" * 255, "\N{PARTY POPPER}" * 60, "[a]*?"])
def test_any_name_can_be_written_and_cleared(tmp_path: Path, name: str) -> None:
    files.write(tmp_path / name, "text")
    files.clear(tmp_path / name)
    assert names(tmp_path) == []


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for call in (files.clear, lambda file: files.write(file, "")):
        with pytest.raises(ConfigurationError, match="a: cannot be written: Is a directory"):
            call(tmp_path / "a")
    assert names(tmp_path) == ["a"]


def test_room_is_kept_for_what_is_written_last(tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    file.write_text("of an earlier run")
    reserved = files.Reservation(file, 100_000)
    assert not file.exists()
    (beside,) = tmp_path.iterdir()
    assert beside.stat().st_blocks * 512 >= 100_000
    reserved.write("short")
    assert file.read_text() == "short"
    assert names(tmp_path) == ["results.xml"]


def test_devices_are_written_where_they_are() -> None:
    files.clear(Path(os.devnull))
    files.write(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path) -> None:
    """A pipe would be waited for, a device has no end."""
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigurationError, match="it is no regular file"):
            files.read(file, 10)
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        files.read(tmp_path, 10)
    with pytest.raises(ConfigurationError, match="not a file name"):
        files.read(Path("a\0b"), 10)
    (tmp_path / "large").write_bytes(b"12345678901")
    with pytest.raises(ConfigurationError, match="large: larger than 10 bytes"):
        files.read(tmp_path / "large", 10)
    assert files.read(tmp_path / "large", 11) == b"12345678901"


@given(st.text())
def test_texts_survive_half_pairs_included(text: str) -> None:
    """As JSON writes them, which is what such texts end up in."""
    content = text.encode("utf-8", files.UNSAVABLE)
    assert content == text.encode() if text.isascii() else content.decode()


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_json_is_parsed(value: object) -> None:
    import json  # noqa: PLC0415 - the judge

    text = json.dumps(value)
    assert bounded_json.loads(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested more than 50 deep"),
        ('{"a":' * 100_000, "nested more than 50 deep"),
        ('"' + "[" * 1_000, r"it is not JSON \(line 1, column 1\)"),
        ("]" * 100_000, "it is not JSON"),
        ("9" * 5_000, "too many digits"),
        ("", "it is not JSON"),
    ],
)
def test_json_that_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        bounded_json.loads(text)


def test_brackets_in_texts_are_no_depth() -> None:
    assert bounded_json.loads('"' + "[" * 1_000 + '\\"{"') == "[" * 1_000 + '"{'
