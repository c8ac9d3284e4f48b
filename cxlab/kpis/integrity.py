"""Can the scores be taken at face value: an audit of answers, invitations and dates for what gaming leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr, ndtri, stdtr

from cxlab.errors import ParameterError
from cxlab.kpis.measure import check_period, group_columns, label, rows_of
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.counting import collect, columns_of, frame_of
from cxlab.stats.estimates import Counts, normal_quantile, share

ODD, NOTHING_ODD = "looks odd", "nothing odd"
TOP_CODE, LAST_DAYS, ALIKE = "top code", "last days", "answers all alike"
UNHAPPY, TROUBLED = "unhappy accounts not asked", "accounts with open tickets not asked"
# What each check measures, as the words around its numbers.
MEASURES = {
    TOP_CODE: "share of answers with the best code",
    LAST_DAYS: "share of answers in the last seven days",
    ALIKE: "mean distance of answers from the middle one",
    UNHAPPY: "share of accounts asked that were unhappy before",
    TROUBLED: "share of accounts asked that have a case open",
}
# An excess of so much would matter: where the data could have hidden it we do not say that nothing is odd.
MATTERS, MATTERS_OF_SPREAD = 0.15, 0.3
SMALLEST, WEEK = 20, 7
# Groups differ in how pleased their customers are, by about half the spread between customers.
_SHIFTS = np.linspace(-3, 3, 301)
_COMMON = -(_SHIFTS**2) / (2 * 0.5**2)

Array = NDArray[np.float64]


def score_integrity(
    responses: Any,
    period: Period,
    by: str | Sequence[str] = (),
    *,
    survey: str = "nps",
    customers: Any = None,
    tickets: Any = None,
    min_n: int = SMALLEST,
) -> pd.DataFrame:
    """What begging for tens, choosing whom to ask, and filling in answers leave behind in the data, check by check.

    Looks at answers to one survey in the period, group by group. An odd row is a reason to ask, never a proof.
    top code: more best codes than the group's other answers and everyone else's way of answering would give (others are
    the other groups, without `by` the answers before the period).
    last days: more answers in the last seven days than in any other week; in periods of a month or longer.
    answers all alike: the answers spread less than the same group's answers before the period did.
    unhappy accounts not asked (with `customers`): of the active accounts that answered before, fewer of the less happy
    half were invited. accounts with open tickets not asked (with `tickets` too): fewer of those with a case open when
    the period began were. By group where the customers table knows it, else for the whole.

    Returns period, check, the groups, measure (what value is, in words), value, expected, low, high (95 % for value),
    n, p (one-sided), q (Benjamini-Hochberg over all rows), verdict: "looks odd" where q is at most 0.04, "nothing odd"
    where at least `min_n` were looked at and the interval rules out an excess of 0.15 (of spread: a loss of 30 %),
    else "cannot tell". On answers in which nothing was done, at most 5 % of audits name anything.
    """
    by = group_columns(by)
    if period is None:
        raise ParameterError("score_integrity audits a period; give one, cx.Period.of('2026-Q3') say.")
    check_period(period)
    rows = rows_of(responses, "responses", "score_integrity", ["survey", "answered_at", "score"], by)
    rows = rows.filter(nw.col("survey") == survey)
    answers = rows.filter(~nw.col("score").is_null(), ~nw.col("answered_at").is_null())
    codes = _codes(answers, by, period)
    found = [*_top_codes(codes, by), *_last_days(answers, by, period), *_alike(codes, by)]
    if customers is not None:
        found += _invitations(rows, by, period, customers, tickets)
    table = pd.DataFrame(found, columns=["check", *by, "value", "expected", "low", "high", "n", "p", "excess"])
    enough = (table["n"] >= min_n) & table["p"].notna()
    table["q"] = adjust(table["p"].where(enough))
    ruled_out = table["excess"] < table["check"].map(lambda check: MATTERS_OF_SPREAD if check == ALIKE else MATTERS)
    table["verdict"] = np.select([table["q"] <= FALSE_DISCOVERY, enough & ruled_out], [ODD, NOTHING_ODD], CANNOT_TELL)
    table["measure"], table["period"] = table["check"].map(MEASURES), label(period)
    table["n"] = table["n"].astype(np.int64)
    return table[["period", "check", *by, "measure", "value", "expected", "low", "high", "n", "p", "q", "verdict"]]


def _codes(answers: Any, by: list[str], period: Period) -> pd.DataFrame:
    """How many answers of each code, per group, in the period (_cx_now) and before it."""
    when = nw.col("answered_at")
    marked = answers.filter(when < period.end).with_columns(_cx_now=when >= period.start)
    keys = [*by, "score", "_cx_now"]
    small = collect(marked.group_by(*keys).agg(nw.len().alias("_cx_n")))
    small["score"] = small["score"].astype(float)
    return small.sort_values(keys, ignore_index=True)


def _groups(frame: pd.DataFrame, by: list[str]) -> list[tuple[tuple, pd.DataFrame]]:
    if not by:
        return [((), frame)] if len(frame) else []
    return [(key, part) for key, part in frame.groupby(by, dropna=False, sort=True)]


def _top_codes(codes: pd.DataFrame, by: list[str]) -> list[tuple]:
    """The group's answers below the top, and the others' way of answering, say how many best codes to expect."""
    now = codes[codes["_cx_now"].astype(bool)]
    scale = np.sort(codes["score"].unique())
    reference = now if by else codes[~codes["_cx_now"].astype(bool)]
    everyone = _by_code(reference, scale)
    found = []
    for key, part in _groups(now, by):
        own = _by_code(part, scale)
        others = everyone - own if by else everyone
        n, rest = own.sum(), others.sum()
        value, low, high = _share(own[-1], n)
        expected, p = _expected_top(own, others) if rest >= n / 2 and len(scale) > 2 else (np.nan, np.nan)
        found.append((TOP_CODE, *key, value, expected, low, high, n, p, high - expected))
    return found


def _expected_top(own: Array, others: Array) -> tuple[float, float]:
    """Expected share of the top code and the one-sided p of the likelihood ratio against a share of its own.

    Ordered probit: thresholds as the others', the group shifted along the scale (McCullagh 1980, JRSS B 42:109-142).
    """
    cumulative = np.cumsum(others + 0.5)[:-1] / (others + 0.5).sum()
    edges = np.concatenate(([-np.inf], ndtri(cumulative), [np.inf]))
    chance = np.maximum(np.diff(ndtr(edges - _SHIFTS[:, None]), axis=1), 1e-12)
    n, top = own.sum(), own[-1]
    together = np.log(chance) @ own + _COMMON
    lower = np.log(chance[:, :-1] / (1 - chance[:, -1:])) @ own[:-1] + _COMMON
    observed = top / n
    free = sum(count * np.log(count / n) for count in (top, n - top) if count > 0)
    ratio = 2 * max(float(lower.max() + free - together.max()), 0.0)
    expected = float(chance[lower.argmax(), -1])
    # The others' thresholds are estimated as well.
    reach = np.sqrt(ratio * others.sum() / (others.sum() + n))
    return expected, float(ndtr(-reach if observed > expected else reach))


def _last_days(answers: Any, by: list[str], period: Period) -> list[tuple]:
    """The last week against all weeks, allowing for weeks that differ by more than chance anyway."""
    length = (period.end - period.start).days
    if length < 4 * WEEK:
        return []
    when = nw.col("answered_at")
    dated = answers.filter(when >= period.start, when < period.end).with_columns(
        _cx_year=when.dt.year(), _cx_day=when.dt.ordinal_day()
    )
    days = collect(dated.group_by(*by, "_cx_year", "_cx_day").agg(nw.len().alias("_cx_n")))
    found = []
    for key, part in _groups(days, by):
        moments = zip(part["_cx_year"].astype(int), part["_cx_day"].astype(int), strict=True)
        left = [(period.end - dt.datetime(year, 1, 1)).days - day for year, day in moments]
        per_week = np.bincount(np.array(left) // WEEK, part["_cx_n"].astype(float), minlength=length // WEEK + 1)
        n, last, whole = per_week.sum(), per_week[0], per_week[1 : length // WEEK]
        uneven = max(1.0, float(np.var(whole, ddof=1) / whole.mean())) if whole.sum() > 0 and len(whole) > 1 else 1.0
        expected = WEEK / length
        value, low, high = _share(last, n)
        # The binomial tail of so many, both counts divided by how much more than chance the weeks vary.
        p = float(betainc(last / uneven, (n - last) / uneven + 1, expected)) if last > 0 else 1.0
        found.append((LAST_DAYS, *key, value, expected, low, high, n, p, high - expected))
    return found


def _alike(codes: pd.DataFrame, by: list[str]) -> list[tuple]:
    """Distances from the median now and before (Brown & Forsythe 1974, JASA 69:364-367), by Welch's t, one-sided."""
    found = []
    for key, part in _groups(codes, by):
        now = part["_cx_now"].to_numpy(bool)
        if not now.any():
            continue
        (n, mean, error), (rest, before, error_before) = (_distance(part[side]) for side in (now, ~now))
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = np.hypot(error, error_before)
            df = reach**4 / (error**4 / (n - 1) + error_before**4 / (rest - 1))
            p = float(stdtr(df, (mean - before) / reach)) if n > 1 and rest > 1 and reach > 0 else np.nan
            half = normal_quantile() * error
            loss = (before - mean + normal_quantile() * reach) / before if rest > 1 and before > 0 else np.nan
        found.append((ALIKE, *key, mean, before, max(mean - half, 0.0), mean + half, n, p, loss))
    return found


