"""The loyalty KPIs on the sample company's raw exports: what was planted comes back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from cxlab.demo import truths
from cxlab.kpis.net_scores import effort, emotion, success
from cxlab.kpis.paired import paired_change
from cxlab.kpis.people import engagement, enps
from cxlab.kpis.reputation import review_rating
from cxlab.kpis.retention import gross_revenue_retention, net_revenue_retention
from cxlab.kpis.revenue import renewal_rate, revenue_waterfall
from cxlab.periods import Period
from cxlab.stats.suppression import TOGETHER

pytestmark = pytest.mark.slow
FLOOR = 5


def found(row: pd.Series, truth: float) -> bool:
    """Whether the truth is within one and a half times the interval: three standard errors."""
    return abs(row["value"] - truth) < 1.5 * (row["high"] - row["low"]) / 2


def answers(survey: str, score: pd.Series, answered_at: pd.Series, scale: tuple[float, float], **columns: object):
    low, high = scale
    frame = pd.DataFrame({"survey": survey, "score": score.astype(float), "answered_at": answered_at}).assign(**columns)
    return frame[frame["score"].between(low, high)].reset_index(drop=True)


@pytest.mark.parametrize("kpi", [success, effort, emotion])
def test_success_effort_and_emotion(company: object, kpi) -> None:
    raw = pd.read_csv(company.raw / "surveys/success_effort_emotion.csv", parse_dates=["answered"])
    rows = answers(kpi.__name__, raw[kpi.__name__], raw["answered"], (1, 7), customer_id=raw["account"])
    good, bad = truths.TRUE_SEE[kpi.__name__]
    assert found(kpi(rows, cluster="customer_id").iloc[0], 100 * (good - bad))
    assert all(found(kpi(rows, Period.of(quarter)).iloc[0], 100 * (good - bad)) for quarter in truths.QUARTERS)


@pytest.fixture(scope="module")
def employees(company: object) -> pd.DataFrame:
    raw, meta = pyreadstat.read_sav(company.raw / "surveys/employees.sav")
    team = raw["TEAM"].map(meta.variable_value_labels["TEAM"])
    return answers("enps", raw["ENPS"], pd.to_datetime(raw["WAVE"]), (0, 10), team=team)


def test_employees_recommend_us_as_stated_and_every_team_alike(employees: pd.DataFrame) -> None:
    truth = 100 * (truths.TRUE_ENPS[0] - truths.TRUE_ENPS[1])
    assert found(enps(employees).iloc[0], truth)
    assert all(found(row, truth) for _, row in enps(employees, by="team").iterrows())


def test_no_team_below_the_floor_in_any_wave(employees: pd.DataFrame) -> None:
    together = 0
    for quarter in truths.QUARTERS:
        frame, whole = (enps(employees, Period.of(quarter), by, floor=FLOOR) for by in ("team", ()))
        assert frame["n"].min() >= FLOOR and frame["n"].sum() == whole["n"][0]
        together += (frame["team"] == TOGETHER).sum()
    assert together > 0


def test_statements_are_agreed_with_as_stated_but_for_one_team(company: object) -> None:
    raw = pd.read_csv(company.raw / "surveys/engagement.csv", dtype={"Answer": "str"}, parse_dates=["Date"])
    raw = raw.drop_duplicates()
    columns = {"item": raw["Statement"], "team": raw["Team"].str.strip()}
    rows = answers("engagement", raw["Rating"], raw["Date"], (1, 5), **columns)
    odd = truths.ENGAGEMENT_TEAM
    frame = engagement(rows, by=("team", "item"))
    for _, row in frame.iterrows():
        lower = odd["effect"] * ((row["team"], row["item"]) == (odd["team"], odd["item"]))
        assert found(row, truths.TRUE_ENGAGEMENT[row["item"]] + lower), (row["team"], row["item"])
    row = frame[(frame["team"] == odd["team"]) & (frame["item"] == odd["item"])].iloc[0]
    assert row["high"] < truths.TRUE_ENGAGEMENT[odd["item"]]


def test_stars_are_as_stated_at_every_location(company: object) -> None:
    raw = pd.read_csv(company.raw / "reviews/reviews.tsv", sep="\t", encoding="utf-16", keep_default_na=False)
    raw = raw.drop_duplicates("Review")
    posted = pd.to_datetime(raw["Posted"], format="%b %d, %Y")
    rows = answers("review", raw["Stars"], posted, (1, 5), location=raw["Location"].str.strip())
    truth = float(np.dot((1, 2, 3, 4, 5), truths.TRUE_STARS))
    assert found(review_rating(rows).iloc[0], truth)
    assert all(found(row, truth) for _, row in review_rating(rows, by="location").iterrows())


def test_guided_set_up_changed_the_same_people_less_than_it_seems(company: object) -> None:
    """The unhappy stay away the second time: set against everybody asked before, more seems to change than did."""
    raw = pd.read_csv(company.raw / "surveys/guided_set_up.csv", parse_dates=["answered"]).drop_duplicates()
    phase = raw["phase"].map({"before": "pre", "after": "post"})
    rows = answers("effort", raw["ease"], raw["answered"], (1, 7), phase=phase, respondent_id=raw["contact"])
    row = paired_change(rows, survey="effort").iloc[0]
    assert row["pairs"] > 500 and row["set_aside"] == 0 and row["post_only"] == 0
    truth = 100 * truths.guided_set_up()["net_of_pairs"]
    assert abs(row["change"] - truth) < 1.5 * (row["high"] - row["low"]) / 2
    assert row["verdict"] == "moved up" and row["attrition"] == "higher"
    seen = effort(rows[rows["phase"] == "post"])["value"][0] - effort(rows[rows["phase"] == "pre"])["value"][0]
    assert seen > row["high"]


@pytest.fixture(scope="module")
def billing(company: object) -> pd.DataFrame:
    """Recurring revenue by account and month; rows without a readable amount are left out."""
    raw = pd.read_csv(company.raw / "billing/recurring_revenue.csv", sep=";", dtype=str)
    plain = raw["MRR (USD)"].str.replace(".", "").str.replace(",", ".")
    frame = pd.DataFrame(
        {
            "customer_id": raw["Customer no."],
            "month": pd.to_datetime(raw["Period"], format="%Y-%m", errors="coerce"),
            "mrr": pd.to_numeric(plain, errors="coerce"),
            "renewal_due": pd.to_datetime(raw["Next renewal"], format="%d.%m.%Y", errors="coerce"),
        }
    )
    return frame.dropna(subset=["month", "mrr"]).drop_duplicates(["customer_id", "month"])


def test_revenue_hangs_together(billing: pd.DataFrame) -> None:
    """Nothing is planted in money: the waterfall adds up in every quarter and gives the retention of revenue."""
    for quarter in truths.QUARTERS[1:]:
        period = Period.of(quarter)
        row = revenue_waterfall(billing, period).iloc[0]
        lost = row["contraction"] + row["churn"]
        assert round(100 * (row["start"] + row["expansion"] + lost)) == round(100 * row["end"])
        net, gross = net_revenue_retention(billing, period).iloc[0], gross_revenue_retention(billing, period).iloc[0]
        assert net["value"] == pytest.approx(row["end"] / row["start"], abs=1e-6)
        assert gross["value"] == pytest.approx((row["start"] + lost) / row["start"], abs=1e-6)
        assert gross["value"] <= min(net["value"], 1) and net["n"] == row["start_accounts"] > 100


def test_contracts_due_are_renewed_by_those_who_stay(billing: pd.DataFrame) -> None:
    """As counted with plain pandas: due in the quarter, and in the table the month after it was due."""
    paying = billing[billing["mrr"] > 0]
    there = set(zip(paying["customer_id"], paying["month"].dt.to_period("M"), strict=True))
    for quarter in truths.QUARTERS[4:8]:
        due = paying[paying["renewal_due"].dt.to_period("Q") == pd.Period(quarter.replace("-", ""), "Q")]
        due = due[due["month"] <= due["renewal_due"]].assign(month=due["renewal_due"].dt.to_period("M"))
        due = due.drop_duplicates(["customer_id", "month"])
        kept = [key in there for key in zip(due["customer_id"], due["month"] + 1, strict=True)]
        row = renewal_rate(billing, Period.of(quarter)).iloc[0]
        assert row["n"] == len(due) > 50 and row["value"] == pytest.approx(np.mean(kept))
