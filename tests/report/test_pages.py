"""What the two notebooks show: on ordinary tables, on half of the tables, on none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.report.figures import Drawing
from cxlab.report.html import Piece

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


def review(tables: dict[str, pd.DataFrame], by: str | tuple = "region", **options: object) -> cx.Review:
    card = cx.scorecard(tables, NOW, by=by, **options)
    return cx.Review(card, cx.trend(tables, "exec", NOW.trail(2)), tables, NOW)


@pytest.fixture(scope="module")
def page(tables: dict[str, pd.DataFrame]) -> cx.Review:
    return review(tables)


def shown(page: cx.Review) -> dict[str, object]:
    """Every piece of the page."""
    names = (
        "in_short", "tiles", "over_time", "by_group", "group_table", "waiting", "disagreements", "missing", "closing",
        "definitions",
    )  # fmt: skip
    return {name: getattr(page, name)() for name in names}


def test_a_page_says_what_moved_and_where(page: cx.Review) -> None:
    assert page.headline().startswith("Net Promoter Score improved by")
    assert "improved in North" in page.by_group().title and "South" not in page.by_group().title.split(";")[0]
    assert "North" in page.group_table().text
    kinds = [each["kind"] for each in page.findings()]
    assert kinds[0] == "win" and "loss" not in kinds
    win = page.findings()[0]
    own = page.company(page.card.now).set_index("kpi").loc["nps"]
    assert (win["value"], win["low"], win["high"]) == (own["value"], own["low"], own["high"])


def test_the_honest_median_stands_beside_the_naive_one(page: cx.Review, tables: dict[str, pd.DataFrame]) -> None:
    clock = cx.honest_clock(tables["tickets"], NOW).iloc[0]
    assert clock["closed_only"] < clock["value"]
    note = f"leaving out the {clock['open']} not resolved would say {cx.prose.value(clock['closed_only'], 'hours')}"
    assert note in page.tiles().text
    assert isinstance(page.waiting(), Drawing) and str(clock["open"]) in page.waiting().alt


def test_what_could_not_be_computed_is_told_with_the_reason(page: cx.Review) -> None:
    told = page.missing().text
    assert "Net revenue retention: there is no subscriptions table." in told
    assert "reopen_rate needs reopened" in told
    assert "nothing to count in 2026-Q3" in told  # csat and ces were never asked


@pytest.mark.parametrize("kept", [(), ("responses",), ("tickets",), ("customers",), ("responses", "tickets")])
def test_a_page_stands_on_whatever_tables_there_are(tables: dict[str, pd.DataFrame], kept: tuple[str, ...]) -> None:
    page = review({name: tables[name] for name in kept})
    assert all(isinstance(piece, Piece | Drawing) for piece in shown(page).values())
    assert page.headline()
    assert set(page.kpis()["kpi"]) <= set(cx.dictionary()["kpi"])


def test_a_page_without_groups_and_one_without_anything_in_the_period(tables: dict[str, pd.DataFrame]) -> None:
    assert "no grouping was asked for" in review(tables, by=()).by_group().text
    empty = {name: table.iloc[:0] for name, table in tables.items()}
    page = review(empty)
    assert page.headline() == "Nothing could be computed for 2026-Q3: the tables hold nothing for it."
    assert all(isinstance(piece, Piece | Drawing) for piece in shown(page).values())


def test_a_filter_that_no_table_knows_is_refused_with_the_nearest(tables: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(cx.CxlabError, match="Did you mean 'North'"):
        review(tables, where={"region": "Nort"})


def test_grouping_by_what_only_one_table_knows_keeps_the_others_company_wide(tables: dict[str, pd.DataFrame]) -> None:
    tickets = tables["tickets"].assign(priority="P1")
    page = review({**tables, "tickets": tickets}, by="priority")
    assert "Net Promoter Score is shown for the company only" in page.missing().text
    assert page.company(page.card.now).set_index("kpi")["value"].notna()["nps"]


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
