"""The survey scorecard by region and month from a Parquet file: hand-written DuckDB SQL, cxlab, and pandas.

NPS, satisfaction, effort and response rate, in one fresh process a contender, imports and all, best of three. All end
with a pandas frame a KPI. SQL makes the same counts that cxlab asks of the engine (n, sums of y and y * y, promoters,
detractors) and the value; it stops there. cxlab gives interval and effective n besides, and sees to it that kinds,
versions and scales are not mixed and no score is off its scale, which SQL takes on trust. pandas is what a user would
write: read, filter, group; once more with the columns named that are needed. Ratios are what counts, not seconds; those
of the cores' seconds bear a busy machine better. With one size cxlab also runs on a quarter of the rows, to see how
time and memory grow.

Run: python benchmarks/bench_counting.py [MILLIONS ...]   (default 20; pandas runs on the first size only)
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
year = "{clock} >= '2026-01-01' and {clock} < '2027-01-01'"
asked = "survey = '{survey}' and score is not null and " + year.replace("{clock}", "answered_at")
nps, box, rate = (
    "select region, month, count(*) n, sum(y) sy, sum(y * y) syy, sum(p) promoters, sum(d) detractors, "
    "100 * sum(y) / count(*) as value from (select region, month, (score >= 9)::double p, (score <= 6)::double d, "
    "p - d y from read_parquet('{path}') where {where}) group by all order by all",
    "select region, month, count(*) n, sum(y) sy, sum(y * y) syy, sum(y) / count(*) as value "
    "from (select region, month, (score >= {top})::double y from read_parquet('{path}') where {where}) "
    "group by all order by all",
    "select region, month, count(*) n, sum(y) sy, sum(y * y) syy, sum(y) / count(*) as value "
    "from (select region, month, (answered_at is not null)::double y from read_parquet('{path}') where {where}) "
    "group by all order by all",
)
frames = [
    duckdb.sql(nps.format(path=PATH, where=asked.format(survey="nps"))).df(),
    duckdb.sql(box.format(path=PATH, where=asked.format(survey="csat"), top=4)).df(),
    duckdb.sql(box.format(path=PATH, where=asked.format(survey="ces"), top=5)).df(),
    duckdb.sql(rate.format(path=PATH, where=year.replace("{clock}", "sent_at"))).df(),
]
"""
CXLAB = """
import duckdb
import cxlab as cx
answers, year, by = duckdb.read_parquet(PATH), cx.Period.of("2026"), ("region", "month")
frames = [kpi(answers, year, by) for kpi in (cx.nps, cx.csat, cx.ces, cx.response_rate)]
"""
PANDAS = """
import pandas as pd
answers = pd.read_parquet(PATH)

def within(rows, clock):
    return rows[(rows[clock] >= "2026-01-01") & (rows[clock] < "2027-01-01")]

def scores(survey):
    return within(answers[(answers["survey"] == survey) & answers["score"].notna()], "answered_at").copy()

def counted(rows, **sums):
    frame = rows.groupby(["region", "month"]).agg(n=("region", "size"), **sums).reset_index()
    return frame

nps = scores("nps")
nps["promoter"], nps["detractor"] = nps["score"] >= 9, nps["score"] <= 6
nps = counted(nps, promoters=("promoter", "sum"), detractors=("detractor", "sum"))
nps["value"] = 100 * (nps["promoters"] - nps["detractors"]) / nps["n"]
csat = scores("csat")
csat["hit"] = csat["score"] >= 4
ces = scores("ces")
ces["hit"] = ces["score"] >= 5
asked = within(answers, "sent_at").copy()
asked["hit"] = asked["answered_at"].notna()
frames = [nps, *(counted(rows, value=("hit", "mean")) for rows in (csat, ces, asked))]
"""
THRIFTY = PANDAS.replace(
    "read_parquet(PATH)",
    'read_parquet(PATH, columns=["survey", "sent_at", "answered_at", "score", "region", "month"])',
)
MEASURE = """
import json, resource, sys, time
PATH = sys.argv[1]
began = time.perf_counter()
{body}
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss: a new process inherits that of the one that started it.
peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
found = [[len(frame), float(frame["value"].sum())] for frame in frames]
print()
print(json.dumps([seconds, used.ru_utime + used.ru_stime, peak, found]))
"""
SURVEYS = pa.array(["nps", "csat", "ces"])
LOW, HIGH = np.array([0.0, 1.0, 1.0]), np.array([10.0, 5.0, 7.0])


