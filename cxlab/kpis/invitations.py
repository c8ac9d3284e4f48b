"""Invitations with what was known of them when they were sent, and nothing that was known later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import TableError
from cxlab.kpis.measure import (
    Frame,
    check_period,
    latest,
    refuse_off_scale,
    refuse_pooled_kinds,
    rows_of,
    scale_of,
    within,
)
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

Array = NDArray[np.float64]

WINDOW_DAYS, HISTORY_DAYS = 90, 365
#: Amounts of which a model should see the logarithm.
LOGGED = ("tenure_days", "mrr", "use")
# What the invitation itself says, and of that what an account keeps for years. A plan may change: it is taken from the
# invitation or from the month before, never from the list of customers as it is today.
_OF_INVITATION = ("role", "region", "segment", "plan", "moment", "channel", "stage")
_OF_ACCOUNT = ("region", "segment")
# Known for so much smaller a share of one side, a column was probably filled in when the answer came.
_LOPSIDED = 0.05
_MOST_FEATURES = 5


def invitations(
    responses: Any, period: Period, survey: str, kind: str | None, wait_days: float, as_of: dt.datetime | None
) -> tuple[pd.DataFrame, tuple[float, float] | None, list[str]]:
    """Invitations sent in the period that have had `wait_days` by `as_of`, the scale, and remarks.

    Columns: response_id, customer_id, sent_at, answered (bool), score, waited (days; empty for the silent), and the
    texts of `_OF_INVITATION` that the table has. Sorted by response_id. Raises TableError.
    """
    check_period(period)
    rows = _of_survey(responses, survey, kind)
    refuse_pooled_kinds(within(rows, "sent_at", period), survey, ())
    asked = within(rows, "sent_at", period)
    scale = scale_of(asked, survey)
    if scale is not None:
        refuse_off_scale(asked, survey, scale)
    have = columns_of(rows)
    end = as_of or latest(_responses(responses, kind), ["sent_at", "answered_at"])
    kept = ["response_id", "customer_id", "sent_at", "answered_at", "score", *(c for c in _OF_INVITATION if c in have)]
    table = collect(asked.select(*(name for name in kept if name in have)))
    remarks = []
    if "customer_id" not in table:
        table["customer_id"] = None
    if end is not None:
        young = pd.to_datetime(table["sent_at"]) > pd.Timestamp(end) - pd.Timedelta(days=wait_days)
        if young.any():
            remarks.append(
                f"{int(young.sum())} invitations had fewer than {wait_days:g} days to be answered and are left out."
            )
            table = table[~young]
    table = table.sort_values("response_id", ignore_index=True)
    table["sent_at"] = pd.to_datetime(table["sent_at"])
    table["answered"] = (table["answered_at"].notna() & table["score"].notna()).to_numpy(bool)
    waited = pd.to_datetime(table.pop("answered_at")) - table["sent_at"]
    table["waited"] = (waited / pd.Timedelta(days=1)).where(table["answered"])
    _refuse_no_silence(table, period, survey, rows)
    return table, scale, remarks


def known_then(
    tables: Mapping[str, Any], asked: pd.DataFrame, survey: str, kind: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Features of invitations (as `invitations` gives them) as they stood at sent_at, one row each; and remarks.

    Numbers: use_<feature> (sum of the 90 days before; use kept by month counts once the month is over), tickets_90d,
    open_tickets, tenure_days, mrr (of the month before), asked_before, answered_before, score_before (this survey, the
    account's last 365 days). Texts: role, region, segment, plan, moment, channel, stage. What the tables do not say is
    left out and remarked upon.
    """
    account = _Accounts(asked)
    features, remarks = pd.DataFrame(index=asked.index), []
    for name, adds in (
        ("usage", _use),
        ("tickets", _tickets),
        ("customers", _tenure),
        ("subscriptions", _revenue),
    ):
        if name not in tables:
            remarks.append(f"There is no {name} table: nothing of it was reckoned with.")
            continue
        try:
            for column, values in adds(tables[name], account).items():
                features[column] = values
        except TableError as problem:
            remarks.append(f"The table {name} was not reckoned with: {str(problem).splitlines()[0]}")
    for column, values in _history(_of_survey(tables["responses"], survey, kind), account).items():
        features[column] = values
    texts, more = _texts(tables, asked, features.pop("plan") if "plan" in features else None)
    for column, values in texts.items():
        features[column] = values
    return features, remarks + more


