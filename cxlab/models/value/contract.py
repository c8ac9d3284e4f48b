"""What customers with a contract are worth: `contract_value`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value import contract_checks, contractual
from cxlab.models.value.checks import broken
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.fitting import Array, Fitted
from cxlab.models.value.tenure import Contracts, contracts
from cxlab.models.value.valuation import Doubt, Valuation, checks_frame, customer_intervals

MODELS = {"sbg": "shifted beta-geometric", "bdw": "beta-discrete-Weibull"}
_PER_YEAR = {"month": 12, "year": 1}
_DRAWN = 4_000_000


def contract_value(
    customers: Any = None,
    subscriptions: Any = None,
    as_of: Any = None,
    *,
    margin: float = 1.0,
    discount: float = 0.10,
    period: str | None = None,
    horizon: float | None = None,
    by: str | None = None,
    since: Any = None,
    model: str = "sbg",
    seed: int = 0,
) -> Valuation:
    """What each running contract is expected to bring from its next renewal on (expected discounted residual lifetime).

    customers: customer_id, signed_on, closed_on (empty: running); subscriptions: customer_id, month, mrr, and
    renewal_due if known. Either may be missing; without subscriptions payments are counted and no money. as_of: the day
    up to which all is known. period: "month" or "year" from renewal to renewal, by itself a year where renewals fall
    due a year apart. horizon: periods that count; all of them unless told otherwise. margin: what stays of a payment.
    discount: a year's rate. by: a column of customers; its groups get a fit of their own where they have 100 contracts
    and 30 losses. since: the day from which closings are on record, else found. model: "sbg", or "bdw", in which a
    customer's own chance to leave changes with tenure.

    value = margin * revenue a period * DERL / (1 + discount)**(time to the next renewal), revenue staying as it is now.
    table: customer_id, renewal (the next one's number), revenue (a period), p_renews (at it), expected_payments
    (discounted), value, low, high, naive_value (all at one constant rate), and `by`. Values are empty and `refused`
    says why where the chance to leave changes with tenure in a way that moves the sum. Raises ParameterError for fewer
    than 100 contracts or 30 losses.
    """
    if model not in MODELS:
        raise ParameterError.unknown("model of renewals", str(model), MODELS)
    if not margin > 0 or not discount >= 0 or (horizon is None and discount == 0):
        raise ParameterError(
            f"margin is {margin}, discount {discount}; give a margin above 0, and a discount above 0 or a horizon."
        )
    if horizon is not None and not horizon >= 1:
        raise ParameterError(f"horizon is {horizon}; give a number of periods, 1 or more.")
    book = contracts(customers, subscriptions, as_of, period, since, by)
    periods = np.inf if horizon is None else float(int(horizon))
    return _valued(book, model, periods, margin, discount, by, seed)


def _valued(
    book: Contracts, model: str, periods: float, margin: float, discount: float, by: str | None, seed: int
) -> Valuation:
    renewals = book.renewals()
    contract_checks.refuse_thin(renewals, int(len(book.rows)))
    fit = _fit(renewals, model)
    rate = (1 + discount) ** (1 / _PER_YEAR[book.period]) - 1
    active = book.active(book.as_of)
    rows = book.rows[active]
    age = book.age(book.as_of)[active]
    renewal = np.floor(book.renewed(book.as_of)[active]) + 1
    wait = np.maximum(renewal - age, 0.0)
    pieces = _pieces(book, rows, fit, model, by)
    has_money = "revenue" in rows and rows["revenue"].notna().any()
    revenue = rows["revenue"].to_numpy(float) if has_money else np.full(len(rows), np.nan)
    factor = margin * np.nan_to_num(revenue) * (1 + rate) ** -wait if has_money else (1 + rate) ** -wait
    payments = np.zeros(len(rows))
    renews = np.zeros(len(rows))
    for inside, own in pieces:
        process = ShiftedBetaGeometric(**own.value)
        payments[inside] = process.residual(renewal[inside], rate, periods)
        renews[inside] = process.retention(renewal[inside])
    constant = 1 - renewals["lost"].sum() / renewals["at_risk"].sum()
    table = pd.DataFrame(
        {
            "customer_id": rows.index.astype(str),
            "renewal": renewal.astype(int),
            "revenue": revenue,
            "p_renews": renews,
            "expected_payments": payments * (1 + rate) ** -wait,
            "value": factor * payments if has_money else np.nan,
            "low": np.nan,
            "high": np.nan,
            "naive_value": factor * _geometric(constant, rate, periods) if has_money else np.nan,
            **({by: rows[by].to_numpy()} if by else {}),
        }
    )
    checked = contract_checks.run(book, renewals, fit, model, renewal, factor, rate, periods)
    refused = broken(checked)
    if not has_money:
        refused.append("There is no revenue: payments are foretold, money is not. Give subscriptions with mrr.")
    doubt = None
    if refused:
        table["value"] = np.nan
    else:
        doubt = _doubt(pieces, renewal, rate, periods, factor, seed)
        table["low"], table["high"] = customer_intervals(table["value"].to_numpy(float), doubt)
    unknown = int(np.isnan(revenue).sum()) if has_money else 0
    remarks = list(book.remarks)
    if unknown:
        remarks.append(f"{unknown:,} running contracts have no revenue on record and count for nothing.")
    frame, says = contract_checks.held_out(book, model, _fit)
    return Valuation(
        engine=MODELS[model],
        why=_why(book, model),
        unit=book.period,
        horizon=periods,
        as_of=book.as_of,
        parameters=pd.Series({**fit.value, "log_likelihood": fit.log_likelihood}, name="value"),
        uncertainty=_uncertainty(fit, pieces, rows, by),
        table=table,
        holdout=frame,
        checks=checks_frame(checked),
        refused=refused,
        remarks=remarks,
        holdout_says=says,
        doubt=doubt,
        material={"book": book, "fit": fit, "renewals": renewals, "rate": rate},
    )


def _fit(renewals: pd.DataFrame, model: str) -> Fitted:
    return contractual.fit(renewals) if model == "sbg" else contractual.fit_weibull(renewals)


def _pieces(book: Contracts, rows: pd.DataFrame, fit: Fitted, model: str, by: str | None) -> list[tuple[Array, Fitted]]:
    """(which running contracts, their fit): one for all, or one for each large group and one for the rest."""
    rest = np.ones(len(rows), dtype=bool)
    if by is None:
        return [(rest, fit)]
    pieces = []
    for label in sorted(book.rows[by].dropna().unique(), key=str):
        counted = book.renewals(inside=(book.rows[by] == label).to_numpy(bool))
        inside = (rows[by] == label).to_numpy(bool)
        if inside.any() and contract_checks.is_enough(counted, int((book.rows[by] == label).sum())):
            pieces.append((inside, _fit(counted, model)))
            rest &= ~inside
    return [*pieces, *([(rest, fit)] if rest.any() else [])]


def _doubt(
    pieces: list[tuple[Array, Fitted]], renewal: Array, rate: float, periods: float, factor: Array, seed: int
) -> Doubt:
    rng = np.random.default_rng([seed, 71])
    slopes, blocks, chance = [], [], np.zeros(len(renewal))
    for inside, fit in pieces:
        own = fit.slopes(
            lambda values, inside=inside: (
                factor[inside] * ShiftedBetaGeometric(*values).residual(renewal[inside], rate, periods)
            )
        )
        wide = np.zeros((len(own), len(renewal)))
        wide[:, inside] = own
        slopes.append(wide)
        blocks.append(fit.covariance)
        process = ShiftedBetaGeometric(**fit.value)
        rounds = int(np.clip(_DRAWN // max(int(inside.sum()), 1), 8, 200))
        draws = np.array([process.simulate(rng, renewal[inside], rate, periods) for _ in range(rounds)])
        chance[inside] = factor[inside] ** 2 * draws.var(axis=0, ddof=1)
    size = sum(len(block) for block in blocks)
    covariance, at = np.zeros((size, size)), 0
    for block in blocks:
        covariance[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return Doubt(np.vstack(slopes), covariance, chance)


def _uncertainty(fit: Fitted, pieces: list[tuple[Array, Fitted]], rows: pd.DataFrame, by: str | None) -> pd.DataFrame:
    whole = fit.table()
    if by is None:
        return whole
    parts = [whole.assign(**{by: "all"})]
    parts += [own.table().assign(**{by: rows[by].to_numpy()[inside][0]}) for inside, own in pieces if own is not fit]
    return pd.concat(parts, ignore_index=True)[[by, "parameter", "value", "low", "high"]]


def _geometric(kept: float, rate: float, periods: float) -> float:
    """Expected discounted payments from the next renewal on where all renew at one constant rate."""
    share = kept / (1 + rate)
    return kept * ((1 - share**periods) / (1 - share) if share < 1 else periods)


def _why(book: Contracts, model: str) -> str:
    return (
        f"Customers have a contract that is renewed every {book.period}, and the day they leave is known: renewals are "
        f"modelled by the {MODELS[model]} model, revenue stays as it is."
    )
