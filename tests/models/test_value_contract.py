"""`contract_value` and the choice of an engine: renewals counted by hand, records that begin late, checks, hold-out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxlab as cx
from cxlab.errors import ParameterError, TableError
from cxlab.models.value import frames
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.tenure import contracts

AS_OF = "2026-06-30"


def customers_of(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "signed_on", "closed_on"])
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in ("signed_on", "closed_on")})


def company(
    seed: int = 6, n: int = 1500, process: ShiftedBetaGeometric | None = None, since: str | None = None
) -> pd.DataFrame:
    """Customers of ten years with contracts of a month that end as `process` says; only who was there at `since`."""
    process = process or ShiftedBetaGeometric(0.9, 18.0)
    rng = np.random.default_rng(seed)
    signed = pd.Timestamp("2016-07-05") + pd.to_timedelta(rng.integers(0, 3640, n), unit="D")
    months = np.arange(1, 400)
    reached = process.survival(months)
    stayed = np.searchsorted(-reached, -rng.random(n))
    closed = [day + pd.DateOffset(months=int(m)) + pd.Timedelta(days=5) for day, m in zip(signed, stayed, strict=True)]
    frame = pd.DataFrame({"customer_id": [f"C{k:05d}" for k in range(n)], "signed_on": signed, "closed_on": closed})
    frame["segment"] = np.where(rng.random(n) < 0.5, "small", "large")
    frame["closed_on"] = frame["closed_on"].where(frame["closed_on"] <= pd.Timestamp(AS_OF))
    return frame if since is None else frame[~(frame["closed_on"] < pd.Timestamp(since))].reset_index(drop=True)


def paid_by(customers: pd.DataFrame, mrr: float | pd.Series = 100.0, since: str = "2016-07-01") -> pd.DataFrame:
    """A row a month from signing to closing, as far as payments are on record."""
    first = customers["signed_on"].to_numpy("datetime64[M]").astype(int)
    last = customers["closed_on"].fillna(pd.Timestamp(AS_OF)).to_numpy("datetime64[M]").astype(int)
    months = last - first + 1
    row = np.repeat(np.arange(len(first)), months)
    month = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(months) - months, months)
    paid = np.asarray(mrr, dtype=float)
    rows = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy()[row],
            "month": month.astype("datetime64[M]").astype("datetime64[us]"),
            "mrr": paid[row] if paid.ndim else paid,
        }
    )
    return rows[rows["month"] >= since].reset_index(drop=True)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return company()


@pytest.fixture(scope="module")
def subscriptions(customers: pd.DataFrame) -> pd.DataFrame:
    return paid_by(customers)


def test_renewals_by_hand() -> None:
    """Months, records from 2026-01-01, known up to 2026-04-15.

    A signed 2025-12-10 and runs: renewals 2, 3, 4 watched (1 began before the records). B signed 2026-01-05, closed
    2026-02-20, in its second month: kept at 1, lost at 2. C signed 2026-02-28, closed on 2026-04-10, in a month that is
    not over: kept at 1. D signed 2026-04-01: nothing yet. E signed 2026-01-31, closed on 2026-02-28, the day of its
    renewal: lost at 1.
    """
    table = customers_of(
        ("A", "2025-12-10", None), ("B", "2026-01-05", "2026-02-20"), ("C", "2026-02-28", "2026-04-10"),
        ("D", "2026-04-01", None), ("E", "2026-01-31", "2026-02-28"),
    )  # fmt: skip
    book = contracts(table, as_of="2026-04-15", since="2026-01-01", period="month")
    rows = book.renewals().set_index("renewal")
    assert rows["at_risk"].to_dict() == {1: 3, 2: 2, 3: 1, 4: 1}
    assert rows["lost"].to_dict() == {1: 1, 2: 1, 3: 0, 4: 0}
    assert book.active(book.as_of).tolist() == [True, False, False, True, False]
    assert book.renewals(pd.Timestamp("2026-02-10"))["lost"].sum() == 0, "what comes later is not known then"
    yearly = contracts(table, as_of="2026-04-15", since="2025-01-01", period="year")
    assert len(yearly.renewals()) == 0


def test_records_that_begin_late_are_found() -> None:
    """Only survivors of 2022 are in the table: counting their earlier renewals as kept would flatter everybody."""
    whole, late = company(), company(since="2022-01-01")
    book = contracts(late, as_of=AS_OF, period="month")
    assert abs(book.since - pd.Timestamp("2022-01-01")) <= pd.Timedelta(days=62)
    assert any("Hardly any contract closed before" in remark for remark in book.remarks)
    full = contracts(whole, as_of=AS_OF, period="month")
    assert full.since == whole["signed_on"].min()
    truth = ShiftedBetaGeometric(0.9, 18.0)
    for found in (book, full):
        rows = found.renewals().head(24)
        seen = rows["lost"].sum() / rows["at_risk"].sum()
        meant = rows["at_risk"] @ (1 - truth.retention(rows["renewal"])) / rows["at_risk"].sum()
        assert seen == pytest.approx(meant, rel=0.15)
    rows = contracts(late, as_of=AS_OF, period="month", since="2016-07-01").renewals().head(24)
    flattered = rows["lost"].sum() / rows["at_risk"].sum()
    assert flattered < 0.75 * rows["at_risk"] @ (1 - truth.retention(rows["renewal"])) / rows["at_risk"].sum()


def test_value_is_what_the_formula_says(customers: pd.DataFrame, subscriptions: pd.DataFrame) -> None:
    value = cx.contract_value(customers, subscriptions, AS_OF, margin=0.8)
    assert value.engine == "shifted beta-geometric" and value.unit == "month" and value.over == "the whole lifetime"
    assert value.refused == [] and "renewed every month" in value.why
    process = ShiftedBetaGeometric(value.parameters["alpha"], value.parameters["beta"])
    rate = 1.1 ** (1 / 12) - 1
    row = value.table.iloc[0]
    signed = customers.set_index("customer_id").loc[row["customer_id"], "signed_on"]
    months = (2026 - signed.year) * 12 + 6 - signed.month + (30 - signed.day) / 31
    wait = np.floor(months - 0.1) + 1 - months
    by_hand = 0.8 * 100 * process.residual(np.array([np.floor(months - 0.1) + 1]), rate)[0] * (1 + rate) ** -wait
    assert row["renewal"] == np.floor(months - 0.1) + 1 and row["value"] == pytest.approx(by_hand)
    assert row["p_renews"] == pytest.approx(process.retention(row["renewal"]))
    running = customers["closed_on"].isna() | (customers["closed_on"] > AS_OF)
    assert len(value.table) == running.sum()
    total = value.total
    assert total["could_low"] < total["low"] < total["value"] < total["high"] < total["could_high"]
    assert total["value"] > 1.1 * value.table["naive_value"].sum(), "one rate for all undervalues those who stayed"
    truth = ShiftedBetaGeometric(0.9, 18.0).residual(value.table["renewal"].to_numpy(float), rate)
    assert total["low"] < 0.8 * 100 * truth.sum() < total["high"] * 1.02


def test_hold_out_is_printed_beside_the_naive_rules(customers: pd.DataFrame, subscriptions: pd.DataFrame) -> None:
    value = cx.contract_value(customers, subscriptions, AS_OF, horizon=36)
    whole = value.holdout[value.holdout["class"] == "all"].set_index("measure")
    assert set(whole.index) == {"kept", "revenue"}
    assert abs(whole.loc["kept", "model_bias"]) < 0.05 < abs(whole.loc["kept", "naive_bias"])
    assert abs(whole.loc["revenue", "model_bias"]) < 0.05
    assert "the model is the closer one" in value.holdout_says and "2021-07" in value.holdout_says
    assert value.over == "the next 36 months"
    assert cx.contract_value(customers, subscriptions, AS_OF).total["value"] > value.total["value"]
    curve = frames.retention_curve(value, 60)
    assert np.abs(curve["actual"] - curve["model"]).max() < 0.04 < np.abs(curve["actual"] - curve["naive"]).max()
    with pytest.raises(ParameterError, match="use retention_curve"):
        frames.tracking(value)
    with pytest.raises(ParameterError, match="without a contract"):
        frames.alive_bands(value)


@pytest.mark.slow
def test_segments_get_a_fit_of_their_own_where_they_are_large(customers: pd.DataFrame) -> None:
    rows = customers.copy()
    rows.loc[:9, "segment"] = "tiny"
    value = cx.contract_value(rows, paid_by(rows), AS_OF, by="segment")
    assert set(value.uncertainty["segment"]) == {"all", "large", "small"}
    frame = value.by(value.table.set_index("customer_id")["segment"], "segment")
    assert frame["value"].sum() == pytest.approx(value.total["value"])
    assert (frame["low"] < frame["value"]).all() and set(frame["segment"]) <= {"large", "small", "tiny"}


@pytest.mark.slow
def test_a_chance_to_leave_that_changes_is_refused_and_the_wider_model_offered() -> None:
    """A customer's own chance rises steeply with tenure (c = 2.2): the model proper would be far off."""
    rising = company(process=ShiftedBetaGeometric(1.5, 900.0, 2.2))
    money = paid_by(rising)
    value = cx.contract_value(rising, money, AS_OF)
    assert "Steady chance to leave" in value.refused[0] and 'model="bdw"' in value.refused[0]
    assert value.table["value"].isna().all() and value.table["naive_value"].notna().all()
    wider = cx.contract_value(rising, money, AS_OF, model="bdw", horizon=36)
    assert wider.refused == [] and wider.parameters["c"] > 1.6 and wider.engine == "beta-discrete-Weibull"
    kept = wider.holdout[wider.holdout["class"] == "all"].iloc[0]
    assert abs(kept["model_bias"]) < abs(kept["naive_bias"])


