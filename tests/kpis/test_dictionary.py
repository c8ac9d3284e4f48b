"""Every KPI is in the dictionary, documented, and compared with its own margin."""

from __future__ import annotations

import inspect

import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import compare, definition, dictionary
from cxlab.tables.canonical import TABLES

TWELVE = (
    "nps", "csat", "ces", "response_rate", "first_response_time", "resolution_time", "reopen_rate", "sla_met",
    "retention_rate", "churn_rate", "net_revenue_retention", "gross_revenue_retention",
)  # fmt: skip


def test_the_twelve_are_there() -> None:
    frame = dictionary()
    assert sorted(frame["kpi"]) == sorted(TWELVE)
    wanted = ["kpi", "name", "unit", "better", "table", "definition", "source", "margin", "relative"]
    assert list(frame.columns) == wanted
    assert set(frame["unit"]) <= {"points", "share", "hours"} and set(frame["better"]) == {"up", "down"}
    assert set(frame["table"]) <= set(TABLES)
    assert (frame["margin"] > 0).all() and frame["name"].is_unique
    assert frame[["definition", "source"]].map(lambda text: bool(text.strip())).all(axis=None)


@pytest.mark.parametrize("kpi", TWELVE)
def test_the_definition_is_the_first_paragraph_of_the_docstring(kpi: str) -> None:
    text = definition(kpi).definition
    assert "\n" not in text and text.endswith(".")
    assert " ".join(inspect.getdoc(DEFINITIONS[kpi].function).split()).startswith(text)


@pytest.mark.parametrize("kpi", TWELVE)
def test_every_kpi_is_called_alike(kpi: str) -> None:
    parameters = list(inspect.signature(DEFINITIONS[kpi].function).parameters.values())
    assert [p.name for p in parameters[1:6]] == ["period", "by", "weight", "cluster", "min_n"]
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
