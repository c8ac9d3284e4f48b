"""Tiles: what, how much, verdict, how it got there, against what, how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import UNKNOWN, change, count, interval, is_finite, is_missing, value
from cxlab.report.html import Piece, chip, clean, escape
from cxlab.report.prose import define, verdict
from cxlab.report.sparks import spark
from cxlab.stats.comparisons import CANNOT_TELL, groups_of

_UNBROKEN = "\u00a0"


def tiles(
    now: pd.DataFrame,
    changes: pd.DataFrame | None = None,
    *,
    dictionary: pd.DataFrame,
    trend: pd.DataFrame | None = None,
    targets: pd.DataFrame | Mapping[str, float] | None = None,
    notes: Mapping[str, str] | None = None,
    why_missing: Mapping[str, str] | None = None,
) -> Piece:
    """One tile a row of `now`, as HTML (class tiles), all text escaped.

    now: KPI frame of one period, in the order to show. A group's row (region ...) names the group.
    changes: change frame. Several comparisons of one KPI may stand in it (last period, same period last year): the
    latest `before` is the tile's verdict, the others follow in small print.
    trend: KPI frame over several periods, oldest first. targets: the canonical table, or KPI -> value.
    notes: KPI -> a line of small print. why_missing: KPI -> why it could not be computed; a KPI that is not in `now`
    gets a quiet tile that says so. Raises CxlabError (a frame without kpi, an unknown KPI).
    """
    for what, frame in (("now", now), ("changes", changes), ("trend", trend)):
        if frame is not None and not {"kpi", "value"} <= set(frame.columns):
            have = ", ".join(map(str, frame.columns))
            raise CxlabError(f"cx.tiles: {what} lacks the columns kpi and value (it has: {have}). Give a KPI frame.")
    groups = groups_of(now)
    notes, why_missing = notes or {}, why_missing or {}
    shown = [
        _tile(
            row,
            define(dictionary, str(row["kpi"])),
            groups,
            _same(changes, row, groups),
            _same(trend, row, groups),
            _target(targets, row, groups),
            notes.get(str(row["kpi"]), ""),
            why_missing.get(str(row["kpi"]), ""),
        )
        for _, row in now.iterrows()
    ]
    have = set(now["kpi"])
    shown += [_empty(define(dictionary, kpi)["name"], why) for kpi, why in why_missing.items() if kpi not in have]
    html = "".join(piece.html for piece in shown) or '<p class="fine">No measure could be computed.</p>'
    text = "\n".join(piece.text for piece in shown) or "No measure could be computed."
    return Piece(f'<div class="tiles">{html}</div>' if shown else html, text)


def _same(frame: pd.DataFrame | None, row: pd.Series, groups: Sequence[str]) -> pd.DataFrame | None:
    """The rows of `frame` about the same KPI and group as `row`; none at all if the frame does not know the groups."""
    if frame is None:
        return None
    same = frame[frame["kpi"] == row["kpi"]]
    for name in groups:
        if name not in same:
            return same.iloc[:0]
        same = same[same[name].isna()] if is_missing(row[name]) else same[same[name] == row[name]]
    return same


def _target(targets: pd.DataFrame | Mapping[str, float] | None, row: pd.Series, groups: Sequence[str]) -> object:
    """The goal for this KPI, group and period: the period's own, else its year's, else one without a period."""
    if targets is None:
        return None
    if isinstance(targets, Mapping):
        return targets.get(str(row["kpi"]))
    fits = targets[targets["kpi"] == row["kpi"]]
    for name in fits.columns.difference(["kpi", "value", "period", "owner", "source"]):
        wanted = row.get(name) if name in groups else None
        fits = fits[fits[name].isna()] if is_missing(wanted) else fits[fits[name] == wanted]
    if "period" not in fits:
        return fits["value"].iloc[-1] if len(fits) else None
    period = str(row.get("period"))
    for label in (period, period[:4]):
        own = fits[fits["period"].astype("string") == label]
        if len(own):
            return own["value"].iloc[-1]
    always = fits[fits["period"].isna()]
    return always["value"].iloc[-1] if len(always) else None


def _tile(
    row: pd.Series,
    about: Mapping[str, object],
    groups: Sequence[str],
    changes: pd.DataFrame | None,
    trend: pd.DataFrame | None,
    target: object,
    note: str,
    why: str,
) -> Piece:
    unit, better = str(about["unit"]), str(about["better"])
    scope = ", ".join(clean(row[name]) for name in groups if not is_missing(row[name]))
    name = f"{about['name']}, {scope}" if scope else str(about["name"])
    if not is_finite(row["value"]):
        return _empty(name, why or _reason(row, unit), _line(trend, name, unit, target))
    limits = (row.get("low"), row.get("high"))
    against = _compared(changes)
    word = verdict(against[0], better) if against else ""
    size = value(row["value"], unit, *limits, bare=True)
    digits, unit_word = _parted(size, value(row["value"], unit, *limits))
    lines = [_against(each, unit, with_margin=each is against[0]) for each in against]
    lines[1:] = [f"{line}: {verdict(each, better)}" for line, each in zip(lines[1:], against[1:], strict=True)]
    how_sure = [interval(*limits, unit, bare=True)] if any(map(is_finite, limits)) else []
    how_sure += [f"n {count(row['n'])}"] if is_finite(row.get("n")) else []
    seen = against[0].get("smallest_detectable") if against else None
    if word == CANNOT_TELL and is_finite(seen):
        size_seen = change(seen, unit, against[0].get("low"), against[0].get("high"), signed=False, is_real=True)
        how_sure.append(f"could have seen {size_seen}")
    small = [*lines[1:], " · ".join(how_sure), _goal(target, row, unit, better), clean(note)]
    small = [line for line in small if line]
    strong = f"<b>{escape(lines[0])}</b>" if lines else "nothing before it to compare with"
    html = (
        f'<section class="tile"><h3>{escape(name)}</h3>'
        f'<p class="big">{escape(digits)}<small>{escape(unit_word)}</small></p>{chip(word) if word else ""}'
        f"{_line(trend, name, unit, target)}"
        f'<p class="fine">{"<br>".join([strong, *map(escape, small)])}</p></section>'
    )
    parts = [f"{clean(name)}: {digits}{unit_word}", word, *(lines[:1] or ["nothing before it to compare with"]), *small]
    return Piece(html, " | ".join(part for part in parts if part))


def _compared(changes: pd.DataFrame | None) -> list[pd.Series]:
    """Comparisons that can be made, latest first: labels of one kind of period sort as time does."""
    if changes is None or changes.empty:
        return []
    ordered = changes.sort_values("before", ascending=False, kind="stable") if "before" in changes else changes
    return [row for _, row in ordered.iterrows() if is_finite(row.get("value_before", row.get("change")))]


def _parted(bare: str, full: str) -> tuple[str, str]:
    """The digits and the unit's word; the % is a word too."""
    digits = bare.rstrip("%").rstrip()
    return digits, full[len(digits) :]


