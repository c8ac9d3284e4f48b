"""The engines on which tables are read: files on DuckDB, Polars and Spark, files or a warehouse through Ibis."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlab.errors import NotInstalled, ProjectError, TableError
from cxlab.tables.canonical import TABLES
from cxlab.tables.project import Project

_PLACES = ("url", "path", "connect")


def on_files(project: Project, path: Path) -> Any:
    """A Parquet file as a lazy frame of the project's engine (not pandas): nothing is read until counts are asked for.

    Raises NotInstalled, or ProjectError when the engine cannot be started.
    """
    if project.engine == "duckdb":
        return _duckdb().read_parquet(str(path))
    if project.engine == "polars":
        try:
            import polars
        except ImportError:
            raise NotInstalled.package("polars", "the engine 'polars'", "polars") from None
        return polars.scan_parquet(path, glob=False)
    if project.engine == "spark":
        return _spark(_key(project)).read.parquet(str(path))
    return _ibis(_key(project)).read_parquet(str(path))


def is_warehouse(project: Project) -> bool:
    """Whether the tables are in a database and not in files: [engine] name = "ibis" with a url, path or connect."""
    return project.engine == "ibis" and any(place in project.engine_settings for place in _PLACES)


def in_warehouse(project: Project) -> dict[str, str]:
    """Canonical name -> name in the warehouse, of the tables that are there, in the house's order."""
    settings = project.engine_settings
    have = set(_ibis(_key(project)).list_tables(database=settings.get("schema")))
    named = {name: f"{settings.get('prefix', '')}{name}" for name in TABLES}
    return {name: stored for name, stored in named.items() if stored in have}


def from_warehouse(project: Project, name: str) -> Any:
    """A canonical table in the warehouse, as an Ibis table. Raises TableError when it is not there."""
    have = in_warehouse(project)
    if name not in have:
        raise TableError(
            f"the warehouse has no table {project.engine_settings.get('prefix', '')}{name} (it has: "
            f"{', '.join(have.values()) or 'none of the canonical ones'}). Make it there with the columns that "
            "cx.dictionary and the guide name, or run `cxlab load` and cx.upload()."
        )
    return _ibis(_key(project)).table(have[name], database=project.engine_settings.get("schema"))


def to_warehouse(project: Project, name: str, path: Path) -> None:
    """Copy a Parquet file into the warehouse; a table of that name is replaced."""
    import pyarrow.parquet
    import sqlglot

    backend, settings = _ibis(_key(project)), project.engine_settings
    stored, schema = f"{settings.get('prefix', '')}{name}", settings.get("schema")
    table = pyarrow.parquet.read_table(path)
    if name in in_warehouse(project):
        # Not drop_table: what Ibis 12 builds, SQLGlot 30 writes without the table's name.
        named = sqlglot.table(stored, db=schema, quoted=True).sql(backend.dialect)
        with contextlib.closing(backend.raw_sql(f"DROP TABLE {named}")):
            pass
    if backend.name != "sqlite":
        backend.create_table(stored, table, database=schema)
        return
    # Ibis hands SQLite moments that it cannot bind: rows go in as the text in which SQLite keeps them.
    import ibis

    backend.create_table(stored, schema=ibis.Schema.from_pyarrow(table.schema), database=schema)
    backend.con.executemany(f'insert into "{stored}" values ({", ".join("?" * table.num_columns)})', _as_text(table))
    backend.con.commit()


