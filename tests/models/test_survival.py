"""How long customers stay: against lifelines and statsmodels, by hand, when records begin late, and in simulation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc

from cxlab.errors import CxlabError, ParameterError, TableError
from cxlab.models.records import records_begin
from cxlab.models.survival import DAYS_OF_MONTH, Staying, staying
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust
from cxlab.stats.late_entry import event_rate, log_rank, risk_sets, watched_from

AS_OF = dt.datetime(2026, 10, 1)
DAY = pd.Timedelta(days=1)


def spells(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Late entries, ends, whether by leaving, and a group that leaves sooner."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    enter = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 400, n)).round()
    life = enter + rng.exponential(500 / (1 + 0.5 * group)).round() + 1
    until = enter + rng.uniform(50, 900, n).round() + 1
    return enter, np.minimum(life, until), life <= until, np.array(["a", "b", "c"])[group]


def customers_of(
    seed: int, n: int, hazard: float, since: dt.datetime | None = None, more: np.ndarray | None = None
) -> pd.DataFrame:
    """Accounts signed over six years that leave at `hazard` a quarter; who left before `since` is not in the table."""
    rng = np.random.default_rng(seed)
    signed = pd.Timestamp("2020-10-01") + pd.to_timedelta(rng.integers(0, 6 * 365, n), unit="D")
    rate = hazard * (1.0 if more is None else more)
    closed = signed + pd.to_timedelta(np.ceil(rng.exponential(91.3125 / rate, n)), unit="D")
    frame = pd.DataFrame({"signed_on": signed, "closed_on": closed})
    frame.loc[frame["closed_on"] >= pd.Timestamp(AS_OF), "closed_on"] = pd.NaT
    if since is not None:
        frame = frame[~(frame["closed_on"] < pd.Timestamp(since))].reset_index(drop=True)
    return frame.assign(customer_id=[f"c{number}" for number in range(len(frame))])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_curve_with_late_entry_is_that_of_lifelines(seed: int) -> None:
    from lifelines import KaplanMeierFitter

    enter, leave, left, _ = spells(seed)
    here = Staying(enter, leave, left, pd.DataFrame(index=range(len(enter))), AS_OF, None, 0, 0).curve()
    # lifelines counts whoever enters at the very time of a leaving as watched by then; here they enter after it.
    fit = KaplanMeierFitter().fit(leave, left, entry=enter + 1e-6)
    assert np.allclose(here.open, fit.survival_function_.iloc[:, 0].loc[here.time], atol=1e-12)
    limits, some = fit.confidence_interval_.loc[here.time].to_numpy(), here.open > 0
    assert np.allclose(here.low, limits[:, 0], atol=1e-9)
    # Where the last one left lifelines lets the upper curve fall to 0 as well; here it stays (stats/durations).
    assert np.allclose(here.high[some], limits[some, 1], atol=1e-9) and some.sum() > 100


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_log_rank_is_that_of_lifelines_and_with_late_entry_of_statsmodels(seed: int) -> None:
    from lifelines.statistics import multivariate_logrank_test
    from statsmodels.duration.survfunc import survdiff

    enter, leave, left, names = spells(seed)
    known = multivariate_logrank_test(leave, names, left)
    statistic, df = log_rank(names, np.zeros(len(leave)), leave, left)
    assert (statistic, df) == (pytest.approx(known.test_statistic, rel=1e-9), 2)
    late, p = survdiff(leave, left.astype(int), names, entry=enter)
    assert log_rank(names, enter, leave, left)[0] == pytest.approx(late, rel=1e-6)
    frame = Staying(enter, leave, left, pd.DataFrame({"plan": names}), AS_OF, None, 0, 0).differ(["plan"])
    assert frame.loc[0, "p"] == pytest.approx(p, rel=1e-5) and frame.loc[0, "verdict"] == "differ"


def test_risk_sets_by_hand() -> None:
    """Watched 0-5 (left), 2-8 (left), 3-6 (still there), 5-9 (left): who enters at 5 is not watched at 5."""
    enter, leave = np.array([0.0, 2, 3, 5]), np.array([5.0, 8, 6, 9])
    left = np.array([True, True, False, True])
    ended, watched = risk_sets(np.array([5.0, 8, 9]), enter, leave, left)
    assert ended.tolist() == [1, 1, 1] and watched.tolist() == [3, 2, 1]
    assert watched_from(enter, leave, 3) == 3 and watched_from(enter, leave, 4) == np.inf


def test_hazard_by_hand() -> None:
    """Three accounts, watched 60 days from signing, 400 from signing and 400 from day 60, one of which left on day 60.

    In the first three months (91.3 days) they were watched 60 + 91.3 + 31.3 days, which is 2.0 quarters, and 1 left.
    """
    enter, leave, left = np.array([0.0, 0, 60]), np.array([60.0, 400, 460]), np.array([True, False, False])
    stay = Staying(enter, leave, left, pd.DataFrame(index=range(3)), AS_OF, None, 0, 0)
    frame = stay.hazard(bands=(3, 12))
    first = frame.iloc[0]
    quarters = (60 + 91.3125 + 31.3125) / 91.3125
    assert (first["n"], first["left"]) == (3, 1) and first["quarters"] == pytest.approx(quarters)
    assert first["value"] == pytest.approx(1 - np.exp(-1 / quarters))
    assert frame["left"].tolist() == [1, 0, 0] and frame["value"].tolist()[1:] == [0, 0]
    # Nobody left: at most 3.69 over what was watched (Garwood).
    assert frame["high"].iloc[2] == pytest.approx(1 - np.exp(-3.6889 / frame["quarters"].iloc[2]), rel=1e-4)
    assert event_rate(5, 2.0) == pytest.approx((2.5, 1.6235 / 2, 11.6683 / 2), abs=1e-4)


def test_telco_staying_by_contract_is_that_of_lifelines(shared_data: Path) -> None:
    """7,043 customers of IBM's file, tenure in months: half of the month-to-month customers have left by month 35."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    telco = pd.read_csv(shared_data / "telco-churn" / "Telco-Customer-Churn.csv")
    tenure, left = telco["tenure"].to_numpy(float), (telco["Churn"] == "Yes").to_numpy()
    stay = Staying(np.full(len(telco), -1.0), tenure, left, telco[["Contract"]], AS_OF, None, 0, 0)
    assert stay.curve().quantile(0.5)[0] == np.inf  # more than half are there after six years
    assert stay.curve().open[-1] == pytest.approx(KaplanMeierFitter().fit(tenure, left).predict(72), abs=1e-12)
    for name, part in telco.groupby("Contract"):
        fit = KaplanMeierFitter().fit(part["tenure"], part["Churn"] == "Yes")
        assert stay.curve((telco["Contract"] == name).to_numpy()).quantile(0.5)[0] == fit.median_survival_time_
    assert stay.curve((telco["Contract"] == "Month-to-month").to_numpy()).quantile(0.5)[0] == 35
    known = multivariate_logrank_test(tenure, telco["Contract"], left).test_statistic
    assert stay.differ(["Contract"])["statistic"][0] == pytest.approx(known, rel=1e-9) and known > 2_300


