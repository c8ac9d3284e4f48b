"""Whether orders are as the models assume: each check says holds, noted, broken or not checked, and why.

A check breaks a model only where its 95 % interval lies wholly beyond a margin that would matter, never because a large
sample makes a trifle significant.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value.fitting import Array, Fitted
from cxlab.models.value.ledger import Ledger
from cxlab.models.value.valuation import BROKEN, HOLDS, NOTED, UNCHECKED
from cxlab.stats.correlation import correlation_interval
from cxlab.stats.estimates import normal_quantile

Row = tuple[str, str, str]
#: Below these no four parameters can be told.
FEWEST_CUSTOMERS, FEWEST_REPEATERS = 100, 30
#: A rank correlation of spend with frequency that would matter.
CORRELATION = 0.2
#: A change of a customer's own spend from earlier to later purchases that would matter.
DRIFT = 1.25
#: Share of customers whom a model that fits may put into a wrong class of purchases.
MISPLACED = 0.10
#: What to do where a check is broken.
_INSTEAD = {
    "spend and frequency": " Value alike customers apart (one segment's orders at a time), or take the naive value.",
    "steady spend": " Take a later start of the orders, or the naive value.",
    "carried on": " Give a horizon: a number of periods, 12 say.",
    "steady chance to leave": ' Ask for model="bdw", which lets the chance change, or value segments apart.',
}
#: Classes of repeat purchases: 0, 1 ... 6, and 7 or more.
CLASSES = 7
_YEAR = 365.25


def is_enough(histories: pd.DataFrame) -> bool:
    """Whether four parameters can be told from these customers."""
    return len(histories) >= FEWEST_CUSTOMERS and (histories["frequency"] > 0).sum() >= FEWEST_REPEATERS


def refuse_thin(histories: pd.DataFrame, needed_by: str) -> None:
    """Raises ParameterError where there are too few customers, or too few who came back."""
    if not is_enough(histories):
        raise ParameterError(
            f"{needed_by}: {len(histories):,} customers, {int((histories['frequency'] > 0).sum()):,} of whom bought "
            "again, "
            f"are too few to tell how customers go on; at least {FEWEST_CUSTOMERS} and {FEWEST_REPEATERS} are needed. "
            "Give "
            "more customers or a longer time."
        )


def classes_of(frequency: Array) -> Array:
    """Repeat purchases as a class 0 .. 7, the last one open."""
    return np.minimum(np.asarray(frequency, dtype=float), CLASSES).astype(int)


def counts_check(expected: Array, frequency: Array, parameters: int = 4) -> Row:
    """Customers by number of repeat purchases against the model's, by Pearson's chi-square.

    `expected` holds customers in each class (0 .. 7+). Broken where more than a tenth of the customers stand in the
    wrong class and chance does not explain it.
    """
    from scipy.special import chdtrc

    actual = np.bincount(classes_of(frequency), minlength=CLASSES + 1).astype(float)
    expected = expected * actual.sum() / expected.sum()
    misplaced = float(np.abs(actual - expected).sum() / 2 / actual.sum())
    seen, meant = pooled(actual, expected)
    freedom = len(seen) - 1 - parameters
    words = f"the model puts {misplaced:.1%} of the customers into a wrong class of repeat purchases"
    if freedom < 1:
        return "purchase counts", UNCHECKED, words + "; there are too few classes for a test"
    statistic = float(((seen - meant) ** 2 / meant).sum())
    p = float(chdtrc(freedom, statistic))
    words += f" (chi-square {statistic:.1f} on {freedom}, p {'below 0.001' if p < 0.001 else f'= {p:.3f}'})"
    if p >= 0.001:
        return "purchase counts", HOLDS, words
    return "purchase counts", BROKEN if misplaced > MISPLACED else NOTED, words


def spend_and_frequency(frequency: Array, mean_spend: Array) -> Row:
    """Spend must not go with frequency: Spearman's correlation over those who came back (Bonett & Wright)."""
    name = "spend and frequency"
    if len(frequency) < FEWEST_REPEATERS or np.ptp(frequency) == 0 or np.ptp(mean_spend) == 0:
        return name, UNCHECKED, "too few customers came back, or they do not differ"
    rho = float(np.corrcoef(pd.Series(frequency).rank(), pd.Series(mean_spend).rank())[0, 1])
    low, high = correlation_interval(rho, len(frequency), 1 + rho**2 / 2)
    words = f"rank correlation of spend with how often a customer buys {rho:.2f} ({low:.2f} to {high:.2f})"
    if low > CORRELATION or high < -CORRELATION:
        return name, BROKEN, words + f"; it must not clearly pass {CORRELATION:g}"
    return name, HOLDS if low <= 0 <= high else NOTED, words


