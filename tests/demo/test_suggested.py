"""What `cxlab load --suggest` makes of the sample company's exports, and of their like in German and Spanish."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cxlab.loaders import suggest
from cxlab.loaders.synonyms import SYNONYMS, TELLING
from cxlab.tables.canonical import TABLES

pytestmark = pytest.mark.slow
# Columns that nobody's export has a name for: the loader fills them, or a person writes them into the mapping.
UNNAMED = {
    ("customers", "churned"),
    *(("responses", name) for name in ("survey", "score", "scale_low", "scale_high", "comment", "kind")),
}


def suggested(path: Path) -> tuple[str, dict[str, object]]:
    """Table and columns of the first block suggested for a file."""
    block = tomllib.loads(suggest(path))["export"][0]
    return block["table"], block["columns"]


def test_every_column_has_names_to_be_known_by() -> None:
    every = {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    named = {(table, column) for table, columns in SYNONYMS.items() for column in columns}
    assert named | UNNAMED == every
    assert set(TELLING) == set(TABLES)
    for table, columns in SYNONYMS.items():
        for column, names in columns.items():
            assert len(names) == len(set(names)), (table, column)


@pytest.mark.parametrize(
    ("file", "table", "columns"),
    [
        ("product/help_centre.csv", "visits", set(TABLES["visits"].required) | {"customer_id", "channel", "category"}),
        ("billing/entitlements.csv", "entitlements", {"customer_id", "feature", "entitled", "asked_on"}),
        (
            "helpdesk/tickets_since_2025-07.csv",
            "tickets",
            {"agent_replies", "customer_replies", "said_resolved", "contacts", "first_response_at"},
        ),
        ("crm/accounts.xlsx", "customers", {"timezone", "country"}),
        ("delivery/milestones.jsonl", "milestones", {"owner", "reason", "milestone"}),
        ("programme/targets.csv", "targets", {"kpi", "value", "baseline", "period", "owner"}),
        ("surveys/guided_set_up.csv", "responses", {"phase"}),
        ("surveys/engagement.csv", "responses", {"item", "team"}),
        ("surveys/yearly_review.csv", "responses", {"sent_at", "answered_at", "response_id"}),
        ("product/usage.parquet", "usage", {"used_on", "feature"}),
    ],
)
def test_the_exports_are_recognised(company: object, file: str, table: str, columns: set[str]) -> None:
    found, named = suggested(company.raw / file)
    assert found == table
    assert columns <= set(named)


@pytest.mark.parametrize(
    ("header", "table", "columns"),
    [
        (
            "Besuchs-ID;Besucht am;Kundennummer;Quelle;Thema",
            "visits",
            {"visit_id", "visited_at", "channel", "category"},
        ),
        (
            "ID de visita;Fecha de visita;Cliente;Fuente;Tema",
            "visits",
            {"visit_id", "visited_at", "channel", "category"},
        ),
        ("Kundennummer;Funktion;Berechtigt;Angefragt am", "entitlements", {"feature", "entitled", "asked_on"}),
        ("ID cliente;Módulo;Incluido;Fecha de solicitud", "entitlements", {"feature", "entitled", "asked_on"}),
        ("Kennzahl;Zielwert;Ausgangswert;Quartal", "targets", {"kpi", "value", "baseline", "period"}),
        ("Indicador;Objetivo;Línea base;Trimestre", "targets", {"kpi", "value", "baseline", "period"}),
        (
            "Ticketnummer;Erstellt am;Antworten des Agenten;Kundenantworten;Erstlösung",
            "tickets",
            {"agent_replies", "customer_replies", "said_resolved"},
        ),
        (
            "Número de ticket;Creado;Respuestas del agente;Respuestas del cliente;Resuelto en el primer contacto",
            "tickets",
            {"agent_replies", "customer_replies", "said_resolved"},
        ),
    ],
)
def test_german_and_spanish_names_are_known(tmp_path: Path, header: str, table: str, columns: set[str]) -> None:
    path = tmp_path / "export.csv"
    row = ";".join("1" for _ in header.split(";"))
    path.write_text(f"{header}\n{row}\n{row}\n", encoding="utf-8")
    found, named = suggested(path)
    assert found == table
    assert columns <= set(named)
