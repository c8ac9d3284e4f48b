"""Where customers lie to each other: numbers, flags and categories as one set of coordinates, learned once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import NUMBER, Columns, understand
from cxlab.models.segments.units import Array, Kind, Number, drawn_in, kinds_of, number_of

#: Directions of numbers are kept until they hold this share of what varies, and beyond it where one varies at least so
#: much of what a single column does; the rest is taken as noise.
KEPT, WORTH_KEEPING = 0.90, 0.3
#: Within a family of features a direction is kept that varies this much of what a column does (Jolliffe 1972).
WORTH_KEEPING_IN_FAMILY = 0.7
#: A flag or a category varies at most half as much as a number does (Huang 1998 weighs mismatches alike): otherwise the
#: cut would always follow the one column that has only two values.
WEIGHT_OF_KINDS = 0.5
#: Columns that are known of fewer customers than this are not used.
_KNOWN = 0.5
#: Nor are those in which fewer than this share differ from all others: a handful of odd ones is no segment.
_RARE = 0.02
_TINY = 1e-6


@dataclass(frozen=True)
class Space:
    """Coordinates learned from a feature frame; other frames with these columns can be laid into them.

    numbers, kinds: the columns, each with how it is scaled. centre, spread: of the scaled numbers. turn_numbers,
    turn_kinds: matrices from standard units to coordinates; turn_smooth the same for numbers without one value that
    many share. blocks: families of the numbers, by place. set_aside: column, why. remarks: sentences.
    """

    numbers: tuple[Number, ...]
    kinds: tuple[Kind, ...]
    centre: Array
    spread: Array
    blocks: tuple[tuple[int, ...], ...]
    turn_numbers: Array
    turn_kinds: Array
    turn_smooth: Array
    set_aside: pd.DataFrame
    remarks: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Names of the columns in use."""
        return list(dict.fromkeys(each.name for each in (*self.numbers, *self.kinds)))

    @property
    def _smooth(self) -> list[int]:
        return [at for at, each in enumerate(self.numbers) if not each.shared]

    def units(self, frame: pd.DataFrame, rng: np.random.Generator | None = None) -> tuple[Array, Array]:
        """Customers in standard units: numbers, and flags and categories.

        With `rng` counts are blurred within their step and gaps are filled by what others have, so that neither makes
        a peak where none is.
        """
        z = [each.scaled(frame, rng) for each in self.numbers]
        d = [each.shown(frame) for each in self.kinds]
        return (_side_by_side(z, len(frame)) - self.centre) / self.spread, _side_by_side(d, len(frame))

    def of(self, frame: pd.DataFrame) -> tuple[Array, int]:
        """Coordinates of customers, and how many of them come from numbers; these stand first."""
        return self._joined(*self.units(frame))

    def smooth(self, frame: pd.DataFrame, rng: np.random.Generator) -> Array:
        """Coordinates in which a density can be told: numbers alone, without those that many customers share."""
        return self.units(frame, rng)[0][:, self._smooth] @ self.turn_smooth

    def shuffled(self, frame: pd.DataFrame, rng: np.random.Generator) -> tuple[Array, int]:
        """Coordinates of customers who could be: every column as it is, each shuffled by itself, laid out anew."""
        z, d = self.units(frame)
        z = _side_by_side([rng.permutation(column) for column in z.T], len(z))
        names = [each.name for each in self.kinds]
        for name in dict.fromkeys(names):
            at = [index for index, each in enumerate(names) if each == name]
            d[:, at] = d[rng.permutation(len(d))][:, at]
        return _joined(drawn_in(z @ _by_block(z, self.blocks)), d @ _turned(d, WEIGHT_OF_KINDS))

    def cloud(self, frame: pd.DataFrame, rng: np.random.Generator, *, flat: bool) -> tuple[Array, int, Array]:
        """Customers who could be if there were no gaps: numbers as correlated as these, from a normal cloud or a `flat`
        one; values that many share, flags and categories as they are. Coordinates, how many come from numbers, and
        those in which a density can be told."""
        from scipy.special import ndtr

        z, d = self.units(frame)
        correlation = np.corrcoef(z, rowvar=False).reshape(z.shape[1], -1) if z.size else np.empty((0, 0))
        values, vectors = np.linalg.eigh(correlation)
        drawn = rng.standard_normal(z.shape) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
        made = (ndtr(drawn) - 0.5) * np.sqrt(12) if flat else drawn.copy()
        for at, each in enumerate(self.numbers):
            if each.shared:
                made[np.argsort(drawn[:, at], kind="stable"), at] = np.sort(z[:, at])
        x, numbers = self._joined(made, d[rng.permutation(len(d))])
        return x, numbers, made[:, self._smooth] @ self.turn_smooth

    def _joined(self, z: Array, d: Array) -> tuple[Array, int]:
        return _joined(drawn_in(z @ self.turn_numbers), d @ self.turn_kinds)


