"""What changed, how sure we are, what we could have seen, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.stats.estimates import normal_quantile

MOVED_UP, MOVED_DOWN, FLAT, CANNOT_TELL = "moved up", "moved down", "flat", "cannot tell"
VERDICTS = (MOVED_UP, MOVED_DOWN, FLAT, CANNOT_TELL)

# The reader is promised that among packs in which nothing happened at most 5 % show something that moved. p-values
# of small groups are approximations, so we act a little earlier; tests/stats/test_false_alarms.py measures the promise.
FALSE_DISCOVERY = 0.04
POWER = 0.80

# What every KPI frame and every change frame call their own columns; all others are the groups'.
KPI_COLUMNS = ("kpi", "period", "value", "low", "high", "n", "n_eff")
CHANGE_COLUMNS = (
    *("kpi", "period", "before", "value", "value_before", "change", "low", "high", "p", "q"),
    *("smallest_detectable", "margin", "verdict", "n", "n_before"),
)
_OWN_COLUMNS = frozenset(KPI_COLUMNS + CHANGE_COLUMNS)

Array = NDArray[np.float64]


def groups_of(frame: pd.DataFrame) -> list[str]:
    """The group columns of a KPI frame or a change frame, in its order."""
    return [column for column in frame.columns if column not in _OWN_COLUMNS]


def adjust(p: ArrayLike) -> Array:
    """Benjamini & Hochberg's (1995) adjusted p-values; missing ones stay missing and are not counted in the family."""
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if tested.size:
        order = tested[np.argsort(p[tested], kind="stable")]
        scaled = p[order] * tested.size / np.arange(1, tested.size + 1)
        q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def difference(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Change between two sets of estimates (columns value, low, high, n_eff; same rows in the same order).

    The interval is made of the two intervals (method of variance estimates recovery: Newcombe 1998, Statistics in
    Medicine 17:873-890; Zou & Donner 2008, ibid. 27:1693-1702), so that it holds for shares near 0 or 1 and for
    medians alike. p is the level at which it just touches zero, with Student's t on Welch's degrees of freedom.
    `smallest_detectable` is the change that would have been seen with 80 % probability at the 5 % level. The two
    sets are taken as independent, which errs on the safe side when the same accounts answer twice. Returns change,
    low, high, p, smallest_detectable.
    """
    from scipy.special import ndtri, stdtr, stdtrit  # here: a KPI alone does without

    z = normal_quantile()
    with np.errstate(divide="ignore", invalid="ignore"):
        v1, v0 = now["value"].to_numpy(float), before["value"].to_numpy(float)
        down1, up1 = v1 - now["low"].to_numpy(float), now["high"].to_numpy(float) - v1
        down0, up0 = v0 - before["low"].to_numpy(float), before["high"].to_numpy(float) - v0
        change = v1 - v0
        to_low, to_high = np.hypot(down1, up0), np.hypot(up1, down0)
        toward_zero = np.where(change > 0, to_low, to_high) / z
        score = np.abs(change) / toward_zero
        half1, half0 = (down1 + up1) / 2, (down0 + up0) / 2
        df = (half1**2 + half0**2) ** 2 / (
            half1**4 / np.maximum(now["n_eff"].to_numpy(float) - 1, 1)
            + half0**4 / np.maximum(before["n_eff"].to_numpy(float) - 1, 1)
        )
        wider = stdtrit(df, 0.975) / z
        p = 2 * stdtr(df, -score)
        detectable = (z + ndtri(POWER)) * np.hypot(half1, half0) / z
    changed = pd.DataFrame(
        {
            "change": change,
            "low": change - wider * to_low,
            "high": change + wider * to_high,
            "p": p,
            "smallest_detectable": detectable,
        },
        index=now.index,
    ).replace([np.inf, -np.inf], np.nan)
    changed.loc[~np.isfinite(change), :] = np.nan
    # Without both ends of an interval there is no test either.
    changed.loc[changed[["low", "high"]].isna().any(axis=1), ["low", "high", "p", "smallest_detectable"]] = np.nan
    return changed


def compare(
    now: pd.DataFrame,
    before: pd.DataFrame,
    margin: float | Mapping[str, float] | None = None,
    relative: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """Change frame of two KPI frames: what moved, what is flat, what cannot be told.

    Both frames may hold several KPIs; rows are matched on kpi and the group columns, and every group of either side is
    kept. All rows together are one family for the false-discovery control (Benjamini-Hochberg), so pass the whole pack
    at once. `margin` is the change that would not matter, in the KPI's unit or, where `relative` says so, as a share of
    the value before; one number, or one per KPI id.

    A change *moved up* or *moved down* when its interval excludes zero and q is at most 0.04; it is *flat* when the
    whole interval lies within the margin; everything else *cannot tell*. Raises ParameterError when the group columns
    differ.

    Returns kpi, period, before, the group columns, value, value_before, change, low, high, p, q, smallest_detectable,
    margin, verdict, n, n_before.
    """
    by, others = groups_of(now), groups_of(before)
    if set(by) != set(others):
        raise ParameterError(
            f"the two frames are not grouped alike: by {by or 'nothing'} and by {others or 'nothing'}. "
            "Compute both with the same `by`."
        )
    keys = ["kpi", *by]
    for side, frame in (("first", now), ("second", before)):
        if frame.duplicated(keys).any():
            raise ParameterError(
                f"the {side} frame has several rows for {tuple(frame.loc[frame.duplicated(keys), keys].iloc[0])}; "
                "give one period on each side."
            )
    # An engine may give the same groups another type, an empty side above all.
    mixed = {column: object for column in by if now[column].dtype != before[column].dtype}
    both = now.astype(mixed).merge(before.astype(mixed), on=keys, how="outer", suffixes=("_1", "_0"), sort=False)
    both = _in_order_of(both, now, keys)
    sides = [
        both[[f"{name}_{side}" for name in ("value", "low", "high", "n_eff")]].set_axis(
            ["value", "low", "high", "n_eff"], axis=1
        )
        for side in (1, 0)
    ]
    changed = difference(*sides)
    limit = _margins(both, margin, relative or {})
    q = adjust(changed["p"])
    return pd.DataFrame(
        {
            "kpi": both["kpi"],
            "period": _only(now["period"]),
            "before": _only(before["period"]),
            **{column: both[column] for column in by},
            "value": both["value_1"],
            "value_before": both["value_0"],
            **{name: changed[name] for name in ("change", "low", "high", "p")},
            "q": q,
            "smallest_detectable": changed["smallest_detectable"],
            "margin": limit,
            "verdict": verdicts(changed["change"], changed["low"], changed["high"], q, limit),
            "n": both["n_1"].fillna(0),
            "n_before": both["n_0"].fillna(0),
        }
    )


def verdicts(
    change: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    q: ArrayLike,
    margin: ArrayLike,
    level: float = FALSE_DISCOVERY,
) -> list[str]:
    """One of VERDICTS per change. A change that moved may still be smaller than the margin: it moved all the same."""
    change, low, high, q, margin = (np.asarray(part, dtype=float) for part in (change, low, high, q, margin))
    certain = (q <= level) & ((low > 0) | (high < 0))
    still = (low >= -margin) & (high <= margin)
    return np.select(
        [certain & (change > 0), certain & (change < 0), still], [MOVED_UP, MOVED_DOWN, FLAT], CANNOT_TELL
    ).tolist()


def _in_order_of(both: pd.DataFrame, now: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Rows as the first frame has them, those that only the second has at the end."""
    place = {key: at for at, key in enumerate(_plain(now[list(keys)]))}
    order = [place.get(key, len(place)) for key in _plain(both[list(keys)])]
    return both.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _plain(keys: pd.DataFrame) -> list[tuple]:
    """Keys that can be looked up: an empty one equals another empty one, which not-a-number does not."""
    return [tuple("" if pd.isna(part) else part for part in key) for key in keys.itertuples(index=False, name=None)]


def _only(periods: pd.Series) -> str:
    labels = list(dict.fromkeys(str(label) for label in periods))
    if len(labels) > 1:
        raise ParameterError(f"one side holds several periods ({', '.join(labels)}); give one period on each side.")
    return labels[0] if labels else ""


def _margins(both: pd.DataFrame, margin: float | Mapping[str, float] | None, relative: Mapping[str, bool]) -> Array:
    if margin is None:
        return np.full(len(both), np.nan)
    if not isinstance(margin, Mapping):
        return np.full(len(both), float(margin))
    limit = both["kpi"].map(dict(margin)).to_numpy(float)
    share = both["kpi"].isin([kpi for kpi, is_share in relative.items() if is_share]).to_numpy(bool)
    return np.where(share, limit * both["value_0"].abs().to_numpy(float), limit)


def as_one_family(changes: Sequence[pd.DataFrame], level: float = FALSE_DISCOVERY) -> list[pd.DataFrame]:
    """Change frames that one reader sees together: q and verdict reckoned anew over all of them.

    Where a page has two families, each gets half the level, so that the page as a whole keeps the promise.
    """
    if not changes:
        return []
    q = adjust(np.concatenate([frame["p"].to_numpy(float) for frame in changes]))
    ends = np.cumsum([len(frame) for frame in changes])
    return [
        frame.assign(
            q=part, verdict=verdicts(*(frame[c] for c in ("change", "low", "high")), part, frame["margin"], level)
        )
        for frame, part in zip(changes, np.split(q, ends[:-1]), strict=True)
    ]
