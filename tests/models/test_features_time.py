"""Nothing dated at or after `as_of` enters a feature: whatever happens later, no cell changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxlab.models.features import customer_features
from cxlab.models.features.look import Look

#: Columns of moments by table; the first dates the row, the others may be emptied.
CLOCKS = {
    "customers": ("signed_on", "closed_on"),
    "tickets": ("opened_at", "first_response_at", "resolved_at", "closed_at", "sla_due_at"),
    "milestones": ("started_at", "due_at", "reached_at"),
    "responses": ("sent_at", "answered_at"),
    "subscriptions": ("month", "renewal_due"),
    "usage": ("used_on",),
    "orders": ("ordered_at",),
    "visits": ("visited_at",),
}
#: What a row says once a later moment has come, by that moment: before it, the cells may hold anything.
SAID_AT = {
    "tickets": {("resolved_at", "closed_at"): ("contacts", "escalated", "reopened")},
    "responses": {("answered_at",): ("score", "comment")},
}
MOMENTS = [dt.datetime(2026, 7, 1), dt.datetime(2026, 6, 17, 13, 30)]


def company(rng: np.random.Generator, monthly: bool) -> dict[str, pd.DataFrame]:
    """Every table at random: a dozen customers, 2024 to 2026."""
    ids = np.array([f"c{place:02d}" for place in range(12)], dtype=object)
    start = pd.Timestamp("2024-06-01")

    def moments(n: int, empty: float = 0.0, since: pd.Series | None = None, days: float = 900.0) -> pd.Series:
        seconds = pd.Series(pd.to_timedelta((rng.uniform(0, days, n) * 1440).astype(int) * 60, unit="s"))
        when = (start if since is None else since) + seconds
        return when.where(rng.uniform(size=n) >= empty).astype("datetime64[us]")

    def whose(n: int) -> np.ndarray:
        return rng.choice(np.append(ids, [None, "zz"]), n)

    customers = pd.DataFrame({"customer_id": ids, "signed_on": moments(12, days=900).dt.normalize()})
    customers["closed_on"] = moments(12, 0.5, customers["signed_on"]).dt.normalize()
    customers["plan"] = rng.choice(["Basic", "Plus"], 12)
    customers["seats"] = rng.integers(1, 9, 12).astype(str)
    n = 120
    tickets = pd.DataFrame({"ticket_id": range(n), "customer_id": whose(n), "opened_at": moments(n)})
    tickets["first_response_at"] = moments(n, 0.2, tickets["opened_at"], 20)
    tickets["resolved_at"] = moments(n, 0.2, tickets["opened_at"], 60)
    tickets["closed_at"] = moments(n, 0.1, tickets["resolved_at"], 10)
    tickets["sla_due_at"] = moments(n, 0.1, tickets["opened_at"], 20)
    tickets["contacts"] = rng.integers(1, 6, n).astype(float)
    for name in ("escalated", "reopened"):
        tickets[name] = pd.array(rng.uniform(size=n) < 0.3, dtype="boolean")
    steps = ["kick-off", "first value", "training"]
    milestones = pd.DataFrame({"customer_id": np.repeat(ids, 3), "journey": "onboarding", "milestone": steps * 12})
    milestones["started_at"] = moments(36, 0.1)
    milestones["due_at"] = moments(36, 0.1, milestones["started_at"].fillna(start), 60)
    milestones["reached_at"] = moments(36, 0.2, milestones["started_at"].fillna(start), 90)
    responses = pd.DataFrame({"response_id": range(n), "customer_id": whose(n), "sent_at": moments(n, 0.1)})
    responses["answered_at"] = moments(n, 0.3, responses["sent_at"].fillna(start), 20)
    responses["survey"] = rng.choice(["nps", "csat", "enps"], n)
    responses["kind"] = rng.choice(["relational", "transactional"], n)
    responses["series"] = rng.choice(["v1", "v2"], n)
    responses["score"] = rng.integers(1, 6, n).astype(float)
    responses["comment"] = "words"
    months = pd.date_range("2024-06-01", "2026-12-01", freq="MS")
    subscriptions = pd.DataFrame({"customer_id": np.repeat(ids, len(months)), "month": np.tile(months, 12)})
    subscriptions["mrr"] = rng.integers(50, 500, len(subscriptions)).astype(float)
    subscriptions["renewal_due"] = subscriptions["month"] + pd.to_timedelta(
        rng.integers(1, 300, len(subscriptions)), unit="D"
    )
    subscriptions = subscriptions[rng.uniform(size=len(subscriptions)) < 0.8].reset_index(drop=True)
    used = pd.Series(rng.choice(months, 4 * n)) if monthly else moments(4 * n)
    usage = pd.DataFrame({"customer_id": whose(4 * n), "used_on": used})
    usage["feature"] = rng.choice(["sign-ins", "reports", "alerts"], 4 * n)
    usage["value"] = rng.integers(0, 9, 4 * n).astype(float)
    orders = pd.DataFrame({"customer_id": whose(n), "ordered_at": moments(n), "amount": rng.uniform(1, 99, n)})
    visits = pd.DataFrame({"customer_id": whose(n), "visited_at": moments(n)})
    return {
        "customers": customers, "tickets": tickets, "milestones": milestones, "responses": responses,
        "subscriptions": subscriptions, "usage": usage, "orders": orders, "visits": visits,
    }  # fmt: skip


def otherwise_later(
    rng: np.random.Generator, tables: dict[str, pd.DataFrame], as_of: dt.datetime
) -> dict[str, pd.DataFrame]:
    """The same company until `as_of` and another one from then on."""
    return {name: _otherwise(rng, name, table, pd.Timestamp(as_of)) for name, table in tables.items()}


def _otherwise(rng: np.random.Generator, name: str, table: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    table, clocks = table.copy(), CLOCKS[name]
    known = pd.DataFrame({clock: table[clock] < as_of for clock in clocks if clock != "renewal_due"}).any(axis=1)
    for moments, columns in SAID_AT.get(name, {}).items():
        open_then = ~pd.DataFrame({clock: table[clock] < as_of for clock in moments}).any(axis=1)
        for column in columns:
            table[column] = table[column].where(~open_then, _shuffled(rng, table[column]))
    for clock in clocks:
        later = (table[clock] >= as_of) | ((clock != clocks[0]) & table[clock].isna())
        if clock == "renewal_due":
            later &= ~known
        moved = as_of + pd.to_timedelta(rng.choice([0, 1, 90_000, 40_000_000], len(table)), unit="s")
        moved = pd.Series(moved, index=table.index).where(rng.uniform(size=len(table)) > 0.3 * (clock != clocks[0]))
        table[clock] = table[clock].where(~later, moved).astype("datetime64[us]")
    keys = ("customer_id",) if name == "customers" else ()
    others = [column for column in table.columns if column not in (*clocks, *keys)]
    for column in others:
        table[column] = table[column].where(known, _shuffled(rng, table[column]))
    gone = ~known & (rng.uniform(size=len(table)) < 0.3)
    if name == "customers":
        return table[~gone]
    new = table.sample(5, random_state=int(rng.integers(1 << 30)), replace=True)
    for clock in clocks:
        new[clock] = as_of + pd.to_timedelta(rng.choice([0, 5_000_000], 5), unit="s")
    return pd.concat([table[~gone], new], ignore_index=True).sample(frac=1, random_state=int(rng.integers(1 << 30)))


def _shuffled(rng: np.random.Generator, column: pd.Series) -> pd.Series:
    return column.iloc[rng.permutation(len(column))].set_axis(column.index)


def check(seed: int, monthly: bool, as_of: dt.datetime, **options: object) -> int:
    """Look before and after the later part was changed; gives how many cells are known."""
    rng = np.random.default_rng(seed)
    tables = company(rng, monthly)
    expected = customer_features(tables, as_of, **options)
    found = customer_features(otherwise_later(rng, tables, as_of), as_of, **options)
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    assert (found.meaning, found.missing, found.spans) == (expected.meaning, expected.missing, expected.spans)
    return int(expected.frame.notna().sum().sum())


def test_no_cell_changes() -> None:
    assert check(7, True, MOMENTS[0]) > 200


@pytest.mark.slow
def test_no_cell_changes_in_the_middle_of_a_day() -> None:
    assert check(7, False, MOMENTS[1]) > 200


@pytest.mark.slow
@pytest.mark.parametrize("monthly", [True, False])
def test_no_cell_changes_in_many_companies(monthly: bool) -> None:
    rng = np.random.default_rng(2026)
    for seed in range(10):
        as_of = dt.datetime(2025, 6, 1) + dt.timedelta(minutes=int(rng.integers(0, 600 * 1440)))
        options = {"recent_days": int(rng.choice([30, 90, 180])), "only_active": bool(rng.integers(2))}
        assert check(seed, monthly, as_of, **options) > 80


@pytest.mark.slow
@pytest.mark.parametrize("table", ["tickets", "milestones", "responses", "usage", "orders", "visits"])
def test_the_check_sees_a_feature_that_looks_ahead(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were one table known some weeks ahead, the check above would fail."""
    known = Look.known

    def ahead(self: Look, name: str, *args: object, **options: object) -> object:
        looking = replace(self, as_of=self.as_of + dt.timedelta(days=40 * (name == table)))
        return known(looking, name, *args, **options)

    monkeypatch.setattr(Look, "known", ahead)
    with pytest.raises(AssertionError):
        check(7, False, MOMENTS[0])


