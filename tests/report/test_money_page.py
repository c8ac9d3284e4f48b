"""The page of score and money: what it claims, what it refuses, and that words follow the grade."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.demo import build, truths
from cxlab.loaders.loading import load_project
from cxlab.models.linkage.links import link
from cxlab.report.figures import Drawing
from cxlab.report.html import Piece
from cxlab.report.pages.money import pictures, signals, words, worth
from cxlab.report.wording import causal_words
from cxlab.tables.project import Project
from tests.models.linked_accounts import panel

Q3 = cx.Period.of("2026-Q3")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch):
    """What a section of the page displays, as a list."""

    def take(section) -> list[object]:
        found: list[object] = []
        monkeypatch.setattr("cxlab.report.pages.modelled.show", lambda *pieces: found.extend(pieces))
        section()
        return found

    return take


def text_of(pieces: list[object]) -> str:
    return "\n".join(repr(piece) for piece in pieces)


# ------------------------------------------------------------------------------------------ words follow the grade


def test_a_link_that_stands_is_told_with_interval_grade_and_what_would_erase_it() -> None:
    links = link(panel(2, on_growth=0.002))
    told = words.headline(links)
    assert "grew by 0.19 points more (+0.16 to +0.22)" in told or re.search(r"grew by 0\.\d+ points more \(\+", told)
    assert "grade C, adjusted association" in told
    assert causal_words(told) == []
    erased = words.erased(links)
    assert re.search(r"explains \d+\.\d\u202f% of what is left of both would erase the link", erased)
    assert "\u201cuse\u201d, the strongest that we do see, would leave +0." in erased
    assert words.shown(links)["outcome"] == "growth"
    naive = words.naive_and_honest(links)
    assert "promoters against detractors" in naive
    assert naive.count("points (") == 2


def test_a_link_that_does_not_stand_claims_nothing() -> None:
    links = link(panel(1))
    told = words.headline(links)
    assert told.startswith("What a point of NPS is worth cannot be told: none of 3 links")
    assert "grade D, correlation" in told
    assert words.shown(links)["outcome"] == "left"


def test_one_that_can_be_told_but_fails_a_check_says_so() -> None:
    links = link(panel(1, size_on_score=0.7, size_on_money=0.02, is_size_seen=False))
    told = words.headline(links)
    assert re.search(r"[123] of 3 links .* can be told from chance .*, but none passes every check", told)
    assert set(links.table["grade"]) == {"D"}


def test_trial_size_is_that_of_the_textbook() -> None:
    # Two proportions, 5 % against 4 %, 80 % power, two-sided 5 %: 1.96 and 0.84 (Fleiss 1981, without correction).
    expected = (1.959964 + 0.841621) ** 2 * (0.05 * 0.95 + 0.04 * 0.96) / 0.01**2
    assert words.trial_size(0.05) == int(np.ceil(expected))


def test_pictures_and_tables_of_made_links() -> None:
    links = link(panel(2, on_growth=0.002))
    picture = pictures.link_picture(links)
    assert isinstance(picture, Drawing)
    assert "No score goes with leaving beyond chance" in picture.title or "leaving" in picture.title
    assert "Placebo" in picture.note
    checks = pictures.checks_table(links).text
    assert checks.splitlines()[2].startswith("NPS and growth of who stays")
    assert "(use)" in checks
    assert "not tested" not in checks
    arrows = pictures.arrows(links).text
    assert re.search(r"growth: who stays pays more +evidence", arrows)
    assert "no table says which new customer came" in arrows
    assert "promoters" in pictures.classes_table(links).text
    assert isinstance(signals.signals_picture(links), Drawing)


def test_money_is_told_with_three_digits() -> None:
    assert worth.money(134_047_239.2) == "134,000,000"
    assert worth.money(20_158) == "20,200"
    assert worth.money(999.4) == "999"


def test_groups_that_cannot_be_told_apart_are_not_set_against_each_other() -> None:
    rows = pd.DataFrame(
        {
            "plan": ["A", "B"],
            "per_thousand": [2.0, 1.0],
            "contacts": [2.0, 1.0],
            "contacts_low": [1.5, 0.8],
            "contacts_high": [2.5, 1.2],
        }
    )
    assert worth.serve_sentence(rows, "plan") == "A takes 2.00 contacts for each 1,000 of revenue, B 1.00."
    assert worth.serve_sentence(rows.assign(contacts_low=[1.1, 0.8]), "plan") == ""


# --------------------------------------------------------------------------------------------------- poor tables


def test_one_table_without_dates_says_what_it_cannot_do(shared_data, shown) -> None:
    raw = pd.read_csv(shared_data / "telco-churn" / "Telco-Customer-Churn.csv")
    customers = raw.rename(columns={"customerID": "customer_id", "Churn": "churned"})
    customers["churned"] = customers["churned"].eq("Yes")
    page = cx.Money({"customers": customers}, Q3, by="Contract")
    assert "does not say when accounts signed or left" in page.headline()
    assert "signed_on and closed_on" in text_of(shown(page.follows))
    assert len(shown(page.before_money)) == 1
    worth_of = text_of(shown(page.lifetime))
    assert "there is no recurring revenue, no order" in worth_of
    assert "MonthlyCharges" in worth_of
    assert "456,116.6" in worth_of  # arithmetic on the file: all, and those flagged as gone
    assert "139,130.9" in worth_of
    assert "30.5" in worth_of
    assert "PaymentMethod" not in worth_of
    assert "tickets" in text_of(shown(page.serving))
    kinds = [found["kind"] for found in page.findings()]
    assert kinds == ["action", "question"]
    assert "before anybody puts a price on a score" in page.view()
    assert any("were not linked" in sentence for sentence in page.counted())


# ------------------------------------------------------------------------------------------- the sample company


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> cx.Money:
    root = tmp_path_factory.mktemp("northgate-money")
    build(root)
    project = Project.find(root)
    load_project(project)
    tables = {path.stem: pd.read_parquet(path) for path in (root / "data" / "processed").glob("*.parquet")}
    return cx.Money(tables, Q3, as_of="2026-10-04", options=project.standards["scores"], cost_per_contact=12.0)


@pytest.mark.slow
def test_scores_of_the_sample_company_are_worth_nothing_beyond_what_they_share_with_use_and_tickets(sample) -> None:
    """Truths: open tickets, low use and late onboarding move both the score and leaving (DRIVER_NPS_EFFECT,
    CHURN_DRIVERS); a score has no effect of its own. So no link may stand, and the page must say so."""
    assert set(truths.DRIVER_NPS_EFFECT) < set(truths.CHURN_DRIVERS)
    table = sample.links.table
    assert set(table["grade"]) == {"D"}
    nps = table[(table["measure"] == "nps") & (table["outcome"] == "left")].iloc[0]
    assert nps["low"] < 0 < nps["high"]
    assert nps["n"] > 4_000
    assert sample.headline().startswith("What a point of NPS is worth cannot be told: none of 18 links")
    assert "no price on a point" in sample.view()
    # The span of the truth: a promoter's account against a detractor's is within three points of leaving of none.
    assert abs(nps["span"]) < 0.03


@pytest.mark.slow
def test_planted_drivers_come_before_leaving_with_evidence(sample) -> None:
    table = sample.signals.table.set_index(["measure", "outcome"])
    for name in ("open_tickets", "first_value_late"):
        row = table.loc[(name, "left")]
        assert row["grade"] == "C"
        assert row["low"] > 0
    # Signing in less goes with leaving too; nobody whose answers say it is needed.
    assert table.loc[("main_use_per_seat", "left"), "high"] < 0
    asked = [name for name, measure in sample.signals.panel.measures.items() if measure.asked]
    assert set(table.loc[asked]["grade"]) == {"D"}


@pytest.mark.slow
def test_asking_the_sample_company_adds_nothing_to_who_leaves(sample) -> None:
    row = sample.asking.table.set_index("outcome").loc["left"]
    assert row["base"] > 0.6
    assert row["verdict"] != "adds"
    assert sample.asking.curve["share_asked"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.slow
def test_the_whole_page_of_the_sample_company(sample, shown) -> None:
    pieces = {name: shown(getattr(sample, name)) for name in ("follows", "before_money", "lifetime", "serving")}
    for found in pieces.values():
        assert all(isinstance(piece, Drawing | Piece) for piece in found)
        assert "cannot be told:" not in text_of([piece for piece in found if isinstance(piece, Piece)])
    said = text_of([piece for found in pieces.values() for piece in found])
    assert causal_words(said) == []
    assert "The hold-out" in said
    assert "a plain rule says" in said
    assert "cost an account" in said
    assert "Three arrows" in said
    for drawing in (piece for found in pieces.values() for piece in found if isinstance(piece, Drawing)):
        assert drawing.png() != drawing.png(dark=True)
    findings = sample.findings()
    assert [found["kind"] for found in findings][-2:] == ["action", "question"]
    assert all(causal_words(str(found["sentence"])) == [] for found in findings)
    assert any("assumption" in sentence for sentence in sample.counted())
