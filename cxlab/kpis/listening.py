"""Do we listen where it matters: accounts heard, moments heard and moments blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.journeys import joined
from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of
from cxlab.tables.canonical import UNASKED

HEARD, THIN, BLIND = "heard", "thin", "blind"
#: What tells that a moment happened where the milestones do not have it: moment -> (table, column).
EVENTS = {
    "contract signed": ("customers", "signed_on"),
    "ticket opened": ("tickets", "opened_at"),
    "ticket resolved": ("tickets", "resolved_at"),
    "ticket closed": ("tickets", "closed_at"),
    "contract ended": ("customers", "closed_on"),
}
_NO_LIST = "no list of moments is declared: what is not heard cannot be told"
_KEY = "_cx_moment"


def active_accounts(customers: Frame, period: Period | None) -> Frame:
    """The accounts that were customers on at least one day of the period; without a period all ever signed."""
    signed, closed = nw.col("signed_on"), nw.col("closed_on")
    customers = customers.filter(~signed.is_null())
    if period is None:
        return customers
    return customers.filter(signed < period.end, closed.is_null() | (closed >= period.start))


def asked_only(responses: Frame) -> Frame:
    """Answers to a survey: without notes and posts, which nobody was asked for."""
    if "survey" not in columns_of(responses):
        return responses
    return responses.filter(nw.col("survey").is_null() | ~nw.col("survey").is_in(list(UNASKED)))


def accounts_heard(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    responses: Any = None,
) -> pd.DataFrame:
    """Share of our customers that answered at least one survey in the period.

    Counts the accounts that were customers on at least one day of the period, those never asked included; an answer of
    any survey by anybody there is enough. Answers without a known account are nobody's. It says whom we hear, not what
    they think. Interval: Wilson (1927). Source: coverage of the account base in business-to-business programmes.
    """
    by = group_columns(by)
    check_period(period)
    rows = rows_of(
        customers, "customers", "accounts_heard", ["customer_id", "signed_on", "closed_on"], by, weight, cluster
    )
    if responses is None:
        raise TableError("accounts_heard needs the responses table besides: without it nobody knows who answered.")
    answers = frame_of(responses, "responses", ["customer_id", "answered_at"], "accounts_heard")
    heard = within(asked_only(answers), "answered_at", period).select("customer_id").unique()
    rows = joined(active_accounts(rows, period), heard.with_columns(_cx_heard=nw.lit(1.0)))
    hit = nw.when(nw.col("_cx_heard").is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
    counts = count(rows, by, hit, weight=weight, cluster=cluster)
    return kpi_frame("accounts_heard", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def moments_covered(
    tables: Mapping[str, Any],
    period: Period | None = None,
    moments: Sequence[str] = (),
    *,
    enough: int = 30,
    events: Mapping[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """What we hear at each moment of the journey, and where we hear nothing.

    `moments` is the declared list in the order in which customers meet them; its first and last must be measured. A
    moment is "blind" without an answer in the period, "thin" with fewer than `enough`, else "heard". Moments that the
    data have beyond the list follow it. Without a list those of the data are shown, and that blindness cannot be told.
    Small and capital letters are alike. Several surveys sent to one person at once are one invitation.

    Columns: place (in the list; empty beyond it), moment, declared, mandatory, invitations (sent in the period; empty
    where the table does not say), answers (in the period), accounts (that answered), rate, low, high (answered share
    of the invitations, Wilson, accounts as clusters), events (how often the moment happened, by a milestone of that
    name or by `events`, moment -> (table, column); empty where nobody knows), status, remark.
    """
    check_period(period)
    if "responses" not in tables:
        raise TableError.absent("responses", tables)
    rows = frame_of(tables["responses"], "responses", ["moment", "answered_at"], "moments_covered")
    rows = rows.filter(~nw.col("moment").is_null()).with_columns(**{_KEY: _plain(nw.col("moment"))})
    found = _heard(rows, period).set_index(_KEY)
    listed = {name.strip().casefold(): name for name in moments}
    names = list(listed) + [key for key in sorted(found.index) if key not in listed]
    table = found.reindex(names)
    table[["answers", "accounts"]] = table[["answers", "accounts"]].fillna(0).astype(int)
    if "sent_at" in columns_of(rows):
        table["invitations"] = table["invitations"].fillna(0)
    shown = [listed.get(key, table.loc[key, "moment"]) for key in names]
    place = [list(listed).index(key) + 1 if key in listed else np.nan for key in names]
    happened = _events(tables, period, names, EVENTS | {k.strip().casefold(): v for k, v in (events or {}).items()})
    status = np.select([table["answers"] == 0, table["answers"] < enough], [BLIND, THIN], HEARD)
    frame = table.reset_index(drop=True).assign(
        place=place,
        moment=shown,
        declared=[key in listed for key in names],
        mandatory=[at in (1, len(listed)) for at in place],
        events=happened,
        status=status,
    )
    frame["remark"] = [_remark(row, bool(listed)) for row in frame.itertuples(index=False)]
    columns = ["place", "moment", "declared", "mandatory", "invitations", "answers", "accounts", "rate", "low", "high"]
    return frame[[*columns, "events", "status", "remark"]]


def _plain(text: nw.Expr) -> nw.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _heard(rows: Frame, period: Period | None) -> pd.DataFrame:
    """Per moment: how it is spelled, invitations, rate with interval, answers, accounts."""
    persons = [name for name in ("customer_id", "respondent_id") if name in columns_of(rows)]
    accounts = [nw.col("customer_id").n_unique().alias("accounts")] if "customer_id" in persons else []
    answers = within(rows, "answered_at", period).select(_KEY, "moment", "answered_at", *persons)
    once = answers.group_by(_KEY, "answered_at", *persons).agg(nw.col("moment").min())
    known = collect(once.group_by(_KEY).agg(nw.len().alias("answers"), nw.col("moment").min()))
    if accounts:
        asked = answers.filter(~nw.col("customer_id").is_null())
        known = known.merge(collect(asked.group_by(_KEY).agg(*accounts)), on=_KEY, how="left")
    else:
        known["accounts"] = 0
    nothing = ["invitations", "rate", "low", "high"]
    if "sent_at" not in columns_of(rows):
        return known.assign(**dict.fromkeys(nothing, np.nan))
    replied = nw.when(nw.col("answered_at").is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
    sent = within(rows, "sent_at", period).with_columns(_cx_replied=replied)
    sent = sent.group_by(_KEY, "sent_at", *persons).agg(nw.col("_cx_replied").max(), nw.col("moment").min())
    counts = count(sent, [_KEY], nw.col("_cx_replied"), cluster="customer_id" if accounts else None)
    estimate = estimates.share(estimates.Counts.of(counts))
    parts = (counts["n"], estimate.value, estimate.low, estimate.high)
    rates = counts[[_KEY]].assign(**dict(zip(nothing, parts, strict=True)))
    spelled = collect(sent.group_by(_KEY).agg(nw.col("moment").min().alias("_cx_sent")))
    both = known.merge(rates.merge(spelled, on=_KEY), on=_KEY, how="outer")
    return both.assign(moment=both["moment"].fillna(both["_cx_sent"])).drop(columns="_cx_sent")


def _events(
    tables: Mapping[str, Any], period: Period | None, names: Sequence[str], known: Mapping[str, tuple[str, str]]
) -> list[float]:
    """How often each moment happened in the period; not-a-number where no table knows."""
    steps: dict[str, float] = {}
    if "milestones" in tables:
        rows = frame_of(tables["milestones"], "milestones", ["milestone", "reached_at"], "moments_covered")
        all_steps = collect(rows.select(_plain(nw.col("milestone")).alias(_KEY)).unique())[_KEY].dropna()
        reached = within(rows, "reached_at", period).group_by(_plain(nw.col("milestone")).alias(_KEY)).agg(nw.len())
        steps = dict.fromkeys(all_steps, 0.0) | dict(collect(reached).itertuples(index=False, name=None))
    happened = []
    for name in names:
        table, clock = known.get(name, ("", ""))
        if name in steps:
            happened.append(float(steps[name]))
        elif table in tables:
            rows = within(frame_of(tables[table], table, [clock], "moments_covered"), clock, period)
            happened.append(float(collect(rows.select(nw.len().alias("n")))["n"].iloc[0]))
        else:
            happened.append(np.nan)
    return happened


def _remark(row: Any, any_listed: bool) -> str:
    if not any_listed:
        return _NO_LIST
    if not row.declared:
        return "heard, but not in the list of moments" if row.answers else "asked, but not in the list of moments"
    said = []
    if row.mandatory and row.status == BLIND:
        said.append("the first and the last moment must be measured")
    if row.status == BLIND and row.events > 0 and not row.invitations > 0:
        said.append(f"it happened {row.events:,.0f} times and nobody was asked")
    if row.status == BLIND and row.invitations > 0:
        said.append(f"{row.invitations:,.0f} were asked and nobody answered")
    return "; ".join(said)