def test_mean_stay_of_a_group_is_the_area_under_lifelines_curve() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    _, leave, left, names = spells(5, 1200)
    stay = Staying(np.zeros(len(leave)), leave, left, pd.DataFrame({"plan": names}), AS_OF, None, 0, 0)
    frame = stay.groups("plan", horizon=12)
    for _, row in frame.iterrows():
        here = names == row["plan"]
        fit = KaplanMeierFitter().fit(leave[here], left[here])
        mean = restricted_mean_survival_time(fit, t=12 * DAYS_OF_MONTH) / DAYS_OF_MONTH
        assert row["value"] == pytest.approx(mean, rel=1e-9) and row["low"] < mean < row["high"]
    # Whoever left is expected to have left somewhere, and the group that leaves soonest does so more than expected.
    assert frame["expected"].sum() == pytest.approx(left.sum()) and frame["left"].sum() == left.sum()
    assert frame["ratio_low"].iloc[2] > 1 and frame["ratio_high"].iloc[0] < 1


def test_records_that_begin_late_are_noticed() -> None:
    since = dt.datetime(2023, 10, 1)
    full, cut = customers_of(3, 2500, 0.04), customers_of(3, 2500, 0.04, since)
    for frame, found in ((full, None), (cut, since)):
        begin = records_begin(frame["signed_on"], frame["closed_on"], pd.Timestamp(AS_OF))
        assert begin == found if found else begin is None
    # A closing or two of long ago that somebody noted do not pass for records.
    stray = cut.copy()
    stray.loc[stray.index[:2], ["signed_on", "closed_on"]] = [pd.Timestamp("2020-12-01"), pd.Timestamp("2021-06-01")]
    assert records_begin(stray["signed_on"], stray["closed_on"], pd.Timestamp(AS_OF)) == pd.Timestamp(since)
    told = staying(stray, AS_OF)
    assert told.since == since and "2 accounts left before leavings were recorded" in told.remarks[1]