def steady_spend(repeats: pd.DataFrame) -> Row:
    """A customer's later purchases against the earlier ones, over customers with two or more: ratio of their size."""
    name = "steady spend"
    rows = repeats[repeats["amount"] > 0]
    size = rows.groupby("customer_id")["day"].transform("size")
    rows = rows[size >= 2]
    if rows["customer_id"].nunique() < FEWEST_REPEATERS:
        return name, UNCHECKED, "too few customers bought again twice or more"
    place, size = rows.groupby("customer_id").cumcount(), size[size >= 2]
    half = np.where(place < size // 2, "early", np.where(place >= size - size // 2, "late", "middle"))
    means = np.log(rows["amount"]).groupby([rows["customer_id"], half]).mean().unstack()
    change = (means["late"] - means["early"]).to_numpy()
    error = change.std(ddof=1) / np.sqrt(len(change))
    ratio, low, high = np.exp(change.mean() + np.array([0, -1, 1]) * normal_quantile() * error)
    words = f"a customer's later purchases are {ratio:.2f} times the earlier ones ({low:.2f} to {high:.2f})"
    if low > DRIFT or high < 1 / DRIFT:
        return name, BROKEN, words + f"; a factor of {DRIFT:g} must not clearly be passed"
    return name, HOLDS if low <= 1 <= high else NOTED, words


def span(ledger: Ledger) -> Row:
    """Whether the time watched is long enough to have seen every season."""
    days = (ledger.as_of - ledger.first_day).days
    if days < _YEAR:
        return (
            "seasons",
            NOTED,
            (f"orders span {days / 7:.0f} weeks, less than a year: what a season adds or takes cannot be seen"),
        )
    return "seasons", HOLDS, f"orders span {days / _YEAR:.1f} years"


def seasons(months: pd.Series, actual: Array, expected: Array) -> Row:
    """Months of the calendar against the model, where every one was watched: noted where one is off by a third."""
    table = pd.DataFrame({"month": months, "actual": actual, "expected": expected}).groupby("month").sum()
    table = table[table["expected"] >= 20]
    if len(table) < 12:
        return "seasons", UNCHECKED, "fewer than twelve months of the year hold purchases enough to tell seasons"
    ratio = (table["actual"] / table["actual"].sum()) / (table["expected"] / table["expected"].sum())
    z = (ratio - 1) * np.sqrt(table["expected"]) / normal_quantile()
    off = ratio[((ratio > 4 / 3) | (ratio < 2 / 3)) & (z.abs() > 1.5)]
    if off.empty:
        return "seasons", HOLDS, "no month of the year is a third above or below what the model expects"
    worst = (off - 1).abs().idxmax()
    return (
        "seasons",
        NOTED,
        (
            f"{len(off)} months of the year are a third or more off what the model expects (month {worst}: "
            f"{off[worst]:.2f} "
            "times); a horizon of whole years evens this out, a shorter one does not"
        ),
    )


def alike_cohorts(histories: pd.DataFrame, expected: Array) -> Row:
    """Early and late joiners against one model for both: noted where the halves differ by a fifth."""
    name = "early and late customers alike"
    if histories["first_day"].nunique() < 2:
        return name, UNCHECKED, "all customers came on one day"
    early = (histories["first_day"] <= histories["first_day"].median()).to_numpy()
    x = histories["frequency"].to_numpy(float)
    if early.all() or expected[early].sum() < 20 or expected[~early].sum() < 20:
        return name, UNCHECKED, "too few purchases to compare early with late customers"
    ratios, errors = [], []
    for half in (early, ~early):
        ratio = x[half].sum() / expected[half].sum()
        errors.append(np.sqrt(((x[half] - ratio * expected[half]) ** 2).sum()) / x[half].sum())
        ratios.append(ratio)
    change = np.log(ratios[1] / ratios[0]) + np.array([0, -1, 1]) * normal_quantile() * np.hypot(*errors)
    ratio, low, high = np.exp(change)
    words = f"against the model, late customers buy {ratio:.2f} times as much as early ones ({low:.2f} to {high:.2f})"
    return name, NOTED if low > 1.2 or high < 1 / 1.2 else HOLDS, words


def inside_range(fits: list[Fitted]) -> Row:
    """Whether every parameter could be told from 0 and infinity."""
    edge = [name for fit in fits for name in fit.at_edge]
    if edge:
        return (
            "parameters",
            NOTED,
            (f"{', '.join(edge)} cannot be told from 0 or infinity: customers differ less than the model allows for"),
        )
    return "parameters", HOLDS, "every parameter is inside its range"


def finite_spend(q: float) -> Row:
    """Without q above 1 the mean spend of customers has no end."""
    if q <= 1:
        return "mean spend", BROKEN, f"q is {q:.2f}; up to 1 the mean spend over customers is infinite"
    if q <= 2:
        return "mean spend", NOTED, f"q is {q:.2f}: a few customers spend so much that the mean is carried by them"
    return "mean spend", HOLDS, f"q is {q:.2f}"


def broken(rows: list[Row]) -> list[str]:
    """A sentence for each check that is broken."""
    return [
        f"{name[0].upper()}{name[1:]}: {finding}.{_INSTEAD.get(name, '')}"
        for name, verdict, finding in rows
        if verdict == BROKEN
    ]


def pooled(actual: Array, expected: Array, least: float = 5.0) -> tuple[Array, Array]:
    """Classes joined from the top until each is expected `least` times."""
    seen, meant = [0.0], [0.0]
    for a, e in zip(actual[::-1], expected[::-1], strict=True):
        if meant[-1] >= least:
            seen.append(0.0)
            meant.append(0.0)
        seen[-1] += a
        meant[-1] += e
    if len(meant) > 1 and meant[-1] < least:
        seen[-2] += seen.pop()
        meant[-2] += meant.pop()
    return np.array(seen[::-1]), np.array(meant[::-1])
