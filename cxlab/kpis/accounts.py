"""Attributes of the account, added to tables that only name it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from cxlab.errors import TableError
from cxlab.stats.counting import columns_of


def attach(table: Any, customers: Any, columns: Sequence[str]) -> Any:
    """The table with these attributes of the account added where it lacks them, on its own engine.

    Rows without a known account keep an empty value. Raises TableError when neither table has a column.
    """
    frame = nw.from_native(table)
    have = columns_of(frame)
    lacking = [column for column in columns if column not in have]
    if not lacking:
        return table
    accounts = None if customers is None else nw.from_native(customers)
    absent = [column for column in lacking if accounts is None or column not in columns_of(accounts)]
    if absent or "customer_id" not in have:
        raise TableError(
            f"neither its table nor the customers table says {', '.join(absent or lacking)}.\n"
            f"The table has: {', '.join(have)}."
        )
    known = accounts.select("customer_id", *lacking)
    if isinstance(frame, nw.LazyFrame) and isinstance(known, nw.DataFrame):
        known = known.lazy()
    return frame.join(known, on="customer_id", how="left").to_native()
