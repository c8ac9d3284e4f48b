"""Attributes of the account, added to tables that only name it; and tables narrowed to some accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from cxlab.errors import ParameterError, TableError
from cxlab.stats.counting import collect, columns_of


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


def only(tables: Mapping[str, Any], where: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The tables with the rows of one region, plan ... alone, and for each table that cannot tell, why not.

    `where` maps columns to the value wanted; a column that a table lacks is taken from the customers table. Raises
    ParameterError for a value that no table holds, with the nearest that there is: it would leave nothing, quietly.
    """
    for column, wanted in where.items():
        known = {value for table in tables.values() for value in _values(table, column)}
        if wanted not in known:
            raise ParameterError.unknown(column, wanted, sorted(known))
    chosen, refused = {}, {}
    for name, table in tables.items():
        try:
            frame = nw.from_native(attach(table, tables.get("customers"), list(where)))
        except TableError as problem:
            refused[name] = str(problem)
            continue
        for column, wanted in where.items():
            frame = frame.filter(nw.col(column) == wanted)
        chosen[name] = frame.to_native()
    return chosen, refused


def _values(table: Any, column: str) -> set[str]:
    frame = nw.from_native(table)
    if column not in columns_of(frame):
        return set()
    return set(collect(frame.select(column).unique())[column].dropna().astype(str))
