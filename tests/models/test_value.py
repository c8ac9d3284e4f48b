"""`customer_value`: CDNOW end to end, the ledger by hand, checks that refuse, the hold-out, and awkward input."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxlab as cx
from cxlab.errors import ParameterError, TableError
from cxlab.models.value import checks, frames
from cxlab.models.value.holdout import compared, verdict
from cxlab.models.value.ledger import ledger
from cxlab.models.value.opportunities import at_opportunities, looks_discrete
from cxlab.models.value.valuation import Valuation, paired_verdict
from cxlab.periods import Period


def orders_of(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    return frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"], format="mixed"))


def shop(
    seed: int = 1, customers: int = 600, weeks: int = 60, spend_goes_with: float = 0.0, drift: float = 0.0
) -> pd.DataFrame:
    """Orders as BG/NBD and Gamma-Gamma say (r .8, alpha 8, a .5, b 4; p 6, q 4, gamma 50), all joining in 26 weeks."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(0.8, 1 / 8, customers), rng.beta(0.5, 4.0, customers)
    scale = rng.gamma(4.0, 1 / 50.0, customers) / (1 + spend_goes_with * rate / rate.mean())
    rows = []
    for number in range(customers):
        joined, last = rng.uniform(0, 26), rng.geometric(leaves[number])
        times = np.sort(rng.uniform(0, weeks, rng.poisson(rate[number] * weeks)))[:last]
        moments = joined + np.concatenate([[0.0], times[joined + times < weeks]])
        amounts = rng.gamma(6.0, 1 / scale[number], len(moments)) * np.exp(drift * moments / weeks)
        rows += [(f"C{number:05d}", moment, amount) for moment, amount in zip(moments, amounts, strict=True)]
    frame = pd.DataFrame(rows, columns=["customer_id", "week", "amount"])
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta((frame["week"] * 7).round(6), unit="D")
    return frame.assign(ordered_at=days.dt.floor("s"))[["customer_id", "ordered_at", "amount"]]


@pytest.fixture(scope="module")
def cdnow_orders(shared_data: Path) -> pd.DataFrame:
    """The orders of 2,357 customers, 1997-01-01 to 1998-06-30, dates as text."""
    names = ["master", "customer_id", "ordered_at", "n", "amount"]
    path = shared_data / "cdnow/CDNOW_sample.txt"
    rows = pd.read_csv(path, sep=r"\s+", header=None, names=names, dtype={"customer_id": str, "ordered_at": str})
    return rows[["customer_id", "ordered_at", "amount"]]


@pytest.fixture(scope="module")
def cdnow(cdnow_orders: pd.DataFrame) -> Valuation:
    return cx.customer_value(cdnow_orders, as_of="1997-09-30")


@pytest.fixture(scope="module")
def plain() -> Valuation:
    return cx.customer_value(shop(), as_of="2026-02-24")


def test_cdnow_has_the_published_parameters(cdnow: Valuation) -> None:
    """BG/NBD: Fader, Hardie & Lee (2005). Gamma-Gamma: Fader & Hardie's note on monetary value."""
    found = cdnow.parameters
    assert [round(found[name], 3) for name in ("r", "alpha", "a", "b")] == [0.243, 4.414, 0.793, 2.426]
    assert round(found["log_likelihood"], 1) == -9582.4
    assert [round(found[name], 2) for name in ("p", "q", "gamma")] == [6.25, 3.74, 15.44]
    assert cdnow.engine == "BG/NBD with Gamma-Gamma" and "without a contract" in cdnow.why
    assert set(cdnow.uncertainty["parameter"]) == {"r", "alpha", "a", "b", "p", "q", "gamma"}


def test_cdnow_has_the_published_histories(cdnow: Valuation, shared_data: Path) -> None:
    """Several orders a day are one purchase, weeks from the first one: the file that everybody fits."""
    published = pd.read_csv(shared_data / "cdnow/cdnow_customers_summary.csv")
    table = cdnow.table.sort_values("customer_id")
    assert len(table) == 2357 and (table["frequency"] > 0).sum() == 946
    assert (table["frequency"].to_numpy() == published["frequency"].to_numpy()).all()
    for name in ("recency", "T"):
        assert np.abs(table[name].to_numpy() - published[name].to_numpy()).max() < 0.006


