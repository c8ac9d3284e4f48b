"""Every KPI is in the dictionary, documented, and compared with its own margin."""

from __future__ import annotations

import inspect

import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import (
    attention,
    cadence,
    compare,
    definition,
    dictionary,
    league,
    most_improved,
    persistence,
)
from cxlab.tables.canonical import TABLES

TWELVE = (
    "nps", "csat", "ces", "response_rate", "first_response_time", "resolution_time", "reopen_rate", "sla_met",
    "retention_rate", "churn_rate", "net_revenue_retention", "gross_revenue_retention",
)  # fmt: skip


def test_the_twelve_are_there() -> None:
    frame = dictionary()
    assert set(frame["kpi"]) >= set(TWELVE)
    wanted = ["kpi", "name", "unit", "better", "table", "definition", "source", "margin", "relative"]
    assert list(frame.columns) == wanted
    assert set(frame["unit"]) <= {"points", "share", "hours", "days", "stars", "rate", "count"}
    assert set(frame["better"]) <= {"up", "down", "neither"}
    assert set(frame["table"]) <= set(TABLES)
    assert (frame["margin"] > 0).all() and frame["name"].is_unique
    assert frame[["definition", "source"]].map(lambda text: bool(text.strip())).all(axis=None)


@pytest.mark.parametrize("kpi", DEFINITIONS)
def test_the_definition_is_the_first_paragraph_of_the_docstring(kpi: str) -> None:
    text = definition(kpi).definition
    assert "\n" not in text and text.endswith(".")
    assert " ".join(inspect.getdoc(DEFINITIONS[kpi].function).split()).startswith(text)


@pytest.mark.parametrize("kpi", DEFINITIONS)
def test_every_kpi_is_called_alike(kpi: str) -> None:
    parameters = list(inspect.signature(DEFINITIONS[kpi].function).parameters.values())
    assert [p.name for p in parameters[1:3]] == ["period", "by"]
    assert {"weight", "cluster", "min_n"} <= {p.name for p in parameters[3:]}
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters[3:])


def test_a_near_miss_is_offered() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'churn_rate'"):
        definition("chrun_rate")


def side(value: float, reach: float, kpi: str) -> pd.DataFrame:
    row = {
        "kpi": kpi,
        "period": "x",
        "value": value,
        "low": value - reach,
        "high": value + reach,
        "n": 1e5,
        "n_eff": 1e5,
    }
    return pd.DataFrame([row])


def test_margins_come_from_the_dictionary_unless_given() -> None:
    """3 points of NPS; a tenth of the median before."""
    change = compare(side(41, 1, "nps"), side(40, 1, "nps")).iloc[0]
    assert change["margin"] == 3 and change["verdict"] == "flat"
    assert compare(side(41, 1, "nps"), side(40, 1, "nps"), margin=0.5)["verdict"][0] == "cannot tell"
    assert compare(side(41, 1, "nps"), side(40, 1, "nps"), margin={"nps": 9})["margin"][0] == 9
    assert compare(side(20, 0.2, "resolution_time"), side(20, 0.2, "resolution_time"))["margin"][0] == pytest.approx(2)


def teams(kpi: str, values: tuple[float, ...], period: str = "2026-Q3") -> pd.DataFrame:
    rows = [side(value, 2, kpi).assign(period=period, team=f"t{place}", n=500) for place, value in enumerate(values)]
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize("kpi, best", [("nps", "t2"), ("resolution_time", "t0")])
def test_which_way_is_better_comes_from_the_dictionary(kpi: str, best: str) -> None:
    """High scores, short times; said by hand it is obeyed."""
    now, before = teams(kpi, (10, 40, 90)), teams(kpi, (40, 40, 40), "2026-Q2")
    table = league(now)
    assert table["team"].iloc[0] == best and table["tier"].tolist()[0] == "clearly above"
    other = {"t0": "t2", "t2": "t0"}[best]
    assert league(now, better="up" if kpi == "resolution_time" else "down")["team"].iloc[0] == other
    assert most_improved(now, before)["team"].iloc[0] == best
    assert attention(now, 41).set_index("team").loc[other, "list"] == "attention"
    told = persistence([teams(kpi, (10, 40, 90), f"2026-Q{quarter}") for quarter in (1, 2, 3)]).set_index("team")
    assert told.loc[other, "below"] == 3 and told.loc[best, "below"] == 0


def test_an_unknown_kpi_needs_a_direction() -> None:
    with pytest.raises(ParameterError, match="better='up' or 'down'"):
        league(teams("house_number", (1, 2)))
    neither = [kpi for kpi, entry in DEFINITIONS.items() if entry.better == "neither"]
    for kpi in neither:
        with pytest.raises(ParameterError, match="no better direction"):
            league(teams(kpi, (1, 2)))
    assert league(teams("house_number", (1, 2)), better="up")["team"].iloc[0] == "t1"
    with pytest.raises(ParameterError, match="one KPI"):
        league(pd.concat([teams("nps", (1, 2)), teams("csat", (1, 2))]))


def test_cadence_asks_for_the_dictionarys_margin_unless_given() -> None:
    """3 points of NPS, a tenth of the median time."""
    both = pd.concat([teams("nps", (40,)), teams("resolution_time", (20,))])
    assert cadence(both)["change"].tolist() == pytest.approx([3, 2])
    assert cadence(both, 7)["change"].tolist() == [7, 7]
