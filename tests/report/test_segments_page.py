"""The page about segments: on a company with planted groups, on one table without dates, on next to nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import CxlabError
from cxlab.report import figures
from cxlab.report.pages.segments import pictures, tabled, words
from cxlab.report.wording import causal_words

NOW = cx.Period.of("2026-Q3")


def moments(values: object) -> pd.Series:
    return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Small and large customers, who differ in seats, use and cases. A few of the large stop using in the quarter; the
    more cases a large one has, the less happy it is, and nothing of the kind is true of the small."""
    rng = np.random.default_rng(5)
    n = 260
    large = np.arange(n) % 5 < 2
    ids = [f"a{number:03}" for number in range(n)]
    falls = large & (np.arange(n) % 20 == 0)
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "segment": np.where(large, "Enterprise", "Small"),
            "region": np.where(np.arange(n) % 2, "North", "South"),
            "team": rng.choice(["A", "B"], n),
            "seats": np.where(large, rng.normal(400, 40, n), rng.normal(40, 8, n)).round(),
            "signed_on": moments("2024-01-01").iloc[0] + pd.to_timedelta(rng.integers(0, 300, n), "D"),
            "closed_on": moments([None] * (n - 6) + ["2026-08-03"] * 6),
        }
    )
    usage, tickets, answers, orders = [], [], [], []
    for at, account in enumerate(ids):
        for month in pd.date_range("2025-07-01", "2026-09-01", freq="MS"):
            level = (12 if falls[at] and month >= pd.Timestamp("2026-07-01") else 300) if large[at] else 12
            usage.append((account, month, "sign-ins", max(rng.normal(level, level / 8), 0)))
        cases = rng.poisson(9 if large[at] else 2)
        for number, day in enumerate(rng.integers(0, 450, cases)):
            opened = pd.Timestamp("2025-07-01") + pd.Timedelta(days=int(day), hours=int(rng.integers(24)))
            tickets.append(
                (f"t{at}-{number}", account, opened, opened + pd.Timedelta(hours=float(rng.exponential(30))))
            )
        for number in range(4):
            pain = 0.7 * cases if large[at] else 0.0
            score = float(np.clip(np.round(9 - pain + rng.normal()), 0, 10))
            answers.append(
                (f"r{at}-{number}", account, pd.Timestamp("2026-07-10") + pd.Timedelta(days=20 * number), score)
            )
        if at % 3:
            orders.append((account, pd.Timestamp("2026-01-01") + pd.Timedelta(days=at % 200), 10.0 + at))
    responses = pd.DataFrame(answers, columns=["response_id", "customer_id", "answered_at", "score"])
    return {
        "customers": customers,
        "usage": pd.DataFrame(usage, columns=["customer_id", "used_on", "feature", "value"]),
        "tickets": pd.DataFrame(tickets, columns=["ticket_id", "customer_id", "opened_at", "resolved_at"]),
        "responses": responses.assign(survey="nps", sent_at=responses["answered_at"]),
        "orders": pd.DataFrame(orders, columns=["customer_id", "ordered_at", "amount"]),
    }


