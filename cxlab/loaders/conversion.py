"""Text to the kind a column declares: what fits, what does not, and what has to be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.dates import ORDERS, OrderAsked, parse

KINDS = ("text", "time", "date", "month", "number", "count", "flag")

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d{1,3}(?:[., \u00a0\u202f']\d{3})*,\d+|[+-]?\d+,\d+|[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GAPS = " \u00a0\u202f'’"
_SIGNS = re.compile(r"^(?P<sign>[+-]?)\s*(?:[$€£¥]|USD|EUR|GBP|CHF)\s*|\s*(?:[$€£¥]|USD|EUR|GBP|CHF)$")
_TRUE = {"true", "yes", "y", "1", "t", "1.0"}
_FALSE = {"false", "no", "n", "0", "f", "0.0"}
_EXCEL_DATE = (
    r"^(?:(?:Jan|Feb|Mar|Mrz|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)[-. ]\d{2}"
    r"|\d{1,2}[-. ](?:Jan|Feb|Mar|Mrz|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez))\.?$"
)
_MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            ("jan",),
            ("feb",),
            ("mar", "mrz", "mär"),
            ("apr",),
            ("may", "mai"),
            ("jun",),
            ("jul",),
            ("aug",),
            ("sep",),
            ("oct", "okt"),
            ("nov",),
            ("dec", "dez"),
        ),
        start=1,
    )
    for name in names
}


@dataclass(frozen=True)
class Reading:
    """How to read one column: where it stands in messages, and what the export declares."""

    file: str
    column: str
    target: str
    dates: Any = None
    decimal: str | None = None
    thousands: str | None = None
    missing: frozenset[str] = frozenset()
    zone: str | None = None


@dataclass(frozen=True)
class Converted:
    """`values` in the stored type (missing where empty or not convertible), `bad` marks what is not convertible."""

    values: pd.Series
    bad: np.ndarray
    expected: str
    warnings: tuple[str, ...] = field(default=())


def emptied(texts: pd.Series, missing: Iterable[str] = ()) -> pd.Series:
    """The same texts with missing values (NaN) for blanks and for the texts that mean empty."""
    stripped = texts.str.strip()
    gone = stripped.isna() | (stripped == "") | stripped.isin(list(missing))
    return texts.mask(gone)


def convert(texts: pd.Series, kind: str, reading: Reading) -> Converted:
    """Convert a column of text ("" or missing = empty) to `kind`.

    Works on distinct values. Raises InputError when the column cannot be read without a declaration (order of day and
    month, decimal sign); the message shows examples and the line to add.
    """
    full = emptied(texts, reading.missing)
    if kind == "text":
        return _text(full, reading)
    codes, uniques = pd.factorize(full)
    distinct = pd.Series(uniques, dtype="str")
    converter: Callable[[pd.Series, Reading], tuple[np.ndarray, str, list[str]]] = {
        "time": _time,
        "date": _date,
        "month": _month,
        "number": _number,
        "count": _count,
        "flag": _flag,
    }[kind]
    values, expected, warnings = converter(distinct, reading)
    wrong = np.array(pd.isna(values), dtype=bool)
    bad = np.append(wrong, False)[codes]
    if kind in ("time", "date", "month"):
        filled = np.append(values, np.datetime64("NaT")).astype("datetime64[us]")[codes]
        series = pd.Series(filled, index=texts.index)
    elif kind == "flag":
        series = pd.Series(np.append(values, None)[codes], index=texts.index, dtype="boolean")
    else:
        series = pd.Series(np.append(values, np.nan)[codes].astype(float), index=texts.index)
    return Converted(series, bad, expected, tuple(warnings))


def _text(full: pd.Series, reading: Reading) -> Converted:
    # Comments keep their own blanks; ids and names do not, or joins would miss.
    values = full if reading.target == "comment" else full.str.strip()
    return Converted(values, np.zeros(len(full), dtype=bool), "text", tuple(excel_damage(values, reading.column)))


def excel_damage(values: pd.Series, column: str) -> list[str]:
    """A warning with a proposal where a spreadsheet has turned texts such as "6-25" into "Jun-25"."""
    counts = values.value_counts()
    texts = counts.index.to_series().astype("str")
    damaged = texts.str.fullmatch(_EXCEL_DATE[1:-1], case=False).to_numpy(dtype=bool)
    if not damaged.any() or damaged.all():
        # Without other values beside them these are simply months.
        return []
    counts = counts[damaged]
    proposals = ", ".join(f"{text!r} ({count}) = {_undamaged(text)!r}" for text, count in counts.head(5).items())
    repair = ", ".join(f'"{text}" = "{_undamaged(text)}"' for text in counts.head(5).index)
    return [
        f"column {column!r}: {int(counts.sum())} values look like texts that a spreadsheet turned into dates: "
        f"{proposals}? If so, "
        f"map the column with values = {{ {repair} }}"
    ]


def _undamaged(text: str) -> str:
    first, second = re.split(r"[-. ]", text.rstrip("."), maxsplit=1)
    if first.isdigit():
        return (
            f"{_MONTH_NUMBERS[second.lower()]}-{int(first)}"
            if int(first) > 12
            else (f"{int(first)}-{_MONTH_NUMBERS[second.lower()]}")
        )
    return f"{_MONTH_NUMBERS[first.lower()]}-{int(second)}"


def _time(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    try:
        moments = parse(distinct, reading.dates, reading.zone)
    except OrderAsked as asked:
        shown = ", ".join(repr(text) for text in asked.examples)
        why = (
            f"both orders of day and month occur (for example {shown})"
            if asked.contradictory
            else f"the order of day and month cannot be told (for example {shown})"
        )
        raise InputError.at(
            reading.file,
            why,
            'Add to the [[export]] block the line dates = "day-first" or dates = "month-first"'
            + (
                ' (or a list of formats such as ["%d/%m/%Y", "%m/%d/%Y %I:%M %p"], tried in turn)'
                if asked.contradictory
                else f'; for this column alone: {reading.target} = {{ from = "{reading.column}", dates = "day-first" }}'
            )
            + ".",
            column=reading.column,
        ) from None
    how = f" ({reading.dates})" if reading.dates in ORDERS else ""
    expected = f"a date and time{how}, such as 2026-03-31 14:05"
    return moments.values, expected, [f"column {reading.column!r}: {remark}" for remark in moments.remarks]


def _date(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    values, expected, warnings = _time(distinct, reading)
    days = values.astype("datetime64[D]").astype("datetime64[us]")
    return days, expected.replace("a date and time", "a date").replace(" 14:05", ""), warnings


def _month(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    values, _, warnings = _time(distinct, reading)
    return values.astype("datetime64[M]").astype("datetime64[us]"), "a month or date, such as 2026-03", warnings


def _number(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    texts = distinct.str.strip().str.replace(_SIGNS, r"\g<sign>", regex=True) if len(distinct) else distinct
    texts = texts.fillna("")
    sign = reading.decimal or "."
    commas = texts.str.fullmatch(_COMMA) & ~texts.str.fullmatch(_PLAIN)
    if reading.decimal is None and reading.thousands is None and len(texts) and commas.sum() > len(texts) / 2:
        shown = ", ".join(repr(text) for text in distinct[commas].head(3))
        raise InputError.at(
            reading.file,
            f"the numbers hold commas (for example {shown}), which may mean decimals or thousands",
            'Add to the [[export]] block decimal = "," or thousands = ",".',
            column=reading.column,
        )
    group = reading.thousands or ({",": "."}.get(sign) if reading.decimal else None)
    if reading.decimal == "." and reading.thousands is None:
        group = ","
    if group is not None or reading.decimal is not None:
        between = "[" + re.escape((group or "") + _GAPS) + "]"
        grouped = texts.str.fullmatch(rf"[+-]?\d{{1,3}}(?:{between}\d{{3}})+(?:{re.escape(sign)}\d*)?")
        texts = texts.mask(grouped, texts.str.replace(between, "", regex=True))
        if sign == ",":
            # A point that is not between groups of three is no number in this notation.
            texts = texts.mask(texts.str.contains(".", regex=False), "").str.replace(",", ".", regex=False)
    texts = texts.where(texts.str.fullmatch(_PLAIN), "")
    values = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float).copy()
    values[~np.isfinite(values)] = np.nan
    return values, f"a number with {sign!r} as decimal sign", []


def _count(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    values, _, warnings = _number(distinct, reading)
    values[(values < 0) | (values != np.floor(values))] = np.nan
    return values, "a whole number, 0 or more", warnings


def _flag(distinct: pd.Series, reading: Reading) -> tuple[np.ndarray, str, list[str]]:
    lower = distinct.str.strip().str.casefold()
    values = np.array([True if text in _TRUE else False if text in _FALSE else None for text in lower], dtype=object)
    return values, "true/false, yes/no or 1/0", []
