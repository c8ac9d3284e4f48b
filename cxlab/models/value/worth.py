"""What customers without a contract are worth: `customer_value`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value import checks, holdout
from cxlab.models.value.course import seasons
from cxlab.models.value.engines import NAMES, Engine, fitted, told, who_paid
from cxlab.models.value.fitting import Fitted
from cxlab.models.value.ledger import Ledger, ledger
from cxlab.models.value.opportunities import Opportunities, at_opportunities, looks_discrete
from cxlab.models.value.valuation import Valuation, checks_frame, customer_intervals

_DAYS_A_YEAR = 365.25


def customer_value(
    orders: Any,
    as_of: Any = None,
    *,
    horizon: float | None = None,
    unit: str = "week",
    margin: float = 1.0,
    discount: float = 0.10,
    model: str | None = None,
    seed: int = 0,
) -> Valuation:
    """What each customer who buys without a contract is expected to bring over a stated horizon ("truncated CLV").

    orders: customer_id, ordered_at and, for money, amount; any engine. as_of: the day up to which all is known (its
    orders included); later orders serve the hold-out and nothing else. horizon: in `unit` ("day", "week", "month"), a
    year unless told otherwise. margin: what stays of an amount, 1 for revenue. discount: a year's rate. model: "bg_nbd"
    (BG/NBD, with the chance to be alive from its modified form), "mbg_nbd", or "bg_bb" for regular opportunities (also
    by the `unit` of the calendar, "year" too), which is chosen by itself where orders come on a few evenly spaced days.

    value = margin * E[spend a purchase] * sum of E[purchases at t] / (1 + discount)**t. table: customer_id, frequency
    (repeat purchases by day), recency, T, mean_spend (of these), p_alive, expected_purchases, expected_spend, value,
    low, high, naive_value (going on at their own pace and spend). Values are empty and `refused` says why where spend
    goes with frequency, drifts, or the model does not fit the counts. Raises ParameterError for fewer than 100
    customers or 30 who came back.
    """
    if model is not None and model not in NAMES:
        raise ParameterError.unknown("model of purchases", str(model), NAMES)
    units = ("week", "month", "year") if model == "bg_bb" else ("day", "week", "month")
    if unit not in units:
        raise ParameterError.unknown("unit of time", str(unit), units)
    if not margin > 0 or not discount >= 0:
        raise ParameterError(
            f"margin is {margin}, discount {discount}; give a margin above 0, a discount of 0 or more."
        )
    if horizon is not None and not horizon > 0:
        raise ParameterError(f"horizon is {horizon}; give a number of {unit}s above 0.")
    book = ledger(orders, as_of, unit)
    if model == "bg_bb" or (model is None and looks_discrete(book)):
        book, kind = at_opportunities(book, unit), "bg_bb"
    else:
        kind = model or "bg_nbd"
    if horizon is None:
        horizon = 52.0 if book.unit == "week" else max(round(_DAYS_A_YEAR / book.unit_days), 1)
    return _valued(book, kind, float(horizon), margin, discount, model is not None, seed)


def _valued(
    book: Ledger, kind: str, horizon: float, margin: float, discount: float, asked: bool, seed: int
) -> Valuation:
    histories = book.histories()
    checks.refuse_thin(histories, "customer_value")
    engine = fitted(histories, kind, book.has_amount)
    rate = float(np.log1p(discount)) * book.unit_days / _DAYS_A_YEAR
    rows = _checked(book, histories, engine)
    refused = checks.broken(rows)
    if not book.has_amount:
        refused.append("The orders have no amount: purchases are foretold, money is not.")
    elif engine.spend is None:
        refused.append("Too few customers came back with a spend above 0 to tell what a purchase is worth.")
    table, doubt = _table(histories, engine, horizon, rate, margin), None
    if refused:
        table["value"] = np.nan
    else:
        doubt = engine.doubt(histories, horizon, rate, margin, seed)
        table["low"], table["high"] = customer_intervals(table["value"].to_numpy(float), doubt)
    frame, says = _held_out(book, engine, histories)
    return Valuation(
        engine=engine.name,
        why=_why(kind, asked, book),
        unit=book.unit,
        horizon=horizon,
        as_of=book.as_of,
        parameters=_parameters(engine.fits),
        uncertainty=pd.concat([fit.table() for fit in engine.fits], ignore_index=True),
        table=table,
        holdout=frame,
        checks=checks_frame(rows),
        refused=refused,
        remarks=book.remarks,
        holdout_says=says,
        doubt=doubt,
        material={"book": book, "engine": engine, "histories": histories},
    )


def _why(kind: str, asked: bool, book: Ledger) -> str:
    if kind == "bg_bb":
        when = f"{len(book.events)} opportunities" if isinstance(book, Opportunities) else "opportunities"
        reason = "as asked" if asked else "orders come on a few evenly spaced days only"
        return (
            f"Customers buy or not at each of {when} ({reason}): purchases are modelled by BG/BB, what one is worth by "
            "Gamma-Gamma."
        )
    name = NAMES[kind] + (", as asked" if asked else "")
    words = (
        "Customers buy when they like, without a contract, and nobody says when they are gone: purchases are modelled "
        f"by {name}; what one is worth by Gamma-Gamma."
    )
    if kind == "mbg_nbd":
        return words
    return words + (
        " The chance to be a customer still is that of its modified form, since BG/NBD is certain of everybody who "
        "bought once."
    )


def _parameters(fits: list[Fitted]) -> pd.Series:
    """Published names, then log_likelihood (of the purchases) and log_likelihood_spend."""
    # BG/BB too has a gamma: that of Gamma-Gamma is then called gamma_spend.
    named: dict[str, float] = {}
    for fit in fits:
        named |= {f"{name}_spend" if name in named else name: value for name, value in fit.value.items()}
    named["log_likelihood"] = fits[0].log_likelihood
    named["log_likelihood_spend"] = fits[1].log_likelihood if len(fits) > 1 else np.nan
    return pd.Series(named, name="value")


def _table(histories: pd.DataFrame, engine: Engine, horizon: float, rate: float, margin: float) -> pd.DataFrame:
    x, t_x, T, mean = told(histories)
    table = histories[["frequency", "recency", "T", "mean_spend"]].reset_index()
    table["p_alive"] = engine.p_alive(histories)
    table["expected_purchases"] = engine.process.expected(x, t_x, T, horizon)
    table["expected_spend"] = np.nan if engine.pays is None else engine.pays.expected(x, mean)
    table["value"] = margin * table["expected_spend"] * engine.process.expected(x, t_x, T, horizon, rate)
    table["low"], table["high"] = np.nan, np.nan
    length = -np.expm1(-rate * horizon) / rate if rate > 0 else horizon
    own = holdout.naive_rules(histories, length)["naive"]
    table["naive_value"] = margin * own * mean if engine.spend else np.nan
    return table


def _checked(book: Ledger, histories: pd.DataFrame, engine: Engine) -> list[checks.Row]:
    x, _, T, _ = told(histories)
    rows = [
        checks.counts_check(engine.process.counts(T, checks.CLASSES), x),
        checks.alike_cohorts(histories, engine.process.expected_new(T)),
        seasons(book, engine, histories),
        checks.inside_range(engine.fits),
    ]
    if engine.spend is not None:
        paid = who_paid(histories)
        rows += [
            checks.spend_and_frequency(paid["frequency"].to_numpy(float), paid["mean_spend"].to_numpy(float)),
            checks.steady_spend(book.repeats()),
            checks.finite_spend(engine.spend.value["q"]),
        ]
    return rows


def _held_out(book: Ledger, engine: Engine, histories: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Foretold against later orders where the table has them; else against the last part of the time watched."""
    cut, end = book.as_of, book.last_day
    if end - cut < max((cut - book.first_day) / 10, pd.Timedelta(days=28)) or book.length(cut, end) < 1:
        found = _cut(book)
        if found is None:
            none = pd.DataFrame(columns=list(holdout.COLUMNS))
            return none, "No hold-out: too few customers had come, or come back, until shortly before as_of."
        cut, end = found, book.as_of
        histories = book.histories(cut)
        engine = fitted(histories, engine.kind, book.has_amount)
    x, t_x, T, mean = told(histories)
    length = book.length(cut, end)
    came = book.later(histories.index, cut, end)
    classes, when = holdout.labels_of(x), f"from {cut + pd.Timedelta(days=1):%Y-%m-%d} to {end:%Y-%m-%d}"
    bought = {"model": engine.process.expected(x, t_x, T, length), **holdout.naive_rules(histories, length)}
    actual = came["purchases"].to_numpy(float)
    frames = [holdout.compared("purchases", classes, actual, bought)]
    says = [holdout.verdict(frames[0], actual, bought, "Purchases", when)]
    if engine.pays is not None:
        average = float((x * mean).sum() / max(x.sum(), 1))
        worth = {"model": engine.pays.expected(x, mean), "naive": mean, "constant": average}
        money = {rule: bought[rule] * worth[rule] for rule in holdout.RULES}
        actual = came["spend"].to_numpy(float)
        frames.append(holdout.compared("spend", classes, actual, money))
        says.append(holdout.verdict(frames[1], actual, money, "Spend", when))
    return pd.concat(frames, ignore_index=True), " ".join(says)


def _cut(book: Ledger) -> pd.Timestamp | None:
    """The day at which the hold-out begins: half of the time watched, or later where only then enough had come back."""
    watched = book.as_of - book.first_day
    for share in (1 / 2, 5 / 8, 3 / 4, 7 / 8):
        cut = (book.first_day + watched * share).normalize()
        if book.length(cut, book.as_of) > 0 and checks.is_enough(book.histories(cut)):
            return cut
    return None
