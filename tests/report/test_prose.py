import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.report.digits import MINUS, THIN, UNITS
from cxlab.report.prose import definition, headline, sentence, verdict

NPS = {"kpi": "nps", "name": "NPS", "unit": "points", "better": "up"}
TTFV = {"kpi": "ttfv", "name": "Time to first value, median", "unit": "days", "better": "down"}


def test_an_improvement_says_how_much_since_when_and_to_what(change_row):
    row = change_row("nps", "moved up", 7.2, 1.9, 12.5)
    now = {"low": 26.8, "high": 35.2}
    assert sentence(row, NPS, now=now) == "NPS improved by 7.2 points since 2026-Q2, to 31 (26.8 to 35.2, n 1,214)."
    assert sentence(row, NPS) == "NPS improved by 7.2 points (+1.9 to +12.5) since 2026-Q2, to 31 (n 1,214)."
    assert sentence(row, NPS, scope="EMEA").startswith("EMEA: NPS improved")


def test_less_waiting_is_an_improvement(change_row):
    row = change_row("ttfv", "moved down", -5.0, -8, -2, value=24.0, n=141)
    assert sentence(row, TTFV, now={"low": 22, "high": 27}) == (
        "Time to first value, median, improved by 5 days since 2026-Q2, to 24 days (22 to 27, n 141)."
    )


def test_flat_says_inside_which_margin(change_row):
    row = change_row("nps", "flat", -0.3, -1.9, 1.3)
    assert sentence(row, NPS, now={"low": 29, "high": 33}) == (
        "NPS stayed flat since 2026-Q2, at 31 (29.0 to 33.0, n 1,214): "
        f"the change of {MINUS}0.3 points ({MINUS}1.9 to +1.3) lies inside the margin of ±2 points."
    )


def test_cannot_tell_says_what_could_have_been_seen(change_row):
    row = change_row("nps", "cannot tell", 2.4, -3.8, 8.6, smallest_detectable=8.7)
    assert sentence(row, NPS) == (
        "We cannot tell whether NPS moved since 2026-Q2: now 31 (n 1,214); "
        "the smallest change we could have seen is 8.7 points."
    )
    alone = change_row("nps", "cannot tell", math.nan, math.nan, math.nan, value_before=math.nan)
    assert "there is nothing before it to compare with" in sentence(alone, NPS)


def test_a_missing_value_says_why():
    base = {"kpi": "nps", "period": "2026-Q3", "value": math.nan, "low": math.nan, "high": math.nan}
    assert sentence(base | {"n": 3}, NPS) == "NPS for 2026-Q3: not yet known, n 3 is too few."
    assert sentence(base | {"n": 0}, NPS) == "NPS for 2026-Q3: not yet known, there is nothing to count."
    assert "40 days or more (n 38)" in sentence(base | {"low": 40.0, "n": 38}, TTFV)
    assert "not yet reached" in sentence(base | {"value": math.inf, "n": 38}, TTFV)


def test_a_kpi_row_has_no_verdict_to_tell():
    row = {"kpi": "nps", "period": "2026-Q3", "value": 31.0, "low": 26.8, "high": 35.2, "n": 1214}
    assert sentence(row, NPS) == "NPS: 31 (26.8 to 35.2, n 1,214)."


@pytest.mark.parametrize(
    ("said", "change", "better", "word"),
    [
        ("moved up", 2.0, "up", "improved"),
        ("moved up", 2.0, "down", "worsened"),
        ("moved down", -2.0, "up", "worsened"),
        ("moved down", -2.0, "down", "improved"),
        ("flat", 0.1, "up", "flat"),
        ("cannot tell", 5.0, "up", "cannot tell"),
        (None, 5.0, "up", "cannot tell"),
        (math.nan, 5.0, "up", "cannot tell"),
        ("moved up", -2.0, "up", "cannot tell"),
        ("moved down", math.nan, "up", "cannot tell"),
        ("flat", math.nan, "up", "cannot tell"),
    ],
)
def test_the_pages_word(said, change, better, word):
    assert verdict({"verdict": said, "change": change}, better) == word


