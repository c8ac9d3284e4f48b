"""The link of every measure with every outcome: raw, adjusted, checked four ways, graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.linkage import checks
from cxlab.models.linkage.grades import graded
from cxlab.models.linkage.panel import OUTCOMES, Measure, Outcome, Panel
from cxlab.models.linkage.regression import Array, Ground, Layout, by_period, effect
from cxlab.stats.comparisons import adjust

#: Below so many rows, accounts or leavers a link is not told.
LEAST_ROWS, LEAST_HITS = 60, 10
_MOST_BENCHES = 12
COLUMNS = (
    *("measure", "outcome", "unit", "step", "n", "accounts", "periods", "events"),
    *("raw", "raw_low", "raw_high", "value", "low", "high", "p", "q"),
    *("span", "span_low", "span_high"),
    *("gain_of", "gain_base", "gain", "gain_low", "gain_high", "judged"),
    *("placebo", "placebo_low", "placebo_high", "placebo_p"),
    *("lag", "lag_low", "lag_high"),
    *("rv", "rv_chance", "benchmark", "left_over", "size_left"),
    *("is_real", "gains", "is_quiet", "comes_after", "is_robust", "grade", "why"),
)


@dataclass(frozen=True)
class Links:
    """A row a measure and outcome, surest first; the panel they were found in; sentences on what could not be done.

    table: measure, outcome, unit of the outcome, step (what `value` is told for), n rows, accounts, periods, events
    (leavers; NaN for amounts); raw, value (adjusted) with low, high, p, q; span (the same from worst to best class);
    gain_of (AUC or R2), gain_base, gain with limits, judged (rows foretold); placebo with limits and p; lag (link with
    what followed less link with what went before) with limits; rv and rv_chance (robustness values), benchmark and
    left_over (effect that a hidden cause as strong as the benchmark would leave, size_left: as strong as company
    size); the checks as booleans, None where they could not be made; grade, why.
    """

    table: pd.DataFrame
    panel: Panel
    remarks: Sequence[str] = ()

    def about(self, row: pd.Series) -> tuple[Measure, Outcome]:
        """The measure and the outcome that a row is about."""
        return self.panel.measures[row["measure"]], OUTCOMES[row["outcome"]]


def link(panel: Panel, without: Sequence[str] = ()) -> Links:
    """Every measure of a panel against every outcome that it knows; rows with too little to tell are left out.

    A measure is adjusted for all controls but itself and those in `without` (names of families).
    """
    workshop = _Workshop(panel, without)
    rows, remarks = [], list(panel.remarks)
    for measure in panel.measures.values():
        for outcome in OUTCOMES.values():
            told = _one(panel, workshop, measure, outcome)
            if isinstance(told, str):
                remarks += [told] if told else []
            else:
                rows.append(told)
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in ("q", "grade", "why", "is_real")])
    table = graded(table.assign(q=adjust(table["p"])), panel.measures)
    table = table.sort_values(["grade", "q", "measure", "outcome"], kind="stable")
    return Links(table[list(COLUMNS)].reset_index(drop=True), panel, remarks)


@dataclass(frozen=True)
class _Bench:
    """All that a link needs of some rows, whatever the measure: covariates, accounts, periods, and what is cleared."""

    rows: Array
    accounts: Array
    order: Array
    fixed: Array
    layout: Layout
    ground: Ground
    alone: Ground
    known: checks.Known


class _Workshop:
    """Benches by rows and covariates: many measures are known for the same rows."""

    def __init__(self, panel: Panel, without: Sequence[str]) -> None:
        layout = panel.layout()
        self._layout = layout.without([name for name in layout.of if panel.families.get(name) in without])
        self._panel, self._accounts, self._benches = panel, panel.accounts, {}

    def bench(self, known: Array, measure: Measure, earlier: Array | None = None) -> _Bench:
        """The bench of these rows; `earlier` are further columns to clear by."""
        kin = measure.name if measure.name in self._layout.of else ""
        key = (known.tobytes(), kin, b"" if earlier is None else earlier.tobytes())
        if key not in self._benches:
            if len(self._benches) >= _MOST_BENCHES:
                self._benches.clear()
            self._benches[key] = self._made(known, kin, earlier)
        return self._benches[key]

    def _made(self, known: Array, kin: str, earlier: Array | None) -> _Bench:
        order, rows = self._panel.order[known], np.flatnonzero(known)
        fixed = by_period(order)
        if earlier is not None:
            fixed = np.column_stack([fixed, earlier])
        layout = self._layout.without([kin]).rows(known)
        nothing = Layout(np.empty((len(rows), 0)), ())
        who = np.unique(self._accounts[known], return_inverse=True)[1].astype(np.int64)
        ground, alone = Ground.on(fixed, layout), Ground.on(fixed, nothing)
        return _Bench(rows, who, order, fixed, layout, ground, alone, checks.Known.of(layout.matrix, order))


def _one(panel: Panel, workshop: _Workshop, measure: Measure, outcome: Outcome) -> dict[str, Any] | str:
    known = (panel.values[measure.name].notna() & panel.outcomes[outcome.name].notna()).to_numpy()
    y, d = panel.outcomes[outcome.name].to_numpy(float)[known], panel.values[measure.name].to_numpy(float)[known]
    if not len(y):
        return ""
    hits = int(min((y > 0.5).sum(), (y <= 0.5).sum())) if outcome.is_share else len(y)
    if len(y) < LEAST_ROWS or hits < LEAST_HITS or np.ptp(d) == 0 or np.ptp(y) == 0:
        return f"{measure.words} and {outcome.words}: too few accounts to tell ({len(y):,} with both)."
    bench = workshop.bench(known, measure)
    raw, found = (effect(y, d, ground, bench.accounts) for ground in (bench.alone, bench.ground))
    if not np.isfinite(found.value):
        return f"{measure.words} and {outcome.words}: nothing of it is left once the rest is known."
    step = measure.step
    low, high, p = found.interval()
    raw_low, raw_high, _ = raw.interval()
    secret = checks.hidden(found, y, d, bench.ground)
    return {
        **{"measure": measure.name, "outcome": outcome.name, "unit": outcome.unit, "step": measure.step_words},
        **{"n": len(y), "accounts": found.accounts, "periods": len(np.unique(bench.order))},
        "events": float(y.sum()) if outcome.is_share else np.nan,
        **{"raw": raw.value * step, "raw_low": raw_low * step, "raw_high": raw_high * step},
        **{"value": found.value * step, "low": low * step, "high": high * step, "p": p},
        **{name: x * measure.span for name, x in (("span", found.value), ("span_low", low), ("span_high", high))},
        **_gained(y, d, bench, outcome),
        **_before(panel, workshop, measure, outcome, known),
        **{"rv": secret.value, "rv_chance": secret.value_to_chance, "benchmark": secret.benchmark},
        "left_over": secret.left * step,
        "size_left": secret.strengths.get(panel.size, np.nan) * step,
        "is_robust": bool(secret.left > 0) if secret.benchmark else None,
    }


def _gained(y: Array, d: Array, bench: _Bench, outcome: Outcome) -> dict[str, Any]:
    added = ((d - d.mean()) / d.std())[:, None]
    told = checks.gain(y, bench.known, added, bench.accounts, is_share=outcome.is_share)
    if told is None:
        nothing = dict.fromkeys(("gain_base", "gain", "gain_low", "gain_high"), np.nan)
        return {"gain_of": "AUC" if outcome.is_share else "R2", **nothing, "judged": 0, "gains": None}
    return {
        **{"gain_of": told.of, "gain_base": told.base, "gain": told.value, "gain_low": told.low},
        **{"gain_high": told.high, "judged": told.judged, "gains": bool(told.low > 0)},
    }


def _before(panel: Panel, workshop: _Workshop, measure: Measure, outcome: Outcome, known: Array) -> dict[str, Any]:
    """Placebo (what went before must not go with the score) and lag (what followed must go with it more)."""
    both = known & panel.past[outcome.name].notna().to_numpy()
    names = ("placebo", "placebo_low", "placebo_high", "placebo_p", "lag", "lag_low", "lag_high")
    untold: dict[str, Any] = {**dict.fromkeys(names, np.nan), "is_quiet": None, "comes_after": None}
    before = panel.past[outcome.name].to_numpy(float)[both]
    if both.sum() < LEAST_ROWS or np.ptp(before) == 0:
        return untold
    after, d = panel.outcomes[outcome.name].to_numpy(float)[both], panel.values[measure.name].to_numpy(float)[both]
    bench = workshop.bench(both, measure, _earlier(panel, measure.name, both))
    forward, backward = (effect(money, d, bench.ground, bench.accounts) for money in (after, before))
    if not (np.isfinite(forward.se) and np.isfinite(backward.se)):
        return untold
    low, high, p = backward.interval()
    lag = checks.apart(forward, backward, bench.accounts)
    step = measure.step
    return {
        **{"placebo": backward.value * step, "placebo_low": low * step, "placebo_high": high * step, "placebo_p": p},
        **{"lag": lag[0] * step, "lag_low": lag[1] * step, "lag_high": lag[2] * step},
        "is_quiet": bool(p > 0.05),
        "comes_after": bool((lag[1] > 0) if forward.value > 0 else (lag[2] < 0)),
    }


def _earlier(panel: Panel, name: str, rows: Array) -> Array | None:
    """The same score before the money that went before, so that a lasting opinion is not taken for a placebo."""
    if name not in panel.earlier:
        return None
    score = panel.earlier[name].to_numpy(float)[rows]
    gap = np.isnan(score)
    if gap.all():
        return None
    return np.column_stack([np.where(gap, score[~gap].mean(), score), gap])