@pytest.fixture(scope="module")
def page(tables: dict[str, pd.DataFrame]) -> cx.Grouping:
    return cx.Grouping(tables, NOW)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a page shows, in order."""
    pieces: list[object] = []
    monkeypatch.setattr("IPython.display.display", pieces.append)
    return pieces


def text_of(pieces: list[object]) -> str:
    return "\n".join(repr(piece) for piece in pieces)


@pytest.mark.slow
class TestPlanted:
    def test_the_headline_says_whether_there_are_segments(self, page: cx.Grouping) -> None:
        assert page.groups.grade == "natural" and page.groups.k == 2
        assert "fall into 2 segments with a gap between them" in page.headline()
        assert page.in_short().text == page.headline()

    def test_own_segments_and_teams_take_no_part_and_are_compared(self, page: cx.Grouping, shown: list[object]) -> None:
        assert not {"segment", "team"} & set(page.groups.features)
        page.other_names()
        text = text_of(shown)
        assert "Our own segments and the found ones say the same" in text
        assert "Enterprise" in text
        assert "Customers by what they bought" in text and "of the revenue" in text  # there are orders
        assert "cannot be told" not in text

    def test_the_picture_shows_the_gap(self, page: cx.Grouping, shown: list[object]) -> None:
        page.real()
        drawings = [piece for piece in shown if isinstance(piece, figures.Drawing)]
        assert len(drawings) == 1 and drawings[0].title.startswith("There is a gap between the two segments")
        assert "Grade of this grouping: natural" in text_of(shown)

    def test_who_they_are_and_the_rule(self, page: cx.Grouping, shown: list[object]) -> None:
        page.who()
        text = text_of(shown)
        assert "What sets the segments apart most" in text and "A rule to tell the segments" in text
        assert all(name in text for name in page.groups.names)

    def test_every_measure_with_interval_and_verdict(self, page: cx.Grouping, shown: list[object]) -> None:
        rows = page.measures
        assert {"nps", "resolution_time", "contact_rate", "retention_rate"} <= set(rows["kpi"])
        found = rows[rows["found_segment"] != "all"]
        assert found.loc[found["kpi"] == "nps", "verdict"].isin(["moved up", "moved down"]).all()
        assert found.loc[found["kpi"] == "retention_rate", "value"].between(0.9, 1).all()
        assert found.groupby("kpi")["q"].nunique(dropna=False).max() == 1  # the same comparison from both sides
        page.measured()
        assert "Net Promoter Score" in text_of(shown) and "worse" in text_of(shown)
        kpis = page.kpis()
        assert list(kpis) == ["kpi", "period", "found_segment", "value", "low", "high", "n", "n_eff"]

    def test_who_moved_and_what_moved(self, page: cx.Grouping, shown: list[object]) -> None:
        page.movement()
        text = text_of(shown)
        rows = page.moved
        assert rows.loc[rows["to"] == "no longer there", "customers"].sum() == 6
        assert page.drawn_at == cx.Period.of("2026").start and page.groups.kept_from_before
        assert "Where customers of each segment went" in text and "borders" in text

    def test_the_driver_that_matters_in_one_segment_only(self, page: cx.Grouping, shown: list[object]) -> None:
        unit, rows = page.outcomes[words.SCORE]
        assert unit == "points"
        differs = set(rows.loc[rows["differs"], "driver"])
        assert (
            differs & {"tickets", "case_days", "days_since_ticket", "tickets_change", "use"}
            and "newsletter" not in differs
        )
        page.drivers()
        assert any(isinstance(piece, figures.Drawing) for piece in shown)
        assert "differently by segment" in text_of(shown)

    def test_findings_are_computed_and_claim_no_cause(self, page: cx.Grouping) -> None:
        found = page.findings()
        assert [each["kind"] for each in found[-2:]] == ["action", "question"]
        assert any(each["kpi"] == "nps" for each in found)
        for each in [*found, {"sentence": page.headline()}]:
            assert causal_words(str(each["sentence"])) == []
            assert not str(each["sentence"]).endswith(("%", "against"))
        assert all(causal_words(sentence) == [] for sentence in page.counted())
        assert "1 January 2026" in page.how().text

    def test_pictures_in_all_variants(self, page: cx.Grouping) -> None:
        for drawing in (pictures.in_between(page), pictures.profile(page), pictures.matters(page)):
            for narrow in (False, True):
                assert drawing.png(narrow=narrow, dark=True)[:4] == b"\x89PNG"

    def test_a_region_alone(self, tables: dict[str, pd.DataFrame]) -> None:
        page = cx.Grouping(tables, NOW, where={"region": "North"})
        assert len(page.now.frame) == (tables["customers"]["region"] == "North").sum() - 3
        nobody = cx.Grouping(tables, NOW, where={"region": "Nowhere"}).headline()
        assert nobody.startswith("This cannot be told") and "Nowhere" in nobody


@pytest.fixture(scope="module")
def undated() -> cx.Grouping:
    """One table, no dates: noise and a flag of who has left."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.normal(size=(240, 4)), columns=["age", "load", "reach", "pace"])
    frame = frame.assign(customer_id=[f"c{n}" for n in range(240)], churned=rng.random(240) < 0.3)
    return cx.Grouping({"customers": frame}, NOW)


