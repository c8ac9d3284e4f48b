"""What the two notebooks show: on ordinary tables, on half of the tables, on none."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.kpis.packs import PACKS
from cxlab.report.figures import Drawing
from cxlab.report.html import Piece
from cxlab.report.matrix import matrix
from cxlab.report.pages import behind, journey, unheard
from cxlab.report.pages.waits import waiting
from cxlab.report.wording import causal_words
from cxlab.tables.project import Project

pytestmark = pytest.mark.slow

NOW = cx.Period.of("2026-Q3")


def moments(values: object) -> pd.Series:
    return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Two quarters of a small company whose NPS rises in the North and whose last tickets are open."""
    rng = np.random.default_rng(7)
    accounts = [f"a{number:03}" for number in range(120)]
    customers = pd.DataFrame(
        {
            "customer_id": accounts,
            "region": np.where(np.arange(120) % 2, "North", "South"),
            "signed_on": moments(["2025-01-15"] * 120),
            "closed_on": moments([None] * 114 + ["2026-08-03"] * 6),
        }
    )
    answers = []
    for quarter, month in (("2026-Q2", "05"), ("2026-Q3", "08")):
        for number in range(800):
            account = accounts[number % 120]
            happy = 0.7 if quarter == "2026-Q3" and int(account[1:]) % 2 else 0.3
            score = rng.choice([9, 10]) if rng.uniform() < happy else rng.integers(0, 9)
            answers.append((f"{quarter}-{number}", account, f"2026-{month}-{1 + number % 28:02}", float(score)))
    responses = pd.DataFrame(answers, columns=["response_id", "customer_id", "answered_at", "score"])
    responses = responses.assign(
        survey="nps", answered_at=moments(responses["answered_at"]), sent_at=moments(responses["answered_at"])
    )
    opened = moments([f"2026-0{4 + number % 6}-{1 + number % 28:02}" for number in range(600)])
    hours = pd.Series(rng.exponential(30, 600))
    resolved = (opened + pd.to_timedelta(hours, unit="h")).where(np.arange(600) % 10 > 0).astype("datetime64[us]")
    tickets = pd.DataFrame(
        {
            "ticket_id": [f"t{number}" for number in range(600)],
            "customer_id": rng.choice(accounts, 600),
            "opened_at": opened,
            "resolved_at": resolved,
        }
    )
    return {"customers": customers, "responses": responses, "tickets": tickets}


def review(
    tables: dict[str, pd.DataFrame], by: str | tuple = "region", pack: str = "exec", **options: object
) -> cx.Review:
    card = cx.scorecard(tables, NOW, by=by, kpis=pack, **options)
    course = cx.trend(tables, pack, NOW.trail(2), known=card)
    return cx.Review(card, course, tables, NOW, pack=pack, where=options.get("where", {}))


@pytest.fixture(scope="module")
def page(tables: dict[str, pd.DataFrame]) -> cx.Review:
    return review(tables)


def shown(page: cx.Review) -> list[object]:
    """Every piece of the page."""
    single = ("in_short", "tiles", "over_time", "missing", "closing", "definitions")
    pieces = [getattr(page, name)() for name in single]
    return [*pieces, *page.compared(), *behind.pieces(page), *unheard.pieces(page)]


def sound(pieces: list[object]) -> None:
    """Pieces all of them, in words that a leader can read."""
    assert pieces and all(isinstance(piece, Piece | Drawing) for piece in pieces)
    for piece in pieces:
        said = re.sub(r"[^\w<>]", " ", repr(piece)).split()
        assert not {"nan", "None", "NaT", "<NA>", "inf"} & set(said), repr(piece)
        assert causal_words(repr(piece)) == [], repr(piece)


def test_a_page_says_what_moved_and_where(page: cx.Review) -> None:
    assert page.headline().startswith("Net Promoter Score improved by")
    figure, said, every = page.compared()
    assert isinstance(figure, Drawing) and figure.title.startswith("Net Promoter Score: North stands clearly above")
    assert "North and South" not in figure.title and "1 group" not in said.text
    assert "improved" in every.text.split("\n")[2].split("\t")[1]  # North
    kinds = [each["kind"] for each in page.findings()]
    assert kinds[0] == "win" and "loss" not in kinds and kinds[-2:] == ["action", "question"]
    win = page.findings()[0]
    own = page.company(page.card.now).set_index("kpi").loc["nps"]
    assert (win["value"], win["low"], win["high"]) == (own["value"], own["low"], own["high"])


def test_a_page_ends_with_three_findings_a_point_of_view_and_a_question(page: cx.Review) -> None:
    lines = page.closing().text.split("\n")
    assert len(lines) == 5
    assert lines[3].startswith("Our point of view. ") and lines[4].startswith("One question for the meeting. ")