def test_without_late_entry_staying_would_look_easier() -> None:
    """4 % a quarter: after four years 53 % are there. Counted from signing it seems 63 % and more."""
    cut = customers_of(3, 4000, 0.04, dt.datetime(2024, 4, 1))
    truth, at = np.exp(-0.04 * 16), 16 * 91.3125
    honest, naive = staying(cut, AS_OF), staying(cut, AS_OF, since=dt.datetime(2019, 1, 1))
    assert honest.late > 1500 and naive.late == 0
    done = honest.curve().done_by(at)
    assert 1 - done[2] < truth < 1 - done[1]
    assert 1 - naive.curve().done_by(at)[0] > truth + 0.1


def test_nothing_after_as_of_is_known_and_broken_rows_are_told() -> None:
    frame = customers_of(1, 300, 0.05).assign(plan=lambda rows: np.where(rows.index % 2, "A", "B"))
    broken = pd.DataFrame(
        {"signed_on": [pd.NaT, pd.Timestamp("2024-01-01")], "closed_on": [pd.NaT, pd.Timestamp("2023-01-01")]}
    ).assign(customer_id=["x", "y"], plan="A")
    as_of = dt.datetime(2025, 1, 1)
    seen = staying(pd.concat([frame, broken], ignore_index=True), as_of)
    later = frame.assign(closed_on=frame["closed_on"].where(frame["closed_on"] < as_of))
    same = staying(later[later["signed_on"] < as_of], as_of)
    assert np.array_equal(seen.leave, same.leave) and np.array_equal(seen.left, same.left)
    assert seen.set_aside == 2 and "2 accounts" in seen.remarks[0] and same.set_aside == 0
    assert seen.leave.max() <= (as_of - dt.datetime(2020, 10, 1)).days
    lazy = staying(nw.from_native(frame).lazy().to_native(), as_of)
    assert np.array_equal(np.sort(lazy.leave), np.sort(same.leave)) and list(same.attributes) == ["plan"]


def test_thin_tables_are_refused_in_words() -> None:
    frame = customers_of(1, 300, 0.05)
    with pytest.raises(TableError, match="closed_on"):
        staying(frame.drop(columns="closed_on"), AS_OF)
    with pytest.raises(CxlabError, match="no account has a day on which it left"):
        staying(frame.assign(closed_on=pd.NaT), AS_OF)
    with pytest.raises(CxlabError, match="10 watched at once"):
        staying(frame.head(6), AS_OF, since=dt.datetime(2019, 1, 1)).curve()
    with pytest.raises(ParameterError, match="not a known attribute"):
        staying(frame, AS_OF).groups("plan")
    small = staying(frame.assign(plan=["A"] * 295 + ["B"] * 5), AS_OF)
    row = small.groups("plan").set_index("plan").loc["B"]
    assert row["n"] == 5 and row[["value", "ratio"]].isna().all()
    assert small.differ(["plan"]).empty and small.curves("plan")["plan"].unique().tolist() == ["A"]


