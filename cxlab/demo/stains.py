"""Realistic dirt: rows twice, blanks around texts, several spellings of yes, rows that cannot be true."""

from __future__ import annotations

import numpy as np
import pandas as pd

_YES = ("yes", "Yes", "YES", "true", "TRUE", "1")
_NO = ("no", "No", "NO", "false", "FALSE", "0")


def repeat_rows(rng: np.random.Generator, frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """`frame` with `count` different rows standing twice, the copy somewhere below its original."""
    chosen = rng.choice(len(frame), min(count, len(frame)), replace=False)
    place = np.concatenate([np.arange(len(frame), dtype=float), chosen + 0.5 + rng.integers(0, 40, len(chosen))])
    return _in_order(pd.concat([frame, frame.iloc[chosen]], ignore_index=True), place)


def strew(rng: np.random.Generator, frame: pd.DataFrame, extra: pd.DataFrame) -> pd.DataFrame:
    """`frame` with the rows of `extra` at random places."""
    place = np.concatenate([np.arange(len(frame), dtype=float), rng.uniform(0, max(len(frame), 1), len(extra))])
    return _in_order(pd.concat([frame, extra], ignore_index=True), place)


def _in_order(frame: pd.DataFrame, place: np.ndarray) -> pd.DataFrame:
    return frame.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def spell(rng: np.random.Generator, flags: np.ndarray | pd.Series) -> np.ndarray:
    """Booleans in the mixed spellings of an export that several people have touched (object array)."""
    flags = np.asarray(flags, dtype=bool)
    draw = np.where(rng.random(len(flags)) < 0.9, 0, rng.integers(0, len(_YES), len(flags)))
    return np.where(flags, np.array(_YES, dtype=object)[draw], np.array(_NO, dtype=object)[draw])


def pad(rng: np.random.Generator, texts: np.ndarray | pd.Series, share: float = 0.01) -> np.ndarray:
    """Texts with blanks before or after a `share` of them (object array)."""
    padded = np.array(texts, dtype=object)
    rows = np.flatnonzero(rng.random(len(padded)) < share)
    padded[rows] = [f" {text}" if row % 2 else f"{text}  " for row, text in zip(rows, padded[rows], strict=True)]
    return padded


def blank_out(rng: np.random.Generator, texts: np.ndarray | pd.Series, share: float, sign: str = "N/A") -> np.ndarray:
    """Texts with a `share` of them replaced by `sign` (object array)."""
    return np.where(rng.random(len(texts)) < share, sign, np.array(texts, dtype=object))


def share_out(count: int, parts: int, part: int) -> int:
    """How many of `count` fall on `part` (0-based) of `parts`, as evenly as whole numbers allow."""
    return count * (part + 1) // parts - count * part // parts