class _Accounts:
    """The invited accounts as whole numbers, and the moments they were asked at in seconds."""

    def __init__(self, asked: pd.DataFrame) -> None:
        self.codes, self.ids = pd.factorize(asked["customer_id"], sort=True)
        self.sent_at = asked["sent_at"]
        self.sent = _seconds(asked["sent_at"])
        self.first, self.last = (moment.to_pydatetime() for moment in (asked["sent_at"].min(), asked["sent_at"].max()))

    def back(self, days: float) -> dt.datetime:
        return self.first - dt.timedelta(days=days)

    def sums(self, customer: pd.Series, moment: pd.Series, days: float, amount: pd.Series | None = None) -> Array:
        """Sum of amounts (default: number of rows) with moment in the `days` before each invitation, not at it."""
        codes = pd.Index(self.ids).get_indexer(customer)
        known = (codes >= 0) & moment.notna().to_numpy(bool)
        codes, when = codes[known], _seconds(moment[known])
        amounts = np.ones(len(codes)) if amount is None else amount[known].fillna(0.0).to_numpy(float)
        base = int(self.sent.min() - 1e10)
        span = int(3e10)
        key = codes * span + np.clip(when - base, 0, span - 1)
        order = np.argsort(key, kind="stable")
        key, total = key[order], np.concatenate([[0.0], np.cumsum(amounts[order])])
        here = np.maximum(self.codes, 0) * span - base
        until = np.searchsorted(key, here + self.sent, side="left")
        since = np.searchsorted(key, here + self.sent - int(min(days * 86400, 9e9)), side="left")
        return np.where(self.codes >= 0, total[until] - total[since], np.nan)


def _seconds(moments: pd.Series) -> NDArray[np.int64]:
    return moments.to_numpy().astype("datetime64[s]").astype(np.int64)


def _responses(responses: Any, kind: str | None) -> Frame:
    needed = ["response_id", "survey", "sent_at", "answered_at", "score", *(["kind"] if kind else [])]
    return rows_of(responses, "responses", "who_answers", needed, ())


def _of_survey(responses: Any, survey: str, kind: str | None) -> Frame:
    rows = _responses(responses, kind).filter(nw.col("survey") == survey)
    return rows.filter(nw.col("kind") == kind) if kind else rows


def _refuse_no_silence(table: pd.DataFrame, period: Period, survey: str, rows: Frame) -> None:
    if len(table) and not table["answered"].all():
        return
    dated = collect(rows.select(nw.len().alias("rows"), (~nw.col("sent_at").is_null()).sum().alias("sent"))).iloc[0]
    found = (
        f"{int(dated['rows'])} rows of survey {survey!r}, none of them with sent_at"
        if dated["rows"] and not dated["sent"]
        else f"{len(table)} invitations of survey {survey!r} sent in {period.label}, all of them answered"
        if len(table)
        else f"no invitation of survey {survey!r} sent in {period.label}"
    )
    raise TableError(
        f"who_answers found {found}. Who did not answer can only be known from rows for invitations without answer: "
        "export them too (response_id, customer_id, sent_at, and answered_at empty) and map them to responses."
    )


def _use(table: Any, account: _Accounts) -> dict[str, Array]:
    rows = frame_of(table, "usage", ["customer_id", "used_on", "value"], "who_answers")
    by = ["customer_id", "used_on", *(["feature"] if "feature" in columns_of(rows) else [])]
    # Two months earlier: a month's use counts from when the month is over.
    rows = rows.filter(nw.col("used_on") >= account.back(WINDOW_DAYS + 62), nw.col("used_on") < account.last)
    small = collect(rows.group_by(*by).agg(nw.col("value").sum()))
    day = pd.to_datetime(small["used_on"])
    by_month = bool((day.dt.day == 1).all())
    over = day + (pd.offsets.MonthBegin(1) if by_month else pd.Timedelta(days=1))
    # Known at midnight after: an invitation at that very midnight may know it.
    over = over - pd.Timedelta(seconds=1)
    feature = small["feature"].fillna("use") if "feature" in small else pd.Series("use", index=small.index)
    counted = feature.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    found = {}
    for name in counted.index[:_MOST_FEATURES]:
        mine = (feature == name).to_numpy(bool)
        found[f"use_{name}" if name != "use" else name] = account.sums(
            small.loc[mine, "customer_id"], over[mine], WINDOW_DAYS, small.loc[mine, "value"]
        )
    return found