@pytest.mark.slow
def test_a_sum_carried_far_beyond_the_records_is_refused() -> None:
    young = company(n=2500)
    young = young[young["signed_on"] >= "2025-01-01"]
    value = cx.contract_value(young, paid_by(young), AS_OF)
    assert "Carried on" in value.refused[0] and "Give a horizon" in value.refused[0]
    short = cx.contract_value(young, paid_by(young), AS_OF, horizon=6)
    assert short.refused == [] and short.total["value"] > 0


@pytest.mark.slow
def test_yearly_contracts_are_told_by_when_they_close() -> None:
    """Renewals due a year apart: a year where closings come about then, a month where they come at any time."""
    rng = np.random.default_rng(8)
    signed = pd.Timestamp("2016-01-10") + pd.to_timedelta(rng.integers(0, 3000, 900), unit="D")
    years = rng.geometric(rng.beta(1.0, 4.0, 900))
    bound = pd.DataFrame({"customer_id": [str(k) for k in range(900)], "signed_on": signed})
    bound["closed_on"] = [
        day + pd.DateOffset(years=int(k)) - pd.Timedelta(days=3) for day, k in zip(signed, years, strict=True)
    ]
    bound.loc[bound["closed_on"] > AS_OF, "closed_on"] = pd.NaT
    free = bound.assign(closed_on=bound["closed_on"] - pd.to_timedelta(rng.integers(0, 300, 900), unit="D"))
    money = paid_by(bound)
    first = bound.set_index("customer_id")["signed_on"].reindex(money["customer_id"])
    months = first.to_numpy("datetime64[M]") + 12 * (money["month"].dt.year - first.dt.year.to_numpy() + 1).to_numpy()
    money["renewal_due"] = months.astype("datetime64[us]")
    value = cx.contract_value(bound, money, AS_OF)
    assert value.unit == "year" and any("a period is a year" in remark for remark in value.remarks)
    assert value.table["revenue"].dropna().iloc[0] == 1200
    assert contracts(free, money, AS_OF).period == "month"
    assert contracts(bound, None, AS_OF).period == "month"


