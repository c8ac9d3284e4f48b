"""Where customers lie to each other: numbers, flags and categories as one set of coordinates, learned once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import CATEGORY, FLAG, NUMBER, Columns, understand

Array = NDArray[np.float64]
#: Directions are kept until they hold this share of what the numbers (or the kinds) vary, and beyond it where one varies
#: at least this much of what a single column does; the rest is taken as noise.
KEPT, WORTH_KEEPING = 0.85, 0.3
#: A flag or a category varies at most half as much as a number does (Huang 1998 weighs mismatches alike): otherwise the
#: cut would always follow the one column that has only two values.
WEIGHT_OF_KINDS = 0.5
#: Columns that are known of fewer customers than this are not used.
_KNOWN = 0.5
_SKEWED = 1.0
_FARTHEST = 4.0
_TINY = 1e-6


@dataclass(frozen=True)
class _Number:
    """How one column of numbers is laid on a common scale. `step` is its lattice, 0 where it has none."""

    name: str
    middle: float
    spread: float
    logged: bool
    step: float

    def scaled(self, values: Array, noise: NDArray[Any] | None = None) -> Array:
        """Robust standard units, missing at the middle; `noise` (-0.5 to 0.5) blurs counts within their own step."""
        x = values if noise is None or not self.step else values + self.step * noise
        x = np.log1p(np.maximum(x, -0.9)) if self.logged else x
        z = np.clip((x - self.middle) / self.spread, -_FARTHEST, _FARTHEST)
        return np.where(np.isnan(z), 0.0, z)


@dataclass(frozen=True)
class Space:
    """Coordinates learned from a feature frame; other frames with these columns can be laid into them.

    numbers: columns of numbers. kinds: (column, level, share, spread) of flags (level "") and categories.
    turn_numbers, turn_kinds: matrices from standard units to coordinates. remarks: sentences on what was done.
    """

    numbers: tuple[_Number, ...]
    kinds: tuple[tuple[str, str, float, float], ...]
    centre: Array
    spread: Array
    turn_numbers: Array
    turn_kinds: Array
    set_aside: pd.DataFrame
    remarks: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Names of the columns in use."""
        return list(dict.fromkeys([each.name for each in self.numbers] + [name for name, *_ in self.kinds]))

    def units(self, frame: pd.DataFrame, rng: np.random.Generator | None = None) -> tuple[Array, Array]:
        """Customers in standard units: numbers, and flags and categories. `rng` blurs counts (for densities)."""
        n = len(frame)
        noise = [None if rng is None else rng.uniform(-0.5, 0.5, n) for _ in self.numbers]
        z = [
            (each.scaled(_values(frame, each.name), blur) - at) / by
            for each, blur, at, by in zip(self.numbers, noise, self.centre, self.spread, strict=True)
        ]
        d = [_shown(frame, *each) for each in self.kinds]
        return _side_by_side(z, n), _side_by_side(d, n)

    def of(self, frame: pd.DataFrame, rng: np.random.Generator | None = None) -> tuple[Array, Array]:
        """Coordinates of customers: from numbers, and from flags and categories. `rng` blurs counts (for densities)."""
        z, d = self.units(frame, rng)
        return z @ self.turn_numbers, d @ self.turn_kinds

    def shuffled(self, frame: pd.DataFrame, rng: np.random.Generator) -> tuple[Array, int]:
        """Coordinates of customers who could be: every column as it is, each shuffled by itself, laid out anew; and how
        many of them come from numbers."""
        z, d = self.units(frame)
        z = np.column_stack([rng.permutation(column) for column in z.T]) if z.size else z
        names = [name for name, *_ in self.kinds]
        for name in dict.fromkeys(names):
            at = [index for index, each in enumerate(names) if each == name]
            d[:, at] = d[rng.permutation(len(d))][:, at]
        numbers = z @ _whitening(z)
        return np.hstack([numbers, d @ _whitening(d, WEIGHT_OF_KINDS)]), numbers.shape[1]


def lay_out(features: Any, what: str) -> tuple[Space, pd.DataFrame]:
    """Learn the coordinates of a feature frame; also the frame as it was understood.

    Numbers: skewed counts as logarithms, middle and spread by median and quartiles, far ends drawn in, missing at the
    middle. Then their principal directions, of equal weight: five columns that say the same count once, not five times.
    Flags and categories: their directions likewise, each with at most half the weight of a number. Raises
    ParameterError where fewer than two columns can be used.
    """
    columns = understand(features, what)
    frame, aside, remarks = columns.frame, columns.set_aside, list(columns.remarks)
    unknown = [name for name in frame if frame[name].isna().mean() > 1 - _KNOWN]
    if unknown:
        why = pd.DataFrame({"column": unknown, "why": "it is not known of most customers"})
        aside = pd.concat([aside, why], ignore_index=True)
    used = [name for name in frame if name not in unknown]
    if len(used) < 2:
        raise ParameterError(
            f"{what} needs at least two columns that tell customers apart, and found {len(used)}: "
            + "; ".join(f"{row.column} is left out, {row.why}" for row in aside.itertuples())
        )
    numbers = tuple(_number(name, frame[name]) for name in used if columns.kinds[name] == NUMBER)
    kinds = tuple(each for name in used for each in _levels(columns, name))
    remarks += _said(numbers, frame)
    z = _side_by_side([each.scaled(_values(frame, each.name)) for each in numbers], len(frame))
    d = _side_by_side([_shown(frame, *each) for each in kinds], len(frame))
    centre, spread = z.mean(axis=0), np.maximum(z.std(axis=0), _TINY)
    turned = (_whitening((z - centre) / spread), _whitening(d, WEIGHT_OF_KINDS))
    return Space(numbers, kinds, centre, spread, *turned, aside, tuple(remarks)), frame


