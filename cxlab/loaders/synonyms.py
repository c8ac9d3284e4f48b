"""What exports call the columns of the canonical tables: survey tools, helpdesks, CRMs, billing; English, German, Spanish."""

from __future__ import annotations

_ACCOUNT = (
    "customer id", "account id", "customer no", "customer number", "client id", "company id", "organization id",
    "organisation id", "org id", "accountid", "customerid", "kundennummer", "kunden nr", "kunden id", "kunde", "kundennr",
    "id cliente", "cliente id", "número de cliente", "numero de cliente", "cliente", "account", "customer", "organization",
    "organisation", "company", "requester organization", "konto id", "customer account", "account number",
)
_PLACE = {
    "channel": ("channel", "contact type", "via", "source channel", "kanal", "canal", "origin", "case origin", "ticket channel"),
    "region": ("region", "territory", "sales region", "area", "gebiet", "región", "vertriebsregion"),
    "team": ("team", "group", "assignment group", "queue", "department", "assigned group", "gruppe", "abteilung", "equipo", "grupo"),
    "employee": ("agent", "assignee", "assigned to", "owner", "case owner", "mitarbeiter", "bearbeiter", "agente", "employee"),
}

SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "customers": {
        "customer_id": (*_ACCOUNT, "id"),
        "name": ("account name", "customer name", "company name", "name", "company", "organization name", "firma", "firmenname",
                 "kundenname", "nombre", "nombre de la cuenta", "razón social", "empresa"),
        "signed_on": ("signed", "signed on", "contract start", "start date", "customer since", "created date", "created", "signup date",
                      "sign up date", "vertragsbeginn", "kunde seit", "fecha de alta", "cliente desde", "subscription start"),
        "closed_on": ("closed", "closed on", "contract end", "end date", "churn date", "churned on", "cancelled on", "canceled on",
                      "vertragsende", "kündigung", "gekündigt am", "fecha de baja", "cancellation date"),
        "region": _PLACE["region"],
        "country": ("country", "billing country", "land", "país", "pais"),
        "segment": ("segment", "customer segment", "tier", "kundensegment", "segmento"),
        "industry": ("industry", "sector", "branche", "vertical", "industria"),
        "size": ("size", "company size", "employees", "size class", "unternehmensgröße", "größe", "tamaño", "seats band"),
        "plan": ("plan", "plan tier", "product plan", "subscription plan", "edition", "tarif", "paket"),
        "channel": ("sales channel", "channel", "referral source", "lead source", "vertriebskanal", "canal de venta"),
        "team": ("customer team", "cs team", "success team", "team", "account team"),
    },
    "responses": {
        "response_id": ("response id", "responseid", "respondent id", "respondentid", "antwort id", "id de respuesta", "submission id",
                        "answer id", "review id", "review", "survey response id", "respnum", "respondent number", "recipient id", "id", "recordid"),
        "answered_at": ("end date", "enddate", "recorded date", "date submitted", "submitted", "submitted at", "timestamp", "completed at",
                        "answered", "answered at", "response date", "enddatum", "erfassungsdatum", "abgeschlossen", "zeitstempel",
                        "fecha de finalización", "fecha", "marca temporal", "posted", "date", "datum", "created at", "start date",
                        "startdate", "time started"),
        "customer_id": _ACCOUNT,
        "respondent_id": ("contact id", "external reference", "external data reference", "externe datenreferenz", "respondent",
                          "user id", "contact", "custom data 1", "referencia de datos externos", "collector contact id", "respondent id"),
        "role": ("role", "job role", "rolle", "función", "job function"),
        "sent_at": ("invite sent", "invited at", "sent at", "sent", "invitation date", "survey sent", "eingeladen am", "versendet",
                    "enviado", "fecha de envío"),
        "weight": ("weight", "survey weight", "gewicht", "peso", "ponderación"),
        "language": ("user language", "language", "lang", "sprache", "benutzersprache", "idioma", "idioma del usuario"),
        "moment": ("moment", "touchpoint", "trigger", "event", "anlass", "kontaktpunkt", "momento"),
        "stage": ("stage", "lifecycle stage", "journey stage", "phase", "etapa"),
        "channel": ("distribution channel", "channel", "kanal", "canal", "verteilungskanal", "site"),
        "region": _PLACE["region"],
        "location": ("location", "store", "branch", "site name", "standort", "filiale", "ubicación", "tienda"),
        "team": ("team", "agent team", "equipo"),
        "employee": ("agent", "employee", "mitarbeiter", "agente"),
    },
    "tickets": {
        "ticket_id": ("ticket id", "ticket number", "ticket no", "case number", "case id", "incident", "incident number", "number",
                      "ticket", "request id", "key", "issue key", "vorgangsnummer", "ticketnummer", "fallnummer", "número de caso",
                      "número de ticket", "caso", "incidencia", "id"),
        "opened_at": ("opened", "opened at", "created", "created at", "created date", "submitted at", "date opened", "open date",
                      "erstellt", "erstellt am", "eröffnet", "eröffnet am", "abierto", "fecha de apertura", "creado",
                      "fecha de creación", "received", "date received", "date time opened"),
        "customer_id": _ACCOUNT,
        "first_response_at": ("first response", "first response at", "first reply at", "first responded at", "first reply",
                              "erste antwort", "erstantwort", "erste reaktion", "primera respuesta", "initially assigned at"),
        "resolved_at": ("resolved", "resolved at", "solved at", "resolution date", "date resolved", "gelöst", "gelöst am", "erledigt am",
                        "resuelto", "fecha de resolución", "solved"),
        "closed_at": ("closed", "closed at", "closed date", "date closed", "geschlossen", "geschlossen am", "cerrado",
                      "fecha de cierre", "date time closed"),
        "reopened": ("reopened", "reopen count", "reopens", "wiedereröffnet", "reabierto", "times reopened"),
        "contacts": ("contacts", "replies", "interactions", "number of contacts", "kontakte", "contactos", "public comments"),
        **_PLACE,
        "category": ("category", "subject category", "topic", "type", "issue type", "kategorie", "thema", "categoría", "categoria", "tipo"),
        "priority": ("priority", "urgency", "priorität", "prioridad", "severity"),
        "escalated": ("escalated", "escalation flag", "is escalated", "eskaliert", "escalado"),
        "self_service": ("self service", "deflected", "selbstbedienung", "autoservicio"),
        "detected_by": ("detected by", "gemeldet von", "detectado por"),
        "sla_met": ("sla met", "made sla", "within sla", "sla eingehalten", "sla cumplido", "sla compliance"),
        "sla_due_at": ("sla due", "sla due at", "due at", "due date", "fällig", "fällig am", "vencimiento", "resolution due"),
    },
    "milestones": {
        "customer_id": _ACCOUNT,
        "journey": ("journey", "project type", "process", "projekt", "prozess", "proceso", "proyecto"),
        "milestone": ("milestone", "step", "task", "phase", "meilenstein", "schritt", "hito", "paso"),
        "started_at": ("started", "started at", "start date", "begonnen", "start", "inicio", "fecha de inicio"),
        "due_at": ("due", "due at", "due date", "target date", "fällig", "soll", "vencimiento", "fecha límite"),
        "reached_at": ("reached", "reached at", "completed", "completed at", "done", "done at", "erreicht", "erledigt", "alcanzado",
                       "completado", "finished"),
        "outcome": ("outcome", "status", "result", "ergebnis", "resultado"),
    },
    "subscriptions": {
        "customer_id": _ACCOUNT,
        "month": ("month", "period", "billing month", "billing period", "monat", "zeitraum", "mes", "periodo", "período"),
        "mrr": ("mrr", "mrr usd", "mrr eur", "mrr amount", "monthly recurring revenue", "recurring revenue", "mrr gbp",
                "monatlicher umsatz", "ingresos recurrentes", "ingreso mensual"),
        "plan": ("plan", "plan tier", "subscription plan", "tarif", "product"),
        "renewal_due": ("renewal due", "next renewal", "renewal date", "renewal", "verlängerung", "nächste verlängerung", "renovación",
                        "próxima renovación"),
    },
    "orders": {
        "customer_id": _ACCOUNT,
        "ordered_at": ("order date", "ordered at", "ordered", "purchase date", "invoice date", "bestelldatum", "bestellt am",
                       "rechnungsdatum", "fecha de pedido", "fecha de compra", "fecha"),
        "amount": ("amount", "revenue", "order value", "order total", "total", "betrag", "umsatz", "summe", "importe", "total pedido",
                   "net amount", "price"),
    },
    "usage": {
        "customer_id": _ACCOUNT,
        "used_on": ("used on", "usage date", "event date", "date", "day", "month", "nutzungsdatum", "fecha de uso"),
        "feature": ("feature", "feature name", "module", "event", "event name", "funktion", "modul", "función"),
        "value": ("value", "count", "usage count", "events", "usage", "anzahl", "wert", "valor", "uso"),
    },
    "targets": {
        "kpi": ("kpi", "metric", "measure", "kennzahl", "indicador"),
        "value": ("target", "value", "goal", "zielwert", "ziel", "objetivo", "valor"),
        "period": ("period", "quarter", "zeitraum", "quartal", "periodo", "trimestre"),
        "owner": ("owner", "responsible", "verantwortlich", "responsable"),
    },
    "actions": {
        "action_id": ("action id", "action", "id", "maßnahme", "acción"),
        "started_on": ("started on", "started", "start date", "begonnen", "inicio"),
        "kpi": ("kpi", "metric", "kennzahl", "indicador"),
        "owner": ("owner", "responsible", "verantwortlich", "responsable"),
        "topic": ("topic", "theme", "thema", "tema"),
        "expected": ("expected", "expected effect", "erwartet", "esperado"),
        "finished_on": ("finished on", "finished", "done on", "end date", "fertig", "fin"),
    },
    "maturity": {
        "assessed_on": ("assessed on", "assessment date", "date", "bewertet am", "fecha"),
        "element": ("element", "dimension", "capability", "competency", "elemento", "kompetenz"),
        "level": ("level", "rating", "maturity level", "stufe", "nivel", "reifegrad"),
        "group": ("group", "department", "gruppe", "grupo"),
        "rater": ("rater", "assessor", "bewerter", "evaluador"),
    },
}

