"""One period's invitations: who answered, the result as answered and weighted, early and late answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.invitations import LOGGED, invitations, known_then
from cxlab.kpis.questions import Question, question, scale_of_unit
from cxlab.periods import Period
from cxlab.stats import silence
from cxlab.stats.comparisons import difference
from cxlab.stats.estimates import Estimate
from cxlab.stats.propensity import balance, design, propensity
from cxlab.stats.weighting import Weighting, calibrated, class_weights, inverse_weights, shift, weighted_estimate

AS_ANSWERED, WEIGHTED = "as answered", "weighted"
HOLDS, DIFFERS = "as answered holds", "weighted differs"
ITSELF, LATE = "the answer itself", "late answers"
#: Fewer answers, or fewer silent invitations, say nothing about who answers.
LEAST = 30
#: The gap between silent and answered that is always thought possible, a fortieth of the scale.
LEAST_GAP = {"points": 5.0, "share": 0.025}
#: The gap of which `bounds` has a line.
ROUND_GAP = {"points": 10.0, "share": 0.05}
WAIT_DAYS = 14
METHODS = {"inverse": inverse_weights, "classes": class_weights}


@dataclass(frozen=True)
class WhoAnswers:
    """What is known about those who did not answer, in the KPI's unit; `who_answers` says how it is made.

    `invited`, `answered`, `rate` (0-1), `unit` ("points" or "share"), `kish` (what the weighted answers are worth by
    their weights alone), `trimmed` (answers whose weight was cut), `shift` (weighted minus as answered, low, high),
    `remarks` (sentences on what was not reckoned with). Frames:

    - `kpi`: a KPI frame with `how` ("as answered", "weighted")
    - `weights`: response_id, weight (mean 1) of every answer, for cx.nps(responses.merge(who.weights), weight="weight")
    - `bounds`: assumption, low, high: from "like similar customers who answered" to "whatever they think"
    - `signs`: sign, gap, low, high: how far the silent seem to lie from those who answered
    - `features`: feature, level, invited, answered, weighted, smd_before, smd_after, odds_ratio, low, high

    Compared with the period before (else None): `change` is the change frame (one row) as answered, `weighted_change`
    the same weighted, `tipping` how much unhappier (for a rise) this period's silent must be for the change to vanish,
    `tipping_same_gap` the gap that does it when both periods have it, `plausible` how far the change may be off,
    `before` the period before. `tipping_threshold`: how much unhappier for the result to reach the threshold. `grade`:
    "as answered holds", "weighted differs" or "cannot tell".
    """

    survey: str
    period: str
    unit: str
    invited: int
    answered: int
    rate: float
    kish: float
    trimmed: int
    kpi: pd.DataFrame
    weights: pd.DataFrame
    bounds: pd.DataFrame
    signs: pd.DataFrame
    features: pd.DataFrame
    shift: tuple[float, float, float]
    remarks: tuple[str, ...]
    coded: np.ndarray = field(repr=False)
    account: np.ndarray = field(repr=False)
    grade: str = HOLDS
    change: pd.DataFrame | None = None
    weighted_change: pd.DataFrame | None = None
    tipping: silence.Tipping | None = None
    tipping_same_gap: float | None = None
    tipping_threshold: silence.Tipping | None = None
    plausible: float | None = None
    before: WhoAnswers | None = None

    def if_answer_rates(self, promoter: float = 1.0, passive: float = 1.0, detractor: float = 1.0) -> pd.DataFrame:
        """The result if answers of these kinds had been given at such rates, relative to each other: a KPI frame.

        For a share, `promoter` are the good answers and `detractor` all others. The rates are assumed, not estimated:
        the interval holds if they are true.
        """
        rates = (promoter, passive if self.unit == "points" else detractor, detractor)
        weight = silence.under_answer_rates(self.coded, rates)
        everyone = np.ones(len(weight), dtype=bool)
        weighting = Weighting(weight, everyone, None, everyone)
        estimate = weighted_estimate(weighting, self.coded, self.unit == "points", self.account)
        return _rows(self.survey, self.period, "how", {"assumed answer rates": estimate})


def answering(
    tables: Mapping[str, Any], period: Period, asked_for: Question, kind: str | None, options: Mapping[str, Any]
) -> WhoAnswers:
    """One period by itself. `options`: method, calibrate, totals, wait_days, as_of, as `who_answers` takes them."""
    if "responses" not in tables:
        raise TableError.absent("responses", tables)
    asked, remarks = _invited(tables["responses"], period, asked_for, kind, options["wait_days"], options["as_of"])
    features, more = known_then(tables, asked, asked_for.survey, kind)
    known = design(features, [name for name in features if name in LOGGED or name.startswith("use_")])
    answered, x, account = asked["answered"].to_numpy(bool), asked_for.coded(asked["score"]), _accounts(asked)
    fitted = propensity(known.matrix, answered)
    weighting = METHODS[options["method"]](fitted, answered)
    if options["calibrate"]:
        lost = [name for name in options["calibrate"] if name not in features]
        if lost:
            raise ParameterError.unknown("feature to calibrate on", lost[0], features.columns)
        weighting = calibrated(weighting, answered, features[list(options["calibrate"])], options["totals"])
    plain = Weighting(answered.astype(float), answered, None, answered)
    net, size = asked_for.unit == "points", 100.0 if asked_for.unit == "points" else 1.0
    kpi = _rows(
        asked_for.survey,
        period.label,
        "how",
        {
            how: weighted_estimate(which, x, net, account)
            for how, which in ((AS_ANSWERED, plain), (WEIGHTED, weighting))
        },
    )
    rate, (value, weighted) = float(answered.mean()), kpi["value"].tolist()
    moved = tuple(size * part for part in shift(weighting, x, account))
    signs = silence.signs(known.matrix, answered, x, size, scale_of_unit(asked_for.unit), account)
    # What weighting showed takes the place of the same thing reckoned by regression.
    signs.loc[0, ["gap", "low", "high"]] = [part / (1 - rate) for part in moved]
    late = _late(_halves(asked, x, asked_for, period))
    signs = pd.concat([signs, late], ignore_index=True)
    return WhoAnswers(
        survey=asked_for.survey,
        period=period.label,
        unit=asked_for.unit,
        invited=len(asked),
        answered=int(answered.sum()),
        rate=rate,
        kish=weighting.kish,
        trimmed=weighting.trimmed,
        kpi=kpi,
        weights=pd.DataFrame(
            {"response_id": asked.loc[answered, "response_id"].to_numpy(), "weight": weighting.weight[answered]}
        ),
        bounds=_bounds(value, weighted, rate, asked_for.unit, signs),
        signs=signs,
        features=balance(known, fitted, answered, weighting.weight, account),
        shift=moved,
        remarks=tuple(remarks + more),
        coded=x[answered],
        account=pd.factorize(account[answered])[0],
    )


def early_and_late(
    responses: Any,
    period: Period,
    survey: str = "nps",
    kind: str | None = None,
    *,
    top: float | None = None,
    wait_days: float = WAIT_DAYS,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """The result of those who answered soon after the invitation and of those who took longest: the late ones are
    thought to be more like those who never answer.

    Halves of the answers to invitations sent in the period, by the days between sending and answering. A sign, not a
    proof (Armstrong & Overton 1977, J. of Marketing Research 14:396-402; Lin & Schaeffer 1995, Public Opinion
    Quarterly 59:236-258). Returns a KPI frame with `answered` ("early", "late"). Raises TableError as `who_answers`.
    """
    asked_for = question(survey, top)
    asked, _ = _invited(responses, period, asked_for, kind, wait_days, as_of)
    return _halves(asked, asked_for.coded(asked["score"]), asked_for, period)


def _invited(
    responses: Any,
    period: Period,
    asked_for: Question,
    kind: str | None,
    wait_days: float,
    as_of: dt.datetime | None,
) -> tuple[pd.DataFrame, list[str]]:
    """Invitations and remarks; refuses scales that are not the question's, and thin data."""
    survey = asked_for.survey
    asked, scale, remarks = invitations(responses, period, survey, kind, wait_days, as_of)
    if scale is not None and scale not in asked_for.scales and not asked_for.own_top:
        known = asked_for.scales[0]
        raise TableError(
            f"{survey} was asked on a {scale[0]:g}-{scale[1]:g} scale; who_answers counts it on "
            f"{known[0]:g}-{known[1]:g}. For a share, say which code is the lowest good one: top=..."
        )
    answers = int(asked["answered"].sum())
    if min(answers, len(asked) - answers) < LEAST:
        raise TableError(
            f"who_answers found {answers} answers and {len(asked) - answers} invitations without answer of survey "
            f"{survey!r} sent in {period.label}; it needs {LEAST} of each. Take a longer period."
        )
    return asked, remarks


