"""NPS by region and month from a Parquet file: hand-written DuckDB SQL, cxlab, and the pandas a user would write.

Each contender runs in a fresh process and reports its wall time and peak memory; ratios are what counts. SQL stops at
the counts; cxlab gives value, interval and n besides. Run: python benchmarks/bench_counting.py [MILLIONS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SQL = """
import duckdb
rows = duckdb.sql('''
    select region, month, count(*) n, sum(score >= 9) promoters, sum(score <= 6) detractors
    from read_parquet('{path}') where survey = 'nps' and score is not null
      and answered_at >= '2026-01-01' and answered_at < '2027-01-01'
    group by all order by all''').fetchall()
groups = len(rows)
"""
CXLAB = """
import duckdb
import cxlab as cx
frame = cx.nps(duckdb.connect().read_parquet('{path}'), cx.Period.of("2026"), by=("region", "month"))
groups = len(frame)
"""
PANDAS = """
import pandas as pd
answers = pd.read_parquet('{path}')
answers = answers[(answers["survey"] == "nps") & answers["score"].notna()]
answers = answers[(answers["answered_at"] >= "2026-01-01") & (answers["answered_at"] < "2027-01-01")]
answers["promoter"] = answers["score"] >= 9
answers["detractor"] = answers["score"] <= 6
counted = answers.groupby(["region", "month"]).agg(
    n=("score", "size"), promoters=("promoter", "sum"), detractors=("detractor", "sum"))
counted["nps"] = 100 * (counted["promoters"] - counted["detractors"]) / counted["n"]
groups = len(counted)
"""
MEASURE = """
import json, resource, time
began = time.perf_counter()
{body}
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, peak, groups]))
"""


def write_answers(path: Path, millions: float) -> None:
    """A Parquet file of answers, a million rows at a time."""
    rng = np.random.default_rng(0)
    regions = pa.array(["North", "South", "East", "West", "Overseas"])
    writer = None
    for _ in range(max(1, round(millions))):
        n = 1_000_000
        day = rng.integers(0, 365, n)
        table = pa.table(
            {
                "response_id": pa.array(np.arange(n)).cast(pa.string()),
                "survey": pa.DictionaryArray.from_arrays(np.zeros(n, "int8"), ["nps"]).cast(pa.string()),
                "answered_at": pa.array(np.datetime64("2026-01-01", "us") + day.astype("timedelta64[D]")),
                "month": pa.array((np.datetime64("2026-01-01") + day).astype("datetime64[M]").astype(str)),
                "region": regions.take(pa.array(rng.integers(0, 5, n))),
                "score": pa.array(rng.integers(0, 11, n).astype(float)),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def measured(body: str, path: Path) -> tuple[float, float, int]:
    """(seconds, peak MB, groups) of the best of three fresh processes."""
    code = MEASURE.format(body=body.format(path=path))
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    return min(runs)


def main() -> None:
    """Print one line a contender, then the ratios."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        write_answers(path, millions)
        results = {name: measured(body, path) for name, body in (("SQL", SQL), ("cxlab", CXLAB), ("pandas", PANDAS))}
    print(f"{millions:g} million answers, best of three fresh processes")
    for name, (seconds, peak, groups) in results.items():
        print(f"  {name:7} {seconds:6.2f} s  {peak:7.0f} MB  {groups} groups")
    own = results["cxlab"]
    print(f"cxlab takes {own[0] / results['SQL'][0]:.1f} times the SQL, ", end="")
    time, memory = (results["pandas"][part] / own[part] for part in (0, 1))
    print(f"pandas {time:.1f} times cxlab's time and {memory:.1f} times its memory")


if __name__ == "__main__":
    main()
