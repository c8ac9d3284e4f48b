"""The models of customer value on the published data sets: seconds, and parameters beside those published.

    python benchmarks/bench_value.py [python of another environment that has lifetimes]

CDNOW and the donors are read from ../shared/data (or $CXLAB_SHARED_DATA). lifetimes (0.11.3, the last one) is what most
people use for this; where it cannot be imported it is left out and that is said. It runs with numpy 2.4 and pandas 3.1
when installed without its dependencies' pins:

    pip install --target DIR --no-deps lifetimes==0.11.3 autograd dill && PYTHONPATH=DIR python
    benchmarks/bench_value.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.models.value import bg_bb, bg_nbd, contractual, spend
from cxlab.models.value.bg_nbd import BgNbd
from cxlab.models.value.ledger import ledger
from cxlab.models.value.worth import customer_value

DATA = Path(os.environ.get("CXLAB_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
COHORTS = {
    "shifted beta-geometric, high end": ([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1], (0.668, 3.806)),
    "shifted beta-geometric, regular": ([100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1], (0.704, 1.182)),
}
LIKELIHOODS = {"BG/NBD": -9582.4, "BG/BB": -33225.6}
# In an environment of its own: the same fits by lifetimes, the fastest of five.
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
import lifetimes
from lifetimes import BetaGeoBetaBinomFitter, BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
rows, paid, donors = (pd.read_csv(path) for path in sys.argv[1:4])
rfm = (rows["frequency"], rows["recency"], rows["T"])
def fastest(fit):
    seconds = []
    for _ in range(5):
        began = time.perf_counter(); found = fit(); seconds.append(time.perf_counter() - began)
    return [min(seconds), [float(v) for v in found.params_]]
found = {}
for name, fit in (
    ("BG/NBD", lambda: BetaGeoFitter().fit(*rfm)),
    ("MBG/NBD", lambda: ModifiedBetaGeoFitter().fit(*rfm)),
    ("Gamma-Gamma", lambda: GammaGammaFitter().fit(paid["frequency"], paid["mean_spend"])),
    ("BG/BB", lambda: BetaGeoBetaBinomFitter().fit(donors["frequency"], donors["recency"], donors["periods"],
                                                   donors["weights"])),
):
    try:
        found[name] = fastest(fit)
    except Exception as problem:
        found[name] = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
fitted, seconds = BetaGeoFitter().fit(*rfm), []
for _ in range(5):
    began = time.perf_counter()
    bought = fitted.conditional_expected_number_of_purchases_up_to_time(39, *rfm)
    seconds.append(time.perf_counter() - began)
found["expected purchases"] = [min(seconds), [float(bought.sum())]]
print(json.dumps([lifetimes.__version__, pd.__version__, found]))
"""