@pytest.mark.slow
@pytest.mark.parametrize(("table", "clock"), [(table, clock) for table, clocks in CLOCKS.items() for clock in clocks])
def test_what_happened_before_does_enter(table: str, clock: str) -> None:
    """Moments moved to the day before are seen: no clock is simply ignored."""
    as_of = pd.Timestamp(MOMENTS[0])
    tables = company(np.random.default_rng(7), monthly=False)
    expected = customer_features(tables, as_of).frame
    moved = tables[table].copy()
    known = moved[CLOCKS[table][0]] < as_of
    chosen = known & (moved[clock].isna() | (moved[clock] >= as_of)) if clock != CLOCKS[table][0] else ~known
    day_before = as_of - pd.Timedelta(days=1)
    moved.loc[chosen, clock] = day_before.normalize().replace(day=1) if clock == "month" else day_before
    assert chosen.any()
    assert not customer_features(tables | {table: moved}, as_of).frame.equals(expected)


@pytest.mark.slow
def test_the_day_itself_is_not_in() -> None:
    """Half-open: with every later moment at exactly `as_of` nothing is different, and a microsecond earlier it is."""
    rng = np.random.default_rng(3)
    tables = company(rng, monthly=False)
    as_of = pd.Timestamp(MOMENTS[0])
    expected = customer_features(tables, as_of).frame

    def squeezed(to: pd.Timestamp) -> dict[str, pd.DataFrame]:
        made = {}
        for name, clocks in CLOCKS.items():
            made[name] = tables[name].copy()
            for clock in clocks:
                if clock != "renewal_due":
                    made[name].loc[made[name][clock] >= as_of, clock] = to
        return made

    pd.testing.assert_frame_equal(customer_features(squeezed(as_of), as_of).frame, expected)
    assert not customer_features(squeezed(as_of - pd.Timedelta(microseconds=1)), as_of).frame.equals(expected)
