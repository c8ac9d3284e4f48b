"""The front page of a run, made only from what its notebooks recorded (result.json)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cxlab.batch.pages import Page, day_words, show
from cxlab.report.digits import UNITS, count, interval, value
from cxlab.report.html import CHIPS
from cxlab.report.prose import DIRECTIONS, page_word
from cxlab.stats.comparisons import CHANGE_COLUMNS, KPI_COLUMNS

LEAD = "10-read-the-scorecard"  # its headline is the run's, where there is one
# What a claim rests on. Grade D, a measurement or a plain correlation, claims nothing and needs no word.
GRADES = {
    "A": "from an experiment",
    "B": "from a quasi-experiment",
    "C": "an association, adjusted",
}
# What a recorded row calls its own; anything else in it is a group's name.
_OWN = {*KPI_COLUMNS, *CHANGE_COLUMNS, "name", "unit", "better", "target", "n_eff_before"}
_WHOLE = (None, "", "all")  # what stands in a group column for the whole company
_MOST_TILES, _MOST_FINDINGS, _MOST_HEADLINES = 12, 8, 3
_ENDINGS = {
    "failed": "not finished",
    "died": "not finished",
    "timeout": "took too long",
    "incomplete": "not finished",
}


@dataclass(frozen=True)
class Chip:
    """A verdict as class, shape and word."""

    kind: str
    shape: str
    word: str


@dataclass(frozen=True)
class Tile:
    """A KPI of the company: what, how much, verdict, how sure."""

    name: str
    big: str
    unit: str
    chip: Chip | None
    fine: str


@dataclass(frozen=True)
class Finding:
    """A recorded finding, ready to print; `page` is where it comes from."""

    sentence: str
    chip: Chip | None
    fine: str
    page: str
    title: str


@dataclass(frozen=True)
class Front:
    """Everything a front page says. `groups` are headed lists of findings, `questions` close the page."""

    headline: str
    short: list[str]
    tiles: list[Tile]
    groups: list[tuple[str, list[Finding], int]]
    questions: list[Finding]
    failed: list[dict[str, Any]]
    reports: list[dict[str, Any]] = field(default_factory=list)


def front_page(result: Mapping[str, Any]) -> str:
    """The front page of one run as HTML; links lead to the files beside it."""
    return show(
        "front.html.j2", page_of(result), front=front_of(result), result=result, base="", earlier=[], damaged=[]
    )


def page_of(result: Mapping[str, Any]) -> Page:
    """Title and eyebrow of a run's front page."""
    period, company = result["period"]["words"], result.get("company", "")
    asked = [f"{name} {_text(given)}" for name, given in sorted(result.get("parameters", {}).items())]
    data_to = day_words(result.get("as_of"))
    eyebrow = [company, "customer experience review", period, *asked, data_to and f"data to {data_to}"]
    return Page(
        title=" · ".join(filter(None, ["Customer experience review", period, *asked, company])),
        eyebrow=[part for part in eyebrow if part],
    )


def front_of(result: Mapping[str, Any]) -> Front:
    """What the front page of a run says."""
    entries = result["notebooks"]
    good = sorted((each for each in entries if each["record"]), key=lambda each: (each["stem"] != LEAD, each["stem"]))
    failed = [each for each in entries if each["status"] != "ok"]
    headlines = [(each["stem"], _headline(each["record"])) for each in good]
    lead = next((stem for stem, line in headlines if line), None)
    headline = next((line for stem, line in headlines if stem == lead), "")
    findings = [(str(found.get("kind")), _finding(found, each)) for found, each in _once(good)]
    of_kind = {kind: [each for known, each in findings if known == kind] for kind, _ in findings}
    titles = (
        ("win", "What got better"),
        ("loss", "What got worse"),
        ("risk", "What to watch"),
        ("action", "What we would do"),
    )
    return Front(
        headline=headline or ("No report could be finished." if failed else "Nothing was recorded."),
        short=[line for stem, line in headlines if line and stem != lead][:_MOST_HEADLINES],
        tiles=_tiles(good, result["period"]["label"]),
        groups=[
            (title, of_kind[kind][:_MOST_FINDINGS], max(len(of_kind[kind]) - _MOST_FINDINGS, 0))
            for kind, title in titles
            if of_kind.get(kind)
        ],
        questions=of_kind.get("question", [])[:_MOST_FINDINGS],
        failed=failed,
        reports=[_report(each) for each in entries],
    )


def _headline(record: Mapping[str, Any]) -> str:
    """A page's headline, after what it is about where it is not about everything."""
    return ": ".join(filter(None, [_line(record.get("about")), _line(record.get("headline"))]))


def _report(entry: Mapping[str, Any]) -> dict[str, Any]:
    ending = _ENDINGS.get(entry["status"])
    if ending:
        said = Chip("down", "✕", ending)
    elif entry["carried"]:
        said = Chip("unsure", "○", "from an earlier run")
    elif entry["unchanged"]:
        said = Chip("flat", "■", "unchanged, not run again")
    else:
        said = None
    record = entry["record"] or {}
    return {**entry, "chip": said, "headline": _line(record.get("headline")), "is_failed": bool(ending)}


