"""A score foretold for comments without one (community, tickets, chats), from comments that have one. Always marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.fitting import by_account, fit, limits
from cxlab.models.impact.ridge import Ridge, cross_fit, learn
from cxlab.models.impact.rows import NPS, account_codes, as_points, of_same_length
from cxlab.stats.correlation import correlation_interval

#: Fewer scored comments, or a weaker correlation of foretold and given scores, and nothing is foretold.
LEAST_SCORED, LEAST_CORRELATION = 200, 0.2
#: Scored comments that a group needs for its own correction, and a kind for being tried.
ENOUGH = 30
_FEWEST_KINDS = 3
GIVEN, CORRECTED, FORETOLD = "given", "partly foretold", "foretold"

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Foretold:
    """Scores that nobody gave.

    comments: a row a comment in the order given: points (given or foretold; NPS points, or the score), is_foretold.
    groups: a row a group: group, n (comments), n_scored, how ("given": all have a score; "partly foretold":
    foretold ones corrected by the scored ones of the group; "foretold": too few scored ones), value, low, high (95 %).
    correlation, correlation_low, correlation_high: of given scores with those foretold by models that did not see the
    account. slope, slope_low, slope_high: of given on so foretold scores; 1 is calibrated, and what is foretold
    has been multiplied by it. reach: 95 % of the scored comments lie within so many points of what is foretold, which
    is why a single comment's score is never to be shown. drift: standard deviation of how far off the mean of a kind
    of comments is that was never seen (NaN where it could not be tried). measure, n_scored, remarks.
    """

    comments: pd.DataFrame
    groups: pd.DataFrame
    correlation: float
    correlation_low: float
    correlation_high: float
    slope: float
    slope_low: float
    slope_high: float
    reach: float
    drift: float
    measure: str
    n_scored: int
    remarks: tuple[str, ...]


def foretell(
    vectors: ArrayLike,
    score: ArrayLike,
    *,
    group: ArrayLike | None = None,
    language: ArrayLike | None = None,
    kind: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    measure: str | None = None,
    seed: int = 0,
) -> Foretold:
    """Foretell the score of comments without one, and the mean of groups of comments.

    vectors (n x d): what the encoder makes of each comment, scored or not. score (n): NaN where there is none. group:
    whose means are wanted (source, channel); one group without it. language: codes, reckoned with. kind: what the
    scored comments can be divided by (moment, channel, region) to try how well kinds are foretold that were not seen.
    cluster: accounts, which are kept together.

    Ridge regression, cross-fitted over five parts of the accounts and calibrated by the slope of given on foretold
    scores. The mean of a group in which at least 30 comments have a score is prediction-powered: the mean of what is
    foretold plus the mean error on the scored ones, as much of it as helps (Angelopoulos, Bates, Fannjiang, Jordan &
    Zrnic 2023, Science 382:669-674; the tuned form: Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453; cross-fitted:
    Zrnic & Candes 2024, PNAS 121 e2322083121), valid however badly scores are foretold as long as the scored ones are
    a random part of the group. Elsewhere the interval holds what calibration leaves unsure and the `drift` between
    kinds, which takes three kinds of 30 scored comments; without them it takes for granted that comments alike score
    alike wherever they are written, and the remarks say so.

    Raises ParameterError where fewer than 200 comments have a score or the correlation of given and foretold scores is
    below 0.2: then nothing is foretold.
    """
    matrix, points, scored, measure = _read(vectors, score, measure)
    of_same_length("foretell", len(points), group=group, language=language, kind=kind, cluster=cluster)
    matrix = _with_language(matrix, language)
    account = account_codes(cluster, np.ones(len(points), dtype=bool))
    mine = np.unique(account[scored], return_inverse=True)[1].astype(np.int64)
    raw, models = cross_fit(matrix[scored], points[scored], mine, seed)
    r = float(np.corrcoef(raw, points[scored])[0, 1]) if raw.std() > 0 else 0.0
    if not r >= LEAST_CORRELATION:
        raise ParameterError(
            f"foretell: given and foretold scores correlate by {r:.2f} only ({LEAST_CORRELATION} is the least). The "
            "comments do not tell the score, so none is foretold. A better encoder or more scored comments may help."
        )
    line = fit(np.column_stack([np.ones(len(raw)), raw]), points[scored], np.ones(len(raw)), mine)
    slope_low, slope_high, _ = limits(line.beta, line.influence, line.df)
    foretold = np.empty(len(points))
    foretold[scored] = raw
    foretold[~scored] = np.mean([model.foretell(matrix[~scored]) for model in models], axis=0)
    foretold = line.beta[0] + line.beta[1] * foretold
    drift, kinds = _drift(matrix[scored], points[scored], None if kind is None else np.asarray(kind, object)[scored])
    error = np.abs(points[scored] - foretold[scored])
    # The rank of a new comment's error among these is even: the quantile of conformal prediction.
    reach = float(np.sort(error)[min(int(np.ceil(0.95 * (len(error) + 1))) - 1, len(error) - 1)])
    label = np.full(len(points), "all", dtype=object) if group is None else np.asarray(group, dtype=object)
    groups = _groups(label, points, foretold, scored, account, line.influence, line.beta, drift, kinds)
    low, high = correlation_interval(r, float(mine.max() + 1))
    ends = (-100.0, 100.0) if measure == NPS else (float(points[scored].min()), float(points[scored].max()))
    told = np.where(scored, points, np.clip(foretold, *ends))
    return Foretold(
        pd.DataFrame({"points": told, "is_foretold": ~scored}), groups, r, low, high, float(line.beta[1]),
        float(slope_low[1]), float(slope_high[1]), reach, drift, measure, int(scored.sum()),
        _remarks(groups, drift, line.beta[1], slope_low[1], slope_high[1], label),
    )  # fmt: skip


def _read(vectors: ArrayLike, score: ArrayLike, measure: str | None) -> tuple[Array, Array, Mask, str]:
    matrix = np.asarray(vectors, dtype=float)
    given = pd.to_numeric(pd.Series(np.asarray(score, dtype=object)), errors="coerce").to_numpy(float)
    if matrix.ndim != 2 or len(matrix) != len(given) or not np.isfinite(matrix).all():
        raise ParameterError(
            f"foretell: vectors have the shape {matrix.shape} for {len(given):,} scores; give a row of finite numbers "
            "for each."
        )
    scored = np.isfinite(given)
    if scored.sum() < LEAST_SCORED:
        raise ParameterError(
            f"foretell: {int(scored.sum())} comments have a score; {LEAST_SCORED} are the least to learn from."
        )
    points = np.full(len(given), np.nan)
    points[scored], measure = as_points(given[scored], measure)
    return matrix, points, scored, measure


def _with_language(matrix: Array, language: ArrayLike | None) -> Array:
    """The vectors with a column a language, as large as all columns of the vectors together."""
    if language is None:
        return matrix
    codes = pd.factorize(pd.Series(np.asarray(language, dtype=object)).fillna(""), sort=True)[0]
    size = float(np.sqrt(matrix.var(axis=0).sum())) or 1.0
    return np.column_stack([matrix, size * (codes[:, None] == np.arange(1, codes.max() + 1))])


def _drift(matrix: Array, points: Array, kind: Any) -> tuple[float, int]:
    """Standard deviation of the mean error over kinds that were not learnt from, less what sampling adds to it
    (DerSimonian & Laird's moments with equal weights), and how many kinds were tried."""
    if kind is None:
        return float("nan"), 0
    codes, names = pd.factorize(kind, sort=True)
    sizes = np.bincount(codes[codes >= 0], minlength=len(names))
    tried = np.flatnonzero((sizes >= ENOUGH) & (len(points) - sizes >= LEAST_SCORED // 2))
    if tried.size < _FEWEST_KINDS:
        return float("nan"), int(tried.size)
    off, noise = [], []
    for each in tried:
        mine = codes == each
        model: Ridge = learn(matrix[~mine], points[~mine])
        error = points[mine] - model.foretell(matrix[mine])
        off.append(error.mean())
        noise.append(error.var(ddof=1) / len(error))
    return float(np.sqrt(max(np.var(off, ddof=1) - np.mean(noise), 0.0))), int(tried.size)


def _groups(
    label: NDArray[np.object_], points: Array, foretold: Array, scored: Mask, account: NDArray[np.int64],
    of_line: Array, line: Array, drift: float, kinds: int,
) -> pd.DataFrame:  # fmt: skip
    from scipy.special import stdtrit

    rows = []
    for name in sorted(pd.unique(label[~pd.isna(label)]), key=str):
        mine = label == name
        has, lacks = mine & scored, mine & ~scored
        n = int(has.sum())
        if not lacks.any():
            how, value, error, df = GIVEN, float(points[has].mean()), _error(points[has], account[has]), n - 1
        elif n >= ENOUGH:
            how, df = CORRECTED, n - 1
            value, error = _powered(points[has], foretold[has], foretold[lacks], account[has], account[lacks])
        else:
            how, value = FORETOLD, float(foretold[lacks].mean())
            at = np.array([1.0, (value - line[0]) / line[1]])
            spread = 0.0 if np.isnan(drift) else drift**2 * (1 + 1 / kinds)
            variance = _error(foretold[lacks], account[lacks]) ** 2 + float(((of_line @ at) ** 2).sum())
            error, df = float(np.sqrt(variance + spread)), kinds - 1 if spread else len(of_line) - 1
        reach = float(stdtrit(max(df, 1), 0.975)) * error if error > 0 else np.nan
        rows.append((name, int(mine.sum()), n, how, value, value - reach, value + reach))
    return pd.DataFrame(rows, columns=["group", "n", "n_scored", "how", "value", "low", "high"])


def _powered(given: Array, told: Array, others: Array, account: Any, of_others: Any) -> tuple[float, float]:
    """Prediction-powered mean and its standard error: the mean of what is foretold of the others, times a factor, plus
    the mean of given less foretold times the factor. The factor is the one with the least variance."""
    among, spread = float(np.cov(given, told)[0, 1]), float(np.var(np.append(told, others)))
    factor = float(np.clip(among / (spread * (1 + len(given) / len(others))), 0.0, 1.0)) if spread > 0 else 0.0
    rest = given - factor * told
    value = factor * float(others.mean()) + float(rest.mean())
    both = np.concatenate([account, of_others])
    parts = np.concatenate([(rest - rest.mean()) / len(rest), factor * (others - others.mean()) / len(others)])
    return value, _size(parts, both)


def _error(values: Array, account: NDArray[np.int64]) -> float:
    return _size((values - values.mean()) / len(values), account)


def _size(parts: Array, account: NDArray[np.int64]) -> float:
    """Standard error from the parts that rows have in a mean, accounts taken together."""
    sums = by_account(parts[:, None], np.unique(account, return_inverse=True)[1].astype(np.int64))[:, 0]
    return float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)))


def _remarks(groups: pd.DataFrame, drift: float, slope: float, low: float, high: float, label: Any) -> tuple[str, ...]:
    said = ["These scores are foretold from what comments say; nobody gave them."]
    if not low <= 1 <= high:
        said.append(
            f"What was foretold at first differed {'too much' if slope < 1 else 'too little'} from comment to comment "
            f"(slope {slope:.2f}); it has been set right."
        )
    if (groups["how"] == FORETOLD).any() and np.isnan(drift):
        said.append(
            "How far off the mean of comments from elsewhere can be is not known (that takes three kinds of scored "
            "comments): the intervals take for granted that comments alike score alike wherever they are written."
        )
    if pd.isna(label).any():
        said.append(f"{int(pd.isna(label).sum()):,} comments belong to no group.")
    return tuple(said)
