"""Text to points in time. The order of day and month is declared or proved by the column itself, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ORDERS = ("day-first", "month-first", "year-first")
SPECIAL = ("excel", "unix")
FIRST_YEAR, LAST_YEAR = 1900, 2100

_CLOCK = (
    r"(?:(?:[T,\s]\s*)(?P<h>\d{1,2})[:.](?P<i>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<p>[AaPp]\.?\s?[Mm]\.?)?\s*(?P<z>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?\s*$"
)
_YEAR_FIRST = r"^(?P<a>[12]\d{3})[-/.](?P<b>\d{1,2})(?:[-/.](?P<c>\d{1,2}))?" + _CLOCK
_COMPACT = r"^(?P<a>(?:19|20)\d{2})(?P<b>\d{2})(?P<c>\d{2})(?:[T\s]?(?P<h>\d{2})(?P<i>\d{2})(?P<s>\d{2})?(?P<z>Z)?)?$"
_NUMERIC = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>[12]\d{3}|\d{2})" + _CLOCK
_DAY_NAME = (
    r"^(?:[^\d\s.,:/+-]{2,12}\.?,?\s+)?(?P<c>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]*(?:de\s+)?(?P<m>[^\d\s.,:/+-]{3,12})\.?,?"
    r"[\s-]*(?:de\s+)?(?P<a>[12]\d{3}|\d{2})" + _CLOCK
)
_NAME_DAY = (
    r"^(?:[^\d\s.,:/+-]{2,12}\.?,?\s+)?(?P<m>[^\d\s.,:/+-]{3,12})\.?[\s-]+(?P<c>\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(?P<a>[12]\d{3})"
    + _CLOCK
)
_NAME_YEAR = r"^(?P<m>[^\d\s.,:/+-]{3,12})\.?[\s-]*(?P<a>[12]\d{3})$"
_MONTH_YEAR = r"^(?P<b>\d{1,2})[-/.](?P<a>[12]\d{3})$"

_NAMES = (
    ("jan", "ene", "janv", "jänner"),
    ("feb", "febr", "fév", "févr"),
    ("mar", "mär", "mrz", "mars"),
    ("apr", "abr", "avr"),
    ("may", "mai"),
    ("jun", "juin"),
    ("jul", "juil"),
    ("aug", "ago", "août", "aoû"),
    ("sep", "sept", "set"),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez", "dic", "déc"),
)
_FULL = (
    "january januar enero janvier",
    "february februar febrero février",
    "march märz marzo mars maerz",
    "april abril avril",
    "may mai mayo",
    "june juni junio juin",
    "july juli julio juillet",
    "august agosto août",
    "september septiembre setiembre septembre",
    "october oktober octubre octobre",
    "november noviembre novembre",
    "december dezember diciembre décembre",
)
_MONTHS = {name: month for month, names in enumerate(_NAMES, start=1) for name in names} | {
    name: month for month, names in enumerate(_FULL, start=1) for name in names.split()
}


class OrderAsked(Exception):
    """Day and month cannot be told apart. `examples` are up to three such texts, `contradictory`: both orders occur."""

    def __init__(self, examples: Sequence[str], contradictory: bool) -> None:
        super().__init__(", ".join(examples))
        self.examples, self.contradictory = list(examples), contradictory


@dataclass(frozen=True)
class Moments:
    """Result for distinct texts: datetime64[us] values (NaT where not understood) and remarks for the manifest."""

    values: np.ndarray
    remarks: tuple[str, ...] = ()


def parse(texts: pd.Series, declared: str | Sequence[str] | None = None, zone: str | None = None) -> Moments:
    """Read distinct, non-empty texts as points in time.

    `declared` is an order (day-first, month-first, year-first), "excel" or "unix" for numbers, a strptime format or a
    list of formats; ISO and month names are always understood. Times with one offset are kept as written; with several
    they are moved to `zone` (UTC if not given). Raises OrderAsked.
    """
    import pyarrow as pa

    stripped = texts.str.strip()
    array = pa.array(stripped, type=pa.large_string())
    values = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[us]")
    offsets = np.full(len(texts), np.nan)
    remarks: list[str] = []
    formats = (
        [declared]
        if isinstance(declared, str) and "%" in declared
        else (list(declared) if declared is not None and not isinstance(declared, str) else [])
    )
    for form in formats:
        todo = np.isnat(values)
        if todo.any() and "%" in form:
            found = pd.to_datetime(stripped[todo], format=form, errors="coerce")
            if found.dt.tz is not None:
                found = found.dt.tz_localize(None)
            values[todo] = found.to_numpy().astype("datetime64[us]")
    orders = [form for form in formats if form in ORDERS] or ([declared] if isinstance(declared, str) else [])
    if declared in SPECIAL:
        values = _numbers(stripped, str(declared))
    for pattern in (_YEAR_FIRST, _COMPACT, _DAY_NAME, _NAME_DAY, _NAME_YEAR, _MONTH_YEAR):
        if np.isnat(values).any():
            _fill(values, offsets, array, pattern)
    if np.isnat(values).any():
        parts = _extract(array, _NUMERIC, np.isnat(values))
        if len(parts["at"]):
            order = orders[0] if orders and orders[0] in ORDERS else _prove(parts, stripped, bool(formats))
            if order:
                remarks += _numeric(values, offsets, parts, order, stripped, bool(orders))
    remarks += _align(values, offsets, zone)
    year = values.astype("datetime64[Y]").astype(np.int64) + 1970
    values[~np.isnat(values) & ((year < FIRST_YEAR) | (year > LAST_YEAR))] = np.datetime64("NaT")
    return Moments(values, tuple(remarks))


def _extract(array: Any, pattern: str, todo: np.ndarray) -> dict[str, np.ndarray]:
    """Places of the texts among `todo` that match, and the matched parts as float (missing NaN) or text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    places = np.flatnonzero(todo)
    found = pc.extract_regex(array.take(pa.array(places)), pattern)
    hit = np.asarray(found.is_valid())
    found = found.filter(pa.array(hit))
    parts: dict[str, np.ndarray] = {"at": places[hit]}
    for field in found.type:
        column = found.field(field.name)
        if field.name in "abchis":
            column = pc.if_else(pc.equal(column, ""), None, column)
            parts[field.name] = np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
        elif pc.sum(pc.binary_length(column)).as_py():
            parts[field.name] = np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
    return parts


