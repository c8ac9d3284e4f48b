"""People's file about topics: what they write holds in every later run, and what cannot be followed is said."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import InputError
from cxlab.models.passport.granting import with_wishes
from cxlab.models.passport.register import Entry, PeriodCount, Place, Register, Wishes
from cxlab.models.passport.register_text import from_text, to_text
from cxlab.models.passport.wishes import read_wishes, starting_file
from tests.models.planted_topics import Planted, hear

PLACE = (Place("2026-01-01", (1.0, 0.0), 0.5),)
NAMES = ("late invoices", "log-in fails", "waiting time", "helpful staff")
ENTRIES = tuple(
    Entry(f"T{at:02d}", name, (name.split()[0],), "2026-Q1", "2026-01-01", PLACE) for at, name in enumerate(NAMES, 1)
)
HELD = (((), 10), (("T01",), 20), (("T01", "T02"), 5), (("T03",), 15))
REGISTER = Register(
    "e", (0.0, 0.0), ENTRIES, (PeriodCount("2026-Q1", "2026-01-01", "2026-04-01", "2026-01-01", "e", 50, HELD),)
)
HEAD = "topic,name,owner,merge_into,split,mute,touchpoint,product_area\n"


def wished(rows: str, register: Register = REGISTER) -> Register:
    return with_wishes(register, read_wishes(HEAD + rows, register))


def test_everything_that_people_may_wish() -> None:
    register = wished(
        'T01,"Bills, late",Finance,,,,Billing,Payments\nlog-in  FAILS,,,,yes,,,\nT03,,,t01,,,,\nT04,,,,,x,,\n'
    )
    assert register["T01"].wishes == Wishes("Bills, late", "Finance", "", False, False, "Billing", "Payments")
    assert register["T02"].wishes == Wishes(split=True) and register["T04"].wishes == Wishes(mute=True)
    assert register["T03"].wishes == Wishes(merge_into="T01") and register.standing("T03") == "T01"
    assert register.comments(register.periods[0]) == {"T01": 40, "T02": 5, "T04": 0}
    table = register.table().set_index("topic")
    assert list(table.index) == ["T01", "T02", "T04"] and table.loc["T01", "name"] == "Bills, late"
    assert table.loc["T01", "together"] == ["T03"] and bool(table.loc["T04", "muted"]) and table.loc["T01", "named"]
    assert from_text(to_text(register)) == register


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_spreadsheets_of_all_countries(delimiter: str, ends: str) -> None:
    text = "\ufeffTopic,Name, Merge into ,MUTE\nT02,Zugang 🙂 وصول,,\n\n ,,,\nT03,,T02,No\n"
    found = read_wishes(text.replace(",", delimiter).replace("\n", ends), REGISTER)
    assert found == {"T02": Wishes(name="Zugang 🙂 وصول"), "T03": Wishes(merge_into="T02")}


def test_the_file_says_what_holds() -> None:
    register = wished("T01,Bills,Finance,,,,,\nT03,,,T01,,,,\nT04,,,,,yes,,\n")
    assert wished("T01,Bills,Finance,,,,,\nT03,,,T01,,,,\nT04,,,,,yes,,\n", register) == register, (
        "a second time nothing happens"
    )
    kinds = [(event.kind, event.topic) for event in register.events]
    assert kinds == [("renamed", "T01"), ("owned", "T01"), ("put together", "T03"), ("muted", "T04")]
    back = wished("T01,Bills,,,,,,\n", register)
    assert back["T01"].wishes == Wishes(name="Bills") and back["T03"].wishes == Wishes()
    assert [(event.kind, event.topic) for event in back.events[4:]] == [
        ("owned", "T01"),
        ("taken apart", "T03"),
        ("unmuted", "T04"),
    ]
    assert back.comments(back.periods[0]) == REGISTER.comments(REGISTER.periods[0])


def test_names_of_any_time_lead_to_the_topic() -> None:
    register = wished("T01,Bills,,,,,,\n")
    assert read_wishes("topic,owner\nBills,Ann\n", register)["T01"].owner == "Ann"
    assert read_wishes("topic,owner\nlate invoices,Ann\n", register)["T01"].owner == "Ann"
    assert read_wishes(HEAD + "T01,Money,,,,,,\nT02,,,Money,,,,\n", REGISTER)["T02"].merge_into == "T01"


def test_topics_put_together_in_a_row_of_three() -> None:
    register = wished("T01,,,T02,,,,\nT02,,,T03,,,,\n")
    assert [register.standing(topic) for topic in register.ids] == ["T03", "T03", "T03", "T04"]
    assert register.comments(register.periods[0]) == {"T03": 40, "T04": 0}


@pytest.mark.parametrize(
    "rows, said",
    [
        (
            "T09,,,,,,,\n",
            "topics.csv, row 2, column 'topic': there is no topic 'T09'. Write an id or name. Nearest: T0",
        ),
        ("late invoice,,,,,,,\n", "Nearest: T01 'late invoices'"),
        (",x,,,,,,\n", "row 2, column 'topic': the cell is empty"),
        (
            "T01,,,log in fail,,,,\n",
            "column 'merge_into': there is no topic 'log in fail'. Write an id or name. Nearest: T02",
        ),
        ("T01,,,,,,,\n\nlate invoices,x,,,,,,\n", "row 4, column 'topic': T01 has a row already, row 2"),
        ("T01,,,T01,,,,\n", "the topics go round in a circle, T01 into T01"),
        ("T01,,,T02,,,,\nT02,,,T03,,,,\nT03,,,T01,,,,\n", "T02 into T03 into T01 into T02"),
        ("T01,,,T02,,,,\nT02,,,,,yes,,\n", "row 2, column 'merge_into': T02 is muted, its comments would not be seen"),
        ("T01,,,T02,,,,\nT02,,,T03,,,,\nT03,,,,,yes,,\n", "T03 is muted"),
        ("T01,,,T02,yes,,,\n", "column 'split': T01 is to be split and put into T02"),
        ("T01,,,,maybe,,,\n", "column 'split': 'maybe' is neither yes nor no. Write yes, or leave the cell empty"),
        ("T01,,,,,ja,,\n", "column 'mute': 'ja' is neither yes nor no"),
        ("T01,Bills,,,,,,\nT02,bills,,,,,,\n", "row 3, column 'name': 'bills' is the name of T01 already"),
        ("T01,Waiting Time,,,,,,\n", "'Waiting Time' is the name of T03 already"),
        (f"T01,{'x' * 201},,,,,,\n", "201 characters. Give at most 200"),
        ("T01,Bills, late,Finance,,,,Billing,Payments\n", "has more cells than the first row"),
        ('T01,"Bills,,,,,,\n', "it is no table"),
    ],
)
def test_what_cannot_be_followed_is_said(rows: str, said: str) -> None:
    with pytest.raises(InputError) as told:
        read_wishes(HEAD + rows, REGISTER)
    assert said in str(told.value)


@pytest.mark.parametrize(
    "head, said",
    [
        ("topic,nmae\n", "row 1, column 'nmae': no such column is known. Did you mean 'name'?"),
        ("name,owner\n", "column 'topic': the column is missing"),
        ("topic,name,name\n", "the column is there twice"),
    ],
)
def test_what_is_wrong_with_the_first_row(head: str, said: str) -> None:
    with pytest.raises(InputError, match="topics.csv, row 1") as told:
        read_wishes(head + "T01,\n", REGISTER)
    assert said in str(told.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as told:
        read_wishes(HEAD + "T09,,,,,,,\nT01,,,,perhaps,,,\nT02,,,T77,,,,\n", REGISTER, "my/topics.csv")
    assert [line.split(",")[1] for line in str(told.value).splitlines()] == [" row 2", " row 3", " row 4"]
    assert str(told.value).startswith("my/topics.csv")


def test_names_that_mean_two_topics_need_an_id() -> None:
    twins = dataclasses.replace(REGISTER, entries=(*ENTRIES, dataclasses.replace(ENTRIES[0], id="T05")))
    with pytest.raises(InputError, match="'late invoices' is what T01, T05 are called. Write the id"):
        read_wishes("topic,owner\nlate invoices,Ann\n", twins)


def test_the_starting_file_lists_every_topic_and_wishes_nothing() -> None:
    text = starting_file(REGISTER)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["topic"] for row in rows] == ["T01", "T02", "T03", "T04"]
    assert (rows[0]["called"], rows[0]["terms"], rows[0]["comments"]) == ("late invoices", "late", "25")
    assert rows[0]["name"] == rows[0]["owner"] == ""
    assert with_wishes(REGISTER, read_wishes(text, REGISTER)) == REGISTER
    assert starting_file(Register()).startswith("topic,name,owner")


def test_peoples_words_stay_byte_for_byte_when_topics_are_added() -> None:
    mine = 'Topic;Name;Owner\r\nlate invoices;"Bills; late";Ann\r\nT03;;'  # as Excel in Germany saves it
    text = starting_file(REGISTER, mine)
    assert text.startswith(mine)
    assert text[len(mine) :].split() == ["T02;;", "T04;;"]
    assert set(read_wishes(text, REGISTER)) == {"T01", "T02", "T03", "T04"}
    assert starting_file(REGISTER, text) == text, "nothing to add"
    assert starting_file(REGISTER, "topic\n\n") == "topic\n\nT01\nT02\nT03\nT04\n"
    with pytest.raises(InputError, match="there is no topic"):
        starting_file(REGISTER, "topic\nT09\n")


def test_a_name_is_no_formula() -> None:
    entry = dataclasses.replace(ENTRIES[0], called='=HYPERLINK("http://x")', terms=("+1", "@sum"))
    register = dataclasses.replace(REGISTER, entries=(entry,), periods=())
    text = starting_file(register)
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["called"] == '\'=HYPERLINK("http://x")' and row["terms"] == "'+1, @sum"
    assert read_wishes(text, register) == {"T01": Wishes()}


def test_a_row_written_for_another_topic_is_not_believed() -> None:
    """After a register was built anew, T02 may be another topic than the one somebody gave a name and an owner."""
    text = starting_file(REGISTER).replace("T02,", "T02,Access", 1)
    other = dataclasses.replace(REGISTER, entries=(ENTRIES[0], dataclasses.replace(ENTRIES[1], called="parking")))
    other = dataclasses.replace(other, periods=())
    rows = "\n".join(text.splitlines()[:3])
    with pytest.raises(
        InputError, match="row 3, column 'called': the row was written for 'log-in fails'; T02 is 'parking'"
    ):
        read_wishes(rows, other)


def test_wishes_survive_every_later_run() -> None:
    planted = Planted(themes=5, seed=1)
    register = hear(Register(), planted.even("2026-Q1")[0]).register
    text = "topic,name,owner,merge_into,mute\nT01,Bills,Finance,,\nT02,,,T01,\nT03,,,,yes\n"
    register = with_wishes(register, read_wishes(text, register))
    for number in (2, 3):
        planted.drift(0.1)
        heard, _ = planted.even(f"2026-Q{number}")
        updated = hear(from_text(to_text(register)), heard)
        register = with_wishes(updated.register, read_wishes(text, updated.register))
        assert register == updated.register
        assert "T02" not in updated.topics and (updated.topics == "T01").sum() > (updated.topics == "T04").sum() * 1.3
        assert updated.drift["topic"].tolist() == ["T01", "T03", "T04", "T05"]
    assert register["T01"].name == "Bills" and register["T03"].wishes.mute and register.ids[-1] == "T05"
    assert register.comments(register.periods[1])["T03"] > 0, "muted, not lost"
    assert [event.kind for event in register.events if event.period == "2026-Q1"].count("renamed") == 1


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        assert isinstance(read_wishes(text, REGISTER), dict)
    except InputError as told:
        assert "topics.csv" in str(told)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(lambda text: " ".join(text.split()))


@given(CELLS, CELLS, st.sampled_from([",", ";"]))
@settings(max_examples=60, deadline=None)
def test_any_words_come_through_a_spreadsheet(name: str, owner: str, delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["topic", "name", "owner"], ["T01", name, owner]])
    found = read_wishes(out.getvalue(), REGISTER)["T01"]
    assert (found.name, found.owner) == (name.strip(), owner.strip())
