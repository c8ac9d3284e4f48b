"""The page of the movable middle: what it says, on full tables, on few, on none; and its two chart forms."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import CxlabError
from cxlab.models.middle.two_cut import BOTH, DELIGHTER, HYGIENE
from cxlab.report import figures
from cxlab.report.figures.drawing import Drawing
from cxlab.report.html import Piece
from cxlab.report.pages.middle import MovableMiddle, accounts, pictures, words
from cxlab.report.wording import causal_words

pytestmark = pytest.mark.slow

NOW = cx.Period.of("2026-Q3")


def moments(values: object) -> pd.Series:
    return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")


def company(n: int = 4000, seed: int = 5) -> dict[str, pd.DataFrame]:
    """Answers of 900 accounts; `reliability` is a must, `helpfulness` a delight, `ease` counts at both, `news` idle."""
    rng = np.random.default_rng(seed)
    halo = rng.standard_normal(n)
    rated = {
        name: np.clip(np.round(3.6 + 0.7 * halo + 0.8 * rng.standard_normal(n)), 1, 5)
        for name in ("reliability", "helpfulness", "ease", "news")
    }
    above_7 = 1.2 + 0.5 * (rated["reliability"] - 3.6) + 0.3 * (rated["ease"] - 3.6)
    above_9 = -0.2 + 0.5 * (rated["helpfulness"] - 3.6) + 0.3 * (rated["ease"] - 3.6)
    draw = rng.random(n)
    chance = [1 / (1 + np.exp(-eta)) for eta in (above_7, above_9)]
    score = np.where(draw < np.minimum(*chance), 9.0, np.where(draw < chance[0], 8.0, 5.0))
    ids = np.array([f"a{number:03}" for number in range(900)])
    who = ids[np.arange(n) % 900]
    day = moments(["2026-07-01"] * n) + pd.to_timedelta(np.arange(n) % 80, unit="D")
    responses = pd.DataFrame(
        {
            "response_id": [f"r{number}" for number in range(n)],
            "survey": "nps",
            "kind": "relational",
            "customer_id": who,
            "respondent_id": [f"{name}-{number % 4}" for number, name in enumerate(who)],
            "sent_at": day - pd.Timedelta(days=1),
            "answered_at": day,
            "score": score,
            "comment": np.where(np.arange(n) % 3, "", "<b>words</b>"),
            **rated,
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "region": np.where(np.arange(900) % 2, "North", "South"),
            "segment": "one",
            "signed_on": moments(["2024-01-15"] * 900),
            "closed_on": moments([None] * 880 + ["2026-08-20"] * 20),
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": [f"t{number}" for number in range(600)],
            "customer_id": rng.choice(ids, 600),
            "opened_at": moments(["2026-06-01"] * 600) + pd.to_timedelta(rng.integers(0, 110, 600), unit="D"),
        }
    )
    tickets["resolved_at"] = tickets["opened_at"] + pd.Timedelta(days=3)
    return {"responses": responses, "customers": customers, "tickets": tickets}


@pytest.fixture(scope="module")
def page() -> MovableMiddle:
    return cx.MovableMiddle(company(), NOW, over=1)


def shown(capsys: pytest.CaptureFixture[str], part: object) -> str:
    part()
    return capsys.readouterr().out


def test_headline_names_the_delight_and_the_must(page: MovableMiddle) -> None:
    verdicts = page.fitted.gain.set_index("driver")["verdict"]
    assert verdicts[["reliability", "helpfulness", "ease"]].tolist() == [HYGIENE, DELIGHTER, BOTH]
    text = page.headline()
    passives = page.fitted.shares[1]
    assert "one step more of \u201chelpfulness\u201d goes most with a 9 rather than an 8" in text
    assert "\u201creliability\u201d is a must: it goes with a 7 rather than a 6, and no further" in text
    assert f"{100 * passives:.0f}\u202f%" in text
    upper = page.fitted.gain.set_index("driver")["upper"]["helpfulness"]
    assert f"about {upper:.0f} more promoters" in text


def test_findings_carry_value_interval_and_grade(page: MovableMiddle) -> None:
    found = page.findings()
    assert [each["kind"] for each in found] == ["win", "win", "risk", "action", "question"]
    row = page.fitted.gain.set_index("driver").loc["reliability"]
    assert found[2]["value"] == pytest.approx(row["gain"]) and found[2]["low"] == pytest.approx(row["low"])
    assert all(each["grade"] == "C" and each["kpi"] == "nps" for each in found[:3])
    assert "Guard \u201creliability\u201d" in page.view() and "helpfulness" in page.question()
    assert page.kpis()["n"].iloc[0] == 4000


def test_no_sentence_claims_a_cause(page: MovableMiddle, capsys: pytest.CaptureFixture[str]) -> None:
    said = [page.headline(), page.view(), page.question(), *page.counted()]
    for part in (page.two_cuts, page.importances, page.groups, page.success_effort_emotion, page.around):
        said.append(shown(capsys, part))
    assert not [word for text in said for word in causal_words(text)]
    assert "observation" in " ".join(said)


def test_the_picture_says_the_numbers_of_the_table(page: MovableMiddle) -> None:
    stand, drawing = pictures.cuts(page.fitted, page.lived)
    assert isinstance(drawing, Drawing) and "two different jobs" in drawing.title
    row = page.fitted.gain.set_index("driver").loc["helpfulness"]
    assert f"helpfulness: +{row['lower']:.1f}" in drawing.alt or f"\u2212{abs(row['lower']):.1f}" in drawing.alt
    assert f"+{row['upper']:.1f} points at 8|9, a delight" in drawing.alt
    text = pictures.gains(page.fitted, page.lived).text
    line = next(each for each in text.splitlines() if "helpfulness" in each)
    assert f"+{row['gain']:.1f}" in line and "a delight" in line
    assert "at 7\u20138" in stand.text and isinstance(stand, Piece)


def test_the_idle_statement_is_not_ranked(page: MovableMiddle) -> None:
    drawing, said = pictures.importances(page.importance, page.fitted)
    assert "news" in said.text and "nothing of its own" in said.text and "(inside the grey zone)" in drawing.alt


def test_what_counts_at_one_cut_only_may_be_grey_and_is_said_so(page: MovableMiddle) -> None:
    table = page.importance.table
    hidden = table.assign(told=table["told"] & (table["driver"] != "helpfulness"))
    *_, said = pictures.importances(dataclasses.replace(page.importance, table=hidden), page.fitted)
    assert "\u201chelpfulness\u201d is grey here and told above" in said.text


def test_groups_are_shown_cut_by_cut(page: MovableMiddle, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, page.groups)
    assert "The answers do not say their segment" in text
    line = next(each for each in text.splitlines() if each.startswith("helpfulness"))
    assert line.count("8|9 +") == 2 and "North (2,000)" in text and "South (2,000)" in text


def test_groups_that_are_too_small_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    small = cx.MovableMiddle(company(240), NOW, over=1, by=("region",))
    text = shown(capsys, small.groups)
    assert "too few" in text and "too few answers to compare drivers by region" in text


def test_a_region_alone(page: MovableMiddle) -> None:
    north = cx.MovableMiddle(page.tables, NOW, over=1, where={"region": "North"})
    assert north.counted()[0] == "Only region North." and north.fitted.n == 2000
    with pytest.raises(CxlabError, match="North"):
        _ = cx.MovableMiddle(page.tables, NOW, over=1, where={"region": "Nort"}).lived


def test_advocates_passives_and_detractors(page: MovableMiddle, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, page.around)
    assert "may be asked for a reference or a review" in text and "Not checked: there is no usage table" in text
    passives = int(((page.tables["responses"]["score"] == 8) & (np.arange(4000) % 3 == 0)).sum())
    assert f"{passives:,} passives left a comment in 2026-Q3" in text and "report on comments" in text
    assert "without any contact since" in text and "the account's next ticket" in text


def test_words_for_verdicts_are_complete() -> None:
    from cxlab.models.middle.two_cut import VERDICTS

    assert set(words.SHORT) == set(VERDICTS)


def test_no_survey_is_said_once_and_what_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    telco = pd.DataFrame({"customer_id": ["a", "b"], "churned": [True, False]})
    page = cx.MovableMiddle({"customers": telco}, NOW)
    assert "cannot be told for 2026-Q3" in page.headline() and "three to five statements" in page.view()
    assert [each["kind"] for each in page.findings()] == ["action", "question"] and page.kpis() is None
    assert "no table 'responses'" in shown(capsys, page.two_cuts)
    for part in (page.importances, page.groups, page.success_effort_emotion, page.around):
        assert shown(capsys, part).strip() == "This, too, needs answers to the recommendation question."
    assert "responses" in page.counted()[0] and page.counted()[0][0].isupper()
    assert "Nothing can be told" in page.closing().text


def test_a_score_alone_is_not_enough_to_move_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    bare = company()["responses"].drop(columns=["reliability", "helpfulness", "ease", "news"])
    page = cx.MovableMiddle({"responses": bare}, NOW, over=1)
    assert "cannot be told" in page.headline() and page.found() == []
    assert "This cannot be told" in shown(capsys, page.two_cuts)
    assert "may be asked" in shown(capsys, page.around) and page.kpis()["n"].iloc[0] == 4000
    assert any("no rating was asked beside the score" in text.lower() for text in page.counted())


def test_few_answers_say_so() -> None:
    page = cx.MovableMiddle(company(n=60), NOW, over=1)
    assert "rarer side" in page.headline() and page.found() == []


def test_text_from_an_export_is_escaped() -> None:
    tables = company(800)
    tables["responses"] = tables["responses"].rename(columns={"ease": "<b>ease</b>"})
    page = cx.MovableMiddle(tables, NOW, over=1)
    pieces = [*pictures.cuts(page.fitted, page.lived), pictures.gains(page.fitted, page.lived), page.in_short()]
    html = "".join(each.html() if isinstance(each, Drawing) else each.html for each in pieces)
    assert "<b>ease" not in html


def test_advocates_table_holds_no_names_of_people(page: MovableMiddle) -> None:
    pieces = accounts.advocates_of(page.chosen, page.periods, page.until)
    assert not re.search(r"a\d{3}-\d", "".join(piece.text for piece in pieces))


EFFECTS = pd.DataFrame(
    {
        "driver": ["a very long name of something that customers were asked about", "b", "b", "c"],
        "panel": ["low", "low", "high", "high"],
        "value": [3.0, -1.0, np.nan, 8.0],
        "low": [1.0, -4.0, np.nan, 5.0],
        "high": [5.0, 2.0, np.nan, 11.0],
        "seen": [True, False, False, True],
        "aside": ["told", "cannot tell", "cannot tell", "told"],
    }
)


@pytest.mark.parametrize("narrow", [True, False])
def test_panels_draw_every_variant(narrow: bool) -> None:
    form = {"by": "driver", "panel": "panel", "unit": "points", "title": "t", "alt": "a", "aside": "aside"}
    drawing = figures.panels(EFFECTS, **form)
    assert drawing.png(narrow=narrow) == figures.panels(EFFECTS, **form).png(narrow=narrow)
    assert drawing.png(narrow=narrow) != drawing.png(narrow=narrow, dark=True)
    grey = figures.panels(EFFECTS.assign(seen=False), **form)
    assert drawing.png(narrow=narrow) != grey.png(narrow=narrow)
    assert drawing.height(True) > drawing.height(False)


def test_panels_refuse_what_cannot_be_drawn() -> None:
    form = {"by": "driver", "panel": "panel", "unit": "points", "title": "t", "alt": "a"}
    with pytest.raises(CxlabError, match="twice"):
        figures.panels(pd.concat([EFFECTS, EFFECTS]), **form)
    with pytest.raises(CxlabError, match="seen"):
        figures.panels(EFFECTS.drop(columns="seen"), **form)


def test_zones_draw_what_is_beyond_chance_in_colour() -> None:
    rows = pd.DataFrame(
        {
            "driver": ["a", "b"],
            "value": [0.6, 0.1],
            "low": [0.5, 0.0],
            "high": [0.7, 0.2],
            "grey": [0.15, 0.15],
            "told": [True, False],
        }
    )
    form = {"by": "driver", "unit": "share", "title": "t", "alt": "a"}
    drawing = figures.zones(rows, **form)
    for narrow in (True, False):
        assert drawing.png(narrow=narrow) != figures.zones(rows.assign(told=False), **form).png(narrow=narrow)
    with pytest.raises(CxlabError, match="grey"):
        figures.zones(rows.drop(columns="grey"), **form)