def _accounts(asked: pd.DataFrame) -> np.ndarray:
    """Codes of the accounts; rows of unknown account are one each."""
    codes, known = pd.factorize(asked["customer_id"], sort=True)
    return np.where(codes < 0, len(known) + np.arange(len(codes)), codes)


def _rows(survey: str, period: str, column: str, estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "kpi": survey,
                "period": period,
                column: name,
                "value": float(estimate.value[0]),
                "low": float(estimate.low[0]),
                "high": float(estimate.high[0]),
                "n": int(estimate.n[0]),
                "n_eff": float(estimate.n_eff[0]),
            }
            for name, estimate in estimates.items()
        ]
    )


def _halves(asked: pd.DataFrame, x: np.ndarray, asked_for: Question, period: Period) -> pd.DataFrame:
    """KPI frame of early and late answers; equally long waits fall on the early side."""
    waited, account = asked["waited"].to_numpy(float), _accounts(asked)
    with np.errstate(invalid="ignore"):
        early = waited <= np.nanmedian(waited)
    late = asked["answered"].to_numpy(bool) & ~early
    estimates = {}
    for name, mine in (("early", early), ("late", late)):
        if mine.any():
            weighting = Weighting(mine.astype(float), mine, None, mine)
            net = asked_for.unit == "points"
            estimates[name] = weighted_estimate(weighting, np.where(mine, x, 0.0), net, account)
    return _rows(asked_for.survey, period.label, "answered", estimates)