def understood(space: Space, features: Any, what: str) -> pd.DataFrame:
    """Another frame read as the one that `space` was learned from. Raises ParameterError where columns are absent."""
    frame = understand(features, what).frame
    given = pd.DataFrame(features) if isinstance(features, pd.DataFrame) else frame
    absent = [name for name in space.columns if name not in given]
    if absent:
        raise ParameterError(f"{what} lacks the columns {', '.join(absent)}, by which customers were grouped.")
    # A column that is the same for everybody now is still told apart from what it was.
    same = [name for name in space.columns if name not in frame]
    return frame.assign(**{name: given[name] for name in same})


def _side_by_side(columns: list[Array], n: int) -> Array:
    return np.column_stack(columns) if columns else np.empty((n, 0))


def _values(frame: pd.DataFrame, name: str) -> Array:
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(float)


def _number(name: str, column: pd.Series) -> _Number:
    x = column.to_numpy(float)
    known = x[~np.isnan(x)]
    logged = bool(known.min() >= 0 and _skew(known) > _SKEWED and abs(_skew(np.log1p(known))) < _skew(known))
    y = np.log1p(known) if logged else known
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
    spread = (high - low) / 1.349
    # Where most customers share one value, quartiles say nothing about the others.
    spread = spread if spread > _TINY * max(1.0, abs(middle)) else float(y.std()) or 1.0
    gaps = np.diff(np.unique(known))
    steps = gaps.min() if gaps.size and len(gaps) < len(known) / 3 else 0.0
    return _Number(name, float(middle), float(spread), logged, float(steps))


def _skew(x: Array) -> float:
    spread = x.std()
    return float(((x - x.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0


def _levels(columns: Columns, name: str) -> list[tuple[str, str, float, float]]:
    """What to write for a flag or a category: every level with its share, all levels together with variance one."""
    column = columns.frame[name]
    if columns.kinds[name] == FLAG:
        share = float(column.mean())
        return [(name, "", share, max(np.sqrt(share * (1 - share)), _TINY))]
    if columns.kinds[name] == CATEGORY:
        shares = column.value_counts(normalize=True)
        spread = float(np.sqrt((shares * (1 - shares)).sum()))
        return [(name, level, float(shares[level]), spread) for level in columns.levels[name]]
    return []


def _shown(frame: pd.DataFrame, name: str, level: str, share: float, spread: float) -> Array:
    if level:
        return ((frame[name].astype(object).to_numpy() == level) - share) / spread
    x = _values(frame, name)
    return np.where(np.isnan(x), 0.0, x - share) / spread


def _whitening(z: Array, most: float = 0.0) -> Array:
    """From standard units to principal directions: of variance one each or, with `most`, of at most that variance."""
    if not z.shape[1]:
        return np.empty((0, 0))
    values, vectors = np.linalg.eigh(np.cov(z, rowvar=False).reshape(z.shape[1], -1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    enough = 1 + int(np.searchsorted(np.cumsum(values) / values.sum(), KEPT - 1e-9))
    kept = min(max(enough, int((values >= WORTH_KEEPING).sum())), len(values))
    values, vectors = values[:kept], vectors[:, :kept]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(kept)])
    wanted = np.minimum(values * most, most) if most else np.ones(kept)
    return vectors * np.sqrt(wanted / np.maximum(values, _TINY))


def _said(numbers: tuple[_Number, ...], frame: pd.DataFrame) -> list[str]:
    """What a reader has to know of gaps in the numbers."""
    gaps = {each.name: int(frame[each.name].isna().sum()) for each in numbers}
    holed = {name: gone for name, gone in gaps.items() if gone}
    if not holed:
        return []
    worst = max(holed, key=lambda name: (holed[name], name))
    more = f" and {len(holed) - 1} more columns" if len(holed) > 1 else ""
    return [
        f"{worst} is not known of {holed[worst]:,} of {len(frame):,} customers{more and f', and gaps are in{more[4:]}'}; "
        "who has a gap is placed in the middle."
    ]