def fastest(fit: Callable[[], object], rounds: int = 5) -> tuple[float, object]:
    """Seconds of the fastest of some rounds, and what it gave."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = fit()
        seconds.append(time.perf_counter() - began)
    return min(seconds), found


def cdnow_orders() -> pd.DataFrame:
    """The orders of 2,357 customers."""
    names = ["master", "customer_id", "ordered_at", "n", "amount"]
    path = DATA / "cdnow/CDNOW_sample.txt"
    rows = pd.read_csv(path, sep=r"\s+", header=None, names=names, dtype={"customer_id": str, "ordered_at": str})
    return rows[["customer_id", "ordered_at", "amount"]]


def theirs(python: str, folder: Path) -> dict[str, object] | None:
    """What lifetimes gives, or None with the reason printed."""
    paths = [str(folder / f"{name}.csv") for name in ("rows", "paid", "donors")]
    try:
        run = subprocess.run([python, "-c", THEIRS, *paths], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        reason = (getattr(problem, "stderr", None) or str(problem)).strip().splitlines()[-1]
        print(f"lifetimes is not compared: {reason}")
        return None
    version, pandas, found = json.loads(run.stdout.strip().splitlines()[-1])
    print(f"beside it: lifetimes {version} with pandas {pandas}")
    return found


def printed(name: str, seconds: float, values: object, published: tuple[float, ...] | None, other: object) -> None:
    """One line a fit."""
    line = f"{name:34} {seconds:7.3f} s  " + " ".join(f"{value:.4g}" for value in values)
    line += f"   published {' '.join(f'{value:g}' for value in published)}" if published else ""
    if isinstance(other, list):
        found = " ".join(f"{value:.4g}" for value in other[1])
        line += f"   lifetimes {other[0]:.3f} s ({other[0] / seconds:.1f} times): {found}"
    elif other:
        line += f"   lifetimes fails: {other}"
    print(line)


def many(customers: int) -> pd.DataFrame:
    """Histories of as many customers, drawn from the CDNOW parameters, by the day."""
    rng = np.random.default_rng(7)
    rate, leaves = rng.gamma(0.243, 1 / 4.414, customers), np.clip(rng.beta(0.793, 2.426, customers), 1e-12, 1)
    watched = rng.integers(180, 1100, customers)
    bought, last = rng.poisson(rate * watched / 7), rng.geometric(leaves)
    who = np.repeat(np.arange(customers), bought)
    day = np.ceil(rng.random(len(who)) * watched[who])
    order = np.lexsort([day, who])
    who, day = who[order], day[order]
    place = np.arange(len(who)) - np.repeat(np.cumsum(bought) - bought, bought)
    who, day = who[place < last[who]], day[place < last[who]]
    recency = np.zeros(customers)
    np.maximum.at(recency, who, day)
    x = np.bincount(who, minlength=customers).astype(float)
    return pd.DataFrame({"frequency": x, "recency": recency / 7, "T": watched / 7})


def main() -> None:
    """Print a line a fit, then the whole valuation and a large one."""
    import tempfile

    if not DATA.is_dir():
        print(f"the data sets are not at {DATA}; set CXLAB_SHARED_DATA")
        return
    orders = cdnow_orders()
    rows = ledger(orders, "1997-09-30").histories()
    paid = rows[rows["frequency"] > 0]
    donors = pd.read_csv(DATA / "donations/donations.csv")
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in (("rows", rows), ("paid", paid), ("donors", donors)):
            frame.to_csv(Path(folder) / f"{name}.csv", index=False)
        other = theirs(sys.argv[1] if len(sys.argv) > 1 else sys.executable, Path(folder)) or {}
    told = (rows["frequency"], rows["recency"], rows["T"])
    fits = {
        "BG/NBD": (lambda: bg_nbd.fit(*told), (0.243, 4.414, 0.793, 2.426)),
        "MBG/NBD": (lambda: bg_nbd.fit(*told, modified=True), None),
        "Gamma-Gamma": (lambda: spend.fit(paid["frequency"], paid["mean_spend"]), (6.25, 3.74, 15.44)),
        "BG/BB": (
            lambda: bg_bb.fit(donors["frequency"], donors["recency"], donors["periods"], donors["weights"]),
            (1.204, 0.750, 0.657, 2.783),
        ),
    }
    for name, (kept, published) in COHORTS.items():
        fits[name] = (lambda kept=kept: contractual.fit(contractual.cohort(kept)), published)
    for name, (fit, published) in fits.items():
        seconds, found = fastest(fit)
        printed(name, seconds, found.value.values(), published, other.get(name))
        if name in LIKELIHOODS:
            print(f"{'':34} log likelihood {found.log_likelihood:.1f}   published {LIKELIHOODS[name]:.1f}")
    model = BgNbd(*bg_nbd.fit(*told).value.values())
    seconds, bought = fastest(lambda: [float(model.expected(*told, 39).sum())])
    printed("expected purchases, 39 weeks", seconds, bought, None, other.get("expected purchases"))
    seconds, value = fastest(lambda: customer_value(orders, "1997-09-30"), 3)
    total = value.total
    print(f"the whole valuation of CDNOW (two fits of purchases, spend, intervals, checks, hold-out): {seconds:.2f} s")
    print(
        f"  {total['value']:,.0f} ({total['low']:,.0f} to {total['high']:,.0f}) over {value.over}. {value.holdout_says}"
    )
    large = many(200_000)
    seconds, found = fastest(lambda: bg_nbd.fit(large["frequency"], large["recency"], large["T"]), 1)
    printed("BG/NBD, 200,000 customers", seconds, found.value.values(), (0.243, 4.414, 0.793, 2.426), None)


if __name__ == "__main__":
    main()
