import pytest

from cxlab.batch.front import chip_of, front_of, front_page, page_of


def entry(stem, **more):
    return {
        "stem": stem,
        "title": f"Title of {stem}",
        "key": "k",
        "status": "ok",
        "heading": "",
        "message": "",
        "cell": None,
        "parameters": {},
        "record": {"headline": f"Headline of {stem}.", "findings": [], "kpis": []},
        "files": {},
        "ran_at": "2026-10-04T09:12:00+00:00",
        "seconds": 3.2,
        "unchanged": False,
        "carried": False,
        **more,
    }


def result(*entries, **more):
    return {
        "cxlab": "0.1.0",
        "company": "Toy <b>& Sons",
        "audience": "leaders",
        "parameters": {},
        "as_of": "2026-09-30T00:00:00",
        "period": {"label": "2026-Q3", "words": "third quarter 2026", "start": "2026-07-01", "end": "2026-10-01"},
        "data": "aec330499",
        "rows": {"in": 1234, "kept": 1200, "set_aside": 34},
        "ran_at": "2026-10-04T09:12:00+00:00",
        "seconds": 9.0,
        "notebooks": list(entries),
        "files": {},
        **more,
    }


def row(kpi, value, low=None, high=None, n=100, **more):
    return {"kpi": kpi, "period": "2026-Q3", "value": value, "low": low, "high": high, "n": n, "n_eff": n, **more}


def found(kind, sentence, **more):
    return {
        "kind": kind,
        "sentence": sentence,
        "kpi": None,
        "scope": None,
        "verdict": None,
        "grade": "D",
        "owner": None,
        **more,
    }


def recorded(**record):
    return entry("10-read-the-scorecard", record={"headline": "H.", "findings": [], "kpis": [], **record})


def test_the_scorecards_headline_is_the_runs():
    front = front_of(result(entry("00-check-the-data"), entry("10-read-the-scorecard"), entry("20-x")))
    assert front.headline == "Headline of 10-read-the-scorecard."
    assert front.short == ["Headline of 00-check-the-data.", "Headline of 20-x."]
    assert front_of(result(entry("30-z"), entry("20-x"))).headline == "Headline of 20-x."


def test_tiles_are_the_companys_kpis_of_the_period():
    rows = [
        row("nps", 31.0, 26.8, 35.2, 1214),
        row("nps", 50.0, region="EMEA"),
        row("csat", 0.824, 0.811, 0.836, 3480),
        row("churn_rate", 0.03, period="2026-Q2"),
        row("ces", None, n=3),
        row("own_measure", 7.0, region=None),
    ]
    changes = [
        {"kpi": "nps", "before": "2025-Q3", "verdict": "flat"},
        {"kpi": "nps", "before": "2026-Q2", "verdict": "moved up"},
        {"kpi": "csat", "before": "2026-Q2", "verdict": "moved up", "region": "EMEA"},
    ]
    tiles = front_of(result(recorded(kpis=rows, changes=changes))).tiles
    assert len(tiles) == 4 and tiles[3].name == "own measure"
    nps, csat, ces, _ = tiles
    assert (nps.big, nps.chip.word, nps.fine) == ("31", "improved", "26.8 to 35.2 · n 1,214")
    assert csat.big == "82.4" and csat.unit.strip("\u202f ") == "%" and csat.chip is None
    assert ces.big == "" and ces.unit == "not yet known" and ces.chip is None


@pytest.mark.parametrize(
    ("verdict", "better", "word"),
    [
        ("moved up", "up", "improved"),
        ("moved up", "down", "worsened"),
        ("moved down", "up", "worsened"),
        ("moved down", "down", "improved"),
        ("flat", "down", "flat"),
        ("cannot tell", "up", "cannot tell"),
        ("improved", "down", "improved"),
        (None, "up", None),
        ("nonsense", "up", None),
    ],
)
def test_verdicts_in_the_pages_words(verdict, better, word):
    chip = chip_of(verdict, better)
    assert (chip.word if chip else None) == word


def test_findings_are_grouped_and_say_whose_they_are():
    html = front_page(
        result(
            recorded(
                findings=[
                    found(
                        "win",
                        "NPS improved.",
                        kpi="nps",
                        verdict="moved up",
                        owner="Billing",
                        grade="C",
                        scope={"region": "EMEA"},
                    ),
                    found("loss", "Churn rose.", kpi="churn_rate", verdict="moved up"),
                    found("risk", "Crashes."),
                    found("action", "Mend it."),
                    found("question", "Which first?"),
                    found("question", "And then?"),
                ]
            )
        )
    )
    for said in (
        "What got better",
        "What got worse",
        "What to watch",
        "What we would do",
        "Questions for the meeting.",
        "EMEA · owner: Billing · an association, adjusted",
        "Which first?",
        "And then?",
    ):
        assert said in html
    assert html.index("improved</span>") < html.index("Churn rose.") < html.index("worsened</span>")


def test_many_findings_are_cut_and_counted():
    html = front_page(result(recorded(findings=[found("win", f"Win {number}.") for number in range(20)])))
    assert html.count("<p>Win ") == 8 and "And 12 more in the reports." in html


def test_a_failed_notebook_is_a_line_and_never_a_missing_one():
    failed = entry(
        "20-x", status="died", heading="The <i>journey</i>", message="The computation died <b>", record=None, cell=4
    )
    html = front_page(result(entry("00-a"), failed))
    assert "1 of 2 reports is not finished" in html and "The &lt;i&gt;journey&lt;/i&gt;" in html
    assert "The computation died &lt;b&gt;" in html and 'href="20-x.html"' in html and "Headline of 00-a." in html
    html = front_page(result(failed))
    assert "No report could be finished." in html and "1 of 1 reports is not finished" in html


def test_what_was_not_run_again_is_marked():
    html = front_page(result(entry("00-a", unchanged=True), entry("10-b", carried=True)))
    assert "unchanged, not run again" in html and "from an earlier run" in html


def test_nothing_that_was_recorded_can_act():
    bad = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    html = front_page(
        result(
            entry(
                "00-a",
                title=bad,
                record={
                    "headline": bad,
                    "kpis": [row("nps", 31.0, name=bad, unit=bad)],
                    "findings": [
                        found(kind, bad, scope=bad, owner=bad, kpi=bad, verdict=bad, grade=bad)
                        for kind in ("win", "question")
                    ],
                },
            ),
            entry("20-b", status="failed", heading=bad, message=bad, title=bad, record=None),
            parameters={"region": bad},
            company=bad,
        )
    )
    assert "<img" not in html and "49" not in html.replace("7*7", "")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"headline": None},
        {"headline": 5, "findings": None, "kpis": None},
        {"findings": "abc", "kpis": "abc"},
        {
            "findings": [1, {}, {"sentence": ""}],
            "kpis": [1, {}, {"kpi": "nps"}, {"kpi": "nps", "value": "31"}],
            "changes": {"a": 1},
        },
    ],
)
def test_odd_records_do_not_stop_the_page(record):
    assert "The reports" in front_page(result(entry("00-a", record=record)))


def test_title_and_eyebrow():
    page = page_of(result(parameters={"region": "EMEA"}))
    assert page.title == "Customer experience review · third quarter 2026 · region EMEA · Toy <b>& Sons"
    assert page.eyebrow[-1] == "data to 30 September 2026"
