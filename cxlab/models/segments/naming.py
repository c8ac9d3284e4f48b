"""What distinguishes each segment from the other customers, and names in plain words made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.models.columns import CATEGORY, FLAG, Columns
from cxlab.models.segments.units import values_of
from cxlab.stats.estimates import normal_quantile

DIFFERENCES = ["segment", "feature", "level", "words", "value", "low", "high", "n", "others", "effect"]
#: Standard deviations from the other customers below which a feature does not make a name.
TELLING = 0.25
#: Two features that go together this closely say one thing.
_SAME, _NEARLY = 0.6, 0.75
_IN_NAME = 2
_WHOLE_USE = "use"
#: A plural in small letters is a thing that can be many or few; all else is high or low.
_COUNTED = re.compile(r"(^|\s)[a-z]{3,}s(\s|$)")
_SINCE = re.compile(r"^(days|months|years) since ")
_CUT = re.compile(
    r",| in the last | over the last | of the last | over a | with the | so far| by the day | by now| than in "
    r"| on average| \(| for each | against | the oldest | past the | within ",
)
_TRIM = re.compile(r"^(mean score on|share of the|use of|relative|different) ", re.IGNORECASE)


def differences(columns: Columns, labels: pd.Series, meaning: Mapping[str, str]) -> pd.DataFrame:
    """Every feature in every segment: segment, feature, level (of a category, else empty), words, value (mean, or share
    of flags and levels) with 95 % interval, n (known), others (the same of all other customers), effect (difference in
    standard deviations). Intervals: Student for means, Wilson for shares.
    """
    rows = []
    for name in columns.frame:
        words = meaning.get(name, name.replace("_", " "))
        for level, values in _numbers(columns, name):
            for segment in labels.drop_duplicates():
                inside = (labels == segment).to_numpy()
                rows.append((segment, name, level, words, *_compared(values, inside, columns.kinds[name])))
    return pd.DataFrame(rows, columns=DIFFERENCES)


def _numbers(columns: Columns, name: str) -> list[tuple[str, np.ndarray]]:
    if columns.kinds[name] == CATEGORY:
        text = columns.frame[name].to_numpy()
        return [(level, (text == level).astype(float)) for level in columns.levels[name]]
    return [("", values_of(columns.frame, name))]


def _compared(values: np.ndarray, inside: np.ndarray, kind: str) -> tuple[float, float, float, int, float, float]:
    known = ~np.isnan(values)
    mine, others = values[known & inside], values[known & ~inside]
    n = len(mine)
    if n == 0:
        return np.nan, np.nan, np.nan, 0, float(others.mean()) if len(others) else np.nan, np.nan
    value = float(mine.mean())
    low, high = _limits(mine, is_share=kind in (FLAG, CATEGORY))
    spread = float(values[known].std())
    effect = (value - float(others.mean())) / spread if len(others) and spread > 0 else np.nan
    return value, low, high, n, float(others.mean()) if len(others) else np.nan, effect


def _limits(x: np.ndarray, *, is_share: bool) -> tuple[float, float]:
    from scipy.special import stdtrit

    n, mean = len(x), float(x.mean())
    if is_share:
        z = normal_quantile()
        middle, reach = (mean + z**2 / (2 * n)) / (1 + z**2 / n), z / (1 + z**2 / n)
        half = reach * np.sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
        return middle - half, middle + half
    if n < 2:
        return np.nan, np.nan
    half = float(stdtrit(n - 1, 0.975) * x.std(ddof=1) / np.sqrt(n))
    return mean - half, mean + half


def telling(found: pd.DataFrame, columns: Columns, segment: str, most: int) -> pd.DataFrame:
    """The rows of `differences` that distinguish a segment most, none saying what another has said already."""
    rows = found[found["segment"] == segment].dropna(subset=["effect"])
    # A level that is rarer than elsewhere tells what customers are not; one that is more common, what they are.
    rows = rows[(rows["effect"].abs() >= TELLING) & ((rows["level"] == "") | (rows["effect"] > 0))]
    rows = rows.assign(size=rows["effect"].abs()).sort_values("size", ascending=False, kind="stable")
    chosen: list[int] = []
    for at, row in rows.iterrows():
        taken = [rows.loc[each] for each in chosen]
        if len(chosen) < most and not any(_says_the_same(columns.frame, row, each) for each in taken):
            chosen.append(at)
    return rows.loc[chosen].drop(columns="size")


def distinguishing(found: pd.DataFrame, columns: Columns, most: int) -> pd.DataFrame:
    """feature, level: those that differ most in any segment, surest first, none nearly the same as one before it."""
    rows = found.dropna(subset=["effect"])
    size = rows["effect"].abs().groupby([rows["feature"], rows["level"]], sort=False).max()
    table = size.sort_values(ascending=False, kind="stable").reset_index()
    chosen: list[int] = []
    for at, row in table.iterrows():
        taken = (table.loc[each] for each in chosen)
        if len(chosen) < most and not any(_says_the_same(columns.frame, row, each, _NEARLY) for each in taken):
            chosen.append(at)
    return table.loc[chosen, ["feature", "level"]].reset_index(drop=True)


def _says_the_same(columns: pd.DataFrame, one: pd.Series, other: pd.Series, closely: float = _SAME) -> bool:
    if one["feature"] == other["feature"]:
        return True
    pair = [_as_number(columns, row["feature"], row["level"]) for row in (one, other)]
    known = ~np.isnan(pair[0]) & ~np.isnan(pair[1])
    if known.sum() < 3 or min(each[known].std() for each in pair) == 0:
        return False
    return abs(np.corrcoef(pair[0][known], pair[1][known])[0, 1]) >= closely


def _as_number(columns: pd.DataFrame, name: str, level: str) -> np.ndarray:
    if level:
        return (columns[name].to_numpy() == level).astype(float)
    x = values_of(columns, name)
    known = x[~np.isnan(x)]
    return np.log1p(x) if len(known) and known.min() >= 0 else x


def names(found: pd.DataFrame, columns: Columns, units: Mapping[str, str], segments: Sequence[str]) -> dict[str, str]:
    """A unique name in plain words for each segment: "high sign-ins, few cases opened"."""
    said = {
        segment: [_words(row, columns.kinds, units) for _, row in telling(found, columns, segment, 4).iterrows()]
        for segment in segments
    }
    given: dict[str, str] = {}
    for segment, words in said.items():
        lengths = range(min(_IN_NAME, len(words)), len(words) + 1) if words else ()
        longer = [", ".join(words[:length]) for length in lengths]
        base = longer[0] if longer else "in the middle"
        free = (name for name in longer if name not in given.values())
        number = 1 + sum(name == base or name.startswith(f"{base} (") for name in given.values())
        given[segment] = next(free, base if number == 1 else f"{base} ({number})")
    return given


def _words(row: pd.Series, kinds: Mapping[str, str], units: Mapping[str, str]) -> str:
    more, words, unit = row["effect"] > 0, str(row["words"]), units.get(row["feature"], "")
    if row["level"]:
        named = f"{brief(words)} {row['level']}"
        return named if row["value"] > 0.5 else f"more often {named}"
    if kinds[row["feature"]] == FLAG:
        if row["value"] >= 0.8 or row["value"] <= 0.2:
            return brief(words) if row["value"] >= 0.8 else f"without {brief(words)}"
        return f"more often {brief(words)}" if more else f"seldom {brief(words)}"
    since = _SINCE.match(words)
    if since:
        return f"{'long' if more else 'not long'} since {brief(words[since.end() :])}"
    if unit == "number" and _COUNTED.search(brief(words)) and not words.startswith("use of"):
        return f"{'many' if more else 'few'} {brief(words)}"
    return f"{'high' if more else 'low'} {brief(words)}"


def brief(words: str) -> str:
    """What a feature is, without its window and unit: "use of sign-ins in the last 3 months" -> "sign-ins"."""
    short = _CUT.split(str(words), maxsplit=1)[0].strip()
    short = _TRIM.sub("", short)
    return _WHOLE_USE if short.startswith("everything") else short or str(words)
