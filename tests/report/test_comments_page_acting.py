"""Who can act on comments: owners, the loop, the backlog, outside-in, other voices and packets; with tables missing."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.report.figures.drawing import Drawing
from cxlab.report.html import Piece
from cxlab.report.pages.behind import tried
from cxlab.report.pages.comments import acting, other_voices, outside, packets, product
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, Routed, known, quoted, routed, worth
from cxlab.report.wording import claims

pytestmark = pytest.mark.slow

NOW, BEFORE = cx.Period.of("2026-Q3"), cx.Period.of("2026-Q2")
REPORTS = "The monthly report needs {} minutes until the figures load"
INVOICE = "Our invoice shows the wrong amount for the {}. time"
PARKING = "No parking space near your office, circled the block {} times"
FRIENDLY = "Your {} consultants listened to us with patience and care"
#: theme, comments in a quarter, score
THEMES = ((REPORTS, 60, 4.0), (INVOICE, 40, 6.0), (PARKING, 30, 9.0), (FRIENDLY, 30, 10.0))
IN_ALL = 160
EVERY = (acting.OWNERS, acting.LOOP, acting.BACKLOG, acting.OUTSIDE_IN, acting.PACKETS)
#: Every account that speaks of the report pays so much; all others pay 100.
PAYS = 250.0


def texts_on(theme: str, count: int) -> list[str]:
    """As many comments on a theme, no two alike; every tenth on reports gives an address."""
    return [
        theme.format(number + 2) + (f", ask ann{number}@example.com" if theme == REPORTS and not number % 10 else "")
        for number in range(count)
    ]


def asked(period: cx.Period, start: int, themes: tuple[tuple[str, int, float], ...] = THEMES) -> pd.DataFrame:
    """Comments on the themes, each by an account of its own and about a ticket of its own."""
    said = [(text, theme, score) for theme, n, score in themes for text in texts_on(theme, n)]
    frame = pd.DataFrame(said, columns=["comment", "theme", "score"])
    rows = np.arange(len(frame))
    return frame.assign(
        response_id=[f"r{start + row}" for row in rows],
        customer_id=[f"a{row:03}" for row in rows],
        ticket_id=[f"t{start + row}" for row in rows],
        answered_at=pd.Timestamp(period.start) + pd.to_timedelta(rows % 50, unit="D"),
        survey="nps",
        kind="relational",
        scale_high=10.0,
        region=np.where(rows % 2, "South", "North"),
    )


def company() -> dict[str, pd.DataFrame]:
    """Two quarters; agents write the same as customers on reports, keep silent on parking; invoices escalate."""
    said = pd.concat([asked(BEFORE, 0), asked(NOW, 1000)], ignore_index=True)
    ours = said[said["theme"].isin([REPORTS, INVOICE])].reset_index(drop=True)
    # Agents write what customers say.
    notes = ours.assign(survey="note", kind=None, score=np.nan, response_id="n" + ours["response_id"])
    posts = asked(NOW, 2000, ((PARKING, 40, 9.0),)).assign(survey="community", kind=None, score=np.nan)
    posts = posts.assign(response_id="p" + posts["response_id"], customer_id=None, ticket_id=None)
    accounts = [f"a{number:03}" for number in range(IN_ALL)]
    tickets = pd.DataFrame({"ticket_id": said["ticket_id"], "customer_id": said["customer_id"]})
    # Every second account is in contact ten days after it wrote, the others never.
    later = pd.Timestamp(NOW.start) + pd.to_timedelta(np.arange(2 * IN_ALL) % IN_ALL % 50 + 10, unit="D")
    tickets["opened_at"] = later.where(np.arange(2 * IN_ALL) % 2 == 0, pd.Timestamp("2025-01-01"))
    tickets["escalated"] = (said["theme"] == INVOICE).to_numpy()
    return {
        "responses": pd.concat([said, notes, posts], ignore_index=True),
        "customers": pd.DataFrame(
            {
                "customer_id": accounts,
                "name": [f"Firm {account}" for account in accounts],
                "closed_on": pd.to_datetime([None] * 60 + ["2026-09-20"] * 40 + [None] * 60),
            }
        ),
        "tickets": tickets,
        "subscriptions": pd.DataFrame(
            {"customer_id": accounts, "month": pd.Timestamp("2026-09-01"), "mrr": [PAYS] * 60 + [100.0] * 100}
        ),
        "actions": pd.DataFrame(
            {
                "action_id": ["A-1", "A-2"],
                "started_on": pd.to_datetime(["2026-08-01", "2026-07-10"]),
                "finished_on": pd.to_datetime([None, None]),
                "kpi": ["nps", "nps"],
                "topic": ["monthly report figures load", "certificates"],
                "owner": ["Reports squad", "Academy"],
                "expected": ["New engine", "New exam"],
            }
        ),
    }


SETTINGS = {
    "owners": {"wrong invoice amount": "Billing <team>"},
    "touchpoints": [
        "reports: monthly report, figures, load",
        "billing: invoice, wrong amount",
        "people: consultants, listened, patience",
        "certification: exam, certificate",
    ],
}


def made(tables: dict[str, pd.DataFrame] | None = None, **more: Any) -> Voices:
    given = {"over": 2, "settings": SETTINGS, "as_of": NOW.end} | more
    return Voices(company() if tables is None else tables, NOW, **given)


@pytest.fixture(scope="module")
def page() -> Voices:
    return made()


@pytest.fixture(scope="module")
def topic_of(page: Voices) -> dict[str, str]:
    """The id under which each planted theme was found."""
    found = {}
    labels = pd.Series(page.now.topics.labels, dtype=object)
    for theme, *_ in THEMES:
        found[theme] = labels[page.now.rows["comment"].str.contains(theme.split("{}")[0].strip(), regex=False)].mode()[
            0
        ]
    assert len(set(found.values())) == 4
    return found


def name_of(page: Voices, topic: str) -> str:
    return str(page.table.set_index("topic").loc[topic, "name"])


def pieces_of(part: Any, page: Voices) -> list[Any]:
    return tried(lambda: part(page))


def texts(pieces: list[Any]) -> str:
    return "\n".join(
        " ".join([each.title, each.alt, each.note]) if isinstance(each, Drawing) else each.text for each in pieces
    ).replace("\u202f", " ")


def everything(page: Voices) -> str:
    return "\n".join(texts(pieces_of(part, page)) for parts in EVERY for part in parts)


# --------------------------------------------------------------------------------------------------------------- owners


def test_owners_are_shown_with_who_says_so_and_those_without_are_named(page: Voices, topic_of: dict[str, str]) -> None:
    text = texts(pieces_of(acting.who_answers, page))
    rows = {line.split()[-1]: line for line in text.split("\n")}
    assert any("Billing <team>" in line and "settings, as “wrong invoice amount”" in line for line in rows.values())
    assert any("Reports squad" in line and "ledger" in line and topic_of[REPORTS] in line for line in rows.values())
    nobody = next(line for line in text.split("\n") if line.startswith("Nobody answers for"))
    assert name_of(page, topic_of[PARKING]) in nobody and name_of(page, topic_of[REPORTS]) not in nobody
    held = page.now.topics.members
    owned = routed(page).routes.query("owner != ''")["topic"]
    share = held[owned].any(axis=1).sum() / held.any(axis=1).sum()
    assert f"that is {100 * share:.1f} %" in text or f"that is {100 * share:.0f} %" in text


def test_the_headline_tells_the_share_routed_and_what_is_nobodys(page: Voices, topic_of: dict[str, str]) -> None:
    said = acting.headline(page).replace("\u202f", " ")
    assert said.startswith("Of the comments of 2026-Q3 that hold a topic, 62.0 % have somebody who answers for them")
    first = page.table[page.table["topic"].isin([topic_of[PARKING], topic_of[FRIENDLY]])]["name"].iloc[0]
    assert said.endswith(f"within 30 days; nobody answers for “{first}” yet.")
    empty = made({"responses": asked(NOW, 0).head(3)})
    assert (
        acting.headline(empty)
        == "No topic was found in what customers wrote in 2026-Q3, so there is nothing to pass on."
    )


def test_what_is_said_with_displeasure_is_named_first_of_what_nobody_answers_for(
    page: Voices, topic_of: dict[str, str]
) -> None:
    cross = made()
    table = page.table.assign(tone=np.where(page.table["topic"] == topic_of[FRIENDLY], -0.4, 0.2))
    cross.__dict__.update(page.__dict__ | {"table": table, "routed": Routed(cross)})
    assert f"nobody answers for “{name_of(page, topic_of[FRIENDLY])}”" in acting.headline(cross)


def test_without_owners_the_page_says_where_to_name_them() -> None:
    bare = made({"responses": asked(NOW, 0)}, settings={})
    text = texts(pieces_of(acting.who_answers, bare))
    assert text.startswith("Nobody answers for any of") and "topics.csv" in text and "nobody yet" in text


def test_the_steps_carry_their_interval_and_the_clock_counts_those_who_wait(page: Voices) -> None:
    picture, waits = pieces_of(acting.steps, page)
    assert isinstance(picture, Drawing)
    steps = routed(page).loop.steps.set_index("step")
    # Half of the accounts wrote and had a ticket ten days later; those who left and those who wait stay in the count.
    assert steps.loc["answered", "value"] == pytest.approx(0.5, abs=0.08)
    assert known(*steps.loc["routed", ["value", "low", "high"]], "share") in picture.alt
    assert "in contact with us within 30 days" in picture.title and "answered" not in picture.title
    assert "those who still wait counted as waiting" in waits.text and "the account's next ticket" in waits.text


def test_nobody_knows_who_was_answered_without_tickets() -> None:
    text = texts(pieces_of(acting.steps, made({"responses": asked(NOW, 0)})))
    assert "Whether anybody was answered is in no table" in text
    assert "in contact by day 30 not known" in text and "30 days" not in text.split(".")[0]


# -------------------------------------------------------------------------------------------------------------- backlog


def test_the_backlog_counts_accounts_and_what_they_pay(page: Voices, topic_of: dict[str, str]) -> None:
    held = page.now.topics.members[topic_of[REPORTS]].to_numpy()
    accounts = page.now.rows.loc[held, "customer_id"].unique()
    paid = company()["subscriptions"].set_index("customer_id")["mrr"].reindex(accounts).sum()
    text = texts(pieces_of(product.lines, page))
    line = next(each for each in text.split("\n") if name_of(page, topic_of[REPORTS]) in each and "Most" not in each)
    assert re.search(rf"\b{len(accounts)}\b", line) and f"{paid:,.0f}" in line
    complaints = routed(page).lines.set_index("topic")["complaint_share"]
    assert complaints[topic_of[INVOICE]] > complaints[topic_of[FRIENDLY]]
    areas = texts(pieces_of(product.areas, page))
    assert "Reports squad" in areas and "no area yet" in areas


def test_the_need_that_is_not_met_is_the_loud_and_unhappy_one(page: Voices, topic_of: dict[str, str]) -> None:
    said = texts([product.unmet(page)])
    assert f"“{name_of(page, topic_of[REPORTS])}”" in said and name_of(page, topic_of[FRIENDLY]) not in said


def test_a_win_is_at_hand_where_an_owner_and_a_place_are_known(topic_of: dict[str, str]) -> None:
    tables = company()
    # Points are held against those who praise and name no theme.
    praise = asked(NOW, 3000).assign(
        comment="Very good", theme="", score=9.0, response_id=lambda rows: "g" + rows.index.astype(str)
    )
    praise["customer_id"] = "g" + praise.index.astype(str)
    says = pd.concat([tables["responses"], praise], ignore_index=True)
    rng = np.random.default_rng(1)
    # Reports are spoken of in the East alone, all else everywhere.
    says["region"] = rng.choice(["East", "North", "South", "West"], len(says))
    says["region"] = says["region"].where(
        says["theme"] != REPORTS, rng.choice(["East", "East", "East", "West"], len(says))
    )
    says["score"] = (says["score"] + rng.integers(-1, 2, len(says))).clip(0, 10)
    tables["responses"] = says
    page = made(tables)
    said = texts([product.wins(page)])
    assert "(Reports squad)" in said and "region East" in said and "go with it" in said


# ----------------------------------------------------------------------------------------------------------- outside-in


def test_themes_outside_the_touchpoints_are_listed_and_silent_touchpoints_named(
    page: Voices, topic_of: dict[str, str]
) -> None:
    text = texts(pieces_of(outside.uncovered, page))
    assert name_of(page, topic_of[PARKING]) in text
    assert name_of(page, topic_of[REPORTS]) not in text
    silent = texts(pieces_of(outside.unmentioned, page))
    assert "Nobody speaks of “certification”" in silent and "at most" in silent


def test_without_touchpoints_the_page_asks_for_them_once_and_moments_may_stand_for_them() -> None:
    bare = made({"responses": asked(NOW, 0)}, settings={})
    text = texts(pieces_of(acting.OUTSIDE_IN[0], bare))
    assert text.count("touchpoints = [") == 1
    by_moments = made({"responses": asked(NOW, 0)}, settings={}, moments=("monthly report figures load", "exam"))
    said = texts(pieces_of(outside.unmentioned, by_moments))
    assert said.startswith("Of 2 touchpoints of ours customers speak of 1.") and "“exam”" in said


def test_agents_and_customers_differ_where_they_were_made_to(page: Voices, topic_of: dict[str, str]) -> None:
    picture, *rest = pieces_of(other_voices.notes, page)
    agents, _, customers = picture.title.partition("; customers speak more of ")
    assert agents.startswith("Agents speak more of") and name_of(page, topic_of[REPORTS]) in agents
    assert name_of(page, topic_of[PARKING]) in customers and name_of(page, topic_of[REPORTS]) not in customers
    assert texts(rest) == ""  # 30 comments without a note are too few to say that agents hardly mention it
    posts = pieces_of(other_voices.posts, page)[0]
    assert "The community speaks more of" in posts.title


def test_what_one_side_alone_speaks_of_is_said(page: Voices, topic_of: dict[str, str]) -> None:
    rows = pd.DataFrame({"topic": [topic_of[REPORTS], topic_of[PARKING], topic_of[INVOICE]]})
    rows = rows.assign(name=["reports", "parking", "invoices"], only=["agents", "customers", "customers"])
    said = texts(other_voices._alone(routed(page), rows, ("agents", "customers")))
    assert said == (
        "“reports” comes from agents, and customers hardly mention it. “parking” and “invoices” come from customers, "
        "and agents hardly mention them."
    )
    assert other_voices._alone(routed(page), rows.assign(only=""), ("agents", "customers")) == []


def test_both_sides_of_a_ticket_agree_where_they_say_the_same(page: Voices, topic_of: dict[str, str]) -> None:
    lead, shown = pieces_of(other_voices.same_ticket, page)
    assert lead.text.startswith("200 times") and "the same ticket" in lead.text
    line = next(each for each in shown.text.split("\n") if name_of(page, topic_of[REPORTS]) in each)
    assert float(re.search(r"(\d+(?:\.\d)?) \(", line.replace("\u202f", " "))[1]) > 80  # type: ignore[index]


def test_what_goes_with_escalation_is_named_and_held_against_leaving(page: Voices, topic_of: dict[str, str]) -> None:
    text = texts(pieces_of(other_voices.escalations, page))
    invoice = name_of(page, topic_of[INVOICE])
    assert text.startswith(f"Escalation goes with “{invoice}”")
    assert f"Both go with “{invoice}”." in text
    assert "of those who left" in text


# -------------------------------------------------------------------------------------------------------------- packets


def test_a_packet_an_owner_with_quotes_money_promises_and_the_loop(page: Voices, topic_of: dict[str, str]) -> None:
    _, *made_ = packets.every(page)
    heads = [each.text.split("\n")[0] for each in made_]
    assert heads[0] == "Reports squad" and heads[-1] == packets.NOBODY and "Billing <team>" in heads
    first = made_[0].text.replace("\u202f", " ")
    held = page.now.topics.members[topic_of[REPORTS]].to_numpy()
    assert f"“{name_of(page, topic_of[REPORTS])}”: {int(held.sum())} comments" in first
    assert "that pay" in first and "a month" in first
    assert "typical of" in first and "@example.com" not in first
    assert "“New engine”" in first and "“New exam”" not in first
    assert "are in a promise to act" in first and "were in contact within 30 days" in first
    assert "Nothing was promised on these topics before." in made_[-1].text


def test_packets_are_sections_for_printing_and_owners_names_do_nothing(page: Voices, assert_inert: Any) -> None:
    billing = next(each for each in packets.every(page) if each.text.startswith("Billing"))
    assert billing.html.startswith('<section class="packet"><h3>Billing &lt;team&gt;</h3>')
    allowed = set("section h3 p ul li div table caption thead tbody tfoot tr th td blockquote footer span".split())
    assert_inert(billing.html, allowed)


def test_a_topic_found_only_now_is_looked_for_in_the_period_before() -> None:
    tables = company()
    says = tables["responses"]
    early = (says["answered_at"] < pd.Timestamp(NOW.start)) & (says["theme"] == PARKING)
    page = made(tables | {"responses": says[~early].reset_index(drop=True)})
    nobody = packets.every(page)[-1].text
    nobody = nobody.replace("\u202f", " ")
    parking = next(line for line in nobody.split("\n") if "parking" in line.lower() or "office" in line.lower())
    assert "” (new): 30 comments" in parking and "said more than in 2026-Q2 by 18.8 points" in parking.replace(
        "\u202f", " "
    )


def test_few_voices_are_counted_and_not_shown(page: Voices, topic_of: dict[str, str]) -> None:
    at = Routed(page)
    held = page.now.topics.members.copy()
    few = held[topic_of[PARKING]].to_numpy().nonzero()[0][FEWEST - 1 :]
    held.loc[few, topic_of[PARKING]] = False
    table = page.table.assign(n=lambda rows: rows["topic"].map(held.sum()))
    thin = made()
    thin.__dict__.update(page.__dict__ | {"table": table, "routed": Routed(thin)})
    thin.__dict__["routed"].__dict__["members"] = held[at.members.columns]
    name = name_of(page, topic_of[PARKING])
    for part in (acting.who_answers, product.lines, outside.uncovered, packets.every):
        assert name not in texts(pieces_of(part, thin)), part.__name__
    assert f"1 topic with fewer than {FEWEST} comments" in texts(pieces_of(packets.every, thin))


def test_a_loose_topic_is_marked_in_tables_and_named_in_no_sentence(page: Voices, topic_of: dict[str, str]) -> None:
    loose = made()
    table = page.table.assign(grade=np.where(page.table["topic"] == topic_of[PARKING], "D", "A"))
    loose.__dict__.update(page.__dict__ | {"table": table, "routed": Routed(loose)})
    name = name_of(page, topic_of[PARKING])
    said, *shown = pieces_of(outside.uncovered, loose)
    assert name not in said.text and f"{name} (loose)" in texts(shown)
    assert name not in pieces_of(other_voices.notes, loose)[0].title
    assert f"“{name}” (loose)" not in texts(pieces_of(packets.every, loose))
    assert routed(loose).told(table.iloc[:0][["topic", "name"]]).columns.tolist() == ["topic", "name"]
    unsure = made()
    unsure.__dict__.update(page.__dict__ | {"table": page.table.assign(grade="D"), "routed": Routed(unsure)})
    assert f"“{name}” (loose)" in texts(pieces_of(packets.every, unsure))


# -------------------------------------------------------------------------------------------------- whatever is missing


@pytest.mark.parametrize(
    "lost", [("customers",), ("tickets",), ("subscriptions",), ("actions",), ("customers", "tickets", "actions")]
)
def test_every_part_stands_without_a_table(lost: tuple[str, ...], page: Voices) -> None:
    bare = made({name: table for name, table in company().items() if name not in lost})
    bare.__dict__["conversation"], bare.__dict__["impact"] = page.conversation, page.impact
    text = everything(bare)
    assert (
        "In customers' words" in text
        and "agents' notes" in text
        and "This cannot be told"
        not in text.replace("This cannot be told: what escalations are about", "" if "tickets" in lost else "?")
    )
    if "actions" in lost:
        assert "there is no ledger of actions" in text
    if "subscriptions" in lost:
        assert "a month, " not in text


@pytest.mark.parametrize("column", ["customer_id", "ticket_id", "score", "region", "scale_high"])
def test_every_part_stands_without_a_column(column: str) -> None:
    tables = company()
    tables["responses"] = tables["responses"].drop(columns=column)
    if column == "score":
        tables["responses"]["score"] = np.nan
    text = everything(made(tables))
    assert "packet" in text and "nan" not in text.lower().replace("finance", "")


@pytest.mark.parametrize("count", [0, 1, 12])
def test_few_comments_or_none_are_said_to_be_few(count: int) -> None:
    rows = asked(NOW, 0).iloc[::13].head(count).reset_index(drop=True)
    page = made({"responses": rows})
    for parts in EVERY:
        said = [piece for part in parts for piece in pieces_of(part, page)]
        assert len(said) >= 1 and all(isinstance(each, (Piece, Drawing)) for each in said)
    if not count:
        assert "no customer's comment" in texts(pieces_of(acting.PACKETS[0], page))


def test_one_region_alone(page: Voices) -> None:
    narrow = dataclasses.replace(page, where={"region": "North"}, register=page.conversation.register)
    assert len(narrow.now.rows) == 80
    assert "packet" in everything(narrow)


def test_no_sentence_claims_a_cause(page: Voices) -> None:
    graded = re.compile(r"^.*(?:worked:|against the others|against its earlier course).*$", re.MULTILINE)
    assert claims(graded.sub("", everything(page))) == []


def test_small_words() -> None:
    assert quoted(["a", "b", "c", "d", "e"]) == "“a”, “b”, “c” and 2 more"
    assert quoted(["a"]) == "“a”" and quoted(["a", "b"]) == "“a” and “b”"
    assert worth(1, 1200.0) == "1 account that pays 1,200 a month" and worth(3, np.nan) == "3 accounts"
    assert worth(np.nan, np.nan) == worth(0, 0.0) == ""
    assert known(0.0, np.nan, np.nan, "share") == known(np.nan, 0, 1, "share") == "–"
    assert known(0.121, 0.098, 0.149, "share") == "12.1\u202f% (9.8\u00a0to\u00a014.9\u202f%)"
