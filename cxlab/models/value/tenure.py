"""Contracts to counted renewals: who came to each renewal and who was lost there, as far as records reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.models.value.fitting import Array
from cxlab.models.value.ledger import UNIT_DAYS, as_days, day_of
from cxlab.models.value.records import period_of, start_of
from cxlab.stats.counting import collect, columns_of, frame_of

PERIODS = ("month", "year")
#: So many signings and closings missing at the end are no accident.
_SILENT = 30
#: Months in a period.
MONTHS = {"month": 1, "year": 12}
#: A contract closed this soon after its day of renewal (as a share of a period) was not renewed on that day.
_GRACE = 0.1


@dataclass(frozen=True)
class Contracts:
    """One row a contract: customer_id (index), signed_on, closed_on (NaT: running at as_of), revenue a period now (NaN
    where not known), and the columns one may group by.

    paid: customer_id, month, mrr, where payments are on record. since: the day from which closings are on record;
    contracts that ended before it are not in the table, or not to be trusted. period: "month" or "year", the time from
    one renewal to the next.
    """

    rows: pd.DataFrame
    as_of: pd.Timestamp
    since: pd.Timestamp
    period: str
    remarks: list[str] = field(default_factory=list)
    paid: pd.DataFrame | None = None

    @property
    def period_days(self) -> float:
        """Mean days in a period."""
        return UNIT_DAYS[self.period]

    def active(self, on: pd.Timestamp) -> Array:
        """Which contracts run on that day (its end)."""
        closed = self.rows["closed_on"]
        return ((self.rows["signed_on"] <= on) & (closed.isna() | (closed > on))).to_numpy()

    def renewals(self, on: pd.Timestamp | None = None, inside: Array | None = None) -> pd.DataFrame:
        """Counted renewals as known at `on`: renewal, at_risk, lost; only periods that lie wholly in the records.

        A contract that is closed during its t-th period, or hardly after it, is lost at renewal t.
        """
        on = self.as_of if on is None else on
        rows = self.rows if inside is None else self.rows[inside]
        rows = rows[rows["signed_on"] <= on]
        signed = rows["signed_on"]
        first = np.ceil(self._age(signed, self.since) - _GRACE).clip(min=0).astype(int)
        over = np.floor(self._age(signed, on) - _GRACE).clip(min=0).astype(int)
        ended = rows["closed_on"].where(rows["closed_on"] <= on)
        until = np.floor(self._age(signed, ended.fillna(on)) - _GRACE).clip(min=0).astype(int)
        lost_at = np.where(ended.notna(), until + 1, 0)
        # Renewals first + 1 .. last were watched; the loss counts where its period is over and began in the records.
        last = np.where(lost_at > 0, np.minimum(lost_at, over), over)
        watched = last > first
        lost = watched & (lost_at > 0) & (lost_at <= over)
        most = int(last[watched].max()) if watched.any() else 0
        enter = np.bincount(first[watched], minlength=most + 1)
        leave = np.bincount(last[watched], minlength=most + 1)
        at_risk = (np.cumsum(enter) - np.cumsum(leave))[:most]
        return pd.DataFrame(
            {
                "renewal": np.arange(1, most + 1),
                "at_risk": at_risk.astype(float),
                "lost": np.bincount(lost_at[lost], minlength=most + 1)[1 : most + 1].astype(float),
            }
        )

    def revenue(self, on: pd.Timestamp) -> Array:
        """What each contract paid a month, in the last month it paid for by that day; NaN where it had not yet."""
        return _last_paid(self.paid, on).reindex(self.rows.index).to_numpy(float)

    def received(self, after: pd.Timestamp) -> Array:
        """What each contract paid in the months that begin after that day, up to as_of."""
        rows = self.paid[(self.paid["month"] > after) & (self.paid["month"] <= self.as_of)]
        return rows.groupby("customer_id")["mrr"].sum().reindex(self.rows.index).fillna(0.0).to_numpy(float)

    def age(self, on: pd.Timestamp) -> Array:
        """Periods since signing, of every contract, with the part of the running one."""
        return self._age(self.rows["signed_on"], on)

    def renewed(self, on: pd.Timestamp) -> Array:
        """Periods since signing as far as they are surely renewed: a day of renewal just passed is not yet decided."""
        return np.maximum(self.age(on) - _GRACE, 0.0)

    def _age(self, signed: pd.Series, day: Any) -> Array:
        """Periods from signing to a day by the calendar: the same day of a later month is a whole number of them."""
        day = day if isinstance(day, pd.Series) else pd.Series(day, index=signed.index)
        months = (day.dt.year - signed.dt.year) * 12 + day.dt.month - signed.dt.month
        part = (day.dt.day - signed.dt.day) / 31.0
        # The last day of a shorter month is the day of renewal of those who signed on a later one.
        part = part.where(~(day.dt.is_month_end & (part < 0)), 0.0)
        return ((months + part) / MONTHS[self.period]).to_numpy(float)


def contracts(
    customers: Any,
    subscriptions: Any = None,
    as_of: Any = None,
    period: str | None = None,
    since: Any = None,
    by: str | None = None,
) -> Contracts:
    """Read contracts from customers (customer_id, signed_on, closed_on) and subscriptions (customer_id, month, mrr).

    Without closed_on a contract ends with the last month it pays for. Raises TableError or ParameterError.
    """
    remarks: list[str] = []
    paid = None if subscriptions is None else _paid(subscriptions)
    rows = _rows(customers, paid, by, remarks)
    last = rows[["signed_on", "closed_on"]].max().max()
    if paid is not None:
        last = max(last, paid["month"].max() + pd.offsets.MonthEnd(0))
    end = last if as_of is None else day_of(as_of, "as_of")
    rows = rows[rows["signed_on"] <= end].copy()
    if rows.empty:
        raise ParameterError(f"contract_value: no contract was signed by {end:%Y-%m-%d}.")
    rows["closed_on"] = rows["closed_on"].where(rows["closed_on"] <= end)
    if paid is not None:
        rows["revenue"] = _last_paid(paid, end).reindex(rows.index).astype(float)
    if period is None:
        period, why = period_of(subscriptions, rows)
        remarks.append(why)
    elif period not in PERIODS:
        raise ParameterError.unknown("period of renewal", str(period), PERIODS)
    start = start_of(rows, since, end, remarks)
    if "revenue" in rows:
        rows["revenue"] *= MONTHS[period]
    silent = (end - last).days
    if silent * (len(rows) + rows["closed_on"].notna().sum()) / max((last - rows["signed_on"].min()).days, 1) > _SILENT:
        remarks.append(
            f"Nothing is on record after {last:%Y-%m-%d}, {silent} days before {end:%Y-%m-%d}: if the records end "
            "there, give that day as as_of, else nobody seems to have left since."
        )
    early = rows["closed_on"] < start
    if early.any():
        remarks.append(f"{int(early.sum()):,} contracts closed before {start:%Y-%m-%d} are set aside.")
    return Contracts(rows[~early], end, start, period, remarks, paid)


def _rows(customers: Any, paid: pd.DataFrame | None, by: str | None, remarks: list[str]) -> pd.DataFrame:
    if customers is None:
        if paid is None:
            raise ParameterError("contract_value needs customers with signed_on and closed_on, or subscriptions.")
        return _from_payments(paid, remarks)
    needed = ["customer_id", "signed_on", *([by] if by else [])]
    frame = frame_of(customers, "customers", needed, "contract_value")
    has_end = "closed_on" in columns_of(frame)
    if not has_end and paid is None:
        raise TableError.missing("contract_value", "customers", ["closed_on"], columns_of(frame))
    rows = collect(frame.select([*needed, *(["closed_on"] if has_end else [])]))
    rows["customer_id"] = rows["customer_id"].astype("string")
    for name in ("signed_on", "closed_on") if has_end else ("signed_on",):
        rows[name] = as_days(rows[name])
    readable = rows["customer_id"].notna() & rows["signed_on"].notna()
    if has_end:
        backwards = rows["closed_on"] < rows["signed_on"]
        if backwards.any():
            remarks.append(f"{int(backwards.sum()):,} contracts close before they are signed and are set aside.")
        readable &= ~backwards
    twice = rows["customer_id"].duplicated() & readable
    if twice.any():
        remarks.append(f"{int(twice.sum()):,} customers stand in the table twice; the first row counts.")
    if rows["signed_on"].isna().any():
        remarks.append(f"{int(rows['signed_on'].isna().sum()):,} customers have no day of signing and are set aside.")
    rows = rows[readable & ~twice].set_index("customer_id").sort_index()
    if not has_end:
        rows["closed_on"] = _ends(paid).reindex(rows.index)
        remarks.append("Without closed_on, a contract ends with the last month it pays for.")
    return rows


def _from_payments(paid: pd.DataFrame, remarks: list[str]) -> pd.DataFrame:
    first = paid.groupby("customer_id")["month"].min()
    new = first > paid["month"].min()
    remarks.append(
        f"Without a customers table a contract starts with the first month it pays for; {int((~new).sum()):,} that pay "
        "in the first month of all may be older than that and are set aside."
    )
    rows = pd.DataFrame({"signed_on": first[new]})
    rows["closed_on"] = _ends(paid).reindex(rows.index)
    return rows


def _paid(subscriptions: Any) -> pd.DataFrame:
    frame = frame_of(subscriptions, "subscriptions", ["customer_id", "month", "mrr"], "contract_value")
    paid = collect(frame.select(["customer_id", "month", "mrr"]))
    paid["month"] = as_days(paid["month"])
    paid["customer_id"] = paid["customer_id"].astype("string")
    paid["mrr"] = pd.to_numeric(paid["mrr"], errors="coerce")
    paid = paid[paid["month"].notna() & paid["customer_id"].notna() & (paid["mrr"] > 0)]
    if paid.empty:
        raise ParameterError("contract_value: no row of subscriptions has a customer, a month and an mrr above 0.")
    return paid.assign(month=paid["month"].dt.to_period("M").dt.start_time)


def _ends(paid: pd.DataFrame) -> pd.Series:
    """The end of the last month paid for, NaT for those who pay in the last month of all."""
    last = paid.groupby("customer_id")["month"].max()
    return (last + pd.offsets.MonthEnd(0)).where(last < paid["month"].max())


def _last_paid(paid: pd.DataFrame, on: pd.Timestamp) -> pd.Series:
    """Monthly revenue by customer_id in the last month paid for by that day."""
    known = paid[paid["month"] <= on]
    monthly = known.groupby(["customer_id", "month"])["mrr"].sum().reset_index().sort_values("month")
    return monthly.drop_duplicates("customer_id", keep="last").set_index("customer_id")["mrr"]
