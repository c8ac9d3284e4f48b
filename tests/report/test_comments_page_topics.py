"""The page of open comments, its topics and points: on planted comments, on little, and on what is missing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import CxlabError
from cxlab.report.figures import Drawing
from cxlab.report.figures.adding_up import adding_up, steps_words
from cxlab.report.html import Piece
from cxlab.report.notebook import recorded
from cxlab.report.pages.comments import alike, beside, points, saying, themes
from cxlab.report.pages.comments.changes import change_by_part, change_by_topic
from cxlab.report.pages.comments.over_time import register_says
from cxlab.report.pages.comments.page import OpenComments
from cxlab.report.wording import causal_words

Q3 = cx.Period.of("2026-Q3")
SECTIONS = ("topics", "points", "passives_and_leavers", "over_time")

#: What is said of each theme; the score of who says it lies around the number.
SAID = {
    "invoice": (2, ["invoice shows a wrong amount", "billing charged us twice", "invoice came with the wrong tax"]),
    "friendly": (10, ["support people are friendly", "friendly and kind staff on the phone", "the staff was friendly"]),
    "slow": (7, ["dashboard loads slowly", "the dashboard is slow in the morning", "pages load slowly at noon"]),
    "training": (9, ["training course was useful", "the training explained it well", "trainer of the course was good"]),
    "export": (7, ["export to Excel fails", "the Excel export stops half way", "exporting to Excel loses columns"]),
    "parking": (7, ["parking at the office is full", "no parking space was free", "the parking garage is closed"]),
}
NEW = ["chatbot repeats the same answer", "the chatbot sends us in circles", "chatbot never understands the question"]
ENDS = ["", " this month", " again", " for our team", " since spring", " every week", " in the north", " at our site"]


def comments(rng: np.random.Generator, quarter: str, n: int, *, with_new: bool, worse: float = 0.0) -> pd.DataFrame:
    """n comments of a quarter; the new theme from then on, the invoice's score `worse` by so much."""
    rows = []
    start = pd.Timestamp(quarter)
    for number in range(n):
        theme = list(SAID)[number % len(SAID)]
        level, sentences = SAID[theme]
        if with_new and number % 7 == 3:
            theme, level, sentences = "chatbot", 4, NEW
        level -= worse if theme == "invoice" else 0.0
        rows.append(
            {
                "response_id": f"{quarter}-{number}",
                "survey": "nps",
                "customer_id": f"c{rng.integers(400)}",
                "answered_at": start + pd.Timedelta(days=int(rng.integers(85))),
                "score": float(np.clip(round(level + rng.normal(0, 1.3)), 0, 10)),
                "comment": f"The {rng.choice(sentences)}{rng.choice(ENDS)}.",
                "region": str(rng.choice(["North", "South"])),
            }
        )
    silent = [
        {**row, "comment": text, "score": 8.0} for row, text in zip(rows, ["Great!", "n/a", "Very bad."], strict=False)
    ]
    for number, row in enumerate(silent):
        row["response_id"] = f"{quarter}-s{number}"
    return pd.DataFrame([*rows, *silent])


def responses(*, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    quarters = ("2025-10-01", "2026-01-01", "2026-04-01", "2026-07-01")
    parts = [comments(rng, quarter, 300, with_new=quarter == "2026-07-01") for quarter in quarters]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def page() -> OpenComments:
    return OpenComments({"responses": responses()}, Q3, over=4)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch):
    """What the sections of a page display, as text."""

    def take(page: OpenComments, *sections: str) -> list[object]:
        found: list[object] = []
        monkeypatch.setattr("cxlab.report.pages.modelled.show", lambda *pieces: found.extend(pieces))
        for section in sections:
            getattr(page, section)()
        return found

    return take


def text_of(pieces: list[object]) -> str:
    return "\n".join(repr(piece) for piece in pieces)


# ------------------------------------------------------------------------------------------------ on planted comments


def test_the_headline_names_what_goes_with_less_and_with_more(page: OpenComments) -> None:
    text = page.headline()
    low, high = saying.lowest_and_highest(page)
    assert low["value"] < 0 < high["value"] and low["high"] < 0 < high["low"]
    assert text.startswith("In the comments of 2025-Q4 to 2026-Q3, ")
    assert saying.called(low["name"]) in text and saying.called(high["name"]) in text
    assert re.search(r"goes with \d+\.\d points less and .* with \d+\.\d points more of NPS", text)


