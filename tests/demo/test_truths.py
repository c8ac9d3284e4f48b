"""The planted truths come back from the raw exports with plain pandas and textbook regressions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import mentioned_topics, truths
from cxlab.demo.draws import quarter_days

pytestmark = pytest.mark.slow


def weighted_regression(
    y: np.ndarray, columns: dict[str, np.ndarray], weight: np.ndarray, cluster: np.ndarray
) -> pd.DataFrame:
    """Weighted least squares with an intercept; sandwich standard errors, clustered. Rows: columns; value, se."""
    design = np.column_stack([np.ones(len(y)), *columns.values()]).astype(float)
    bread = np.linalg.inv(design.T @ (design * weight[:, None]))
    value = bread @ (design.T @ (weight * y))
    residual = (y - design @ value) * weight
    codes, _ = pd.factorize(cluster)
    sums = np.zeros((codes.max() + 1, design.shape[1]))
    np.add.at(sums, codes, design * residual[:, None])
    se = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread))
    return pd.DataFrame({"value": value[1:], "se": se[1:]}, index=list(columns))


def cells(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Indicators of segment by quarter, one left out."""
    label = table["Segment"] + " " + table["quarter"]
    return {name: (label == name).to_numpy() for name in sorted(label.unique())[1:]}


@pytest.fixture(scope="module")
def answers(nps: pd.DataFrame) -> pd.DataFrame:
    return nps[nps["x"].notna()].reset_index(drop=True)


def test_nps_after_non_response_is_the_stated_one_in_every_segment_and_quarter(answers: pd.DataFrame) -> None:
    z = []
    for (segment, quarter), cell in answers.groupby(["Segment", "quarter"]):
        se = 100 * cell["x"].std() / np.sqrt(len(cell))
        z.append((100 * cell["x"].mean() - truths.observed_nps(segment, quarter)) / se)
    z = np.array(z)
    assert len(z) == len(truths.SEGMENTS) * len(truths.QUARTERS)
    assert np.abs(z).max() < 4
    assert abs(z.mean()) < 0.5
    assert 0.5 < (z**2).mean() < 1.6


def test_true_nps_comes_back_once_answers_are_weighted_by_their_chance(answers: pd.DataFrame) -> None:
    z = []
    for (segment, quarter), cell in answers.groupby(["Segment", "quarter"]):
        value = np.average(cell["x"], weights=cell["weight"])
        se = np.sqrt(((cell["weight"] * (cell["x"] - value)) ** 2).sum()) / cell["weight"].sum()
        z.append((value - truths.TRUE_NPS[segment][quarter] / 100) / se)
    assert np.abs(z).max() < 4
    assert abs(np.mean(z)) < 0.5


def test_response_rate_is_the_stated_one(nps: pd.DataFrame) -> None:
    for segment, rows in nps.groupby("Segment"):
        expected = np.mean([truths.answer_rate(segment, quarter) for quarter in rows["quarter"]])
        assert rows["x"].notna().mean() == pytest.approx(expected, abs=0.012)


def test_company_nps_moves_up_in_the_last_quarter_and_not_before(answers: pd.DataFrame, nps: pd.DataFrame) -> None:
    summary = answers.groupby("quarter")["x"].agg(["mean", "var", "size"])
    error = summary["var"] / summary["size"]
    change = summary["mean"].diff() / np.sqrt(error + error.shift())
    assert change["2026-Q3"] > 2.7
    assert change.drop("2026-Q3").abs().max() < 2.2
    assert summary["size"].between(1_000, 1_600).all()
    share = nps[nps["quarter"] == "2026-Q3"]["Segment"].value_counts(normalize=True)
    rise = sum(share[name] * (row["2026-Q3"] - row["2026-Q2"]) for name, row in truths.TRUE_NPS.items())
    assert rise == pytest.approx(8.4, abs=1.2)


def test_only_the_two_teams_differ(answers: pd.DataFrame) -> None:
    teams = list(truths.TEAM_SHARES)
    columns = cells(answers) | {team: (answers["Team"] == team).to_numpy() for team in teams[1:]}
    fit = weighted_regression(
        answers["x"].to_numpy(), columns, answers["weight"].to_numpy(), answers["AccountId"].to_numpy()
    ).loc[teams[1:]]
    truth = np.array([truths.TEAM_EFFECT.get(team, 0.0) for team in teams[1:]])
    assert (np.abs(fit["value"] - truth) < 3.2 * fit["se"]).all()
    for team in truths.TEAM_EFFECT:
        assert abs(fit.loc[team, "value"]) > 4 * fit.loc[team, "se"]


def test_teams_are_very_unequal_in_size(answers: pd.DataFrame) -> None:
    size = answers.groupby("Team").size() / len(truths.QUARTERS)
    assert size.max() > 430
    assert 3 < size.min() < 15


