"""Who leaves: an invented company with planted drivers, parts of its tables, thin ones, and IBM's Telco file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import cxlab as cx
from cxlab import cli
from cxlab.models.calling import saved_by_calls
from cxlab.report.figures import Drawing
from cxlab.report.html import Piece
from cxlab.report.notebook import read_outputs
from cxlab.report.pages.leaving import Leaving, calls, drivers, foretelling, money, staying
from cxlab.report.wording import causal_words

pytestmark = pytest.mark.slow

NOW = cx.Period.of("2026-Q3")
QUARTERS = NOW.trail(6)
SECTIONS = ("in_short", "foretelling", "drivers", "stays", "money", "calls", "closing", "how")
NAMES = ["Erika Mustermann", "Max Power", "Jane Roe"]


def days(values: object) -> pd.Series:
    return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """1,500 accounts over six quarters: open cases and plan Starter go with leaving, newsletter and region do not."""
    rng = np.random.default_rng(11)
    n = 1_500
    ids = np.array([f"c{number:04}" for number in range(n)])
    signed = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1_000, n), unit="D")
    starter, closed, tickets = rng.random(n) < 0.3, np.full(n, np.datetime64("NaT", "us")), []
    for quarter in QUARTERS:
        start, end = pd.Timestamp(quarter.start), pd.Timestamp(quarter.end)
        there = (signed < start) & np.isnat(closed)
        case = there & (rng.random(n) < 0.25)
        for customer in ids[case]:
            tickets.append((customer, start - pd.Timedelta(days=20), start + pd.Timedelta(days=15)))
        leaves = there & (rng.random(n) < expit(-4.2 + 1.6 * case + 1.0 * starter))
        closed[leaves] = (start + pd.to_timedelta(rng.integers(1, 88, n), unit="D")).to_numpy("datetime64[us]")[leaves]
        assert (end > start) and leaves.sum() > 5
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "name": rng.choice(NAMES, n),
            "signed_on": days(signed),
            "closed_on": days(closed),
            "plan": np.where(starter, "Starter", "Team"),
            "region": rng.choice(["North", "South"], n),
            "newsletter": rng.choice(["yes", "no"], n),
        }
    )
    # Cases open on the day after the last quarter, for whom a chance is to be named.
    last = pd.Timestamp(NOW.end)
    for customer in ids[np.isnat(closed) & (rng.random(n) < 0.25)]:
        tickets.append((customer, last - pd.Timedelta(days=20), pd.NaT))
    # Cases that were soon solved, on any day until the end, say nothing.
    for _ in range(3_000):
        opened = pd.Timestamp("2025-01-01") + pd.Timedelta(hours=float(rng.uniform(0, 638 * 24)))
        tickets.append((ids[rng.integers(n)], opened, opened + pd.Timedelta(hours=5)))
    frame = pd.DataFrame(tickets, columns=["customer_id", "opened_at", "resolved_at"])
    frame = frame.assign(
        ticket_id=[f"t{number}" for number in range(len(frame))],
        opened_at=days(frame["opened_at"]),
        resolved_at=days(frame["resolved_at"]),
    )
    mrr = rng.lognormal(6, 1, n).round()
    months = pd.date_range("2025-01-01", "2026-09-01", freq="MS")
    paid = pd.DataFrame(
        {"customer_id": np.tile(ids, len(months)), "month": np.repeat(months, n), "mrr": np.tile(mrr, len(months))}
    )
    gone = paid["month"].to_numpy() >= np.tile(closed, len(months))
    return {"customers": customers, "tickets": frame, "subscriptions": paid[~gone].reset_index(drop=True)}


@pytest.fixture(scope="module")
def page(tables: dict[str, pd.DataFrame]) -> Leaving:
    return Leaving(tables, NOW, over=6)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[object]]:
    """Gives what a page shows in some of its sections."""
    pieces: list[object] = []
    monkeypatch.setattr("cxlab.report.pages.modelled.show", lambda *parts: pieces.extend(parts))

    def show(page: Leaving, *sections: str) -> list[object]:
        pieces.clear()
        for name in sections or SECTIONS:
            made = getattr(page, name)()
            pieces.extend([made] if made is not None else [])
        return list(pieces)

    return show


def sound(pieces: list[object]) -> str:
    """Pieces all of them, in words that a leader can read; the words."""
    assert pieces and all(isinstance(piece, Piece | Drawing) for piece in pieces)
    for piece in pieces:
        said = re.sub(r"[^\w<>]", " ", repr(piece)).split()
        assert not {"nan", "None", "NaT", "<NA>", "inf"} & set(said), repr(piece)
        assert causal_words(repr(piece)) == [], repr(piece)
    return "\n".join(map(repr, pieces))


def test_headline_has_rate_drivers_and_revenue(page: Leaving, tables: dict[str, pd.DataFrame]) -> None:
    rate = cx.churn_rate(tables["customers"], NOW).iloc[0]
    said = page.headline()
    assert said.startswith(cx.prose.value(rate["value"], "share", rate["low"], rate["high"]))
    assert "left in 2026-Q3" in said and "open cases" in said and "the plan" in said and "go with leaving" in said
    assert f"revenue of {money.amount(page.risk.row('month'))} a month is at risk next quarter" in said
    assert page.kpis()["value"].iloc[0] == rate["value"]


def test_planted_drivers_are_told_and_others_are_not(page: Leaving) -> None:
    told = drivers.told(page.model)
    members = {name for group in told["members"] for name in group}
    assert {"open_tickets", "oldest_open"} & members and "plan" in set(told["driver"])
    assert not {"newsletter", "region"} & members
    plan = told.set_index("driver").loc["plan"]
    assert plan["step"] == "Team to Starter" and plan["low"] > 0


def test_everything_shown_is_sound(page: Leaving, shown: Callable[..., list[object]]) -> None:
    said = sound(shown(page))
    assert "What goes with" not in said or "goes with leaving" in said
    assert not any(name in said for name in NAMES)  # accounts by their id, never a person's name
    assert sum(isinstance(piece, Drawing) for piece in shown(page)) >= 4


def test_chances_are_named_and_the_truth_of_the_money_lies_inside(
    page: Leaving, tables: dict[str, pd.DataFrame]
) -> None:
    here = tables["customers"][tables["customers"]["closed_on"].isna()].set_index("customer_id")
    assert set(page.chance.index) == set(here.index)
    case = here.index.isin(tables["tickets"].loc[tables["tickets"]["resolved_at"].isna(), "customer_id"])
    truth = pd.Series(expit(-4.2 + 1.6 * case + 1.0 * (here["plan"] == "Starter")), index=here.index)
    assert np.corrcoef(page.chance, truth.reindex(page.chance.index))[0, 1] > 0.8
    paid = tables["subscriptions"]
    mrr = paid[paid["month"] == pd.Timestamp("2026-09-01")].set_index("customer_id")["mrr"]
    assert np.array_equal(page.revenue, mrr.reindex(page.chance.index))
    month = page.risk.row("month")
    assert month["low"] < float((truth * mrr.reindex(truth.index)).sum()) < month["high"]
    by = page.at_risk_by()
    assert set(by["plan"]) == {"Starter", "Team"} and by["customers"].sum() == len(page.chance)
    assert by["at_risk"].sum() == pytest.approx(float((page.chance * page.revenue).sum()))


def test_list_is_in_order_of_value_and_says_why(page: Leaving, shown: Callable[..., list[object]]) -> None:
    top = page.call_list.top(10)
    assert (top["saved"].diff().dropna() <= 0).all()
    assert np.allclose(top["at_stake"], page.chance.loc[top.index] * page.revenue.loc[top.index] * 12)
    assert np.allclose(top["saved"], 0.2 * top["at_stake"]) and top["why"].str.len().gt(0).sum() >= 5
    said = sound(shown(page, "calls"))
    assert "The riskiest are not always the best to call" in said and "is assumed, not known" in said
    assert all(customer in said for customer in top.index)
    reasons = drivers.reasons(page.model, page.today, page.snaps.units)
    starter = page.today.index[page.today["plan"] == "Starter"]
    team = page.today.index[page.today["plan"] == "Team"]
    assert all("plan: Starter" in reasons[customer] for customer in starter)
    assert not any("plan" in text for customer in team for text in reasons[customer])


def test_past_calls_replace_the_assumption(page: Leaving) -> None:
    called, left = np.repeat([True, False], 200), np.r_[np.arange(200) < 10, np.arange(200) < 40]
    known = replace(page, past_calls=saved_by_calls(called, left, by_lot=True))
    known.__dict__.update({name: page.__dict__[name] for name in ("_snaps", "_model", "_features", "today")})
    assert known.call_list.saves == pytest.approx(0.75)
    assert calls.cautions(known.call_list)[0].startswith("Past calls saved 75")
    assert "Nobody knows it here" in page.question() and "before the next renewal" in known.question()


def test_staying_tells_the_group_that_leaves_sooner(page: Leaving, shown: Callable[..., list[object]]) -> None:
    said = sound(shown(page, "stays"))
    assert re.search(r"Customers with plan Starter leave \d\.\d times as often", said)
    assert "How soon customers leave differs by plan; for region no difference can be told from chance" in said
    assert page.found()[2]["scope"] == {"plan": "Starter"}


def test_three_findings_a_view_and_a_question(page: Leaving) -> None:
    kinds = [each["kind"] for each in page.findings()]
    assert kinds == ["risk", "risk", "risk", "action", "question"]
    assert page.findings()[0]["value"] == page.risk.row("month")["value"]
    assert "Work on open cases" in page.view() or "Work on old open cases" in page.view()
    assert {each["grade"] for each in page.findings()[:3]} <= {"C", "D"}


def test_nothing_after_the_period_is_known(page: Leaving, tables: dict[str, pd.DataFrame]) -> None:
    """What happens in the next quarter changes nothing, and so do the rows' order and another engine's frames."""
    later = (
        tables["tickets"]
        .head(50)
        .assign(
            opened_at=days(["2026-11-02"] * 50), resolved_at=days([None] * 50), ticket_id=lambda f: "x" + f["ticket_id"]
        )
    )
    customers = tables["customers"].sample(frac=1, random_state=3)
    gone = customers["closed_on"].isna() & (np.arange(len(customers)) % 3 == 0)
    after = {
        "customers": customers.assign(closed_on=customers["closed_on"].mask(gone, pd.Timestamp("2026-12-01"))),
        "tickets": pd.concat([tables["tickets"], later], ignore_index=True),
        "subscriptions": tables["subscriptions"],
    }
    other = Leaving(after, NOW, over=6)
    assert other.headline() == page.headline()
    assert other.call_list.top(10).equals(page.call_list.top(10))


def test_a_region_alone(page: Leaving, tables: dict[str, pd.DataFrame], shown: Callable[..., list[object]]) -> None:
    north = Leaving(tables, NOW, where={"region": "North"}, over=6)
    north.__dict__.update({name: page.__dict__[name] for name in ("_snaps", "_model", "_features")})
    own = set(tables["customers"].query("region == 'North'")["customer_id"])
    assert set(north.chance.index) == set(page.chance.index) & own
    assert np.allclose(north.chance, page.chance.reindex(north.chance.index))
    assert north.risk.revenue == pytest.approx(page.revenue[page.revenue.index.isin(own)].sum())
    assert north.kpis()["n"].iloc[0] < page.kpis()["n"].iloc[0]
    assert "of the customers of North left" in north.headline()
    assert "learned from all customers" in sound(shown(north))
    with pytest.raises(cx.CxlabError, match="not a known region"):
        Leaving(tables, NOW, where={"region": "Nroth"}).customers  # noqa: B018 - asked for


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ((), "there is no table"),
        (("customers",), "subscriptions"),
        (("tickets", "subscriptions"), "Who left is not known"),
        (("customers", "subscriptions"), "is at risk next quarter"),
    ],
)
def test_it_stands_on_whatever_tables_there_are(
    tables: dict[str, pd.DataFrame], kept: tuple[str, ...], told: str, shown: Callable[..., list[object]]
) -> None:
    some = Leaving({name: tables[name] for name in kept}, NOW, over=6)
    said = sound(shown(some))
    assert told in said or told.replace("there is no table", "has no table") in said, said
    assert some.findings()[-1]["kind"] == "question"


def test_without_dates_it_says_what_it_cannot_do(
    tables: dict[str, pd.DataFrame], shown: Callable[..., list[object]]
) -> None:
    customers = tables["customers"].assign(churned=tables["customers"]["closed_on"].notna())
    flat = Leaving({"customers": customers.drop(columns=["signed_on", "closed_on"])}, NOW)
    said = sound(shown(flat))
    assert (
        "of 1,500 customers are flagged as gone" in flat.headline() and "the plan goes with leaving" in flat.headline()
    )
    assert "This cannot be told: how long customers stay needs signed_on, closed_on" in said
    assert said.count("nobody knows who will leave next") == 2  # neither money nor list
    assert "no chance for a coming period can be named" in said
    assert flat.kpis() is None and "on which day each customer left" in flat.question()


def test_thin_data_are_refused_in_words(tables: dict[str, pd.DataFrame], shown: Callable[..., list[object]]) -> None:
    few = {"customers": tables["customers"].head(60)}
    said = sound(shown(Leaving(few, NOW, over=6)))
    assert "it takes at least 30 of each" in said and "cannot be told" in said
    nobody = {"customers": tables["customers"].assign(closed_on=days([None] * 1_500))}
    assert "cannot be told" in sound(shown(Leaving(nobody, NOW, over=6)))
    assert "left in 2026-Q3" not in Leaving({}, NOW).headline()


def test_a_model_that_cannot_be_told_from_a_coin_says_so(
    tables: dict[str, pd.DataFrame], shown: Callable[..., list[object]]
) -> None:
    rng = np.random.default_rng(2)
    customers = pd.DataFrame({"customer_id": [f"c{k}" for k in range(600)], "plan": rng.choice(list("AB"), 600)})
    blind = Leaving(
        {"customers": customers.assign(churned=rng.random(600) < 0.2, kind=rng.choice(list("xyz"), 600))}, NOW
    )
    assert foretelling.is_blind(blind.model)
    said = sound(shown(blind))
    assert "do not go by the chances it names" in said
    assert "nothing that could be told from chance goes with leaving" in blind.headline()
    assert "No single step can be told" in said and blind.found() == []


def test_sentences_on_curves_name_the_unit_of_time() -> None:
    row = pd.Series({"ratio": 1.43, "ratio_low": 1.26, "ratio_high": 1.62})
    assert staying.often(row) == "1.4 times as often (1.3 to 1.6)"
    assert staying.whom("region", "DACH") == "Customers in region DACH"
    assert money.rounded(123_456, 200_000) == 120_000 and money.rounded(87, 40) == 87


@pytest.fixture(scope="module")
def telco(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _project("telco", tmp_path_factory, shared_data, "telco-churn/Telco-Customer-Churn.csv")


def _project(name: str, folders: pytest.TempPathFactory, data: Path, *files: str) -> Path:
    root = folders.mktemp(name)
    (root / "data" / "raw").mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "projects" / name / "cxlab.toml", root)
    for file in files:
        shutil.copy(data / file, root / "data" / "raw")
    assert cli.main(["load", "--root", str(root)]) == 0
    return root


def test_telco_is_loaded_whole_and_its_blanks_are_kept(telco: Path) -> None:
    customers = cx.load("customers", telco)
    assert len(customers) == 7_043 and int(customers["churned"].sum()) == 1_869
    assert int(customers["TotalCharges"].isna().sum()) == 11 and cx.set_aside("customers", telco).empty
    assert cx.manifest(telco)["as_of"] is None and len(customers.columns) == 22


def test_notebook_runs_on_telco_alone(telco: Path) -> None:
    assert cli.main(["run", "2026-Q3", "--root", str(telco), "--only", "40-explain-churn"]) == 0
    record = read_outputs(nbformat.read(next((telco / "reports").glob("2026-Q3*/40-explain-churn.ipynb")), 4))[0]
    assert record["headline"].startswith("26.5") and "flagged as gone" in record["headline"]
    assert all(name in record["headline"] for name in ("Contract", "InternetService", "time since signing"))
    html = next((telco / "reports").glob("2026-Q3*/40-explain-churn.html")).read_text()
    assert "TotalCharges: 11 of 7,043 cells are blank" in html and "nobody knows who will leave next" in html


def test_ravenstack_says_that_nothing_can_be_told(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory, shown: Callable[..., list[object]]
) -> None:
    """The notebook itself runs on RavenStack in tests/test_real_data.py, with all others."""
    names = ("accounts", "churn_events", "support_tickets", "feature_usage")
    files = [f"ravenstack-saas/ravenstack_{name}.csv" for name in names]
    root = _project("ravenstack", tmp_path_factory, shared_data, *files)
    page = Leaving({name: cx.scan(name, root) for name in cx.table_names(root)}, cx.Period.of("2024-Q4"))
    assert page.headline().startswith("22.0") and "of 500 customers are flagged as gone" in page.headline()
    said = sound(shown(page))
    assert "do not go by the chances it names" in said and "nobody knows who will leave next" in said
