"""Who the customer is: attributes, and how long they have been one."""

from __future__ import annotations

import pandas as pd

from cxlab.models.columns import typed
from cxlab.models.features.look import COUNT, FLAG, KEY, KIND, MONTH_DAYS, MONTHS, Look, days_since, tells_of_leaving

#: Columns of the customers table that are no attribute, know the outcome, or only tell where a row comes from.
NO_ATTRIBUTES = (KEY, "name", "signed_on", "closed_on", "churned", "source", "timezone")
#: Teams rather than people, and nothing that is one customer's own.
PERSONS = ("employee", "owner", "account_manager", "csm", "email", "phone", "contact")
_WORDS = {
    "region": "sales region",
    "country": "country",
    "segment": "customer segment",
    "industry": "industry",
    "size": "size class",
    "plan": "plan",
    "channel": "way of sale",
    "team": "team in charge",
}


def read(look: Look, customers: pd.DataFrame | None) -> None:
    """Attributes of the customers table, and tenure. `customers`: its rows of the people looked at, by customer_id."""
    found = look.found
    if customers is None:
        found.lacks(
            "There is no table of customers; with one, who they are and how long they have been one would be known."
        )
        return
    names = [
        name
        for name in customers.columns
        if name not in (*NO_ATTRIBUTES, *PERSONS) and not pd.api.types.is_datetime64_any_dtype(customers[name])
    ]
    telling = tells_of_leaving(names)
    if telling:
        found.remark(f"By its name {' and '.join(telling)} tells of leaving itself, so it is no feature.")
    names = [name for name in names if name not in telling]
    for name in names:
        values = typed(customers[name])
        found.add("customers", "who", name, values, _WORDS.get(name, _said(name)), _unit(values))
    if names:
        found.remark(
            f"What the customers table says of a customer ({', '.join(names)}) bears no date: it is what is true today."
        )
    if look.signed.notna().any():
        tenure = days_since(look.signed, look.as_of) / MONTH_DAYS
        found.add("customers", "who", "tenure", tenure, "months since signing", MONTHS)
    else:
        found.lacks(
            "The table of customers has no signed_on; with it, how long they have been customers would be known."
        )


def _unit(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return FLAG
    return COUNT if pd.api.types.is_numeric_dtype(values) else KIND


def _said(name: str) -> str:
    return name.replace("_", " ").strip()
