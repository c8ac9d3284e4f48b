"""Which groups need attention and which have too little data to say; who alone moves the total."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import ParameterError
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, POWER, adjust, groups_of
from cxlab.stats.estimates import normal_quantile
from cxlab.stats.ranking import SMALLEST, against_the_others
from cxlab.stats.shrinkage import below, doubt_of, one_kpi, shrink, sign_of

ATTENTION, FINE, TOO_LITTLE = "attention", "fine", "too little data"
LISTS = (ATTENTION, TOO_LITTLE, FINE)
MOVES_TOTAL = "moves the total"
SURE = 0.95


def attention(
    frame: pd.DataFrame, target: float, *, better: str = "up", min_n: int = SMALLEST, sure: float = SURE
) -> pd.DataFrame:
    """Groups that miss the target, apart from groups of which that cannot be said yet.

    `missed` is the probability that the true value lies on the worse side of `target`, from the shrunken value
    (`cxlab.stats.shrinkage.shrink`), so that a small group is not listed for a few unlucky answers. `list` is
    "attention" where that is at least `sure` and the group has `min_n` answers, "fine" where it is at most 1 - sure,
    else "too little data". `needed` is how many answers of that kind would decide with 80 % probability if the shrunken
    value were true; empty where it lies on the target. Returns kpi, period, the groups, value, low, high, n, n_eff,
    target, shrunken, missed, needed, list: the lists in this order, the most certain first.
    """
    sign = sign_of(better)
    if not np.isfinite(target):
        raise ParameterError(f"the target is {target}; give a number in the KPI's unit.")
    if not 0.5 < sure < 1:
        raise ParameterError(f"sure is {sure}; it must lie between 0.5 and 1, 0.95 say.")
    one_kpi(frame, "attention", grouped=False)
    value, n, n_eff = (frame[name].to_numpy(float) for name in ("value", "n", "n_eff"))
    error = doubt_of(frame).error
    known = shrink(value, error)
    told = np.isfinite(known.error) & (n >= min_n)
    missed = below(sign * target, sign * known.value, known.error)
    distance = np.abs(known.value - target)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = n_eff * ((ndtri(sure) + ndtri(POWER)) * error / distance) ** 2
    listed = np.select([told & (missed >= sure), told & (missed <= 1 - sure)], [ATTENTION, FINE], TOO_LITTLE)
    table = frame.assign(
        target=float(target),
        shrunken=np.where(np.isfinite(known.error), known.value, np.nan),
        missed=missed,
        needed=np.where(np.isfinite(wanted), np.ceil(np.maximum(wanted, min_n)), np.nan),
        list=listed,
    )
    order = np.lexsort((-np.nan_to_num(missed, nan=-1.0), [LISTS.index(name) for name in listed]))
    columns = ["kpi", "period", *groups_of(frame), "value", "low", "high", "n", "n_eff"]
    return table.iloc[order].reset_index(drop=True)[[*columns, "target", "shrunken", "missed", "needed", "list"]]


def influence(frame: pd.DataFrame, by: str | None = None, *, margin: float | None = None) -> pd.DataFrame:
    """What the total would be without each group, and whether one group alone makes it what it is.

    For KPIs that are a mean over answers, weighted by n. `by` names the group column where the frame has several (the
    others are then added up). `effect` is the total minus what it would be without the group, with a 95 % interval; p
    and q (Benjamini-Hochberg over the groups) ask whether the group differs from all others. A group "moves the total"
    when q is at most 0.04 and the effect is larger than `margin`, in the KPI's unit (default: half the total's own 95 %
    interval), else "cannot tell". Returns kpi, period, the groups, value, n, share (of all answers), total, without,
    effect, low, high, margin, p, q, verdict, the largest effect first.
    """
    one_kpi(frame, "influence")
    frame = frame if by is None else _added_up(frame, by)
    used = frame[frame["value"].notna() & (frame["n"] > 0)]
    doubt = doubt_of(used)
    used = used[np.isfinite(doubt.error)]
    if len(used) < 2:
        raise ParameterError("influence wants two groups with values and intervals, or more.")
    doubt = doubt_of(used)
    value, n = used["value"].to_numpy(float), used["n"].to_numpy(float)
    share = n / n.sum()
    total = float(share @ value)
    difference, p = against_the_others(value, doubt, n)
    q = adjust(p)
    effect = share * difference
    others = np.sqrt(np.sum((n * doubt.error) ** 2) - (n * doubt.error) ** 2) / (n.sum() - n)
    reach = normal_quantile() * share * np.hypot(doubt.error, others)
    limit = normal_quantile() * float(np.sqrt(np.sum((share * doubt.error) ** 2))) if margin is None else float(margin)
    table = pd.DataFrame(
        {
            "kpi": used["kpi"],
            "period": used["period"],
            **{column: used[column] for column in groups_of(used)},
            "value": value,
            "n": used["n"],
            "share": share,
            "total": total,
            "without": total - effect,
            "effect": effect,
            "low": effect - reach,
            "high": effect + reach,
            "margin": limit,
            "p": p,
            "q": q,
            "verdict": np.where((q <= FALSE_DISCOVERY) & (np.abs(effect) > limit), MOVES_TOTAL, CANNOT_TELL),
        }
    )
    return table.iloc[np.argsort(-np.abs(effect), kind="stable")].reset_index(drop=True)


def _added_up(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """The frame by one of its group columns alone; intervals are made symmetrical of the parts' errors."""
    if by not in groups_of(frame):
        raise ParameterError.unknown("group column", by, groups_of(frame))
    used = frame[frame["value"].notna() & (frame["n"] > 0)]
    error = doubt_of(used).error
    sums = used.assign(_cx_sum=used["value"] * used["n"], _cx_var=(used["n"] * error) ** 2)
    small = sums.groupby(by, dropna=False, sort=False, observed=True)[["_cx_sum", "_cx_var", "n", "n_eff"]].sum()
    small = small.reset_index()
    value, reach = small["_cx_sum"] / small["n"], normal_quantile() * np.sqrt(small["_cx_var"]) / small["n"]
    return pd.DataFrame(
        {"kpi": used["kpi"].iloc[0], "period": used["period"].iloc[0], by: small[by], "value": value}
        | {"low": value - reach, "high": value + reach, "n": small["n"], "n_eff": small["n_eff"]}
    )
