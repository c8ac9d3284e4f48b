"""The same KPI call on pandas, Polars, DuckDB, Arrow and PySpark frames gives equal frames."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet
import pytest

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.disagreements import disagreements
from cxlab.kpis.packs import scorecard
from cxlab.kpis.service import duration_curve, honest_clock
from cxlab.periods import Period

pytestmark = pytest.mark.slow

QUARTER = Period.of("2026-Q2")
CLUSTER = {"responses": "customer_id", "tickets": "customer_id", "visits": "customer_id"}
STATISTICS = {
    "resolution_time": [{"statistic": "p90"}, {"statistic": "done_by", "within_hours": 24}],
    "response_rate": [{"within_days": 7}],
}


@pytest.fixture(scope="module")
def files(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stored")
    paths = {name: folder / f"{name}.parquet" for name in tables}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    return paths


def options_of(kpi: str) -> list[dict[str, Any]]:
    """Plain; by region, weighted and clustered; and what only some KPIs have."""
    cluster = CLUSTER.get(DEFINITIONS[kpi].table, "parent")
    grouped = {"by": ("region",), "weight": "weight", "cluster": cluster}
    return [{}, grouped, *({"by": "region", **more} for more in STATISTICS.get(kpi, []))]


@pytest.fixture(scope="module")
def expected(tables: dict[str, pd.DataFrame]) -> dict[str, list[pd.DataFrame]]:
    return {kpi: [computed(kpi, tables, options) for options in options_of(kpi)] for kpi in DEFINITIONS}


def computed(kpi: str, tables: dict[str, Any], options: dict[str, Any]) -> pd.DataFrame:
    entry = DEFINITIONS[kpi]
    beside = {name: tables[name] for name in entry.beside}
    return entry.function(tables[entry.table], QUARTER, **beside, **options)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Equal to 1e-9, types of the columns included."""
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-9)


def opened(engine: str, files: dict[str, Path]) -> dict[str, Any]:
    read = {
        "polars": pl.read_parquet,
        "polars lazy": pl.scan_parquet,
        "duckdb": lambda path: CONNECTION.read_parquet(str(path)),
        "arrow": pyarrow.parquet.read_table,
    }[engine]
    return {name: read(path) for name, path in files.items()}


CONNECTION = duckdb.connect()


@pytest.mark.parametrize("engine", [pytest.param("polars", marks=pytest.mark.slow), "polars lazy", "duckdb", "arrow"])
def test_every_kpi_is_the_same_on_every_engine(engine: str, files: dict, expected: dict) -> None:
    tables = opened(engine, files)
    for kpi, frames in expected.items():
        for options, wanted in zip(options_of(kpi), frames, strict=True):
            same(computed(kpi, tables, options), wanted)


@pytest.mark.parametrize("engine", [pytest.param("polars lazy", marks=pytest.mark.slow), "duckdb"])
def test_clocks_scorecards_and_disagreements_too(engine: str, files: dict, tables: dict[str, pd.DataFrame]) -> None:
    found = opened(engine, files)
    same(honest_clock(found["tickets"], QUARTER, "region"), honest_clock(tables["tickets"], QUARTER, "region"))
    same(duration_curve(found["tickets"], QUARTER), duration_curve(tables["tickets"], QUARTER))
    same(disagreements(found, QUARTER), disagreements(tables, QUARTER))
    one, other = (
        scorecard(side, QUARTER, "parent", kpis=("nps", "net_revenue_retention"), where={"region": "North"})
        for side in (found, tables)
    )
    same(one.now, other.now)
    same(one.changes, other.changes)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A local session of PySpark; skipped where it or Java is not installed."""
    pyspark = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, which is not on this machine")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
    }
    builder = pyspark.SparkSession.builder.master("local[1]")
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.slow
def test_every_kpi_is_the_same_on_pyspark(spark: Any, files: dict, expected: dict) -> None:
    found = {name: spark.read.parquet(str(path)).cache() for name, path in files.items()}
    for kpi, frames in expected.items():
        for options, wanted in list(zip(options_of(kpi), frames, strict=True)):
            same(computed(kpi, found, options), wanted)


@pytest.mark.slow
def test_not_a_number_is_empty_on_pyspark_too(spark: Any, tables: dict[str, pd.DataFrame]) -> None:
    """A Spark frame made from pandas holds NaN where a Parquet file holds nothing."""
    columns = ["survey", "score", "answered_at", "scale_low", "scale_high"]
    rows = tables["responses"].loc[lambda frame: frame["answered_at"].notna(), columns]
    given = rows.astype({"survey": object})
    assert given["score"].isna().any()
    same(DEFINITIONS["nps"].function(spark.createDataFrame(given), QUARTER), DEFINITIONS["nps"].function(rows, QUARTER))