def _fill(values: np.ndarray, offsets: np.ndarray, array: Any, pattern: str) -> None:
    """Read what matches one unambiguous pattern: a = year, b or m = month, c = day."""
    parts = _extract(array, pattern, np.isnat(values))
    if not len(parts["at"]):
        return
    if "m" in parts:
        month = np.array([_MONTHS.get(name.lower().rstrip("."), 0) for name in parts["m"]], dtype=float)
    else:
        month = parts["b"]
    _assemble(values, offsets, parts, _century(parts["a"]), month, parts.get("c"))


def _century(year: np.ndarray) -> np.ndarray:
    """Two-digit years: 69-99 are the twentieth century, as strptime has it."""
    return np.where(year < 69, year + 2000, np.where(year < 100, year + 1900, year))


def _assemble(
    values: np.ndarray,
    offsets: np.ndarray,
    parts: dict[str, np.ndarray],
    year: np.ndarray,
    month: np.ndarray,
    day: np.ndarray | None,
) -> None:
    zeros = np.zeros(len(year))
    day = np.ones(len(year)) if day is None else np.where(np.isnan(day), 1, day)
    hour, minute, second = (np.nan_to_num(parts.get(name, zeros)) for name in "his")
    half = parts.get("p")
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (hour < 24) & (minute < 60) & (second < 60)
    good &= (year >= 1) & (year <= 9999)
    if half is not None:
        twelve = np.array([bool(text) for text in half])
        after_noon = np.array([str(text)[:1] in "pP" and bool(text) for text in half])
        good &= ~twelve | ((hour >= 1) & (hour <= 12))
        hour = np.where(twelve, hour % 12 + 12 * after_noon, hour)
    whole = np.where(good, 1, np.nan)
    months = (np.nan_to_num((year - 1970) * 12 + month - 1)).astype(np.int64).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.nan_to_num(day) - 1).astype(np.int64)
    good &= days.astype("datetime64[M]") == months
    seconds = np.nan_to_num(hour * 3600 + minute * 60 + second).astype(np.int64)
    moment = days.astype("datetime64[us]") + seconds * np.timedelta64(1_000_000, "us")
    if "f" in parts:
        moment += np.array([int((text or "0")[:6].ljust(6, "0")) for text in parts["f"]], dtype="timedelta64[us]")
    good &= ~np.isnan(whole)
    at = parts["at"]
    values[at[good]] = moment[good]
    if "z" in parts:
        minutes = np.array([_minutes(text) for text in parts["z"]], dtype=float)
        offsets[at[good]] = minutes[good]


