"""What the page of who leaves knows: customers, model, chances, money, tenure; each computed once, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, TableError
from cxlab.kpis.accounts import only
from cxlab.kpis.retention import churn_rate
from cxlab.models.calling import ASSUMED, CallList, Saved, whom_to_call
from cxlab.models.churn import Churn, explain_churn
from cxlab.models.risk import RevenueAtRisk, monthly_revenue, revenue_at_risk
from cxlab.models.snapshots import Snapshots, snapshots
from cxlab.models.survival import Staying, staying
from cxlab.periods import Period
from cxlab.report.pages.behind import collected
from cxlab.report.pages.leaving import drivers, foretelling
from cxlab.stats.estimates import Counts, share

_PER_YEAR = {"year": 1, "quarter": 4, "month": 12, "week": 52}
#: With fewer leavings for each feature, some features are left out: parts of use, and what is rarely known.
_LEAVERS_A_FEATURE, _PART_OF_USE, _KNOWN = 10, "use_of_", 0.5
#: Attributes by which money at risk is shown, the first that the customers table has.
_MONEY_BY = ("segment", "plan", "region")


@dataclass(frozen=True)
class Known:
    """Customers as they were when each of `over` periods up to `period` began, and who of them left in it.

    `where` narrows those the page is about ({"region": "DACH"}); what goes with leaving is learned from all customers.
    `saves` is the share of leavings that a call is assumed to prevent, unless `past_calls` show one. Nothing is
    computed before it is asked for, and what cannot be computed is said in words.
    """

    tables: Mapping[str, Any]
    period: Period
    where: Mapping[str, str] = field(default_factory=dict)
    saves: float = ASSUMED
    over: int = 8
    past_calls: Saved | None = None
    seed: int = 0

    @cached_property
    def customers(self) -> pd.DataFrame:
        """The customers that the page is about. Raises TableError without the table."""
        if self.tables.get("customers") is None:
            raise TableError.absent("customers", list(self.tables))
        chosen = only({"customers": self.tables["customers"]}, self.where)[0] if self.where else self.tables
        return collected(chosen["customers"])

    @cached_property
    def _snaps(self) -> Snapshots | CxlabError:
        return _or_problem(lambda: snapshots(self.tables, self.period.trail(self.over)))

    @property
    def snaps(self) -> Snapshots:
        """What the model learns from. Raises CxlabError."""
        return _given(self._snaps)

    @cached_property
    def _model(self) -> Churn | CxlabError:
        def make() -> Churn:
            snaps, features = self.snaps, self._features[0]
            dated = {"groups": snaps.customer, "times": snaps.period} if snaps.dated else {}
            return explain_churn(
                features, snaps.left, self.seed, meaning=snaps.meaning, families=snaps.families, **dated
            )

        return _or_problem(make)

    @cached_property
    def _features(self) -> tuple[pd.DataFrame, list[str]]:
        """Features to learn from, and those left out because so few leavers cannot tell so many features apart."""
        features, leavers = self.snaps.features, int(self.snaps.left.sum())
        if leavers >= _LEAVERS_A_FEATURE * len(features.columns):
            return features, []
        parts = [name for name in features if name.startswith(_PART_OF_USE)]
        rare = [name for name in features if name not in parts and features[name].notna().mean() < _KNOWN]
        return features.drop(columns=parts + rare), parts + rare

    @property
    def model(self) -> Churn:
        """The churn model. Raises CxlabError."""
        return _given(self._model)

    @cached_property
    def _chance(self) -> pd.Series | CxlabError:
        def make() -> pd.Series:
            if not self.snaps.dated:
                raise CxlabError(
                    "nothing says when customers left, so nobody knows who will leave next: a chance for a coming "
                    f"{self.kind} cannot be named. With customers.closed_on it could be"
                )
            return pd.Series(np.asarray(self.model.predict(self.today), dtype=float), index=self.today.index)

        return _or_problem(make)

    @property
    def chance(self) -> pd.Series:
        """Chance of leaving in the next period, by customer there at the end of this one. Raises CxlabError."""
        return _given(self._chance)

    @property
    def has_chances(self) -> bool:
        """Whether a chance for the next period can be named."""
        return not isinstance(self._chance, CxlabError)

    @cached_property
    def today(self) -> pd.DataFrame:
        """Features of the customers there when the period ended, those that the page is about."""
        frame = self.snaps.at(self.tables, self.period.end).frame
        return frame[frame.index.isin(set(self.customers["customer_id"]))] if self.where else frame

    @cached_property
    def _revenue(self) -> pd.Series | CxlabError:
        def make() -> pd.Series:
            if self.tables.get("subscriptions") is None:
                raise TableError.absent("subscriptions", list(self.tables))
            wanted = collected(self.tables["subscriptions"])[["customer_id", "month", "mrr"]]
            return monthly_revenue(wanted, pd.Timestamp(self.period.end), list(self.chance.index))

        return _or_problem(make)

    @property
    def revenue(self) -> pd.Series:
        """Recurring revenue of a month, by customer. Raises CxlabError."""
        return _given(self._revenue)

    @cached_property
    def _risk(self) -> RevenueAtRisk | CxlabError:
        def make() -> RevenueAtRisk:
            snaps = self.snaps
            record = foretelling.record(self.model, self._features[0], snaps.period, snaps.left)
            return revenue_at_risk(self.chance, self.revenue, record, _PER_YEAR[self.kind], seed=self.seed)

        return _or_problem(make)

    @property
    def risk(self) -> RevenueAtRisk:
        """Revenue at risk. Raises CxlabError."""
        return _given(self._risk)

    @cached_property
    def _stay(self) -> Staying | CxlabError:
        return _or_problem(lambda: staying(self.customers, self.period.end))

    @property
    def stay(self) -> Staying:
        """How long customers stay. Raises CxlabError."""
        return _given(self._stay)

    @cached_property
    def call_list(self) -> CallList:
        """Whom to call. Raises CxlabError."""
        reasons = drivers.reasons(self.model, self.today, self.snaps.units)
        return whom_to_call(self.chance, self.revenue, reasons, self.saves, self.past_calls)

    @property
    def kind(self) -> str:
        """ "quarter", "month" ..., the kind of the period and of the next one."""
        return self.period.kind

    @cached_property
    def rate(self) -> pd.Series:
        """Share that left: of the period, or where nothing is dated the share flagged as gone. value, low, high, n."""
        if self.is_dated:
            return churn_rate(self.customers, self.period).iloc[0]
        if "churned" not in self.customers:
            raise TableError.missing("the share that left", "customers", ["closed_on"], self.customers.columns)
        flag = self.customers["churned"].dropna().astype(bool)
        n, hits = float(len(flag)), float(flag.sum())
        found = share(Counts.of({"n": n, "units": n, "sy": hits, "sx": n, "syy": hits, "sxy": hits, "sxx": n}))
        return pd.Series({"value": found.value[0], "low": found.low[0], "high": found.high[0], "n": n})

    @property
    def is_dated(self) -> bool:
        """Whether the customers table says when somebody left."""
        columns = set(self.customers.columns)
        return {"signed_on", "closed_on"} <= columns and bool(self.customers["closed_on"].notna().any())

    def at_risk_by(self) -> pd.DataFrame:
        """Expected loss by the first attribute there is: the attribute, customers, revenue, at_risk, share."""
        by = next((name for name in _MONEY_BY if name in self.customers), None)
        if by is None:
            return pd.DataFrame()
        names = self.customers.set_index("customer_id")[by].reindex(self.chance.index).fillna("unknown").astype(str)
        revenue = self.revenue.fillna(0.0)
        frame = pd.DataFrame({by: names, "revenue": revenue, "at_risk": revenue * self.chance})
        frame = frame.groupby(by, sort=True).agg(
            customers=("revenue", "size"), revenue=("revenue", "sum"), at_risk=("at_risk", "sum")
        )
        frame["share"] = frame["at_risk"] / frame["revenue"]
        return frame.sort_values("at_risk", ascending=False, kind="stable").reset_index()


def _or_problem(make: Callable[[], Any]) -> Any:
    """What is made, or the error that says why it could not be: asked for once, told wherever it is needed."""
    try:
        return make()
    except CxlabError as problem:
        return problem


def _given(made: Any) -> Any:
    if isinstance(made, CxlabError):
        raise made
    return made
