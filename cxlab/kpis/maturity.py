"""How mature the programme is and who says so: levels reached, groups that see it differently, what moved since."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.ratings import EVERYBODY, SCALE, assessment, last_of_each, mean_levels, rounds
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.agreement import intraclass_correlation, krippendorff_alpha
from cxlab.stats.comparisons import (
    CANNOT_TELL,
    FALSE_DISCOVERY,
    FLAT,
    MOVED_DOWN,
    MOVED_UP,
    adjust,
    verdicts,
)

WHOLE = "all elements"
# Half a level is within the noise of rounding to whole ones: a smaller difference would not matter.
MARGIN = 0.5
# The variance that rounding to whole levels leaves in a rating, however well raters agree.
_ROUNDING = 1 / 12
_GAP_VERDICTS = {MOVED_UP: "rates higher", MOVED_DOWN: "rates lower", FLAT: "alike", CANNOT_TELL: CANNOT_TELL}


def maturity(
    ratings: Any,
    when: Period | dt.date | None = None,
    *,
    agree: float = 2 / 3,
    within_days: int = 90,
    benchmarks: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The last assessment: a row for each element and group of raters, and one for everybody.

    `when` is a period, whose ratings count, or a day (default: the last rating), and then the ratings of the
    `within_days` up to it do. Of a rater who rated an element twice the last rating counts; every rater counts alike.
    `reached` is the highest level that at least `agree` of the raters gave or went beyond: a mean of 2.6 where more
    than a third sees nothing of level 2 is level 1. `benchmarks` (element, level, source, year) sets an outside figure
    beside everybody's row; source and year are not optional.

    Columns: element, group ("all" for everybody), value (mean level 1-5), low, high (Student's 95 % interval with
    half a rating added at each end of the scale, since raters are few), n (raters), median, reached, agreeing (share
    of raters at `reached` or above), and benchmark, benchmark_from with `benchmarks`.
    """
    if not 0 < agree <= 1:
        raise ParameterError(f"agree is {agree:g}; give a share of the raters above 0 and up to 1.")
    rows = assessment(ratings, when, within_days, "maturity")
    levels = mean_levels(rows)
    for name, pick in (("median", np.median), ("reached", _floor(agree))):
        found = {key: pick(part["level"].to_numpy(float)) for key, part in _each(rows)}
        levels[name] = [found[key] for key in zip(levels["element"], levels["group"], strict=True)]
    shares = {key: part["level"].to_numpy(float) for key, part in _each(rows)}
    levels["agreeing"] = [
        float((shares[row.element, row.group] >= row.reached).mean()) for row in levels.itertuples(index=False)
    ]
    return levels if benchmarks is None else _beside(levels, benchmarks)


def programme_level(levels: pd.DataFrame) -> pd.DataFrame:
    """The programme's level by the floor rule: it is as mature as its least mature element.

    `levels` is what `maturity` gives. Columns: group, reached (the lowest element's level), held_back_by (the elements
    on that level), elements (how many were rated), rule (the rule as a sentence).
    """
    rows = []
    for group, part in levels.groupby("group", sort=False):
        lowest = part["reached"].min()
        names = part.loc[part["reached"] == lowest, "element"]
        rule = f"The programme is on level {lowest:g}: the lowest of its {len(part)} elements, {', '.join(names)}."
        rows.append((group, lowest, ", ".join(names), len(part), rule))
    return pd.DataFrame(rows, columns=["group", "reached", "held_back_by", "elements", "rule"])


