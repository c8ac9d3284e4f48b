"""Features as the columns of an additive model: a line and bends for a number, a column a level for a category.

A bend is a cubic spline without its line, written so that an equal pull on its coefficients is a pull on its second
differences (Wood 2017, Generalized Additive Models, 5.8): pulled all the way, a straight line remains, never nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.columns import CATEGORY, FLAG, NUMBER

Array = NDArray[np.float64]
LINE, BENDS, YES, LEVELS, MISSING, TOGETHER = "line", "bends", "yes", "levels", "missing", "together"
#: Knots of a curve; those of one side of a pair.
KNOTS, PAIR_KNOTS = 8, 5
#: Categories with more levels than this have no place in a pair.
MOST_LEVELS_IN_PAIR = 6
#: Categories with more levels than this are pulled together as strongly as the data say.
FEW_LEVELS = 8


@dataclass(frozen=True)
class Block:
    """Columns that are pulled towards 0 alike: the features they are made of, their kind, and their place."""

    features: tuple[str, ...]
    kind: str
    columns: slice

    @property
    def is_estimated(self) -> bool:
        """Whether the strength of the pull is taken from the data; elsewhere it is a weak, fixed one."""
        many = self.kind == LEVELS and self.columns.stop - self.columns.start > FEW_LEVELS
        return many or self.kind in (BENDS, TOGETHER)


@dataclass(frozen=True)
class _Bends:
    """A cubic spline of one number without its line, centred on the rows it was learned from."""

    spline: Any
    weights: Array
    line: Array

    @classmethod
    def learn(cls, x: Array, knots: int) -> _Bends | None:
        from sklearn.preprocessing import SplineTransformer

        different = np.unique(x)
        if len(different) < 3:
            return None
        # Few different values (counts) get their knots among the values, others among the rows.
        among = different if len(different) <= 2 * knots else x
        places = np.unique(np.quantile(among, np.linspace(0, 1, min(knots, len(different)))))
        if len(places) < 3:
            places = np.linspace(different[0], different[-1], 3)
        spline = SplineTransformer(knots=places[:, None], degree=3).fit(x[:, None])
        base = spline.transform(x[:, None])
        weights = base_without_line(spline.bsplines_[0].t)
        bends = base @ weights
        straight = np.column_stack([np.ones(len(x)), x])
        line = np.linalg.lstsq(straight, bends, rcond=None)[0]
        spread = np.sqrt(((bends - straight @ line) ** 2).mean(axis=0).sum())
        return cls(spline, weights / spread, line / spread) if spread > 1e-9 else None

    def columns(self, x: Array) -> Array:
        return self.spline.transform(x[:, None]) @ self.weights - np.column_stack([np.ones(len(x)), x]) @ self.line


def base_without_line(knots: Array, degree: int = 3) -> Array:
    """Combinations of B-splines of these knots: an equal pull on them is one on the spline's second differences.

    Differences are taken between the Greville abscissae, so that straight lines have none even where knots are
    unevenly spaced. Shape: B-splines x (B-splines - 2), the straightest bend first.
    """
    count = len(knots) - degree - 1
    at = np.array([knots[j + 1 : j + 1 + degree].mean() for j in range(count)])
    at = (at - at[0]) / (at[-1] - at[0])
    second = np.zeros((count - 2, count))
    for j in range(count - 2):
        left, right, both = at[j + 1] - at[j], at[j + 2] - at[j + 1], at[j + 2] - at[j]
        second[j, j : j + 3] = np.array([1 / left, -1 / left - 1 / right, 1 / right]) / np.sqrt(both / 2)
    value, vector = np.linalg.eigh(second.T @ second)
    return vector[:, 2:] / np.sqrt(value[2:])


@dataclass(frozen=True)
class Side:
    """One feature as columns, learned on some rows and made for any others."""

    name: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    centre: float = 0.0
    spread: float = 1.0
    has_gaps: bool = False
    bends: _Bends | None = None
    few_bends: _Bends | None = None
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def learn(cls, name: str, kind: str, values: pd.Series) -> Side:
        """Learn the columns of a feature from the rows of a training set."""
        if kind == CATEGORY:
            counted = values.value_counts(normalize=True)
            levels = sorted(counted.index, key=lambda level: (-counted[level], level))
            return cls(name, kind, levels=tuple(levels), shares=tuple(float(counted[level]) for level in levels))
        x = values.to_numpy(float)
        known = x[~np.isnan(x)]
        gaps = len(known) < len(x)
        if not len(known):
            return cls(name, kind, has_gaps=gaps)
        bounds = {"low": float(known.min()), "high": float(known.max()), "centre": float(known.mean())}
        spread = float(known.std()) if kind == NUMBER and known.std() > 0 else 1.0
        bends = (_Bends.learn(known, KNOTS), _Bends.learn(known, PAIR_KNOTS)) if kind == NUMBER else (None, None)
        return cls(name, kind, **bounds, spread=spread, has_gaps=gaps, bends=bends[0], few_bends=bends[1])

    def parts(self, values: pd.Series) -> list[tuple[str, Array]]:
        """Kind and columns of every block that this feature makes, centred on the training rows.

        A number beyond those seen counts as the nearest seen; where it is missing its columns are 0 and one of their
        own says so. A level not seen before has no column: it counts as the average.
        """
        if self.kind == CATEGORY:
            text = values.to_numpy(object)
            columns = np.column_stack([(text == level).astype(float) for level in self.levels])
            seen = columns.any(axis=1)
            return [(LEVELS, np.where(seen[:, None], columns - np.array(self.shares), 0.0))]
        x = values.to_numpy(float)
        missing = np.isnan(x)
        filled = np.clip(np.where(missing, self.centre, x), self.low, self.high)
        known = ~missing[:, None]
        found = [(YES if self.kind == FLAG else LINE, ((filled - self.centre) / self.spread)[:, None] * known)]
        if self.bends is not None:
            found.append((BENDS, self.bends.columns(filled) * known))
        if self.has_gaps:
            found.append((MISSING, missing.astype(float)[:, None]))
        return found

    def coarse(self, values: pd.Series, width: int) -> Array:
        """A few columns for a pair: line and the straightest bends of a number (`width` in all), yes, or levels."""
        parts = self.parts(values)
        first = parts[0][1]
        if self.few_bends is None or width < 2:
            return first
        x = values.to_numpy(float)
        filled = np.clip(np.where(np.isnan(x), self.centre, x), self.low, self.high)
        bends = self.few_bends.columns(filled)[:, : width - 1]
        return np.column_stack([first, bends * ~np.isnan(x)[:, None]])


@dataclass(frozen=True)
class Design:
    """An additive model's columns: `sides` by feature, the pairs that act together, and blocks of columns."""

    sides: dict[str, Side]
    pairs: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    scales: tuple[Array, ...]

    @classmethod
    def learn(
        cls, frame: pd.DataFrame, kinds: Mapping[str, str], pairs: Sequence[tuple[str, str]] = ()
    ) -> Design:
        """Learn every column from the training rows."""
        sides = {name: Side.learn(name, kind, frame[name]) for name, kind in kinds.items()}
        blocks, place = [], 0
        for name, side in sides.items():
            for kind, columns in side.parts(frame[name].iloc[:1]):
                blocks.append(Block((name,), kind, slice(place, place + columns.shape[1])))
                place += columns.shape[1]
        scales = []
        for pair in pairs:
            product = _product(sides, pair, frame)
            spread = product.std(axis=0)
            scales.append(np.vstack([product.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)]))
            blocks.append(Block(tuple(pair), TOGETHER, slice(place, place + product.shape[1])))
            place += product.shape[1]
        return cls(sides, tuple(pairs), tuple(blocks), tuple(scales))

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.blocks[-1].columns.stop

    def matrix(self, frame: pd.DataFrame) -> Array:
        """Rows x columns, for rows of any frame with these features."""
        parts = [part for name, side in self.sides.items() for _, part in side.parts(frame[name])]
        parts += [
            (_product(self.sides, pair, frame) - scale[0]) / scale[1]
            for pair, scale in zip(self.pairs, self.scales, strict=True)
        ]
        return np.column_stack(parts)

    def columns_of(self, features: Sequence[str]) -> NDArray[np.int64]:
        """Places of all columns that any of these features has a part in."""
        among = set(features)
        found = [np.arange(b.columns.start, b.columns.stop) for b in self.blocks if among & set(b.features)]
        return np.concatenate(found)


def _product(sides: Mapping[str, Side], pair: tuple[str, str], frame: pd.DataFrame, width: int = 4) -> Array:
    first, second = (sides[name].coarse(frame[name], width) for name in pair)
    return (first[:, :, None] * second[:, None, :]).reshape(len(frame), -1)


def pair_columns(design: Design, pair: tuple[str, str], frame: pd.DataFrame, width: int = 4) -> Array:
    """Products of the two features' columns: what acting together could look like. Rows x (width x width) or fewer."""
    return _product(design.sides, pair, frame, width)
