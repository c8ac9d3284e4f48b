"""The same KPI call gives equal frames on every engine: pandas, Polars, DuckDB, Arrow, PySpark (local and by Spark
Connect), and through Ibis DuckDB, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet
import pytest

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.disagreements import disagreements
from cxlab.kpis.scorecards import scorecard
from cxlab.kpis.service import duration_curve, honest_clock
from cxlab.periods import Period
from cxlab.tables import engines
from cxlab.tables.project import Project

pytestmark = pytest.mark.slow

QUARTER = Period.of("2026-Q2")
CLUSTER = {"responses": "customer_id", "tickets": "customer_id", "visits": "customer_id"}
STATISTICS = {
    "resolution_time": [{"statistic": "p90"}, {"statistic": "done_by", "within_hours": 24}],
    "response_rate": [{"within_days": 7}],
}
IN_PROCESS = ["polars", "polars lazy", "arrow", "duckdb", "ibis duckdb", "ibis sqlite", "ibis postgres"]
SPARK = {"spark.sql.shuffle.partitions": 2, "spark.driver.memory": "1g", "spark.driver.host": "127.0.0.1"}


@pytest.fixture(scope="module")
def files(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stored")
    paths = {name: folder / f"{name}.parquet" for name in tables}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    return paths


def options_of(kpi: str) -> list[dict[str, Any]]:
    """By region, weighted and clustered; plain; and what only some KPIs have."""
    cluster = CLUSTER.get(DEFINITIONS[kpi].table, "parent")
    grouped = {"by": ("region",), "weight": "weight", "cluster": cluster}
    return [grouped, {}, *({"by": "region", **more} for more in STATISTICS.get(kpi, []))]


@pytest.fixture(scope="module")
def expected(tables: dict[str, pd.DataFrame]) -> dict[str, list[pd.DataFrame]]:
    return {kpi: [computed(kpi, tables, options) for options in options_of(kpi)] for kpi in DEFINITIONS}


def computed(kpi: str, tables: dict[str, Any], options: dict[str, Any]) -> pd.DataFrame:
    entry = DEFINITIONS[kpi]
    beside = {name: tables[name] for name in entry.beside if name in tables}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Small groups are remarked upon; here only the frames are compared.
        return entry.function(tables[entry.table], QUARTER, **beside, **options)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Equal to 1e-9, types of the columns included."""
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-9)


def differing(tables: dict[str, Any], expected: dict[str, list[pd.DataFrame]], calls: int | None = None) -> list[str]:
    """Which KPIs are not the same on these tables: all that are wrong at once, an engine takes its time."""
    wrong = []
    for kpi, frames in expected.items():
        for options, wanted in list(zip(options_of(kpi), frames, strict=True))[:calls]:
            try:
                same(computed(kpi, tables, options), wanted)
            except Exception as problem:
                wrong.append(f"{kpi} {options}: {type(problem).__name__}: {problem}"[:500])
    return wrong


