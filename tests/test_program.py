"""Which program runs, as results name it."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import simulator
from simulator.system import program

PACKAGE = Path(simulator.__file__).parent
ROOT = PACKAGE.parent
ONE, TWO = "1" * 40, "2" * 40


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a branch, by hand."""
    folder = tmp_path / "ours"
    (folder / ".git" / "refs" / "heads").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "raiden-simulator"\n')
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/a/b\n")
    (folder / ".git" / "packed-refs").write_text(f"# pack-refs\n{ONE} refs/heads/a/b\n^{TWO}\n")
    return folder


def test_the_program_is_the_whole_package_and_its_checkout() -> None:
    assert program.PACKAGE == PACKAGE
    written = program.commit_of(ROOT)  # none where the tests run from an archive
    assert written is None or program.commit() == written


def test_the_commit_of_a_branch_of_a_packed_one_and_of_none(checkout: Path) -> None:
    assert program.commit_of(checkout) == ONE
    (checkout / ".git" / "refs" / "heads" / "a").mkdir()
    (checkout / ".git" / "refs" / "heads" / "a" / "b").write_text(TWO + "\n")
    assert program.commit_of(checkout) == TWO
    (checkout / ".git" / "HEAD").write_text(ONE + "\n")
    assert program.commit_of(checkout) == ONE


def test_the_commit_of_a_worktree(checkout: Path) -> None:
    worktree = checkout.parent / "other"
    worktree.mkdir()
    shutil.copy(checkout / "pyproject.toml", worktree)
    private = checkout / ".git" / "worktrees" / "other"
    private.mkdir(parents=True)
    (private / "HEAD").write_text("ref: refs/heads/a/b\n")
    (private / "commondir").write_text("../..\n")
    (worktree / ".git").write_text(f"gitdir: {private}\n")
    assert program.commit_of(worktree) == ONE


@pytest.mark.parametrize("head", ["", "ref: refs/heads/none", "ref: HEAD", "no hash", "\0"])
def test_a_checkout_that_git_would_not_know_has_no_commit(checkout: Path, head: str) -> None:
    (checkout / ".git" / "HEAD").write_text(head)
    assert program.commit_of(checkout) is None


def test_a_copy_in_another_project_is_not_of_its_commit(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('[project]\nname = "another"\n')
    assert program.commit_of(checkout) is None
    (checkout / "pyproject.toml").unlink()
    assert program.commit_of(checkout) is None


def test_what_is_not_in_a_checkout_has_the_commit_of_its_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "commit_of", lambda _: None)
    monkeypatch.setattr(program, "PACKAGE", tmp_path)
    for version, commit in (("0.2.dev7+gabc1234.d20260101", "abc1234"), ("0.2", "unknown")):
        monkeypatch.setattr(program, "version", lambda version=version: version)
        assert program.commit.__wrapped__() == commit
    for written, commit in ((f"{ONE}\n", ONE), ("$Format:%H$", "unknown"), ("", "unknown")):
        (tmp_path / "commit.txt").write_text(written)
        assert program.commit.__wrapped__() == commit


def test_sources_are_what_they_are_called_and_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "PACKAGE", tmp_path)
    seen = set()
    for name, text in (("a.py", "x"), ("b.py", ""), ("b.py", "x"), ("a.py", "y"), ("c.txt", "z")):
        (tmp_path / name).write_text(text)
        seen.add(program.sources.__wrapped__())
    assert len(seen) == 4


def built_version(folder: Path) -> str:
    """Return the version that a build of a folder would have."""
    shutil.copy(ROOT / "build_version.py", folder)
    code = "from build_version import version; print(version())"
    return called(folder, sys.executable, "-W", "ignore", "-c", code)


def called(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commits_of(folder: Path, version: str) -> list[str]:
    """Return the commits in a source distribution and a wheel of a folder; both have a version."""
    called(folder, sys.executable, "-W", "ignore", "-m", "hatchling", "build", "-d", "out")
    name = f"raiden_simulator-{version}"
    with tarfile.open(folder / "out" / f"{name}.tar.gz") as source:
        source.extractall(folder.parent / f"{folder.name} source", filter="data")
        of_source = source.extractfile(f"{name}/simulator/commit.txt")
        assert of_source is not None
        found = [of_source.read().decode().strip()]
    with zipfile.ZipFile(folder / "out" / f"{name}-py3-none-any.whl") as wheel:
        return [*found, wheel.read("simulator/commit.txt").decode().strip()]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_is_built_from_a_tag_names_its_commit(tmp_path: Path) -> None:
    """So does what is built from an archive of it, or from its source distribution."""
    pytest.importorskip("hatchling")
    pytest.importorskip("setuptools_scm")
    checkout, archive = tmp_path / "checkout", tmp_path / "archive"
    (checkout / "simulator").mkdir(parents=True)
    for name in ("build_version.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    for name in (".gitattributes", ".git_archival.txt", ".gitignore"):
        shutil.copy(ROOT / name, checkout)
    (checkout / "simulator" / "__init__.py").write_text("")
    git = ("git", "-c", "user.name=me", "-c", "user.email=me@here.invalid")
    called(checkout, *git, "init", "-q")
    called(checkout, *git, "add", ".")
    called(checkout, *git, "commit", "-q", "--no-gpg-sign", "-m", "first")
    called(checkout, *git, "tag", "v0.3.0")
    commit = called(checkout, "git", "rev-parse", "HEAD")
    archive.mkdir()
    called(checkout, "git", "archive", "-o", str(tmp_path / "v.tar"), "v0.3.0")
    shutil.unpack_archive(tmp_path / "v.tar", archive)
    assert commits_of(checkout, "0.3.0") == [commit, commit]
    assert commits_of(archive, "0.3.0") == [commit, commit]
    source = tmp_path / "checkout source" / "raiden_simulator-0.3.0"
    assert commits_of(source, "0.3.0") == [commit, commit]
    assert called(checkout, "git", "status", "--short", "--", "simulator") == ""


def test_a_source_archive_has_its_commit_and_a_mere_copy_a_version(tmp_path: Path) -> None:
    pytest.importorskip("setuptools_scm")
    assert built_version(tmp_path) == "0.1.0.dev0"
    shutil.copy(ROOT / ".git_archival.txt", tmp_path)
    assert built_version(tmp_path) == "0.1.0.dev0"  # git has not filled it in
    text = f"node: {ONE}\nnode-date: 2026-01-01T00:00:00+00:00\ndescribe-name: \n"
    (tmp_path / ".git_archival.txt").write_text(text)
    assert built_version(tmp_path) == "0.1.0.dev0+g111111111"
    text = text.replace("name: ", f"name: v0.3.0-2-g{TWO}")
    (tmp_path / ".git_archival.txt").write_text(text)
    assert built_version(tmp_path).startswith("0.3.1.dev2+g2222")