def _distance(part: pd.DataFrame) -> tuple[float, float, float]:
    """n, mean distance from the median, and its standard error."""
    count, score = part["_cx_n"].to_numpy(float), part["score"].to_numpy(float)
    n = count.sum()
    if n < 2:
        return n, np.nan, np.nan
    order = np.argsort(score)
    middle = score[order][np.searchsorted(np.cumsum(count[order]), n / 2)]
    distance = np.abs(score - middle)
    mean = float(count @ distance / n)
    return n, mean, float(np.sqrt(count @ (distance - mean) ** 2 / (n - 1) / n))


def _invitations(rows: Any, by: list[str], period: Period, customers: Any, tickets: Any) -> list[tuple]:
    """Were the accounts that would have spoken ill asked as often as the others? One row per account is collected."""
    known = frame_of(customers, "customers", ["customer_id", "signed_on", "closed_on"], "score_integrity")
    keys = by if set(by) <= set(columns_of(known)) else []
    active = known.filter(
        nw.col("signed_on") < period.start, nw.col("closed_on").is_null() | (nw.col("closed_on") >= period.end)
    )
    accounts = collect(active.select("customer_id", *keys)).drop_duplicates("customer_id")
    have = columns_of(rows)
    if "customer_id" not in have:
        return []
    clock = nw.col("sent_at") if "sent_at" in have else nw.col("answered_at")
    asked = collect(rows.filter(clock >= period.start, clock < period.end).select("customer_id").unique())
    accounts["asked"] = accounts["customer_id"].isin(asked["customer_id"])
    earlier = rows.filter(nw.col("answered_at") < period.start, ~nw.col("score").is_null())
    said = collect(earlier.group_by("customer_id").agg(nw.col("score").mean())).dropna()
    said = accounts.merge(said, on="customer_id")
    found = _left_out(UNHAPPY, said, said["score"] < said["score"].median(), by, keys)
    if tickets is not None:
        cases = frame_of(tickets, "tickets", ["customer_id", "opened_at", "resolved_at"], "score_integrity")
        done = nw.col("resolved_at")
        opened = cases.filter(nw.col("opened_at") < period.start, done.is_null() | (done >= period.start))
        troubled = collect(opened.select("customer_id").unique())["customer_id"]
        found += _left_out(TROUBLED, accounts, accounts["customer_id"].isin(troubled), by, keys)
    return found