# Columns that say when a row was last changed: of two rows with one key the later one counts.
UPDATED = (
    "last update", "last updated", "updated at", "updated", "sys updated at", "last modified", "last modified date", "modified",
    "zuletzt geändert", "aktualisiert", "geändert am", "última actualización", "actualizado",
)

# Columns whose presence speaks for a table more than an account or a region does.
TELLING: dict[str, tuple[str, ...]] = {
    "customers": ("name", "signed_on", "closed_on", "industry", "segment"),
    "responses": ("response_id", "respondent_id", "sent_at", "moment"),
    "tickets": ("ticket_id", "first_response_at", "resolved_at", "priority", "sla_met", "reopened"),
    "milestones": ("journey", "milestone", "reached_at"),
    "subscriptions": ("mrr", "renewal_due"),
    "orders": ("ordered_at", "amount"),
    "usage": ("used_on", "feature"),
    "targets": ("kpi", "value"),
    "actions": ("action_id", "expected", "started_on"),
    "maturity": ("element", "level", "rater"),
}

# How a question that gives a score is worded (regular expressions, any case), by survey.
QUESTIONS: dict[str, str] = {
    "nps": r"\bnps\b|netpro|recommend|weiterempf|recomend",
    "enps": r"\benps\b|recommend .*(?:employer|place to work)|als arbeitgeber|lugar para trabajar",
    "csat": r"\bcsat\b|satisf|zufrieden|overall experience",
    "ces": r"\bces\b|\beasy\b|made it easy|effort score|wie einfach|aufwand|fácil|esfuerzo",
    "review": r"^stars?$|star rating|sterne|estrellas|^rating$",
    "success": r"^success$|achieve what|accomplish|erreichen konnten|lograr",
    "effort": r"^effort$",
    "emotion": r"^emotion$|how did .* feel|wie haben sie sich gefühlt|cómo se sintió",
}
COMMENTS = (
    r"main reason|reason for your|why\b|tell us|comment|feedback|improve|open.?ended|verbatim|suggestion|anmerkung|kommentar|warum"
    r"|grund für|verbesser|comentario|por qué|motivo|mejorar|^text$|review text|narrative"
)
SCALES = {"nps": (0, 10), "enps": (0, 10), "csat": (1, 5), "ces": (1, 7), "review": (1, 5), "success": (1, 7), "effort": (1, 7),
          "emotion": (1, 7)}
