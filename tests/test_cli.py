"""The command line: exit codes, and what it says to rubbish."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cxlab import cli

RESPONSES = """
[[export]]
file = "answers.csv"
table = "responses"
dates = "year-first"

[export.columns]
response_id = "id"
survey = { value = "nps" }
answered_at = "when"
score = "score"
scale_low = { value = "0" }
scale_high = { value = "10" }
customer_id = "account"
comment = "comment"
"""
GOOD = "id,when,score,account,comment\n" + "".join(
    f"r{i},2026-0{1 + i % 9}-11,{i % 11},a{i % 20},fine\n" for i in range(300)
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "cxlab.toml").write_text(RESPONSES)
    return tmp_path


def put(root: Path, content: str | bytes) -> Path:
    path = root / "data" / "raw" / "answers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def call(root: Path, *arguments: str) -> int:
    return cli.main([*arguments, "--root", str(root)])


def left_behind(root: Path) -> list[str]:
    """Everything below data/processed and reports, hidden files too."""
    folders = (root / "data" / "processed", root / "reports")
    return [str(path.relative_to(root)) for folder in folders if folder.exists() for path in folder.rglob("*")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ["answers.csv", "empty"]),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), ["answers.csv", "PNG"]),
        (b"PK\x03\x04" + bytes(200), ["answers.csv"]),
        ("id,when,points,account,comment\nr1,2026-01-11,9,a1,x\n", ["answers.csv", "score"]),
        (GOOD.replace("2026-", "never "), ["answers.csv", "answered_at"]),
    ],
    ids=["empty", "a picture", "a zip", "missing column", "all rows bad"],
)
def test_rubbish_is_told_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str], content: str | bytes, told: list[str]
) -> None:
    put(root, content)
    assert call(root, "load") == cli.USAGE
    error = capsys.readouterr().err
    assert all(word in error for word in told), error
    assert "Traceback" not in error
    assert left_behind(root) == []


def test_a_load_that_fails_leaves_the_tables_of_the_last_one(root: Path) -> None:
    put(root, GOOD)
    assert call(root, "load") == cli.OK
    before = {name: (root / name).read_bytes() for name in left_behind(root) if (root / name).is_file()}
    put(root, b"")
    assert call(root, "load") == cli.USAGE
    assert {name: (root / name).read_bytes() for name in left_behind(root) if (root / name).is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["2026-Q7"], "2026-Q7"),
        (["2026-Q1", "-p", "region=../../x"], "region"),
        (["2026-Q1", "-p", "regoin=North"], "region"),
        (["2026-Q1", "-p", "region"], "NAME=VALUE"),
        (["2026-Q1", "-p", "token=abc"], "token"),
        (["2026-Q1", "--only", "11-read"], "10-read-the-scorecard"),
        (["2026-Q1", "--workers", "0"], "workers"),
        (["2027-Q1"], "2027-Q1 lies after the data"),
        (["2026-Q1", "--by", "custmer_id"], "customer_id"),
        (["2026-Q1", "--audience", "everyone"], "leaders"),
    ],
)
def test_a_run_that_cannot_be_is_refused_before_a_kernel_starts(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    put(root, GOOD)
    assert call(root, "load") == cli.OK
    assert call(root, "run", *arguments) == cli.USAGE
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error
    assert not (root / "reports" / "index.html").exists()


def test_a_run_without_tables_says_what_to_do(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(root, "run", "2026-Q1") == cli.USAGE
    assert "cxlab load" in capsys.readouterr().err


def test_nothing_to_load_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "load") == cli.USAGE
    assert "--suggest" in capsys.readouterr().err or "cxlab demo" in capsys.readouterr().err


def test_a_project_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path / "nowhere", "load") == cli.USAGE
    assert "nowhere" in capsys.readouterr().err


def test_suggest_prints_a_mapping_that_loads(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(root, GOOD)
    assert call(root, "load", "--suggest", str(path)) == cli.OK
    (root / "cxlab.toml").write_text(capsys.readouterr().out)
    shutil.rmtree(root / "data" / "processed", ignore_errors=True)
    assert call(root, "load") == cli.OK


def test_the_demo_does_not_touch_a_folder_with_exports(root: Path) -> None:
    put(root, GOOD)
    assert call(root, "demo", "--if-empty") == cli.OK
    assert [path.name for path in (root / "data" / "raw").iterdir()] == ["answers.csv"]
    assert call(root, "demo") == cli.USAGE
    assert [path.name for path in (root / "data" / "raw").iterdir()] == ["answers.csv"]


def test_check_finds_nothing_in_the_house_notebooks(root: Path) -> None:
    assert call(root, "check") == cli.OK