def test_the_lowest_is_of_the_planted_dissatisfied_and_the_highest_of_the_happy(page: OpenComments) -> None:
    low, high = saying.lowest_and_highest(page)
    own = page.now.rows["comment"]
    of_low = own[page.now.topics.members[low["topic"]].to_numpy()]
    of_high = own[page.now.topics.members[high["topic"]].to_numpy()]
    assert of_low.str.contains("chatbot|invoice|billing").mean() > 0.9
    assert of_high.str.contains("friendly|training|trainer").mean() > 0.9


def test_findings_are_adjusted_associations_and_hold_no_claim(page: OpenComments) -> None:
    found = page.found()
    assert [each["kind"] for each in found[:2]] == ["risk", "win"]
    assert [each["grade"] for each in found[:2]] == ["C", "C"]
    assert all(each["kpi"] == "nps" for each in found[:2])
    topics = [each["scope"]["topic"] for each in found]
    assert len(set(topics)) == len(topics)
    loose = set(page.table.loc[page.table["grade"] == "D", "name"])
    assert not loose & set(topics)
    for each in found:
        assert each["low"] <= each["value"] <= each["high"]
        assert not causal_words(each["sentence"])
    record = recorded(page.headline(), page.findings(), page.kpis())
    assert len(record["findings"]) == 5 and record["kpis"][0]["who"] == "who commented"


def test_a_loose_topic_is_in_no_headline_and_no_finding(page: OpenComments, monkeypatch: pytest.MonkeyPatch) -> None:
    table = page.table.assign(grade="D")
    monkeypatch.setitem(page.__dict__, "table", table)
    assert page.found() == []
    headline = page.headline()
    assert not any(saying.called(name) in headline for name in table["name"])
    assert headline == (
        "301 comments of 2026-Q3 are heard and in loose topics only: read them, and set no goal on any."
    )
    assert "(loose)" in repr(points.bridge(page)[0])
    assert points.bridge(page)[0].title == "Only loose topics can be told to go with the score"


def test_the_new_theme_is_told_as_new_and_the_others_are_not(page: OpenComments) -> None:
    states = alike.states(page).set_index("topic")["state"]
    own = page.now.rows["comment"].str.contains("chatbot").to_numpy()
    members = page.now.topics.members
    of_chatbot = {topic for topic in page.table["topic"] if own[members[topic].to_numpy()].mean() > 0.9}
    risen = set(states.index[states.isin(["new", "growing"])])
    assert of_chatbot and risen == of_chatbot
    assert "is new in 2026-Q3" in text_of(register_says(page))
    assert any("comments of 2026-Q3" in each["sentence"] and "before" in each["sentence"] for each in page.found())


def test_earlier_periods_are_counted_by_the_topics_of_today(page: OpenComments) -> None:
    counts = alike.counts(page)
    heard = [int(each.topics.prepared.comments["heard"].sum()) for each in page.conversation.told]
    assert counts.groupby("period")["heard"].first().tolist() == heard and heard[-1] == 301
    now = counts[counts["period"] == "2026-Q3"].set_index("topic")["n"]
    table = page.table.set_index("topic")["n"]
    assert now.loc[table.index].tolist() == table.tolist()
    old = counts[(counts["period"] == "2026-Q2")].set_index("topic")["n"]
    planted = page.before.rows["comment"].str.contains("invoice|billing").sum()
    of = [t for t in table.index if _about(page, t, "invoice|billing")]
    assert old.loc[of].sum() == pytest.approx(planted, abs=8)


def _about(page: OpenComments, topic: str, words: str) -> bool:
    own = page.now.rows["comment"].str.contains(words).to_numpy()
    return bool(own[page.now.topics.members[topic].to_numpy()].mean() > 0.9)


def test_the_bridge_adds_up_to_the_score(page: OpenComments) -> None:
    drawing = points.bridge(page)[0]
    assert "add up to" in drawing.note and "exactly" in drawing.note
    impact = page.impact
    assert impact.table["value"].sum() == pytest.approx(impact.gap, abs=1e-9)
    steps = _steps(drawing.alt)
    assert len(steps) >= 4
    assert impact.reference + impact.gap == pytest.approx(impact.score, abs=1e-9)
    first, *middle, last = steps
    assert first == pytest.approx(impact.reference, abs=0.06) and last == pytest.approx(impact.score, abs=0.06)
    assert first + sum(middle) == pytest.approx(last, abs=0.6)  # as printed, with one digit each


