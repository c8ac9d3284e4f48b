"""What became of promises, in sentences, tables and one picture; and words that claim no more than the evidence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.actions import CANNOT_TELL, COLUMNS, NO_EVIDENCE, TOO_EARLY, WORKED, Ledger
from cxlab.models.actions.course import Course
from cxlab.models.actions.slots import MONTH, Slots
from cxlab.report import figures
from cxlab.report.notebook import finding, recorded
from cxlab.report.pages.promises import Promises, sentence, verdict
from cxlab.report.wording import causal_words, claims

NOW = cx.Period.of("2026-Q3")


def row(verdict: str = WORKED, **more: object) -> dict[str, object]:
    """A judged promise as the ledger has it."""
    said = dict.fromkeys(COLUMNS, math.nan) | {
        **{
            "action_id": "A-1",
            "promise": "“Cover at weekends”",
            "topic": "slow support",
            "owner": "Ann",
            "kpi": "csat",
        },
        **{"scope": "North (visit)", "comparison": "East, South", "started_on": pd.Timestamp("2026-01-05")},
        **{"finished_on": pd.NaT, "expected": "Cover at weekends", "cost": 5000.0},
        **{"method": "difference in differences", "effect": 0.12, "low": 0.06, "high": 0.18, "p": 0.001, "q": 0.004},
        **{"verdict": verdict, "grade": "B", "why": "", "smallest_detectable": 0.09, "meaningful": 0.05},
        **{"before": 0.77, "after": 0.88, "rest_before": 0.77, "rest_after": 0.76, "n_before": 900, "n_after": 400},
        **{"slot": "month", "false_dates": 10, "as_large": 0, "was_low": False},
    }
    return said | more


IDLE = {"effect": -0.005, "low": -0.07, "high": 0.066, "action_id": "A-2", "promise": "“New templates”", "q": 0.7}
ALONE = {"method": "interrupted time series", "kpi": "nps", "scope": "all", "comparison": "", "grade": "D"}
ALONE |= {"effect": 5.0, "low": -5.0, "high": 15.0, "action_id": "A-3", "promise": "“New engine”", "q": math.nan}
ALONE |= {"started_on": pd.Timestamp("2026-07-06"), "why": "there is nothing to compare it with"}
LOST = {"method": "", "effect": math.nan, "low": math.nan, "high": math.nan, "action_id": "A-4", "grade": "D"}
LOST |= {"kpi": "joy", "why": "“joy” is no measure of the dictionary", "promise": "“Be nicer”", "owner": ""}
LOST |= {"false_dates": math.nan, "smallest_detectable": math.nan, "cost": math.nan}


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (
            row(),
            "“Cover at weekends” worked: satisfaction in North (visit) rose by 12.0 points against the others "
            "(+6.0 to +18.0) since 5 January 2026.",
        ),
        (
            row(kpi="resolution_time", effect=-4.0, low=-6.0, high=-2.0),
            "“Cover at weekends” worked: resolution time, median, in North (visit) fell by 4.0 hours against the "
            "others (−6.0 to −2.0) since 5 January 2026.",
        ),
        (
            row(NO_EVIDENCE, **IDLE),
            "“New templates”: nothing shows that it moved satisfaction in North (visit) since 5 January 2026. The "
            "change against the others is −0.5 points (−7.0 to +6.6); one of 9.0 points would have been seen.",
        ),
        (
            row(TOO_EARLY, **IDLE, needs=120),
            "“New templates”: too early: needs 120 more answers. So far satisfaction in North (visit) moved by −0.5 "
            "points against the others (−7.0 to +6.6) since 5 January 2026.",
        ),
        (
            row(TOO_EARLY, **ALONE),
            "“New engine”: too early: needs more time. Net Promoter Score: +5 points against its earlier course "
            "(−5 to +15) since 6 July 2026; there is nothing else to hold it against, so whatever else happened since "
            "is in that figure.",
        ),
        (row(CANNOT_TELL, **LOST), "“Be nicer” cannot be judged: “joy” is no measure of the dictionary."),
        (
            row(TOO_EARLY, **LOST | {"kpi": "csat", "why": "nothing has been measured since the start"}),
            "“Be nicer”: too early to tell, nothing has been measured since the start.",
        ),
    ],
)
def test_what_became_of_a_promise_in_a_sentence(judged: dict[str, object], said: str) -> None:
    assert sentence(judged).replace("\u202f", " ") == said
    assert claims(sentence(judged)) == []


def test_what_is_missing_is_counted_in_the_measures_own_unit() -> None:
    assert verdict(row(TOO_EARLY, needs=1)) == "too early: needs 1 more answer"
    assert verdict(row(TOO_EARLY, needs=40, kpi="resolution_time")) == "too early: needs 40 more tickets"
    assert verdict(row(TOO_EARLY, needs=7, kpi="churn_rate")) == "too early: needs 7 more accounts"


def course(unit_values: dict[str, list[float]], before: int) -> Course:
    rows = [
        {"unit": unit, "slot": at - before, "value": x, "n": 50, "n_eff": 50.0, "v": 0.16 / 50}
        for unit, values in unit_values.items()
        for at, x in enumerate(values)
    ]
    count = len(next(iter(unit_values.values())))
    start = pd.Timestamp("2026-01-05")
    edges = tuple((start + pd.DateOffset(months=at - before)).to_pydatetime() for at in range(count + 1))
    return Course(pd.DataFrame(rows), next(iter(unit_values)), Slots(MONTH, before, count - before, edges), 0.16)


@pytest.fixture
def page() -> Promises:
    """Five promises already judged, one of them long ago."""
    old = row(NO_EVIDENCE, action_id="A-0", promise="“Long ago”", started_on=pd.Timestamp("2024-02-05"))
    table = pd.DataFrame([old, row(), row(NO_EVIDENCE, **IDLE), row(TOO_EARLY, **ALONE), row(CANNOT_TELL, **LOST)])
    promised = pd.DataFrame({"action_id": table["action_id"], "region": ["North", "North", "South", None, None]})
    promised["started_on"] = table["started_on"]
    wins = pd.DataFrame(
        [("c1", "won an award", "2026-07-02"), ("c2", "opened a second site", "2026-08-01")],
        columns=["customer_id", "milestone", "reached_at"],
    ).assign(journey="customer success")
    wins["reached_at"] = pd.to_datetime(wins["reached_at"])
    page = Promises({"actions": promised, "milestones": wins}, NOW)
    known = course({"North": [0.7] * 9 + [0.9] * 4, "South": [0.75] * 13, "East": [0.65] * 13}, 9)
    page.__dict__["ledger"] = Ledger(table[list(COLUMNS)], {"A-1": known})
    return page


def test_leaders_see_the_promises_of_the_last_year_the_surest_first(page: Promises) -> None:
    said, shown, drawn = page.pieces()
    assert said.text == (
        "Of 4 promises of the last year 1 worked, for 1 there is no evidence, for 1 it is too early, 1 cannot be "
        "judged."
    )
    lines = shown.text.split("\n")[2:]
    assert [line.split("”")[0] for line in lines] == [
        "“Cover at weekends",
        "“New templates",
        "“New engine",
        "“Be nicer",
    ]
    assert "+12.0 points (+6.0 to +18.0)" in lines[0] and "none of 10 false dates shows as much" in lines[0]
    assert "a change of 9.0 points would have been seen" in lines[1]
    assert isinstance(drawn, figures.Drawing)
    assert "Long ago" not in shown.text and "Satisfaction, North (visit)" in shown.text


def test_those_who_keep_the_ledger_see_all_of_it_its_cost_and_who_owns_nothing(page: Promises) -> None:
    funnel, every, nobody, told, story = page.everything()
    assert told.text == "To be told at the top:" and "Ann answered it with" in story.text
    assert funnel.text.startswith(
        "From insight to action to result: 1 topics named, 5 actions begun, 4 could be judged, 1 worked"
    )
    assert "Long ago" in every.text and "5,000" in every.text
    assert nobody.text == "Nobody owns A-4."


def test_findings_and_the_question(page: Promises) -> None:
    (found,) = page.findings()
    assert (found["kind"], found["grade"], found["verdict"], found["owner"]) == ("win", "B", "improved", "Ann")
    assert (found["value"], found["low"], found["high"]) == (0.12, 0.06, 0.18)
    assert page.question() == (
        "“New templates” began on 5 January 2026, and nothing shows that it moved satisfaction in North (visit). Do we "
        "stop it, change it, or give it longer?"
    )


def test_a_page_about_one_region_shows_its_promises_and_those_for_everybody(page: Promises) -> None:
    north = Promises(page.tables, NOW, {"region": "North"})
    north.__dict__["ledger"] = page.ledger
    assert north.rows["action_id"].tolist() == ["A-0", "A-1", "A-3", "A-4"]


def test_the_story_for_the_top(page: Promises) -> None:
    (told,) = page.stories()
    assert told.text.replace("\u202f", " ") == (
        "Customers spoke of slow support. Ann answered it with “Cover at weekends”, begun on 5 January 2026. "
        "Satisfaction in North (visit) was at 77.0 % before and is at 88.0 % since; held against the others that is "
        "+6.0 to +18.0 points by itself."
    )


def test_customers_own_successes_are_celebrated(page: Promises) -> None:
    told, listed = page.celebrations()
    assert told.text == ("2 successes of customers' own written down in 2026-Q3. Has anybody congratulated them?")
    assert listed.text == "c2 opened a second site (1 August 2026).\nc1 won an award (2 July 2026)."
    (nothing,) = Promises(page.tables, cx.Period.of("2025-Q1")).celebrations()
    assert nothing.text == "No success of a customer's own was written down in 2025-Q1."


def test_the_picture_shows_stretches_of_three_months(page: Promises) -> None:
    drawn = page.ledger.courses["A-1"].in_quarters()
    assert drawn["label"].tolist() == ["Apr 2025", "Jul 2025", "Oct 2025", "Jan 2026", "Apr 2026"]
    assert drawn["after"].tolist() == [False, False, False, True, True]
    assert drawn["value"].tolist() == pytest.approx([0.7, 0.7, 0.7, 0.9, 0.9])
    assert drawn["rest"].tolist() == pytest.approx([0.7] * 5)
    # Three slots of 50 answers, variance of a single one 0.16: 1.96 * sqrt(0.16 / 150).
    assert (drawn["high"] - drawn["value"]).iloc[0] == pytest.approx(1.96 * np.sqrt(0.16 / 150), abs=1e-4)
    picture = page.picture()
    assert picture.title.startswith("“Cover at weekends” worked") and "Elsewhere it went from 77.0" in picture.alt


@pytest.mark.parametrize("changes", [{}, {"rest": [np.nan] * 4}, {"after": [False] * 4}, {"low": [np.nan] * 4}])
def test_the_form_is_drawn_whatever_is_missing(changes: dict[str, list[object]]) -> None:
    frame = pd.DataFrame({"label": ["a", "a", "b", "c"], "after": [False, False, True, True], "value": [1.0, 2, 4, 5]})
    frame = frame.assign(low=frame["value"] - 1, high=frame["value"] + 1, rest=[2.0, 2, 2, 1], **{})
    frame = frame.assign(**changes)
    words = {"title": "It rose", "alt": "A line that rises.", "here": "North", "elsewhere": "elsewhere"}
    drawn = figures.before_and_after(frame, unit="points", start="since 5 January", **words)
    for narrow in (False, True):
        assert drawn.png(narrow=narrow).startswith(b"\x89PNG")


# --------------------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize(
    "claim",
    [
        "Late onboarding causes churn.",
        "Slow answers drive people away, and drives them to others.",
        "NPS rose because of the new engine.",
        "Accounts left because support was slow.",
        "Training has an effect on renewal.",
        "Open tickets lead to leaving.",
        "The rise is thanks to the team.",
        "The impact of price is large.",
        "Usage influences the score.",
        "Slow support makes customers leave.",
        "Coaching boosts satisfaction.",
    ],
)
def test_a_claim_is_seen_and_refused_without_the_evidence_for_it(claim: str) -> None:
    assert claims(claim)
    for grade in ("C", "D"):
        with pytest.raises(cx.CxlabError, match=f'claims a cause, on evidence of grade {grade}.*"goes with"'):
            finding("risk", claim, grade=grade)
    for grade in ("A", "B"):
        assert finding("win", claim, grade=grade)["sentence"] == claim


@pytest.mark.parametrize(
    "sound",
    [
        "Late onboarding goes with leaving.",
        "This is an association and not a cause.",
        "A hidden cause as strong as size would erase it.",
        "With fixed effects of the period.",
        "Customers say “the menu drives me mad”.",
        "The strongest driver is the contract.",
        "Gradient boosting finds no more.",
        "It cannot be told, because nobody was asked.",
    ],
)
def test_what_claims_nothing_passes(sound: str) -> None:
    assert claims(sound) == [] and finding("risk", sound)["grade"] == "D"


def test_names_of_groups_claim_nothing() -> None:
    assert finding("loss", "Impact of X: satisfaction worsened.", scope={"team": "Impact of X"})
    assert finding("loss", "Impact of X: satisfaction worsened.", scope="Impact of X")
    with pytest.raises(cx.CxlabError, match="claims a cause"):
        finding("loss", "Impact of X: satisfaction worsened.", scope={"team": "Y"})


def test_a_record_refuses_what_a_finding_would_and_its_headline_too() -> None:
    made = {"kind": "risk", "sentence": "Price causes churn.", "grade": "D"}
    with pytest.raises(cx.CxlabError, match=r"findings\[0\] says 'causes'"):
        recorded("A headline.", [made])
    with pytest.raises(cx.CxlabError, match="the headline says 'led to'"):
        recorded("The new engine led to a rise.", [finding("win", "NPS rose.")])
    assert recorded("The new engine led to a rise.", [finding("win", "It worked.", grade="B")])["findings"]


def test_a_text_that_names_its_evidence_may_claim_and_a_finding_may_not_by_words_alone() -> None:
    assert causal_words("It leads to more (grade A).") == [] and claims("It leads to more (grade A).")
    with pytest.raises(cx.CxlabError, match="claims a cause"):
        finding("win", "It leads to more (grade A).", grade="D")
