"""The first of the three layers that keep customer text harmless: everything is escaped where it becomes HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cxlab.errors import CxlabError
from cxlab.report.digits import is_missing

# Control characters, and the marks that turn the direction of all text after them: a comment must not mirror a page.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")

CHIPS = {
    "improved": ("up", "▲"),
    "worsened": ("down", "▼"),
    "flat": ("flat", "■"),
    "cannot tell": ("unsure", "?"),
    "rose": ("flat", "△"),
    "fell": ("flat", "▽"),
}


def clean(text: object) -> str:
    """`text` as a string without control characters, direction marks and lone surrogates; missing is empty."""
    return "" if is_missing(text) else _HARMFUL.sub("", str(text))


def escape(text: object) -> str:
    """`text` ready for HTML, in an element or in a quoted attribute."""
    return html.escape(clean(text), quote=True)


def chip(word: str) -> str:
    """The verdict as a shape, a word and a colour (class). Words other than verdicts are plain text."""
    if word not in CHIPS:
        return escape(word)
    kind, shape = CHIPS[word]
    return f'<span class="chip {kind}"><span aria-hidden="true">{shape}</span> {word}</span>'


# A page has its own style sheet, and rendering takes this one out; JupyterLab has none, so a little comes along.
_IN_JUPYTERLAB = (
    "<style>.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));max-width:70rem;"
    "border-top:1px solid #8884;border-left:1px solid #8884}.tile{padding:.8rem;border-right:1px solid #8884;"
    "border-bottom:1px solid #8884}.tile h3{margin:0;font-size:.95em}.tile .big{font-size:2em;line-height:1.2;"
    "margin:.1em 0;font-weight:600}.big small{font-size:.5em}.tile svg{width:100%;margin:.5rem 0}"
    ".fine{font-size:.85em;opacity:.8}.chip{font-weight:600}.chip.up{color:#0b8a62}.chip.down{color:#c9541f}"
    ".short{font-size:1.15em;max-width:46rem}.ask{border-left:3px solid #2b7fb0;padding:.4rem 1rem;max-width:46rem}"
    "table.cx{text-align:left}table.cx td.r,table.cx th.r{text-align:right}</style>"
)


@dataclass(frozen=True)
class Piece:
    """Something a notebook shows: `html` with the house's classes, already escaped, and `text`, its plain twin."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return _IN_JUPYTERLAB + self.html

    def __repr__(self) -> str:
        return self.text


def say(*sentences: str, kind: str = "") -> Piece:
    """Computed sentences as a paragraph, escaped. A notebook shows its prose with this, never with Markdown(f"...").

    kind: "" for a plain paragraph, "short" for the headline paragraph, "fine" for small print, "ask" for the closing
    question, "list" for a list with a line a sentence. Raises CxlabError for any other kind.
    """
    shapes: Mapping[str, tuple[str, str]] = {
        "": ("<p>", "</p>"),
        "short": ('<p class="short">', "</p>"),
        "fine": ('<p class="fine">', "</p>"),
        "ask": ('<div class="ask"><p>', "</p></div>"),
        "list": ('<ul class="cx">', "</ul>"),
    }
    if kind not in shapes:
        raise CxlabError(f"say knows no kind {kind!r}. Use one of: {', '.join(map(repr, shapes))}.")
    said = [clean(sentence) for sentence in sentences if clean(sentence).strip()]
    opening, closing = shapes[kind]
    inner = "".join(f"<li>{escape(s)}</li>" for s in said) if kind == "list" else escape(" ".join(said))
    return Piece(opening + inner + closing, ("\n" if kind == "list" else " ").join(said))


def show(*pieces: object) -> None:
    """Display several pieces one under the other; a cell's last expression alone would show only one."""
    from IPython.display import display

    for piece in pieces:
        display(piece)
