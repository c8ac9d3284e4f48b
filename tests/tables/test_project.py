"""Where a project is, and every way in which cxlab.toml can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlab.errors import ProjectError
from cxlab.tables.project import Project

FULL = """
[company]
name = "Northgate Software"
fiscal_year_starts = 4
min_n = 7
engine = "polars"

[scores.csat]
top = 4

[[export]]
file = "a.csv"
table = "responses"

[[export]]
file = "b.csv"
table = "tickets"
"""


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "cxlab.toml").write_text(text, encoding=encoding)
    return folder


@pytest.fixture(autouse=True)
def _no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXLAB_ROOT", raising=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_everything_is_read(tmp_path: Path, encoding: str) -> None:
    project = Project.find(write(tmp_path, FULL, encoding))
    assert (project.company, project.fiscal_year_starts, project.min_n) == ("Northgate Software", 4, 7)
    assert project.engine == "polars" and project.scores == {"csat": {"top": 4}}
    assert [export["file"] for export in project.exports] == ["a.csv", "b.csv"]
    assert project.period("2026-Q1").start.year == 2025
    assert project.raw == tmp_path / "data" / "raw" and project.processed == tmp_path / "data" / "processed"
    assert project.reports == tmp_path / "reports"


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    project = Project.find(tmp_path)
    assert (project.min_n, project.engine, project.fiscal_year_starts, project.exports) == (5, "duckdb", 1, ())


@pytest.mark.parametrize(
    "text, said",
    [
        ("[company\n", "is not valid TOML"),
        ("[comapny]\n", "Did you mean 'company'"),
        ("company = 'Northgate'\n", "write it as a section, [company]"),
        ("[company]\nnam = 'x'\n", "Did you mean 'name'"),
        ("[company]\nname = 3\n", "name is 3; it must be a str"),
        ("[company]\nmin_n = '5'\n", "min_n is '5'; it must be a int"),
        ("[company]\nmin_n = true\n", "min_n is True"),
        ("[company]\nmin_n = 0\n", "min_n must be 1 or more"),
        ("[company]\nfiscal_year_starts = 13\n", "must be a month, 1 to 12"),
        ("[company]\nengine = 'duckbd'\n", "Did you mean 'duckdb'"),
        ("[export]\nfile = 'a'\n", "write exports as [[export]]"),
        ("export = [1]\n", "write exports as [[export]]"),
        ("scores = 4\n", "write it as a section, [scores]"),
        ("[scores]\ncsat = 4\n", "write [scores.csat] and below it top"),
        ("[scores.csat]\ntpo = 4\n", "write [scores.csat] and below it top"),
        ("[scores.csat]\ntop = 'high'\n", "write [scores.csat] and below it top"),
        ("redaction = 1\n", "write it as a section, [redaction]"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError) as problem:
        Project.find(write(tmp_path, text))
    assert said in str(problem.value) and str(tmp_path / "cxlab.toml") in str(problem.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as problem:
        Project.find(write(tmp_path, "[compny]\n[company]\nnam = 1\nmin_n = 'x'\n"))
    assert all(part in str(problem.value) for part in ("compny", "nam", "min_n"))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "cxlab.toml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ProjectError, match="is not valid TOML"):
        Project.find(tmp_path)


def test_the_root_given_wins_over_the_environment_and_this_over_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given", "environment", "here"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, f"[company]\nname = '{name}'\n")
    below = tmp_path / "here" / "data" / "raw"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Project.find().company == "here" and Project.find().root == tmp_path / "here"
    monkeypatch.setenv("CXLAB_ROOT", str(tmp_path / "environment"))
    assert Project.find().company == "environment"
    assert Project.find(tmp_path / "given").company == "given"
    assert Project.find(str(tmp_path / "given")).company == "given"


def test_without_any_project_above_this_folder_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Project.find().root == tmp_path


def test_a_root_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProjectError, match="does not exist"):
        Project.find(tmp_path / "nowhere")
    monkeypatch.setenv("CXLAB_ROOT", str(tmp_path / "nowhere"))
    with pytest.raises(ProjectError, match="does not exist"):
        Project.find()


def test_own_notebooks_go_before_those_of_the_house(tmp_path: Path) -> None:
    house = Project.find(tmp_path).notebooks
    assert house.name == "notebooks" and house.is_dir() and house != tmp_path / "notebooks"
    (tmp_path / "notebooks").mkdir()
    assert Project.find(tmp_path).notebooks == house
    (tmp_path / "notebooks" / "10-mine.ipynb").write_text("{}")
    assert Project.find(tmp_path).notebooks == tmp_path / "notebooks"


@pytest.mark.parametrize(
    "as_of, starts, quarter",
    [
        ("2026-09-30T23:00:00", 1, "2026-Q3"),
        ("2026-09-15T12:00:00", 1, "2026-Q2"),
        ("2026-12-31", 1, "2026-Q4"),
        ("2026-03-31T18:00:00", 4, "2026-Q4"),
        ("2026-10-01T00:00:00+02:00", 1, "2026-Q3"),
    ],
)
def test_the_latest_quarter_is_one_that_the_data_cover(tmp_path: Path, as_of: str, starts: int, quarter: str) -> None:
    project = Project.find(write(tmp_path, f"[company]\nfiscal_year_starts = {starts}\n"))
    assert project.latest_quarter(as_of).label == quarter


def test_no_date_no_quarter(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="hold no date"):
        Project.find(tmp_path).latest_quarter(None)