@pytest.mark.slow
def test_subscriptions_alone_are_enough(customers: pd.DataFrame) -> None:
    """No customers table: those who pay in the first month of all are of unknown age and are set aside."""
    money = paid_by(customers, since="2019-01-01")
    value = cx.contract_value(None, money, AS_OF, horizon=24)
    known = money.groupby("customer_id")["month"].agg(["min", "max"])
    there = (known["max"] == known["max"].max()) & (known["min"] > "2019-01-01")
    assert len(value.table) == there.sum() and any("set aside" in remark for remark in value.remarks)
    without = customers.drop(columns="closed_on")
    assert any("ends with the last month" in remark for remark in contracts(without, money, AS_OF).remarks)
    with pytest.raises(TableError, match="closed_on"):
        cx.contract_value(without)
    with pytest.raises(ParameterError, match="customers with signed_on"):
        cx.contract_value()


def test_without_revenue_payments_are_counted_and_no_money(customers: pd.DataFrame) -> None:
    value = cx.contract_value(pl.from_pandas(customers), as_of=AS_OF)
    assert "no revenue" in value.refused[0] and value.table["value"].isna().all()
    assert value.table["expected_payments"].between(10, 130).all() and value.holdout["measure"].unique() == ["kept"]


def test_awkward_rows_are_told() -> None:
    table = customers_of(
        ("A", "2026-01-01", None), ("A", "2026-02-01", None), ("B", "2026-03-01", "2026-01-01"),
        (None, "2026-01-01", None), ("C", None, None), ("D", "2027-01-01", None),
    )  # fmt: skip
    book = contracts(table, as_of=AS_OF)
    assert list(book.rows.index) == ["A"] and book.rows["signed_on"].iloc[0] == pd.Timestamp("2026-01-01")
    told = " ".join(book.remarks)
    assert "close before they are signed" in told and "twice" in told and "no day of signing" in told
    assert "Nothing is on record after" in contracts(company(), as_of="2027-06-30").remarks[-1]
    with pytest.raises(ParameterError, match="too few to tell how long"):
        cx.contract_value(table, as_of=AS_OF)
    with pytest.raises(ParameterError, match="no contract was signed"):
        contracts(table, as_of="2020-01-01")
    for options, words in (
        ({"model": "geometric"}, "model of renewals"), ({"period": "week"}, "period of renewal"),
        ({"margin": 0}, "margin"),
        ({"discount": 0}, "a horizon"), ({"horizon": 0.5}, "horizon"),
    ):  # fmt: skip
        with pytest.raises(ParameterError, match=words):
            cx.contract_value(table, as_of=AS_OF, **options)


