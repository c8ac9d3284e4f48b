"""Who stays and what they pay: hand ledgers, the survivors' error, and months that the table does not reach."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.kpis.retention import churn_rate, gross_revenue_retention, net_revenue_retention, retention_rate
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")
SIGNED_CLOSED = [
    ("2020-01-01", None),  # stayed
    ("2020-01-01", "2026-06-30"),  # left before the quarter: not on the list
    ("2020-01-01", "2026-07-01"),  # left on its first day
    ("2020-01-01", "2026-09-30"),  # left on its last
    ("2020-01-01", "2026-10-01"),  # left after it: kept
    ("2026-06-30", None),  # signed on the last day before
    ("2026-07-01", None),  # won in the quarter: not on the list
    ("2026-07-05", "2026-08-01"),  # won and lost in the quarter: not on the list
    (None, None),  # never signed: not on the list
]


def accounts() -> pd.DataFrame:
    signed, closed = zip(*SIGNED_CLOSED, strict=True)
    return pd.DataFrame({"signed_on": pd.to_datetime(list(signed)), "closed_on": pd.to_datetime(list(closed))})


def test_logo_ledger() -> None:
    """On the list at the start: five. Left by the end: two."""
    kept, lost = retention_rate(accounts(), Q3), churn_rate(accounts(), Q3)
    assert kept["n"][0] == lost["n"][0] == 5
    assert kept["value"][0] == 3 / 5 and lost["value"][0] == 2 / 5
    assert kept["low"][0] == pytest.approx(1 - lost["high"][0], abs=1e-12)


def test_logos_over_all_time() -> None:
    """Eight ever signed, five with an end."""
    assert churn_rate(accounts())["value"][0] == 5 / 8


def paid(rows: list[tuple[str, str, float]], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "mrr"])
    return frame.assign(month=pd.to_datetime(frame["month"]), **columns)


def book(start: dict[str, float], end: dict[str, float]) -> pd.DataFrame:
    return paid(
        [(who, "2026-06-01", mrr) for who, mrr in start.items()]
        + [(who, "2026-09-01", mrr) for who, mrr in end.items()]
    )


def test_revenue_ledger() -> None:
    """Start 100 + 200 + 300 + 400 = 1000. a expands to 130, b contracts to 150, c leaves, d stays; e is new.

    Net: (130 + 150 + 0 + 400) / 1000 = 68 %. Gross: (100 + 150 + 0 + 400) / 1000 = 65 %.
    """
    table = book({"a": 100, "b": 200, "c": 300, "d": 400}, {"a": 130, "b": 150, "d": 400, "e": 999})
    net, gross = net_revenue_retention(table, Q3), gross_revenue_retention(table, Q3)
    assert net["value"][0] == pytest.approx(0.68) and gross["value"][0] == pytest.approx(0.65)
    assert net["n"][0] == gross["n"][0] == 4
    assert net["n_eff"][0] == pytest.approx(1000**2 / (100**2 + 200**2 + 300**2 + 400**2))


def test_survivors_only_would_be_wrong() -> None:
    """Definitions C9: a fifth leaves, the others pay 10 % more: 88 %, not 110 %."""
    start = {f"c{place}": 100.0 for place in range(10)}
    table = book(start, {who: 110.0 for who in list(start)[:8]})
    assert net_revenue_retention(table, Q3)["value"][0] == pytest.approx(0.88)
    assert gross_revenue_retention(table, Q3)["value"][0] == pytest.approx(0.80)


def test_gross_is_never_above_one_nor_above_net() -> None:
    table = book({"a": 100, "b": 100}, {"a": 300, "b": 100})
    assert gross_revenue_retention(table, Q3)["value"][0] == 1
    assert net_revenue_retention(table, Q3)["value"][0] == 2


def test_credit_notes_and_accounts_that_paid_nothing() -> None:
    """Nothing at the start: not on the list. Below nothing at the end: nothing kept, not less than that."""
    table = book({"a": 100, "b": 0, "c": 100}, {"a": -50, "b": 500, "c": 100})
    frame = net_revenue_retention(table, Q3)
    assert frame["n"][0] == 2 and frame["value"][0] == 0.5


def test_two_rows_of_an_account_in_a_month_are_one_account() -> None:
    table = pd.concat([book({"a": 60}, {"a": 60}), book({"a": 40}, {"a": 30})])
    frame = net_revenue_retention(table, Q3)
    assert frame["n"][0] == 1 and frame["value"][0] == pytest.approx(0.9)


def test_months_that_the_table_does_not_reach_are_unknown_not_lost() -> None:
    table = paid([("a", "2026-06-01", 100), ("a", "2026-08-01", 100)])
    frame = net_revenue_retention(table, Q3)
    assert frame["n"][0] == 0 and np.isnan(frame["value"][0])
    assert net_revenue_retention(table, Period.of("2026-08"))["n"][0] == 0  # nobody paid in July
    assert gross_revenue_retention(table, Period.of("2026-Q2"))["n"][0] == 0


def test_revenue_of_a_week_is_refused() -> None:
    with pytest.raises(ParameterError, match="2026-W30 is a week"):
        net_revenue_retention(book({"a": 1}, {"a": 1}), Period.of("2026-W30"))


def test_revenue_without_a_period_spans_the_table() -> None:
    table = paid([("a", "2025-01-01", 100), ("a", "2025-06-01", 50), ("a", "2026-01-01", 70), ("b", "2025-06-01", 9)])
    frame = net_revenue_retention(table)
    assert frame["value"][0] == pytest.approx(0.7) and frame["n"][0] == 1 and frame["period"][0] == "all"


def test_groups_are_those_of_the_start() -> None:
    """An account that moves from Basic to Pro stays with Basic, where its revenue came from."""
    table = book({"a": 100, "b": 100}, {"a": 200, "b": 100}).assign(plan=["Basic", "Pro", "Pro", "Pro"])
    frame = net_revenue_retention(table, Q3, by="plan").set_index("plan")["value"]
    assert frame.to_dict() == {"Basic": 2.0, "Pro": 1.0}
