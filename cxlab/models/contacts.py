"""The first contact with an account after a moment: the next ticket it opened."""

from __future__ import annotations

import pandas as pd

NEXT_TICKET = "the account's next ticket"


def next_ticket(accounts: pd.Series, when: pd.Series, tickets: pd.DataFrame) -> pd.Series:
    """When each account opened its first ticket after `when` (NaT: never, or nobody knows the account).

    accounts, when: one index. tickets: customer_id and opened_at. A ticket of that very moment is not after it.
    """
    opened = tickets[["customer_id", "opened_at"]].dropna().astype({"customer_id": object})
    opened = opened.assign(contacted_at=moments(opened["opened_at"])).drop(columns="opened_at")
    asked = pd.DataFrame(
        {"customer_id": accounts.astype(object), "when": moments(when), "place": accounts.index}
    ).dropna()
    joined = pd.merge_asof(
        asked.sort_values(["when", "place"], kind="stable"),
        opened.sort_values(["contacted_at", "customer_id"], kind="stable"),
        left_on="when",
        right_on="contacted_at",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
    )
    return joined.set_index("place")["contacted_at"].reindex(accounts.index)


def moments(column: pd.Series) -> pd.Series:
    """Timestamps of one resolution, whatever a table or an engine gives."""
    return pd.to_datetime(column).astype("datetime64[us]")
