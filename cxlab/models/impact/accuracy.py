"""How often assignments are right, from comments that people read and coded, and what that leaves unsure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.rows import memberships
from cxlab.stats.estimates import Counts, share

Array = NDArray[np.float64]

#: Step of the numerical derivative with respect to a rate.
_STEP = 1e-4


@dataclass(frozen=True)
class Accuracy:
    """What a coded sample says of each topic.

    table: topic, n_assigned (coded comments that were assigned to it), precision (share of them that speak of it, 0-1),
    precision_low, precision_high (95 %), n_others (coded comments not assigned to it), missed (share of those that
    speak of it all the same), missed_low, missed_high.
    right, wrong, overlooked, rightly_not: counts by topic, in the order of the table.
    """

    table: pd.DataFrame
    right: Array
    wrong: Array
    overlooked: Array
    rightly_not: Array

    @property
    def rates(self) -> tuple[Array, Array]:
        """Chance that an assigned and that a not assigned comment speaks of the topic: half a comment added on either
        side (Jeffreys), since a sample in which nothing was wrong does not show that nothing ever is."""
        return (
            (self.right + 0.5) / (self.right + self.wrong + 1),
            (self.overlooked + 0.5) / (self.overlooked + self.rightly_not + 1),
        )

    @property
    def errors(self) -> tuple[Array, Array]:
        """Standard deviations of the two chances (those of Jeffreys' beta distribution)."""
        return tuple(
            np.sqrt(rate * (1 - rate) / (n + 2))
            for rate, n in zip(self.rates, (self.right + self.wrong, self.overlooked + self.rightly_not), strict=True)
        )

    def sure(self, members: pd.DataFrame) -> pd.DataFrame:
        """Probability that each assignment is right, of the form of members: what `contributions` takes as `sure`."""
        names, assigned = memberships(members, "accuracy")
        if not np.isin(assigned, (0.0, 1.0)).all():
            raise ParameterError("accuracy: members hold degrees; a coded sample rates assignments of true or false.")
        known = list(self.table["topic"])
        for name in names:
            if name not in known:
                raise ParameterError.unknown("topic of the coded sample", name, known)
        order = [known.index(name) for name in names]
        precision, missed = (rate[order] for rate in self.rates)
        return pd.DataFrame(np.where(assigned > 0, precision, 1 - missed), columns=list(names))


def accuracy_of(members: pd.DataFrame, coded: pd.DataFrame) -> Accuracy:
    """Hold assignments against a sample that people coded.

    members: comments x topics, true or false. coded: the same topics for some of the comments, its index their places
    in members (0 is the first), true where a person says that the comment speaks of the topic. The sample must be a
    random one of all comments; one of assigned comments only says nothing of what was missed. Raises ParameterError.
    """
    names, assigned = memberships(members, "accuracy")
    theirs, truth = memberships(coded, "accuracy, coded")
    if set(names) - set(theirs):
        raise ParameterError.unknown("topic of the coded sample", sorted(set(names) - set(theirs))[0], theirs)
    try:
        places = np.asarray(coded.index, dtype=np.int64)
    except (TypeError, ValueError):
        places = np.array([-1])
    if places.min() < 0 or places.max() >= len(assigned) or len(set(places.tolist())) < len(places):
        raise ParameterError(
            f"accuracy: the index of the coded sample must be places in members, from 0 to {len(assigned) - 1}, each "
            "at most once."
        )
    truth = truth[:, [theirs.index(name) for name in names]] >= 0.5
    given = assigned[places] >= 0.5
    cells = [(given & truth), (given & ~truth), (~given & truth), (~given & ~truth)]
    right, wrong, overlooked, rightly_not = (cell.sum(axis=0).astype(float) for cell in cells)
    table = pd.DataFrame({"topic": list(names)})
    for name, count, hits, n in (
        ("precision", "n_assigned", right, right + wrong),
        ("missed", "n_others", overlooked, overlooked + rightly_not),
    ):
        found = share(Counts(n, n, hits, n, hits, hits, n))
        table[count] = n.astype(np.int64)
        table[name], table[f"{name}_low"], table[f"{name}_high"] = found.value, found.low, found.high
    return Accuracy(table, right, wrong, overlooked, rightly_not)


def doubt(
    ground: Array,
    assigned: Array,
    y: Array,
    weight: Array,
    precision: Array,
    missed: Array,
    errors: tuple[Array, Array],
) -> tuple[Array, Array]:
    """What not knowing the rates of accuracy exactly adds to shares and effects: influences (2k x k) each.

    ground (n x g, the constant first), assigned (n x k, 0 and 1), rates and their standard deviations (k). A row a
    rate: one standard deviation of it times the derivative of all k shares, and of all k effects as
    `unsure.fit_unsure` makes them. Sums over comments are made once; each derivative is then a matter of p x p.
    """
    rows = np.column_stack([ground, assigned])
    cross = (rows * weight[:, None]).T @ rows
    right = rows.T @ (weight * y)
    g, k = ground.shape[1], assigned.shape[1]
    on_share, on_effect = np.zeros((2 * k, k)), np.zeros((2 * k, k))
    for rate in (0, 1):
        for at in range(k):
            found = []
            for step in (_STEP, -_STEP):
                rates = [precision.copy(), missed.copy()]
                rates[rate][at] += step
                found.append(_from_sums(cross, right, g, *rates))
            size = errors[rate][at] / (2 * _STEP)
            on_share[rate * k + at] = size * (found[0][0] - found[1][0])
            on_effect[rate * k + at] = size * (found[0][1] - found[1][1])
    return on_share, on_effect


def _from_sums(cross: Array, right: Array, g: int, precision: Array, missed: Array) -> tuple[Array, Array]:
    """Shares and effects, given sums over comments and rates: `unsure.fit_unsure` written in the assignments."""
    total = cross[0, 0]
    given = cross[0, g:] / total
    share = missed + (precision - missed) * given
    slope = share * (1 - share) / ((precision - missed) * given * (1 - given))
    turn = np.eye(len(cross))
    place = g + np.arange(len(given))
    turn[place, place] = slope
    turn[0, g:] = share - slope * given
    turned = turn.T @ cross @ turn
    turned[place, place] = total * share
    return share, np.linalg.solve(turned, turn.T @ right)[g:]
