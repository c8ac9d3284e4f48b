"""What leaving may cost: revenue at risk in the next period, and over a year in which nothing is done.

Two doubts are reckoned together. Chance: with the same probabilities some leave and some do not, and a few large
accounts weigh as much as hundreds of small ones. The model: how many leave moves from period to period by more than any
model of accounts knows, which its own record of past periods shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from cxlab.errors import CxlabError, ParameterError
from cxlab.stats.estimates import LEVEL

Array = NDArray[np.float64]
MONTHS = 12
_DRAWS = 2_000
_CELLS = 1_000_000  # accounts times draws held at once
#: Log-odds by which the level of leaving may move between periods: half-normal of this scale before the record is seen.
#: Churn rates of firms move by some tenth to a third between quarters.
_DRIFT = 0.3
_DRIFT_STEPS = np.linspace(0.0, 1.5, 121)
#: The level of a model outside of its training: normal around none, this wide in log-odds.
_LEVEL_OFF = 1.0
_FEWEST = 20


@dataclass(frozen=True)
class Level:
    """How far the level of leaving was off, period by period, in log-odds: `periods` (period, n, left, expected, shift,
    error), and what may come next: `middle`, `drift` (typical move between periods), `draws` for a further period.
    """

    periods: pd.DataFrame
    middle: float
    drift: float
    means: Array
    drifts: Array

    def draw(self, rng: np.random.Generator, draws: int, periods: int) -> Array:
        """Shifts of the log-odds in coming periods, shape (draws, periods): one level, a move of its own in each."""
        picked = rng.integers(0, len(self.means), draws)
        return self.means[picked, None] + self.drifts[picked, None] * rng.standard_normal((draws, periods))


@dataclass(frozen=True)
class RevenueAtRisk:
    """What may be lost. Money is in the currency of `revenue`.

    summary: rows `leavers` (accounts leaving in the next period), `month` (their revenue of one month), `yearly` (the
    same times twelve), `nothing done` (revenue not received within a year), with value, low, high (95 %) and share
    (of the base). base: accounts and revenue of a month of all. by_chance: share of the variance of `month` that is
    chance, the rest is doubt about the model. level: the model's own record. assumptions: sentences.
    """

    summary: pd.DataFrame
    accounts: int
    revenue: float
    unknown: int
    by_chance: float
    level: Level
    average_instead: float
    assumptions: list[str] = field(default_factory=list)

    def row(self, what: str) -> pd.Series:
        """One row of the summary. Raises ParameterError for an unknown one."""
        if what not in self.summary.index:
            raise ParameterError.unknown("row of the revenue at risk", what, list(self.summary.index))
        return self.summary.loc[what]


def level_of(record: pd.DataFrame | None) -> Level:
    """How much the level of leaving moved from period to period beyond what the model knows of the accounts.

    record: a row an account and period with columns period, probability and left; of periods that the model had not
    seen, or of all that it learned from, since one level for all of them hides no move between them. Each period's
    shift is the log-odds to be added to the probabilities for them to add up to those who left (a logistic regression
    with the probabilities as offset; half an event is added, Firth 1993). The spread between periods is averaged over
    its likelihood with a half-normal prior, so that a single period does not pass as a steady world. None: nothing is
    known of the model.
    """
    rng = np.random.default_rng(20_231)
    rows = _shifts(record)
    shift, error = rows["shift"].to_numpy(float), rows["error"].to_numpy(float)
    grid = _DRIFT_STEPS
    with np.errstate(divide="ignore"):
        weight = 1 / (error[None, :] ** 2 + grid[:, None] ** 2)
    precision = weight.sum(axis=1) + 1 / _LEVEL_OFF**2
    middle = (weight * shift).sum(axis=1) / precision
    fit = 0.5 * np.log(weight).sum(axis=1) - 0.5 * np.log(precision)
    fit -= 0.5 * ((weight * shift**2).sum(axis=1) - middle**2 * precision)
    fit -= 0.5 * (grid / _DRIFT) ** 2
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    known = len(rows) > 0
    picked = rng.choice(len(grid), _DRAWS, p=chance)
    spread = np.sqrt(1 / precision[picked]) if known else np.zeros(_DRAWS)
    means = (middle[picked] if known else 0.0) + spread * rng.standard_normal(_DRAWS)
    return Level(rows, float(chance @ middle) if known else 0.0, float(chance @ grid), means, grid[picked])


def _shifts(record: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["period", "n", "left", "expected", "shift", "error"]
    if record is None:
        return pd.DataFrame(columns=columns)
    rows = []
    for period, part in record.groupby("period", sort=True):
        p, left = _probability(part["probability"]), part["left"].to_numpy(bool)
        if len(p) < _FEWEST:
            continue
        shift, information = _shift(p, float(left.sum()))
        rows.append((str(period), len(p), int(left.sum()), float(p.sum()), shift, information**-0.5))
    return pd.DataFrame(rows, columns=columns)


def _shift(p: Array, left: float) -> tuple[float, float]:
    """Log-odds that make the probabilities add up to `left`, and the information on it."""
    at, base = 0.0, logit(np.clip(p, 1e-9, 1 - 1e-9))
    for _ in range(100):
        moved = expit(base + at)
        spread = moved * (1 - moved)
        information = float(spread.sum())
        score = left - moved.sum() + 0.5 * float((spread * (1 - 2 * moved)).sum()) / information
        step = float(np.clip(score / information, -1.0, 1.0))
        at += step
        if abs(step) < 1e-10:
            break
    return at, information


def revenue_at_risk(
    probability: ArrayLike,
    revenue: ArrayLike,
    record: pd.DataFrame | None = None,
    periods_per_year: int = 4,
    margin: float = 1.0,
    seed: int = 0,
) -> RevenueAtRisk:
    """Revenue that may be lost in the next period and, with nothing done, within a year.

    probability: of leaving within one period, one a customer who is there now. revenue: recurring revenue of a month;
    a customer without one (NaN) counts as a leaver, not as money. record: what the model says of past periods and what
    came (period, probability, left; see `level_of`). margin: share of the revenue that is at stake, 1 for all of it.
    Chance and model are drawn together; values are means, limits the middle 95 %. Raises CxlabError.
    """
    p, money = _probability(probability), np.asarray(revenue, dtype=float)
    if len(p) != len(money):
        raise ParameterError(f"{len(p)} probabilities and {len(money)} revenues: give one of each a customer.")
    if not 0 < margin <= 1:
        raise ParameterError(f"margin is {margin}; give the share of revenue that is at stake, above 0 and at most 1.")
    if len(p) < _FEWEST:
        raise CxlabError(f"revenue at risk is not told of {len(p)} customers; there must be {_FEWEST}.")
    unknown = int((~(money > 0)).sum())
    if unknown == len(p):
        raise CxlabError("no customer has recurring revenue, so there is no revenue at risk. Map subscriptions.mrr.")
    money = np.where(money > 0, money, 0.0) * margin
    level, rng = level_of(record), np.random.default_rng(seed)
    shifts = level.draw(rng, _DRAWS, periods_per_year)
    lost, expected = _drawn(p, money, shifts, rng)
    total = float(money.sum())
    base = {"leavers": float(len(p)), "month": total, "yearly": total * MONTHS, "nothing done": total * MONTHS}
    tail = 100 * (1 - LEVEL) / 2
    summary = pd.DataFrame(
        {
            what: {
                "value": drawn.mean(),
                "low": np.percentile(drawn, tail),
                "high": np.percentile(drawn, 100 - tail),
                "share": drawn.mean() / base[what],
            }
            for what, drawn in lost.items()
        }
    ).T
    by_chance = 1 - float(np.var(expected)) / float(np.var(lost["month"])) if np.var(lost["month"]) > 0 else 1.0
    average = _if_average(p, money, level.middle, periods_per_year)
    assumptions = _assumptions(periods_per_year, margin, record is None or level.periods.empty, level)
    return RevenueAtRisk(summary, len(p), total, unknown, float(np.clip(by_chance, 0, 1)), level, average, assumptions)


def _drawn(p: Array, money: Array, shifts: Array, rng: np.random.Generator) -> tuple[dict[str, Array], Array]:
    """Who leaves in each period of a year, draw by draw: leavers and money of the first period, money of the year.

    Besides, the revenue of a month expected in each draw, in which there is no chance of who leaves.
    """
    draws, periods = shifts.shape
    odds = (p / np.maximum(1 - p, 1e-9)).astype(np.float32)
    months = MONTHS / periods
    leavers, month, year, expected = (np.zeros(draws) for _ in range(4))
    step = max(1, _CELLS // len(p))
    for start in range(0, draws, step):
        part = slice(start, min(start + step, draws))
        there = np.ones((part.stop - part.start, len(p)), dtype=bool)
        for period in range(periods):
            moved = odds[None, :] * np.exp(shifts[part, period]).astype(np.float32)[:, None]
            chance = moved / (1 + moved)
            leaves = there & (rng.random(chance.shape, dtype=np.float32) < chance)
            there &= ~leaves
            lost = leaves @ money
            # Whoever leaves in a period is taken to leave in the middle of it.
            year[part] += lost * (MONTHS - months * (period + 0.5))
            if period == 0:
                leavers[part], month[part], expected[part] = leaves.sum(axis=1), lost, chance @ money
    return {"leavers": leavers, "month": month, "yearly": month * MONTHS, "nothing done": year}, expected


def _if_average(p: Array, money: Array, shift: float, periods: int) -> float:
    """Revenue not received within a year if after the first period everybody had the average risk."""
    moved = expit(logit(np.clip(p, 1e-9, 1 - 1e-9)) + shift)
    average, there, lost = float(moved.mean()), np.ones(len(p)), 0.0
    months = MONTHS / periods
    for period in range(periods):
        chance = moved if period == 0 else average
        lost += float((there * chance * money).sum()) * (MONTHS - months * (period + 0.5))
        there = there * (1 - chance)
    return lost


def _assumptions(periods: int, margin: float, without_record: bool, level: Level) -> list[str]:
    name = {1: "year", 4: "quarter", 12: "month"}.get(periods, "period")
    said = [
        f"Everybody keeps today's probability of leaving in each {name} of the year, and leaves in the middle of one.",
        "Revenue stays as it is: no growth, no discount, nobody new. What is lost is counted for twelve months only.",
        "All of the revenue counts, not the margin on it."
        if margin == 1
        else f"Of the revenue {margin:.0%} is at stake.",
    ]
    if without_record:
        said.append(
            f"The model has no record of past periods; the level of leaving is assumed to move by about "
            f"{np.expm1(level.drift):.0%} from {name} to {name}."
        )
    return said


def _probability(values: ArrayLike) -> Array:
    p = np.asarray(values, dtype=float)
    if np.isnan(p).any() or (p < 0).any() or (p > 1).any():
        raise ParameterError("a probability of leaving is a number from 0 to 1; some are not.")
    return p


def monthly_revenue(subscriptions: pd.DataFrame, as_of: pd.Timestamp, customers: Sequence[str]) -> pd.Series:
    """Recurring revenue of the last month that began before `as_of`, one a customer in the order given; NaN where none.

    Customers without a row in that month have no revenue known. Raises CxlabError where the table has no such month.
    """
    rows = subscriptions[pd.to_datetime(subscriptions["month"]) < as_of]
    if rows.empty:
        raise CxlabError(f"subscriptions has no month before {as_of:%Y-%m-%d}, so no revenue is known.")
    last = rows[rows["month"] == rows["month"].max()]
    return last.groupby("customer_id")["mrr"].sum().reindex(list(customers))
