"""How much each topic is talked of, against the period before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.fitting import by_account
from cxlab.models.impact.rows import account_codes, memberships, of_same_length
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, difference
from cxlab.stats.estimates import Counts, share

MORE, LESS = "more talk", "less talk"

Array = NDArray[np.float64]


def shares(
    members: pd.DataFrame, cluster: ArrayLike | None = None, weight: ArrayLike | None = None
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Topics, and a row a topic with value (share of the comments, 0-1), low, high (95 %), n, n_eff. All comments
    count, scored or not."""
    names, values = memberships(members, "shares")
    of_same_length("shares", len(values), cluster=cluster, weight=weight)
    weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    codes = account_codes(cluster, np.ones(len(values), dtype=bool))
    y, x = by_account(values * weights[:, None], codes), by_account(weights[:, None], codes)
    many = np.ones(len(names))
    found = share(
        Counts(
            len(values) * many,
            len(x) * many,
            y.sum(axis=0),
            x.sum() * many,
            (y**2).sum(axis=0),
            (y * x).sum(axis=0),
            (x**2).sum() * many,
            (weights**2).sum() * many,
        )
    )
    return names, pd.DataFrame({name: getattr(found, name) for name in ("value", "low", "high", "n", "n_eff")})


def share_changes(
    members: pd.DataFrame,
    before: pd.DataFrame,
    *,
    cluster: ArrayLike | None = None,
    before_cluster: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    before_weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Change of the share of comments that mention each topic: a row a topic of `members`.

    Columns topic, n_before (comments that mention it), share_before, share_change (0-1), share_low, share_high (95 %,
    clustered by account), p_share. A topic that `before` does not have was not mentioned then. Raises ParameterError.
    """
    names, now = shares(members, cluster, weight)
    if not len(before):
        raise ParameterError("the period before has no comments; leave `before` out.")
    earlier = pd.DataFrame(before).rename(columns=str).reindex(columns=list(names), fill_value=0.0)
    _, then = shares(earlier, before_cluster, before_weight)
    changed = difference(now, then)
    return pd.DataFrame(
        {
            "topic": list(names),
            "n_before": (earlier.to_numpy(float) >= 0.5).sum(axis=0),
            "share_before": then["value"],
            "share_change": changed["change"],
            "share_low": changed["low"],
            "share_high": changed["high"],
            "p_share": changed["p"],
        }
    )


def talk(table: pd.DataFrame) -> list[str]:
    """ "more talk", "less talk" or "cannot tell", from share_change, share_low, share_high and q_share."""
    sure = (table["q_share"] <= FALSE_DISCOVERY) & ((table["share_low"] > 0) | (table["share_high"] < 0))
    rose = table["share_change"] > 0
    return np.select([sure & rose, sure & ~rose], [MORE, LESS], CANNOT_TELL).tolist()