def test_regions_differ_as_stated(answers: pd.DataFrame) -> None:
    columns = cells(answers) | {region: (answers["Region"] == region).to_numpy() for region in truths.REGIONS[1:]}
    fit = weighted_regression(
        answers["x"].to_numpy(), columns, answers["weight"].to_numpy(), answers["AccountId"].to_numpy()
    ).loc[list(truths.REGIONS[1:])]
    truth = np.array([truths.REGION_EFFECT[name] - truths.REGION_EFFECT[truths.REGIONS[0]] for name in fit.index])
    assert (np.abs(fit["value"] - truth) < 3 * fit["se"]).all()


@pytest.fixture(scope="module")
def commented(answers: pd.DataFrame) -> pd.DataFrame:
    table = answers[answers["Q2"] != ""].reset_index(drop=True)
    found = [mentioned_topics(text) for text in table["Q2"]]
    for topic in truths.TOPIC_EFFECT:
        table[topic] = [topic in topics for topics in found]
    return table


def test_topics_have_their_effect_and_the_innocent_one_has_none(commented: pd.DataFrame) -> None:
    topics = list(truths.TOPIC_EFFECT)
    columns = cells(commented) | {topic: commented[topic].to_numpy() for topic in topics}
    fit = weighted_regression(
        commented["x"].to_numpy(), columns, commented["weight"].to_numpy(), commented["AccountId"].to_numpy()
    ).loc[topics]
    truth = np.array(list(truths.TOPIC_EFFECT.values()))
    assert (np.abs(fit["value"] - truth) < 3 * fit["se"]).all()
    innocent, bad, _ = truths.CO_OCCURRING
    alone = np.average(commented["x"], weights=commented["weight"])
    mentioning = commented[commented[innocent]]
    # Looked at by itself the innocent topic seems bad, which is the trap.
    assert np.average(mentioning["x"], weights=mentioning["weight"]) < alone - 0.1
    assert fit.loc[bad, "value"] < -6 * fit.loc[bad, "se"]


def test_new_topic_appears_only_in_the_last_two_quarters(commented: pd.DataFrame) -> None:
    count = commented.groupby("quarter")[truths.NEW_TOPIC].sum()
    assert (count[list(truths.QUARTERS[:-2])] == 0).all()
    assert (count[list(truths.QUARTERS[-2:])] > 30).all()


def test_comments_do_not_depend_on_the_score_beyond_topics(answers: pd.DataFrame) -> None:
    wrote = (answers["Q2"] != "").groupby(answers["x"]).mean()
    assert wrote.max() - wrote.min() < 0.06


@pytest.fixture(scope="module")
def snapshots(company: object) -> pd.DataFrame:
    """Accounts at the start of every quarter whose month before is in the usage export, drivers from raw exports."""
    accounts, tickets = company.accounts(), company.tickets()
    value = company.milestones().query("step == 'first value'").set_index("account")
    usage = company.usage().query("feature == 'sign-ins'")
    parts = []
    for quarter in truths.QUARTERS:
        start, end = quarter_days(quarter)
        before = (start.astype("datetime64[M]") - 1).astype("datetime64[ns]")
        if before < usage["month"].min():
            continue
        table = accounts[(accounts["Signed"] < start) & ~(accounts["Closed"] < start)].copy()
        waiting = tickets[(tickets["Opened"] < start) & ~(tickets["Resolved"] < start)].groupby("Account").size()
        table["open_tickets"] = waiting.reindex(table.index).fillna(0).clip(upper=truths.MAX_OPEN_TICKETS)
        month = usage[usage["month"] == before].set_index("account")["value"].reindex(table.index)
        table["low_usage"] = (month < truths.LOW_USAGE * table["Seats"]).astype(float)
        step = value.reindex(table.index)
        table["late_onboarding"] = ((step["due"] < start) & ~(step["reached"] <= step["due"])).astype(float)
        since = (pd.Timestamp(start).year - table["Signed"].dt.year) * 12 + pd.Timestamp(start).month
        since = since - table["Signed"].dt.month
        ahead = [since + months for months in range(3)]
        table["renewal_due"] = sum(((age > 0) & (age % 12 == 0)).astype(float) for age in ahead)
        table["starter_plan"] = (table["Plan"] == "Starter").astype(float)
        table["webinar_attended"] = table["Webinar attended"].str.lower().isin(["yes", "true", "1"]).astype(float)
        table["newsletter"] = table["Newsletter"].str.lower().isin(["yes", "true", "1"]).astype(float)
        table["partner_sale"] = (table["Sales channel"] == "partner").astype(float)
        table["log_seats"] = np.log(table["Seats"].astype(float))
        table["left"] = (table["Closed"] < end).astype(float)
        parts.append(table)
    return pd.concat(parts)


def test_churn_drivers_have_their_log_odds_and_null_drivers_none(snapshots: pd.DataFrame) -> None:
    truth = truths.CHURN_DRIVERS | truths.NULL_DRIVERS
    design = np.column_stack([np.ones(len(snapshots)), *(snapshots[name] for name in truth)]).astype(float)
    left, value = snapshots["left"].to_numpy(), np.zeros(design.shape[1])
    for _ in range(25):  # Newton's method for plain logistic regression
        chance = 1 / (1 + np.exp(-design @ value))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        value = value + np.linalg.solve(information, design.T @ (left - chance))
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    expected = np.array([truths.CHURN_INTERCEPT, *truth.values()])
    assert (np.abs(value - expected) < 3 * se).all()
    drivers = slice(1, 1 + len(truths.CHURN_DRIVERS))
    assert (value[drivers] > 3 * se[drivers]).all()
    assert 0.02 < left.mean() < 0.06