def _findings(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = record.get("findings")
    return (
        [each for each in found if isinstance(each, Mapping) and _line(each.get("sentence"))]
        if isinstance(found, list)
        else []
    )


def _once(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every finding with the page it stands on; what several pages say of one measure and group is said once."""
    told = set()
    for entry in entries:
        for found in _findings(entry["record"]):
            subject = (found.get("kind"), found.get("kpi") or _line(found.get("sentence")), str(found.get("scope")))
            if subject not in told:
                told.add(subject)
                yield found, entry


def _finding(found: Mapping[str, Any], entry: Mapping[str, Any]) -> Finding:
    about = _about(_line(found.get("kpi")))
    scope = found.get("scope")
    groups = scope.values() if isinstance(scope, Mapping) else [scope]
    fine = [
        ", ".join(_text(group) for group in groups if group not in (None, "")),
        f"owner: {_line(found.get('owner'))}" if found.get("owner") else "",
        GRADES.get(str(found.get("grade")), ""),
    ]
    return Finding(
        sentence=_line(found.get("sentence")),
        chip=chip_of(found.get("verdict"), about.get("better", "up")),
        fine=" · ".join(part for part in fine if part),
        page=f"{entry['stem']}.html",
        title=entry["title"],
    )


def chip_of(verdict: object, better: object) -> Chip | None:
    """The page's word for a verdict of the data ("moved up" ...) or of a page ("improved" ...); None for others."""
    word = page_word(str(verdict), str(better) if better in DIRECTIONS else "up")
    return Chip(*CHIPS[word], word) if word in CHIPS else None


def _tiles(entries: Iterable[Mapping[str, Any]], period: str) -> list[Tile]:
    """A tile for each KPI that a notebook recorded for the whole company in this period."""
    tiles: dict[str, Tile] = {}
    for entry in entries:
        record = entry["record"]
        for row in _rows(record.get("kpis")):
            kpi = _line(row.get("kpi"))
            is_whole = _is_whole(row)
            if kpi and kpi not in tiles and is_whole and row.get("period") in (None, "", period):
                tiles[kpi] = _tile(kpi, row, _verdict(kpi, row, record))
    return list(tiles.values())[:_MOST_TILES]


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Whether a row of a KPI or change frame is about the whole company, not about a group."""
    return all(given in _WHOLE for name, given in row.items() if name not in _OWN)


def _rows(rows: object) -> list[Mapping[str, Any]]:
    return (
        [row for row in rows if isinstance(row, Mapping)]
        if isinstance(rows, Sequence) and not isinstance(rows, str)
        else []
    )


def _verdict(kpi: str, row: Mapping[str, Any], record: Mapping[str, Any]) -> object:
    """The verdict on the whole company's KPI: its row's own, else of a recorded change frame, else of a finding."""
    if row.get("verdict"):
        return row["verdict"]
    changes = [each for each in _rows(record.get("changes")) if each.get("kpi") == kpi and _is_whole(each)]
    latest = max(changes, key=lambda each: str(each.get("before")), default={})
    told = [each for each in _findings(record) if each.get("kpi") == kpi and not each.get("scope")]
    return latest.get("verdict") or next((each.get("verdict") for each in told if each.get("verdict")), None)


def _tile(kpi: str, row: Mapping[str, Any], verdict: object) -> Tile:
    about = _about(kpi)
    unit = str(row.get("unit") or about.get("unit") or "points")
    unit = unit if unit in UNITS else "points"
    better = row.get("better") or about.get("better")
    number, low, high = (_number(row.get(name)) for name in ("value", "low", "high"))
    written = value(number, unit, low, high)
    digits = value(number, unit, low, high, bare=True).rstrip("%").rstrip("\u202f ")
    known = number is not None
    n = _number(row.get("n"))
    fine = [
        interval(low, high, unit, bare=True) if known and low is not None else "",
        f"n {count(n)}" if n is not None else "",
    ]
    return Tile(
        name=_line(row.get("name") or about.get("name") or kpi.replace("_", " ")),
        big=digits if known else "",
        unit=(written.removeprefix(digits) if known else written),
        chip=chip_of(verdict, better) if known else None,
        fine=" · ".join(part for part in fine if part),
    )


@cache
def _dictionary() -> dict[str, dict[str, Any]]:
    from cxlab.kpis.dictionary import dictionary

    return {str(row["kpi"]): row for row in dictionary().to_dict("records")}


def _about(kpi: str) -> dict[str, Any]:
    """The dictionary's row of a KPI; nothing for one that it does not know (an old run, another company's own)."""
    return _dictionary().get(kpi, {})


def _number(given: object) -> float | None:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if is_number and math.isfinite(given) else None  # type: ignore[arg-type]


def _line(given: object) -> str:
    return " ".join(str(given).split()) if given is not None else ""


def _text(given: object) -> str:
    return ", ".join(map(str, given)) if isinstance(given, list) else str(given)