def maturity_gaps(
    ratings: Any, when: Period | dt.date | None = None, *, margin: float = MARGIN, within_days: int = 90
) -> pd.DataFrame:
    """Where groups of raters see the programme differently, which is a finding in itself.

    A row for each pair of groups and element, and one over "all elements" (each rater's mean). Intervals are Welch's,
    with no variance below that which rounding to whole levels makes. Two families for the
    false-discovery control at half the level each: the pairs over all elements, and the single elements. `margin` is
    the difference in levels within which two groups are alike.

    Columns: element, group, other, value, value_other, difference (group less other, in levels), low, high, p, q,
    verdict ("rates higher", "rates lower", "alike", "cannot tell"; of `group`), n, n_other (raters).
    """
    rows = assessment(ratings, when, within_days, "maturity_gaps")
    if "group" not in rows or rows["group"].isna().all():
        raise TableError("maturity_gaps needs the group of the raters, which the ratings do not tell. Map `group`.")
    rows = rows[rows["group"].notna()]
    found = []
    for element, part in [(WHOLE, rows), *rows.groupby("element")]:
        by_rater = part.groupby(["group", "_cx_rater"])["level"].mean()
        for group, other in combinations(sorted(part["group"].unique()), 2):
            one, two = (by_rater[name].to_numpy(float) for name in (group, other))
            gap = _difference(one, two, _ROUNDING / part["element"].nunique())
            sides = {"value": one.mean(), "value_other": two.mean(), "n": len(one), "n_other": len(two)}
            found.append({"element": element, "group": group, "other": other} | sides | gap)
    columns = ["element", "group", "other", "value", "value_other", "difference", "low", "high", "p", "n", "n_other"]
    frame = pd.DataFrame(found, columns=columns)
    frame = _judged(frame, frame["element"] == WHOLE, margin)
    frame["verdict"] = frame["verdict"].map(_GAP_VERDICTS)
    return frame[[*columns[:9], "q", "verdict", *columns[9:]]]


def maturity_agreement(ratings: Any, when: Period | dt.date | None = None, *, within_days: int = 90) -> pd.DataFrame:
    """How far raters agree on which elements are strong and which weak, within each group and over everybody.

    Columns: group ("all" for everybody), alpha, alpha_low, alpha_high (Krippendorff's, ordinal), icc, icc_low, icc_high
    (ICC(2,1), of raters who rated every element), elements, raters. 1 is full agreement, 0 no more than chance; below
    0.67 Krippendorff (2004, Content Analysis) draws no conclusion. Elements are few: the intervals are wide.
    """
    rows = assessment(ratings, when, within_days, "maturity_agreement")
    found = []
    for group, part in [(EVERYBODY, rows), *(rows.groupby("group") if "group" in rows else [])]:
        table = part.pivot(index="element", columns="_cx_rater", values="level").to_numpy(float)
        alpha, icc = krippendorff_alpha(table), intraclass_correlation(table)
        spread = [(each.value, each.low, each.high) for each in (alpha, icc)]
        found.append((group, *spread[0], *spread[1], len(table), table.shape[1]))
    names = ["alpha", "alpha_low", "alpha_high", "icc", "icc_low", "icc_high"]
    return pd.DataFrame(found, columns=["group", *names, "elements", "raters"])


def maturity_change(
    ratings: Any, when: Period | dt.date | None = None, *, margin: float = MARGIN, within_days: int = 90
) -> pd.DataFrame:
    """What moved since the assessment before, by element and group of raters.

    The one before is the last with ratings older than those of `when` (see `maturity`). Raters are paired by their
    codes where at least half of the smaller round, and no fewer than three, rated the same element both times:
    then everyone is their own yardstick, and the others do not count. Elsewhere the two rounds are taken as different
    people. Two families for the false-discovery control at half the level each: everybody's rows, and the groups'.

    Columns: element ("all elements" first), group, value, value_before, change (levels), low, high, p, q, verdict
    ("moved up", "moved down", "flat" within `margin`, "cannot tell"), paired (raters in both rounds, 0 where the rounds
    were not paired), n, n_before, before (the first day of the round before). Empty where there was none.
    """
    now = assessment(ratings, when, within_days, "maturity_change")
    past = rounds(ratings, "maturity_change")
    past = past[past["assessed_on"] < now["assessed_on"].min()] if len(now) else past[:0]
    before = last_of_each(past, within_days) if len(past) else past
    found = []
    for element in [WHOLE, *sorted(set(now["element"]) & set(before["element"]))] if len(before) else []:
        # Over all elements only those rated both times count: a new, weak element is no decline.
        chosen = set(now["element"]) & set(before["element"]) if element == WHOLE else {element}
        one, other = (side[side["element"].isin(chosen)] for side in (now, before))
        groups = sorted(set(one["group"].dropna()) & set(other["group"].dropna())) if "group" in one else []
        for group in [EVERYBODY, *groups]:
            found.append(
                {"element": element, "group": group}
                | _moved(*(side if group == EVERYBODY else side[side["group"] == group] for side in (one, other)))
            )
    columns = ["element", "group", "value", "value_before", "change", "low", "high", "p", "paired", "n", "n_before"]
    frame = pd.DataFrame(found, columns=columns)
    frame = _judged(frame, frame["group"] == EVERYBODY, margin)
    frame = frame[[*columns[:8], "q", "verdict", *columns[8:]]]
    return frame.assign(before=before["assessed_on"].min() if len(before) else pd.NaT)


