"""Verdicts and numbers become sentences here and nowhere else, so that no figure is typed by hand."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.report.digits import MINUS, THIN, UNKNOWN, change, count, interval, is_finite, is_missing, value
from cxlab.stats.comparisons import CANNOT_TELL, FLAT, MOVED_DOWN, MOVED_UP, groups_of

__all__ = [
    "MINUS",
    "THIN",
    "UNKNOWN",
    "Row",
    "change",
    "count",
    "define",
    "definition",
    "headline",
    "interval",
    "is_finite",
    "is_missing",
    "page_word",
    "sentence",
    "value",
    "verdict",
]

Row = Mapping[str, object] | pd.Series
IMPROVED, WORSENED = "improved", "worsened"
# An activity (surveys sent, answers received) is told without praise or blame.
ROSE, FELL = "rose", "fell"
DIRECTIONS = ("up", "down", "neither")
_DIRECTION = {MOVED_UP: 1, MOVED_DOWN: -1}


def define(dictionary: pd.DataFrame, kpi: str) -> dict[str, object]:
    """The dictionary's row for `kpi` (name, unit, better ...) as a dict. Raises ParameterError for an unknown KPI."""
    rows = dictionary[dictionary["kpi"] == kpi]
    if rows.empty:
        raise ParameterError.unknown("KPI", str(kpi), dictionary["kpi"].tolist())
    return rows.iloc[0].to_dict()


def verdict(row: Row, better: str) -> str:
    """The page's word for a change row: "improved", "worsened", "flat" or "cannot tell".

    `better` is the dictionary's good direction, "up", "down" or "neither" (then a move is "rose" or "fell"). A row that
    says it moved against the sign of its own change is not believed: it reads "cannot tell". Raises ParameterError for
    other words.
    """
    if better not in DIRECTIONS:
        raise ParameterError.unknown("better direction", str(better), DIRECTIONS)
    said = row.get("verdict")
    if is_missing(said) or said == CANNOT_TELL:
        return CANNOT_TELL
    if said == FLAT:
        return FLAT if is_finite(row.get("change")) else CANNOT_TELL
    if said not in _DIRECTION:
        raise ParameterError.unknown("verdict", str(said), (*_DIRECTION, FLAT, CANNOT_TELL))
    moved = row.get("change")
    if not is_finite(moved) or float(moved) * _DIRECTION[said] <= 0:
        return CANNOT_TELL
    return page_word(str(said), better)


def page_word(said: str, better: str) -> str:
    """The page's word for a verdict of the data: a move is an improvement or not, all else is said as it is."""
    if said not in _DIRECTION:
        return said
    if better == "neither":
        return ROSE if said == MOVED_UP else FELL
    return IMPROVED if (said == MOVED_UP) == (better == "up") else WORSENED


def sentence(row: Row, about: Row, *, now: Row | None = None, scope: str = "") -> str:
    """One plain sentence for a change row (or for a KPI row, which has no verdict to tell).

    row: a row of a change frame or of a KPI frame. about: the KPI's dictionary row (name, unit, better).
    now: the KPI-frame row of the same period; it carries the value's own interval, which a change row does not.
    scope: the group's name, if the row is about a group ("EMEA"). Text only: escape it before it becomes HTML.
    """
    text = _sentence(row, about, now)
    return f"{scope}: {inside(text)}" if scope else text


def _sentence(row: Row, about: Row, now: Row | None) -> str:
    name, unit = str(about["name"]), str(about["unit"])
    subject = f"{name}," if "," in name else name
    if is_missing(row.get("value")) or not is_finite(row.get("value")):
        return _unknown(row, name, unit)
    if "verdict" not in row:
        return f"{name}: {_state(row, row, unit)}."
    said, state = verdict(row, str(about["better"])), _state(row, now, unit)
    before = row.get("before")
    since = "" if is_missing(before) else f" since {before}"
    if said in (IMPROVED, WORSENED, ROSE, FELL):
        limits = (row.get("low"), row.get("high"))
        size = change(row["change"], unit, *limits, signed=False, is_real=True)
        return f"{subject} {said} by {size}{'' if now is not None else _reach(row, unit)}{since}, to {state}."
    if said == FLAT:
        moved = change(row["change"], unit, row.get("low"), row.get("high")) + _reach(row, unit)
        return f"{subject} stayed flat{since}, at {state}: the change of {moved} lies inside {_margin(row, unit)}."
    return f"We cannot tell whether {inside(subject)} moved{since}: now {state}; {_unseen(row, unit)}."


def _reach(row: Row, unit: str) -> str:
    """The interval of a change in brackets, if there is one."""
    limits = (row.get("low"), row.get("high"))
    return f" ({interval(*limits, unit, of_change=True, bare=True)})" if any(map(is_finite, limits)) else ""


def _margin(row: Row, unit: str) -> str:
    margin = row.get("margin")
    return f"the margin of ±{change(margin, unit, signed=False)}" if is_finite(margin) else "the stated margin"


def _unseen(row: Row, unit: str) -> str:
    if not is_finite(row.get("value_before")):
        return "there is nothing before it to compare with"
    smallest = row.get("smallest_detectable")
    if not is_finite(smallest):
        return "there is too little to compare"
    limits = (row.get("low"), row.get("high"))
    size = change(abs(float(smallest)), unit, *limits, signed=False, is_real=True)
    return f"the smallest change we could have seen is {size}"


