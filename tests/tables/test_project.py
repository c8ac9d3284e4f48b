"""Where a project is, and every way in which cxlab.toml can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlab.errors import ProjectError
from cxlab.stats.hours import WorkingHours
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
        ("[company]\nname = 3\n", "[company] name is 3; give a text"),
        ("[company]\nmin_n = '5'\n", "[company] min_n is '5'; give a whole number, 1 or more"),
        ("[company]\nmin_n = true\n", "min_n is True"),
        ("[company]\nmin_n = 0\n", "min_n is 0; give a whole number, 1 or more"),
        ("[company]\nfiscal_year_starts = 13\n", "fiscal_year_starts is 13; give a month, 1 to 12"),
        ("[company]\nengine = 'duckbd'\n", "Did you mean 'duckdb'"),
        ("[export]\nfile = 'a'\n", "write exports as [[export]]"),
        ("export = [1]\n", "write exports as [[export]]"),
        ("scores = 4\n", "write it as a section, [scores]"),
        ("[scores]\ncsat = 4\n", "write [scores.csat] and below it top"),
        ("[scores.csat]\ntpo = 4\n", "write [scores.csat] and below it top"),
        ("[scores.csat]\ntop = 'high'\n", "write [scores.csat] and below it top"),
        ("redaction = 1\n", "write it as a section, [redaction]"),
        ("engine = 'spark'\n", "write it as a section, [engine]"),
        ("[engine]\nname = 'sprak'\n", "[engine] name: 'sprak' is not a known engine. Did you mean 'spark'"),
        ("[engine]\nname = 'spark'\nmastre = 'local'\n", "Did you mean 'master'"),
        ("[engine]\nname = 'spark'\nmaster = 'local'\nremote = 'sc://h'\n", "both master and remote"),
        ("[engine]\nname = 'spark'\nremote = 'http://h'\n", "give a Spark Connect address such as"),
        ("[engine]\nname = 'spark'\ntoken_env = 'T'\n", "token_env is for Spark Connect"),
        ("[engine]\nname = 'spark'\nconfig = { a = [1] }\n", "give Spark settings, { name = value, ... }"),
        ("[engine]\nname = 'polars'\nbackend = 'sqlite'\n", "backend is for ibis, the engine is polars"),
        ("[engine]\nmaster = 'local'\n", "master is for spark, the engine is duckdb"),
        ("[engine]\nname = 'ibis'\nurl = 'a'\nbackend = 'sqlite'\n", "both url and backend"),
        ("[engine]\nname = 'ibis'\npath = 'a'\nconnect = {}\n", "both path and connect"),
        ("[engine]\nname = 'ibis'\nport = 1\n", "'port' is not a known setting"),
        ("[company]\nengine = 'polars'\n[engine]\nname = 'ibis'\n", "two engines are named, polars and ibis"),
        ("[journey]\nmoments = 'start'\n", "moments is 'start'; give a list of moments"),
        ("[journey]\nmoments = ['start', 'start']\n", "each once"),
        ("[journey]\nmoments = []\n", "moments is []"),
        ("[journey]\nfirst_value = ' '\n", "first_value is ' '; give the name of a step"),
        ("[hours]\nopens = '9'\n", "opens is '9'; give a time of day such as \"09:00\""),
        ("[hours]\nopens = '25:00'\n", "opens is '25:00'"),
        ("[hours]\nopens = '18:00'\n", "opens at 18:00 and closes at 17:00"),
        ("[hours]\ndays = ['Mon', 'Tues']\n", "out of Mon, Tue, Wed"),
        ("[hours]\nholidays = ['25.12.2026']\n", "give a list of dates such as 2026-12-25"),
        ("[hours]\nholidays = [2026-12-25T10:00:00]\n", "give a list of dates"),
        ("[hours]\ntimezone = 'Berlin'\n", "timezone is 'Berlin'; give a time zone by its IANA name"),
        ("[hours]\ntimezone = '../etc'\n", "IANA name"),
        ("[people]\nfloor = 1\n", "floor is 1; give a whole number, 2 or more"),
        ("[people]\nfloor = true\n", "floor is True"),
        ("[people]\nnamed = 'no'\n", "named is 'no'; give true or false"),
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


SECRETS = [
    "[engine]\nname = 'ibis'\nurl = 'postgres://ann:hunter2@host/db'\n",
    "[engine]\nname = 'ibis'\nurl = 'postgres://ann:hun@ter2@host/db'\n",
    "[engine]\nname = 'ibis'\nurl = 'postgres://host/db?password=hunter2'\n",
    "[engine]\nname = 'ibis'\nbackend = 'postgres'\nconnect = { host = 'h', password = 'hunter2' }\n",
    "[engine]\nname = 'spark'\nremote = 'sc://host:15002/;token=hunter2'\n",
    "[engine]\nname = 'spark'\nconfig = { 'spark.hadoop.fs.s3a.secret.key' = 'hunter2' }\n",
    "[engine]\nname = 'postgres://ann:hunter2@host/db'\n",
    "engine = 'postgres://ann:hunter2@host/db'\n",
    "[company]\nengine = 'postgres://ann:hunter2@host/db'\n",
    "[engine]\nname = 'ibis'\npassword = 'hunter2'\n",
    "[engine]\nname = 'ibis'\npassword_env = 'hunter 2'\n",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectError) as problem:
        Project.find(write(tmp_path, text))
    assert not any(part in str(problem.value) for part in ("hunter2", "ter2", "hunter 2"))


def test_the_engine_and_its_settings(tmp_path: Path) -> None:
    spark = "[engine]\nname = 'spark'\nmaster = 'local[2]'\nconfig = { 'spark.sql.shuffle.partitions' = 4 }\n"
    project = Project.find(write(tmp_path, spark))
    assert project.engine == "spark"
    assert project.engine_settings == {"master": "local[2]", "config": {"spark.sql.shuffle.partitions": 4}}
    for text in ("[company]\nengine = 'ibis'\n", "[company]\nengine = 'ibis'\n[engine]\nname = 'ibis'\n"):
        assert Project.find(write(tmp_path, text)).engine == "ibis"
    warehouse = "[engine]\nname='ibis'\nbackend='postgres'\nconnect={host='h',user='u'}\npassword_env='PGPW'\n"
    settings = Project.find(write(tmp_path, warehouse)).engine_settings
    assert settings == {"backend": "postgres", "connect": {"host": "h", "user": "u"}, "password_env": "PGPW"}


SETTLED = """
[scores.csat]
top = 4
[journey]
moments = ["sign-up", "first value", "renewal"]
first_value = "first value"
onboarding_done = "training done"
[hours]
opens = "08:30"
days = ["Mon", "Tue"]
holidays = [2026-12-25, "2026-12-26"]
timezone = "Europe/Berlin"
[people]
floor = 7
named = true
"""


def test_what_the_file_sets_reaches_the_kpis(tmp_path: Path) -> None:
    project = Project.find(write(tmp_path, SETTLED))
    assert project.journey["moments"] == ["sign-up", "first value", "renewal"]
    assert project.people == {"floor": 7, "named": True} and project.hours["opens"] == "08:30"
    hours = WorkingHours(opens="08:30", days=("Mon", "Tue"), holidays=("2026-12-25", "2026-12-26"))
    assert project.standards == {
        "min_n": 5,
        "scores": {
            "csat": {"top": 4},
            "time_to_first_value": {"milestone": "first value"},
            "onboarding_completion": {"milestone": "training done"},
            "enps": {"floor": 7},
            "engagement": {"floor": 7},
            "first_response_time": {"hours": hours},
            "resolution_time": {"hours": hours},
        },
    }
    assert project.scores == {"csat": {"top": 4}}, "the standards are made anew, the settings stay"


def test_what_the_file_does_not_set_is_nobodys_option(tmp_path: Path) -> None:
    text = "[journey]\nmoments = ['renewal']\n[people]\nnamed = false\n"
    assert Project.find(write(tmp_path, text)).standards == {"min_n": 5, "scores": {}}


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