def test_the_honest_median_stands_beside_the_naive_one(page: cx.Review, tables: dict[str, pd.DataFrame]) -> None:
    clock = cx.honest_clock(tables["tickets"], NOW).iloc[0]
    assert clock["closed_only"] < clock["value"]
    note = f"leaving out the {clock['open']} still open would say {cx.prose.value(clock['closed_only'], 'hours')}"
    assert note in page.tiles().text
    figure = waiting(page, "resolution_time")
    assert isinstance(figure, Drawing) and str(clock["open"]) in figure.alt


def test_what_could_not_be_computed_is_told_with_the_reason(page: cx.Review) -> None:
    told = page.missing().text
    assert "Net revenue retention: there is no subscriptions table." in told
    assert "Resolved at first contact: first_contact_resolution needs" in told
    assert "nothing to count in 2026-Q3" in told  # csat and ces were never asked


@pytest.mark.parametrize("kept", [(), ("responses",), ("tickets",), ("customers",), ("responses", "tickets")])
def test_a_page_stands_on_whatever_tables_there_are(tables: dict[str, pd.DataFrame], kept: tuple[str, ...]) -> None:
    page = review({name: tables[name] for name in kept})
    sound(shown(page))
    assert page.headline()
    assert set(page.kpis()["kpi"]) <= set(cx.dictionary()["kpi"])


def test_a_page_without_groups_and_one_without_anything_in_the_period(tables: dict[str, pd.DataFrame]) -> None:
    assert "no grouping was asked for" in review(tables, by=()).compared()[0].text
    empty = {name: table.iloc[:0] for name, table in tables.items()}
    page = review(empty)
    assert page.headline() == "Nothing could be computed for 2026-Q3: the tables hold nothing for it."
    sound(shown(page))


def test_a_filter_narrows_what_stands_behind_too(tables: dict[str, pd.DataFrame]) -> None:
    page = review(tables, where={"region": "North"})
    assert set(page.chosen["customers"]["region"]) == {"North"}
    assert len(page.chosen["tickets"]) < len(tables["tickets"])
    with pytest.raises(cx.CxlabError, match="Did you mean 'North'"):
        review(tables, where={"region": "Nort"})


def test_grouping_by_what_only_one_table_knows_keeps_the_others_company_wide(tables: dict[str, pd.DataFrame]) -> None:
    tickets = tables["tickets"].assign(priority="P1")
    page = review({**tables, "tickets": tickets}, by="priority")
    assert "Net Promoter Score is shown for the company only" in page.missing().text
    assert page.company(page.card.now).set_index("kpi")["value"].notna()["nps"]


