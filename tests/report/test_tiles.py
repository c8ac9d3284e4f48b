import re

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ParameterError
from cxlab.report.sparks import spark
from cxlab.report.tiles import tiles

TAGS = {"div", "section", "h3", "p", "span", "svg", "polygon", "polyline", "line", "circle", "b", "br", "small"}


def test_a_tile_reads_from_what_to_how_sure(kpis, changes, trend, dictionary):
    piece = tiles(
        kpis,
        changes,
        dictionary=dictionary,
        trend=trend,
        targets={"nps": 40},
        notes={"resolution_time": "closed tickets alone would say 11.8 hours"},
    )
    nps = piece.html.split("</section>")[0]
    order = [
        "Net Promoter Score",
        "31",
        "improved",
        "<svg",
        "+7.2 since 2026-Q2",
        "+9.1 since 2025-Q3",
        "26.8 to 35.2",
        "n 1,214",
        "target 40, not reached",
    ]
    assert [nps.index(each) for each in order] == sorted(nps.index(each) for each in order)
    assert "could have seen 4.5 hours" in piece.html and "closed tickets alone" in piece.html
    assert "inside ±2" in piece.html


def test_cannot_tell_is_quiet_and_a_missing_value_says_why(kpis, changes, dictionary):
    html = tiles(
        kpis, changes, dictionary=dictionary, why_missing={"net_revenue_retention": "There is no table subscriptions."}
    ).html
    assert re.search(r'class="chip unsure"><span aria-hidden="true">\?</span> cannot tell', html)
    assert "n 3 is too few to say." in html and "There is no table subscriptions." in html
    assert html.count("not yet known") == 2 and html.count('class="tile"') == 5


def test_a_verdict_is_a_shape_a_word_and_a_class(kpis, changes, dictionary):
    html = tiles(kpis, changes, dictionary=dictionary).html
    assert '<span class="chip up"><span aria-hidden="true">▲</span> improved</span>' in html
    worse = changes.assign(kpi="resolution_time", verdict="moved up", change=7.2)
    assert 'chip down"><span aria-hidden="true">▼</span> worsened' in tiles(kpis, worse, dictionary=dictionary).html


def test_without_anything_to_compare_there_is_no_chip(kpis, dictionary):
    html = tiles(kpis, dictionary=dictionary).html
    assert "chip" not in html and "nothing before it to compare with" in html


@pytest.mark.parametrize("many", [1, 20])
def test_one_tile_or_twenty(kpis, changes, dictionary, many):
    now = pd.concat([kpis.head(1).assign(region=f"r{at}") for at in range(many)])
    html = tiles(now, changes, dictionary=dictionary).html
    assert html.count('class="tile"') == many and "Net Promoter Score, r0" in html
    assert "chip" not in html  # the company's change is not a group's


def test_groups_take_their_own_change_and_trend(kpis, changes, trend, dictionary):
    now = pd.concat([kpis.head(1).assign(region=name) for name in ("A", "B")])
    own = pd.concat([changes.head(1).assign(region="B")])
    html = tiles(now, own, dictionary=dictionary, trend=trend.assign(region="A")).html.split("</section>")
    assert "<svg" in html[0] and "chip" not in html[0] and "<svg" not in html[1] and "improved" in html[1]


def test_the_target_of_the_period_wins_over_the_years(kpis, dictionary):
    targets = pd.DataFrame(
        {
            "kpi": "nps",
            "value": [10.0, 20.0, 30.0, 99.0],
            "period": [None, "2026", "2026-Q3", "2026-Q3"],
            "region": [None, None, None, "EMEA"],
            "owner": None,
        }
    )
    assert "target 30, cannot tell yet" in tiles(kpis.head(1), dictionary=dictionary, targets=targets).html
    assert "target 20, reached" in tiles(kpis.head(1), dictionary=dictionary, targets=targets.iloc[:2]).html
    assert "target 10, reached" in tiles(kpis.head(1), dictionary=dictionary, targets=targets.iloc[:1]).html
    assert (
        "target 25 hours, not reached"
        in tiles(kpis[kpis["kpi"] == "resolution_time"], dictionary=dictionary, targets={"resolution_time": 25.0}).html
    )


def test_customer_text_is_inert(kpis, changes, trend, dictionary, payload, assert_inert):
    named = dictionary.assign(name=payload)
    now, own = kpis.assign(region=payload), changes.assign(region=payload, before=payload)
    html = tiles(
        now,
        own,
        dictionary=named,
        trend=trend.assign(region=payload),
        targets={"nps": 40},
        notes={"nps": payload},
        why_missing={"ttfv": payload, "net_revenue_retention": payload},
    ).html
    assert_inert(html, allowed=TAGS)


def test_mistakes_are_named(kpis, dictionary):
    with pytest.raises(CxlabError, match="KPI frame"):
        tiles(pd.DataFrame({"a": [1]}), dictionary=dictionary)
    with pytest.raises(ParameterError, match="not a known KPI"):
        tiles(kpis.assign(kpi="npss"), dictionary=dictionary)


def test_a_spark_keeps_gaps_and_survives_infinity():
    svg = spark([1.0, 2.0, None, 3.0, 4.0], [0.5, 1, None, 2, 3], [np.inf, 3, None, np.nan, 5], target=4.0, label="x")
    assert svg.count("<polyline") == 2 and svg.count("<polygon") == 2 and "stroke-dasharray" in svg
    assert "nan" not in svg and "inf" not in svg
    assert spark([None, np.nan], [], [], label="x") == ""
    assert spark([5.0], [5.0], [5.0], label="x").count("<circle") == 1
