"""The register of topics: the same id next quarter, counts that stay, and a file that is the same byte for byte."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError, ProjectError
from cxlab.models.passport.register import Entry, Event, PeriodCount, Place, Register, Wishes, held_by
from cxlab.models.passport.register_text import VERSION, from_text, to_text
from cxlab.models.passport.updating import Heard, rebuild
from cxlab.periods import Period
from tests.models.planted_topics import Planted, hear, id_of, islands, leiden, share_of, silent


@pytest.fixture(scope="module")
def year() -> tuple[list[tuple[Heard, np.ndarray]], list]:
    """Three quarters, drifting a little; in the third a new theme. The quarters and the register after each."""
    planted = Planted(seed=1)
    quarters = [planted.even("2026-Q1")]
    planted.drift(0.15)
    quarters.append(planted.even("2026-Q2"))
    planted.drift(0.15)
    planted.add("outage")
    quarters.append(planted.even("2026-Q3"))
    updates, register = [], Register()
    for heard, _ in quarters:
        updates.append(hear(register, heard))
        register = updates[-1].register
    return quarters, updates


def test_every_theme_is_a_topic_with_an_id_of_its_own(year) -> None:
    (heard, truth), first = year[0][0], year[1][0]
    ids = [id_of(first, truth, f"theme {at}") for at in range(10)]
    assert sorted(ids) == [f"T{number:02d}" for number in range(1, 11)] == sorted(first.register.ids)
    assert min(share_of(first, truth, f"theme {at}", topic) for at, topic in enumerate(ids)) > 0.95
    counts = first.register.comments(first.register.periods[0])
    by_hand = {topic: len(set(heard.comment[first.topics == topic])) for topic in first.register.ids}
    assert counts == by_hand and first.register.periods[0].comments == heard.comments
    assert set(first.drift["kind"]) == {"new"} and first.written


def test_ids_are_kept_and_the_new_theme_is_found_in_its_first_quarter(year) -> None:
    quarters, updates = year
    ids = {f"theme {at}": id_of(updates[0], quarters[0][1], f"theme {at}") for at in range(10)}
    for (_, truth), updated in zip(quarters[1:], updates[1:], strict=True):
        assert {theme: id_of(updated, truth, theme) for theme in ids} == ids
    assert updates[1].register.ids == updates[0].register.ids
    assert updates[2].register.ids == (*updates[0].register.ids, "T11")
    assert share_of(updates[2], quarters[2][1], "outage", "T11") > 0.9
    assert [(event.kind, event.topic) for event in updates[2].events if event.kind == "new"] == [("new", "T11")]
    assert updates[2].register["T11"].born == "2026-Q3"


def test_counts_of_earlier_quarters_stay(year) -> None:
    quarters, updates = year
    after = updates[2].register
    assert after.periods[:2] == updates[1].register.periods and after.periods[0] == updates[0].register.periods[0]
    for at in (0, 1):
        again = hear(after, quarters[at][0])
        assert again.register == after
        assert (again.topics == updates[at].topics).all()
    assert "T11" not in after.comments(after.periods[1]), "nobody looked for it then"


def test_the_same_quarter_again_gives_the_same_register(year) -> None:
    quarters, updates = year
    for (heard, _), updated in zip(quarters, updates, strict=True):
        again = hear(updated.register, heard)
        assert again.register == updated.register and again.events == updated.events
        assert to_text(again.register) == to_text(updated.register)


def test_the_order_of_the_comments_counts_nothing_once_topics_are_there(year) -> None:
    heard, updated = year[0][2][0], year[1][2]
    turned = np.arange(len(heard.vectors))[::-1]
    other = dataclasses.replace(heard, vectors=heard.vectors[turned], comment=heard.comment[turned])
    assert hear(updated.register, other).register.periods == updated.register.periods


def test_late_comments_change_the_counts_of_their_quarter_only(year) -> None:
    quarters, updates = year
    heard, after = quarters[1][0], updates[2].register
    some = dataclasses.replace(heard, vectors=heard.vectors[:300], comment=heard.comment[:300])
    some = dataclasses.replace(some, comments=len(np.unique(some.comment)))
    again = hear(after, some).register
    assert again.entries == after.entries
    assert (again.periods[0], again.periods[2]) == (after.periods[0], after.periods[2])
    assert again.periods[1].comments == some.comments < after.periods[1].comments


def test_an_older_quarter_heard_for_the_first_time_disturbs_no_later_one(year) -> None:
    quarters, updates = year
    later = hear(Register(), quarters[2][0]).register
    both = hear(later, quarters[0][0])
    assert both.register.entries == later.entries and both.register.periods[1] == later.periods[0]
    assert both.register.periods[0].topics_of == "2026-07-01"
    assert hear(both.register, quarters[0][0]).register == both.register
    assert hear(both.register, quarters[2][0]).register == both.register


def test_an_older_quarter_brings_no_topic_unless_it_is_asked_to_count_anew(year) -> None:
    quarters, updates = year
    planted = Planted(seed=1)
    planted.add("flood")
    heard, _ = planted.even("2026-Q1")
    again = hear(updates[2].register, heard)
    assert again.register.ids == updates[2].register.ids and again.register.periods[0].topics_of == "2026-01-01"
    anew = hear(updates[2].register, quarters[0][0], recount=True).register
    assert anew.periods[0].topics_of == "2026-07-01" and anew.comments(anew.periods[0])["T11"] <= 2
    assert anew.entries == updates[2].register.entries and anew.periods[1:] == updates[2].register.periods[1:]


def test_a_narrowed_run_reads_and_never_writes(year) -> None:
    quarters, updates = year
    heard, truth = quarters[2]
    before = updates[1].register
    narrowed = hear(before, dataclasses.replace(heard, narrowed="region North"))
    assert narrowed.register is before and not narrowed.written and not narrowed.events and narrowed.drift.empty
    assert "region North only" in narrowed.notes[0]
    assert share_of(narrowed, truth, "theme 3", id_of(updates[2], truth, "theme 3")) > 0.9
    nothing = hear(Register(), dataclasses.replace(heard, narrowed="region North"))
    assert nothing.register == Register() and set(nothing.topics) == {None}


def test_a_year_over_quarters_is_read_and_not_counted_twice(year) -> None:
    register = year[1][2].register
    heard = dataclasses.replace(year[0][2][0], period=Period.of("2026"))
    updated = hear(register, heard)
    assert updated.register is register and "2026 overlaps 2026-Q1, 2026-Q2, 2026-Q3" in updated.notes[0]


def test_comments_about_nothing_in_particular_make_no_topic(year) -> None:
    planted = Planted(seed=1)
    sizes = {f"theme {at}": 60 for at in range(10)}
    heard, truth = planted.quarter("2026-Q2", sizes, noise=200)
    updated = hear(year[1][0].register, heard)
    assert updated.register.ids == year[1][0].register.ids
    assert (updated.topics[truth == ""] == None).mean() > 0.6  # noqa: E711 (an array of objects)


def test_a_theme_too_small_to_be_a_topic_waits(year) -> None:
    planted = Planted(seed=1)
    planted.add("outage")
    sizes = {**{f"theme {at}": 60 for at in range(10)}, "outage": 12}
    heard, _ = planted.quarter("2026-Q2", sizes)
    assert hear(year[1][0].register, heard).register.ids == year[1][0].register.ids
    small = hear(year[1][0].register, heard, smallest=6).register
    assert small.ids == (*year[1][0].register.ids, "T11")


def test_a_quarter_without_a_comment() -> None:
    planted = Planted(themes=4, seed=3)
    first = hear(Register(), planted.even("2026-Q1")[0]).register
    empty = hear(first, silent("2026-Q2"))
    assert empty.register.entries == first.entries and empty.register.periods[1].held == ()
    assert set(empty.drift["kind"]) == {"quiet"} and empty.events == (), "nobody wrote: that shows nothing of a topic"
    assert hear(empty.register, silent("2026-Q2")).register == empty.register
    twice = hear(empty.register, silent("2026-Q3"))
    assert twice.events == ()
    heard, _ = planted.even("2026-Q4")
    back = hear(twice.register, heard)
    assert set(back.drift["kind"]) == {"kept"} and back.register.ids == first.ids


def test_the_first_quarter_may_be_empty() -> None:
    start = hear(Register(), silent("2026-Q1")).register
    assert start.ids == () and start.encoder == "" and start.trend().empty
    later = hear(start, Planted(themes=4).even("2026-Q2")[0]).register
    assert len(later.ids) == 4 and from_text(to_text(later)) == later
    back = hear(start, Planted(themes=4).even("2025-Q4")[0]).register
    assert len(back.ids) == 4 and [each.period for each in back.periods] == ["2025-Q4", "2026-Q1"]


def test_a_topic_that_goes_and_comes_back_is_told_once_each() -> None:
    planted = Planted(themes=6, seed=4)
    register, told = Register(), []
    for period, without in [("2026-Q1", []), ("2026-Q2", ["theme 2"]), ("2026-Q3", ["theme 2"]), ("2026-Q4", [])]:
        heard, truth = planted.even(period, without=without)
        updated = hear(register, heard)
        register = updated.register
        if period == "2026-Q1":
            topic = id_of(updated, truth, "theme 2")
        told.append([event.kind for event in updated.events if event.topic == topic])
    assert told == [["new"], ["gone"], [], ["returned"]]
    assert len(register.ids) == 6 and register.last_seen(topic) == "2026-Q4"
    assert {event.kind for event in register.events if event.topic != topic} == {"new"}


def test_a_topic_that_moves_is_followed_from_the_next_quarter_on() -> None:
    planted = Planted(themes=6, seed=5)
    heard, truth = planted.even("2026-Q1")
    first = hear(Register(), heard)
    topic = id_of(first, truth, "theme 1")
    quarters, register, moved = [heard], first.register, 0
    for number in range(2, 9):
        sideways = planted.spare[20]
        angle = 0.25 * (number - 1)  # by the eighth quarter 100 degrees from where it was
        planted.themes["theme 1"] = np.cos(angle) * planted.spare[1] + np.sin(angle) * sideways
        heard, truth = planted.even(f"{2026 + (number - 1) // 4}-Q{(number - 1) % 4 + 1}")
        updated = hear(register, heard)
        again = hear(updated.register, heard)
        assert again.register == updated.register
        moved += any(event.kind == "moved" and event.topic == topic for event in updated.events)
        assert id_of(updated, truth, "theme 1") == topic
        quarters.append(heard)
        register = updated.register
    assert moved >= 2 and len(register.ids) == 6
    for heard in quarters:
        assert hear(register, heard).register == register, "every quarter keeps the directions it was heard with"


def test_topics_put_together_have_exact_counts_in_every_quarter(year) -> None:
    quarters, updates = year
    register = updates[2].register.with_entry(
        dataclasses.replace(updates[2].register["T03"], wishes=Wishes(merge_into="T01"))
    )
    register = register.with_entry(dataclasses.replace(register["T05"], wishes=Wishes(merge_into="T03")))
    assert register.standing("T05") == register.standing("T03") == "T01" and register.members("T01") == ["T03", "T05"]
    for (heard, _), updated, period in zip(quarters, updates, register.periods, strict=True):
        inside = np.isin(updated.topics.astype(str), ["T01", "T03", "T05"])
        by_hand = len(set(heard.comment[inside]))
        assert register.comments(period)["T01"] == by_hand
        assert by_hand < sum(updated.register.comments(period)[each] for each in ("T01", "T03", "T05"))
        again = hear(register, heard)
        assert set(again.topics) - {None} == set(updated.topics) - {None, "T03", "T05"}
        assert again.register.periods == register.periods
    assert list(register.table()["topic"]) == [each for each in register.ids if each not in ("T03", "T05")]


def test_trend_by_hand() -> None:
    place = (Place("2026-01-01", (1.0, 0.0), 0.5),)
    entries = (
        Entry("T01", "late invoices", ("invoice",), "2026-Q1", "2026-01-01", place),
        Entry("T02", "log-in", (), "2026-Q2", "2026-04-01", place),
    )
    periods = (
        PeriodCount("2026-Q1", "2026-01-01", "2026-04-01", "2026-01-01", "e", 50, (((), 40), (("T01",), 10))),
        PeriodCount("2026-Q2", "2026-04-01", "2026-07-01", "2026-04-01", "e", 8, (((), 8),)),
    )
    trend = Register("e", (0.0, 0.0), entries, periods).trend()
    assert trend[["topic", "period", "comments", "heard"]].values.tolist() == [
        ["T01", "2026-Q1", 10, 50],
        ["T01", "2026-Q2", 0, 8],
        ["T02", "2026-Q2", 0, 8],
    ]
    assert trend["share"].tolist() == [0.2, 0.0, 0.0]
    # Wilson 1927, 10 of 50: (0.2 + z2/100 -+ z sqrt(0.16/50 + z2/10000)) / (1 + z2/50), z = 1.959964
    np.testing.assert_allclose(trend.loc[0, ["low", "high"]].astype(float), [0.11244, 0.33037], atol=1e-5)


def test_comments_are_counted_by_the_topics_they_hold_together() -> None:
    comment = np.array([0, 0, 1, 2, 2, 3, 3])
    best = np.array([1, 0, -1, 0, 0, 1, 0])
    # comments 0 and 3 hold both, 2 holds T01 twice, 1 and the part-less fifth none
    assert held_by(comment, best, ("T01", "T02"), 5) == (((), 2), (("T01",), 1), (("T01", "T02"), 2))
    assert held_by(np.array([], dtype=int), np.array([], dtype=int), (), 0) == ()


def test_people_may_have_a_topic_split() -> None:
    planted = Planted(themes=5, seed=7)
    # Two themes so alike that one cluster holds them: three quarters of their direction is common to both.
    common, one, other = planted.spare[20:23]
    planted.themes["theme 0"] = np.sqrt(0.75) * common + 0.5 * one
    planted.themes["twin"] = np.sqrt(0.75) * common + 0.5 * other
    heard, truth = planted.even("2026-Q1", count=80)
    names = {"twin": 0, **{f"theme {at}": at for at in range(5)}}

    def coarse(vectors, seed):
        return np.array([names[theme] for theme in truth]) if len(vectors) == len(truth) else np.full(len(vectors), -1)

    first = hear(Register(), heard, cluster=coarse)
    whole = id_of(first, truth, "twin")
    assert len(first.register.ids) == 5 and whole == id_of(first, truth, "theme 0")
    wished = first.register.with_entry(dataclasses.replace(first.register[whole], wishes=Wishes(split=True)))
    heard2, truth2 = planted.even("2026-Q2", count=80)
    split = hear(wished, heard2, cluster=leiden)
    children = split.register[whole].split_into
    assert children == ("T06", "T07") and [split.register[each].split_from for each in children] == [whole, whole]
    assert {id_of(split, truth2, "twin"), id_of(split, truth2, "theme 0")} == set(children)
    assert whole not in split.topics and split.register.periods[0] == first.register.periods[0]
    assert [event.kind for event in split.events if event.topic == whole] == ["split by people"]
    assert hear(split.register, heard2, cluster=leiden).register == split.register
    assert hear(split.register, heard, cluster=coarse).register == split.register, "earlier: the whole, as it was"
    assert whole not in split.register.table()["topic"].tolist()
    back = split.register
    for child in children:
        back = back.with_entry(dataclasses.replace(back[child], wishes=Wishes(merge_into=whole)))
    counts = back.comments(back.periods[1])
    assert counts[whole] >= max(split.register.comments(split.register.periods[1])[each] for each in children)
    assert whole in back.table()["topic"].tolist()


def test_a_split_that_cannot_be_is_told_and_left(year) -> None:
    (heard, _), updated = year[0][2], year[1][2]
    wished = updated.register.with_entry(dataclasses.replace(updated.register["T11"], wishes=Wishes(split=True)))
    tried = hear(wished, heard, smallest=40)
    assert tried.register["T11"].split_into == () and "T11 “topic T11” could not be split" in tried.notes[0]


def test_names_come_from_whoever_is_asked_and_stay(year) -> None:
    quarters, _ = year
    asked = []

    def naming(labels, taken):
        asked.append(taken)
        rows = [(label, f"name {label}", [f"word {label}", "all"]) for label in range(labels.max() + 1)]
        return pd.DataFrame(rows, columns=["topic", "name", "terms"])

    first = hear(Register(), quarters[0][0], naming=naming)
    assert [entry.name for entry in first.register.entries] == [f"name {at}" for at in range(10)]
    assert first.register["T02"].terms == ("word 1", "all")
    third = hear(first.register, quarters[2][0], naming=naming)
    assert third.register["T01"].name == "name 0" and third.register["T11"].name == "name 10"
    assert "name 3" in asked[2] and third.drift["terms"].between(0, 1).sum() >= 9


def test_a_register_can_be_built_anew(year) -> None:
    quarters, updates = year
    with pytest.warns(UserWarning, match="built anew"):
        register = rebuild([heard for heard, _ in quarters[::-1]], islands)
    assert register == updates[2].register


def test_another_encoder_is_refused(year) -> None:
    heard = dataclasses.replace(year[0][0][0], encoder="other")
    with pytest.raises(ParameterError, match="made with the encoder 'planted', these comments were read by 'other'"):
        hear(year[1][0].register, heard)
    with pytest.raises(ParameterError, match="do not fit together"):
        dataclasses.replace(heard, comment=heard.comment[1:])


# The file


def test_the_file_is_the_same_byte_for_byte_and_small(year) -> None:
    register = year[1][2].register
    text = to_text(register)
    assert to_text(from_text(text)) == text and from_text(text) == register
    assert len(text) < 11 * (40 * 9 + 400) + 8_000
    assert re.search(r"\d\.\d{5}", text) is None, "four decimals are enough"


@pytest.mark.parametrize("cut", [0, 1, 100, 5_000, -3])
def test_a_file_that_was_cut_is_told(year, cut: int) -> None:
    with pytest.raises(ProjectError, match="topics.json, is damaged: it is not whole JSON") as told:
        from_text(to_text(year[1][0].register)[:cut], "data/processed/topics.json")
    assert "delete the file and run again" in str(told.value)


def test_a_file_that_was_changed_is_told(year) -> None:
    text = to_text(year[1][0].register)
    for old, new in [
        ('"T03"', '"T04"'),
        ('"encoder": "planted"', '"encoder": "plantet"'),
        ('"split":false', '"split":true'),
    ]:
        assert old in text
        with pytest.raises(ProjectError, match="checksum does not fit"):
            from_text(text.replace(old, new, 1))
    with pytest.raises(ProjectError, match="which version"):
        from_text("{}")
    with pytest.raises(ProjectError, match="which version"):
        from_text("[1]")
    for version in ("2", '"1"', "0", "true", "null"):
        with pytest.raises(ProjectError, match="is of version .*; this cxlab reads version 1"):
            from_text(text.replace(f'"version": {VERSION}', f'"version": {version}'))
    for number in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(ProjectError, match="which is no number"):
            from_text(re.sub(r'"radius":[\d.]+', f'"radius":{number}', text, count=1))
    with pytest.raises(ProjectError, match="is damaged"):
        from_text(re.sub(r'"radius":[\d.]+', '"radius":1e999', text, count=1))
    with pytest.raises(ProjectError, match="is damaged"):
        from_text("[" * 100_000)


def forged(register: Register, change) -> str:
    """A file whose checksum fits, though it was written by something else."""
    from cxlab.models.passport import register_text

    content = json.loads(to_text(register))
    change(content)
    version, _ = content.pop("version"), content.pop("checksum")
    return json.dumps({"version": version, "checksum": register_text._checksum(content), **content})


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda c: c.pop("entries"), "entries is missing"),
        (lambda c: c.update(entries={}), "entries is {}"),
        (lambda c: c.update(encoder=3), "encoder is 3"),
        (lambda c: c["entries"].append(c["entries"][0]), "two topics have one id"),
        (lambda c: c["entries"][0].update(id="X1"), "'X1' is no topic's id"),
        (lambda c: c["entries"][0].update(places=[]), "does not lie in the space"),
        (lambda c: c["entries"][0]["places"][0]["centroid"].pop(), "does not lie in the space"),
        (lambda c: c["entries"][0]["places"][0]["centroid"].append("x"), "centroid is 'x'"),
        (lambda c: c["entries"][0]["places"][0].update(since="yesterday"), "yesterday"),
        (lambda c: c["entries"][0]["wishes"].update(mute="yes"), "mute is 'yes'"),
        (lambda c: c["entries"][0]["wishes"].update(merge_into="T99"), "names a topic that is not there"),
        (lambda c: c["entries"].__setitem__(0, 5), "id is missing"),
        (lambda c: c["periods"][0].update(comments=1), "do not add up"),
        (lambda c: c["periods"][0]["held"].append([["T99"], 0]), "counts a topic that is not there"),
        (lambda c: c["periods"][0]["held"].append([["T01"], -1]), "held is -1"),
        (lambda c: c["periods"][0]["held"].append(7), "is damaged"),
        (lambda c: c["periods"].append(c["periods"][0]), "not in order"),
        (lambda c: c.update(centre=[None] * 40), "centre is None"),
    ],
)  # fmt: skip
def test_a_file_that_says_what_cannot_be_is_told(year, change, said: str) -> None:
    with pytest.raises(ProjectError, match="is damaged") as told:
        from_text(forged(year[1][0].register, change))
    assert said in str(told.value)


def test_no_comment_is_stored(year) -> None:
    names = {field.name for kind in (Register, Entry, PeriodCount, Place, Event) for field in dataclasses.fields(kind)}
    assert not names & {"text", "texts", "quotes", "examples", "vectors", "comment_ids"}


WORDS = st.text(max_size=8)
NUMBERS = st.floats(-1, 1).map(lambda value: round(value, 4) + 0.0)
DAYS = st.dates().map(lambda day: day.isoformat())


@st.composite
def registers(draw) -> Register:
    count, width = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    ids = [f"T{number:02d}" for number in range(1, count + 1)]
    vectors = st.lists(NUMBERS, min_size=width, max_size=width).map(tuple)
    some_id = st.sampled_from(["", *ids])
    wishes = st.builds(Wishes, WORDS, WORDS, some_id, st.booleans(), st.booleans(), WORDS, WORDS)
    places = st.lists(st.builds(Place, DAYS, vectors, NUMBERS), min_size=1, max_size=2).map(tuple)
    terms = st.lists(WORDS, max_size=3).map(tuple)
    entries = tuple(
        draw(st.builds(Entry, st.just(each), WORDS, terms, WORDS, DAYS, places, wishes, some_id)) for each in ids
    )
    periods = []
    for start in sorted(draw(st.sets(DAYS, max_size=3))):
        sets = draw(st.lists(st.sampled_from([(), *[(each,) for each in ids]]), unique=True, max_size=3))
        held = tuple((each, draw(st.integers(0, 9))) for each in sets)
        total = sum(number for _, number in held)
        periods.append(PeriodCount(draw(WORDS), start, draw(DAYS), start, draw(WORDS), total, held))
    events = draw(st.lists(st.builds(Event, WORDS, WORDS, WORDS, terms, st.integers(0, 9), NUMBERS, WORDS), max_size=2))
    return Register(draw(WORDS), draw(vectors), entries, tuple(periods), tuple(events))


@given(registers())
@settings(max_examples=30, deadline=None)
def test_any_register_comes_back_from_its_text(register: Register) -> None:
    text = to_text(register)
    assert from_text(text) == register and to_text(from_text(text)) == text


def test_ids_are_never_used_again() -> None:
    place = (Place("2026-01-01", (1.0,), 0.5),)
    register = Register("e", (0.0,), (Entry("T07", "x", (), "2026-Q1", "2026-01-01", place),))
    assert register.next_ids(2) == ("T08", "T09")
    assert Register().next_ids(1) == ("T01",)
    with pytest.raises(ParameterError, match="'T7' is not a known topic. Did you mean 'T07'"):
        register["T7"]


def test_the_clusters_of_cxlab_give_the_same_topics(year) -> None:
    quarters, updates = year
    first = hear(Register(), quarters[0][0], cluster=leiden)
    assert len(first.register.ids) == 10
    together = pd.crosstab(first.topics.astype(str), updates[0].topics.astype(str))
    assert together.max().sum() / together.sum().sum() > 0.97
    third = hear(first.register, quarters[2][0], cluster=leiden)
    assert third.register.ids[10:] == ("T11",) and share_of(third, quarters[2][1], "outage", "T11") > 0.9


@pytest.mark.slow
def test_over_many_companies_ids_are_kept_and_new_themes_found() -> None:
    """Eight companies of six drifting quarters; themes come, go and come back. Ids kept at least 95 % in all."""
    kept = asked = found = wrong = 0
    for seed in range(8):
        planted = Planted(themes=10, seed=100 + seed)
        register, ids = Register(), {}
        for number in range(6):
            if number in (2, 4):
                planted.add(f"new {number}")
            without = ["theme 0"] if number in (3, 4) else []
            heard, truth = planted.even(f"{2026 + number // 4}-Q{number % 4 + 1}", without=without, count=40)
            updated = hear(register, heard, cluster=leiden, seed=seed)
            wrong += len(updated.register.ids) - len(register.ids) - (10 if number == 0 else number in (2, 4))
            for theme in set(truth):
                topic = id_of(updated, truth, theme)
                if theme in ids:
                    asked, kept = asked + 1, kept + (ids[theme] == topic)
                elif number:
                    found += updated.register[topic].born == heard.period.label
                ids.setdefault(theme, topic)
            register = updated.register
            planted.drift(0.15)
    assert kept / asked >= 0.95 and asked == 8 * 52
    assert found == 16, "both new themes of every company, in their first quarter"
    assert wrong <= 3, "topics that nobody planted"
