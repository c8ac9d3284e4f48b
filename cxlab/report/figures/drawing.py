"""A drawing: one picture for light and dark paper, for a desk and for a phone, with its words in HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from cxlab.errors import CxlabError
from cxlab.report.figures.style import DARK, LIGHT, Sheet, Theme, sheet
from cxlab.report.html import clean, escape

WIDE, NARROW = 720.0, 358.0  # page pixels: a column of text, and a phone of 390 less its margins
_DPI = {False: 144.0, True: 192.0}  # phones have finer screens
_PHONE = "(max-width: 40rem)"
_NIGHT = "(prefers-color-scheme: dark)"
# What a browser takes first wins. "screen" keeps paper white: a page printed at night uses the plain image.
_VARIANTS = (
    (f"screen and {_NIGHT} and {_PHONE}", DARK, True),
    (f"screen and {_NIGHT}", DARK, False),
    (f"screen and {_PHONE}", LIGHT, True),
)


@dataclass(frozen=True)
class Drawing:
    """A finished figure, shown by a notebook as an image with alt text and as HTML with four variants.

    Attributes: `title` the finding, `alt` what the picture shows, in words, `note` the small print under it, `height`
    (narrow or not -> page pixels) and `paint`, which draws it on a Sheet. Equal input gives equal bytes.
    """

    title: str
    alt: str
    note: str
    height: Callable[[bool], float]
    paint: Callable[[Sheet], None]
    _drawn: dict[tuple[bool, bool], bytes] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, words in (("title", self.title), ("alt", self.alt)):
            if not isinstance(words, str) or not clean(words).strip():
                raise CxlabError(
                    f"a figure has no {name}. Give {name}=: the title is the finding in one sentence, "
                    "alt says what the picture shows to someone who cannot see it."
                )

    def png(self, *, dark: bool = False, narrow: bool = False) -> bytes:
        """One variant as PNG: 144 dots an inch for a desk, 192 for a phone; few colours, no metadata."""
        if (dark, narrow) not in self._drawn:
            self._drawn[dark, narrow] = self._draw(DARK if dark else LIGHT, narrow)
        return self._drawn[dark, narrow]

    def _draw(self, theme: Theme, narrow: bool) -> bytes:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        with sheet(NARROW if narrow else WIDE, self.height(narrow), theme, narrow) as blank:
            self.paint(blank)
            figure = blank.axes.figure
            figure.set_dpi(_DPI[narrow])
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba().tobytes())
        few = picture.convert("RGB").quantize(colors=64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        out = io.BytesIO()
        few.save(out, format="PNG", optimize=True, dpi=(_DPI[narrow], _DPI[narrow]))
        return out.getvalue()

    def html(self) -> str:
        """The figure as HTML: heading, picture for every paper and width, small print; all words escaped."""
        sources = "".join(
            f'<source media="{media}" srcset="{_uri(self.png(dark=theme is DARK, narrow=narrow))}"'
            f' width="{_width(narrow):.0f}" height="{self.height(narrow):.0f}">'
            for media, theme, narrow in _VARIANTS
        )
        image = (
            f'<img src="{_uri(self.png())}" alt="{escape(self.alt)}" width="{WIDE:.0f}" '
            f'height="{self.height(False):.0f}" style="max-width:100%;height:auto">'
        )
        note = f"<figcaption>{escape(self.note)}</figcaption>" if clean(self.note).strip() else ""
        return f'<figure class="cx"><h3>{escape(self.title)}</h3><picture>{sources}{image}</picture>{note}</figure>'

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, object], dict[str, object]]:
        data = {
            "image/png": base64.b64encode(self.png()).decode("ascii"),
            "text/html": self.html(),
            "text/plain": repr(self),
        }
        size = {"width": round(WIDE), "height": round(self.height(False))}
        return data, {"image/png": {"alt": clean(self.alt), **size}}

    def __repr__(self) -> str:
        return "\n".join(words for words in (clean(self.title), clean(self.alt), clean(self.note)) if words)


def _width(narrow: bool) -> float:
    return NARROW if narrow else WIDE


def _uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
