"""Forest, response and foretold: drawn for both papers and widths, coloured only where something is told."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cxlab.errors import CxlabError
from cxlab.report import figures
from cxlab.report.figures.forest import forest_words
from cxlab.report.figures.foretold import foretold_words
from cxlab.report.figures.style import DARK, LIGHT

pytestmark = pytest.mark.slow

WORDS = {"title": "Open cases go with leaving", "alt": "A picture."}
TAGS = {"figure", "h3", "picture", "source", "img", "figcaption"}


def steps(seen: bool = True, size: float = 0.03) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "what": [
                "one more case open",
                "a longer name than any phone could hold in a single line of its width",
                "new",
            ],
            "value": [size, 0.002, np.nan],
            "low": [size - 0.01, -0.004, np.nan],
            "high": [size + 0.01, 0.008, np.nan],
            "seen": [seen, False, False],
        }
    )


def curve(**more: object) -> pd.DataFrame:
    x = np.linspace(0, 20, 30)
    share = 0.02 + 0.08 * np.exp(-x / 4)
    return pd.DataFrame({"x": x, "value": share, "low": share * 0.8, "high": share * 1.3, **more})


def groups_of_chances(low: float = 0.01) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "foretold": [0.005, 0.03, 0.12],
            "value": [0.006, 0.05, 0.13],
            "low": [low, 0.02, 0.09],
            "high": [0.02, 0.08, 0.18],
        }
    ).assign(n=400)


def drawings() -> dict[str, figures.Drawing]:
    both = pd.concat([curve(plan="with"), curve(plan="without").assign(value=lambda f: 2 * f["value"])])
    return {
        "forest": figures.forest(steps(), by="what", unit="share", better="down", band=(-0.005, 0.006), **WORDS),
        "response": figures.response(curve(), unit="share", along="sign-ins", level=0.04, middle=(4, 12), **WORDS),
        "two curves": figures.response(both, unit="share", along="minutes", by="plan", **WORDS),
        "foretold": figures.foretold(groups_of_chances(), **WORDS),
    }


def colours(drawing: figures.Drawing, least: int, **variant: bool) -> set[tuple[int, int, int]]:
    picture = Image.open(io.BytesIO(drawing.png(**variant))).convert("RGB")
    return {colour for n, colour in picture.getcolors(1 << 20) if n > least}


def has(drawing: figures.Drawing, colour: str, least: int = 12, **variant: bool) -> bool:
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return any(
        all(abs(a - b) <= 6 for a, b in zip(wanted, found, strict=True)) for found in colours(drawing, least, **variant)
    )


@pytest.mark.parametrize("form", ["forest", "response", "two curves", "foretold"])
def test_four_variants_and_the_same_bytes_again(form: str) -> None:
    one, same = drawings()[form], drawings()[form]
    for dark in (False, True):
        for narrow in (False, True):
            picture = Image.open(io.BytesIO(one.png(dark=dark, narrow=narrow)))
            assert picture.width == (716 if narrow else 1080) and one.png(dark=dark, narrow=narrow) == same.png(
                dark=dark, narrow=narrow
            )
            assert has(one, (DARK if dark else LIGHT).paper, dark=dark, narrow=narrow)


def test_a_difference_has_a_colour_only_where_it_is_told() -> None:
    def drawn(**more: object) -> figures.Drawing:
        return figures.forest(steps(**more), by="what", unit="share", better="down", **WORDS)

    worse, fewer, untold = drawn(), drawn(size=-0.03), drawn(seen=False)
    assert has(worse, LIGHT.down) and not has(worse, LIGHT.up)
    assert has(fewer, LIGHT.up) and not has(fewer, LIGHT.down)
    assert not has(untold, LIGHT.up) and not has(untold, LIGHT.down) and has(untold, LIGHT.unsure)
    neither = figures.forest(steps(), by="what", unit="share", better="neither", **WORDS)
    assert has(neither, LIGHT.focus) and not has(neither, LIGHT.down)


def test_the_band_of_chance_is_drawn_where_it_is_given() -> None:
    plain = figures.forest(steps(), by="what", unit="share", **WORDS)
    band = figures.forest(steps(), by="what", unit="share", band=(-0.005, 0.006), **WORDS)
    assert has(band, LIGHT.shade, 2_000) and not has(plain, LIGHT.shade, 2_000)


def test_a_chance_that_did_not_come_true_is_coloured() -> None:
    assert not has(figures.foretold(groups_of_chances(low=0.004), **WORDS), LIGHT.down)
    assert has(figures.foretold(groups_of_chances(low=0.0055), **WORDS), LIGHT.down)


def test_words_for_those_who_cannot_see() -> None:
    assert forest_words(steps(), "what", "share").startswith("one more case open +3.0 points (+2.0 to +4.0)")
    assert "new" not in forest_words(steps(), "what", "share")
    assert foretold_words(groups_of_chances()).startswith("0.5\u202f% foretold, 0.6\u202f% came true of 400")


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(CxlabError, match="figures.forest needs the columns seen"):
        figures.forest(steps().drop(columns="seen"), by="what", unit="share", **WORDS)
    with pytest.raises(CxlabError, match="without rows"):
        figures.response(curve().head(0), unit="share", along="x", **WORDS)
    with pytest.raises(CxlabError, match="needs the columns n"):
        figures.foretold(groups_of_chances().drop(columns="n"), **WORDS)


def test_customer_text_is_inert(payload, assert_inert) -> None:
    frame = steps().assign(what=[payload, "b", "c"])
    assert_inert(figures.forest(frame, by="what", unit="share", title=payload, alt=payload, note=payload).html(), TAGS)
    assert_inert(
        figures.response(
            curve(plan=payload), unit="share", along=payload, by="plan", title=payload, alt=payload
        ).html(),
        TAGS,
    )
