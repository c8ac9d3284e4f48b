"""Numbers as a reader writes them: as many digits as the interval supports, real minus, thin space before %."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import ParameterError

THIN = "\u202f"  # narrow no-break space: a thin space that never parts a number from its sign
MINUS = "\u2212"
UNKNOWN = "not yet known"


@dataclass(frozen=True)
class Unit:
    """How a unit is written. `scale` turns stored numbers into written ones; `whole_from` is the half-width of an
    interval, in written units, from which values are said without decimals; `limits_whole_from` the same for limits
    and changes; `word` follows a value, `step` follows a change."""

    scale: float
    whole_from: float
    limits_whole_from: float
    word: str
    step: str


UNITS = {
    "points": Unit(1.0, 1.0, 10.0, "", " points"),
    "share": Unit(100.0, 10.0, 10.0, f"{THIN}%", " points"),
    "hours": Unit(1.0, 10.0, 10.0, " hours", " hours"),
    "days": Unit(1.0, 2.0, 2.0, " days", " days"),
    "currency": Unit(1.0, 10.0, 10.0, "", ""),
    "stars": Unit(1.0, 10.0, 10.0, " stars", " stars"),
    "levels": Unit(1.0, 10.0, 10.0, "", " levels"),
    "rate": Unit(1.0, 10.0, 10.0, " an account", " an account"),
    "count": Unit(1.0, 0.0, 0.0, "", ""),
}


def unit_of(unit: str) -> Unit:
    """The way a unit (points, share, hours, stars ...) is written. Raises ParameterError for one not in UNITS."""
    if unit not in UNITS:
        raise ParameterError.unknown("unit", str(unit), UNITS)
    return UNITS[unit]


def is_missing(x: object) -> bool:
    """None, NaN, NaT and pandas' NA are missing; everything else (infinity too) is not."""
    return x is None or (pd.api.types.is_scalar(x) and bool(pd.isna(x)))


def is_finite(x: object) -> bool:
    """Whether `x` is a number with a place on the number line."""
    return not is_missing(x) and math.isfinite(float(x))


def _decimals(low: object, high: object, unit: str, whole_from: float) -> int | None:
    """Decimals that an interval supports; None where there is no interval to say so."""
    if not (is_finite(low) and is_finite(high)):
        return None
    half = abs(float(high) - float(low)) / 2 * unit_of(unit).scale
    if half == 0:
        return None
    if half >= whole_from:
        return 0
    return 1 if half >= 0.1 and unit != "currency" else 2


def _written(x: float, decimals: int | None, unit: str) -> str:
    """Digits with thousands separated and a real minus; nothing is ever written as minus zero."""
    if decimals is None:
        decimals = (0 if abs(x) >= 100 else 2) if unit == "currency" else 1
        text = f"{abs(x):,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if decimals and float(text.replace(",", "")).is_integer() else text
    else:
        text = f"{abs(x):,.{decimals}f}"
    return (MINUS if x < 0 and _is_nonzero(text) else "") + text


def _is_nonzero(text: str) -> bool:
    return any(digit in "123456789" for digit in text)


def _with_word(text: str, word: str) -> str:
    """Exactly one of anything is singular."""
    return text + (word.removesuffix("s") if text.lstrip("+" + MINUS) == "1" else word)


def count(n: object) -> str:
    """How many: 1214 -> "1,214". Fractions (effective counts) are rounded; missing is "not yet known"."""
    return f"{float(n):,.0f}".replace("-", MINUS) if is_finite(n) else UNKNOWN


def value(x: object, unit: str, low: object = None, high: object = None, *, bare: bool = False) -> str:
    """A value in its unit: 0.824 as "82.4 %", 29.8 hours, 31 points as "31".

    `low, high` is the value's interval, in the same stored unit: it decides the digits. Infinity (a waiting time
    that half of the cases have not reached) is "not yet reached". `bare` leaves the unit's word away (never the %).
    """
    form = unit_of(unit)
    if is_missing(x):
        return UNKNOWN
    if not is_finite(x):
        return "not yet reached"
    text = _written(float(x) * form.scale, _decimals(low, high, unit, form.whole_from), unit)
    return text if bare and unit != "share" else _with_word(text, form.word)


def change(
    x: object, unit: str, low: object = None, high: object = None, *, signed: bool = True, is_real: bool = False
) -> str:
    """A difference in its unit: 0.036 of a share is "+3.6 points", -4 hours "−4 hours".

    `low, high` is the interval of the change and decides the digits. `signed=False` gives the size alone. `is_real`
    says that the change is known to be there: digits are then added until it is not written as nought.
    """
    form = unit_of(unit)
    if not is_finite(x):
        return UNKNOWN
    size = float(x) * form.scale
    decimals = _decimals(low, high, unit, form.limits_whole_from)
    text = _written(size, decimals, unit)
    extra = decimals or 0
    while is_real and size != 0 and not _is_nonzero(text) and extra < 12:
        extra += 1
        text = _written(size, extra, unit)
    if not signed:
        text = text.lstrip(MINUS)
    elif size > 0 and _is_nonzero(text):
        text = "+" + text
    return _with_word(text, form.step)


def interval(low: object, high: object, unit: str, *, of_change: bool = False, bare: bool = False) -> str:
    """An interval in words: "81.1 to 83.6 %", "27.1 hours or more" where the upper limit is infinite or missing.

    `of_change` writes signs and speaks of points where the unit is a share; `bare` leaves the unit's word away (the
    % stays). Two missing limits are "not yet known".
    """
    form = unit_of(unit)
    decimals = _decimals(low, high, unit, form.limits_whole_from)
    word = form.step if of_change else form.word
    word = "" if bare and not (unit == "share" and not of_change) else word

    def limit(x: object) -> str:
        size = float(x) * form.scale
        text = _written(size, decimals, unit)
        return "+" + text if of_change and size > 0 and _is_nonzero(text) else text

    if is_finite(low) and is_finite(high):
        return f"{limit(low)} to {limit(high)}{word}"
    if is_finite(low):
        return f"{limit(low)}{word} or more"
    if is_finite(high):
        return f"up to {limit(high)}{word}"
    return UNKNOWN