def _moved(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, float]:
    """Change of the mean level between two rounds of the same elements and raters' group."""
    one, other = (side.groupby("_cx_rater")["level"].mean() for side in (now, before))
    both = one.index.intersection(other.index).intersection(now.loc[now["_cx_coded"], "_cx_rater"])
    counts = {"n": len(one), "n_before": len(other)}
    rounding = _ROUNDING / now["element"].nunique()
    if len(both) >= max(3, min(counts.values()) / 2):
        moves = (one[both] - other[both]).to_numpy(float)
        error = np.sqrt(max(moves.var(ddof=1), 2 * rounding) / len(moves))
        found = _student(moves.mean(), error, len(moves) - 1.0)
        values = {"value": one[both].mean(), "value_before": other[both].mean(), "paired": len(both)}
    else:
        found = _difference(one.to_numpy(float), other.to_numpy(float), rounding)
        values = {"value": one.mean(), "value_before": other.mean(), "paired": 0}
    return {"change": found.pop("difference")} | found | values | counts


def _difference(one: np.ndarray, other: np.ndarray, rounding: float) -> dict[str, float]:
    """Difference of two means with Welch's (1947) interval; a variance is never taken for less than rounding makes."""
    if min(len(one), len(other)) < 2:
        return _student(one.mean() - other.mean(), np.nan, np.nan)
    parts = np.array([max(side.var(ddof=1), rounding) / len(side) for side in (one, other)])
    df = parts.sum() ** 2 / (parts**2 / [len(one) - 1, len(other) - 1]).sum()
    return _student(one.mean() - other.mean(), np.sqrt(parts.sum()), df)


def _student(difference: float, error: float, df: float) -> dict[str, float]:
    reach = float(stdtrit(df, (1 + estimates.LEVEL) / 2)) * error
    p = float(2 * stdtr(df, -abs(difference) / error))
    return {"difference": difference, "low": difference - reach, "high": difference + reach, "p": p}


def _judged(frame: pd.DataFrame, first: pd.Series, margin: float) -> pd.DataFrame:
    """q and verdict in two families at half the level each."""
    change = "change" if "change" in frame else "difference"
    frame["q"] = np.nan
    for family in (first, ~first):
        frame.loc[family, "q"] = adjust(frame.loc[family, "p"])
    limit = np.full(len(frame), margin)
    frame["verdict"] = verdicts(frame[change], frame["low"], frame["high"], frame["q"], limit, FALSE_DISCOVERY / 2)
    return frame


def _each(rows: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """((element, group), ratings) for everybody and for every group."""
    found = [((element, EVERYBODY), part) for element, part in rows.groupby("element")]
    return found + ([*rows.groupby(["element", "group"])] if "group" in rows else [])


def _floor(agree: float) -> Any:
    """The rule: the highest level that at least this share of the raters gave or went beyond."""

    def reached(levels: np.ndarray) -> float:
        whole = np.arange(SCALE[0], SCALE[1] + 1)
        # A tolerance for shares such as two thirds, which no float is exactly.
        enough = [level for level in whole if (levels >= level).mean() >= agree - 1e-9]
        return float(max(enough))

    return reached


def _beside(levels: pd.DataFrame, benchmarks: pd.DataFrame) -> pd.DataFrame:
    lacking = [name for name in ("element", "level", "source", "year") if name not in benchmarks]
    if lacking or benchmarks[["level", "source", "year"]].isna().any(axis=None):
        raise ParameterError(
            "benchmarks need element, level, source and year in every row: a figure of which nobody knows where and "
            f"when it was found compares with nothing. Missing: {', '.join(lacking) or 'single values'}."
        )
    known = benchmarks.set_index("element")
    mine = levels["element"].where(levels["group"] == EVERYBODY)
    origin = known["source"].astype(str) + ", " + known["year"].astype(str)
    return levels.assign(benchmark=mine.map(known["level"]), benchmark_from=mine.map(origin))
