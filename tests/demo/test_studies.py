"""Engagement, guided set-up before and after, the yearly review, maturity: the planted truths come back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import truths

pytestmark = pytest.mark.slow


def net(score: pd.Series) -> pd.Series:
    """1 for 6-7, -1 for 1-3, else 0."""
    return (score >= 6).astype(float) - (score <= 3).astype(float)


def close(values: pd.Series, truth: float) -> bool:
    """Whether the mean is within three standard errors of `truth`."""
    return abs(values.mean() - truth) < 3 * values.std() / len(values) ** 0.5


@pytest.fixture(scope="module")
def engagement(company: object) -> pd.DataFrame:
    table = pd.read_csv(company.raw / "surveys/engagement.csv", dtype={"Answer": "str"}, parse_dates=["Date"])
    table = table.drop_duplicates().assign(Team=lambda frame: frame["Team"].str.strip())
    return table[table["Rating"] <= 5].assign(wave=table["Date"].dt.to_period("Q"), agrees=table["Rating"] >= 4)


def test_statements_find_the_stated_agreement_but_for_one_team(engagement: pd.DataFrame) -> None:
    lower = truths.ENGAGEMENT_TEAM
    odd = (engagement["Team"] == lower["team"]) & (engagement["Statement"] == lower["item"])
    for item, share in truths.TRUE_ENGAGEMENT.items():
        assert close(engagement.loc[(engagement["Statement"] == item) & ~odd, "agrees"].astype(float), share)
    low = engagement.loc[odd, "agrees"].astype(float)
    share = truths.TRUE_ENGAGEMENT[lower["item"]]
    assert close(low, share + lower["effect"])
    assert low.mean() + 4 * low.std() / len(low) ** 0.5 < share


def test_some_teams_are_too_small_to_show(engagement: pd.DataFrame) -> None:
    size = engagement[engagement["Statement"] == "I can grow here"].groupby(["wave", "Team"]).size().unstack()
    assert size.shape[0] == len(truths.QUARTERS)
    assert (size.max() < 5).any()
    assert (size.min() > 10).any()


@pytest.fixture(scope="module")
def pairs(company: object) -> pd.DataFrame:
    """Ease before and after by pair (NaN: not answered again), and whether there was time to answer."""
    table = pd.read_csv(company.raw / "surveys/guided_set_up.csv", parse_dates=["answered"]).drop_duplicates()
    wide = table.pivot(index="pair", columns="phase", values="ease")
    first = table[table["phase"] == "before"].set_index("pair")
    closed = company.accounts()["Closed"].reindex(first["account"]).to_numpy()
    wide["ripe"] = (first["answered"] < pd.Timestamp(truths.AS_OF) - pd.Timedelta(days=30)) & ~(
        closed < first["answered"] + pd.Timedelta(days=30)
    )
    return wide


def test_pairs_show_the_change_and_everybody_together_too_much(pairs: pd.DataFrame) -> None:
    truth = truths.guided_set_up()
    both = pairs.dropna()
    assert len(both) > 500
    assert close(both["after"] - both["before"], truth["mean"])
    assert close(net(both["after"]) - net(both["before"]), truth["net_of_pairs"])
    apparent = pairs["after"].mean() - pairs["before"].mean()
    assert apparent == pytest.approx(truth["apparent"], abs=0.12)
    assert apparent > truth["mean"] + 0.1


def test_the_unhappy_stay_away_the_second_time(pairs: pd.DataFrame) -> None:
    ripe = pairs[pairs["ripe"]]
    again = ripe["after"].notna().astype(float)
    assert close(again, truths.guided_set_up()["answered"])
    for before, share in truths.ANSWERS_AFTER.items():
        assert close(again[ripe["before"] == before], share)


def test_before_comes_before_after_and_both_of_one_person(company: object) -> None:
    table = pd.read_csv(company.raw / "surveys/guided_set_up.csv", parse_dates=["answered"]).drop_duplicates()
    time = table.pivot(index="pair", columns="phase", values="answered").dropna()
    assert (time["before"] < time["after"]).all()
    assert (table.groupby("pair")["contact"].nunique() == 1).all()
    assert not table.duplicated(["contact", "phase"]).any()


@pytest.fixture(scope="module")
def review(company: object) -> pd.DataFrame:
    """Good invitations with what everybody's answering depends on, all from other exports."""
    table = pd.read_csv(company.raw / "surveys/yearly_review.csv", dtype={"id": "str"}).drop_duplicates()
    table = table[table["account"].isin(company.accounts().index)].reset_index(drop=True)
    account = company.accounts().reindex(table["account"])
    usage = company.usage().query("feature == 'sign-ins'")
    before = usage[usage["month"].between("2026-04-01", "2026-06-01")].groupby("account")["value"].sum()
    middle, scale, most = truths.REVIEW_USE
    use = (np.log1p(before.reindex(table["account"])) - middle) / scale
    table["use"] = use.clip(-most, most).to_numpy()
    table["first year"] = account["Signed"].to_numpy() > np.datetime64("2026-07-01") - np.timedelta64(365, "D")
    table["Starter"] = account["Plan"].to_numpy() == "Starter"
    assert table["use"].notna().all()
    return table


