"""What a page needs besides its cells: one title, headings that can be linked to, alt texts, tables that can scroll.

Works with regular expressions because its input has been through nh3, which writes well-formed HTML with quoted
attributes; a parser (BeautifulSoup) takes seconds per megabyte of tables.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

_HEADING = re.compile(r"<h([1-6])((?:\s[^>]*)?)>(.*?)</h\1>", re.S)
_TAG = re.compile(r"<[^>]+>")
_IMAGE = re.compile(r"<img\b[^>]*>")
_ID = re.compile(r'\sid="[^"]*"')
_NO_ALT = re.compile(r'\salt="\s*"')


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents: `text` is plain, `anchor` the id on the page."""

    text: str
    anchor: str


def words(fragment: str) -> str:
    """The text of a piece of HTML, without tags and entities."""
    return " ".join(html.unescape(_TAG.sub("", fragment)).split())


def split_title(body: str, fallback: str) -> tuple[str, str]:
    """The first h1 of a page (its inner HTML) and the rest. Further h1 become h2: a page has one title."""
    match = re.search(r"<h1(?:\s[^>]*)?>(.*?)</h1>", body, re.S)
    title = match[1] if match and words(match[1]) else html.escape(fallback)
    rest = body[: match.start()] + body[match.end() :] if match else body
    return title, re.sub(r"<(/?)h1(?=[\s>])", r"<\1h2", rest)


def split_lead(body: str) -> tuple[str, str]:
    """What stands above the first section, and the rest. All is rest where the first heading is inside something."""
    first = re.search(r"<h2[\s>]", body)
    lead = body[: first.start()] if first else body
    opened = re.findall(r"<(/?)(?:div|section|details|figure|blockquote|table|ul|ol|dl)[\s>]", lead)
    return (lead, body[len(lead) :]) if 2 * opened.count("/") == len(opened) else ("", body)


def outline(body: str) -> tuple[str, list[Heading]]:
    """Give every heading an id of its own, and list the second-level ones that open a section of the page."""
    taken: dict[str, int] = {}
    found: list[Heading] = []

    def mark(match: re.Match[str]) -> str:
        level, attributes, inner = match[1], match[2], match[3]
        text = words(inner)
        anchor = _anchor(text)
        taken[anchor] = taken.get(anchor, 0) + 1
        anchor += f"-{taken[anchor]}" if taken[anchor] > 1 else ""
        if level == "2" and text:
            found.append(Heading(text, anchor))
        return f'<h{level}{_ID.sub("", attributes)} id="{anchor}">{inner}</h{level}>'

    return _HEADING.sub(mark, body), found


def _anchor(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "s-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "section")


def alt_texts(body: str) -> str:
    """No picture without words: one that came without a description is named after the heading above it.

    A picture that lost its source to nh3 goes altogether.
    """
    headings = [(match.start(), words(match[3])) for match in _HEADING.finditer(body)]

    def describe(match: re.Match[str]) -> str:
        tag = match[0]
        if " src=" not in tag:
            return ""
        if " alt=" in tag and not _NO_ALT.search(tag):
            return tag
        above = [text for start, text in headings if start < match.start()]
        alt = f"Figure under “{above[-1]}”" if above else "Figure"
        return _NO_ALT.sub("", tag).replace("<img", f'<img alt="{html.escape(alt)}"', 1)

    return _IMAGE.sub(describe, body)


def scrolling_tables(body: str) -> str:
    """Put every table that is not yet in a scrolling box into one, so that a phone scrolls the table, not the page."""
    parts: list[str] = []
    at = depth = 0
    boxed = False
    for match in re.finditer(r"<(/?)table\b[^>]*>", body):
        if not match[1]:
            if depth == 0:
                before = body[max(at, match.start() - 300) : match.start()].rpartition("<div")[2]
                boxed = before.startswith(' class="scroll') and "</div" not in before
                if not boxed:
                    parts += [
                        body[at : match.start()],
                        '<div class="scroll" role="group" aria-label="Table" tabindex="0">',
                    ]
                    at = match.start()
            depth += 1
        else:
            depth = max(depth - 1, 0)
            if depth == 0 and not boxed:
                parts += [body[at : match.end()], "</div>"]
                at = match.end()
    return "".join(parts) + body[at:]
