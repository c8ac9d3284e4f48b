"""Paper, ink and roles: the page's own colours, for light and for dark, for a desk and for a phone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cxlab.report.html import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CSS_INCH = 96.0  # pixels of a page in an inch
_FONT = 12.5  # pixels, as the page's small print


@dataclass(frozen=True)
class Theme:
    """Colours by role, the same as the page's CSS variables. `shade` is the band, already mixed with the paper."""

    paper: str
    ink: str
    soft: str
    line: str
    focus: str
    up: str
    down: str
    unsure: str
    shade: str


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b1f24",
    soft="#59626d",
    line="#d9dee4",
    focus="#0b5c8a",
    up="#0b6e4f",
    down="#b4461d",
    unsure="#7b848f",
    shade="#dfe9f0",
)
DARK = Theme(
    paper="#14181d",
    ink="#e8ebee",
    soft="#a9b2bc",
    line="#323a43",
    focus="#63b3e0",
    up="#55c296",
    down="#f0906a",
    unsure="#8d97a2",
    shade="#22343f",
)


@dataclass(frozen=True)
class Sheet:
    """What a form draws on: axes measured in page pixels, the theme, and whether it is for a phone.

    `width, height` are pixels of the page. Forms place everything themselves with `x, y` in pixels from the top left,
    so that nothing moves between machines.
    """

    axes: Axes
    theme: Theme
    width: float
    height: float
    narrow: bool

    def text(
        self,
        x: float,
        y: float,
        words: object,
        *,
        colour: str = "",
        bold: bool = False,
        side: str = "left",
        backed: bool = False,
    ) -> None:
        """Words, `y` being their middle; never read as a formula. `backed` lays paper under them."""
        box = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 1.5} if backed else None
        self.axes.text(
            x,
            y,
            clean(words),
            color=colour or self.theme.soft,
            ha=side,
            va="center",
            parse_math=False,
            zorder=5,
            fontweight="bold" if bold else "normal",
            fontsize=_FONT * 72 / CSS_INCH,
            bbox=box,
        )

    def rule(self, xs: list[float], ys: list[float]) -> None:
        """A thin line of the scale, under everything else."""
        self.axes.plot(xs, ys, color=self.theme.line, linewidth=0.75, zorder=0.5)

    def line(
        self,
        xs: list[float],
        ys: list[float],
        colour: str,
        width: float = 1.6,
        *,
        dotted: bool = False,
        dashed: bool = False,
    ) -> None:
        """A line through points; `width` in pixels."""
        style = (0, (1.2, 2.4)) if dotted else (0, (4, 2.6)) if dashed else "-"
        self.axes.plot(
            xs,
            ys,
            color=colour,
            linewidth=width * 0.75,
            linestyle=style,
            solid_capstyle="round",
            solid_joinstyle="round",
            zorder=3,
            snap=len(xs) <= 2,
        )

    def dot(self, x: float, y: float, colour: str, radius: float = 4.5, *, hollow: bool = False) -> None:
        """A mark; `radius` in pixels. A hollow one has the paper inside."""
        self.axes.plot(
            [x],
            [y],
            marker="o",
            markersize=radius * 1.5,
            color=colour,
            zorder=4,
            linestyle="none",
            markerfacecolor=self.theme.paper if hollow else colour,
            markeredgewidth=1.2,
        )

    def area(self, xs: list[float], lower: list[float], upper: list[float], colour: str = "") -> None:
        """A band between two lines."""
        self.axes.fill_between(xs, lower, upper, color=colour or self.theme.shade, linewidth=0, zorder=1)

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A rectangle, `y` being its top."""
        self.axes.fill_between([x, x + width], [y, y], [y + height, y + height], color=colour, linewidth=0, zorder=2)


def text_width(words: str, *, bold: bool = False) -> float:
    """How many pixels of the page some words take: the advances of their letters, as the font itself has them."""
    return sum(_advance(letter, bold) for letter in clean(words))


@lru_cache(maxsize=4096)
def _advance(letter: str, bold: bool) -> float:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(_FONT, 72)
    index = font.get_char_index(ord(letter))
    return font.load_glyph(index).linearHoriAdvance / 65536 if index else _FONT  # an unknown letter is drawn as a box


def fitted(words: object, room: float) -> str:
    """Words cut with an ellipsis where they are longer than `room` pixels."""
    text = " ".join(clean(words).split())
    if text_width(text) <= room:
        return text
    taken = text_width("…")
    for at, letter in enumerate(text):
        taken += text_width(letter)
        if taken > room:
            return text[:at].rstrip() + "…"
    return text


@contextmanager
def sheet(width: float, height: float, theme: Theme, narrow: bool) -> Iterator[Sheet]:
    """A blank sheet of `width` by `height` page pixels in the house style; no pyplot, nothing to close."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    rc = {
        "text.parse_math": False,
        "text.usetex": False,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "axes.unicode_minus": True,
        "path.simplify": True,
    }
    with warnings.catch_warnings(), matplotlib.rc_context(), sns.axes_style("white"), matplotlib.rc_context(rc):
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        figure = Figure(figsize=(width / CSS_INCH, height / CSS_INCH), facecolor=theme.paper)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0), facecolor=theme.paper)
        axes.set_axis_off()
        yield Sheet(axes, theme, width, height, narrow)
