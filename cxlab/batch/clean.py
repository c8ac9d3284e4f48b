"""The second of the three layers that keep customer text harmless: nh3 on every piece of HTML that reaches a page.

The first is the escaping of `cxlab.report`, the third the page's content security policy. Each has to hold alone.
"""

from __future__ import annotations

import re
from functools import cache

_TEXT = (
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure footer "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q s samp section small source span strong sub summary "
    "sup table tbody td tfoot th thead time tr u ul var"
).split()
_DRAWING = "svg g title desc path line polyline polygon rect circle ellipse text tspan".split()
_PAINT = {
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "opacity",
    "transform",
    "text-anchor",
    "dominant-baseline",
    "font-size",
    "font-weight",
}
_PLACE = {
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "dx",
    "dy",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "d",
    "points",
    "width",
    "height",
    "viewBox",
    "preserveAspectRatio",
    "focusable",
}
_ANY = {"class", "title", "dir", "lang", "role", "aria-label", "aria-hidden", "tabindex"}
_OWN = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "source": {"srcset", "media", "type", "width", "height"},
    "td": {"colspan", "rowspan", "headers", "style"},
    "th": {"colspan", "rowspan", "scope", "headers", "style"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "ol": {"start", "reversed"},
    "time": {"datetime"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
# Everything between these tags goes with them; other unknown tags only lose the tag and keep their text.
_WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "template", "noscript", "noembed", "noframes", "xmp"}
_PICTURE = r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=\s]+"
_SRC = re.compile(_PICTURE)
_HERE = re.compile(r"#[\w.%-]*|[\w-]+\.html(?:#[\w.%-]*)?")
_ELSEWHERE = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+")
_ROLES = {"img", "region", "group", "list", "listitem", "note", "presentation", "none"}


def _allowed(tag: str, name: str, value: str, links_out: bool) -> str | None:
    """The value an attribute may keep, None to remove it."""
    if name == "href":
        good = _HERE.fullmatch(value) or (links_out and _ELSEWHERE.fullmatch(value))
        return value if good else None
    if name == "src":
        return value if _SRC.fullmatch(value) else None
    if name == "srcset":
        return value if _all_pictures(value) else None
    if name == "role":
        return value if value in _ROLES else None
    if name == "tabindex":
        return value if value == "0" else None
    if name == "style":
        return value if re.fullmatch(r"\s*text-align:\s*(?:left|right|center)\s*;?\s*", value) else None
    if name in _PAINT and re.search(r"url\s*\(|\\", value, re.I):
        return None
    return value


def _all_pictures(value: str) -> bool:
    """Whether every candidate of a srcset is a picture that travels inside the page."""
    candidates = [part.split() for part in re.split(r",\s+", value.strip()) if part.strip()]
    return bool(candidates) and all(
        _SRC.fullmatch(part[0]) and all(re.fullmatch(r"[0-9.]+[wx]", size) for size in part[1:]) and len(part) <= 2
        for part in candidates
    )


@cache
def _cleaner(links_out: bool):  # noqa: ANN202 - nh3 is imported late
    import nh3

    drawing = {tag: _ANY | _PAINT | _PLACE for tag in _DRAWING}
    return nh3.Cleaner(
        tags={*_TEXT, *_DRAWING},
        clean_content_tags=_WITH_CONTENT,
        attributes={tag: _ANY | _OWN.get(tag, set()) for tag in _TEXT} | drawing,
        attribute_filter=lambda tag, name, value: _allowed(tag, name, value, links_out),
        url_schemes={"data", "http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow" if links_out else None,
        strip_comments=True,
    )


def clean_output(html: str) -> str:
    """What a cell displayed, reduced to the house's allow-list.

    Kept: text, tables, details, pictures that travel inside the page (data:), plain SVG drawings, links within the
    run. Removed: scripts, handlers, styles, frames, forms, meta, links and pictures that lead anywhere else.
    """
    return _cleaner(False).clean(html)


def clean_prose(html: str) -> str:
    """The same for what an analyst wrote in a markdown cell, which may link to other places (nothing is fetched)."""
    return _cleaner(True).clean(html)
