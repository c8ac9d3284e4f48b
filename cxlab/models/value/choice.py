"""Which engine a company's tables call for, in words, and the valuation by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from cxlab.errors import TableError
from cxlab.models.value.contract import contract_value
from cxlab.models.value.valuation import Valuation
from cxlab.models.value.worth import customer_value
from cxlab.stats.counting import collect, columns_of, frame_of

CONTRACT, NO_CONTRACT, NONE = "contract", "no contract", "none"


@dataclass(frozen=True)
class Choice:
    """engine: "contract", "no contract" or "none". why: a sentence. missing: what would make (more of) it possible."""

    engine: str
    why: str
    missing: tuple[str, ...] = ()


def choose_engine(tables: Mapping[str, Any]) -> Choice:
    """Look at the tables (name -> frame of any engine; absent ones left out or None) and say which engine they call
    for.

    A contract is a table of recurring revenue, or customers with days of signing and closing. Orders alone are none.
    """
    given = {name: frame_of(table, name, [], "choose_engine") for name, table in tables.items() if table is not None}
    dated = _dated(given.get("customers"))
    revenue = "subscriptions" in given and {"customer_id", "month", "mrr"} <= set(columns_of(given["subscriptions"]))
    orders = "orders" in given
    if revenue or (dated and not orders):
        words = "There is a table of recurring revenue" if revenue else "Customers have days of signing and closing"
        words += ": a contract runs until it is ended, and the day it ends is known. Renewals are modelled (sBG)."
        if orders:
            words += " The orders beside it are not part of this: value them with cx.customer_value."
        lost = () if revenue else ("subscriptions with mrr would turn payments into money",)
        return Choice(CONTRACT, words, lost)
    if orders:
        return Choice(
            NO_CONTRACT,
            "There are orders and no contract: nobody says when a customer is gone. Purchases and spend are modelled "
            "(BG/NBD or BG/BB, with Gamma-Gamma).",
            ()
            if "amount" in columns_of(given["orders"])
            else ("orders with an amount would turn purchases into money",),
        )
    return Choice(
        NONE,
        "What customers are worth cannot be told from these tables: there is no recurring revenue, no order, and no "
        "day on which customers signed and left.",
        ("subscriptions (customer_id, month, mrr)", "orders (customer_id, ordered_at, amount)",
         "signed_on and closed_on in customers"),
    )  # fmt: skip


def value_customers(tables: Mapping[str, Any], as_of: Any = None, **options: Any) -> Valuation:
    """The valuation by the engine that `choose_engine` names; `options` are those of that engine.

    Raises TableError where no engine fits, naming the tables that would do.
    """
    choice = choose_engine(tables)
    if choice.engine == CONTRACT:
        return contract_value(tables.get("customers"), tables.get("subscriptions"), as_of, **options)
    if choice.engine == NO_CONTRACT:
        return customer_value(tables["orders"], as_of, **options)
    raise TableError(f"{choice.why} One of these would do: {'; '.join(choice.missing)}.")


def _dated(customers: nw.DataFrame | nw.LazyFrame | None) -> bool:
    """Whether customers have signed_on and at least one closed_on."""
    if customers is None or not {"signed_on", "closed_on"} <= set(columns_of(customers)):
        return False
    counted = collect(customers.select(nw.col("signed_on", "closed_on").count()))
    return bool((counted.iloc[0] > 0).all())