def _as_text(table: Any) -> Iterator[tuple]:
    import datetime as dt

    for batch in table.to_batches(max_chunksize=50_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield tuple(cell.isoformat(sep=" ") if isinstance(cell, dt.datetime) else cell for cell in row)


@functools.cache
def _duckdb() -> Any:
    """One connection a process: relations of different connections cannot be joined."""
    import duckdb

    return duckdb.connect()


def _key(project: Project) -> str:
    """What the engine is made of, so that projects of one process share it only where it is the same."""
    settings = dict(project.engine_settings)
    if "path" in settings:
        settings["path"] = str(project.root / settings["path"])
    return json.dumps(settings, sort_keys=True, default=str)


def _secret(settings: dict[str, Any], key: str) -> str:
    """The value of the environment variable that a setting names; empty without the setting."""
    if key not in settings:
        return ""
    secret = os.environ.get(settings[key], "")
    if not secret:
        raise ProjectError(
            f"[engine] {key} names the environment variable {settings[key]}, which is empty. Set it and run again."
        )
    return secret


def _failed(what: str, problem: Exception, secret: str, mend: str) -> ProjectError:
    lines = (str(problem).strip() or type(problem).__name__).splitlines()
    said = lines[0].replace(secret, "***") if secret else lines[0]
    return ProjectError(f"{what}: {said}. {mend}")


@functools.cache
def _spark(key: str) -> Any:
    """The session of this process, by Spark Connect or in a JVM of its own; moments are read as UTC."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise NotInstalled.package("pyspark", "the engine 'spark'", "spark") from None
    settings = json.loads(key)
    token = _secret(settings, "token_env")
    wanted = {"spark.sql.session.timeZone": "UTC"}
    if "remote" in settings:
        url = settings["remote"].rstrip("/;")
        builder = SparkSession.builder.remote(f"{url}{';' if '/;' in url else '/;'}token={token}" if token else url)
    else:
        builder = SparkSession.builder.master(settings.get("master", "local[*]")).appName("cxlab")
        wanted |= {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    for name, value in (wanted | settings.get("config", {})).items():
        builder = builder.config(name, str(value).lower() if isinstance(value, bool) else value)
    try:
        session = builder.getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except ImportError:
        raise NotInstalled.package("pyspark's Connect client", "the engine 'spark'", "spark") from None
    except Exception as problem:
        mend = "Is the address right and the server running?" if "remote" in settings else "Spark needs Java 17."
        raise _failed("Spark could not be started", problem, token, mend) from None
    return session


@functools.cache
def _ibis(key: str) -> Any:
    """The connection of this process to what [engine] names; DuckDB in memory if it names nothing."""
    try:
        import ibis
    except ImportError:
        raise NotInstalled.package("ibis-framework", "the engine 'ibis'", "ibis") from None
    settings = json.loads(key)
    password = _secret(settings, "password_env")
    more = dict(settings.get("connect", {})) | ({"password": password} if password else {})
    name = settings.get("backend", "duckdb")
    if name != "duckdb" and not any(place in settings for place in _PLACES):
        raise ProjectError(
            f"[engine] says backend = {name!r} and not where it is. Give path = a file below the project's folder, or "
            "connect = { host = ..., database = ... }, or url = ... instead of backend."
        )
    try:
        if "url" in settings:
            backend = ibis.connect(settings["url"], **more)
        else:
            backend = getattr(ibis, name).connect(*filter(None, [settings.get("path")]), **more)
    except (AttributeError, ImportError):
        raise ProjectError(
            f"[engine] the Ibis backend {name!r} is not there. Run: pip install 'ibis-framework[{name}]', or mend the "
            "name."
        ) from None
    except Exception as problem:
        raise _failed("the warehouse could not be reached", problem, password, "Mend [engine] in cxlab.toml.") from None
    if backend.name == "duckdb" and not hasattr(backend.con, "fetch_arrow_table"):
        backend.con = _Connection(backend.con)
    return backend


class _Connection:
    """A DuckDB connection with two methods under the names they had before DuckDB 2, by which Ibis 12 still calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *given: Any, **named: Any) -> _Connection:
        self._connection.execute(*given, **named)
        return self

    def cursor(self) -> _Connection:
        return _Connection(self._connection.cursor())

    def fetch_arrow_table(self) -> Any:
        return self._connection.to_arrow_table()

    def fetch_record_batch(self, rows: int) -> Any:
        return self._connection.to_arrow_reader(rows)
