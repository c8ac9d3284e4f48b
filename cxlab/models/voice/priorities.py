"""Where to begin: needs that are not met, and wins that are at hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.models.voice.mentions import accounts_of, heard, score_counts, shares, side_by_side, texts_of, units_of
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust, difference

#: Mentions of a topic come from few places where they are spread over less than this part of the places that all
#: comments come from, and the mix of places differs for certain.
NARROW = 0.6
#: Accounts that mention a topic below which nothing is said of where they are.
_FEWEST = 20


def unmet_needs(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    topics: pd.DataFrame,
    *,
    period: Period | None = None,
    bounds: tuple[float, float] = (0.0, 10.0),
) -> pd.DataFrame:
    """Low score and many voices: topics whose authors score lower than all others, and that are said more than most.

    Counts comments with a score (the caller leaves one survey in). Columns: topic, name, n, share, low, high (of these
    comments), score (mean of those who say it), rest (of all others), gap (score - rest), gap_low, gap_high, p, q
    (Benjamini-Hochberg), unmet: the gap is for certain below nought and the share for certain above the average
    topic's. A topic's gap is not adjusted for what it is mentioned with: see the topics' impact. Accounts are clusters.
    `bounds` are the ends of the scale. The lowest gap first.
    """
    members, comments = side_by_side(members, comments)
    if "score" not in comments:
        raise TableError.missing("unmet_needs", "responses", ["score"], comments.columns)
    there = heard(comments, period) & comments["score"].notna().to_numpy(bool)
    mine, rows = members[there].reset_index(drop=True), comments[there].reset_index(drop=True)
    accounts, score = accounts_of(rows), rows["score"].astype(float).to_numpy()
    table = shares(mine, accounts).rename(columns={"value": "share"})[["n", "share", "low", "high"]]
    table.insert(0, "name", texts_of(topics.set_index("topic").reindex(table.index), "name"))
    sides = [_means(mine == holds, score, accounts, bounds) for holds in (True, False)]
    gap = difference(*(side.set_axis(table.index) for side in sides))
    q = adjust(gap["p"])
    table = table.assign(score=sides[0]["value"].to_numpy(), rest=sides[1]["value"].to_numpy())
    table = table.assign(gap=gap["change"], gap_low=gap["low"], gap_high=gap["high"], p=gap["p"], q=q)
    table["unmet"] = (q <= FALSE_DISCOVERY) & (table["gap_high"] < 0) & (table["low"] > table["share"].mean())
    return table.reset_index().sort_values(["gap", "topic"], kind="stable", ignore_index=True)


def quick_wins(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    routes: pd.DataFrame,
    impact: pd.DataFrame,
    *,
    places: Sequence[str] = ("moment", "region", "team"),
    period: Period | None = None,
) -> pd.DataFrame:
    """Topics that points are lost with, that one owner answers for, and that come from few places: early wins at hand.

    `impact`: topic, value, low, high (points that go with the topic; losses are negative), q where it was tested. A row
    a topic with a certain loss (its interval below nought, q at most 0.04 where given), the largest loss first: topic,
    name, owner, points, points_low, points_high, place (the column of `places` in which it is narrowest), where (what
    it is over-represented in there), lift (how many times its usual share), spread (places its mentions are spread over
    evenly, as a part of those of all comments: the inverse of Simpson's index on both sides), q (chi-square against the
    usual mix of places, accounts as units; Benjamini-Hochberg over topics and columns), quick: it has an owner, spread
    is below 0.6 and q at most 0.04.
    """
    members, comments = side_by_side(members, comments)
    there = heard(comments, period)
    mine, rows = members[there].reset_index(drop=True), comments[there].reset_index(drop=True)
    sure = impact["high"] < 0
    if "q" in impact:
        sure &= impact["q"] <= FALSE_DISCOVERY
    losses = impact[sure & impact["topic"].isin(mine.columns)].sort_values(["value", "topic"], kind="stable")
    columns = [name for name in places if name in rows and rows[name].nunique() > 1]
    looks = pd.DataFrame(
        [line for name in columns for line in _narrowness(mine[losses["topic"].tolist()], rows, name)],
        columns=["topic", "place", "where", "lift", "spread", "p"],
    )
    looks["q"] = adjust(looks["p"].astype(float))
    best = looks.sort_values("q", kind="stable", na_position="last").drop_duplicates("topic").set_index("topic")
    table = losses[["topic", "value", "low", "high"]].set_axis(["topic", "points", "points_low", "points_high"], axis=1)
    named = routes.set_index("topic")[["name", "owner"]].reindex(table["topic"]).fillna("").reset_index(drop=True)
    table = pd.concat([table.reset_index(drop=True), named], axis=1)
    table = table.join(best[["place", "where", "lift", "spread", "q"]], on="topic")
    table["quick"] = (table["owner"] != "") & (table["spread"] < NARROW) & (table["q"] <= FALSE_DISCOVERY)
    order = ["topic", "name", "owner", "points", "points_low", "points_high", "place", "where", "lift", "spread"]
    return table[[*order, "q", "quick"]]


def _means(
    holds: pd.DataFrame, score: np.ndarray, accounts: pd.Series | None, bounds: tuple[float, float]
) -> pd.DataFrame:
    """Mean score of the rows that hold each topic, with interval, in the order of the topics."""
    found = estimates.mean(score_counts(holds, score, accounts), bounds)
    return pd.DataFrame({name: getattr(found, name) for name in ("value", "low", "high", "n_eff")})


def _narrowness(members: pd.DataFrame, rows: pd.DataFrame, place: str) -> list[tuple[object, ...]]:
    """Where each topic comes from, against where all comments come from; accounts (else comments) as units."""
    from scipy.stats import chi2

    where, names = pd.factorize(rows[place], sort=True)
    # An account that speaks in two places is a unit in both.
    unit = units_of(accounts_of(rows), len(rows)) * len(names) + where
    pairs, pair = np.unique(unit[where >= 0], return_inverse=True)
    there = pairs % len(names)
    usual = np.bincount(there, minlength=len(names)).astype(float)
    found = []
    for topic in members.columns:
        says = np.bincount(pair, members[topic].to_numpy(float)[where >= 0], len(pairs)) > 0
        mine = np.bincount(there[says], minlength=len(names)).astype(float)
        total = mine.sum()
        if total < _FEWEST or total == usual.sum():
            found.append((topic, place, "", np.nan, np.nan, np.nan))
            continue
        expected = total * usual / usual.sum()
        square = ((mine - expected) ** 2 * (1 / expected + 1 / (usual - expected))).sum()
        spread = (usual**2).sum() / usual.sum() ** 2 * total**2 / (mine**2).sum()
        # The place with most mentions beyond what is usual, not a tiny one with a large ratio.
        top = int((mine - expected).argmax())
        lift = mine[top] / expected[top]
        found.append(
            (topic, place, str(names[top]), float(lift), float(spread), float(chi2.sf(square, len(usual) - 1)))
        )
    return found