def _minutes(text: str | None) -> float:
    """Minutes east of Greenwich, NaN where no offset is written."""
    if not text:
        return np.nan
    if text[0] not in "+-":
        return 0.0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if text[0] == "-" else 1)


def _prove(parts: dict[str, np.ndarray], texts: pd.Series, quiet: bool) -> str:
    """The order that the values themselves prove, "" if they need none asked (`quiet`). Raises OrderAsked."""
    first, second, third = parts["a"], parts["b"], parts["c"]
    if (third < 100).any() and ((first > 31) | (first == 0)).any() and not ((third > 31) & (third < 100)).any():
        return "year-first"
    day_first, month_first = first > 12, second > 12
    shown = texts.to_numpy()[parts["at"]]
    if day_first.any() and not month_first.any():
        proved = "day-first"
    elif month_first.any() and not day_first.any():
        proved = "month-first"
    elif quiet:
        return ""
    elif day_first.any():
        raise OrderAsked([*shown[day_first][:2], *shown[month_first][:1]], contradictory=True)
    elif (first == second).all() and (third > 31).all():
        return "day-first"
    else:
        raise OrderAsked(
            list(shown[first != second][:3] if (first != second).any() else shown[:3]), contradictory=False
        )
    # With two digits for the year, 13-01-05 may also start with the year.
    last = third > 31
    if not last.all() and not last.any() and not (third == 0).any():
        raise OrderAsked(list(shown[:3]), contradictory=False)
    return proved


def _numeric(
    values: np.ndarray, offsets: np.ndarray, parts: dict[str, np.ndarray], order: str, texts: pd.Series, declared: bool
) -> list[str]:
    places = {"day-first": "cba", "month-first": "cab", "year-first": "abc"}[order]
    year, month, day = (parts[place] for place in places)
    if order == "year-first":
        # 31/12/2024 cannot start with the year: left to be set aside.
        year = np.where(parts["c"] >= 100, np.nan, year)
    _assemble(values, offsets, parts, np.nan_to_num(_century(year)), month, day)
    wrong = np.isnat(values[parts["at"]]) & (month > 12) & (day <= 12)
    if not (declared and wrong.any()):
        return []
    example = texts.to_numpy()[parts["at"]][wrong][0]
    return [
        f"{int(wrong.sum())} distinct values cannot be {order} (for example {example!r}); others may be in the other "
        "order too without showing it"
    ]


def _align(values: np.ndarray, offsets: np.ndarray, zone: str | None) -> list[str]:
    """Bring times with several offsets onto one clock, in place."""
    known = ~np.isnan(offsets) & ~np.isnat(values)
    several = len(np.unique(offsets[known])) > 1
    if not known.any() or not (several or zone):
        return []
    utc = values[known] - (offsets[known] * 60_000_000).astype(np.int64).astype("timedelta64[us]")
    if zone:
        values[known] = (
            pd.DatetimeIndex(utc)
            .tz_localize("UTC")
            .tz_convert(zone)
            .tz_localize(None)
            .to_numpy()
            .astype("datetime64[us]")
        )
        return []
    values[known] = utc
    return [
        'times carry different offsets from UTC and were all moved to UTC; declare timezone = "Europe/Berlin" '
        "(or your own) for local time"
    ]


def _numbers(texts: pd.Series, kind: str) -> np.ndarray:
    """Excel day numbers, or seconds (or milliseconds) since 1970."""
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
    if kind == "excel":
        seconds = np.round((numbers - 25569) * 86400)
    else:
        seconds = np.where(np.abs(numbers) > 1e11, numbers / 1000, numbers)
    far = ~(np.abs(seconds) < 1e11)
    values = (np.where(far, 0, seconds) * 1e6).astype(np.int64).astype("datetime64[us]")
    values[far] = np.datetime64("NaT")
    return values
