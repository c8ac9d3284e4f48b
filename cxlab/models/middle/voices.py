"""What passives say, beside what promoters say: comments for those who find topics in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlab.models.middle.answers import recommendations
from cxlab.periods import Period

PASSIVE, PROMOTER = "passive", "promoter"


def passives_say(tables: Mapping[str, Any], periods: Period | Sequence[Period]) -> pd.DataFrame:
    """Comments of passives (7-8) and, to hold them against, of promoters (9-10): a row a comment.

    Columns: response_id, customer_id, answered_at, score, group ("passive", "promoter"), language, comment; empty
    comments are left out. What keeps passives from a 9 is what they speak of more than promoters do. Raises TableError
    where nobody answered.
    """
    rows, _ = recommendations(tables, periods)
    columns = ["response_id", "customer_id", "answered_at", "score", "group", "language", "comment"]
    if "comment" not in rows:
        return pd.DataFrame(columns=columns)
    said = rows[rows["comment"].fillna("").str.strip().ne("") & (rows["score"] >= 7)]
    group = said["score"].map(lambda score: PROMOTER if score >= 9 else PASSIVE)
    return said.assign(group=group).reindex(columns=columns).reset_index(drop=True)