def _steps(alt: str) -> list[float]:
    """The first number behind each name in an alt text of steps."""
    parts = alt.split(": ", 1)[1].rstrip(".").split("; ")
    found = []
    for part in parts:
        bare = re.sub("\u201c[^\u201d]*\u201d", "", part)
        bare = re.sub(r"20\d\d-Q\d|\d+ other topics?|\(loose\)", "", bare)
        found.append(float(re.search("[+\u2212]?\\d+(?:\\.\\d+)?", bare)[0].replace("\u2212", "-")))
    return found


def test_both_pictures_of_the_change_end_at_the_score(page: OpenComments) -> None:
    of = page.change.attrs
    for drawing in (change_by_part(page)[0], change_by_topic(page)[0]):
        first, *middle, last = _steps(drawing.alt)
        assert first == pytest.approx(of["score_before"], abs=0.6) and last == pytest.approx(of["score"], abs=0.06)
        assert first + sum(middle) == pytest.approx(last, abs=3)
    assert "fell by" in change_by_part(page)[0].title
    assert len(_steps(change_by_topic(page)[0].alt)) <= 8 + 5, "the rest is pooled"


def test_leave_one_out_stands_there_once_in_small_print_with_the_reason(page: OpenComments) -> None:
    pieces = points.by_topic(page)
    said = [each for each in pieces if isinstance(each, Piece) and "What is usually printed" in each.text]
    assert len(said) == 1 and said[0].html.startswith('<p class="fine">')
    assert "no sum can be made of it" in said[0].text
    assert f"\u2212{abs(page.impact.gap):.1f}".removesuffix(".0") + " points. It charges" in said[0].text


def test_scores_of_mentioners_are_counted_by_hand(page: OpenComments) -> None:
    table = themes.scores(page).set_index("topic")
    rows, members = page.now.rows, page.now.topics.members
    heard = page.now.topics.prepared.comments["heard"].to_numpy()
    topic = page.table["topic"].iloc[0]
    own = rows.loc[members[topic].to_numpy() & heard, "score"]
    assert table.loc[topic, "n"] == len(own)
    assert table.loc[topic, "value"] == pytest.approx(100 * ((own >= 9).mean() - (own <= 6).mean()))
    everybody = rows.loc[heard, "score"]
    assert table.loc["", "value"] == pytest.approx(100 * ((everybody >= 9).mean() - (everybody <= 6).mean()))
    assert table.loc["", "value"] == pytest.approx(page.kpis()["value"].iloc[0])


def test_what_is_in_no_topic_is_counted(page: OpenComments) -> None:
    text = text_of(themes.in_no_topic(page))
    assert "2 comments hold a feeling and no theme: 1 praise and 1 displeasure." in text
    assert "1 non-answer" in text


def test_quotes_are_those_of_the_rule_and_the_rule_is_told(page: OpenComments) -> None:
    pieces = themes.in_their_words(page)
    assert "chosen by a rule and not by hand" in pieces[-1].text
    quoted = set(page.quotes["text"])
    shown = re.findall("\u201c([^\u201d]+)\u201d\n", text_of(pieces[:-1]) + "\n")
    assert shown and set(shown) <= quoted


def test_passives_and_what_is_missing_beside_them(page: OpenComments, shown) -> None:
    text = text_of(shown(page, "passives_and_leavers"))
    assert "speak of more than promoters" in text
    assert "no table 'customers'" in text and "there are no posts or notes" in text
    frame = page.held_back
    assert frame["verdict"].eq("passives speak of it more").any()


def test_the_whole_page_reads_without_claims_ids_or_accidents(page: OpenComments, shown, assert_inert) -> None:
    pieces = shown(page, *SECTIONS)
    text = text_of([*pieces, *page.counted(), page.view(), page.question()])
    assert not causal_words(text)
    assert not re.search(r"\bnan\b|None|NaT|DataFrame", text)
    for each in pieces:
        if isinstance(each, Piece):
            assert_inert(
                each.html,
                set("p div ul li table caption thead tbody tfoot tr th td blockquote footer span".split()),
            )
    titles = [each.title for each in pieces if isinstance(each, Drawing)]
    assert len(titles) >= 5 and len(set(titles)) == len(titles)
    remarks = [
        each.text for each in pieces if isinstance(each, Piece) and "too few for numbers of their own" in each.text
    ]
    assert not any(re.search(r"\bT\d\d\b", each) for each in remarks)


# -------------------------------------------------------------------------------------------------------- with little


