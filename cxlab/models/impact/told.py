"""Which topics can be told apart from each other and from the controls, and which cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlab.models.impact.fitting import SAME
from cxlab.models.impact.rows import Comments
from cxlab.models.impact.unsure import LEAST_RELIABLE, reliability

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Topics:
    """Topics as columns. own: places of the topics with a column each. matrix (n x own, and one more for all rarer
    topics together where `has_rarer`). remarks: why others have none."""

    own: NDArray[np.int64]
    matrix: Array
    has_rarer: bool
    remarks: tuple[str, ...]


def sort_out(comments: Comments, ground: Array, min_n: int) -> Topics:
    """Give each topic a column of its own where it has mentions enough and is not the same as the ground (constant and
    controls, columns independent)."""
    names, expected = comments.topics, comments.expected
    trusted = reliability(expected, comments.weight) >= LEAST_RELIABLE if comments.is_unsure else np.True_
    enough = comments.counts() >= min_n
    frequent = enough & trusted
    same = repeats_ground(expected, ground, comments.weight) & frequent
    remarks = []
    if (enough & ~frequent).any():
        remarks.append(
            f"{spoken([names[at] for at in np.flatnonzero(enough & ~frequent)])}: the assignments are too unsure for "
            "numbers of their own; what goes with them is in the remainder."
        )
    for at in np.flatnonzero(same):
        everywhere = np.ptp(expected[:, at]) < 1e-12
        remarks.append(
            f"Every comment mentions {names[at]}, so there is nothing to hold it against."
            if everywhere
            else f"{names[at]} is mentioned exactly where the controls say so, so that the two cannot be told apart; "
            "what goes with it is in the remainder."
        )
    rare = np.flatnonzero(~frequent)
    few = [names[at] for at in np.flatnonzero(~enough)]
    own = np.flatnonzero(frequent & ~same)
    together = 1 - np.prod(1 - expected[:, rare], axis=1)
    has_rarer = bool(rare.size) and not repeats_ground(together[:, None], ground, comments.weight)[0]
    if comments.is_unsure:
        has_rarer &= bool(reliability(together[:, None], comments.weight)[0] >= LEAST_RELIABLE)
    if few:
        remarks.append(
            f"{spoken(few)}: fewer than {min_n} mentions each, too few for numbers of their "
            "own; they are reckoned with together, in the remainder."
        )
    matrix = expected[:, own]
    return Topics(own, np.column_stack([matrix, together]) if has_rarer else matrix, has_rarer, tuple(remarks))


def repeats_ground(columns: Array, ground: Array, weight: Array) -> NDArray[np.bool_]:
    """Which of the columns are combinations of the ground's."""
    root = np.sqrt(weight)[:, None]
    given = columns * root
    rows = ground * root
    rest = given - rows @ (np.linalg.pinv(rows.T @ rows, rtol=SAME, hermitian=True) @ (rows.T @ given))
    return (rest**2).sum(axis=0) <= SAME * np.maximum((given**2).sum(axis=0), 1e-300)


def spoken(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; at most eight by name."""
    shown = list(names[:8])
    if len(names) > len(shown):
        return ", ".join(shown) + f" and {len(names) - len(shown)} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
