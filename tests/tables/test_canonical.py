"""The canonical tables are those of design.md and hold together."""

from __future__ import annotations

import pytest

from cxlab.tables.canonical import SURVEYS, TABLES

# Bold in design.md.
REQUIRED = {
    "customers": ("customer_id",),
    "responses": ("response_id", "survey"),  # answered_at is empty for an invitation without answer
    "tickets": ("ticket_id", "opened_at"),
    "milestones": ("customer_id", "journey", "milestone"),
    "subscriptions": ("customer_id", "month", "mrr"),
    "orders": ("customer_id", "ordered_at", "amount"),
    "usage": ("customer_id", "used_on", "feature"),
    "visits": ("visit_id", "visited_at"),
    "entitlements": ("customer_id", "feature"),
    "targets": ("kpi", "value"),
    "actions": ("action_id", "started_on"),
    "maturity": ("assessed_on", "element", "level"),
}


def test_the_tables_of_the_design() -> None:
    assert {name: table.required for name, table in TABLES.items()} == REQUIRED


@pytest.mark.parametrize("name", TABLES)
def test_a_table_holds_together(name: str) -> None:
    table = TABLES[name]
    names = [column.name for column in table.columns]
    assert table.name == name and len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert not table.clock or table.column(table.clock).kind in ("time", "date", "month")
    for column in table.columns:
        assert column.kind in ("text", "time", "date", "month", "number", "count", "flag")
        assert column.meaning
        if column.name.endswith("_at"):
            assert column.kind == "time"
        if column.name.endswith("_on"):
            assert column.kind == "date"
        if column.choices:
            assert column.kind == "text"


def test_an_attribute_of_an_export_is_not_declared() -> None:
    assert TABLES["customers"].column("shoe_size") is None
    assert TABLES["responses"].column("survey").choices == SURVEYS