def everything(page: OpenComments, shown) -> str:
    """All that a page says; nothing of it may raise."""
    pieces = shown(page, *SECTIONS)
    more = [page.headline(), *page.counted(), page.view(), page.question(), *(f["sentence"] for f in page.found())]
    recorded(page.headline(), page.findings(), page.kpis())
    text = text_of([*pieces, *more])
    assert not causal_words(text)
    assert not re.search(r"\bnan\b", text)
    return text


def test_without_a_table_of_responses(shown) -> None:
    page = OpenComments({"tickets": pd.DataFrame({"ticket_id": ["t"], "opened_at": [pd.Timestamp("2026-08-01")]})}, Q3)
    text = everything(page, shown)
    assert "responses" in page.headline() and page.found() == [] and page.kpis() is None
    assert text.count("This cannot be told") == 5  # once a section and in the headline, not once a part


def test_answers_without_any_comment(shown) -> None:
    table = responses().drop(columns="comment")
    assert "comment" in OpenComments({"responses": table}, Q3).headline()
    blank = responses().assign(comment=None)
    page = OpenComments({"responses": blank}, Q3)
    assert page.headline().startswith("This cannot be told: no customer's comment")
    everything(page, shown)


def test_twelve_comments(shown) -> None:
    table = responses()
    few = table[table["answered_at"] >= Q3.start].head(12)
    page = OpenComments({"responses": few}, Q3)
    text = everything(page, shown)
    assert page.headline() == "12 comments of 2026-Q3 are heard and in no topic."
    assert "Too few say nearly the same" in text and "12 comments speak of what too few share" in text
    assert text.count("There is no topic that points of the score could go with.") == 1


@pytest.mark.slow
def test_nothing_in_the_period_but_before(shown) -> None:
    table = responses()
    page = OpenComments({"responses": table[table["answered_at"] < Q3.start]}, Q3)
    text = everything(page, shown)
    assert page.headline() == "Nobody wrote anything in 2026-Q3 that says something."
    assert " is gone" not in text and "none can be told to be gone" in text


@pytest.mark.slow
def test_one_period_only(shown) -> None:
    table = responses()
    page = OpenComments({"responses": table[table["answered_at"] >= Q3.start]}, Q3, over=1)
    text = everything(page, shown)
    assert "nothing was said in the period before 2026-Q3" in text
    assert "can be told from the next one on" in text
    assert "Since" not in repr(themes.overview(page)[1])


@pytest.mark.slow
def test_satisfaction_in_place_of_nps(shown) -> None:
    table = responses()
    table = table.assign(survey="csat", score=(1 + table["score"] * 0.4).round(), scale_low=1.0, scale_high=5.0)
    page = OpenComments({"responses": table}, Q3, over=2)
    text = everything(page, shown)
    assert "mean satisfaction" in page.headline() and "NPS" not in page.headline()
    scores = themes.scores(page)
    assert scores["value"].between(1, 5).all()
    assert "recommendation question" in text
    assert page.kpis()["kpi"].tolist() == ["csat"]


@pytest.mark.slow
def test_comments_without_any_score(shown) -> None:
    page = OpenComments({"responses": responses().assign(score=np.nan)}, Q3, over=2)
    text = everything(page, shown)
    assert text.count("no comment of the period has a score") == 2  # by the points, and by how we counted
    assert "no topic can be told to go with" in page.headline()
    assert page.kpis() is None
    assert not any(each["grade"] == "C" for each in page.found())


@pytest.mark.slow
def test_a_region_alone_keeps_nothing_in_the_register(shown) -> None:
    page = OpenComments({"responses": responses()}, Q3, over=2, where={"region": "North"})
    text = everything(page, shown)
    # Without a register a part of the company has topics of its own, and nothing of them is kept.
    assert "These topics hold for this report alone" in text and not page.conversation.lasts and len(page.table)
    whole = OpenComments({"responses": responses()}, Q3, over=2)
    kept = whole.conversation.register
    page = OpenComments({"responses": responses()}, Q3, register=kept, over=2, where={"region": "North"})
    text = everything(page, shown)
    assert "These topics hold for this report alone" in text
    assert page.conversation.register == kept
    assert any("region North only" in each for each in page.counted())
    assert page.found() and all(each["scope"]["region"] == "North" for each in page.found())
    assert set(page.table["topic"]) <= set(kept.ids)


