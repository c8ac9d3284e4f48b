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
}


def clean(text: object) -> str:
    """`text` as a string without control characters, direction marks and lone surrogates; missing is empty."""
    return "" if is_missing(text) else _HARMFUL.sub("", str(text))


def escape(text: object) -> str:
    """`text` ready for HTML, in an element or in a quoted attribute."""
    return html.escape(clean(text), quote=True)


def chip(word: str) -> str:
    """The verdict as a shape, a word and a colour (class). Words other than the four verdicts are plain text."""
    if word not in CHIPS:
        return escape(word)
    kind, shape = CHIPS[word]
    return f'<span class="chip {kind}"><span aria-hidden="true">{shape}</span> {word}</span>'


@dataclass(frozen=True)
class Piece:
    """Something a notebook shows: `html` with the house's classes, already escaped, and `text`, its plain twin."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

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
