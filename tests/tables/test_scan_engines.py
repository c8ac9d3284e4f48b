"""Tables on the project's engine: files, a warehouse, what is not installed, and secrets that stay secret."""

from __future__ import annotations

import builtins
import datetime as dt
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pytest

from cxlab.errors import NotInstalled, ProjectError, TableError
from cxlab.kpis.service import reopen_rate, resolution_time
from cxlab.periods import Period
from cxlab.tables import engines, store
from cxlab.tables.project import Project
from cxlab.tables.schema import Intake

SQLITE = "[engine]\nname = 'ibis'\nbackend = 'sqlite'\npath = 'house.sqlite'\nprefix = 'cx_'\n"


def tickets() -> pd.DataFrame:
    opened = pd.Series(pd.to_datetime(["2026-01-01", "2026-03-31 23:59:59.5", "2026-04-01", None], format="ISO8601"))
    return pd.DataFrame(
        {
            "ticket_id": ["a", "b'c", "ü", "d"],
            "opened_at": opened.astype("datetime64[us]"),
            "resolved_at": (opened + pd.Timedelta(hours=5)).astype("datetime64[us]"),
            "reopened": pd.array([True, False, None, True], dtype="boolean"),
        }
    )


def project_of(folder: Path, settings: str) -> Project:
    (folder / "cxlab.toml").write_text(settings)
    project = Project.find(folder)
    table = tickets()
    store.save(project, {"tickets": Intake(table, table[:0])}, {"as_of": "2026-04-01", "sources": []})
    return project


def test_a_warehouse_is_filled_and_read(tmp_path: Path) -> None:
    project_of(tmp_path, SQLITE)
    assert store.table_names(tmp_path) == []
    with pytest.raises(TableError, match=r"no table cx_tickets \(it has: none of the canonical ones\).*cx.upload"):
        store.scan("tickets", tmp_path)
    for _ in range(2):
        assert store.upload(tmp_path) == ["cx_tickets"]
    assert store.table_names(tmp_path) == ["tickets"] and (tmp_path / "house.sqlite").is_file()
    found = store.scan("tickets", tmp_path)
    assert nw.from_native(found).implementation.is_ibis()
    quarter = Period.of("2026-Q1")
    for kpi in (reopen_rate, resolution_time):
        pd.testing.assert_frame_equal(kpi(found, quarter), kpi(tickets(), quarter))
    assert reopen_rate(found, quarter)["n"][0] == 2, "the last second of March belongs to the quarter, April does not"


def test_files_are_read_through_ibis_too(tmp_path: Path) -> None:
    project_of(tmp_path, "[company]\nengine = 'ibis'\n")
    found = store.scan("tickets", tmp_path)
    pd.testing.assert_frame_equal(reopen_rate(found), reopen_rate(tickets()))
    with pytest.raises(ProjectError, match="there is nothing to upload"):
        store.upload(tmp_path)


def test_days_and_zones_become_times_without_zone(tmp_path: Path) -> None:
    """A warehouse that others filled: days as days, moments with zone, a T between day and time."""
    import sqlite3

    with sqlite3.connect(tmp_path / "house.sqlite") as other:
        other.execute(
            "create table cx_tickets (ticket_id text, opened_at date, resolved_at timestamp, reopened boolean)"
        )
        other.execute("insert into cx_tickets values ('a', '2026-04-01', '2026-04-01T02:00:00', 1)")
    (tmp_path / "cxlab.toml").write_text(SQLITE)
    found = resolution_time(store.scan("tickets", tmp_path), Period.of("2026-Q2"), as_of=dt.datetime(2026, 5, 1))
    assert found["n"][0] == 1 and found["value"][0] == 2
    assert reopen_rate(store.scan("tickets", tmp_path), Period.of("2026-Q1"))["n"][0] == 0


@pytest.mark.parametrize(
    "settings, said",
    [
        ("[engine]\nname='ibis'\nbackend='sqlite'\n", "says backend = 'sqlite' and not where it is"),
        ("[engine]\nname='ibis'\nbackend='nosuch'\npath='a'\n", "pip install 'ibis-framework\\[nosuch\\]'"),
        ("[engine]\nname='ibis'\nbackend='sqlite'\npath='no/such/folder/a'\n", "could not be reached"),
    ],
)
def test_what_cannot_be_opened_is_told(tmp_path: Path, settings: str, said: str) -> None:
    project_of(tmp_path, settings)
    with pytest.raises(ProjectError, match=said):
        store.scan("tickets", tmp_path)


def test_a_secret_comes_from_the_environment_and_is_never_told(tmp_path: Path, monkeypatch: Any) -> None:
    project_of(tmp_path, "[engine]\nname='ibis'\nbackend='sqlite'\npath='a'\npassword_env='CX_TEST_PW'\n")
    monkeypatch.delenv("CX_TEST_PW", raising=False)
    with pytest.raises(ProjectError, match="names the environment variable CX_TEST_PW, which is empty"):
        store.scan("tickets", tmp_path)
    import ibis

    def refused(*_: Any, password: str, **__: Any) -> None:
        raise RuntimeError(f"no entry with {password}\nand more")

    monkeypatch.setenv("CX_TEST_PW", "hunter2")
    monkeypatch.setattr(ibis.sqlite, "connect", refused)
    with pytest.raises(ProjectError) as problem:
        store.scan("tickets", tmp_path)
    assert "no entry with ***" in str(problem.value) and "hunter2" not in str(problem.value)


@pytest.mark.parametrize("engine, package", [("polars", "polars"), ("spark", "pyspark"), ("ibis", "ibis")])
def test_what_is_not_installed_is_told_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: Any, engine: str, package: str
) -> None:
    project_of(tmp_path, f"[engine]\nname = '{engine}'\n")
    real = builtins.__import__

    def without(name: str, *given: Any, **named: Any) -> Any:
        if name.split(".")[0] == package:
            raise ImportError(name)
        return real(name, *given, **named)

    for cached in (engines._spark, engines._ibis):
        cached.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NotInstalled, match=rf"pip install 'cxlab\[{engine}\]'"):
        store.scan("tickets", tmp_path)
