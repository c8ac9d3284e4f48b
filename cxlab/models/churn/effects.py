"""What one step of a feature goes with: points of churn on the average over customers, as a step and as a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.models.churn.design import NOT_ASKED, Array
from cxlab.models.churn.readable import Readable
from cxlab.models.columns import CATEGORY, FLAG, NUMBER
from cxlab.stats.estimates import normal_quantile

#: Customers over whom an effect is averaged; more of them change the second decimal of a point.
_CUSTOMERS = 2_000
#: Points of a curve; numbers with at most this many different whole values are counts, whose step is one more.
_POINTS, _COUNTS = 25, 20
#: Rows from which the rest of a group of drivers is taken where fewer have exactly the value in question.
_NEIGHBOURS = 25
#: Standard errors by which a curve must rise and fall to be said to do both, whichever two points show it best.
_SURELY = 3.5
#: A level must be held by this share of rows, and this many, to be the other end of a category's step.
_LEVEL_SHARE, _LEVEL_ROWS = 0.03, 20


@dataclass(frozen=True)
class Step:
    """One step of a driver: what it is in words, and points of churn that go with it, with 95 % interval."""

    words: str
    points: float
    low: float
    high: float


class Effects:
    """Asks a learned model what would be expected had customers other values, all else of each as it is.

    Features of one group move together: who gets a value of the leading one gets the others from rows that have it.
    `churn` and its interval are averages over at most 2,000 customers drawn by `seed`.
    """

    def __init__(self, model: Readable, frame: pd.DataFrame, groups: Sequence[Sequence[str]], seed: int) -> None:
        self._model, self._frame = model, frame
        self._beside = {name: [other for other in group if other != name] for group in groups for name in group}
        rows = np.arange(len(frame))
        if len(rows) > _CUSTOMERS:
            rows = np.sort(np.random.default_rng(seed).choice(rows, _CUSTOMERS, replace=False))
        self._rows = rows
        self._known: dict[str, tuple[Array, Array]] = {}

    def curve(self, name: str) -> pd.DataFrame:
        """Every level or, of a number, up to 25 points: x or level, churn (0-1), points against today, low, high, n.

        `points` is the churn expected if every customer had this value less the churn expected as they are, in points;
        low and high are its pointwise 95 % interval, n the rows that have the level or lie nearest to the point.
        """
        places, n = self._places(name)
        now, at_now = self._today(self._asked(name))
        churn, gradients = self._along(name)
        found = [
            (place, own, *self._points(own - now, gradient - at_now))
            for place, own, gradient in zip(places, churn, gradients, strict=True)
        ]
        label = "level" if self._model.design.sides[name].kind == CATEGORY else "x"
        return pd.DataFrame(found, columns=[label, "churn", "points", "low", "high"]).assign(n=n)

    def turns(self, name: str) -> bool:
        """Whether the curve of a number surely goes up in one place and down in another."""
        if self._model.design.sides[name].kind != NUMBER:
            return False
        churn, gradients = self._along(name)
        spread = gradients @ self._model.fit.covariance @ gradients.T
        variance = np.add.outer(np.diag(spread), np.diag(spread)) - 2 * spread
        later = np.triu(np.ones_like(spread, dtype=bool), 1) & (variance > 0)
        score = (churn[None, :] - churn[:, None])[later] / np.sqrt(variance[later])
        return bool(len(score)) and score.max() > _SURELY and score.min() < -_SURELY

    def _along(self, name: str) -> tuple[Array, Array]:
        """Churn expected at each place of a curve, and its gradients, a row each."""
        if name not in self._known:
            rows = self._asked(name)
            found = [self._had(name, _all(place, len(rows)), rows) for place in self._places(name)[0]]
            self._known[name] = np.array([churn for churn, _ in found]), np.vstack([each for _, each in found])
        return self._known[name]

    def step(self, name: str) -> Step:
        """One step: no to yes, one more of a count, a number's lower to its upper quartile, or a level for another.

        A category's step goes from its most common level to the one furthest from it, and its interval is widened for
        the choice (Bonferroni over the other levels).
        """
        kind = self._model.design.sides[name].kind
        rows = self._asked(name)
        if kind == CATEGORY:
            return self._level_step(name, rows)
        x = self._frame[name].to_numpy(float)
        if kind == FLAG:
            return self._between(name, 0.0, 1.0, "no to yes", rows)
        known = x[~np.isnan(x)]
        if (known == known.round()).all() and len(np.unique(known)) <= _COUNTS:
            rows = rows[~np.isnan(x[rows]) & (x[rows] < known.max())]
            before, at_before = self._had(name, x[rows], rows)
            after, at_after = self._had(name, x[rows] + 1, rows)
            return Step("one more", *self._points(after - before, at_after - at_before))
        ends = np.quantile(known, [0.25, 0.75])
        if ends[0] == ends[1]:
            # Most have the same value, none as a rule: from there to the middle of those who have another.
            ends = np.sort([ends[0], np.median(known[known != ends[0]])])
        return self._between(name, float(ends[0]), float(ends[1]), f"{_plain(ends[0])} to {_plain(ends[1])}", rows)

    def surface(self, first: str, second: str, points: int = 5) -> pd.DataFrame:
        """A pair's churn expected at every combination: the two features, churn (0-1), points, low, high, n.

        Numbers are taken at up to `points` quantiles; n counts the rows that lie nearest to each combination.
        """
        ends, nearest = [], []
        for name in (first, second):
            places, _ = self._places(name, points)
            ends.append(places)
            nearest.append(_nearest(self._frame[name], places))
        now, at_now = self._today(self._rows)
        found = []
        for i, a in enumerate(ends[0]):
            for j, b in enumerate(ends[1]):
                churn, gradient = self._had(first, _all(a, len(self._rows)), self._rows, {second: b})
                n = int(((nearest[0] == i) & (nearest[1] == j)).sum())
                found.append((a, b, churn, *self._points(churn - now, gradient - at_now), n))
        return pd.DataFrame(found, columns=[first, second, "churn", "points", "low", "high", "n"])

    def count(self, name: str) -> int:
        """Rows in which a feature has a value and applies."""
        values = self._frame[name]
        return int((values.notna() & (values != NOT_ASKED)).sum())

    def _level_step(self, name: str, rows: NDArray[np.int64]) -> Step:
        side = self._model.design.sides[name]
        counted = self._frame[name].value_counts()
        base, *others = side.levels
        enough = max(_LEVEL_ROWS, _LEVEL_SHARE * len(self._frame))
        others = [level for level in others if counted[level] >= enough] or others[:1]
        start, at_start = self._had(name, _all(base, len(rows)), rows)
        reach = normal_quantile(1 - 0.05 / len(others))
        best = None
        for level in others:
            churn, gradient = self._had(name, _all(level, len(rows)), rows)
            step = Step(f"{base} to {level}", *self._points(churn - start, gradient - at_start, reach))
            best = step if best is None or abs(step.points) > abs(best.points) else best
        return best

    def _between(self, name: str, start: float, end: float, words: str, rows: NDArray[np.int64]) -> Step:
        before, at_before = self._had(name, _all(start, len(rows)), rows)
        after, at_after = self._had(name, _all(end, len(rows)), rows)
        return Step(words, *self._points(after - before, at_after - at_before))

    def _asked(self, name: str) -> NDArray[np.int64]:
        """The customers to whom a feature applies."""
        if self._model.design.sides[name].kind != CATEGORY:
            return self._rows
        return self._rows[self._frame[name].to_numpy(object)[self._rows] != NOT_ASKED]

    def _places(self, name: str, most: int = _POINTS) -> tuple[list, NDArray[np.int64]]:
        side, values = self._model.design.sides[name], self._frame[name]
        if side.kind == CATEGORY:
            levels = list(side.levels)
            return levels, values.value_counts().reindex(levels).to_numpy(np.int64)
        known = values.dropna().to_numpy(float)
        places = np.unique(known)
        if len(places) > most:
            places = np.unique(np.quantile(known, np.linspace(0.01, 0.99, most)))
        return places.tolist(), np.bincount(_nearest(values.dropna(), places.tolist()), minlength=len(places))

    def _today(self, rows: NDArray[np.int64]) -> tuple[float, Array]:
        """Mean chance of customers as they are and its gradient in the coefficients."""
        return _mean(self._model.matrix[rows], self._model.fit.chance(self._model.matrix[rows]))

    def _had(
        self, name: str, values: Array, rows: NDArray[np.int64], fixed: Mapping[str, object] | None = None
    ) -> tuple[float, Array]:
        """Mean chance and gradient, had `name` these values and the rest of its group those that go with them."""
        fixed = dict(fixed or {})
        new = {name: values} | {other: _all(value, len(rows)) for other, value in fixed.items()}
        beside = [other for other in self._beside.get(name, []) if other not in fixed]
        if beside:
            donors = self._donors(name, values)
            new |= {other: self._frame[other].to_numpy()[donors] for other in beside}
        frame, matrix = self._frame.iloc[rows], self._model.matrix[rows]
        places, columns = self._model.design.changed(frame, pd.DataFrame(new, index=frame.index))
        beta = self._model.fit.coefficients[1:][places]
        chance = expit(self._model.fit.log_odds(matrix) + (columns - matrix[:, places]) @ beta)
        mean, gradient = _mean(matrix, chance)
        gradient[places + 1] = (chance * (1 - chance)) @ columns / len(chance)
        return mean, gradient

    def _donors(self, name: str, values: Array) -> NDArray[np.int64]:
        """For each value a row that has it, or nearly: those rows take turns."""
        own = self._frame[name].to_numpy()
        donors = np.empty(len(values), dtype=np.int64)
        for value in pd.unique(values):
            pool = np.flatnonzero(own == value)
            if len(pool) < _NEIGHBOURS and self._model.design.sides[name].kind == NUMBER:
                pool = np.argsort(np.abs(np.where(np.isnan(own), np.inf, own) - value), kind="stable")[:_NEIGHBOURS]
            wanting = np.flatnonzero(values == value)
            donors[wanting] = pool[np.arange(len(wanting)) * 7919 % len(pool)]
        return donors

    def _points(self, change: float, gradient: Array, reach: float | None = None) -> tuple[float, float, float]:
        """A change in points of churn with its interval (delta method)."""
        error = float(np.sqrt(max(gradient @ self._model.fit.covariance @ gradient, 0.0)))
        reach = normal_quantile() if reach is None else reach
        return 100 * change, 100 * (change - reach * error), 100 * (change + reach * error)


def _mean(matrix: Array, chance: Array) -> tuple[float, Array]:
    weight = chance * (1 - chance) / len(chance)
    return float(chance.mean()), np.concatenate([[weight.sum()], weight @ matrix])


def _all(value: object, count: int) -> NDArray:
    return np.full(count, value, dtype=object if isinstance(value, str) else float)


def _nearest(values: pd.Series, places: Sequence) -> NDArray[np.int64]:
    """The place that each value is or lies nearest to; -1 for missing values and levels that are none of them."""
    if isinstance(places[0], str):
        return pd.Categorical(values, categories=list(places)).codes.astype(np.int64)
    x = values.to_numpy(float)
    middle = (np.array(places)[1:] + np.array(places)[:-1]) / 2
    return np.where(np.isnan(x), -1, np.searchsorted(middle, x)).astype(np.int64)


def spoken(value: object, kind: str) -> str:
    """A value of a feature in words: yes or no of a flag, a level as it is, a number without needless digits."""
    if kind == FLAG:
        return "yes" if float(value) >= 0.5 else "no"
    return str(value) if kind == CATEGORY else _plain(float(value))


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.3g}"