def test_cdnow_table_and_totals(cdnow: Valuation) -> None:
    table = cdnow.table
    assert list(table) == [
        "customer_id", "frequency", "recency", "T", "mean_spend", "p_alive", "expected_purchases", "expected_spend",
        "value", "low", "high", "naive_value",
    ]  # fmt: skip
    assert table["customer_id"].is_unique and table[["value", "low", "high", "p_alive"]].notna().all().all()
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    once = table[table["frequency"] == 0]
    assert once["p_alive"].max() < 0.5, "BG/NBD would say 1"
    total = cdnow.total
    assert total["value"] == pytest.approx(table["value"].sum())
    assert total["could_low"] < total["low"] < total["value"] < total["high"] < total["could_high"]
    assert cdnow.over == "the next 52 weeks" and cdnow.refused == []
    assert 0.5 < cdnow.concentration() < 0.65 and cdnow.concentration(1.0) == pytest.approx(1)
    by_hand = table.sort_values("value", ascending=False)["value"].head(2357 // 10).sum() / table["value"].sum()
    assert cdnow.concentration() == pytest.approx(by_hand, abs=0.001)


def test_cdnow_hold_out_is_printed_beside_the_naive_rules(cdnow: Valuation) -> None:
    """The 39 weeks after as_of, of which the fit saw nothing: 1,882 purchases."""
    whole = cdnow.holdout[cdnow.holdout["class"] == "all"].set_index("measure")
    bought, paid = whole.loc["purchases"], whole.loc["spend"]
    assert bought["actual"] == 1882 and bought["n"] == 2357
    assert -0.13 < bought["model_bias"] < -0.11 and bought["naive_bias"] > 0.5
    assert bought["model_rmse"] < bought["naive_rmse"] and bought["model_mae"] < bought["naive_mae"]
    assert abs(paid["model_bias"]) < 0.2 < paid["naive_bias"] and paid["model_rmse"] < paid["naive_rmse"]
    parts = cdnow.holdout[(cdnow.holdout["measure"] == "purchases") & (cdnow.holdout["class"] != "all")]
    assert list(parts["class"]) == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    assert parts["actual"].sum() == 1882 and parts["n"].sum() == 2357
    assert "12.1% too low" in cdnow.holdout_says and "55.7% too high" in cdnow.holdout_says
    assert "the model is the closer one" in cdnow.holdout_says
    rows = frames.accuracy(cdnow)
    assert list(rows["rule"][:3]) == ["model", "naive", "constant"] and rows["bias"][0] == bought["model_bias"]


def test_cdnow_cumulative_purchases_are_tracked_to_the_end(cdnow: Valuation) -> None:
    """Week 77: within 5 % of all repeat purchases, where going on as before would be 13 % off."""
    line = frames.tracking(cdnow).set_index("time")
    assert line.loc[38, "actual"] == pytest.approx(line.loc[38, "model"], rel=0.03)
    assert abs(line.loc[77, "model"] / line.loc[77, "actual"] - 1) < 0.05
    assert line.loc[77, "naive"] / line.loc[77, "actual"] > 1.1
    assert not line.loc[38, "after_as_of"] and line.loc[40, "after_as_of"]
    assert line["model"].is_monotonic_increasing and line["actual"].is_monotonic_increasing


@pytest.mark.slow
def test_later_orders_touch_nothing_but_the_hold_out(cdnow: Valuation, cdnow_orders: pd.DataFrame) -> None:
    known = cdnow_orders[cdnow_orders["ordered_at"] <= "19970930"]
    blind = cx.customer_value(known, as_of="1997-09-30")
    pd.testing.assert_frame_equal(blind.table, cdnow.table)
    pd.testing.assert_series_equal(blind.parameters, cdnow.parameters)
    assert not blind.holdout.empty and blind.holdout["actual"].iloc[-1] < cdnow.holdout["actual"].iloc[-1]
    assert "to 1997-09-30" in blind.holdout_says and "to 1998-06-30" in cdnow.holdout_says
    assert any("1,882 purchases after 1997-09-30" in remark for remark in cdnow.remarks)


def test_frames_for_a_page(cdnow: Valuation) -> None:
    curve = frames.concentration_curve(cdnow, 10)
    assert curve["value"].iloc[0] == 0 and curve["value"].iloc[-1] == pytest.approx(1)
    assert curve["value"].iloc[1] == pytest.approx(cdnow.concentration(0.1))
    bands = frames.alive_bands(cdnow)
    assert bands["n"].sum() == 2357 and bands["value"].sum() == pytest.approx(cdnow.total["value"])
    top = frames.most_valuable(cdnow, 5)
    assert list(top["rank"]) == [1, 2, 3, 4, 5] and top["value"].is_monotonic_decreasing
    with pytest.raises(ParameterError, match="use tracking"):
        frames.retention_curve(cdnow)


def test_groups_are_a_kpi_frame_and_add_up(plain: Valuation) -> None:
    group = pd.Series(np.where(plain.table["frequency"] > 1, "often", "seldom"), index=plain.table["customer_id"])
    frame = plain.by(group, "segment")
    assert list(frame)[:8] == ["kpi", "period", "segment", "value", "low", "high", "n", "n_eff"]
    assert frame["value"].sum() == pytest.approx(plain.total["value"]) and frame["n"].sum() == len(plain.table)
    assert (frame["could_low"] < frame["low"]).all() and (frame["high"] < frame["could_high"]).all()
    thin = plain.by(group.iloc[:3], "segment", min_n=5)
    assert thin["value"].isna().all() and thin["n"].sum() == 3
    with pytest.raises(ParameterError, match="none of the customers"):
        plain.by(pd.Series({"nobody": 1}))


@pytest.mark.slow
def test_margin_discount_and_horizon(plain: Valuation) -> None:
    orders = shop()
    half = cx.customer_value(orders, as_of="2026-02-24", margin=0.5)
    assert np.allclose(half.table["value"], plain.table["value"] / 2)
    free = cx.customer_value(orders, as_of="2026-02-24", discount=0.0)
    assert np.allclose(free.table["value"], free.table["expected_purchases"] * free.table["expected_spend"])
    assert 0.93 < plain.total["value"] / free.total["value"] < 0.97, "half a year at ten per cent a year"
    months = cx.customer_value(orders, as_of="2026-02-24", unit="month")
    assert months.horizon == 12 and months.over == "the next 12 months"
    assert months.total["value"] == pytest.approx(plain.total["value"], rel=0.01), "the unit changes no money"
    assert months.parameters["alpha"] * 365.25 / 12 == pytest.approx(plain.parameters["alpha"] * 7, rel=0.01)


@pytest.mark.slow
def test_same_input_same_numbers_on_every_engine(plain: Valuation) -> None:
    orders = shop()
    again = cx.customer_value(orders, as_of="2026-02-24")
    pd.testing.assert_frame_equal(again.table, plain.table, check_exact=True)
    assert again.total.equals(plain.total)
    text = orders.assign(ordered_at=orders["ordered_at"].astype(str), amount=orders["amount"].astype(str))
    given = [pl.from_pandas(orders), duckdb.sql("select * from orders"), text, orders.sample(frac=1, random_state=0)]
    for table in given:
        other = cx.customer_value(table, as_of="2026-02-24")
        assert np.allclose(other.table["value"], plain.table["value"], rtol=1e-6)


@pytest.mark.slow
def test_the_modified_form_on_request(plain: Valuation) -> None:
    value = cx.customer_value(shop(), as_of="2026-02-24", model="mbg_nbd")
    assert value.engine == "MBG/NBD with Gamma-Gamma" and "as asked" in value.why
    assert np.allclose(value.table["p_alive"], plain.table["p_alive"]), "BG/NBD shows the modified form's chance"
    assert value.total["value"] == pytest.approx(plain.total["value"], rel=0.1)


# ------------------------------------------------------------------------------------------------------ the ledger


def test_histories_by_hand() -> None:
    """A: three days, two orders on one of them. B: one. C: comes after as_of. Weeks since the first purchase."""
    orders = orders_of(
        ("A", "2026-01-01 09:00", 10), ("A", "2026-01-15 08:00", 4), ("A", "2026-01-15 17:00", 6),
        ("A", "2026-01-29", 20), ("A", "2026-03-01", 99), ("B", "2026-01-08", 5), ("C", "2026-02-20", 5),
    )  # fmt: skip
    book = ledger(orders, "2026-02-05")
    found = book.histories()
    assert list(found.index) == ["A", "B"]
    assert found.loc["A", ["frequency", "recency", "T", "mean_spend"]].tolist() == [2, 4, 5, 15]
    assert found.loc["B", ["frequency", "recency", "T"]].tolist() == [0, 0, 4]
    assert np.isnan(found.loc["B", "mean_spend"])
    later = book.later(found.index, pd.Timestamp("2026-02-05"), pd.Timestamp("2026-03-31"))
    assert later.loc["A"].tolist() == [1, 99] and later.loc["B"].tolist() == [0, 0]
    assert ledger(orders, Period.of("2026-01")).as_of == pd.Timestamp("2026-01-31")
    assert ledger(orders).as_of == pd.Timestamp("2026-03-01")


def test_returns_are_netted_and_told() -> None:
    """A's return lowers the purchase before it; B's undoes it; C's has none."""
    orders = orders_of(
        ("A", "2026-01-01", 10), ("A", "2026-01-08", 30), ("A", "2026-01-20", -12), ("A", "2026-01-22", 7),
        ("B", "2026-01-01", 10), ("B", "2026-01-09", 25), ("B", "2026-01-10", -25), ("C", "2026-01-05", -3),
    )  # fmt: skip
    book = ledger(orders, "2026-02-05")
    found = book.histories()
    assert found["frequency"].to_dict() == {"A": 2, "B": 0} and found.loc["A", "mean_spend"] == pytest.approx(12.5)
    told = " ".join(book.remarks)
    for words in ("3 returns are netted", "1 purchases with nothing left", "1 returns have no purchase"):
        assert words in told
    with pytest.raises(ParameterError, match="returns only"):
        ledger(orders_of(("A", "2026-01-01", -5)))


def test_rows_written_twice_and_rows_that_cannot_be_read() -> None:
    twice = [("A", "2026-01-08", 30)] * 2
    orders = orders_of(("A", "2026-01-01", 10), *twice, ("B", "2026-01-02", 0))
    unnumbered = ledger(orders)
    assert unnumbered.histories().loc["A", "mean_spend"] == 60 and "alike in customer" in unnumbered.remarks[0]
    numbered = ledger(orders.assign(order_id=[1, 2, 2, 3]))
    assert numbered.histories().loc["A", "mean_spend"] == 30 and "each order counts once" in numbered.remarks[0]
    assert "orders for nothing" in numbered.remarks[-1]
    text = pd.DataFrame(
        {"customer_id": ["A", None, "A", "B"], "ordered_at": ["2026-01-01", "2026-01-02", "soon", "2026-01-03"],
         "amount": ["5", "5", "5", "much"]}
    )  # fmt: skip
    read = ledger(text)
    assert list(read.histories().index) == ["A"] and "3 of 4 orders" in read.remarks[0]
    with pytest.raises(ParameterError, match="can be read"):
        ledger(text.tail(1))
    assert "Nothing was bought after" in ledger(shop(customers=100), "2027-06-30").remarks[-1]
    with pytest.raises(ParameterError, match="every order comes after"):
        ledger(orders, "2025-01-01")
    with pytest.raises(ParameterError, match="as_of is 'soon'"):
        ledger(orders, "soon")
    with pytest.raises(TableError, match="ordered_at"):
        ledger(orders.rename(columns={"ordered_at": "when"}))


# ------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "orders",
    [shop(customers=60), shop().drop_duplicates("customer_id"), shop().groupby("customer_id").head(1)],
    ids=["sixty customers", "one purchase each", "first purchases"],
)
def test_too_little_is_refused_in_words(orders: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="too few to tell how customers go on"):
        cx.customer_value(orders)