@pytest.mark.slow
def test_hostile_comments_stay_text(shown, assert_inert) -> None:
    table = responses()
    now = table["answered_at"] >= Q3.start
    bad = "<script>alert(1)</script> invoice $5 \u202e =cmd() " + "x" * 100_000
    table.loc[table.index[now][:40], "comment"] = [f"{bad} {at}" for at in range(40)]
    page = OpenComments({"responses": table}, Q3, over=2)
    for each in shown(page, *SECTIONS):
        if isinstance(each, Piece):
            assert_inert(
                each.html, set("p div ul li table caption thead tbody tfoot tr th td blockquote footer span".split())
            )
            assert len(each.html) < 60_000
    assert "<script" not in page.headline()


# ------------------------------------------------------------------------------------------------- sentences and steps


def test_a_name_is_quoted_and_cannot_close_its_quotation() -> None:
    assert saying.called("slow \u201dx\u201c pages") == "\u201cslow x pages\u201d"
    assert saying.marked("a", "D") == "\u201ca\u201d (loose)" and saying.marked("a", "A") == "\u201ca\u201d"


def test_points_with_their_interval() -> None:
    assert saying.points(-0.9, -1.6, -0.2) == "\u22120.9 points (\u22121.6 to \u22120.2)"
    assert saying.points(-0.9, -1.6, -0.2, signed=False) == "0.9 points (0.2 to 1.6)"


def test_goes_with_leaves_the_word_with_in_a_name_alone() -> None:
    row = pd.Series({"topic": "T1", "name": "coffee with milk", "value": -2.0, "low": -3.0, "high": -1.0})
    other = pd.Series({"topic": "T2", "name": "tea", "value": 2.0, "low": 1.0, "high": 3.0})
    said = saying.goes_with(row, other, "NPS", {"T1": "new"})
    less, more = "\u201ccoffee with milk\u201d (new) goes with 2.0 points less", "\u201ctea\u201d with 2.0 points more"
    assert said == f"{less} and {more} of NPS"
    assert saying.goes_with(None, other, "NPS", {}) == "\u201ctea\u201d goes with 2.0 points more of NPS"


@pytest.mark.parametrize(("wide", "is_told"), [(30.0, True), (50.0, False)])
def test_a_foretold_score_is_told_only_where_its_interval_says_anything(page, monkeypatch, wide, is_told) -> None:
    groups = pd.DataFrame(
        {"group": ["asked", "note"], "n": [300, 80], "how": ["given", "foretold"], "value": [1.0, 10.0]}
    ).assign(low=10.0 - wide / 2, high=10.0 + wide / 2)
    found = _Foretold(groups)
    monkeypatch.setitem(page.__dict__, "foretold", found)
    text = text_of(beside.unasked(page))
    assert ("80 notes of our own people: foretold NPS 10" in text) == is_told
    assert ("cannot be foretold usefully: the interval is wider than 40 points" in text) != is_told
    assert "nobody gave them" in text and "300 " not in text


class _Foretold:
    measure, n_scored, correlation = "nps", 1200, 0.5
    remarks = ("These scores are foretold from what comments say; nobody gave them.",)

    def __init__(self, groups: pd.DataFrame) -> None:
        self.groups = groups


def steps_frame() -> pd.DataFrame:
    nan = float("nan")
    rows = [
        ("Before", 10.0, True, nan, nan, True),
        ("Waiting", -3.0, False, -5.0, -1.0, True),
        ("Rest", 0.5, False, nan, nan, False),
        ("Now", 7.5, True, nan, nan, True),
    ]
    return pd.DataFrame(rows, columns=["step", "value", "is_total", "low", "high", "seen"])


def test_steps_are_drawn_for_desk_and_phone_and_said_in_words() -> None:
    frame = steps_frame()
    words_ = steps_words(frame, "points")
    assert words_ == "Before 10; Waiting \u22123.0 (\u22125.0 to \u22121.0); Rest +0.5; Now 7.5"
    drawing = adding_up(frame, unit="points", title="Waiting goes with 3 points less", alt=words_)
    assert drawing.png() == adding_up(frame, unit="points", title="x", alt="y").png()
    assert len({drawing.png(dark=dark, narrow=narrow) for dark in (False, True) for narrow in (False, True)}) == 4


def test_colour_in_steps_says_told_and_better() -> None:
    told = steps_frame()
    untold = told.assign(seen=told["is_total"])
    turned = adding_up(told, unit="points", title="x", alt="y", better="down").png()
    plain = adding_up(told, unit="points", title="x", alt="y").png()
    assert len({plain, turned, adding_up(untold, unit="points", title="x", alt="y").png()}) == 3


def test_steps_need_their_columns() -> None:
    with pytest.raises(CxlabError, match="adding_up needs the columns seen"):
        adding_up(steps_frame().drop(columns="seen"), unit="points", title="x", alt="y")
