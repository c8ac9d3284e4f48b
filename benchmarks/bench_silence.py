"""Weighting for non-response beside Meta's `balance`: bias, error, design effect and time on the same customers.

Everybody's true NPS is known, answering depends on four features (in the second part on two of them together, which no
model here is told), and each contender weights those who answered. balance need not live with cxlab: give the Python
of an environment that has it. Run: python benchmarks/bench_silence.py [PYTHON_WITH_BALANCE] [ROUNDS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.stats.propensity import design, propensity
from cxlab.stats.weighting import calibrated, inverse_weights

PEOPLE = 3000
FEATURES = ["use", "tickets", "plan", "tenure"]
# Raking wants few levels: numbers in five classes.
THEIRS = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import pandas as pd
from balance import Sample
from sklearn.linear_model import LogisticRegression
import balance
def classes(d):
    return d.assign(**{c: pd.qcut(d[c], 5, duplicates="drop").astype(str) for c in ("use", "tickets", "tenure")})
found = []
# balance's own choice of penalty shrinks the chances much; with a plain logistic regression it does what cxlab does.
plain = {"model": LogisticRegression(max_iter=2000), "transformations": None}
ways = (("ipw", "ipw, defaults", {}), ("ipw", "ipw, plain", plain), ("rake", "rake", {"transformations": None}))
for path in sys.argv[1:]:
    d = pd.read_csv(path, dtype={"id": str})
    for method, name, extra in ways:
        rows = classes(d) if method == "rake" else d
        began = time.perf_counter()
        some = Sample.from_frame(rows[rows.answered == 1].drop(columns=["answered", "x"]).reset_index(drop=True),
                                 id_column="id")
        all_ = Sample.from_frame(rows.drop(columns=["answered", "x"]), id_column="id")
        weight = some.set_target(all_).adjust(method=method, **extra).df.set_index("id")["weight"]
        seconds = time.perf_counter() - began
        x = d.set_index("id")["x"].loc[weight.index]
        found.append([path, "balance " + name, float((weight * x).sum() / weight.sum()),
                      float(len(weight) * (weight**2).sum() / weight.sum() ** 2), seconds])
print(json.dumps([balance.__version__, pd.__version__, found]))
"""


def customers(seed: int, together: float, people: int = PEOPLE) -> pd.DataFrame:
    """id, four features, answered (0/1), x (1, 0, -1) of everybody."""
    rng = np.random.default_rng([seed, 7])
    use, tickets = rng.normal(size=people), rng.poisson(2, people)
    plan, tenure = rng.choice(list("uvwx"), people, p=[0.4, 0.3, 0.2, 0.1]), rng.normal(size=people)
    both = use * (tickets - 2) / 1.4
    mood = 0.9 * use - 0.35 * (tickets - 2) + 0.4 * (plan == "v") + 1.2 * rng.normal(size=people)
    mood += (together > 0) * 0.8 * both
    inclined = -1.0 + 0.7 * use - 0.3 * (tickets - 2) + 0.5 * (plan == "v") + together * both
    return pd.DataFrame(
        {
            "id": [str(place) for place in range(people)],
            "use": use,
            "tickets": tickets,
            "plan": plan,
            "tenure": tenure,
            "answered": (rng.random(people) < 1 / (1 + np.exp(-inclined))).astype(int),
            "x": np.where(mood > 0.45, 1, np.where(mood < -0.35, -1, 0)),
        }
    )


def ours(table: pd.DataFrame) -> list[tuple[str, float, float, float]]:
    """(contender, NPS as a mean of x, design effect, seconds)."""
    answered, x = table["answered"].to_numpy(bool), table["x"].to_numpy(float)
    found = [("as answered", x[answered].mean(), 1.0, 0.0)]

    def inverse():
        return inverse_weights(propensity(design(table[FEATURES]).matrix, answered), answered)

    def margins():
        numbers = ("use", "tickets", "tenure")
        return table[FEATURES].assign(**{c: pd.qcut(table[c], 5, duplicates="drop").astype(str) for c in numbers})

    for name, make in (
        ("cxlab inverse", inverse),
        ("cxlab rake", lambda: calibrated(answered.astype(float), answered, margins())),
        ("cxlab inverse + rake", lambda: calibrated(inverse(), answered, margins())),
    ):
        began = time.perf_counter()
        weighting = make()
        value = weighting.linearised(x)[0]
        found.append((name, value, answered.sum() / weighting.kish, time.perf_counter() - began))
    return found


def theirs(python: str, tables: dict[str, pd.DataFrame]) -> tuple[str, list[tuple]] | None:
    """balance's version and its rows, or None with the reason printed."""
    import json

    with tempfile.TemporaryDirectory() as folder:
        paths = {str(Path(folder) / f"{name}.csv"): name for name in tables}
        for path, name in paths.items():
            tables[name].to_csv(path, index=False)
        try:
            run = subprocess.run([python, "-c", THEIRS, *paths], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as problem:
            reason = (getattr(problem, "stderr", None) or str(problem)).strip().splitlines()[-1]
            print(f"balance is not compared: {reason}")
            return None
        version, pandas, found = json.loads(run.stdout.strip().splitlines()[-1])
    return f"balance {version}, pandas {pandas}", [(paths[path], *rest) for path, *rest in found]


def main() -> None:
    """Print bias, RMSE, design effect and time per contender, for both worlds, then the ratios."""
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    for together, world in ((0.0, "answering depends on each feature"), (0.5, "and on two of them together")):
        truth = customers(99, together, 1_000_000)["x"].mean()
        tables = {str(seed): customers(seed, together) for seed in range(rounds)}
        rows = [(name, *row) for name, table in tables.items() for row in ours(table)]
        other = theirs(python, tables)
        rows += other[1] if other else []
        frame = pd.DataFrame(rows, columns=["round", "who", "nps", "deff", "seconds"])
        frame["error"] = 100 * (frame["nps"] - truth)
        squared = frame.assign(square=frame["error"] ** 2).groupby("who", sort=False)
        summary = squared.agg(bias=("error", "mean"), square=("square", "mean"), deff=("deff", "mean"))
        summary["rmse"], summary["seconds"] = np.sqrt(summary.pop("square")), squared["seconds"].median()
        print(
            f"{world}: {rounds} rounds of {PEOPLE} invited, true NPS {100 * truth:.1f}"
            f"{'; ' + other[0] if other else ''}"
        )
        for who, row in summary.iterrows():
            print(
                f"  {who:21} bias {row['bias']:6.2f}  RMSE {row['rmse']:6.2f}  "
                f"design effect {row['deff']:4.2f}  {row['seconds']:8.3f} s"
            )
        for name in ("ipw, defaults", "ipw, plain") if other else ():
            mine, his = summary.loc["cxlab inverse"], summary.loc[f"balance {name}"]
            print(
                f"  balance's {name}: {his['seconds'] / mine['seconds']:.1f} times the time of cxlab inverse, "
                f"{his['rmse'] / mine['rmse']:.1f} times its error"
            )


if __name__ == "__main__":
    main()