def test_spend_that_goes_with_frequency_is_refused() -> None:
    value = cx.customer_value(shop(spend_goes_with=3.0), as_of="2026-02-24")
    assert value.table["value"].isna().all() and value.total.isna().all()
    assert "Spend and frequency" in value.refused[0] and "naive value" in value.refused[0]
    assert value.table["naive_value"].notna().all() and value.table["expected_purchases"].notna().all()
    assert value.checks.set_index("check").loc["spend and frequency", "verdict"] == "broken"
    assert np.isnan(value.concentration()) and frames.concentration_curve(value).empty and not value.holdout.empty


@pytest.mark.slow
def test_spend_that_drifts_is_refused() -> None:
    value = cx.customer_value(shop(drift=1.5), as_of="2026-02-24")
    assert any(sentence.startswith("Steady spend") for sentence in value.refused) and value.table["value"].isna().all()


@pytest.mark.slow
def test_counts_the_model_cannot_make_are_refused() -> None:
    """Everybody comes back exactly twice: no mixture of rates gives that."""
    days = [pd.Timestamp("2025-01-01") + pd.Timedelta(days=int(day)) for day in np.arange(400) % 90]
    rows = [
        (f"C{number}", day + pd.Timedelta(days=30 * place + number % 7), 10.0 + number % 5)
        for number, day in enumerate(days)
        for place in range(3)
    ]
    value = cx.customer_value(pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]), as_of="2025-12-31")
    assert any(sentence.startswith("Purchase counts") for sentence in value.refused)
    assert value.table["value"].isna().all()


