"""What a page shows of a valuation, as frames only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.course import course
from cxlab.models.value.holdout import RULES
from cxlab.models.value.ledger import Ledger
from cxlab.models.value.opportunities import Opportunities
from cxlab.models.value.valuation import Valuation

#: Ends of the bands of the chance to be a customer still.
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def concentration_curve(valuation: Valuation, steps: int = 100) -> pd.DataFrame:
    """Share of value with the most valuable share of customers: customers, value (both 0-1), most valuable first.

    `steps` + 1 rows; empty where values are refused.
    """
    value = np.sort(valuation.table["value"].to_numpy(float))[::-1]
    if not len(value) or not np.isfinite(value).all() or value.sum() <= 0:
        return pd.DataFrame({"customers": [], "value": []})
    share = np.linspace(0, 1, steps + 1)
    reached = np.concatenate([[0.0], np.cumsum(value)]) / value.sum()
    return pd.DataFrame(
        {"customers": share, "value": np.interp(share * len(value), np.arange(len(value) + 1), reached)}
    )


def accuracy(valuation: Valuation) -> pd.DataFrame:
    """The hold-out's sums, one row a measure and rule: measure, rule, foretold, actual, bias, mae, rmse, n.

    rule: "model", "naive" (each customer at their own pace; with a contract all at one rate), "constant" (all customers
    at one pace; with a contract nobody leaves).
    """
    totals = valuation.holdout[valuation.holdout["class"] == "all"]
    rows = [
        (row["measure"], rule, row[rule], row["actual"], row[f"{rule}_bias"], row[f"{rule}_mae"], row[f"{rule}_rmse"],
         row["n"])
        for _, row in totals.iterrows()
        for rule in RULES
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["measure", "rule", "foretold", "actual", "bias", "mae", "rmse", "n"])


def tracking(valuation: Valuation) -> pd.DataFrame:
    """Repeat purchases of all, added up week by week (unit by unit): time, day, actual, model, naive, after_as_of.

    Goes on after as_of as far as there are orders, for the customers known at as_of: there the model has seen nothing.
    naive: all goes on at the pace up to as_of. Raises ParameterError for a valuation of contracts.
    """
    material = valuation.material
    if "histories" not in material:
        raise ParameterError("tracking is for customers without a contract; use retention_curve.")
    book, engine, histories = (material[name] for name in ("book", "engine", "histories"))
    start = histories["first_day"].min()
    ends = np.arange(1, int(np.floor(book.length(start, max(book.last_day, book.as_of)))) + 1)
    moments = _moments(book, start, ends)
    actual, model = course(book, engine, histories, moments)
    watched = book.length(start, book.as_of)
    seen = float(histories["frequency"].sum())
    return pd.DataFrame(
        {
            "time": ends,
            "day": moments,
            "actual": actual,
            "model": model,
            "naive": np.where(ends <= watched, np.nan, seen * ends / watched),
            "after_as_of": ends > watched,
        }
    )


def retention_curve(valuation: Valuation, most: int | None = None) -> pd.DataFrame:
    """Share of a cohort left after each renewal: renewal, at_risk, actual (Kaplan-Meier from the records), model,
    naive.

    Raises ParameterError for a valuation without contracts.
    """
    material = valuation.material
    if "renewals" not in material:
        raise ParameterError("retention_curve is for contracts; use tracking.")
    rows = material["renewals"]
    rows = rows[rows["at_risk"] > 0].head(most) if most else rows[rows["at_risk"] > 0]
    process = ShiftedBetaGeometric(**material["fit"].value)
    rate = 1 - material["renewals"]["lost"].sum() / material["renewals"]["at_risk"].sum()
    # Where nobody was watched at the first renewals the curve starts from the model's share there.
    first = int(rows["renewal"].iloc[0]) - 1
    return pd.DataFrame(
        {
            "renewal": rows["renewal"].to_numpy(),
            "at_risk": rows["at_risk"].to_numpy(),
            "actual": process.survival(first) * np.cumprod(1 - rows["lost"] / rows["at_risk"]).to_numpy(),
            "model": process.survival(rows["renewal"]),
            "naive": rate ** rows["renewal"].to_numpy(float),
        }
    )


def most_valuable(valuation: Valuation, n: int = 20) -> pd.DataFrame:
    """The `n` rows of the table with the highest value (ties by customer_id), with rank and share of the whole."""
    table = valuation.table.sort_values(["value", "customer_id"], ascending=[False, True]).head(n)
    table = table.assign(share=table["value"] / valuation.table["value"].sum())
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table.reset_index(drop=True)


def alive_bands(valuation: Valuation) -> pd.DataFrame:
    """Customers by the chance to be one still: band ("0-20 %"), n, expected_purchases, value, naive_value (sums)."""
    table = valuation.table
    if "p_alive" not in table:
        raise ParameterError("alive_bands is for customers without a contract, of whom nobody knows who is gone.")
    names = [f"{100 * low:.0f}-{100 * high:.0f} %" for low, high in zip(BANDS[:-1], BANDS[1:], strict=True)]
    band = pd.cut(table["p_alive"], BANDS, labels=names, include_lowest=True)
    sums = table.groupby(band, observed=False)[["expected_purchases", "value", "naive_value"]].sum()
    sums.insert(0, "n", table.groupby(band, observed=False).size())
    return sums.rename_axis("band").reset_index().astype({"band": str})


def _moments(book: Ledger, start: pd.Timestamp, ends: np.ndarray) -> pd.DatetimeIndex:
    """The days at which whole units of time are over."""
    if isinstance(book, Opportunities):
        return book.events[book.events > start][: len(ends)]
    return start + pd.to_timedelta(np.round(ends * book.unit_days), unit="D")
