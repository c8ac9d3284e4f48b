"""Red flags in an account's first days, and what became of earlier accounts that had them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.journeys import joined
from cxlab.kpis.measure import Frame, latest
from cxlab.stats import estimates
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust, difference
from cxlab.stats.counting import collect, columns_of, frame_of

#: What may be wrong with a new account, each needing a table of that name.
FLAGS = {
    "missed milestone": "milestones",
    "open tickets": "tickets",
    "use fell": "usage",
    "no use": "usage",
}
MORE_LEFT, FEWER_LEFT, CANNOT_TELL = "more of them left", "fewer of them left", "cannot tell"
_LOOK = "_cx_look"
_DAY = pd.Timedelta(days=1)
_RECORD = (
    *("flag", "n_with", "left_with", "low_with", "high_with", "n_without", "left_without", "low_without"),
    *("high_without", "change", "low", "high", "q", "verdict"),
)


def early_warnings(
    customers: Any,
    *,
    milestones: Any = None,
    tickets: Any = None,
    usage: Any = None,
    first_days: int = 90,
    open_tickets: int = 2,
    fell: float = 0.5,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Accounts in their first days and what is wrong with them, the most flags first; one row per account.

    New is who signed within `first_days` of `as_of` (default: the last event in milestones, tickets and usage) and has
    not left. Flags, of the tables given: "missed milestone" (a step promised by now is not reached), "open tickets" (at
    least `open_tickets` are open), "use fell" (in the last whole calendar month it was at most `fell` times that of the
    month before) and "no use" (none in that month). The two of use need whole months after that of signing; before,
    they are not known. How much a flag has meant so far is told by early_warning_record.

    Returns customer_id, signed_on, age (days), missed (steps), open (tickets), use_change (last whole month against the
    one before, -1 = gone), one column per flag (True, False or missing) and flags (how many).
    """
    looked = _Look(first_days, open_tickets, fell, milestones, tickets, usage, as_of)
    end, day = looked.end, nw.col("signed_on")
    new = _accounts(customers).filter(day <= end, day > end - dt.timedelta(days=first_days))
    new = new.filter(nw.col("closed_on").is_null() | (nw.col("closed_on") > end))
    found = looked.at(new.with_columns(nw.lit(end).alias(_LOOK)))
    found["age"] = (pd.Timestamp(end) - found["signed_on"]) // _DAY
    flags = looked.flags
    found["flags"] = found[flags].astype("boolean").fillna(False).sum(axis=1).astype(np.int64)
    order = ["flags", "signed_on", "customer_id"]
    found = found.sort_values(order, ascending=[False, True, True], ignore_index=True)
    return found[["customer_id", "signed_on", "age", "missed", "open", "use_change", *flags, "flags"]]


