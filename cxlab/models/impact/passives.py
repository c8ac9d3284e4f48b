"""What keeps passives from a 9: the topics they speak of more than promoters do."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.fitting import by_account
from cxlab.models.impact.rows import account_codes, memberships, of_same_length
from cxlab.models.middle.voices import PASSIVE, PROMOTER
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.log_odds import log_odds

PASSIVES_MORE, PROMOTERS_MORE = "passives speak of it more", "promoters speak of it more"

Array = NDArray[np.float64]


def held_back(
    members: pd.DataFrame,
    group: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    min_n: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Topics that passives (7-8) speak of more, or less, than promoters (9-10), the most telling first.

    members: comments x topics, true or false or a degree from 0 to 1. group: "passive" or "promoter" each, as in
    `cxlab.models.middle.voices.passives_say` (others are left out). cluster: accounts.

    Columns topic, n_passive, n_promoter (mentions), share_passive, share_promoter (0-1), log_odds (of a mention,
    passives less promoters), low, high (95 %), times (the odds' ratio), z, p, q (false discoveries over the topics),
    verdict: "passives speak of it more", "promoters speak of it more" or "cannot tell". Log-odds with a prior as
    `cxlab.stats.log_odds` makes them, topic by topic since a comment may hold several, on as many comments as weights
    and clustering by account leave. Topics with fewer than `min_n` mentions in both groups together have no numbers.
    What goes with an 8 in place of a 9 is no proof that mending it would gain the 9. Nothing is drawn at random; `seed`
    is there because every model of the house takes one. Raises ParameterError where one group has no comment.
    """
    names, values = memberships(members, "held_back")
    of_same_length("held_back", len(values), group=group, cluster=cluster, weight=weight)
    weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    of = np.asarray(group, dtype=object)
    sides = {name: (of == name) & (weights > 0) for name in (PASSIVE, PROMOTER)}
    for name, rows in sides.items():
        if not rows.any():
            raise ParameterError(
                f'held_back: no comment is of a {name}. Give "passive" and "promoter" as group, one a comment.'
            )
    counts = {name: _counts(values[rows], weights[rows], cluster, rows) for name, rows in sides.items()}
    mentions = {name: (values[rows] >= 0.5).sum(axis=0) for name, rows in sides.items()}
    enough = sum(mentions.values()) >= min_n
    (share1, n1), (share2, n2) = counts[PASSIVE], counts[PROMOTER]
    places = np.arange(len(names))
    found = log_odds(pd.Series(share1 * n1, places), pd.Series(share2 * n2, places), n1, n2).set_index("item")
    found = found.loc[places, ["log_odds", "low", "high", "z", "p"]].to_numpy(float)
    difference, low, high, z, p = np.where(enough[:, None], found, np.nan).T
    q = adjust(p)
    table = pd.DataFrame(
        {
            "topic": list(names),
            "n_passive": mentions[PASSIVE],
            "n_promoter": mentions[PROMOTER],
            "share_passive": counts[PASSIVE][0],
            "share_promoter": counts[PROMOTER][0],
            "log_odds": difference,
            "low": low,
            "high": high,
            "times": np.exp(difference),
            "z": z,
            "p": p,
            "q": q,
            "verdict": np.select(
                [(q <= FALSE_DISCOVERY) & (z > 0), (q <= FALSE_DISCOVERY) & (z < 0)],
                [PASSIVES_MORE, PROMOTERS_MORE],
                CANNOT_TELL,
            ),
        }
    )
    return table.sort_values("z", ascending=False, kind="stable", na_position="last", ignore_index=True)


def _counts(values: Array, weights: Array, cluster: ArrayLike | None, rows: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Share of the comments by topic, and how many independent comments it is worth: at most Kish's number."""
    codes = account_codes(cluster, rows)
    total = weights.sum()
    share = np.clip(weights @ values / total, 0.0, 1.0)
    squares = (by_account(weights[:, None] * (values - share), codes) ** 2).sum(axis=0) / total**2
    kish = total**2 / (weights**2).sum()
    groups = int(codes.max()) + 1
    spread = np.maximum(squares * groups / max(groups - 1, 1), 1e-300)
    worth = np.where(squares > 0, share * (1 - share) / spread, kish)
    return share, np.minimum(worth, kish)
