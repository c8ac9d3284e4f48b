"""Whether renewals are as the model assumes, and what it would have said a while ago."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value import contractual, holdout
from cxlab.models.value.checks import Row, inside_range, pooled
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.fitting import Array, Fitted
from cxlab.models.value.ledger import UNIT_DAYS
from cxlab.models.value.tenure import MONTHS, Contracts
from cxlab.models.value.valuation import BROKEN, HOLDS, NOTED, UNCHECKED

FEWEST_CONTRACTS, FEWEST_LOSSES = 100, 30
#: A change of the sum of all values by letting the chance to leave change with tenure that would matter.
MOVED = 0.15
#: Share of the sum that may lie where nobody has been yet.
_TOO_FAR = 0.5


def is_enough(renewals: pd.DataFrame, contracts: int) -> bool:
    """Whether two parameters can be told from these."""
    return contracts >= FEWEST_CONTRACTS and renewals["lost"].sum() >= FEWEST_LOSSES


def refuse_thin(renewals: pd.DataFrame, contracts: int) -> None:
    """Raises ParameterError where there are too few contracts or losses."""
    if not is_enough(renewals, contracts):
        raise ParameterError(
            f"contract_value: {contracts:,} contracts with {renewals['lost'].sum():,.0f} losses on record are too few "
            "to tell "
            f"how long customers stay; at least {FEWEST_CONTRACTS} and {FEWEST_LOSSES} are needed. Give more "
            "customers, a "
            "longer time, or a shorter period."
        )


def run(
    book: Contracts,
    renewals: pd.DataFrame,
    fit: Fitted,
    model: str,
    renewal: Array,
    factor: Array,
    rate: float,
    periods: float,
) -> list[Row]:
    """All checks of a fit: steady chances, renewal by renewal, heterogeneity, range, and how far it is carried on."""
    rows = [_by_renewal(renewals, fit)]
    if model == "sbg":
        rows.append(_steady_chance(renewals, fit, renewal, factor, rate, periods))
    return [
        *rows,
        _differ(renewals, fit, model),
        _carried_on(renewals, fit, renewal, factor, rate, periods),
        inside_range([fit]),
    ]


def _steady_chance(
    renewals: pd.DataFrame, fit: Fitted, renewal: Array, factor: Array, rate: float, periods: float
) -> Row:
    """A customer's own chance to leave must not change with tenure: likelihood ratio, and what that moves."""
    from scipy.special import chdtrc

    name = "steady chance to leave"
    if (renewals["at_risk"] > 0).sum() < 4:
        return name, UNCHECKED, "fewer than four renewals were watched"
    other = contractual.fit_weibull(renewals)
    gain = max(2 * (other.log_likelihood - fit.log_likelihood), 0.0)
    p, c = float(chdtrc(1, gain)), other.value["c"]
    way = "rises" if c > 1 else "falls"
    words = f"likelihood ratio against a chance that {way} with tenure {gain:.1f} (c = {c:.2f}, p {_p(p)})"
    if p >= 0.01:
        return name, HOLDS, words
    sums = [float(factor @ ShiftedBetaGeometric(**one.value).residual(renewal, rate, periods)) for one in (fit, other)]
    moved = sums[1] / sums[0] - 1 if sums[0] > 0 else 0.0
    words += f"; letting it would move the sum of all values by {moved:+.0%}"
    return name, BROKEN if abs(moved) > MOVED else NOTED, words


def _by_renewal(renewals: pd.DataFrame, fit: Fitted) -> Row:
    """Losses at each renewal against the model's, by Pearson's chi-square."""
    from scipy.special import chdtrc

    name = "losses by renewal"
    rows = renewals[renewals["at_risk"] > 0]
    kept = ShiftedBetaGeometric(**fit.value).retention(rows["renewal"])
    expected = rows["at_risk"].to_numpy() * (1 - kept)
    seen, meant = pooled(rows["lost"].to_numpy(), expected)
    freedom = len(seen) - len(fit.names)
    if freedom < 1:
        return name, UNCHECKED, "too few renewals with losses for a test"
    share = float(expected.sum() / rows["at_risk"].sum())
    statistic = float((((seen - meant) ** 2) / (meant * (1 - share))).sum())
    p = float(chdtrc(freedom, statistic))
    words = f"losses at each renewal against the model's: chi-square {statistic:.1f} on {freedom}, p {_p(p)}"
    return name, HOLDS if p >= 0.01 else NOTED, words