def test_the_engine_is_chosen_in_words(customers: pd.DataFrame, subscriptions: pd.DataFrame) -> None:
    orders = pd.DataFrame({"customer_id": ["A"], "ordered_at": pd.to_datetime(["2026-01-01"]), "amount": [1.0]})
    undated = pd.DataFrame({"customer_id": ["A"], "churned": [True]})
    assert cx.choose_engine({"customers": customers, "subscriptions": subscriptions}).engine == "contract"
    dated = cx.choose_engine({"customers": customers})
    assert dated.engine == "contract" and "subscriptions" in dated.missing[0]
    both = cx.choose_engine({"subscriptions": subscriptions, "orders": orders})
    assert both.engine == "contract" and "cx.customer_value" in both.why
    free = cx.choose_engine({"customers": undated, "orders": pl.from_pandas(orders), "subscriptions": None})
    assert free.engine == "no contract" and "nobody says" in free.why and free.missing == ()
    assert cx.choose_engine({"orders": orders.drop(columns="amount")}).missing
    assert cx.choose_engine({"customers": undated}).engine == "none"
    with pytest.raises(TableError, match="orders .customer_id, ordered_at, amount."):
        cx.value_customers({"customers": undated})
    with pytest.raises(ParameterError, match="too few"):
        cx.value_customers({"orders": orders})
    value = cx.value_customers({"customers": customers, "subscriptions": subscriptions}, AS_OF, horizon=12)
    assert value.total["value"] > 0


@pytest.mark.slow
def test_the_subscriptions_of_ravenstack(shared_data: Path) -> None:
    """5,000 subscriptions of two years, 10 % ended: a lifetime is refused, a year is told, the hold-out is close."""
    raw = pd.read_csv(shared_data / "ravenstack-saas/ravenstack_subscriptions.csv")
    rows = raw.rename(columns={"subscription_id": "customer_id", "plan_tier": "plan"})
    for name, column in (("signed_on", "start_date"), ("closed_on", "end_date")):
        rows[name] = pd.to_datetime(rows[column], dayfirst=True)
    ended = rows.assign(closed_on=rows["closed_on"].fillna(pd.Timestamp("2024-12-31")))
    money = paid_by(ended, rows["mrr_amount"])
    table = rows[["customer_id", "signed_on", "closed_on", "plan"]]
    whole = cx.contract_value(table, money, "2024-12-31")
    assert "Carried on" in whole.refused[0]
    value = cx.contract_value(table, money, "2024-12-31", horizon=12, by="plan")
    assert value.refused == [] and 0.9 < value.table["p_renews"].min()
    kept = value.holdout.set_index(["measure", "class"]).loc[("kept", "all")]
    assert abs(kept["model_bias"]) < 0.03 and "does not beat" in value.holdout_says
    revenue = money.groupby("month")["mrr"].sum().iloc[-1]
    assert 0.8 * 12 * revenue < value.total["value"] < 12 * revenue