@pytest.mark.slow
class TestLittle:
    def test_no_segments_is_an_answer(self, undated: cx.Grouping, shown: list[object]) -> None:
        assert undated.headline().startswith("There are no real segments here")
        undated.real()
        assert "never as kinds of people" in text_of(shown)
        assert "There is no gap" in text_of(shown) or "not a gap" in text_of(shown)
        assert "Do not build plans" in undated.view()

    def test_what_cannot_be_told_is_said(self, undated: cx.Grouping, shown: list[object]) -> None:
        for part in (undated.other_names, undated.measured, undated.movement, undated.drivers, undated.who):
            part()
        text = text_of(shown)
        assert "nothing in the tables bears a date" in text
        assert "need a table of orders" in text
        assert "no segment of the company's own" in text
        assert undated.kpis() is None or len(undated.kpis())
        assert words.LEFT in undated.outcomes
        assert [each["kind"] for each in undated.findings()[-2:]] == ["action", "question"]

    def test_too_few_customers(self) -> None:
        frame = pd.DataFrame({"customer_id": [f"c{n}" for n in range(20)], "x": range(20), "y": range(20)})
        page = cx.Grouping({"customers": frame}, NOW)
        assert "fewer than 50" in page.headline() and "fewer than 50" in page.counted()[0]
        assert page.found() == []


# -------------------------------------------------------------------------------------------------- the two forms


def test_the_gap_is_drawn_with_the_first_on_the_left_and_needs_words() -> None:
    frame = pd.DataFrame({"place": [0.0, 1, 2, 3], "first": [0, 0, 1, 0.1], "second": [0.1, 1, 0, 0]})
    frame["density"] = frame["first"] + frame["second"]
    drawing = figures.gap(frame, first="A: one", second="B: other", title="There is a gap", alt="Two hills")
    assert drawing.png(narrow=True) != drawing.png()
    mirrored = figures.gap(
        frame.assign(place=-frame["place"]).iloc[::-1], first="A: one", second="B: other", title="t", alt="a"
    )
    assert mirrored.png() == drawing.png()
    with pytest.raises(CxlabError, match="no density"):
        figures.gap(frame * 0, first="a", second="b", title="t", alt="a")
    with pytest.raises(CxlabError, match="needs the columns"):
        figures.gap(frame[["place"]], first="a", second="b", title="t", alt="a")


def test_contrasts_refuses_a_cell_twice_and_draws_both_widths() -> None:
    frame = pd.DataFrame(
        {
            "row": ["Use", "Use", "Share of late steps that are told with a long name", "Cases"],
            "column": ["A", "B", "A", "B"],
            "text": ["12", "300", "40 %", "–"],
            "effect": [-1.0, 2.0, 0.1, np.nan],
        }
    )
    drawing = figures.contrasts(frame, rows="row", columns="column", title="t", alt="a", heads={"A": "40 %"})
    assert drawing.height(True) > drawing.height(False)
    assert drawing.png() != drawing.png(dark=True)
    with pytest.raises(CxlabError, match="twice"):
        figures.contrasts(pd.concat([frame, frame]), rows="row", columns="column", title="t", alt="a")


def test_letters_name_segments_in_order() -> None:
    class Two:
        names = ("high use", "low use")

    assert words.called(Two, "low use") == "B: low use" and words.called(Two, "new customers") == "new customers"


def test_purchases_need_orders() -> None:
    page = cx.Grouping({"customers": pd.DataFrame({"customer_id": ["a"]})}, NOW)
    with pytest.raises(CxlabError, match="need a table of orders"):
        tabled.by_purchases(page)