# --- every pack, on everything, on one table, on nothing -----------------------------------------------------------
@pytest.fixture(scope="module")
def company() -> dict[str, pd.DataFrame]:
    """The small company of the KPIs' tests, with goals and ratings."""
    place = Path(__file__).parents[1] / "kpis" / "conftest.py"
    spec = importlib.util.spec_from_file_location("small_company", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    goals = pd.DataFrame(
        {
            "kpi": ["nps", "resolution_time", "rsponse_rate"],
            "value": [30.0, 20.0, 35.0],
            "period": ["2026", None, "2026"],
        }
    ).assign(owner=["CX", None, "CX"], baseline=[20.0, None, 0.3])
    raters = pd.DataFrame({"group": ["managers", "front line"] * 10, "rater": [f"r{n}" for n in range(20)]})
    ratings = raters.merge(pd.Series(["listen", "act", "measure"], name="element"), "cross").merge(
        pd.Series(moments(["2026-02-01", "2026-08-01"]), name="assessed_on"), "cross"
    )
    ratings["level"] = np.where(ratings["group"] == "managers", 4.0, 2.0)
    return {**module.company(), "targets": goals, "maturity": ratings}


@pytest.mark.parametrize("pack", PACKS)
def test_every_pack_stands_on_everything_and_on_nothing(company: dict[str, pd.DataFrame], pack: str) -> None:
    by = PACKS[pack].by or "region"
    for tables in (company, {}, {name: table.iloc[:0] for name, table in company.items()}):
        page = review(tables, by=by, pack=pack)
        sound(shown(page))
        assert page.headline() and len([each for each in page.findings() if each["kind"] == "question"]) == 1


@pytest.mark.parametrize("kept", ["responses", "tickets", "customers", "milestones", "targets", "maturity", "usage"])
def test_every_pack_stands_on_a_single_table(company: dict[str, pd.DataFrame], kept: str) -> None:
    for pack in PACKS:
        sound(shown(review({kept: company[kept]}, pack=pack)))


def test_maturity_tells_its_level_and_who_sees_it_otherwise(company: dict[str, pd.DataFrame]) -> None:
    page = review(company, pack="maturity")
    assert page.headline().startswith("The programme stands on level 2 of 5")
    assert "Front line rate the programme lower than managers, by 2.0 levels." in page.closing().text
    assert page.about == "Maturity of the programme" and "further down" in page.tiles().text


def test_goals_are_held_against_chance_and_faults_are_named(company: dict[str, pd.DataFrame]) -> None:
    told = "\n".join(
        piece.text for piece in behind.pieces(review(company, pack="programme")) if isinstance(piece, Piece)
    )
    assert "rsponse_rate" in told and "response_rate" in told  # an unknown KPI, with the nearest there is
    assert "chance that it is met" in told and "How often each measure is worth reporting" in told


@pytest.mark.parametrize("names", [(), ("first call", "training done", "last goodbye")])
def test_a_journey_stands_on_everything_and_on_nothing(
    company: dict[str, pd.DataFrame], names: tuple[str, ...], tmp_path: Path
) -> None:
    project = Project(tmp_path, journey={"moments": list(names)} if names else {})
    heard = company["responses"].assign(moment="training done")
    for tables in ({**company, "responses": heard}, {}, {"tickets": company["tickets"]}, {"responses": heard}):
        card = cx.scorecard(tables, NOW, "region", kpis=cx.journey_measures)
        course = cx.trend(tables, cx.journey_measures, NOW.trail(2), known=card)
        page = cx.Journey(card, course, tables, NOW, project=project)
        pieces: list[object] = [page.in_short(), page.tiles(), page.channels(), page.closing(), page.missing()]
        for name in ("moments_in_order", "steps", "first_value", "red_flags"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(journey, "show", lambda *shown: pieces.extend(shown))  # noqa: B023
                getattr(page, name)()
        sound(pieces)
        assert page.headline()
    if names:
        blind = cx.moments_covered({"responses": heard}, NOW, names).set_index("moment")["status"]
        assert blind["first call"] == blind["last goodbye"] == "blind"


def test_a_grid_of_measures_escapes_names_and_keeps_small_groups(payload: str, assert_inert: Callable) -> None:
    now = pd.DataFrame(
        {"kpi": "nps", "period": "2026-Q3", "team": [payload, "Small"], "value": [30.0, np.nan], "low": [20.0, np.nan]}
        | {"high": [40.0, np.nan], "n": [90, 3], "n_eff": [90.0, 3.0]}
    )
    piece = matrix(now, now.iloc[:0], by="team", dictionary=cx.dictionary(), caption=payload)
    assert_inert(piece.html, {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "br", "span"})
    assert "n 3, too few to say" in piece.html


MANIFEST = {
    "as_of": "2026-10-04T08:00:00",
    "sources": [
        {
            "file": name,
            "blocks": [
                {
                    "table": "responses", "rows_in": 10, "rows_kept": 9, "rows_set_aside": 1, "why": {"duplicate": 1},
                    "masked": {"email": 2}, "columns_left_out": ["IPAddress"], "warnings": [],
                }
            ],
        }
        for name in ("a.csv", "b.csv")
    ],
    "not_mapped": ["c.csv"],
}  # fmt: skip


def checkup(tables: dict[str, pd.DataFrame]) -> cx.Checkup:
    return cx.Checkup(tables, MANIFEST, NOW)


def test_a_checkup_counts_what_came_in_and_tells_what_was_left_out(tables: dict[str, pd.DataFrame]) -> None:
    page = checkup(tables)
    assert page.headline() == (
        "20 rows were read, 18 kept and 2 set aside with a reason. No check found anything that cannot be."
    )
    assert "2026-Q3 is complete" in page.in_short().text
    assert "a.csv and 1 more like it: left out as personal: IPAddress" in page.remarks().text
    assert "c.csv: not mapped" in page.remarks().text and "4 × email" in page.masked().text
    assert page.findings() == [] and "Nothing needs to be asked" in page.to_do().text


def test_a_checkup_finds_what_cannot_be(tables: dict[str, pd.DataFrame]) -> None:
    tickets = tables["tickets"].copy()
    tickets.loc[3, "resolved_at"] = tickets.loc[3, "opened_at"] - pd.Timedelta(days=1)
    responses = tables["responses"].copy()
    responses.loc[0, "score"] = 11.0
    customers = tables["customers"].assign(churned=pd.array([True] * 10 + [False] * 110, dtype="boolean"))
    page = checkup({"customers": customers, "responses": responses, "tickets": tickets})
    told = page.to_do().text
    assert "1 of 540 tickets resolved before they were opened." in told
    assert "1 of 1,600 responses have a score outside the scale of nps." in told
    assert "flag says that 10 accounts have left" in told and "closing date says 6" in told
    assert [each["kind"] for each in page.findings()] == ["risk", "risk", "question"]


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2026-08-01", "is not over in them"),
        ("2026-01-01", "nothing is known of 2026-Q3 yet"),
        (None, "hold no dates"),
    ],
)
def test_a_checkup_says_how_far_the_data_reach(tables: dict[str, pd.DataFrame], as_of: str | None, told: str) -> None:
    page = cx.Checkup(tables, {**MANIFEST, "as_of": as_of}, NOW)
    assert told in page.in_short().text


def test_a_checkup_of_nothing_stands_too() -> None:
    page = cx.Checkup({}, {"as_of": None, "sources": [], "not_mapped": []}, NOW)
    for piece in ("in_short", "files", "reasons", "masked", "coverage", "freshness", "impossible", "contradictions",
                  "direction", "remarks", "to_do", "exports"):  # fmt: skip
        assert getattr(page, piece)() is not None