def test_an_account_that_leaves_on_its_first_day_counts_as_leaving() -> None:
    frame = customers_of(1, 200, 0.05)
    frame.loc[0, "closed_on"] = frame.loc[0, "signed_on"]
    stay = staying(frame, AS_OF)
    assert stay.leave.min() == 0.5 and stay.curve().done[0] == 1


@pytest.mark.slow
def test_hazards_and_curves_are_covered_as_promised() -> None:
    """Leaving speeds up after a year, records begin late: bands of the hazard and the share there after three years."""
    hits, looks = np.zeros(2), np.zeros(2)
    slow, fast = 0.02 / 91.3125, 0.05 / 91.3125
    truths = {0: 1 - np.exp(-0.02), 12: 1 - np.exp(-0.05)}
    there = np.exp(-slow * 365.25 - fast * (1095.75 - 365.25))
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = 400
        signed = rng.uniform(-2190, 0, n)  # days before the end
        life = rng.exponential(1 / slow, n)
        life = np.where(life > 365.25, 365.25 + rng.exponential(1 / fast, n), life)
        begin = np.maximum(-1095 - signed, 0)
        known = (signed + life > -1095) & (begin < -signed)
        enter, left = begin[known], (life < -signed)[known]
        leave = np.minimum(life, -signed)[known]
        stay = Staying(enter, leave, left, pd.DataFrame(index=range(int(known.sum()))), AS_OF, None, 0, 0)
        frame = stay.hazard(bands=(12, 36)).set_index("from")
        for start, truth in truths.items():
            hits[0] += frame.loc[start, "low"] <= truth <= frame.loc[start, "high"]
            looks[0] += 1
        _, low, high = stay.curve().done_by(1095.75)
        hits[1] += low <= 1 - there <= high
        looks[1] += 1
    assert ((0.92 < hits / looks) & (hits / looks < 0.98)).all(), hits / looks


@pytest.mark.slow
def test_groups_that_do_not_differ_are_rarely_said_to() -> None:
    """Five attributes that mean nothing: in at most 5 % of companies is any of them said to differ (over 2,500
    companies 4.4 %, 5.2 % of single p below 5 %); an attribute that does mean something is found.
    """
    false, real, companies = 0, 0, 500
    for seed in range(companies):
        rng = np.random.default_rng(20_000 + seed)
        many = rng.random(500) < 0.4
        enter = np.where(rng.random(500) < 0.5, 0.0, rng.uniform(0, 400, 500)).round()
        life = np.ceil(rng.exponential(3000 / (1 + 1.5 * many)))
        leave = enter + np.ceil(np.minimum(life, rng.uniform(50, 1100, 500)))
        left = leave == enter + life
        tests = [log_rank(rng.integers(0, 4, 500), enter, leave, left) for _ in range(5)]
        false += (adjust([chdtrc(df, statistic) for statistic, df in tests]) <= FALSE_DISCOVERY).any()
        statistic, df = log_rank(many, enter, leave, left)
        real += chdtrc(df, statistic) <= FALSE_DISCOVERY
    assert false / companies <= 0.05 and real / companies > 0.95, (false / companies, real / companies)


def test_attributes_are_one_family() -> None:
    enter, leave, left, names = spells(0)
    rng = np.random.default_rng(1)
    attributes = pd.DataFrame({"plan": names, **{f"a{k}": rng.choice(list("wxyz"), len(names)) for k in range(5)}})
    frame = Staying(enter, leave, left, attributes, AS_OF, None, 0, 0).differ(list(attributes))
    assert np.allclose(frame["q"], adjust(frame["p"])) and frame["df"].tolist() == [2, 3, 3, 3, 3, 3]
    assert frame["verdict"].tolist() == ["differ"] + 5 * ["cannot tell"]