def on_files(files: dict[str, Path], engine: str, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    project = Project(next(iter(files.values())).parent, engine=engine, engine_settings=settings or {})
    return {name: engines.on_files(project, path) for name, path in files.items()}


def in_warehouse(files: dict[str, Path], settings: dict[str, Any]) -> dict[str, Any]:
    project = Project(next(iter(files.values())).parent, engine="ibis", engine_settings=settings)
    for name, path in files.items():
        engines.to_warehouse(project, name, path)
    return {name: engines.from_warehouse(project, name) for name in files}


@pytest.fixture(scope="module")
def opened(files: dict[str, Path], request: pytest.FixtureRequest) -> Any:
    """Opens the tables on an engine, once a module."""
    kept: dict[str, dict[str, Any]] = {}
    make = {
        "polars": lambda: {name: pl.read_parquet(path) for name, path in files.items()},
        "arrow": lambda: {name: pyarrow.parquet.read_table(path) for name, path in files.items()},
        "polars lazy": lambda: on_files(files, "polars"),
        "duckdb": lambda: on_files(files, "duckdb"),
        "ibis duckdb": lambda: on_files(files, "ibis"),
        "ibis sqlite": lambda: in_warehouse(files, {"backend": "sqlite", "path": "warehouse.sqlite", "prefix": "cx_"}),
        "ibis postgres": lambda: in_warehouse(files, request.getfixturevalue("postgres")),
    }

    def of(engine: str) -> dict[str, Any]:
        if engine not in kept:
            kept[engine] = make[engine]()
        return kept[engine]

    return of


@pytest.fixture(scope="module")
def postgres() -> Iterator[dict[str, Any]]:
    """The settings of a PostgreSQL server that lives on a socket in a folder, as long as the tests do."""
    found = shutil.which("initdb") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
    if found is None:
        pytest.skip("PostgreSQL is not on this machine")
    folder = Path(tempfile.mkdtemp(prefix="cxlab-pg-"))
    # The server refuses to be root.
    rights: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        rights = {"user": 65534, "group": 65534, "extra_groups": []}

    def run(program: str, *options: str) -> None:
        command = [str(Path(found).parent / program), "-D", str(folder / "data"), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **rights)

    run("initdb", "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "-U", "cxlab")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "start")
    try:
        yield {"backend": "postgres", "connect": {"host": str(folder), "user": "cxlab", "database": "postgres"}}
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("engine", IN_PROCESS)
def test_every_kpi_is_the_same_on_every_engine(engine: str, opened: Any, expected: dict) -> None:
    assert differing(opened(engine), expected) == []


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb", "ibis duckdb", "ibis sqlite", "ibis postgres"])
def test_clocks_scorecards_and_disagreements_too(engine: str, opened: Any, tables: dict[str, pd.DataFrame]) -> None:
    found = opened(engine)
    same(honest_clock(found["tickets"], QUARTER, "region"), honest_clock(tables["tickets"], QUARTER, "region"))
    same(duration_curve(found["tickets"], QUARTER), duration_curve(tables["tickets"], QUARTER))
    same(disagreements(found, QUARTER), disagreements(tables, QUARTER))
    cards = [carded(side) for side in (found, tables)]
    same(cards[0].now, cards[1].now)
    same(cards[0].changes, cards[1].changes)
    assert len(cards[0].now) > 4 and cards[0].missing.equals(cards[1].missing)


def carded(tables: dict[str, Any]) -> Any:
    return scorecard(tables, QUARTER, "parent", kpis=("nps", "net_revenue_retention"), where={"region": "North"})


@pytest.fixture(scope="module")
def spark(files: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """The tables on a local session of PySpark; skipped where it or Java is not installed."""
    pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, which is not on this machine")
    found = on_files(files, "spark", {"master": "local[1]", "config": SPARK})
    session = next(iter(found.values())).sparkSession
    yield {name: table.cache() for name, table in found.items()}
    session.stop()


def test_every_kpi_is_the_same_on_pyspark(spark: dict[str, Any], expected: dict) -> None:
    assert differing(spark, expected, calls=2) == []


def test_the_scorecard_is_the_same_on_pyspark(spark: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
    same(carded(spark).now, carded(tables).now)


def test_not_a_number_is_empty_on_pyspark_too(spark: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
    """A Spark frame made from pandas holds NaN where a Parquet file holds nothing."""
    columns = ["survey", "score", "answered_at", "scale_low", "scale_high"]
    rows = tables["responses"].loc[lambda frame: frame["answered_at"].notna(), columns]
    given = rows.astype({"survey": object})
    assert given["score"].isna().any()
    made = spark["responses"].sparkSession.createDataFrame(given)
    same(DEFINITIONS["nps"].function(made, QUARTER), DEFINITIONS["nps"].function(rows, QUARTER))


SERVER = """
import sys
from pyspark.sql import SparkSession
plugin = "org.apache.spark.sql.connect.SparkConnectPlugin"
builder = SparkSession.builder.master("local[1]").config("spark.plugins", plugin)
for setting in sys.argv[1:]:
    builder = builder.config(*setting.split("=", 1))
builder.getOrCreate()
print("ready", flush=True)
sys.stdin.read()
"""
CLIENT = "import sys, test_engines; test_engines.answer_over_connect(*sys.argv[1:])"


def answer_over_connect(url: str, folder: str, out: str) -> None:
    """Every KPI by region, weighted and clustered, on a Spark Connect server; pickled. For a process of its own."""
    files = {path.stem: path for path in Path(folder).glob("*.parquet")}
    found = on_files(files, "spark", {"remote": url, "config": {"spark.sql.shuffle.partitions": 2}})
    frames = {}
    for kpi in DEFINITIONS:
        try:
            frames[kpi] = computed(kpi, found, options_of(kpi)[0])
        except Exception as problem:
            frames[kpi] = f"{type(problem).__name__}: {problem}"[:500]
    Path(out).write_bytes(pickle.dumps(frames))


@pytest.fixture(scope="module")
def connect_server() -> Iterator[str]:
    """The address of a Spark Connect server on this machine, in a process of its own."""
    pytest.importorskip("pyspark.sql")
    pytest.importorskip("grpc")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not on this machine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = SPARK | {
        "spark.connect.grpc.binding.port": port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
    }
    command = [sys.executable, "-c", SERVER, *(f"{name}={value}" for name, value in settings.items())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}, text=True, **pipes)
    try:
        assert server.stdout.readline().strip() == "ready", "the Spark Connect server did not start"
        for _ in range(100):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.stdin.close()
        server.terminate()
        server.wait(30)


def test_every_kpi_is_the_same_over_spark_connect(
    connect_server: str, files: dict[str, Path], expected: dict, tmp_path: Path
) -> None:
    """The client is a process of its own too: one process has one kind of session."""
    folder, out = next(iter(files.values())).parent, tmp_path / "frames"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CLIENT, connect_server, str(folder), str(out)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = pickle.loads(out.read_bytes())
    wrong = []
    for kpi, frames in expected.items():
        try:
            assert isinstance(found[kpi], pd.DataFrame), found[kpi]
            same(found[kpi], frames[0])
        except AssertionError as problem:
            wrong.append(f"{kpi}: {problem}"[:500])
    assert wrong == []