def _state(row: Row, own: Row | None, unit: str) -> str:
    """Value with its own interval and n; `own` is the row that holds that interval, if any row does."""
    limits = (None, None) if own is None else (own.get("low"), own.get("high"))
    borrowed = limits if own is not None else (row.get("low"), row.get("high"))  # a change is as coarse as its value
    parts = [interval(*limits, unit, bare=True)] if any(is_finite(limit) for limit in limits) else []
    parts += [f"n {count(row.get('n'))}"] if is_finite(row.get("n")) else []
    text = value(row["value"], unit, *borrowed)
    return f"{text} ({', '.join(parts)})" if parts else text


def _unknown(row: Row, name: str, unit: str) -> str:
    """Why there is no value, as far as the row knows."""
    period = "" if is_missing(row.get("period")) else f" for {row['period']}"
    n, low = row.get("n"), row.get("low")
    if "verdict" not in row and is_finite(low):
        return f"{name}{period}: {UNKNOWN}, but {value(low, unit)} or more{_n(n)}."
    if not is_missing(row.get("value")) and math.isinf(float(row["value"])):
        return f"{name}{period}: not yet reached{_n(n)}."
    if is_finite(n) and float(n) > 0:
        return f"{name}{period}: {UNKNOWN}, n {count(n)} is too few."
    return f"{name}{period}: {UNKNOWN}, there is nothing to count."


def _n(n: object) -> str:
    return f" (n {count(n)})" if is_finite(n) else ""


def some(n: int, noun: str) -> str:
    """ "1 change", "12 changes"."""
    return f"{count(n)} {noun}{'s' * (n != 1)}"


def inside(text: str) -> str:
    """A name as it stands inside a sentence: an ordinary capital goes, an acronym or a proper name keeps its own."""
    first, _, rest = text.partition(" ")
    is_ordinary = first[:1].isupper() and first[1:] == first[1:].lower() and first[1:].rstrip(":").isalpha()
    is_proper = rest[:1].isupper()
    return text[:1].lower() + text[1:] if is_ordinary and not is_proper else text


def headline(changes: pd.DataFrame, dictionary: pd.DataFrame, *, named: int = 3) -> str:
    """What moved, then how many are flat and how many cannot be told: the computed headline of a page.

    changes: change frame, one row per measure (and group, named in front of the measure). At most `named` movers are
    spelled out, surest first (by q, then p, then as given).
    """
    if changes.empty:
        return "There is nothing to compare yet."
    rows = [row for _, row in _surest_first(changes).iterrows()]
    about = {str(kpi): define(dictionary, kpi) for kpi in changes["kpi"].unique()}
    groups = _groups(changes)
    known = [row for row in rows if is_finite(row["value"])]
    said = [(row, verdict(row, str(about[row["kpi"]]["better"]))) for row in known]
    movers = [(row, word) for row, word in said if word in (IMPROVED, WORSENED, ROSE, FELL)]
    movers.sort(key=lambda each: each[1] in (ROSE, FELL))  # what we did comes after what came of it
    told = [_told(row, word, about[row["kpi"]], groups) for row, word in movers[:named]]
    if told:
        told[1:] = [inside(text) for text in told[1:]]
    text = "; ".join(told) + ("." if told else "Nothing moved that can be told from chance.")
    flat = sum(word == FLAT for _, word in said)
    counts = [
        (len(movers), "moved"),
        (flat, "is flat" if flat == 1 else "are flat"),
        (len(said) - len(movers) - flat, "cannot be told from chance"),
        (len(rows) - len(known), "is not yet known" if len(rows) - len(known) == 1 else "are not yet known"),
    ]
    listed = _listed([f"{count(n)} {words}" for n, words in counts if n])
    noun = "comparison" if groups else "measure"
    return f"{text} Of {count(len(rows))} {noun}{'s' * (len(rows) != 1)}, {listed}."


def _surest_first(changes: pd.DataFrame) -> pd.DataFrame:
    order = [column for column in ("q", "p") if column in changes]
    return changes.sort_values(order, kind="stable", na_position="last") if order else changes


_BESIDE = {"n_eff_before", "unit", "name"}  # what a notebook may have added


def _groups(changes: pd.DataFrame) -> list[str]:
    named = [column for column in groups_of(changes) if column not in _BESIDE]
    return [column for column in named if not pd.api.types.is_numeric_dtype(changes[column])]


def _told(row: pd.Series, word: str, about: Row, groups: list[str]) -> str:
    scope = ", ".join(str(row[column]) for column in groups if not is_missing(row[column]))
    limits, unit, name = (row.get("low"), row.get("high")), str(about["unit"]), str(about["name"])
    subject = f"{name}," if "," in name else name
    subject = f"{scope}: {inside(subject)}" if scope else subject
    size = change(row["change"], unit, *limits, signed=False, is_real=True)
    return f"{subject} {word} by {size} to {value(row['value'], unit, *limits)}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def definition(subject: Callable[..., object] | Row) -> str:
    """What a KPI means, for "How we counted": a dictionary row's definition, or a KPI function's first paragraph."""
    if callable(subject):
        first = (inspect.getdoc(subject) or "").split("\n\n")[0]
        return f"{subject.__name__.replace('_', ' ')}: {' '.join(first.split())}"
    text = f"{subject['name']}: {subject['definition']}"
    source = subject.get("source")
    return text if is_missing(source) or not str(source).strip() else f"{text} Source: {source}"
