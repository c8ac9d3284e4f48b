import base64
import io
import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ParameterError
from cxlab.report import figures
from cxlab.report.figures.grid import contrast, mixed
from cxlab.report.figures.scale import reach, round_steps, spread_out

pytestmark = pytest.mark.slow

TAGS = {"figure", "h3", "picture", "source", "img", "figcaption"}
WORDS = {"title": "NPS rose", "alt": "NPS rose from 20 to 31."}


def teams(name: str = "Small $x^$ business") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "team": ["West", name, None, "New"],
            "value": [41.0, 19, 30, np.nan],
            "low": [35.0, -np.inf, 25, np.nan],
            "high": [47.0, 24, np.inf, np.nan],
            "n": [412, 530, 96, 3],
            "verdict": ["moved up", "moved down", "cannot tell", None],
        }
    )


def waits() -> pd.DataFrame:
    hours = np.linspace(1, 200, 120)
    done = 1 - np.exp(-hours / 43)
    return pd.DataFrame(
        {"time": hours, "done": done, "low": done - 0.02, "high": done + 0.02, "naive": 1 - np.exp(-hours / 17)}
    )


def files(name: str = "a.csv") -> pd.DataFrame:
    return pd.DataFrame({"file": [name, "b.csv"], "kept": [18102, 0], "set_aside": [242, 0]})


@pytest.fixture
def drawings(trend):
    return {
        "trend": figures.trend(trend, unit="points", target=40, **WORDS),
        "groups": figures.groups(teams(), by="team", unit="points", company=31, **WORDS),
        "counts": figures.counts(files(), by="file", **WORDS),
        "durations": figures.durations(waits(), unit="hours", since="the ticket was opened", **WORDS),
        "curves": figures.curves(steps(), by="step", unit="days", since="the contract", **WORDS),
        "bridge": figures.bridge(money(), unit="currency", **WORDS),
        "grid": figures.grid(cohorts(), rows="cohort", columns="age", unit="share", **WORDS),
        "funnel": figures.funnel(reached(), by="step", aside="half", **WORDS),
    }


def steps() -> pd.DataFrame:
    parts = [waits().assign(step=name, time=waits()["time"] * pace) for name, pace in (("kick-off", 0.2), ("live", 1))]
    return pd.concat(parts, ignore_index=True)


def money() -> pd.DataFrame:
    steps = ["Start", "Expansion", "Contraction", "Left", "End"]
    values = [1_250_300.0, 54_000, -12_000, -61_000, 1_231_300]
    return pd.DataFrame({"step": steps, "value": values, "is_total": [True, False, False, False, True]})


def cohorts() -> pd.DataFrame:
    rows = [(f"2025-Q{r}", f"{age}", 0.97**age if r + age < 6 else None) for r in (1, 2, 3, 4) for age in (1, 2, 3, 4)]
    return pd.DataFrame(rows, columns=["cohort", "age", "value"])


def reached() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": ["kick-off", "$x^$ live", "training"],
            "value": [0.99, 0.9, np.nan],
            "low": [0.98, 0.86, np.nan],
            "high": [0.995, 0.93, np.nan],
            "n": [300, 290, 3],
            "half": ["half by day 6", "half by day 34", None],
        }
    )


FORMS = ["trend", "groups", "counts", "durations", "curves", "bridge", "grid", "funnel"]


@pytest.mark.parametrize("form", FORMS)
def test_a_drawing_has_four_small_variants_on_their_own_paper(drawings, form):
    from PIL import Image

    drawing = drawings[form]
    for dark, paper in ((False, (255, 255, 255)), (True, (20, 24, 29))):
        for narrow, width in ((False, 1080), (True, 716)):
            png = drawing.png(dark=dark, narrow=narrow)
            picture = Image.open(io.BytesIO(png)).convert("RGB")
            assert len(png) < 40_000 and picture.width == width
            assert picture.getpixel((2, picture.height - 2)) == paper
            assert len(picture.getcolors(1 << 16)) > 3


