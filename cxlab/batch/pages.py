"""The page around everything: head, security policy, style, foot. Templates escape whatever they are given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cxlab.periods import Period

# The third layer that keeps customer text harmless: the browser runs no script and fetches nothing, whatever a page
# holds.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
)
TRADEMARKS = (
    "NPS, Net Promoter and Net Promoter Score are registered marks of Bain & Company, Fred Reichheld and "
    "Satmetrix Systems."
)
_QUARTERS = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Page:
    """What every page has: its title in the browser's tab, its language, the line above its heading."""

    title: str
    language: str = "en"
    eyebrow: list[str] = field(default_factory=list)


@cache
def _templates() -> Any:
    import jinja2

    folder = Path(__file__).parent / "templates"
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"day": day_words, "moment": moment_words, "count": count_words, "took": took_words}
    env.globals |= {
        "policy": POLICY,
        "trademarks": TRADEMARKS,
        "css": (folder / "page.css").read_text(encoding="utf-8"),
    }
    return env


def show(template: str, page: Page, **facts: Any) -> str:
    """Fill a template. Text is escaped by the template engine; `body` and `heading` are HTML that nh3 has cleaned."""
    return _templates().get_template(template).render(page=page, **facts)


def period_words(period: Period) -> str:
    """A period as a heading says it: "third quarter 2026", "March 2026", "week 7 of 2026", "2026"."""
    year = period.label[:4]
    if period.kind == "quarter":
        return f"{_QUARTERS[int(period.label[-1]) - 1]} quarter {year}"
    if period.kind == "month":
        return f"{period.start:%B} {year}"
    return f"week {int(period.label[-2:])} of {year}" if period.kind == "week" else year


def day_words(text: str | None) -> str:
    """ISO text as a day: "30 September 2026"; what cannot be read is shown as it is."""
    try:
        when = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return text or ""
    return f"{when.day} {when:%B %Y}"


def moment_words(text: str | None) -> str:
    """ISO text as a moment: "4 October 2026, 09:12 UTC"."""
    try:
        when = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return text or ""
    return f"{when.day} {when:%B %Y, %H:%M}" + (" UTC" if when.tzinfo else "")


def count_words(number: float | None) -> str:
    """18344 as "18,344"; "not known" for None."""
    return "not known" if number is None else f"{number:,.0f}"


def took_words(seconds: float | None) -> str:
    """A duration: "3.2 s", "4 min 10 s"."""
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
