"""Every KPI by segment, with its interval, and which segments can be told from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.scorecards import WHOLE, trend
from cxlab.models.segments.following import CAME
from cxlab.periods import Period
from cxlab.stats.comparisons import adjust, difference, verdicts
from cxlab.stats.counting import collect

#: The column by which customers carry their segment into the KPIs.
FOUND = "found_segment"
#: Of people and of the public, which have no customer; and a plain count, which only says how large a segment is.
_NOT_OF_CUSTOMERS = ("enps", "engagement", "review_rating", "new_logos")


def with_segments(tables: Mapping[str, Any], labels: pd.Series) -> dict[str, Any]:
    """The tables, customers with a column `found_segment`; who has no segment has none there.

    `customers` becomes a pandas frame, so give the other tables as pandas frames too (cx.load).
    """
    customers = collect(nw.from_native(tables["customers"]))
    return {**tables, "customers": customers.assign(**{FOUND: customers["customer_id"].map(labels)})}


def segment_measures(
    tables: Mapping[str, Any],
    labels: pd.Series,
    period: Period,
    *,
    names: Sequence[str] = (),
    kpis: Sequence[str] = (),
    min_n: int = 5,
    **standards: Any,
) -> pd.DataFrame:
    """KPI frame by found_segment, with the comparison: others, change, low_change, high_change, p, q, verdict.

    All KPIs of customers unless `kpis` names some; KPIs that cannot be computed are left out. `labels`: segment by
    customer_id, best as of the period's start, since those who left in it belong to where they were. Two segments are
    compared with each other; more than two each with the company as a whole, of which it is a part, which
    errs on the safe side. All comparisons are one family for the false-discovery control. `names` gives the order;
    `standards` are those of cx.scorecard.
    """
    wanted = list(kpis) or [kpi for kpi in DEFINITIONS if kpi not in _NOT_OF_CUSTOMERS]
    order = [name for name in (names or sorted(set(labels.dropna()))) if name != CAME]
    frame = trend(with_segments(tables, labels), wanted, [period], FOUND, min_n=min_n, **standards)
    frame = frame[frame[FOUND].isin([WHOLE, *order])].copy()
    frame[FOUND] = pd.Categorical(frame[FOUND], [WHOLE, *order])
    rank = {kpi: at for at, kpi in enumerate(wanted)}
    frame = frame.sort_values(["kpi", FOUND], key=lambda c: c.map(rank) if c.name == "kpi" else c, kind="stable")
    frame = frame.assign(**{FOUND: frame[FOUND].astype(object)}).reset_index(drop=True)
    # A KPI that no segment has was not of customers.
    spoken = frame[frame[FOUND] != WHOLE].groupby("kpi")["value"].transform("count").reindex(frame.index)
    kept = set(frame.loc[spoken.fillna(0) > 0, "kpi"])
    return _compared(frame[frame["kpi"].isin(kept)].reset_index(drop=True), order)


def _compared(frame: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    beside = frame.copy()
    for at, row in frame.iterrows():
        if row[FOUND] == WHOLE:
            beside.loc[at, ["value", "low", "high", "n_eff"]] = np.nan
            continue
        against = next((name for name in order if name != row[FOUND]), WHOLE) if len(order) == 2 else WHOLE
        match = frame[(frame["kpi"] == row["kpi"]) & (frame[FOUND] == against)]
        columns = ["value", "low", "high", "n_eff"]
        beside.loc[at, columns] = match[columns].iloc[0] if len(match) else np.nan
    gap = difference(frame, beside)
    is_whole = frame[FOUND] == WHOLE
    p = gap["p"].mask(is_whole)
    if len(order) == 2:  # the second comparison is the first one backwards
        p = p.mask(frame[FOUND] == order[1])
        q = pd.Series(adjust(p), index=frame.index).groupby(frame["kpi"]).transform("max").mask(is_whole)
    else:
        q = pd.Series(adjust(p), index=frame.index)
    said = verdicts(gap["change"], gap["low"], gap["high"], q, np.full(len(frame), np.nan))
    return frame.assign(
        others=beside["value"],
        change=gap["change"],
        low_change=gap["low"],
        high_change=gap["high"],
        p=gap["p"].mask(is_whole),
        q=q,
        verdict=pd.Series(said, index=frame.index).mask(is_whole),
    )