def early_warning_record(
    customers: Any,
    *,
    milestones: Any = None,
    tickets: Any = None,
    usage: Any = None,
    first_days: int = 90,
    within_days: int = 180,
    open_tickets: int = 2,
    fell: float = 0.5,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """What became of earlier accounts with a flag, and of those without: how many left soon after. One row per flag.

    Every account is looked at as it stood `first_days` after signing, with what was known on that day only, and
    followed for `within_days` more. Those that had left before, those whose time is not over at `as_of` and those
    looked at before the customers table knows of anybody who left are left out, as are accounts of which a flag is not
    known. Intervals: Wilson (1927); the difference Newcombe (1998), q by
    Benjamini & Hochberg over the flags. A flag that goes with leaving need not be why they left.

    Returns flag, n_with, left_with (share, 0-1), low_with, high_with, n_without, left_without, low_without,
    high_without, change (with minus without), low, high, q, verdict ("more of them left", "fewer of them left",
    "cannot tell").
    """
    if within_days < 1:
        raise ParameterError(f"within_days is {within_days}; it must be 1 or more.")
    looked = _Look(first_days, open_tickets, fell, milestones, tickets, usage, as_of)
    look, left = nw.col(_LOOK), nw.col("closed_on")
    rows = _accounts(customers).with_columns(nw.col("signed_on").dt.offset_by(f"{first_days}d").alias(_LOOK))
    rows = rows.filter(look <= looked.end - dt.timedelta(days=within_days))
    first = collect(rows.select(left.min()))["closed_on"].iloc[0]
    if not pd.isna(first):
        rows = rows.filter(look >= pd.Timestamp(first).to_pydatetime())
    found = looked.at(rows.filter(left.is_null() | (left > look)))
    gone = found["closed_on"] <= found[_LOOK] + within_days * _DAY
    sides = {
        side: _left([gone[found[flag].eq(side).fillna(False).astype(bool)] for flag in looked.flags])
        for side in (True, False)
    }
    changed = difference(sides[True], sides[False])
    q = adjust(changed["p"])
    certain = (q <= FALSE_DISCOVERY) & ((changed["low"] > 0) | (changed["high"] < 0)).to_numpy()
    more = (changed["change"] > 0).to_numpy()
    record = {"flag": looked.flags}
    for side, name in ((True, "with"), (False, "without")):
        record[f"n_{name}"] = sides[side]["n"].astype(np.int64)
        record |= {f"left_{name}": sides[side]["value"]}
        record |= {f"{end}_{name}": sides[side][end] for end in ("low", "high")}
    record |= {name: changed[name].clip(-1, 1) for name in ("change", "low", "high")}
    record |= {"q": q, "verdict": np.select([certain & more, certain], [MORE_LEFT, FEWER_LEFT], CANNOT_TELL)}
    return pd.DataFrame(record)[list(_RECORD)]


def _left(groups: list[pd.Series]) -> pd.DataFrame:
    """Share that left in each group, as an estimate's columns."""
    n, hits = (np.array(part, dtype=float) for part in ([len(g) for g in groups], [g.sum() for g in groups]))
    found = estimates.share(estimates.Counts(n, n, hits, n, hits, hits, n))
    return pd.DataFrame(
        {"value": found.value, "low": found.low, "high": found.high, "n": found.n, "n_eff": found.n_eff}
    )


def _accounts(customers: Any) -> Frame:
    needed = ["customer_id", "signed_on", "closed_on"]
    rows = frame_of(customers, "customers", needed, "early_warnings").select(needed)
    return rows.filter(~nw.col("signed_on").is_null())


@dataclass(frozen=True)
class _Look:
    """What is looked at, in which tables, and until when these know anything."""

    first_days: int
    open_tickets: int
    fell: float
    milestones: Any
    tickets: Any
    usage: Any
    as_of: dt.datetime | None

    def __post_init__(self) -> None:
        if self.first_days < 1 or self.open_tickets < 1 or not 0 < self.fell < 1:
            raise ParameterError("give first_days and open_tickets of 1 or more and `fell` between 0 and 1.")
        if not self.flags:
            raise TableError("early warnings need at least one of the tables milestones, tickets and usage.")

    @property
    def flags(self) -> list[str]:
        return [flag for flag, table in FLAGS.items() if getattr(self, table) is not None]

    def _frame(self, name: str, needed: list[str]) -> Frame:
        return frame_of(getattr(self, name), name, needed, "early_warnings")

    @property
    def end(self) -> dt.datetime:
        """`as_of`, or the last event that any table knows."""
        if self.as_of is not None:
            return self.as_of
        ends = [end for _, end in self._spans().values() if end is not None]
        return max(ends) if ends else dt.datetime(1, 1, 2) + dt.timedelta(days=3660)

    def _spans(self) -> dict[str, tuple[dt.datetime | None, dt.datetime | None]]:
        """First and last event of every table given."""
        clocks = {
            "milestones": ("started_at", "reached_at"),
            "tickets": ("opened_at", "resolved_at"),
            "usage": ("used_on",),
        }
        spans = {}
        for name, columns in clocks.items():
            if getattr(self, name) is not None:
                rows = self._frame(name, [columns[0]])
                first = collect(rows.select(nw.col(columns[0]).min()))[columns[0]].iloc[0]
                spans[name] = (None if pd.isna(first) else pd.Timestamp(first).to_pydatetime(), latest(rows, columns))
        return spans

    def at(self, accounts: Frame) -> pd.DataFrame:
        """One row per account with what was to be seen of it at _LOOK."""
        found = collect(accounts)
        for name, reader in (("missed", self._missed), ("open", self._open)):
            counted = reader(accounts)
            by_account = found["customer_id"].map(counted) if counted is not None else np.nan
            found[name] = by_account if counted is None else by_account.fillna(0).astype(float)
        found["use_change"] = np.nan
        if self.milestones is not None:
            found["missed milestone"] = (found["missed"] > 0).astype("boolean")
        if self.tickets is not None:
            found["open tickets"] = (found["open"] >= self.open_tickets).astype("boolean")
        if self.usage is not None:
            found = self._use(accounts, found)
        # Before a table begins nobody seems to have tickets, say: nothing is known then.
        for name, (first, _) in self._spans().items():
            for flag in [flag for flag in self.flags if FLAGS[flag] == name and first is not None]:
                found[flag] = found[flag].where(found[_LOOK] >= first, pd.NA)
        return found

    def _missed(self, accounts: Frame) -> pd.Series | None:
        """Steps promised by then and not reached by then."""
        if self.milestones is None:
            return None
        rows = self._frame("milestones", ["customer_id", "started_at", "due_at", "reached_at"])
        look, reached = nw.col(_LOOK), nw.col("reached_at")
        rows = joined(
            rows.select("customer_id", "due_at", "reached_at"), accounts.select("customer_id", _LOOK), how="inner"
        )
        return _per_account(rows.filter(nw.col("due_at") <= look, reached.is_null() | (reached > look)))

    def _open(self, accounts: Frame) -> pd.Series | None:
        """Tickets opened by then and neither resolved nor closed by then."""
        if self.tickets is None:
            return None
        rows = self._frame("tickets", ["customer_id", "opened_at", "resolved_at"])
        ends = [name for name in ("resolved_at", "closed_at") if name in columns_of(rows)]
        rows = joined(
            rows.select("customer_id", "opened_at", *ends), accounts.select("customer_id", _LOOK), how="inner"
        )
        look = nw.col(_LOOK)
        still = [nw.col(name).is_null() | (nw.col(name) > look) for name in ends]
        return _per_account(rows.filter(nw.col("opened_at") <= look, *still))

    def _use(self, accounts: Frame, found: pd.DataFrame) -> pd.DataFrame:
        """Use in the last whole month before _LOOK against the one before, both after the month of signing."""
        rows = self._frame("usage", ["customer_id", "used_on"])
        amount = nw.col("value").cast(nw.Float64) if "value" in columns_of(rows) else nw.lit(1.0)
        rows = rows.with_columns(_cx_amount=amount).select("customer_id", "used_on", "_cx_amount")
        rows = joined(rows, accounts.select("customer_id", _LOOK), how="inner")
        back = _month(_LOOK) - _month("used_on")
        sums = collect(
            rows.with_columns(_cx_back=back)
            .filter(nw.col("_cx_back") >= 1, nw.col("_cx_back") <= 2)
            .group_by("customer_id", "_cx_back")
            .agg(nw.col("_cx_amount").sum())
        )
        use = sums.pivot(index="customer_id", columns="_cx_back", values="_cx_amount").reindex(columns=[1, 2])
        last, before = (found["customer_id"].map(use[back]).fillna(0.0).astype(float) for back in (1, 2))
        look, signed = (found[name].dt.year * 12 + found[name].dt.month for name in (_LOOK, "signed_on"))
        # A table that ends a month earlier than the others says nothing of that month, least of all that nobody came.
        first, last_known = self._months_of_use()
        one = (look - 1 > signed) & (look - 1 >= first) & (look - 1 <= last_known)
        two = one & (look - 2 > signed) & (look - 2 >= first)
        found["use_change"] = (last / before.where(before > 0) - 1).where(two)
        fell = (last <= self.fell * before) & (before > 0)
        found["use fell"] = fell.astype("boolean").where(two, pd.NA)
        found["no use"] = (last == 0).astype("boolean").where(one, pd.NA)
        return found

    def _months_of_use(self) -> tuple[float, float]:
        month = _month("used_on")
        rows = self._frame("usage", ["used_on"]).select(first=month.min(), last=month.max())
        span = collect(rows).astype(float).iloc[0]
        return float(span["first"]), float(span["last"])


def _per_account(rows: Frame) -> pd.Series:
    counted = collect(rows.group_by("customer_id").agg(nw.len().alias("n")))
    return counted.set_index("customer_id")["n"]


def _month(column: str) -> nw.Expr:
    return nw.col(column).dt.year().cast(nw.Int64) * 12 + nw.col(column).dt.month().cast(nw.Int64)
