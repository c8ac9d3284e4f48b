"""Tables on disk: all or nothing, and damage is told rather than believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import narwhals as nw
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ProjectError, TableError
from cxlab.kpis.service import reopen_rate
from cxlab.tables import store
from cxlab.tables.project import Project
from cxlab.tables.schema import Intake

ASIDE = pd.DataFrame({"Ticket": ["x"], "source": ["t.csv"], "row": [3.0], "why": ["no time"]})


def tickets(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ticket_id": [f"t{place}" for place in range(n)],
            "opened_at": pd.Series(pd.Timestamp("2026-01-01"), range(n)).astype("datetime64[us]"),
            "reopened": pd.array([None] + [True] * (n - 1), dtype="boolean"),
            "source": "t.csv",
        }
    )


def saved(folder: Path, n: int = 3, engine: str = "duckdb", aside: pd.DataFrame = ASIDE) -> Project:
    (folder / "cxlab.toml").write_text(f"[company]\nengine = '{engine}'\n")
    project = Project.find(folder)
    store.save(project, {"tickets": Intake(tickets(n), aside)}, {"as_of": "2026-01-01", "sources": []})
    return project


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith(".")]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    saved(tmp_path)
    pd.testing.assert_frame_equal(store.load("tickets", tmp_path), tickets(3))
    pd.testing.assert_frame_equal(store.set_aside("tickets", tmp_path), ASIDE)
    assert store.table_names(tmp_path) == ["tickets"]
    told = store.manifest(tmp_path)
    assert told["as_of"] == "2026-01-01" and told["tables"]["tickets"]["rows"] == 3
    assert told["tables"]["tickets"]["columns"] == list(tickets(1).columns)
    assert list(store.set_aside("responses", tmp_path).columns) == ["source", "row", "why"]
    assert leftovers(tmp_path) == []


def test_the_same_rows_give_the_same_hash(tmp_path: Path) -> None:
    first = store.manifest(saved(tmp_path).root)["tables"]["tickets"]["sha256"]
    assert store.manifest(saved(tmp_path).root)["tables"]["tickets"]["sha256"] == first
    assert store.manifest(saved(tmp_path, 4).root)["tables"]["tickets"]["sha256"] != first


def test_a_new_load_leaves_nothing_of_the_old(tmp_path: Path) -> None:
    project = saved(tmp_path)
    orders = pd.DataFrame({"customer_id": ["a"], "ordered_at": [pd.Timestamp("2026-01-01")], "amount": [1.0]})
    store.save(project, {"orders": Intake(orders, orders[:0])}, {})
    assert store.table_names(tmp_path) == ["orders"]
    assert len(store.set_aside("tickets", tmp_path)) == 0
    with pytest.raises(TableError, match=r"no table 'tickets' \(it has: orders\)"):
        store.load("tickets", tmp_path)


@pytest.mark.parametrize("engine, module", [("duckdb", "duckdb"), ("polars", "polars"), ("pandas", "pandas")])
def test_scan_gives_the_projects_engine(tmp_path: Path, engine: str, module: str) -> None:
    odd = tmp_path / "a [b] *c"  # an engine may read these as patterns
    odd.mkdir()
    saved(odd, 5, engine)
    frame = store.scan("tickets", odd)
    assert nw.from_native(frame).implementation.value == module
    assert reopen_rate(frame)["n"][0] == 4 and reopen_rate(frame)["value"][0] == 1


def test_nothing_loaded_yet(tmp_path: Path) -> None:
    for ask in (store.manifest, store.table_names, lambda root: store.load("tickets", root)):
        with pytest.raises(ProjectError, match="Run `cxlab load`"):
            ask(tmp_path)


@pytest.mark.parametrize("ask", [store.load, store.scan, store.set_aside])
def test_a_table_that_is_none(tmp_path: Path, ask) -> None:
    saved(tmp_path)
    with pytest.raises(TableError, match="'../../etc' is not a canonical table"):
        ask("../../etc", tmp_path)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"not parquet at all", None])
@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
def test_a_damaged_table_is_told(tmp_path: Path, damage: bytes | None, engine: str) -> None:
    project = saved(tmp_path, engine=engine)
    path = project.processed / "tickets.parquet"
    path.write_bytes(damage if damage is not None else path.read_bytes()[:-40])
    for ask in (store.load, store.scan):
        with pytest.raises(ProjectError, match=r"tickets.parquet is damaged .*Run `cxlab load` again"):
            ask("tickets", tmp_path)


def test_a_table_that_is_gone_is_told(tmp_path: Path) -> None:
    project = saved(tmp_path)
    (project.processed / "tickets.parquet").unlink()
    with pytest.raises(ProjectError, match="the file is gone"):
        store.load("tickets", tmp_path)


def test_damaged_rows_set_aside_are_told(tmp_path: Path) -> None:
    project = saved(tmp_path)
    (project.processed / "set-aside" / "tickets.parquet").write_bytes(b"x")
    with pytest.raises(ProjectError, match="is damaged"):
        store.set_aside("tickets", tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"tables": 3}', b"null", b"\xff\xfe"])
def test_a_damaged_manifest_is_told(tmp_path: Path, text: bytes) -> None:
    project = saved(tmp_path)
    (project.processed / "manifest.json").write_bytes(text)
    for ask in (store.manifest, store.table_names, lambda root: store.load("tickets", root)):
        with pytest.raises(ProjectError, match="manifest.json is damaged"):
            ask(tmp_path)


# --- a load that is cut short --------------------------------------------------------------------------------------
class Killed(BaseException):
    """The process ends here; nothing after it runs but what an operating system would do."""


def test_whenever_the_process_is_killed_a_reader_sees_the_old_tables_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each single replacement or removal of a file in turn."""
    states = []
    for fatal in range(1, 40):
        folder = tmp_path / str(fatal)
        folder.mkdir()
        project = saved(folder, 3)
        steps = 0

        def step(real, fatal: int = fatal):
            def counted(*given, **named):
                nonlocal steps
                steps += 1
                if steps == fatal:
                    raise Killed
                return real(*given, **named)

            return counted

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", step(os.replace))
            patch.setattr(os, "fsync", step(os.fsync))
            patch.setattr(Path, "unlink", step(Path.unlink))
            patch.setattr(Path, "write_bytes", step(Path.write_bytes))
            try:
                store.save(project, {"tickets": Intake(tickets(8), ASIDE)}, {})
            except Killed:
                pass
            else:
                break
        try:
            states.append(len(store.load("tickets", folder)))
        except ProjectError as problem:
            assert "did not finish" in str(problem)
            states.append(None)
    assert fatal > 6 and set(states) == {3, None}, states
    # First the old tables, whole; from the moment the manifest goes, none; never the new ones half.
    assert states == sorted(states, key=lambda state: state is None)
    assert len(store.load("tickets", folder)) == 8


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_full_disk_is_told_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "a.json"
    store.write_atomically(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(ProjectError, match="No space left on device.*untouched"):
        store.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and leftovers(tmp_path) == []


def test_a_disk_that_is_full_before_anything_was_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = saved(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(ProjectError, match="could not be written.*No space left"):
            store.save(project, {"tickets": Intake(tickets(8), ASIDE)}, {})
    assert len(store.load("tickets", tmp_path)) == 3 and leftovers(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(ProjectError, match="could not be written"):
        store.save(Project.find(tmp_path), {}, {})
    with pytest.raises(ProjectError, match="could not be written"):
        store.write_atomically(tmp_path / "data" / "x.json", b"")


def test_files_may_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    store.write_atomically(path, b"{}")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_table_that_cannot_be_written_leaves_the_old_ones(tmp_path: Path) -> None:
    """A column that mixes kinds is a fault of the loader; whatever it raises, the old tables stand."""
    project = saved(tmp_path)
    mixed = tickets(2).assign(odd=pd.Series([1, "a"], dtype=object))
    with pytest.raises((CxlabError, ValueError, TypeError)):
        store.save(project, {"tickets": Intake(mixed, mixed[:0])}, {})
    assert len(store.load("tickets", tmp_path)) == 3 and leftovers(tmp_path) == []


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    project = saved(tmp_path)
    assert json.loads((project.processed / "manifest.json").read_text())["tables"]["tickets"]["rows"] == 3
