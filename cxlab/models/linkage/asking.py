"""What asking adds: how much better the future is foretold with answers than from what is known without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import understand
from cxlab.models.linkage import checks
from cxlab.models.linkage.panel import OUTCOMES, Panel
from cxlab.models.linkage.regression import Array, lay_out

COLUMNS = ("outcome", "gain_of", "known", "base", "full", "gain", "low", "high", "judged", "verdict")
CURVE = ("share_asked", "value", "low", "high")
ADDS, NOTHING, CANNOT_TELL = "adds", "adds nothing that could be seen", "cannot tell"
#: A gain in AUC, or in the share of squared error taken away, that is too small to matter.
MARGIN = 0.01
_SHARES = (0.25, 0.5, 0.75, 1.0)
_FOLDS = 5


@dataclass(frozen=True)
class Asking:
    """What answers add to what is known without them.

    table: a row an outcome: outcome, gain_of (AUC, R2), known (share of the rows with any answer), base (foretold
    without answers), full (with them), gain with low and high, judged (rows), verdict. curve: the gain in foretelling
    leaving by the share of accounts whose answers are used. remarks.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    remarks: Sequence[str] = ()


def asking_of(panel: Panel, seed: int = 0) -> Asking:
    """Gain out of time of all answers of the last 90 days (and of answering at all) over use, tickets, tenure and the
    like, for every account, asked or not; who did not answer counts as not known."""
    asked = [name for name, measure in panel.measures.items() if measure.asked]
    if not asked:
        raise ParameterError("nobody was asked anything that can be linked, so there is no value of asking to tell.")
    answers = panel.values[asked]
    base, accounts, rows, curve = panel.layout().matrix, panel.accounts, [], pd.DataFrame(columns=list(CURVE))
    for outcome in OUTCOMES.values():
        known = panel.outcomes[outcome.name].notna().to_numpy()
        y, order, who = panel.outcomes[outcome.name].to_numpy(float)[known], panel.order[known], accounts[known]
        if not known.any():
            rows.append(_row(outcome.name, None, np.nan))
            continue
        without = checks.Known.of(base[known], order)
        told = checks.gain(y, without, _with_gaps(answers[known]), who, is_share=outcome.is_share)
        rows.append(_row(outcome.name, told, float(answers[known].notna().any(axis=1).mean())))
        if outcome.is_share and told is not None:
            curve = _curve(y, without, answers[known], who, seed)
    return Asking(pd.DataFrame(rows, columns=list(COLUMNS)), curve, panel.remarks)


def asking_adds(features: Any, asked: Sequence[str], left: ArrayLike, seed: int = 0) -> Asking:
    """The same for one undated table: a row a customer, `asked` the columns that come from a survey, `left` who left.

    Without dates nothing can be foretold out of time: customers are foretold from the other four fifths of the table
    (five folds, stratified by the outcome and shuffled by `seed`). Raises ParameterError.
    """
    hits = np.asarray(left, dtype=float)
    frame = features.to_pandas() if hasattr(features, "to_pandas") else pd.DataFrame(features)
    absent = [name for name in asked if name not in frame]
    if absent or not asked:
        raise ParameterError.unknown("column that was asked for", str(absent[0] if absent else ""), frame.columns)
    if len(hits) != len(frame) or not set(np.unique(hits)) <= {0.0, 1.0}:
        raise ParameterError("left: give one yes or no for every row of the features.")
    base = lay_out(understand(frame.drop(columns=list(asked)), "what asking adds")).matrix
    answers = lay_out(understand(frame[list(asked)], "what asking adds")).matrix
    folds = np.empty(len(hits), dtype=np.int64)
    shuffled = np.random.default_rng(seed).permutation(len(hits))
    for value in (0.0, 1.0):
        mine = shuffled[hits[shuffled] == value]
        folds[mine] = np.arange(len(mine)) % _FOLDS
    told = checks.gain(hits, checks.Known.of(base, folds), answers, np.arange(len(hits)), is_share=True, is_dated=False)
    known = float(frame[list(asked)].notna().any(axis=1).mean())
    return Asking(pd.DataFrame([_row("left", told, known)], columns=list(COLUMNS)), pd.DataFrame(columns=list(CURVE)))


def _row(outcome: str, told: checks.Gain | None, known: float) -> dict[str, Any]:
    row: dict[str, Any] = {"outcome": outcome, "known": known, "verdict": CANNOT_TELL, "judged": 0}
    if told is None:
        return row
    verdict = ADDS if told.low > 0 else NOTHING if told.high < MARGIN else CANNOT_TELL
    return row | {
        **{"gain_of": told.of, "base": told.base, "full": told.full, "gain": told.value, "low": told.low},
        **{"high": told.high, "judged": told.judged, "verdict": verdict},
    }


def _with_gaps(answers: pd.DataFrame) -> Array:
    """Scores with their mean where nobody answered, and a flag for that."""
    parts = []
    for name in answers:
        values = answers[name].to_numpy(float)
        gap = np.isnan(values)
        if gap.all():
            continue
        spread = np.nanstd(values) or 1.0
        parts += [np.where(gap, 0.0, (values - np.nanmean(values)) / spread), gap.astype(float)]
    return np.column_stack(parts) if parts else np.empty((len(answers), 0))


def _curve(y: Array, without: checks.Known, answers: pd.DataFrame, who: NDArray[np.int64], seed: int) -> pd.DataFrame:
    """The gain when only a part of the accounts had been asked: the same accounts stay in as the part grows."""
    drawn = np.random.default_rng(seed).random(int(who.max()) + 1)[who]
    rows = [(0.0, 0.0, 0.0, 0.0)]
    for share in _SHARES:
        part = answers[drawn < share].reindex(answers.index)
        told = checks.gain(y, without, _with_gaps(part), who, is_share=True)
        if told is not None:
            rows.append((share, told.value, told.low, told.high))
    return pd.DataFrame(rows, columns=list(CURVE))