def test_sound_orders_pass_every_check(plain: Valuation) -> None:
    verdicts = plain.checks.set_index("check")["verdict"]
    assert "broken" not in set(verdicts) and verdicts["purchase counts"] == "holds" and plain.refused == []
    assert verdicts["spend and frequency"] == "holds" and verdicts["steady spend"] == "holds"


@pytest.mark.slow
def test_no_amount_means_purchases_and_no_money() -> None:
    value = cx.customer_value(shop().drop(columns="amount"), as_of="2026-02-24")
    assert value.table["expected_purchases"].notna().all() and value.table["value"].isna().all()
    assert "no amount" in value.refused[0] and set(value.holdout["measure"]) == {"purchases"}
    assert value.engine == "BG/NBD" and value.total.isna().all()


def test_options_are_checked() -> None:
    orders = shop(customers=5)
    for options, words in (
        ({"model": "pareto"}, "model of purchases"), ({"unit": "fortnight"}, "unit of time"),
        ({"unit": "year"}, "unit of time"), ({"margin": 0}, "margin"), ({"discount": -1}, "discount"),
        ({"horizon": 0}, "horizon"),
    ):  # fmt: skip
        with pytest.raises(ParameterError, match=words):
            cx.customer_value(orders, **options)


def test_single_checks() -> None:
    assert checks.finite_spend(0.8)[1] == "broken" and checks.finite_spend(1.5)[1] == "noted"
    months, steady = pd.Series(np.repeat(np.arange(1, 13), 2)), np.full(24, 50.0)
    assert checks.seasons(months, steady, steady)[1] == "holds"
    december = np.where(months == 12, 120.0, 45.0)
    row = checks.seasons(months, december, steady)
    assert row[1] == "noted" and "month 12" in row[2]
    assert checks.seasons(months.head(4), steady[:4], steady[:4])[1] == "not checked"
    few = checks.spend_and_frequency(np.ones(40), np.arange(40.0))
    assert few[1] == "not checked"
    seen, meant = checks.pooled(np.array([50.0, 10, 3, 1]), np.array([48.0, 11, 4, 2]))
    assert seen.tolist() == [50, 10, 4] and meant.tolist() == [48, 11, 6]


