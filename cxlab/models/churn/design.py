"""Features as the columns of an additive model: a line and bends for a number, a column a level for a category.

A bend is a cubic spline without its line, written so that an equal pull on its coefficients is a pull on its second
differences (Wood 2017, Generalized Additive Models, 5.8): pulled all the way, a straight line remains, never nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.pairs import PairSide, product
from cxlab.models.columns import CATEGORY, FLAG, NUMBER

Array = NDArray[np.float64]
LINE, BENDS, YES, LEVELS, MISSING, TOGETHER = "line", "bends", "yes", "levels", "missing", "together"
#: A category's cell where the question does not arise (what security add-on has who has no internet?): no column.
NOT_ASKED = "(does not apply)"
#: Knots of a curve.
KNOTS = 10
#: Categories with more levels than this are pulled together as strongly as the data say.
FEW_LEVELS = 8


@dataclass(frozen=True)
class Block:
    """Columns that are pulled towards 0 alike: the features they are made of, their kind, and their place."""

    features: tuple[str, ...]
    kind: str
    columns: slice

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.columns.stop - self.columns.start

    @property
    def is_estimated(self) -> bool:
        """Whether the strength of the pull is taken from the data; elsewhere it is a weak, fixed one."""
        return self.kind in (BENDS, TOGETHER) or (self.kind == LEVELS and self.width > FEW_LEVELS)


@dataclass(frozen=True)
class Bends:
    """A cubic spline of one number without its line, centred on the rows it was learned from."""

    spline: Any
    weights: Array
    line: Array

    @classmethod
    def learn(cls, x: Array, knots: int = KNOTS) -> Bends | None:
        """Learn from the known values of a number; None where there are too few different ones for a bend."""
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
        weights = without_line(spline.bsplines_[0].t)
        bends, straight = spline.transform(x[:, None]) @ weights, _straight(x)
        line = np.linalg.lstsq(straight, bends, rcond=None)[0]
        spread = np.sqrt(((bends - straight @ line) ** 2).mean(axis=0).sum())
        return cls(spline, weights / spread, line / spread) if spread > 1e-9 else None

    def columns(self, x: Array) -> Array:
        """The bends at values within the range learned. Shape: len(x) x bends, the straightest first."""
        return self.spline.transform(x[:, None]) @ self.weights - _straight(x) @ self.line


def _straight(x: Array) -> Array:
    return np.column_stack([np.ones(len(x)), x])


def without_line(knots: Array, degree: int = 3) -> Array:
    """Combinations of B-splines of these knots: an equal pull on them is one on the spline's second differences.

    Differences are taken between the Greville abscissae, so that straight lines have none even where knots are
    unevenly spaced. Shape: B-splines x (B-splines - 2), the most bent first.
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
    bends: Bends | None = None
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def learn(cls, name: str, kind: str, values: pd.Series, is_bent: bool = True) -> Side:
        """Learn the columns of a feature from the rows of a training set."""
        if kind == CATEGORY:
            counted = values[values != NOT_ASKED].value_counts(normalize=True)
            levels = sorted(counted.index, key=lambda level: (-counted[level], level))
            return cls(name, kind, levels=tuple(levels), shares=tuple(float(counted[level]) for level in levels))
        x = values.to_numpy(float)
        known = x[~np.isnan(x)]
        if not len(known):
            return cls(name, kind, has_gaps=True)
        return cls(
            name,
            kind,
            low=float(known.min()),
            high=float(known.max()),
            centre=float(known.mean()),
            spread=float(known.std()) if kind == NUMBER and known.std() > 0 else 1.0,
            has_gaps=len(known) < len(x),
            bends=Bends.learn(known) if kind == NUMBER and is_bent else None,
        )

    def parts(self, values: pd.Series) -> list[tuple[str, Array]]:
        """Kind and columns of every block that this feature makes, centred on the training rows.

        A number beyond those seen counts as the nearest seen; where it is missing its columns are 0 and one of their
        own says so. A level not seen before has no column: it counts as the average.
        """
        if self.kind == CATEGORY:
            text = values.to_numpy(object)
            columns = np.column_stack([(text == level).astype(float) for level in self.levels])
            return [(LEVELS, np.where(columns.any(axis=1)[:, None], columns - np.array(self.shares), 0.0))]
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