def _tickets(table: Any, account: _Accounts) -> dict[str, Array]:
    rows = frame_of(table, "tickets", ["customer_id", "opened_at"], "who_answers")
    ends = [name for name in ("resolved_at", "closed_at") if name in columns_of(rows)]
    rows = rows.filter(nw.col("opened_at") < account.last).select("customer_id", "opened_at", *ends)
    near = nw.col("opened_at") >= account.back(WINDOW_DAYS)
    for name in ends[:1]:
        near = near | nw.col(name).is_null() | (nw.col(name) >= account.back(WINDOW_DAYS))
    small = collect(rows.filter(near))
    opened = pd.to_datetime(small["opened_at"])
    found = {"tickets_90d": account.sums(small["customer_id"], opened, WINDOW_DAYS)}
    if ends:
        ended = pd.concat([pd.to_datetime(small[name]) for name in ends], axis=1).min(axis=1)
        sound = ~(ended < opened)
        customer, forever = small.loc[sound, "customer_id"], 1e9
        found["open_tickets"] = account.sums(customer, opened[sound], forever) - account.sums(
            customer, ended[sound], forever
        )
    return found


def _tenure(table: Any, account: _Accounts) -> dict[str, Array]:
    rows = frame_of(table, "customers", ["customer_id", "signed_on"], "who_answers")
    small = collect(rows.select("customer_id", "signed_on")).drop_duplicates("customer_id")
    signed = pd.to_datetime(small.set_index("customer_id")["signed_on"]).reindex(account.ids)
    days = (account.sent - _seconds(signed)[account.codes]) / 86400
    known = (account.codes >= 0) & signed.notna().to_numpy(bool)[account.codes] & (days >= 0)
    return {"tenure_days": np.where(known, days, np.nan)}


def _revenue(table: Any, account: _Accounts) -> dict[str, Any]:
    rows = frame_of(table, "subscriptions", ["customer_id", "month", "mrr"], "who_answers")
    rows = rows.filter(nw.col("month") >= account.back(62), nw.col("month") < account.last)
    plans = ["plan"] if "plan" in columns_of(rows) else []
    small = collect(rows.select("customer_id", "month", "mrr", *plans))
    month = pd.to_datetime(small.pop("month")).dt.to_period("M")
    small = small.assign(month=month).drop_duplicates(["customer_id", "month"]).set_index(["customer_id", "month"])
    customer = pd.Series(account.ids).reindex(account.codes).to_numpy()
    wanted = pd.MultiIndex.from_arrays([customer, account.sent_at.dt.to_period("M") - 1])
    then = small.reindex(wanted)
    return {"mrr": then["mrr"].to_numpy(float), **{name: then[name].to_numpy() for name in plans}}


def _history(rows: Frame, account: _Accounts) -> dict[str, Array]:
    if "customer_id" not in columns_of(rows):
        return {}
    past = rows.filter(nw.col("sent_at") >= account.back(HISTORY_DAYS), nw.col("sent_at") < account.last)
    small = collect(past.select("customer_id", "sent_at", "answered_at", "score"))
    sent, came = pd.to_datetime(small["sent_at"]), pd.to_datetime(small["answered_at"]).where(small["score"].notna())
    customer = small["customer_id"]
    answers = account.sums(customer, came, HISTORY_DAYS)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = account.sums(customer, came, HISTORY_DAYS, small["score"]) / answers
    return {
        "asked_before": account.sums(customer, sent, HISTORY_DAYS),
        "answered_before": answers,
        "score_before": np.where(answers > 0, score, np.nan),
    }


def _texts(
    tables: Mapping[str, Any], asked: pd.DataFrame, plan: pd.Series | None
) -> tuple[dict[str, pd.Series], list[str]]:
    """Text features: from the invitation, else the account; those that only answers carry are set aside."""
    own = {name: asked[name] for name in _OF_INVITATION if name in asked}
    if plan is not None:
        own["plan"] = own["plan"].fillna(plan) if "plan" in own else plan
    accounts = nw.from_native(tables["customers"]) if "customers" in tables else None
    wanted = [name for name in _OF_ACCOUNT if accounts is not None and name in columns_of(accounts)]
    if wanted:
        small = collect(accounts.select("customer_id", *wanted)).drop_duplicates("customer_id").set_index("customer_id")
        for name in wanted:
            known = asked["customer_id"].map(small[name])
            own[name] = own[name].fillna(known) if name in own else known
    remarks, answered = [], asked["answered"]
    for name in list(own):
        empty = own[name].isna()
        if empty.all():
            del own[name]
        elif abs(empty[answered].mean() - empty[~answered].mean()) > _LOPSIDED:
            del own[name]
            remarks.append(
                f"{name} was set aside: it is known much oftener for one side, answered or silent, than for the other, "
                "so it was probably filled in with the answer."
            )
    return own, remarks