def test_scores_foretell_leaving(nps: pd.DataFrame, company: object) -> None:
    answered = nps[nps["x"].notna()]
    closed = company.accounts()["Closed"].reindex(answered["AccountId"]).to_numpy()
    soon = (closed - answered["answered_at"].to_numpy()) / np.timedelta64(1, "D") < 200
    rate = pd.Series(soon).groupby(answered["x"].to_numpy()).mean()
    assert rate[-1.0] > 1.15 * rate[1.0]


def test_one_action_worked_and_one_did_not(company: object) -> None:
    table = company.transactional()
    table = table[table["moment"] == "ticket closed"].reset_index(drop=True)
    good = (table["csat"] >= 4).to_numpy()
    weight = 1 / np.where(good, truths.TRANSACTIONAL_ANSWERS["satisfied"], truths.TRANSACTIONAL_ANSWERS["unsatisfied"])
    sent = pd.to_datetime(table["Start Date"], format="%m/%d/%Y %I:%M:%S %p")
    columns = {region: (table["region"] == region).to_numpy() for region in truths.REGIONS[1:]}
    columns |= {team: (table["team"] == team).to_numpy() for team in truths.CSAT_TEAM_EFFECT}
    columns["since"] = (sent >= "2026-01-05").to_numpy()
    for name, action in (("worked", truths.WORKING_ACTION), ("idle", truths.IDLE_ACTION)):
        started = sent >= pd.Timestamp(action["started_on"])
        columns[name] = ((table["region"] == action["region"]) & started).to_numpy()
    fit = weighted_regression(good.astype(float), columns, weight, table["account_id"].to_numpy())
    for name, truth in (("worked", truths.WORKING_ACTION["effect"]), ("idle", truths.IDLE_ACTION["effect"])):
        assert abs(fit.loc[name, "value"] - truth) < 3 * fit.loc[name, "se"]
    assert fit.loc["worked", "value"] > 3 * fit.loc["worked", "se"]
    assert abs(fit.loc["idle", "value"]) < 2 * fit.loc["idle", "se"]
    for team, truth in truths.CSAT_TEAM_EFFECT.items():
        assert abs(fit.loc[team, "value"] - truth) < 3 * fit.loc[team, "se"]


def test_changing_channel_costs_ease(company: object) -> None:
    table, tickets = company.transactional(), company.tickets()
    table = table[table["moment"] == "ticket closed"].reset_index(drop=True)
    again = tickets.set_index("Ticket ID")["Related to"].ne("").reindex(table["ticket"]).to_numpy(dtype=bool)
    good = (table["ces"] >= 5).to_numpy(dtype=float)
    weight = 1 / np.where(table["csat"] >= 4, *truths.TRANSACTIONAL_ANSWERS.values())
    fit = weighted_regression(good, {"switched": again}, weight, table["account_id"].to_numpy())
    assert abs(fit.loc["switched", "value"] - truths.CHANNEL_SWITCH_CES) < 3 * fit.loc["switched", "se"]


def test_flat_measures_are_flat(company: object) -> None:
    import pyreadstat

    employees, _ = pyreadstat.read_sav(company.raw / "surveys/employees.sav")
    score = employees.loc[employees["ENPS"] <= 10, "ENPS"]
    x = (score >= 9).astype(float) - (score <= 6).astype(float)
    assert abs(x.mean() - (truths.TRUE_ENPS[0] - truths.TRUE_ENPS[1])) < 3 * x.std() / np.sqrt(len(x))
    success = pd.read_csv(company.raw / "surveys/success_effort_emotion.csv")
    for question, (high, low) in truths.TRUE_SEE.items():
        net = (success[question] >= 6).astype(float) - (success[question] <= 3).astype(float)
        assert abs(net.mean() - (high - low)) < 3 * net.std() / np.sqrt(len(net))


def test_tickets_and_onboarding_take_the_stated_time(company: object) -> None:
    tickets, steps = company.tickets(), company.milestones()
    hours = (tickets["Resolved"] - tickets["Opened"]) / pd.Timedelta(hours=1)
    for priority, median in truths.RESOLUTION_HOURS.items():
        mine = hours[tickets["Priority"] == priority].fillna(np.inf)
        # A tenth is stuck for weeks: the median of the others is the 45th percentile of all.
        assert mine.quantile((1 - truths.STUCK_SHARE) / 2, interpolation="lower") == pytest.approx(median, rel=0.12)
    value = steps[(steps["step"] == "first value")].set_index("account")
    days = (value["reached"] - company.accounts()["Signed"].reindex(value.index)) / pd.Timedelta(days=1)
    assert days.median() == pytest.approx(truths.FIRST_VALUE[0], rel=0.06)
    assert set(steps["outcome"]) == {"done", "failed", "open"}