@pytest.mark.slow
def test_a_season_is_noted() -> None:
    """Two years of orders, three in five of them lost outside of November and December."""
    orders = shop(seed=3, customers=900, weeks=104)
    rare = ~orders["ordered_at"].dt.month.isin([11, 12]) & orders.duplicated("customer_id")
    kept = orders[~(rare & (np.random.default_rng(4).random(len(orders)) < 0.6))]
    found = {
        name: cx.customer_value(rows, as_of="2026-12-31").checks.set_index("check").loc["seasons"]
        for name, rows in (("all", orders), ("season", kept))
    }
    assert found["all"]["verdict"] == "holds"
    assert found["season"]["verdict"] == "noted" and "whole years" in found["season"]["finding"]


def test_hold_out_by_hand() -> None:
    actual, classes = np.array([0.0, 2.0, 4.0]), np.array(["0", "1", "1"], dtype=object)
    said = {"model": np.array([0.5, 2.0, 3.0]), "naive": np.array([0.0, 4.0, 8.0]), "constant": np.full(3, 2.0)}
    frame = compared("purchases", classes, actual, said).set_index("class")
    assert frame.loc["all", "model_bias"] == pytest.approx(5.5 / 6 - 1) and frame.loc["all", "naive_bias"] == 1
    assert frame.loc["1", "model_mae"] == 0.5 and frame.loc["all", "naive_rmse"] == pytest.approx((20 / 3) ** 0.5)
    assert "does not beat" in verdict(frame.reset_index(), actual, said, "Purchases", "then")
    many = np.tile(actual, 60)
    assert paired_verdict(many + 0.1, many + 1.0, many) == "better"
    assert paired_verdict(many + 1.0, many + 0.1, many) == "worse"
    assert paired_verdict(many + 1.0, many + 1.0, many) == "cannot tell"


