"""What holds for every KPI alike: one shape, no dependence on row order, nothing lost, errors that name the cause."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.periods import Period

QUARTER = Period.of("2026-Q2")
COLUMNS = ["kpi", "period", "value", "low", "high", "n", "n_eff"]
CLUSTER = {"responses": "customer_id", "tickets": "customer_id", "visits": "customer_id"}
# The small company signed nobody after mid-2025.
QUARTER_OF = {"new_logos": Period.of("2024")}
RANGE = {"points": (-100, 100), "share": (0, 1), "stars": (1, 5)}
every_kpi = pytest.mark.parametrize("kpi", DEFINITIONS)
plain_and_all = pytest.mark.parametrize("design, period", [("plain", QUARTER), ("both", None)])
every_design = pytest.mark.parametrize("design", ["plain", "weighted", "clustered", "both"])


def call(kpi: str, tables: dict[str, pd.DataFrame], period: Period | None = QUARTER, by=(), design="plain", **more):
    entry = DEFINITIONS[kpi]
    period = QUARTER_OF.get(kpi, period) if period is QUARTER else period
    # Groups of employees below the floor are shown together; tests/kpis/test_people.py has that. Here all stand alone.
    options = {"floor": 1, **more} if entry.people else dict(more)
    if design in ("weighted", "both"):
        options["weight"] = "weight"
    if design in ("clustered", "both"):
        options["cluster"] = cluster_of(kpi)
    beside = {name: tables[name] for name in entry.beside if name in tables}
    return entry.function(tables[entry.table], period, by, **beside, **options)


def cluster_of(kpi: str) -> str:
    return CLUSTER.get(DEFINITIONS[kpi].table, "parent")


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-12)


@every_kpi
def test_one_shape(kpi: str, tables: dict, design: str = "both") -> None:
    whole = call(kpi, tables, design=design)
    assert list(whole.columns) == COLUMNS and len(whole) == 1
    assert whole["kpi"][0] == kpi and whole["period"][0] == QUARTER_OF.get(kpi, QUARTER).label
    grouped = call(kpi, tables, by=("region",), design=design)
    assert list(grouped.columns) == [*COLUMNS[:2], "region", *COLUMNS[2:]]
    assert whole["n"].dtype == grouped["n"].dtype == np.int64
    assert (whole["n"][0] > 10) and (whole["n_eff"][0] <= whole["n"][0] + 1e-9)


@every_kpi
@every_design
def test_the_interval_holds_the_value(kpi: str, design: str, tables: dict) -> None:
    least, most = RANGE.get(DEFINITIONS[kpi].unit, (0, np.inf))
    most = np.inf if kpi == "net_revenue_retention" else most
    shown = call(kpi, tables, by="region", design=design).dropna(subset=["value"])
    assert (shown["low"] <= shown["value"]).all() and (shown["value"] <= shown["high"]).all()
    assert (shown["low"] >= least).all() and (shown["value"] <= most).all()


@every_kpi
def test_weights_and_accounts_do_not_change_how_many_answered(kpi: str, tables: dict) -> None:
    plain, clustered, both = (call(kpi, tables, design=design) for design in ("plain", "clustered", "both"))
    assert plain["n"][0] == clustered["n"][0] == both["n"][0]
    assert clustered["value"][0] == pytest.approx(plain["value"][0], abs=1e-9)


@every_kpi
def test_row_order_and_index_are_irrelevant(kpi: str, tables: dict, design: str = "both") -> None:
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}
    same(call(kpi, tables, by=("region",), design=design), call(kpi, mixed, by=("region",), design=design))


@every_kpi
def test_the_table_given_is_not_touched(kpi: str, tables: dict, design: str = "both") -> None:
    given = {name: tables[name].copy() for name in (DEFINITIONS[kpi].table, *DEFINITIONS[kpi].beside)}
    call(kpi, given, by="region", design=design)
    for name, table in given.items():
        pd.testing.assert_frame_equal(table, tables[name])


@every_kpi
@plain_and_all
def test_an_empty_table_has_no_value(kpi: str, design: str, period: Period | None, tables: dict) -> None:
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    whole = call(kpi, empty, period, design=design)
    assert whole["n"].tolist() == [0] and whole[["value", "low", "high"]].isna().all(axis=None)
    grouped = call(kpi, empty, period, by=("region",), design=design)
    assert len(grouped) == 0 and "region" in grouped


@every_kpi
def test_a_period_without_rows_has_no_value(kpi: str, tables: dict) -> None:
    nothing = call(kpi, tables, Period.of("2019"))
    assert nothing["n"].tolist() == [0] and np.isnan(nothing["value"][0])


@every_kpi
@plain_and_all
def test_groups_add_up_to_the_company(kpi: str, design: str, period: Period | None, tables: dict) -> None:
    whole = call(kpi, tables, period, design=design)
    by = "region" if design == "plain" else ["region", cluster_of(kpi)]
    assert call(kpi, tables, period, by=by, design=design)["n"].sum() == whole["n"][0]


@every_kpi
def test_the_empty_group_is_kept(kpi: str, tables: dict) -> None:
    grouped = call(kpi, tables, None, by=("region",))
    assert grouped["region"].isna().sum() == 1 and set(grouped["region"].dropna()) == {"North", "South"}


@every_kpi
def test_small_groups_keep_n_and_lose_the_value(kpi: str, tables: dict) -> None:
    # One quarter's employees are too few for three regions.
    period = None if DEFINITIONS[kpi].people else QUARTER
    grouped = call(kpi, tables, period, by="region")
    limit = int(grouped["n"].sort_values().iloc[-2]) + 1
    hidden = call(kpi, tables, period, by="region", min_n=limit)
    assert hidden["n"].tolist() == grouped["n"].tolist()
    small = hidden["n"] < limit
    assert small.sum() >= 2
    assert hidden.loc[small, ["value", "low", "high"]].isna().all(axis=None)
    same(hidden[~small], grouped[~small])


@every_kpi
def test_one_name_or_several(kpi: str, tables: dict) -> None:
    same(call(kpi, tables, by="region"), call(kpi, tables, by=("region",)))


@every_kpi
def test_no_period_means_all_rows(kpi: str, tables: dict) -> None:
    everything = call(kpi, tables, None)
    assert everything["period"][0] == "all"
    assert everything["n"][0] >= call(kpi, tables, Period.of("2026"))["n"][0]


@every_kpi
def test_an_unknown_column_is_named(kpi: str, tables: dict) -> None:
    for more in ({"by": ("regoin",)}, {"weight": "regoin"}, {"cluster": "regoin"}):
        with pytest.raises(TableError, match=rf"(?s){kpi} needs .*regoin.*is it 'region'"):
            call(kpi, tables, **more)
    table = DEFINITIONS[kpi].table
    needed = {
        "responses": "answered_at", "tickets": "opened_at", "customers": "signed_on", "subscriptions": "mrr",
        "milestones": "started_at", "usage": "feature", "visits": "visited_at", "entitlements": "feature",
    }[table]  # fmt: skip
    with pytest.raises(TableError, match=f"{kpi} needs .*{needed}"):
        call(kpi, tables | {table: tables[table].drop(columns=needed)})


@every_kpi
def test_senseless_parameters_are_refused(kpi: str, tables: dict) -> None:
    with pytest.raises(ParameterError, match="min_n is 0"):
        call(kpi, tables, min_n=0)
    with pytest.raises(ParameterError, match="twice"):
        call(kpi, tables, by=("region", "region"))
    with pytest.raises(ParameterError, match="KPI frames use that name"):
        call(kpi, tables, by=("value",))
    with pytest.raises(ParameterError, match="the period is '2026-Q2'"):
        call(kpi, tables, "2026-Q2")


@every_kpi
@pytest.mark.parametrize("name", ["units", "seconds", "done", "n", "promoters"])
def test_names_used_in_counting_are_refused_rather_than_overwritten(kpi: str, name: str, tables: dict) -> None:
    table = DEFINITIONS[kpi].table
    renamed = tables | {table: tables[table].assign(**{name: tables[table]["region"]})}
    with pytest.raises(ParameterError, match="KPI frames use that name"):
        call(kpi, renamed, by=(name,))


@every_kpi
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_weights_are_refused(kpi: str, bad: float, tables: dict) -> None:
    table = DEFINITIONS[kpi].table
    with pytest.raises(ParameterError, match="have no weight"):
        call(kpi, tables | {table: tables[table].assign(weight=bad)}, design="weighted")


@every_kpi
def test_equal_weights_change_nothing(kpi: str, tables: dict) -> None:
    table = DEFINITIONS[kpi].table
    weighted = call(kpi, tables | {table: tables[table].assign(weight=3.0)}, by="region", design="weighted")
    same(weighted, call(kpi, tables, by="region"))


@every_kpi
def test_a_cluster_for_every_row_changes_little(kpi: str, tables: dict) -> None:
    """Where each row is its own account, clustering has nothing to find."""
    table = DEFINITIONS[kpi].table
    by_account = table in ("subscriptions", "milestones", "usage", "entitlements") and kpi != "integration_success"
    own = tables[table]["customer_id"] if by_account else pd.Series(range(len(tables[table]))).astype(str)
    alone = call(kpi, tables | {table: tables[table].assign(own=own.to_numpy())}, cluster="own")
    plain = call(kpi, tables)
    assert alone["value"][0] == pytest.approx(plain["value"][0], abs=1e-9)
    width = lambda frame: (frame["high"] - frame["low"])[0]  # noqa: E731
    assert width(alone) == pytest.approx(width(plain), rel=0.12)


@every_kpi
def test_no_warnings_on_clean_data(kpi: str, tables: dict) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call(kpi, tables, by="region", design="both")