def _against(row: pd.Series, unit: str, *, with_margin: bool) -> str:
    """ "+7.2 since 2026-Q2 (+1.9 to +12.5), inside ±2"."""
    limits = (row.get("low"), row.get("high"))
    size = change(row["change"], unit, *limits)
    size = size.removesuffix(" points").removesuffix(" point")
    text = size if is_missing(row.get("before")) else f"{size} since {row['before']}"
    if any(map(is_finite, limits)):
        reach = interval(*limits, unit, of_change=True, bare=True).replace(" ", _UNBROKEN)
        text += f" ({reach})"
    if with_margin and row.get("verdict") == "flat" and is_finite(row.get("margin")):
        margin = change(row["margin"], unit, signed=False)
        text += f", inside ±{margin.removesuffix(' points').removesuffix(' point')}"
    return text


def _goal(target: object, row: pd.Series, unit: str, better: str) -> str:
    """The target, and whether the whole interval lies on one side of it."""
    if not is_finite(target):
        return ""
    low, high = (row.get("high"), row.get("low")) if better == "down" else (row.get("low"), row.get("high"))
    sign, level = (-1, -float(target)) if better == "down" else (1, float(target))
    text = f"target {value(target, unit)}"
    if is_finite(low) and sign * float(low) >= level:
        return f"{text}, reached"
    if is_finite(high) and sign * float(high) < level:
        return f"{text}, not reached"
    return f"{text}, cannot tell yet" if is_finite(low) or is_finite(high) else text


def _line(trend: pd.DataFrame | None, name: str, unit: str, target: object) -> str:
    """The spark line, if there are two periods or more to draw."""
    if trend is None or trend["value"].map(is_finite).sum() < 2:
        return ""
    known = trend[trend["value"].map(is_finite)]
    first, last = known.iloc[0], known.iloc[-1]
    label = (
        f"{name}: {len(trend)} periods, from {value(first['value'], unit)} in {first['period']} "
        f"to {value(last['value'], unit)} in {last['period']}"
    )
    label += f"; target {value(target, unit)}" if is_finite(target) else ""
    nothing = [None] * len(trend)
    lows, highs = (trend[side].tolist() if side in trend else nothing for side in ("low", "high"))
    return spark(trend["value"].tolist(), lows, highs, target=target, label=label)


def _reason(row: pd.Series, unit: str) -> str:
    """Why a row has no value, as far as it knows itself."""
    n = row.get("n")
    if is_finite(row.get("low")):
        return f"Not yet known, but {value(row['low'], unit)} or more (n {count(n)})."
    if is_finite(n) and float(n) > 0:
        return f"n {count(n)} is too few to say."
    return "Nothing to count in this period."


def _empty(name: object, why: str, line: str = "") -> Piece:
    html = (
        f'<section class="tile"><h3>{escape(name)}</h3><p class="big"><small>{UNKNOWN}</small></p>{line}'
        f'<p class="fine">{escape(why)}</p></section>'
    )
    return Piece(html, f"{clean(name)}: {UNKNOWN} | {clean(why)}")
