"""What distinguishes each segment from the other customers, and names in plain words made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.models.columns import CATEGORY, FLAG, Columns, understand
from cxlab.models.segments.units import values_of
from cxlab.stats.estimates import normal_quantile

DIFFERENCES = ["segment", "feature", "level", "words", "value", "low", "high", "n", "others", "effect"]
#: Standard deviations from the other customers below which a feature does not make a name.
TELLING = 0.25
#: Two features that go together this closely say one thing.
_SAME = 0.6
_IN_NAME = 2
_CUT = re.compile(
    r",| in the last | over the last | of the last | over a | with the | so far| by the day | by now| than in | on average"
    r"| \(| for each | against | the oldest | past the | within ",
)
_TRIM = re.compile(r"^(mean score on|share of the|use of|relative|different) ", re.IGNORECASE)


def differences(features: pd.DataFrame, labels: pd.Series, meaning: Mapping[str, str]) -> pd.DataFrame:
    """Every feature in every segment: segment, feature, level (of a category, else empty), words, value (mean, or share
    of flags and levels) with 95 % interval, n (known), others (the same of all other customers), effect (difference in
    standard deviations). Intervals: Student for means, Wilson for shares.
    """
    columns = understand(features, "segments")
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


def telling(found: pd.DataFrame, features: pd.DataFrame, segment: str, most: int) -> pd.DataFrame:
    """The rows of `differences` that distinguish a segment most, none saying what another has said already."""
    rows = found[found["segment"] == segment].dropna(subset=["effect"])
    rows = rows[rows["effect"].abs() >= TELLING]
    rows = rows.assign(size=rows["effect"].abs()).sort_values("size", ascending=False, kind="stable")
    columns = understand(features, "segments").frame
    chosen: list[int] = []
    for at, row in rows.iterrows():
        taken = [rows.loc[each] for each in chosen]
        if len(chosen) < most and not any(_says_the_same(columns, row, each) for each in taken):
            chosen.append(at)
    return rows.loc[chosen].drop(columns="size")


def _says_the_same(columns: pd.DataFrame, one: pd.Series, other: pd.Series) -> bool:
    if one["feature"] == other["feature"]:
        return True
    pair = [_as_number(columns, row["feature"], row["level"]) for row in (one, other)]
    known = ~np.isnan(pair[0]) & ~np.isnan(pair[1])
    if known.sum() < 3 or min(each[known].std() for each in pair) == 0:
        return False
    return abs(np.corrcoef(pair[0][known], pair[1][known])[0, 1]) >= _SAME


def _as_number(columns: pd.DataFrame, name: str, level: str) -> np.ndarray:
    if level:
        return (columns[name].to_numpy() == level).astype(float)
    x = values_of(columns, name)
    known = x[~np.isnan(x)]
    return np.log1p(x) if len(known) and known.min() >= 0 else x


def names(found: pd.DataFrame, features: pd.DataFrame, segments: Sequence[str]) -> dict[str, str]:
    """A unique name in plain words for each segment: "high sign-ins, low tickets"; what is average is called so."""
    kinds = understand(features, "segments").kinds
    said = {
        segment: [_words(row, kinds) for _, row in telling(found, features, segment, 4).iterrows()]
        for segment in segments
    }
    given: dict[str, str] = {}
    for segment, words in said.items():
        for length in range(min(_IN_NAME, max(len(words), 1)), len(words) + 1):
            name = ", ".join(words[:length])
            if name and name not in given.values():
                given[segment] = name
                break
        else:
            base = ", ".join(words[:_IN_NAME]) or "in the middle"
            number = 1 + sum(other == base or other.startswith(f"{base} (") for other in given.values())
            given[segment] = base if number == 1 else f"{base} ({number})"
    return given


def _words(row: pd.Series, kinds: Mapping[str, str]) -> str:
    more = row["effect"] > 0
    if row["level"]:
        named = f"{brief(row['words'])} {row['level']}"
        return named if row["value"] > 0.5 else f"more {named}" if more else f"fewer {named}"
    if kinds[row["feature"]] == FLAG:
        named = brief(row["words"])
        if row["value"] >= 0.8 or row["value"] <= 0.2:
            return named if row["value"] >= 0.8 else f"no {named}"
        return f"more often {named}" if more else f"seldom {named}"
    return f"{'high' if more else 'low'} {brief(row['words'])}"


def brief(words: str) -> str:
    """What a feature is, without its window and unit: "use of sign-ins in the last 3 months" -> "sign-ins"."""
    short = _CUT.split(str(words), maxsplit=1)[0].strip()
    short = _TRIM.sub("", short)
    return short or str(words)