def million(rng: np.random.Generator, part: int) -> pa.Table:
    """A million invitations of three surveys, half of them answered."""
    n = 1_000_000
    day, asked = rng.integers(0, 365, n), rng.choice(3, n, p=[0.4, 0.4, 0.2])
    sent = np.datetime64("2026-01-01", "us") + (day * 86400 + rng.integers(0, 86400, n)).astype("timedelta64[s]")
    silent = rng.random(n) < 0.5
    low, high = LOW[asked], HIGH[asked]
    return pa.table(
        {
            "response_id": pa.array(np.arange(part * n, (part + 1) * n)).cast(pa.string()),
            "survey": SURVEYS.take(pa.array(asked)),
            "kind": pa.array(["relational", "transactional"]).take(pa.array((asked > 0).astype(int))),
            "sent_at": pa.array(sent),
            "answered_at": pa.array(sent + rng.integers(60, 5 * 86400, n).astype("timedelta64[s]"), mask=silent),
            "month": pa.array((np.datetime64("2026-01-01") + day).astype("datetime64[M]").astype(str)),
            "region": pa.array(["North", "South", "East", "West", "Overseas"]).take(pa.array(rng.integers(0, 5, n))),
            "score": pa.array(low + np.floor(rng.beta(4, 1.5, n) * (high - low) + 0.999), mask=silent),
            "scale_low": pa.array(low),
            "scale_high": pa.array(high),
        }
    )


def write_answers(path: Path, millions: int) -> None:
    """A Parquet file of answers, a million rows at a time."""
    rng, writer = np.random.default_rng(0), None
    for part in range(millions):
        table = million(rng, part)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()


def measured(body: str, path: Path, times: int = 3) -> tuple[float, float, float, list]:
    """(seconds, seconds of a core, peak MB, what was found) of the best of three fresh processes."""
    # Not str.format: the bodies hold braces of their own.
    command = [sys.executable, "-c", MEASURE.replace("{body}", body), str(path)]
    runs = []
    for _ in range(times):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append(json.loads(said.splitlines()[-1]))  # DuckDB draws progress bars before it
    return tuple(min(run[part] for run in runs) for part in range(3)) + (runs[0][3],)


def told(name: str, result: tuple[float, float, float, list]) -> None:
    """One line a contender."""
    print(f"  {name:14} {result[0]:7.2f} s  {result[1]:7.2f} s of a core  {result[2]:7.0f} MB")


def ratios(one: tuple, other: tuple) -> list[float]:
    """Seconds, seconds of a core and memory of one, in those of the other."""
    return [one[part] / other[part] for part in range(3)]


def main() -> None:
    """Print one line a contender and the ratios, then how cxlab grows."""
    sizes = [int(text) for text in sys.argv[1:]] or [20]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        for size in sizes:
            write_answers(path, size)
            print(f"{size} million answers, four KPIs by region and month, best of three fresh processes")
            contenders = {"SQL": SQL, "cxlab": CXLAB} | (
                {"pandas": PANDAS, "pandas columns": THRIFTY} if size == sizes[0] else {}
            )
            results = {name: measured(body, path) for name, body in contenders.items()}
            for name, result in results.items():
                told(name, result)
            own = results["cxlab"]
            for name, result in results.items():
                assert np.allclose(result[3], own[3]), f"{name} counts otherwise than cxlab: {result[3]}, {own[3]}"
            print(
                "  cxlab to SQL: {:.2f} times the time, {:.2f} of the cores, {:.2f} of the memory".format(
                    *ratios(own, results["SQL"])
                )
            )
            for name in [name for name in results if name.startswith("pandas")]:
                line = "  {} to cxlab: {:.1f} times the time, {:.1f} of the cores, {:.1f} of the memory"
                print(line.format(name, *ratios(results[name], own)))
        if len(sizes) == 1:
            write_answers(path, max(1, sizes[0] // 4))
            print(f"cxlab on {max(1, sizes[0] // 4)} million:")
            told("cxlab", measured(CXLAB, path))


if __name__ == "__main__":
    main()