def lay_out(features: Any, what: str, families: Mapping[str, str] | None = None) -> tuple[Space, pd.DataFrame]:
    """Learn the coordinates of a feature frame; also the frame as it was understood.

    Numbers: skewed counts as logarithms, middle and spread by median and quartiles, far ends drawn in, gaps at the
    middle. Then their principal directions with equal weight, family by family where `families` (column -> family) are
    known: five columns that say the same count once, not five times. Flags and categories: their directions likewise,
    each with at most half the weight of a number. Raises ParameterError where fewer than two columns can be used.
    """
    columns = understand(features, what)
    frame, aside, remarks = columns.frame, columns.set_aside, list(columns.remarks)
    unfit = {name: _why_unfit(frame[name]) for name in frame}
    why = [(name, reason) for name, reason in unfit.items() if reason]
    aside = pd.concat([aside, pd.DataFrame(why, columns=["column", "why"])], ignore_index=True)
    used = [name for name, reason in unfit.items() if not reason]
    if len(used) < 2:
        raise ParameterError(
            f"{what} needs at least two columns that tell customers apart, and found {len(used)}"
            + "".join(f"; {row.column} is left out: {row.why}" for row in aside.itertuples())
            + "."
        )
    numbers = tuple(number_of(name, frame[name]) for name in used if columns.kinds[name] == NUMBER)
    kinds = tuple(each for name in used for each in kinds_of(columns, name))
    z = _side_by_side([each.scaled(frame) for each in numbers], len(frame))
    d = _side_by_side([each.shown(frame) for each in kinds], len(frame))
    centre, spread = z.mean(axis=0), np.maximum(z.std(axis=0), _TINY)
    z = (z - centre) / spread
    blocks = _blocks([each.name for each in numbers], families or {})
    smooth = [at for at, each in enumerate(numbers) if not each.shared]
    turns = (_by_block(z, blocks), _turned(d, WEIGHT_OF_KINDS), _turned(z[:, smooth]))
    remarks += _gaps([each.name for each in numbers], columns)
    return Space(numbers, kinds, centre, spread, blocks, *turns, aside, tuple(remarks)), frame


def _why_unfit(column: pd.Series) -> str:
    """Why a column cannot tell customers apart; empty where it can."""
    if column.isna().mean() > 1 - _KNOWN:
        return "it is not known of most customers"
    if column.value_counts(normalize=True).max() > 1 - _RARE:
        return "it is the same for nearly everybody"
    return ""


def read_again(space: Space, features: Any, what: str) -> pd.DataFrame:
    """Another frame read as the one that `space` was learned from. Raises ParameterError where columns are absent."""
    read = understand(features, what)
    absent = [name for name in space.columns if name not in read.frame and name not in set(read.set_aside["column"])]
    if absent:
        raise ParameterError(f"{what} lacks the columns {', '.join(absent)}, by which customers were grouped.")
    # What is the same for everybody now has not lost its value.
    same = {name: features[name] for name in space.columns if name not in read.frame}
    return read.frame.assign(**same)


def _blocks(names: Sequence[str], families: Mapping[str, str]) -> tuple[tuple[int, ...], ...]:
    """Places of the numbers by family; a single block where families are not known."""
    of = [families.get(name, "") for name in names]
    return tuple(tuple(at for at, each in enumerate(of) if each == family) for family in dict.fromkeys(of))


def _by_block(z: Array, blocks: Sequence[Sequence[int]]) -> Array:
    """Standard units to directions of equal weight, each family's by themselves."""
    least = WORTH_KEEPING if len(blocks) == 1 else WORTH_KEEPING_IN_FAMILY
    turns = []
    for block in blocks:
        turn = _turned(z[:, list(block)], least=least, until=KEPT if len(blocks) == 1 else 0.0)
        whole = np.zeros((z.shape[1], turn.shape[1]))
        whole[list(block)] = turn
        turns.append(whole)
    return np.hstack(turns) if turns else np.empty((0, 0))


def _turned(z: Array, most: float = 0.0, *, least: float = WORTH_KEEPING, until: float = KEPT) -> Array:
    """Standard units to principal directions: of variance one each or, with `most`, of at most that variance."""
    if not z.shape[1]:
        return np.empty((0, 0))
    values, vectors = np.linalg.eigh(np.cov(z, rowvar=False).reshape(z.shape[1], -1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    enough = 1 + int(np.searchsorted(np.cumsum(values) / max(values.sum(), _TINY), until - 1e-9))
    kept = min(max(enough, int((values >= least).sum())), len(values))
    values, vectors = values[:kept], vectors[:, :kept]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(kept)])
    wanted = np.minimum(values * most, most) if most else np.ones(kept)
    return vectors * np.sqrt(wanted / np.maximum(values, _TINY))


def _joined(numbers: Array, kinds: Array) -> tuple[Array, int]:
    return np.hstack([numbers, kinds]), numbers.shape[1]


def _side_by_side(columns: Sequence[NDArray[Any]], n: int) -> Array:
    return np.column_stack(columns) if len(columns) else np.empty((n, 0))


def _gaps(names: Sequence[str], columns: Columns) -> list[str]:
    """What a reader has to know of gaps in the numbers."""
    frame = columns.frame
    gaps = {name: int(frame[name].isna().sum()) for name in names if frame[name].isna().any()}
    if not gaps:
        return []
    worst = max(gaps, key=lambda name: (gaps[name], name))
    others = f", and there are gaps in {len(gaps) - 1} more columns" if len(gaps) > 1 else ""
    return [
        f"{worst} is not known of {gaps[worst]:,} of {len(frame):,} customers{others}; who has a gap is placed in the "
        "middle."
    ]
