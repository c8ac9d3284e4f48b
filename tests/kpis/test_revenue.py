"""Renewals, the waterfall, cohorts and new customers, counted by hand; the vendors' mistake of counting survivors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from cxlab.errors import ParameterError
from cxlab.kpis.cohorts import cohort_triangle
from cxlab.kpis.retention import annualised, left_in, net_revenue_retention, new_logos
from cxlab.kpis.revenue import renewal_rate, revenue_waterfall
from cxlab.periods import Period
from cxlab.stats.counting import collect

Q2 = Period.of("2026-Q2")


def paid(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "mrr", "renewal_due"])
    for column in ("month", "renewal_due"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    return frame


def months(account: str, amounts: dict[str, float], due: str | None = None) -> list[tuple]:
    return [(account, f"{month}-01", amount, due) for month, amount in amounts.items()]


LEDGER = paid(
    [
        *months("stays", {"2026-03": 100, "2026-04": 100, "2026-05": 100, "2026-06": 100}, "2026-05-20"),
        *months("grows", {"2026-03": 200, "2026-04": 200, "2026-05": 260.5, "2026-06": 260.5}),
        *months("shrinks", {"2026-03": 50, "2026-04": 40, "2026-05": 40, "2026-06": 40}, "2026-04-10"),
        *months("leaves", {"2026-03": 80, "2026-04": 80}, "2026-04-30"),
        *months("comes", {"2026-05": 70, "2026-06": 70}, "2026-06-15"),
    ]
)


def test_the_waterfall_adds_up_to_the_cent() -> None:
    row = revenue_waterfall(LEDGER, Q2).iloc[0]
    assert row[["start", "expansion", "contraction", "churn", "end", "new"]].tolist() == [
        430,
        60.5,
        -10,
        -80,
        400.5,
        70,
    ]
    assert row["start"] + row["expansion"] + row["contraction"] + row["churn"] == row["end"]
    assert row["churn_accounts"] == 1 and row["new_accounts"] == 1
    assert net_revenue_retention(LEDGER, Q2)["value"][0] == pytest.approx(400.5 / 430)


def test_renewals_count_what_was_due_and_can_be_known() -> None:
    """Due in the quarter: stays and shrinks renewed, leaves did not; comes is due in the last month known: not yet."""
    row = renewal_rate(LEDGER, Q2).iloc[0]
    assert row["n"] == 3 and row["value"] == pytest.approx(2 / 3)
    money = renewal_rate(LEDGER, Q2, money=True).iloc[0]
    assert money["n"] == 3 and 0 < money["value"] < 1


def test_survivors_alone_would_say_110_where_it_is_88() -> None:
    """20 % leave and the others pay 10 % more: definitions that look at survivors only say 110 %."""
    rows = []
    for place in range(100):
        rows += months(f"a{place}", {"2026-03": 100.0, "2026-06": 110.0} if place >= 20 else {"2026-03": 100.0})
    table = paid(rows)
    assert net_revenue_retention(table, Q2)["value"][0] == pytest.approx(0.88)
    both = table.pivot(index="customer_id", columns="month", values="mrr").dropna()
    assert both.iloc[:, 1].sum() / both.iloc[:, 0].sum() == pytest.approx(1.10)


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": list("abcdef"),
        "signed_on": pd.to_datetime(
            ["2025-01-10", "2025-02-20", "2025-03-01", "2025-04-02", "2025-05-05", "2026-04-10"]
        ),
        "closed_on": pd.to_datetime([None, "2025-04-15", "2025-11-20", None, "2026-05-01", None]),
    }
).astype({"signed_on": "datetime64[us]", "closed_on": "datetime64[us]"})


def test_a_triangle_shows_only_cells_that_the_whole_cohort_has_reached() -> None:
    table = cohort_triangle(CUSTOMERS, pd.Timestamp("2026-07-01").to_pydatetime())
    first = table[table["cohort"] == "2025-Q1"].set_index("age")
    assert first.loc[1, "n"] == 3 and first.loc[1, "active"] == 2  # b left within a quarter of signing
    assert first.loc[3, "active"] == 1 and first["value"].is_monotonic_decreasing
    assert set(table["cohort"]) == {"2025-Q1", "2025-Q2"}  # that of 2026-Q2 has no whole quarter yet
    with pytest.raises(ParameterError):
        cohort_triangle(CUSTOMERS, every="fortnight")


def test_new_customers_are_a_count_with_garwoods_interval() -> None:
    row = new_logos(CUSTOMERS, Period.of("2025")).iloc[0]
    assert row["value"] == row["n"] == 5
    assert row["low"] == pytest.approx(chi2.ppf(0.025, 10) / 2) and row["high"] == pytest.approx(
        chi2.ppf(0.975, 12) / 2
    )


def test_who_was_there_and_who_left_has_one_definition() -> None:
    """There at the start of 2025-Q2: a, b, c; b left in it."""
    frame = collect(left_in(CUSTOMERS, Period.of("2025-Q2"))).set_index("customer_id")
    assert frame["_cx_left"].to_dict() == {"a": 0.0, "b": 1.0, "c": 0.0}


def test_a_years_rate_is_no_twelve_times_a_months() -> None:
    assert float(annualised(0.02, 12)) == pytest.approx(1 - 0.98**12)
    assert annualised([0.98, 0.97, 0.99], 12, kept=True) == pytest.approx(np.array([0.98, 0.97, 0.99]) ** 12)
    with pytest.raises(ParameterError):
        annualised(1.2, 12)


def test_renewals_by_hand_logos_and_money() -> None:
    """Due in the quarter: 100 renewed in full, 200 renewed at 150, 300 grew to 400, 50 ended in May and would have been
    due in June. 3 of 4 accounts; (100 + 150 + 300 + 0) / 650 of the money."""
    table = paid(
        [
            *months("full", {"2026-03": 100, "2026-04": 100, "2026-05": 100, "2026-08": 100}, "2026-04-20"),
            *months("less", {"2026-04": 200, "2026-05": 150}, "2026-04-30"),
            *months("more", {"2026-05": 300, "2026-06": 400}, "2026-05-02"),
            *months("gone", {"2026-04": 50, "2026-05": 50}, "2026-06-10"),
            *months("paid nothing", {"2026-04": 0, "2026-05": 10}, "2026-04-11"),
            *months("later", {"2026-05": 10, "2026-06": 10}, "2026-07-01"),
        ]
    )
    logos, money = renewal_rate(table, Q2).iloc[0], renewal_rate(table, Q2, money=True).iloc[0]
    assert logos["n"] == money["n"] == 4
    assert logos["value"] == 3 / 4 and money["value"] == pytest.approx(550 / 650)


def test_renewals_too_young_to_judge_wait() -> None:
    """Due in June; the table ends in June: nobody knows yet who pays in July. As of May the May ones are open too."""
    rows = [*months("a", {"2026-05": 10, "2026-06": 10}, "2026-06-03"), *months("b", {"2026-05": 10}, "2026-05-30")]
    assert renewal_rate(paid(rows), Q2)["n"][0] == 1
    assert renewal_rate(paid([*rows, *months("c", {"2026-07": 1})]), Q2)["n"][0] == 2
    assert renewal_rate(paid(rows), Q2, as_of=pd.Timestamp("2026-05-20").to_pydatetime())["n"][0] == 0


def test_a_renewal_stated_many_times_is_one() -> None:
    rows = months("a", {f"2026-0{month}": 10 for month in range(1, 8)}, "2026-04-15")
    assert renewal_rate(paid(rows), Q2)["n"][0] == 1 and renewal_rate(paid(rows), Q2)["value"][0] == 1


def test_who_comes_back_is_not_new() -> None:
    table = paid(
        [*months("back", {"2025-12": 30, "2026-06": 40}), *months("new", {"2026-06": 7}), *months("a", {"2026-03": 1})]
    )
    row = revenue_waterfall(table, Q2).iloc[0]
    assert row[["new", "returned", "churn", "end"]].tolist() == [7, 40, -1, 0]
    assert row[["new_accounts", "returned_accounts", "end_accounts"]].tolist() == [1, 1, 0]
    unknown = revenue_waterfall(table, Period.of("2027-Q1")).iloc[0]
    assert np.isnan(unknown["start"]) and unknown["start_accounts"] == 0


@pytest.mark.parametrize("seed", range(8))
def test_waterfalls_add_up_whatever_the_cents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for place in range(300):
        start, end = rng.uniform(0.01, 999, 2) * (rng.random(2) < 0.8)
        rows += months(f"a{place}", {"2026-03": float(start), "2026-06": float(end)})
    table = paid(rows).assign(region=np.repeat(rng.choice(["N", "S", None], 300), 2))
    whole, groups = revenue_waterfall(table, Q2).iloc[0], revenue_waterfall(table, Q2, by="region")
    cents = lambda row: round(100 * row["start"]) + round(100 * row["expansion"]) + round(100 * row["contraction"])  # noqa: E731
    for row in (whole, *(row for _, row in groups.iterrows())):
        assert cents(row) + round(100 * row["churn"]) == round(100 * row["end"])
    for name in ("start", "expansion", "contraction", "churn", "end", "new"):
        assert round(100 * groups[name].sum()) == round(100 * whole[name])
    assert whole["end"] / whole["start"] == pytest.approx(net_revenue_retention(table, Q2)["value"][0], abs=1e-4)


@pytest.mark.slow
def test_the_survivors_error_in_simulation() -> None:
    """Every account leaves with 20 % and otherwise pays 10 % more on average: 0.8 times 1.1. Over 200 books ours is
    centred on it and its interval covers it; survivors alone never come near."""
    rng, hits, values = np.random.default_rng(8), 0, []
    for _ in range(200):
        start = rng.lognormal(5, 0.5, 150)
        end = start * np.where(rng.random(150) < 0.2, 0.0, rng.normal(1.1, 0.1, 150))
        ids = [f"a{place}" for place in range(150)]
        month = pd.to_datetime(["2026-03-01"] * 150 + ["2026-06-01"] * 150)
        table = pd.DataFrame({"customer_id": ids * 2, "month": month, "mrr": [*start, *end]})
        row = net_revenue_retention(table[table["mrr"] > 0], Q2).iloc[0]
        hits += row["low"] <= 0.88 <= row["high"]
        values.append(row["value"])
    assert np.mean(values) == pytest.approx(0.88, abs=0.01) and np.max(values) < 1.05 and hits / 200 > 0.92


def test_no_new_customers_is_nought_only_where_the_table_would_know() -> None:
    """Nobody signed in 2025-Q3, between dates of the table: 0, at most 3.69. Before its first date nobody knows."""
    row = new_logos(CUSTOMERS, Period.of("2025-Q3")).iloc[0]
    assert row[["value", "low", "n"]].tolist() == [0, 0, 0] and row["high"] == pytest.approx(3.689, abs=1e-3)
    for unknown in ("2024", "2027"):
        assert np.isnan(new_logos(CUSTOMERS, Period.of(unknown))["value"][0])


def test_annual_and_monthly_rates_go_both_ways() -> None:
    assert annualised(annualised([0.02, 0.3], 12), 1 / 12) == pytest.approx([0.02, 0.3])
    low, value, high = annualised([0.01, 0.02, 0.03], 12)
    assert low < value < high
    with pytest.raises(ParameterError, match="periods_per_year is 0"):
        annualised(0.1, 0)
