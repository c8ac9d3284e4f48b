"""Behind retention and revenue: what the money is made of, and how each cohort of customers has stayed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from cxlab.kpis.cohorts import cohort_triangle
from cxlab.kpis.entitlements import entitlement_table
from cxlab.kpis.measure import latest
from cxlab.kpis.revenue import revenue_waterfall
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_COHORTS, _AGES = 10, 10
_STEPS = (
    ("start", "At the start", True),
    ("expansion", "Paid more", False),
    ("contraction", "Paid less", False),
    ("churn", "Left", False),
    ("end", "The same accounts at the end", True),
    ("new", "New accounts", False),
    ("returned", "Came back", False),
)


def pieces(page: Review) -> list[Any]:
    """The waterfall of recurring revenue, the triangle of cohorts, what is paid for and used."""
    return [piece for part in (_waterfall, _triangle, _entitled) for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About what left, in money."""
    row = _money(page)
    if row is None or not row["churn"]:
        return ""
    return (
        f"{prose.count(row['churn_accounts'])} accounts worth {prose.value(-row['churn'], 'currency')} a month left in "
        f"{page.period.label}. Which of them did we speak with in the three months before, and what did we hear?"
    )


def _money(page: Review) -> pd.Series | None:
    if "subscriptions" not in page.chosen or page.period.kind == "week":
        return None
    row = revenue_waterfall(page.chosen["subscriptions"], page.period).iloc[0]
    return None if pd.isna(row["start"]) else row


def _waterfall(page: Review) -> figures.Drawing | Piece:
    row = _money(page)
    if row is None:
        return say(f"What the money is made of cannot be told: no recurring revenue reaches over {page.period}.")
    steps = pd.DataFrame(
        [{"step": name, "value": row[key], "is_total": total} for key, name, total in _STEPS if total or row[key]]
    )
    kept = row["end"] / row["start"]
    title = (
        f"Of every 100 that customers paid at the start of the period, they pay {100 * kept:.1f} at its end; "
        f"{100 * -row['churn'] / row['start']:.1f} left with those who left"
    )
    listed = "; ".join(
        f"{step} {prose.value(amount, 'currency')}" for step, amount in zip(steps["step"], steps["value"], strict=True)
    )
    return figures.bridge(
        steps,
        unit="currency",
        title=title,
        alt=f"{title}. {listed}.",
        note=f"Recurring revenue a month, {page.period}. New accounts stand apart: they count in no retention rate.",
    )


def _triangle(page: Review) -> figures.Drawing | Piece:
    rows = cohort_triangle(page.chosen["customers"], as_of=_until(page))
    rows = rows[rows["n"] >= 5]
    if rows.empty:
        return say("No cohort of new customers is old and large enough to tell how it has stayed.")
    shown = rows[rows["cohort"].isin(sorted(rows["cohort"].unique())[-_COHORTS:]) & (rows["age"] <= _AGES)]
    year = shown[shown["age"] == 4]
    told = (
        f"{len(year)} cohorts are a year old: {prose.value(year['value'].min(), 'share')} to "
        f"{prose.value(year['value'].max(), 'share')} of their accounts stayed that long"
        if len(year) > 1
        else f"Cohorts of new customers, up to {int(shown['age'].max())} quarters after signing"
    )
    cells = shown.assign(
        cohort=shown["cohort"] + " (" + shown["n"].map(prose.count) + ")", age=shown["age"].astype(int)
    )
    return figures.grid(
        cells,
        rows="cohort",
        columns="age",
        unit="share",
        title=told,
        alt=f"{told}. Share still customers by cohort of signing and quarters since signing.",
        note="Share (%) of each cohort that is still a customer, by quarters since its own signing; accounts in "
        "brackets. Cells that not every account of the cohort has reached are left out.",
    )


def _until(page: Review) -> Any:
    """Nothing after the period's end is used."""
    last = latest(nw.from_native(page.chosen["customers"]), ["signed_on", "closed_on"])
    return page.period.end if last is None else min(page.period.end, last)


def _entitled(page: Review) -> Piece:
    if not {"entitlements", "usage"} <= set(page.chosen):
        return say("What is paid for and not used cannot be told: that takes the tables entitlements and usage.")
    rows = entitlement_table(
        page.chosen["entitlements"],
        page.chosen["usage"],
        page.period,
        customers=page.chosen.get("customers"),
        subscriptions=page.chosen.get("subscriptions"),
    )
    wanted = ["feature", "entitled", "used", "value", "low", "high", "asked_not_entitled", "revenue"]
    return table(
        rows[[name for name in wanted if name in rows]],
        units={"value": "share", "low": "share", "high": "share", "revenue": "currency"},
        names={
            "entitled": "accounts that may use it",
            "used": "that do",
            "value": "share",
            "low": "from",
            "high": "to",
            "asked_not_entitled": "asked in vain",
            "revenue": "their revenue a month",
        },
        caption="What accounts may use and do, and what they ask for in vain",
    )
