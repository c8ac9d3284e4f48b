"""Owners by the nearest authority, packets in which everything counts once, and an honest clock for answers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.models.voice import first_contacts, loop_closed, owners_of, packets, promises_on
from cxlab.models.voice.mentions import last_revenue, revenue_touched, shares
from cxlab.periods import Period

TOPICS = pd.DataFrame(
    {
        "topic": ["T01", "T02", "T03", "T04"],
        "name": ["support took days", "price went up", "reports slow", "friendly people"],
        "terms": [["support", "tickets open"], ["expensive", "price"], ["loading", "month end"], ["listen", "cared"]],
    }
)
ACTIONS = pd.DataFrame(
    {
        "action_id": ["A-1", "A-2", "A-3", "A-4"],
        "started_on": pd.to_datetime(["2026-01-05", "2026-03-01", "2026-08-01", "2025-01-01"]),
        "finished_on": pd.to_datetime([None, "2026-04-01", None, None]),
        "topic": ["slow reports", "slow reports", "price", "parking"],
        "owner": ["Head of product", "Reports squad", "Head of sales", "Facilities"],
    }
)


def said(**columns: list[int]) -> pd.DataFrame:
    return pd.DataFrame({topic: np.array(values, dtype=bool) for topic, values in columns.items()})


@pytest.fixture
def comments() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c", None, "d"],
            "answered_at": pd.to_datetime(
                ["2026-07-01", "2026-07-20", "2026-08-01", "2026-08-10", "2026-09-01", "2026-09-15"]
            ),
        }
    )


@pytest.fixture
def members() -> pd.DataFrame:
    return said(T01=[1, 1, 0, 0, 1, 0], T02=[0, 0, 1, 0, 0, 0], T03=[1, 0, 1, 1, 0, 0], T04=[0, 0, 0, 0, 0, 0])


def test_the_peoples_file_goes_before_settings_and_those_before_the_ledger() -> None:
    topics = TOPICS.assign(owner=["Support lead", "", None, ""])
    found = owners_of(topics, owners={"price": "Pricing team", "T01": "Somebody else"}, actions=ACTIONS)
    assert found["owner"].tolist() == ["Support lead", "Pricing team", "Reports squad", ""]
    assert found["said_by"].tolist() == ["people's file", "settings", "ledger", ""]
    assert found["label"].tolist() == ["", "price", "slow reports", ""]


def test_a_topic_is_named_by_its_id_or_by_its_name() -> None:
    found = owners_of(TOPICS, owners={"t04": "Account managers", "Price went up": "Sales"})
    assert found["owner"].tolist() == ["", "Sales", "", "Account managers"]


def test_without_any_authority_nobody_answers() -> None:
    found = owners_of(TOPICS)
    assert (found[["owner", "said_by"]] == "").all(axis=None)


def test_promises_come_with_the_topic_they_are_about_and_keep_their_verdict() -> None:
    found = promises_on(TOPICS, ACTIONS.assign(verdict="too early"))
    assert found[["topic", "action_id"]].to_numpy().tolist() == [["T02", "A-3"], ["T03", "A-1"], ["T03", "A-2"]]
    assert set(found["verdict"]) == {"too early"}
    assert promises_on(TOPICS, None).empty


def test_shares_count_accounts_as_units() -> None:
    one = pd.DataFrame({"T": [True] * 20 + [False] * 20})
    alone = shares(one).loc["T"]
    paired = shares(one, np.repeat(np.arange(20), 2)).loc["T"]
    assert (alone["n"], alone["heard"], alone["value"]) == (20, 40, 0.5)
    # Wilson's interval of 20 in 40.
    assert (alone["low"], alone["high"]) == pytest.approx((0.3520, 0.6480), abs=1e-4)
    # Two answers an account that always agree are worth one, and 20 accounts tell a little less of their spread.
    assert paired["n_eff"] == pytest.approx(20, rel=0.1)
    assert paired["high"] - paired["low"] > alone["high"] - alone["low"]


def test_revenue_is_that_of_the_last_month_known_with_each_account_once(
    members: pd.DataFrame, comments: pd.DataFrame
) -> None:
    subscriptions = pd.DataFrame(
        {
            "customer_id": ["a", "b", "d", "a", "b"],
            "month": pd.to_datetime(["2026-08-01"] * 3 + ["2026-07-01"] * 2),
            "mrr": [100.0, 40.0, 60.0, 999.0, 999.0],
        }
    )
    found = revenue_touched(members, comments["customer_id"], last_revenue(subscriptions))
    assert found["accounts"].tolist() == [1, 1, 3, 0]
    assert found["paying"].tolist() == [1, 1, 2, 0]
    assert found["revenue"].tolist() == [100.0, 40.0, 140.0, 0.0]
    assert found["revenue_share"].tolist() == pytest.approx([0.5, 0.2, 0.7, 0.0])
    assert (found["revenue_low"] <= found["revenue_share"]).all()
    assert last_revenue(subscriptions, pd.Timestamp("2026-08-01")).to_dict() == {"a": 999.0, "b": 999.0}
    assert found.loc["T04", "revenue_high"] > 0.5, "three accounts say little"


def test_a_packet_counts_every_comment_and_account_once(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    routes = owners_of(TOPICS, owners={"T01": "Ann", "T03": "Ann", "T02": "Bo"})
    quotes = pd.DataFrame({"topic": ["T01", "T02"], "text": ["Took days.", "Too dear."]})
    months = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "month": pd.Timestamp("2026-09-01"), "mrr": [10.0, 20.0, 30.0]}
    )
    impact = pd.DataFrame({"topic": ["T03"], "value": [-2.0], "low": [-3.0], "high": [-1.0]})
    found = packets(
        members, comments, TOPICS, routes, period=Period.of("2026-Q3"), before=Period.of("2026-Q2"),
        impact=impact, quotes=quotes, promises=promises_on(TOPICS, ACTIONS), subscriptions=months,
    )  # fmt: skip
    assert [packet.owner for packet in found] == ["Ann", "Bo", ""]
    ann, bo, nobody = found
    assert (ann.comments, ann.accounts, ann.paying, ann.revenue) == (5, 3, 3, 60.0)
    assert ann.findings["topic"].tolist() == ["T01", "T03"]
    assert ann.findings["n"].tolist() == [3, 3]
    assert ann.findings["points"].tolist()[1] == -2.0
    assert ann.promises["action_id"].tolist() == ["A-1", "A-2"]
    assert (bo.comments, bo.quotes["text"].tolist()) == (1, ["Too dear."])
    assert nobody.comments == 0
    # Nothing was heard in the quarter before: no change can be told.
    assert ann.findings["change"].isna().all()
    assert set(ann.findings["verdict"]) == {"cannot tell"}


def test_a_trend_is_told_where_there_is_one() -> None:
    when = pd.to_datetime(["2026-05-01"] * 400 + ["2026-08-01"] * 400)
    comments = pd.DataFrame({"answered_at": when, "customer_id": [f"c{row}" for row in range(800)]})
    up = np.r_[np.arange(400) < 40, np.arange(400) < 100]
    flat = np.r_[np.arange(400) < 40, np.arange(400) < 41]
    found = packets(
        said(T01=up.tolist(), T02=flat.tolist()), comments, TOPICS, owners_of(TOPICS),
        period=Period.of("2026-Q3"), before=Period.of("2026-Q2"),
    )  # fmt: skip
    rows = found[0].findings.set_index("topic")
    assert rows.loc["T01", ["share_before", "share", "verdict"]].tolist() == [0.1, 0.25, "moved up"]
    assert rows.loc["T01", "change"] == pytest.approx(0.15)
    assert rows.loc["T02", "verdict"] == "cannot tell"


def test_what_was_heard_and_routed_and_acted_on(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    routes = owners_of(TOPICS, owners={"T01": "Ann", "T02": "Bo"})
    loop = loop_closed(
        members, comments.assign(heard=[True] * 5 + [False]), routes, promises=promises_on(TOPICS, ACTIONS)
    )
    steps = loop.steps.set_index("step")
    assert steps.loc["with a topic", ["n", "heard"]].tolist() == [5, 5]
    # The fourth comment holds T03 alone, which nobody owns.
    assert steps.loc["routed", ["n", "heard"]].tolist() == [4, 5]
    # T03 has a promise that is still open; A-3 on T02 began on the very day; nothing was promised on T01.
    assert steps.loc["acted on", ["n", "heard"]].tolist() == [3, 5]
    assert steps.loc["answered", ["value", "low"]].isna().all()
    assert loop.contact == ""


def test_a_contact_is_noted_by_the_survey_else_the_next_ticket(comments: pd.DataFrame) -> None:
    tickets = pd.DataFrame(
        {"customer_id": ["a", "a", "c"], "opened_at": pd.to_datetime(["2026-07-01", "2026-07-11", "2026-08-09"])}
    )
    contacted, what = first_contacts(comments, tickets)
    assert contacted.dt.strftime("%m-%d").tolist() == ["07-11", np.nan, np.nan, np.nan, np.nan, np.nan]
    assert what == "the account's next ticket"
    noted = comments.assign(followed_up_at=pd.to_datetime(["2026-07-03", "2026-07-01"] + [None] * 4))
    contacted, what = first_contacts(noted, tickets)
    # One that is noted before the comment is no answer to it.
    assert contacted.dt.strftime("%m-%d").tolist() == ["07-03", *[np.nan] * 5]
    assert what == "the follow-up that the survey notes"


def test_who_still_waits_counts_as_waiting() -> None:
    rng = np.random.default_rng(0)
    count = 3_000
    asked = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.uniform(0, 60, count), "D")
    wait = pd.Series(pd.to_timedelta(rng.exponential(40 / np.log(2), count), "D"))
    comments = pd.DataFrame({"customer_id": [f"c{row}" for row in range(count)], "answered_at": asked})
    comments["followed_up_at"] = comments["answered_at"] + wait
    loop = loop_closed(said(T01=[1] * count), comments, owners_of(TOPICS), as_of=dt.datetime(2026, 3, 2))
    median, low, high = loop.clock.quantile(0.5)
    assert low < 40 < high
    assert median == pytest.approx(40, rel=0.12)
    done = comments["followed_up_at"] <= dt.datetime(2026, 3, 2)
    assert (wait[done] / pd.Timedelta(days=1)).median() < 15, "those answered so far alone say far too little"
    answered = loop.steps.set_index("step").loc["answered"]
    assert answered["value"] == pytest.approx(1 - 0.5 ** (30 / 40), abs=0.03)


def test_the_clock_stops_where_the_account_left() -> None:
    comments = pd.DataFrame({"customer_id": ["a", "b"], "answered_at": pd.to_datetime(["2026-01-01"] * 2)})
    tickets = pd.DataFrame({"customer_id": ["a"], "opened_at": pd.to_datetime(["2026-03-01"])})
    customers = pd.DataFrame({"customer_id": ["a", "b"], "closed_on": pd.to_datetime(["2026-02-01", "2025-12-01"])})
    loop = loop_closed(said(T01=[1, 1]), comments, owners_of(TOPICS), tickets=tickets, customers=customers)
    # a left before its ticket, b before it wrote: nobody was answered, and only a ever waited.
    assert (loop.clock.n, loop.clock.done.sum(), loop.clock.last) == (1, 0, 31)


def test_rows_that_do_not_belong_together_are_refused(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="6 rows, comments 5"):
        packets(members, comments.head(5), TOPICS, owners_of(TOPICS))
    with pytest.raises(TableError, match="answered_at"):
        loop_closed(members, comments.drop(columns="answered_at"), owners_of(TOPICS))
    with pytest.raises(TableError, match="mrr"):
        last_revenue(pd.DataFrame({"customer_id": ["a"], "month": ["2026-01-01"]}))


def test_nothing_heard_gives_an_empty_packet_not_an_error(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    found = packets(members, comments, TOPICS, owners_of(TOPICS), period=Period.of("2020-Q1"))
    assert [packet.comments for packet in found] == [0]
    assert found[0].findings["share"].isna().all()