def chance(review: pd.DataFrame) -> pd.Series:
    """The stated chance that each invitation is answered."""
    odds = truths.REVIEW_ANSWERS
    log_odds = odds["intercept"] + sum(odds[name] * review[name].astype(float) for name in odds if name != "intercept")
    return 1 / (1 + np.exp(-log_odds))


def test_what_people_answer_is_too_good(review: pd.DataFrame) -> None:
    answers = review["success"].dropna()
    shown = truths.SHOWN_YEARLY_REVIEW[0] - truths.SHOWN_YEARLY_REVIEW[1]
    truth = truths.TRUE_YEARLY_REVIEW[0] - truths.TRUE_YEARLY_REVIEW[1]
    assert close(net(answers), shown)
    assert net(answers).mean() > truth + 3 * net(answers).std() / len(answers) ** 0.5
    assert close(review["success"].notna().astype(float), truths.YEARLY_REVIEW_RATE)


def test_answering_depends_on_what_is_known_of_everybody(review: pd.DataFrame) -> None:
    surprise = review["success"].notna() - chance(review)
    fifth = pd.qcut(review["use"], 5, labels=False)
    for group in (fifth, review["first year"], review["Starter"]):
        for _, rows in surprise.groupby(group):
            assert close(rows, 0)


def test_weights_bring_the_truth_back(review: pd.DataFrame) -> None:
    answered = review["success"].notna()
    weight, x = 1 / chance(review)[answered], net(review.loc[answered, "success"])
    value = np.average(x, weights=weight)
    error = ((weight * (x - value)) ** 2).sum() ** 0.5 / weight.sum()
    truth = truths.TRUE_YEARLY_REVIEW[0] - truths.TRUE_YEARLY_REVIEW[1]
    assert abs(value - truth) < 3 * error
    assert x.mean() - truth > 3 * error


def test_reviews_that_mention_somebody_are_like_the_others(company: object) -> None:
    table = pd.read_csv(company.raw / "reviews/reviews.tsv", sep="\t", encoding="utf-16", keep_default_na=False)
    table = table.drop_duplicates("Review").query("1 <= Stars <= 5")
    mentions = table["Served by"] != ""
    assert close(mentions.astype(float), truths.REVIEWS_MENTION)
    assert close(table.loc[mentions, "Stars"], float(np.dot((1, 2, 3, 4, 5), truths.TRUE_STARS)))
    place = table["Location"].str.strip().str[:3].str.upper()
    assert (table["Served by"].str[:3] == place)[mentions].all()


def test_maturity_rises_slowly_and_is_seen_higher_from_above(company: object) -> None:
    table = pd.read_csv(company.raw / "programme/maturity.csv")
    waves = sorted(table["date"].unique())
    assert len(waves) == 6
    design = np.column_stack(
        [
            table["date"].map(waves.index),
            *((table["group"] == group) for group in ("executives", "managers", "cx team")),
            *((table["element"] == element) for element in table["element"].unique()),
        ]
    ).astype(float)
    value, (residual,), *_ = np.linalg.lstsq(design, table["level"].to_numpy(dtype=float), rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * residual / (len(table) - design.shape[1]))
    assert abs(value[0] - truths.MATURITY_STEP) < 3 * error[0]
    assert abs(value[1] - truths.MATURITY_GAP) < 3 * error[1]
