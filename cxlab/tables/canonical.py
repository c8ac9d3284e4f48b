"""The canonical tables as data: what one row is, which columns it has, which make it unique."""

from __future__ import annotations

from dataclasses import dataclass

#: Texts that answer no question: what agents, boards and interviewers wrote down, and what a community writes.
UNASKED = ("note", "community")
SURVEYS = ("nps", "csat", "ces", "enps", "engagement", "success", "effort", "emotion", "review", *UNASKED)


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, time, date, month, number, count or flag; `choices` closes a text column."""

    name: str
    kind: str
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` makes a row unique (empty: none does); `clock` is the column that dates a row."""

    name: str
    row: str
    key: tuple[str, ...]
    clock: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The declared column of that name, None for an attribute the export brought along."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that no row may lack."""
        return tuple(column.name for column in self.columns if column.required)


def _texts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", meaning) for name, meaning in meanings.items())


_CUSTOMER = Column("customer_id", "text", "the account")
_PLACE = _texts(channel="way of contact", region="sales region", team="team that served", employee="person that served")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "customers",
            "an account",
            ("customer_id",),
            "signed_on",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("name", "text", "name of the account"),
                Column("signed_on", "date", "contract signed"),
                Column("closed_on", "date", "contract ended; empty while active"),
                Column("churned", "flag", "the export says that the account has left"),
                *_texts(
                    region="sales region",
                    country="country",
                    segment="customer segment",
                    industry="industry",
                    size="size class",
                    plan="plan",
                    channel="way of sale",
                    team="team in charge",
                    timezone="time zone, by its IANA name such as Europe/Berlin",
                ),
            ),
        ),
        Table(
            "responses",
            "an answer, or an invitation that got none",
            ("response_id",),
            "answered_at",
            (
                Column("response_id", "text", "the invitation or answer", required=True),
                Column("survey", "text", "what was asked", required=True, choices=SURVEYS),
                Column("answered_at", "time", "empty for an invitation without answer"),
                _CUSTOMER,
                *_texts(respondent_id="who was asked", role="buyer, user ..."),
                Column("sent_at", "time", "invitation sent"),
                Column("score", "number", "answer on the scale"),
                Column("scale_low", "number", "lowest code of the scale"),
                Column("scale_high", "number", "highest code of the scale"),
                Column("weight", "number", "survey weight"),
                *_texts(
                    comment="open answer, masked",
                    language="language of the comment",
                    moment="touchpoint",
                    stage="lifecycle stage",
                ),
                Column("kind", "text", "relational or transactional", choices=("relational", "transactional")),
                Column("phase", "text", "before or after an experience", choices=("pre", "post")),
                *_texts(
                    item="the statement rated, where a survey has several",
                    series="version of the question; a new one breaks the series",
                ),
                *_PLACE[:2],
                *_texts(location="site or branch", team="team that served", employee="person that served"),
                *_texts(voice="whose words a text is that nobody asked for: agent, advisory board, interview ..."),
            ),
        ),
        Table(
            "tickets",
            "a support case",
            ("ticket_id",),
            "opened_at",
            (
                Column("ticket_id", "text", "the case", required=True),
                Column("opened_at", "time", "case opened", required=True),
                _CUSTOMER,
                Column("first_response_at", "time", "first answer by a person; empty while waiting"),
                Column("resolved_at", "time", "case resolved; empty while open"),
                Column("closed_at", "time", "case closed"),
                Column("reopened", "flag", "was opened again after it was resolved"),
                Column("contacts", "count", "contacts it took"),
                Column("agent_replies", "count", "answers written by people of ours"),
                Column("customer_replies", "count", "answers written by the customer after the first contact"),
                Column("said_resolved", "flag", "the customer said that the first contact resolved it"),
                *_PLACE,
                *_texts(category="subject", priority="priority"),
                Column("escalated", "flag", "was escalated"),
                Column("self_service", "flag", "began in self-service"),
                *_texts(detected_by="who noticed it first: customer, or anything of ours"),
                Column("sla_met", "flag", "service level met"),
                Column("sla_due_at", "time", "resolution promised by"),
            ),
        ),
        Table(
            "milestones",
            "a step of a journey",
            ("customer_id", "journey", "milestone"),
            "started_at",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("journey", "text", "onboarding, implementation, integration ...", required=True),
                Column("milestone", "text", "the step", required=True),
                Column("started_at", "time", "step begun"),
                Column("due_at", "time", "step promised by"),
                Column("reached_at", "time", "step reached; empty while open"),
                Column("outcome", "text", "how it ended", choices=("done", "failed", "open")),
                *_texts(owner="who answers for the step", reason="why it failed"),
            ),
        ),
        Table(
            "subscriptions",
            "an account's recurring revenue in a month",
            ("customer_id", "month"),
            "month",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("month", "month", "calendar month", required=True),
                Column("mrr", "number", "monthly recurring revenue", required=True),
                *_texts(plan="plan"),
                Column("renewal_due", "date", "next renewal"),
            ),
        ),
        Table(
            "orders",
            "a purchase",
            (),
            "ordered_at",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("ordered_at", "time", "purchase made", required=True),
                Column("amount", "number", "value of the purchase", required=True),
            ),
        ),
        Table(
            "usage",
            "a measure of use",
            ("customer_id", "used_on", "feature"),
            "used_on",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("used_on", "date", "day of use", required=True),
                Column("feature", "text", "what was used", required=True),
                Column("value", "number", "how much"),
            ),
        ),
        Table(
            "visits",
            "a visit to self-service: help pages, community, assistant",
            ("visit_id",),
            "visited_at",
            (
                Column("visit_id", "text", "the visit", required=True),
                Column("visited_at", "time", "visit begun", required=True),
                _CUSTOMER,
                *_texts(channel="knowledge base, community ...", region="sales region", category="subject"),
            ),
        ),
        Table(
            "entitlements",
            "what an account may use of a feature, or asked for",
            ("customer_id", "feature"),
            "",
            (
                Column("customer_id", "text", "the account", required=True),
                Column("feature", "text", "feature or service", required=True),
                Column("entitled", "flag", "the account may use it"),
                Column("asked_on", "date", "the account asked for it"),
            ),
        ),
        Table(
            "targets",
            "a goal",
            (),
            "",
            (
                Column("kpi", "text", "id of the KPI", required=True),
                Column("value", "number", "the goal, in the KPI's unit", required=True),
                *_texts(period="period the goal is for; empty: every period", owner="who answers for it"),
                Column("baseline", "number", "where the goal was set out from, in the KPI's unit"),
            ),
        ),
        Table(
            "actions",
            "a promise to act",
            ("action_id",),
            "started_on",
            (
                Column("action_id", "text", "the action", required=True),
                Column("started_on", "date", "begun", required=True),
                *_texts(
                    kpi="id of the KPI it should move",
                    owner="who does it",
                    topic="topic it answers",
                    expected="what it should change",
                ),
                Column("finished_on", "date", "finished"),
            ),
        ),
        Table(
            "maturity",
            "a rating",
            (),
            "assessed_on",
            (
                Column("assessed_on", "date", "day of the rating", required=True),
                Column("element", "text", "what was rated", required=True),
                Column("level", "number", "1 to 5", required=True),
                *_texts(group="group of the rater", rater="rater, as a code"),
            ),
        ),
    )
}