def _differ(renewals: pd.DataFrame, fit: Fitted, model: str) -> Row:
    """Whether customers differ at all: against one chance for all, by likelihood ratio (halved, at the edge)."""
    from scipy.special import chdtrc

    name = "customers differ"
    lost, at_risk = float(renewals["lost"].sum()), float(renewals["at_risk"].sum())
    share = lost / at_risk
    alone = lost * np.log(share) + (at_risk - lost) * np.log1p(-share)
    gain = max(2 * (fit.log_likelihood - alone), 0.0)
    p = float(chdtrc(len(fit.names) - 1, gain)) / (2 if model == "sbg" else 1)
    words = f"likelihood ratio against one chance to leave for all {gain:.1f}, p {_p(p)}"
    if p < 0.05:
        return name, HOLDS, words
    return name, NOTED, words + ": retention need not rise with tenure, and the naive rule may do as well"


def _carried_on(renewals: pd.DataFrame, fit: Fitted, renewal: Array, factor: Array, rate: float, periods: float) -> Row:
    """How much of the sum lies at renewals that nobody has come to yet."""
    name = "carried on"
    longest = int(renewals.loc[renewals["at_risk"] >= 10, "renewal"].max()) if (renewals["at_risk"] >= 10).any() else 0
    process = ShiftedBetaGeometric(**fit.value)
    whole = float(factor @ process.residual(renewal, rate, periods))
    within = 0.0
    for n in np.unique(renewal):
        known = min(max(longest - n + 1, 0), periods)
        if known:
            within += float(factor[renewal == n].sum() * process.residual(np.array([n]), rate, known)[0])
    beyond = 1 - within / whole if whole > 0 else 0.0
    words = (
        f"{beyond:.0%} of the sum lies at renewals after renewal {longest}, the last one that ten or more have come to"
    )
    if beyond > _TOO_FAR:
        return name, BROKEN, words
    return name, NOTED if beyond > _TOO_FAR / 2 else HOLDS, words


def held_out(book: Contracts, model: str, fit: Callable[[pd.DataFrame, str], Fitted]) -> tuple[pd.DataFrame, str]:
    """Who of those there some time ago is there now, and what they paid since, against what the model of then says, by
    years of tenure then.

    The cut lies a whole number of periods before as_of: in the middle of the time on record, or as soon after it as
    enough contracts had been lost. naive: all leave at the one rate of then; constant: nobody leaves. Revenue is
    foretold to stay as it was.
    """
    cut = _cut(book)
    if cut is None:
        none = pd.DataFrame(columns=list(holdout.COLUMNS))
        return none, "No hold-out: too few contracts had been lost until shortly before the end of the records."
    counted, there = book.renewals(cut), book.active(cut)
    process = ShiftedBetaGeometric(**fit(counted, model).value)
    age, later = book.renewed(cut)[there], book.renewed(book.as_of)[there]
    rate = 1 - counted["lost"].sum() / counted["at_risk"].sum()
    actual = book.active(book.as_of)[there].astype(float)
    foretold = {
        "model": process.survival(later) / process.survival(age),
        "naive": rate ** (later - age),
        "constant": np.ones(len(age)),
    }
    years = np.floor(age / (12 / MONTHS[book.period])).astype(int)
    classes = np.array([str(min(year, 5)) + ("+" if year >= 5 else "") for year in years], dtype=object)
    frames = [holdout.compared("kept", classes, actual, foretold)]
    when = f"on {book.as_of:%Y-%m-%d} of those there on {cut:%Y-%m-%d}"
    says = [holdout.verdict(frames[0], actual, foretold, "Customers kept", when, yes_or_no=True)]
    if book.paid is not None:
        months = np.arange(1, round((book.as_of - cut).days / UNIT_DAYS["month"]) + 1) / MONTHS[book.period]
        then, since = book.revenue(cut)[there], book.received(cut)[there]
        known = ~np.isnan(then)
        then, since, age = then[known], since[known], age[known]
        foretold = {
            "model": then * (process.survival(age[:, None] + months) / process.survival(age)[:, None]).sum(axis=1),
            "naive": then * (rate**months).sum(),
            "constant": then * len(months),
        }
        frames.append(holdout.compared("revenue", classes[known], since, foretold))
        says.append(holdout.verdict(frames[1], since, foretold, "Revenue", "since then from them"))
    return pd.concat(frames, ignore_index=True), " ".join(says)


def _cut(book: Contracts) -> pd.Timestamp | None:
    """The day at which the hold-out begins; None where no time is left after enough losses."""
    whole = (book.as_of - book.since).days / book.period_days
    tried = dict.fromkeys(max(int(whole * share), 1) for share in (1 / 2, 3 / 8, 1 / 4, 1 / 8))
    for back in tried:
        cut = (book.as_of - pd.DateOffset(months=back * MONTHS[book.period])).normalize()
        signed = int((book.rows["signed_on"] <= cut).sum())
        if cut > book.since and is_enough(book.renewals(cut), signed) and book.active(cut).sum() >= FEWEST_LOSSES:
            return cut
    return None


def _p(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"= {p:.3f}"