def test_words_that_are_no_verdict_are_refused():
    with pytest.raises(ParameterError, match="moved up"):
        verdict({"verdict": "up", "change": 1.0}, "up")
    with pytest.raises(ParameterError, match="better direction"):
        verdict({"verdict": "flat", "change": 1.0}, "higher")


anything = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e-9, None]))


@settings(max_examples=400, deadline=None)
@given(
    said=st.sampled_from(["moved up", "moved down", "flat", "cannot tell", None]),
    change=anything,
    low=anything,
    high=anything,
    value=anything,
    before=anything,
    seen=anything,
    margin=anything,
    n=st.one_of(st.integers(0, 10**7), st.none()),
    unit=st.sampled_from(sorted(UNITS)),
    better=st.sampled_from(["up", "down"]),
    has_now=st.booleans(),
)
def test_the_sentence_always_agrees_with_the_verdict(
    said, change, low, high, value, before, seen, margin, n, unit, better, has_now
):
    about = {"kpi": "k", "name": "Measure", "unit": unit, "better": better}
    row = {
        "kpi": "k",
        "period": "2026-Q3",
        "before": "2026-Q2",
        "value": value,
        "value_before": before,
        "change": change,
        "low": low,
        "high": high,
        "smallest_detectable": seen,
        "margin": margin,
        "verdict": said,
        "n": n,
    }
    now = {"low": low, "high": high} if has_now else None
    text, word = sentence(row, about, now=now), verdict(row, better)
    is_known = value is not None and math.isfinite(value)
    assert ("improved" in text) == (is_known and word == "improved")
    assert ("worsened" in text) == (is_known and word == "worsened")
    assert ("flat" in text) == (is_known and word == "flat")
    assert ("cannot tell" in text) == (is_known and word == "cannot tell")
    if "improved" in text:
        assert (change > 0) == (better == "up")
    if "worsened" in text:
        assert (change > 0) == (better == "down")
    assert "nan" not in text and "inf" not in text.replace("infi", "") and "-" not in text.replace("2026-Q", "")
    assert text.endswith(".") and f"{MINUS}0 " not in text and "by 0 " not in text and "by 0.0 " not in text


def test_the_headline_names_movers_and_counts_the_rest(changes, dictionary):
    latest = changes[changes["before"] == "2026-Q2"]
    assert headline(latest, dictionary) == (
        "Net Promoter Score improved by 7.2 points to 31. "
        "Of 3 measures, 1 moved, 1 is flat and 1 cannot be told from chance."
    )


def test_the_headline_when_nothing_moved_and_when_nothing_is_known(changes, dictionary):
    still = changes[changes["verdict"] != "moved up"]
    assert headline(still, dictionary).startswith("Nothing moved that can be told from chance. Of 2 measures, 1 is")
    unknown = still.assign(value=math.nan)
    assert headline(unknown, dictionary).endswith("Of 2 measures, 2 are not yet known.")
    assert headline(changes.iloc[:0], dictionary) == "There is nothing to compare yet."


def test_the_headline_names_the_group(dictionary, change_row):
    rows = pd.DataFrame(
        [
            change_row("net_revenue_retention", "moved down", -0.036, -0.06, -0.012, value=1.041) | {"region": "EMEA"},
            change_row("nps", "moved up", 7.2, 1.9, 12.5, q=0.5) | {"region": None},
        ]
    )
    assert headline(rows, dictionary).startswith(
        f"EMEA: net revenue retention worsened by 3.6 points to 104.1{THIN}%; Net Promoter Score improved"
    )


def test_a_definition_is_the_docstring_or_the_dictionarys(dictionary):
    def reopen_rate() -> None:
        """Share of resolved tickets
        that were opened again.

        More about it.
        """

    assert definition(reopen_rate) == "reopen rate: Share of resolved tickets that were opened again."
    assert definition(dictionary.iloc[0]) == "Net Promoter Score: Promoters less detractors."
    assert definition({**dictionary.iloc[0], "source": "Book"}).endswith("Source: Book")