def test_the_bundle_has_an_image_a_figure_and_alt_text(drawings):
    data, metadata = drawings["trend"]._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == WORDS["alt"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    html = data["text/html"]
    assert html.startswith('<figure class="cx"><h3>NPS rose</h3><picture><source media="screen and (prefers-color')
    assert html.count("<source ") == 3 and f'alt="{WORDS["alt"]}"' in html


@pytest.mark.parametrize("missing", ["", "  ", None])
def test_title_and_alt_are_required(trend, missing):
    with pytest.raises(CxlabError, match="has no alt"):
        figures.trend(trend, unit="points", title="x", alt=missing)
    with pytest.raises(CxlabError, match="has no title"):
        figures.trend(trend, unit="points", title=missing, alt="x")


def test_customer_text_is_inert_and_no_formula(payload, assert_inert):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = figures.counts(files(payload), by="file", title=payload, alt=payload, note=payload)
        assert drawing.png()
    assert_inert(drawing.html(), allowed=TAGS)


def test_names_with_dollars_and_strange_letters_are_drawn_as_they_are(trend):
    for name in ("costs $5 and $10", "$\\frac{1}$", "顧客 😀", "a" * 300, ""):
        assert figures.groups(teams(name), by="team", unit="points", company_name=name, company=3, **WORDS).png()
    assert figures.trend(trend.assign(period=["$x^$"] * len(trend)), unit="points", **WORDS).png()


@pytest.mark.parametrize("many", [1, 2, 40])
def test_one_period_or_forty(many):
    frame = pd.DataFrame(
        {
            "period": [f"{2000 + at // 12}-{at % 12 + 1:02d}" for at in range(many)],
            "value": np.linspace(0.8, 0.9, many),
            "low": 0.7,
            "high": np.inf,
        }
    )
    drawing = figures.trend(frame, unit="share", note="Months.", **WORDS)
    assert drawing.png(narrow=True) and drawing.note == "Months. The scale does not start at nought."


def test_a_curve_that_never_reaches_half_and_one_without_room_for_words():
    slow = waits().assign(done=lambda f: f["done"] / 4, low=0.0, high=1.0).drop(columns="naive")
    assert figures.durations(slow, unit="days", **WORDS).png(narrow=True)


def test_nothing_to_draw_is_said(trend):
    with pytest.raises(CxlabError, match="needs the columns"):
        figures.trend(trend.drop(columns="low"), unit="points", **WORDS)
    with pytest.raises(CxlabError, match="no value to draw"):
        figures.trend(trend.assign(value=np.nan), unit="points", **WORDS)
    with pytest.raises(CxlabError, match="without rows"):
        figures.counts(files().iloc[:0], by="file", **WORDS)
    with pytest.raises(ParameterError, match="verdict"):
        figures.groups(teams().assign(verdict="best"), by="team", unit="points", **WORDS)


def test_importing_the_floor_does_not_import_matplotlib():
    code = "import sys, cxlab.report.figures, cxlab.report.tiles; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


_SCRIPT = """
import hashlib, sys
import pandas as pd
from cxlab.report import figures
from cxlab.report.tables import table, verbatim
from cxlab.report.tiles import tiles
k = pd.DataFrame({"kpi": "nps", "period": ["2026-Q1", "2026-Q2"], "value": [20.0, 31.0], "n": 90.0})
k = k.assign(low=k["value"] - 4, high=k["value"] + 4)
d = pd.DataFrame([{"kpi": "nps", "name": "NPS", "unit": "points", "better": "up"}])
c = k.tail(1).assign(before="2026-Q1", value_before=20.0, change=11.0, verdict="moved up")
w = dict(title="t", alt="a")
parts = [tiles(k.tail(1), c, dictionary=d, trend=k, targets={"nps": 40}).html, table(k, dictionary=d).html,
         verbatim(["a", "b"]).html, figures.trend(k, unit="points", **w).html(),
         figures.groups(k, by="period", unit="points", company=3, **w).html()]
sys.stdout.write(hashlib.sha256("".join(parts).encode()).hexdigest())
"""


def test_two_processes_give_the_same_bytes():
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    one, other = (process.communicate()[0] for process in started)
    assert len(one) == 64 and one == other


def test_scales():
    assert round_steps(12, 41) == [20, 30, 40] and round_steps(-1, 1, 3) == [-1, 0, 1]
    assert all(len(round_steps(0, top, 4)) <= 4 for top in np.geomspace(1e-9, 1e9, 200))
    assert spread_out([10, 11, 12], 5, 0, 30) == [10, 15, 20] and spread_out([29, 30], 5, 0, 30) == [25, 30]
    assert reach([5.0]) == pytest.approx((4.5, 5.5)) and reach([0.0])[0] < reach([0.0])[1]
    low, high = reach([1, 2], limits=[-1e9, np.inf])
    assert low > -5 and high < 9


def test_a_bridge_says_when_it_does_not_start_at_nought():
    assert "do not start at nought" in figures.bridge(money(), unit="currency", **WORDS).note
    small = money().assign(value=[10.0, 5, -1, -9, 5])
    assert "nought" not in figures.bridge(small, unit="currency", **WORDS).note


def test_a_grid_refuses_a_cell_given_twice_and_a_grid_without_values():
    twice = pd.concat([cohorts(), cohorts().iloc[:1]])
    with pytest.raises(CxlabError, match="twice"):
        figures.grid(twice, rows="cohort", columns="age", unit="share", **WORDS)
    with pytest.raises(CxlabError, match="no value to draw"):
        figures.grid(cohorts().assign(value=np.nan), rows="cohort", columns="age", unit="share", **WORDS)


@pytest.mark.parametrize("paper, ink", [("#ffffff", "#1b1f24"), ("#14181d", "#e8ebee")])
def test_numbers_in_a_grid_can_be_read_on_every_shade(paper, ink):
    """WCAG asks for 4.5; the better of paper and ink has it on all shades but a few in the middle, which have 3.6."""
    focus = {"#ffffff": "#0b5c8a", "#14181d": "#63b3e0"}[paper]
    best = [
        max(contrast(each, mixed(paper, focus, 0.08 + 0.62 * s)) for each in (paper, ink))
        for s in np.linspace(0, 1, 30)
    ]
    assert min(best) >= 3.6 and contrast("#000000", "#ffffff") == pytest.approx(21)