@dataclass(frozen=True)
class Design:
    """An additive model's columns: `sides` by feature, the pairs that act together, and blocks of columns."""

    sides: dict[str, Side]
    pairs: tuple[tuple[PairSide, PairSide], ...]
    blocks: tuple[Block, ...]
    scales: tuple[Array, ...]

    @classmethod
    def learn(
        cls,
        frame: pd.DataFrame,
        kinds: Mapping[str, str],
        pairs: Sequence[tuple[str, str]] = (),
        bent: Collection[str] | None = None,
    ) -> Design:
        """Learn every column from the training rows; `pairs` are features that act together besides, `bent` the numbers
        whose curve is no straight line (all of them if not said)."""
        sides = {
            name: Side.learn(name, kind, frame[name], bent is None or name in bent) for name, kind in kinds.items()
        }
        blocks, place = [], 0
        for name, side in sides.items():
            for kind, columns in side.parts(frame[name].iloc[:1]):
                blocks.append(Block((name,), kind, slice(place, place + columns.shape[1])))
                place += columns.shape[1]
        of_pairs = {
            name: PairSide.learn(name, kinds[name], frame[name]) for name in {n for pair in pairs for n in pair}
        }
        both, scales = [], []
        for pair in pairs:
            both.append((of_pairs[pair[0]], of_pairs[pair[1]]))
            columns = product(*both[-1], frame)
            spread = columns.std(axis=0)
            scales.append(np.vstack([columns.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)]))
            blocks.append(Block(tuple(pair), TOGETHER, slice(place, place + columns.shape[1])))
            place += columns.shape[1]
        return cls(sides, tuple(both), tuple(blocks), tuple(scales))

    @property
    def bent(self) -> list[str]:
        """Numbers whose curve is no straight line."""
        return [name for name, side in self.sides.items() if side.bends is not None]

    @property
    def names(self) -> list[tuple[str, str]]:
        """The pairs by the names of their features."""
        return [(first.name, second.name) for first, second in self.pairs]

    def matrix(self, frame: pd.DataFrame) -> Array:
        """Rows x columns, for rows of any frame with these features."""
        parts = [part for name, side in self.sides.items() for _, part in side.parts(frame[name])]
        return np.column_stack(parts + [self._together(place, frame) for place in range(len(self.pairs))])

    def _together(self, place: int, frame: pd.DataFrame) -> Array:
        return (product(*self.pairs[place], frame) - self.scales[place][0]) / self.scales[place][1]

    def columns_of(self, features: Sequence[str]) -> NDArray[np.int64]:
        """Places of all columns that any of these features has a part in."""
        among = set(features)
        found = [np.arange(b.columns.start, b.columns.stop) for b in self.blocks if among & set(b.features)]
        return np.concatenate(found)

    def changed(self, frame: pd.DataFrame, new: pd.DataFrame) -> tuple[NDArray[np.int64], Array]:
        """Places and values of the columns of `frame` that change when the features of `new` (same rows) take its
        values."""
        places, values, whole = [], [], frame.assign(**{name: new[name].to_numpy() for name in new})
        made = {name: iter(self.sides[name].parts(new[name])) for name in new}
        for block in self.blocks:
            if block.kind == TOGETHER and made.keys() & set(block.features):
                values.append(self._together(self.names.index(block.features), whole))
            elif block.kind != TOGETHER and block.features[0] in made:
                values.append(next(made[block.features[0]])[1])
            else:
                continue
            places.append(np.arange(block.columns.start, block.columns.stop))
        return np.concatenate(places), np.column_stack(values)
