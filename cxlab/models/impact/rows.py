"""Comments made ready for reckoning: points, memberships, what else is known of the writer, weights, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import as_pandas, understand
from cxlab.models.impact.fitting import independent
from cxlab.models.linkage.regression import lay_out

NPS, MEAN = "nps", "mean"
MEASURES = (NPS, MEAN)
#: Fewer scored comments than this say nothing about any topic.
FEWEST = 30
REMAINDER = "remainder"

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Comments:
    """Scored comments. topics: names. assigned, expected (n x topics): memberships as given, and the chance that the
    comment really speaks of it. points (n): what each adds to the measure. weight (n): mean 1. cluster (n): codes
    from 0. kept (rows given): which of them these are."""

    topics: tuple[str, ...]
    assigned: Array
    expected: Array
    points: Array
    weight: Array
    cluster: Codes
    kept: NDArray[np.bool_]
    measure: str
    remarks: tuple[str, ...]

    @property
    def is_unsure(self) -> bool:
        """Whether chances differ from what was assigned."""
        return not np.array_equal(self.assigned, self.expected)

    @property
    def none(self) -> Array:
        """How far each comment mentions none of the topics (n): 1 or 0, between them for memberships between."""
        return np.prod(1 - self.assigned, axis=1)

    def counts(self) -> NDArray[np.int64]:
        """Comments assigned to each topic (by half at least)."""
        return (self.assigned >= 0.5).sum(axis=0)


def comments_of(
    members: pd.DataFrame,
    score: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    measure: str | None = None,
    sure: pd.DataFrame | None = None,
    what: str = "contributions",
) -> Comments:
    """Comments with a score and a weight above 0. Raises ParameterError for what is no membership, score or weight."""
    topics, assigned = memberships(members, what)
    given = pd.to_numeric(pd.Series(np.asarray(score, dtype=object)), errors="coerce").to_numpy(float)
    of_same_length(what, len(assigned), score=given, cluster=cluster, weight=weight)
    weights = np.ones(len(given)) if weight is None else np.asarray(weight, dtype=float)
    if (weights < 0).any() or np.isnan(weights).any():
        raise ParameterError(f"{what}: a weight is negative or missing; every comment needs one of 0 or more.")
    kept = np.isfinite(given) & (weights > 0)
    if kept.sum() < FEWEST:
        raise ParameterError(
            f"{what}: {int(kept.sum())} comments have a score; {FEWEST} are the least that say anything. "
            "Take more periods together."
        )
    points, measure = as_points(given[kept], measure)
    expected = assigned if sure is None else expected_membership(assigned, sure, topics, what)
    remarks = []
    gone = int((~kept).sum())
    if gone:
        remarks.append(f"{gone:,} of {len(kept):,} comments are left out: they have no score or no weight.")
    return Comments(
        topics, assigned[kept], expected[kept], points, weights[kept] / weights[kept].mean(),
        account_codes(cluster, kept), kept, measure, tuple(remarks),
    )  # fmt: skip


def of_same_length(what: str, rows: int, **others: Any) -> None:
    """Raise ParameterError where a column has another number of rows than there are comments."""
    for name, values in others.items():
        if values is not None and len(values) != rows:
            raise ParameterError(f"{what} got {rows:,} rows of members and {len(values):,} of {name}; give one each.")


def memberships(members: pd.DataFrame, what: str) -> tuple[tuple[str, ...], Array]:
    """Names of the topics and the memberships as numbers from 0 to 1. Raises ParameterError."""
    frame = as_pandas(members, what)
    if REMAINDER in frame.columns:
        raise ParameterError(f"{what}: a topic is called {REMAINDER!r}, which is the name of the last row. Rename it.")
    try:
        values = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise ParameterError(f"{what}: members hold texts; give true or false, or a number from 0 to 1.") from None
    wrong = ~((values >= 0) & (values <= 1)).all(axis=0)
    if wrong.any():
        named = frame.columns[np.flatnonzero(wrong)[0]]
        raise ParameterError(
            f"{what}: the memberships of topic {named!r} hold gaps or numbers outside 0 to 1. "
            "A comment that was not heard mentions nothing: give false, or leave its row out."
        )
    return tuple(frame.columns), values


def expected_membership(assigned: Array, sure: pd.DataFrame, topics: Sequence[str], what: str) -> Array:
    """The chance that each comment really speaks of each topic, given that assignments are right as often as `sure`."""
    names, right = memberships(sure, f"{what}, sure")
    if set(names) != set(topics) or right.shape != assigned.shape:
        raise ParameterError(f"{what}: `sure` has other topics or rows than members; give a frame of the same form.")
    right = right[:, [names.index(topic) for topic in topics]]
    return assigned * right + (1 - assigned) * (1 - right)


def as_points(score: Array, measure: str | None = None) -> tuple[Array, str]:
    """What each score adds to the measure, and which measure it is.

    "nps": 100 for a promoter (9-10), -100 for a detractor (0-6), 0 between, so that the mean is the NPS in points.
    "mean": the score as it is. Without a word it is "nps" where all scores are whole numbers from 0 to 10 and some
    exceed 7. Raises ParameterError.
    """
    whole = bool((score == np.round(score)).all() and score.min() >= 0 and score.max() <= 10)
    if measure is None:
        measure = NPS if whole and score.max() > 7 else MEAN
    if measure not in MEASURES:
        raise ParameterError.unknown("measure", str(measure), MEASURES)
    if measure == MEAN:
        return score.astype(float), measure
    if not whole:
        raise ParameterError(
            f"the scores run from {score.min():g} to {score.max():g}; NPS wants whole numbers from 0 to 10. "
            'Give measure="mean" for other scales.'
        )
    return 100.0 * ((score >= 9).astype(float) - (score <= 6)), measure


def account_codes(cluster: ArrayLike | None, kept: NDArray[np.bool_]) -> Codes:
    """Accounts of the kept rows as whole numbers from 0; who has none stands for himself."""
    n = int(kept.sum())
    if cluster is None:
        return np.arange(n)
    codes, ids = pd.factorize(pd.Series(np.asarray(cluster, dtype=object))[kept], sort=False)
    codes = codes.astype(np.int64)
    alone = codes < 0
    codes[alone] = len(ids) + np.arange(int(alone.sum()))
    return codes


@dataclass(frozen=True)
class Controls:
    """What else is known of the writers, as numbers. matrix (rows x columns, none a combination of others); of: the
    control each column is of."""

    matrix: Array
    of: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def controls_of(controls: Any, rows: int, kept: NDArray[np.bool_], what: str = "contributions") -> Controls:
    """Categories level by level ("unknown" is a level), numbers with bends where the data carry them; kept rows only.

    Raises ParameterError where the controls have other rows than members, or too many columns for the comments.
    """
    if controls is None:
        return Controls(np.empty((int(kept.sum()), 0)), ())
    frame = as_pandas(controls.to_frame() if isinstance(controls, pd.Series) else controls, what)
    of_same_length(what, rows, controls=frame)
    columns = understand(frame.reset_index(drop=True)[kept].reset_index(drop=True), what)
    layout = lay_out(columns)
    told = independent(layout.matrix)
    if layout.matrix.shape[1] > kept.sum() / 5:
        raise ParameterError(
            f"{what}: the controls make {layout.matrix.shape[1]} columns for {int(kept.sum()):,} comments. "
            "Give fewer or coarser ones (region, segment, moment)."
        )
    aside = tuple(f"The control {name} is set aside: {why}." for name, why in columns.set_aside.itertuples(index=False))
    return Controls(layout.matrix[:, told], tuple(layout.of[at] for at in told), aside + tuple(columns.remarks))
