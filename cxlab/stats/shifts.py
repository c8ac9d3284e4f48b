"""Who improved, who keeps below, and what a total's change is made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

from cxlab.errors import ParameterError
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust, groups_of
from cxlab.stats.estimates import normal_quantile
from cxlab.stats.ranking import SMALLEST, against_the_others
from cxlab.stats.shrinkage import Doubt, doubt_of, one_kpi, shrink, sign_of

STANDS_OUT, FALLS_BEHIND = "stands out", "falls behind"
KEEPS_BELOW = "keeps below"
_NUMBERS = ("value", "low", "high", "n", "n_eff")

Array = NDArray[np.float64]


def most_improved(
    now: pd.DataFrame, before: pd.DataFrame, *, better: str = "up", min_n: int = SMALLEST
) -> pd.DataFrame:
    """Whose change stands out among the groups', if anyone's: changes drawn toward what all groups did.

    Takes two KPI frames of one KPI, grouped alike; groups with fewer than `min_n` answers on either side are kept
    without a verdict. The largest of many changes is large by luck as well, and the worst of last time come back by
    themselves: `shrunken` (with its 95 % interval) takes both out. p is that of the group's change against the change
    of all others together, q its Benjamini-Hochberg adjustment over the groups. A group "stands out" when q is at most
    0.04 and it changed for the better both by itself and against the others, "falls behind" the other way about, else
    "cannot tell". No row that stands out means that no team can be singled out (`improvement_sentence`). Returns kpi,
    period, before, the groups, value, value_before, change, shrunken, shrunken_low, shrunken_high, p, q, verdict, n,
    n_before, best first.
    """
    sign = sign_of(better)
    both, by = _side_by_side(now, before, "most_improved")
    sides = [
        both[[f"{name}_{side}" for name in _NUMBERS]].set_axis(list(_NUMBERS), axis=1).astype(float) for side in (1, 0)
    ]
    enough = ((sides[0]["n"] >= min_n) & (sides[1]["n"] >= min_n)).to_numpy(bool)
    doubt = _combined(doubt_of(sides[0]), doubt_of(sides[1]))
    change = (sides[0]["value"] - sides[1]["value"]).to_numpy(float)
    used = enough & np.isfinite(change) & np.isfinite(doubt.error)
    q, p, ahead = (np.full(len(both), np.nan) for _ in range(3))
    drawn, error = change.copy(), np.full(len(both), np.nan)
    if used.any():
        held = Doubt(doubt.error[used], doubt.down[used], doubt.up[used], doubt.df[used])
        known = shrink(change[used], held.error)
        drawn[used], error[used] = known.value, known.error
        ahead[used], p[used] = against_the_others(change[used], held, sides[0]["n"].to_numpy()[used])
        q = adjust(p)
    drawn[~used] = np.nan
    sure = q <= FALSE_DISCOVERY
    table = pd.DataFrame(
        {
            "kpi": both["kpi"],
            "period": str(now["period"].iloc[0]),
            "before": str(before["period"].iloc[0]),
            **{column: both[column] for column in by},
            "value": sides[0]["value"],
            "value_before": sides[1]["value"],
            "change": change,
            "shrunken": drawn,
            "shrunken_low": drawn - normal_quantile() * error,
            "shrunken_high": drawn + normal_quantile() * error,
            "p": p,
            "q": q,
            "verdict": np.select(
                [sure & (sign * ahead > 0) & (sign * change > 0), sure & (sign * ahead < 0) & (sign * change < 0)],
                [STANDS_OUT, FALLS_BEHIND],
                CANNOT_TELL,
            ),
            "n": sides[0]["n"].fillna(0).astype(np.int64),
            "n_before": sides[1]["n"].fillna(0).astype(np.int64),
        }
    )
    order = np.argsort(np.where(used, -sign * drawn, np.inf), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def improvement_sentence(improved: pd.DataFrame) -> str:
    """One plain sentence about what `most_improved` found, the finding that nobody stands out among them."""
    by = [column for column in groups_of(improved) if not column.startswith("shrunken")]
    ahead = improved[improved["verdict"] == STANDS_OUT]
    told = int(improved["q"].notna().sum())
    if not told:
        return "No group has enough answers in both periods to say who improved."
    if ahead.empty:
        return f"No group can be singled out: among {told}, none changed by more than chance moves them apart."
    names = [", ".join(str(part) for part in row) for row in ahead[by].itertuples(index=False, name=None)]
    return f"{len(names)} of {told} improved by more than chance and more than the others: {'; '.join(names)}."


def persistence(frames: Sequence[pd.DataFrame], *, better: str = "up", min_n: int = SMALLEST) -> pd.DataFrame:
    """Who keeps below the company: in how many of the periods, and how often luck alone would do that.

    `frames` are KPI frames of one KPI, one a period, oldest first. The company is all groups of the period, weighted
    by n; periods in which a group has fewer than `min_n` answers do not count for it. `p` is the exact binomial chance
    of so many periods on the worse side or more when each is like a coin toss, or, where more than half of all
    group-periods lie there (one large good group makes many lie below it), like that share. Do not pass the period
    that made you look: coming back toward the middle is what the last worst group does. `next` says what to expect
    of it: the mean distance to the company, drawn toward the middle by its noise. "keeps below" (worse, whichever way
    the KPI runs) where the Benjamini-Hochberg q over the groups is at most 0.04, else "cannot tell": among many groups
    a few periods convict no one. Periods are taken as independent. Returns kpi, first, last, the groups, below,
    periods, chance, p, q, distance, next, next_low, next_high, verdict, the least likely by luck first; a group whose
    periods all were too small has 0 periods.
    """
    sign = sign_of(better)
    if len(frames) < 2:
        raise ParameterError("persistence wants the KPI frames of two periods or more, oldest first.")
    parts = []
    for frame in frames:
        one_kpi(frame, "persistence")
        part = frame[(frame["n"] >= min_n) & frame["value"].notna()].copy()
        n = part["n"].to_numpy(float)
        company = float(n @ part["value"].to_numpy(float) / n.sum()) if n.sum() > 0 else np.nan
        parts.append(part.assign(_cx_gap=part["value"] - company, _cx_error=doubt_of(part).error))
    by = groups_of(frames[-1])
    if any(set(groups_of(frame)) != set(by) or set(frame["kpi"]) != set(frames[-1]["kpi"]) for frame in frames):
        raise ParameterError("persistence: the frames must be of one KPI and grouped alike.")
    rows = pd.concat(parts, ignore_index=True)
    # Exactly at the company's value, but for rounding, is not below it.
    rows["_cx_below"] = sign * rows["_cx_gap"] < -1e-9 * (1 + rows["value"].abs())
    chance = max(0.5, float(rows["_cx_below"].mean())) if len(rows) else 0.5
    weight = 1 / rows["_cx_error"] ** 2
    rows = rows.assign(_cx_w=weight, _cx_wg=weight * rows["_cx_gap"])
    small = rows.groupby(by, dropna=False, sort=False, observed=True).agg(
        below=("_cx_below", "sum"), periods=("_cx_below", "size"), w=("_cx_w", "sum"), wg=("_cx_wg", "sum")
    )
    every = pd.concat([frame[by] for frame in frames], ignore_index=True).drop_duplicates()
    small = every.merge(small.reset_index(), on=by, how="left")
    small[["below", "periods", "w", "wg"]] = small[["below", "periods", "w", "wg"]].fillna(0.0)
    k, m = small["below"].to_numpy(float), small["periods"].to_numpy(float)
    # The binomial tail of k or more as an incomplete beta.
    tail = betainc(np.maximum(k, 1), np.maximum(m - k, 0) + 1, chance)
    small["p"] = np.where(m > 0, np.where(k > 0, tail, 1.0), np.nan)
    small["q"] = adjust(small["p"])
    with np.errstate(divide="ignore", invalid="ignore"):
        small["distance"] = small["wg"] / small["w"]
        known = shrink(small["distance"], 1 / np.sqrt(small["w"]))
    reach = normal_quantile() * known.error
    labels = [str(frame["period"].iloc[0]) for frame in (frames[0], frames[-1])]
    table = small.assign(
        kpi=frames[-1]["kpi"].iloc[0],
        first=labels[0],
        last=labels[1],
        below=k.astype(np.int64),
        periods=m.astype(np.int64),
        chance=chance,
        next=known.value,
        next_low=known.value - reach,
        next_high=known.value + reach,
        verdict=np.where(small["q"] <= FALSE_DISCOVERY, KEEPS_BELOW, CANNOT_TELL),
    )
    columns = ["kpi", "first", "last", *by, "below", "periods", "chance", "p", "q", "distance"]
    columns += ["next", "next_low", "next_high", "verdict"]
    order = np.lexsort((sign * table["distance"], table["p"]))
    return table.iloc[order].reset_index(drop=True)[columns]


def split_change(now: pd.DataFrame, before: pd.DataFrame, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """What a total's change is made of: groups that changed (within), and groups that became more or fewer (mix).

    For KPIs that are a mean over answers (shares, net scores, means), weighted by n: value times n adds up. `by` names
    the columns that make a group (default: all of them; others are added up first). Kitagawa 1955 (JASA 50:1168-1194),
    without an interaction: a group's change counts at its mean share of the answers, its change of share at its mean
    distance to the total. A group that only one side has is mix alone. Returns kpi, period, before, the groups, value,
    value_before, share, share_before, within, mix, contribution; `contribution`, within + mix, adds up to the change
    of the n-weighted total, exactly (to rounding). Groups without a value are left out on that side.
    """
    tables = []
    for frame in (now, before):
        one_kpi(frame, "split_change")
        names = groups_of(frame) if by is None else [by] if isinstance(by, str) else list(by)
        unknown = [name for name in names if name not in groups_of(frame)]
        if unknown:
            raise ParameterError.unknown("group column", unknown[0], groups_of(frame))
        used = frame[frame["value"].notna() & (frame["n"] > 0)]
        if used.empty:
            raise ParameterError(f"split_change: no group has a value in {frame['period'].iloc[0]}.")
        used = used.assign(_cx_sum=used["value"] * used["n"])
        small = used.groupby(names, dropna=False, sort=False, observed=True)[["_cx_sum", "n"]].sum().reset_index()
        tables.append(small.assign(value=small["_cx_sum"] / small["n"], share=small["n"] / small["n"].sum()))
    by = names
    same = {column: object for column in by if tables[0][column].dtype != tables[1][column].dtype}
    sides = [table[[*by, "value", "share"]].astype(same) for table in tables]
    both = sides[0].merge(sides[1], on=by, how="outer", suffixes=("", "_before"), sort=False)
    shares = both[["share", "share_before"]].fillna(0.0).to_numpy(float)
    values = both[["value", "value_before"]].to_numpy(float)
    # Where a side has no such group, its change cannot be told: all of it is a matter of how many there are.
    values = np.where(np.isnan(values), values[:, ::-1], values)
    total = float(np.mean(np.sum(shares * values, axis=0)))
    within = shares.mean(axis=1) * (values[:, 0] - values[:, 1])
    mix = (shares[:, 0] - shares[:, 1]) * (values.mean(axis=1) - total)
    return pd.DataFrame(
        {
            "kpi": now["kpi"].iloc[0],
            "period": str(now["period"].iloc[0]),
            "before": str(before["period"].iloc[0]),
            **{column: both[column] for column in by},
            "value": both["value"],
            "value_before": both["value_before"],
            "share": shares[:, 0],
            "share_before": shares[:, 1],
            "within": within,
            "mix": mix,
            "contribution": within + mix,
        }
    )


def _side_by_side(now: pd.DataFrame, before: pd.DataFrame, needed_by: str) -> tuple[pd.DataFrame, list[str]]:
    """Both frames in one, every group of either side, columns ending in _1 (now) and _0 (before)."""
    for frame in (now, before):
        one_kpi(frame, needed_by)
    by = groups_of(now)
    if set(by) != set(groups_of(before)) or now["kpi"].iloc[0] != before["kpi"].iloc[0]:
        raise ParameterError(f"{needed_by}: both frames must be of one KPI and grouped alike, with the same `by`.")
    mixed = {column: object for column in by if now[column].dtype != before[column].dtype}
    return now.astype(mixed).merge(
        before.astype(mixed), on=["kpi", *by], how="outer", suffixes=("_1", "_0"), sort=False
    ), by


def _combined(now: Doubt, before: Doubt) -> Doubt:
    """Doubt of the change: what may lift the value now and lower the one before may lift the change."""
    error = np.hypot(now.error, before.error)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = error**4 / (now.error**4 / now.df + before.error**4 / before.df)
    return Doubt(error, np.hypot(now.down, before.up), np.hypot(now.up, before.down), df)