def _late(halves: pd.DataFrame) -> pd.DataFrame:
    """The gap if the silent are like the late answers: late minus all, the early share of late minus early."""
    gap = dict.fromkeys(("gap", "low", "high"), np.nan)
    if len(halves) == 2:
        early, late = halves.iloc[[0]].reset_index(drop=True), halves.iloc[[1]].reset_index(drop=True)
        found = difference(late, early).iloc[0]
        part = early["n"].iloc[0] / halves["n"].sum()
        gap = {"gap": part * found["change"], "low": part * found["low"], "high": part * found["high"]}
    return pd.DataFrame([{"sign": LATE, **gap}])


def _bounds(value: float, weighted: float, rate: float, unit: str, signs: pd.DataFrame) -> pd.DataFrame:
    """Low and high of the result of all invited under ever weaker assumptions; no sampling error in them."""
    scale, size = scale_of_unit(unit), ROUND_GAP[unit]
    rows = [("like similar customers who answered", min(value, weighted), max(value, weighted))]
    itself = float(signs.loc[signs["sign"] == ITSELF, "gap"].iloc[0])
    if np.isfinite(itself):
        other = value + (1 - rate) * itself
        rows.append(("answering depends on the answer itself", min(value, other), max(value, other)))
    words = f"at most {size:g} points different" if unit == "points" else f"at most {100 * size:g} % points different"
    rows.append((words, *silence.bounds(value, rate, scale, size)))
    rows.append(("whatever they think", *silence.bounds(value, rate, scale)))
    return pd.DataFrame(rows, columns=["assumption", "low", "high"])
