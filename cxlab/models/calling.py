"""Whom to call: by the value a call may save, not by the risk of leaving.

Whom a call keeps is not who is most likely to leave: some will go whatever is said, and some are only reminded that
they could (Ascarza 2018, Journal of Marketing Research 55:80-98). The share of leavings that a call prevents can be had
from past calls with a comparison, and from nothing else; until then it is an assumption and is called one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import CxlabError, ParameterError
from cxlab.stats.estimates import normal_quantile

MONTHS = 12
#: Share of the leavings that a call is assumed to prevent where nothing is known: a round, modest number.
ASSUMED = 0.2
WORKS, NO_EVIDENCE, HARMS = "calls keep customers", "no evidence that calls keep customers", "calls cost customers"
_FEWEST, _FEWEST_LEFT, _BANDS = 20, 5, 4
_COLUMNS = ["rank", "probability", "yearly", "at_stake", "saved", "by_risk", "why"]


@dataclass(frozen=True)
class Saved:
    """What calls have done so far: `value` (share of the leavings prevented), low, high, customers called and not, how
    many of each left, and the verdict. `by_lot` says that chance decided who was called."""

    value: float
    low: float
    high: float
    called: int
    called_left: int
    others: int
    others_left: int
    verdict: str
    by_lot: bool


@dataclass(frozen=True)
class CallList:
    """Customers in the order of the value that a call may save, all of them in `table`.

    table: index customer_id; rank (1 first), probability, yearly (revenue of a year), at_stake (probability times
    yearly), saved (at_stake times the share saved), by_risk (rank by probability alone), why (reasons in words).
    saves: the share used; known: whether it was found in past calls (`evidence`) or is assumed.
    """

    table: pd.DataFrame
    saves: float
    evidence: Saved | None
    without_revenue: int

    @property
    def known(self) -> bool:
        """Whether the share that a call saves was found, and not assumed."""
        return self.evidence is not None and self.evidence.verdict == WORKS

    def top(self, n: int = 10) -> pd.DataFrame:
        """The first `n` to call, those with nothing to save left out."""
        rows = self.table[self.table["saved"] > 0]
        return rows.head(n)

    def among_riskiest(self, n: int = 10) -> int:
        """How many of the first `n` would also be among the `n` most likely to leave."""
        return int((self.top(n)["by_risk"] <= n).sum())

    def kept_if_lost_causes(self, n: int = 10) -> int:
        """How many of the first `n` stay on the list if a call helps the less, the surer somebody is to leave.

        The share saved is then in proportion to the probability of staying: those all but gone are lost causes.
        """
        other = self.table["at_stake"] * (1 - self.table["probability"])
        order = np.lexsort((self.table.index.astype(str), -other.to_numpy(float)))[:n]
        return len(set(self.table.index[order]) & set(self.top(n).index))

    def lists(self, lengths: Sequence[int]) -> pd.DataFrame:
        """Lists of several lengths: value at stake and saved when ordered by value, by risk, and without any order."""
        by_value = self.table["saved"].to_numpy(float)
        by_risk = self.table.sort_values("by_risk", kind="stable")["saved"].to_numpy(float)
        rows = [
            (length, by_value[:length].sum(), by_risk[:length].sum(), by_value.mean() * length)
            for length in dict.fromkeys(min(int(n), len(by_value)) for n in lengths)
            if length > 0
        ]
        return pd.DataFrame(rows, columns=["calls", "by_value", "by_risk", "without_order"])


def whom_to_call(
    probability: pd.Series,
    revenue: pd.Series,
    reasons: Mapping[object, Sequence[str]] | None = None,
    saves: float = ASSUMED,
    evidence: Saved | None = None,
) -> CallList:
    """Order customers by the value a call may save: revenue of a year x probability of leaving x share saved.

    probability: of leaving in the next period, by customer. revenue: of a month, by customer; who has none comes last.
    reasons: customer -> sentences on what goes with leaving there. saves: share of the leavings that a call prevents,
    an assumption unless `evidence` of past calls shows one. The order does not depend on it as long as it is the same
    for all. Ties go by customer_id. Raises ParameterError.
    """
    if not 0 < saves <= 1:
        raise ParameterError(
            f"saves is {saves}; give the share of leavings that a call prevents, above 0 and at most 1."
        )
    if probability.index.duplicated().any():
        raise ParameterError("a customer is twice among the probabilities; give one of each.")
    p = probability.astype(float)
    if p.isna().any() or (p < 0).any() or (p > 1).any():
        raise ParameterError("a probability of leaving is a number from 0 to 1; some are not.")
    share = evidence.value if evidence is not None and evidence.verdict == WORKS else saves
    yearly = revenue.reindex(p.index).astype(float) * MONTHS
    known = yearly > 0
    at_stake = (p * yearly).where(known, 0.0)
    why = ["; ".join((reasons or {}).get(customer, ())) for customer in p.index]
    table = pd.DataFrame({"probability": p, "yearly": yearly.where(known), "at_stake": at_stake, "why": why})
    table["saved"] = table["at_stake"] * share
    ids = table.index.astype(str)
    table["by_risk"] = _ranks(np.lexsort((ids, -p.to_numpy())))
    table["rank"] = _ranks(np.lexsort((ids, -p.to_numpy(), -at_stake.to_numpy())))
    table = table.sort_values("rank", kind="stable")[_COLUMNS]
    return CallList(table.rename_axis("customer_id"), float(share), evidence, int((~known).sum()))


def saved_by_calls(
    called: Sequence[bool], left: Sequence[bool], risk: Sequence[float] | None = None, by_lot: bool = False
) -> Saved:
    """Share of the leavings that past calls prevented, from customers called and customers not called.

    called, left: one a customer. risk: the probability of leaving at the time of the call; customers are then compared
    within four bands of it (Mantel & Haenszel's risk ratio; variance of Greenland & Robins 1985, Biometrics 41:55-68).
    Without `by_lot` the two kinds may differ in other ways, and the answer is an association. Raises CxlabError where
    there is nobody to compare with.
    """
    was, gone = np.asarray(called, dtype=bool), np.asarray(left, dtype=bool)
    if len(was) != len(gone) or (risk is not None and len(risk) != len(was)):
        raise ParameterError("called, left and risk must be of one length, one a customer.")
    if min(was.sum(), (~was).sum()) < _FEWEST or gone.sum() < _FEWEST_LEFT:
        raise CxlabError(
            f"what calls save cannot be told from {int(was.sum())} customers called and {int((~was).sum())} not called,"
            f" of whom {int(gone.sum())} left. Leave out some customers of the next list by lot, and count again."
        )
    bands = np.zeros(len(was), dtype=int)
    if risk is not None:
        at = np.asarray(risk, dtype=float)
        bands = np.searchsorted(np.quantile(at, np.linspace(0, 1, _BANDS + 1)[1:-1]), at, side="right")
    ratio, error = _mantel_haenszel(was, gone, bands)
    z = normal_quantile()
    low, high = (1 - ratio * np.exp(sign * z * error) for sign in (1, -1))
    verdict = WORKS if low > 0 else HARMS if high < 0 else NO_EVIDENCE
    return Saved(
        1 - ratio,
        float(low),
        float(high),
        int(was.sum()),
        int((was & gone).sum()),
        int((~was).sum()),
        int((~was & gone).sum()),
        verdict,
        by_lot,
    )


def _mantel_haenszel(was: NDArray[np.bool_], gone: NDArray[np.bool_], bands: NDArray[np.int64]) -> tuple[float, float]:
    """Risk ratio over bands and the standard error of its logarithm."""
    above = below = spread = 0.0
    for band in np.unique(bands):
        here = bands == band
        n1, n0, total = float((was & here).sum()), float((~was & here).sum()), float(here.sum())
        a, c = float((was & gone & here).sum()), float((~was & gone & here).sum())
        above += a * n0 / total
        below += c * n1 / total
        spread += (n1 * n0 * (a + c) - a * c * total) / total**2
    if above <= 0 or below <= 0:
        raise CxlabError("what calls save cannot be told: of those called or of those not called nobody left.")
    return above / below, float(np.sqrt(spread / (above * below)))


def _ranks(order: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