def _left_out(check: str, accounts: pd.DataFrame, marked: pd.Series, by: list[str], keys: list[str]) -> list[tuple]:
    """Share of marked accounts among those asked, against that among all: the hypergeometric tail (Fisher 1935)."""
    found = []
    for key, part in _groups(accounts.assign(_cx_marked=marked), keys):
        asked = part["asked"].to_numpy(bool)
        hit = part["_cx_marked"].to_numpy(bool)
        n, all_, bad, caught = int(asked.sum()), len(part), int(hit.sum()), int((hit & asked).sum())
        value, low, high = _share(caught, n)
        expected = bad / all_ if all_ else np.nan
        # Everyone asked, or no one marked: nothing was chosen.
        p = _tail(caught, n, bad, all_) if 0 < n < all_ and 0 < bad < all_ else np.nan
        found.append((check, *(key if keys else [None] * len(by)), value, expected, low, high, n, p, expected - low))
    return found


def _tail(caught: int, n: int, bad: int, all_: int) -> float:
    """Probability of so few marked accounts, or fewer, among n drawn at random."""
    k = np.arange(max(0, n - (all_ - bad)), caught + 1)

    def ways(total: float, chosen: Array | float) -> Array:
        return gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)

    return float(min(np.exp(ways(bad, k) + ways(all_ - bad, n - k) - ways(all_, n)).sum(), 1.0))


def _by_code(part: pd.DataFrame, scale: Array) -> Array:
    return part.groupby("score")["_cx_n"].sum().reindex(scale, fill_value=0).to_numpy(float)


def _share(part: float, n: float) -> tuple[float, float, float]:
    """Share and Wilson's interval."""
    columns = {"n": n, "units": n, "sy": part, "sx": n, "syy": part, "sxy": part, "sxx": n}
    estimate = share(Counts.of(columns))
    return float(estimate.value[0]), float(estimate.low[0]), float(estimate.high[0])