# --------------------------------------------------------------------------------------------------- odd companies


@pytest.mark.slow
def test_customers_who_never_leave() -> None:
    """The chance to leave runs to the end of its range; values are those of a steady pace, and it is noted."""
    rng = np.random.default_rng(5)
    rows = [
        (f"C{number}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=float(day)), 20.0 * rng.gamma(9, 1 / 9))
        for number, rate in enumerate(rng.gamma(4.0, 1 / 8.0, 300))
        for day in [0.0, *rng.uniform(1, 364, rng.poisson(52 * rate))]
    ]
    value = cx.customer_value(pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]), as_of="2025-12-31")
    assert value.table["p_alive"].min() > 0.3 and value.table["value"].notna().all()
    total = value.holdout[value.holdout["class"] == "all"].iloc[0]
    assert abs(total["model_bias"]) < 0.1


@pytest.mark.slow
def test_new_today_and_thousands_of_purchases() -> None:
    """T = 0 for one customer, a purchase on each of 1,500 days for another: numbers, no warning."""
    orders = shop()
    new = orders_of(("NEW", "2026-02-24", 30.0))
    days = pd.date_range("2022-01-16", periods=1500).astype("datetime64[us]")
    busy = pd.DataFrame({"customer_id": "BUSY", "ordered_at": days, "amount": 60.0})
    with np.errstate(all="raise", under="ignore"):
        value = cx.customer_value(pd.concat([orders, new, busy]), as_of="2026-02-24")
    table = value.table.set_index("customer_id")
    assert table.loc["NEW", "T"] == 0 and table.loc["NEW", "expected_purchases"] > 0
    assert 250 < table.loc["BUSY", "expected_purchases"] < 366


@pytest.mark.slow
def test_regular_opportunities_are_told_from_free_purchases(shared_data: Path) -> None:
    """The donors as a ledger with a row a gift: BG/BB is chosen by itself and has the published parameters."""
    cells = pd.read_csv(shared_data / "donations/donations.csv")
    parts, first = [], 0
    for x, t_x, _, n in cells.itertuples(index=False):
        who = np.arange(first, first + n).astype(str)
        for year in [0, *range(1, x), *([t_x] if x else [])]:
            parts.append(pd.DataFrame({"customer_id": who, "ordered_at": pd.Timestamp(1995 + year, 12, 31)}))
        first += n
    value = cx.customer_value(pd.concat(parts, ignore_index=True), as_of="2001-12-31", horizon=5)
    found = [round(value.parameters[name], 3) for name in ("alpha", "beta", "gamma", "delta")]
    assert found == [1.204, 0.750, 0.657, 2.783] and round(value.parameters["log_likelihood"], 1) == -33225.6
    assert value.engine == "BG/BB" and "7 opportunities" in value.why and value.unit == "opportunity"
    assert value.over == "the next 5 opportunities"


@pytest.mark.slow
def test_opportunities_of_the_calendar() -> None:
    """Months that are over by as_of; two orders in a month are one yes."""
    orders = orders_of(
        ("A", "2026-01-05", 10), ("A", "2026-03-02", 4), ("A", "2026-03-20", 6), ("B", "2026-02-11", 5),
        ("A", "2026-06-01", 9),
    )  # fmt: skip
    book = at_opportunities(ledger(orders, "2026-05-10"), "month")
    found = book.histories()
    assert not looks_discrete(book) and book.as_of == pd.Timestamp("2026-04-30")
    assert found.loc["A", ["frequency", "recency", "T", "mean_spend"]].tolist() == [1, 2, 3, 10]
    assert found.loc["B", ["frequency", "recency", "T"]].tolist() == [0, 0, 2]
    with pytest.raises(ParameterError, match="too few opportunities"):
        at_opportunities(ledger(orders, "2026-02-20"), "month")
    value = cx.customer_value(shop(), as_of="2026-02-24", model="bg_bb", unit="month")
    assert value.engine == "BG/BB with Gamma-Gamma" and value.horizon == 12 and not value.holdout.empty
    assert {"gamma", "gamma_spend"} <= set(value.parameters.index)
