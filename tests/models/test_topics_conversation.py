"""Quarters of made comments heard by one register, and what a project keeps of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import InputError, ProjectError
from cxlab.models.passport.conversation import Conversation, listen
from cxlab.models.passport.keeping import keep_topics, topic_register
from cxlab.models.passport.register import Register
from cxlab.periods import Period
from cxlab.tables.project import Project

THEMES = {
    "support": (
        "The help desk takes {n} days to answer",
        "Support answers our tickets after {n} days",
        "We wait {n} days until support answers a ticket",
    ),
    "price": (
        "The licence price went up by {n} percent",
        "A licence is too expensive at this price",
        "The price of {n} more licences is too high",
    ),
    "reports": (
        "Monthly reports load for {n} minutes",
        "Loading the reports dashboard takes {n} minutes",
        "The reports dashboard is slow to load",
    ),
    "people": (
        "Our friendly consultant listens and knows us",
        "A kind and friendly consultant called us",
        "The consultant is friendly and always helps",
    ),
}
NEW = (
    "The new chatbot invents wrong answers",
    "Wrong answers of the chatbot annoy us",
    "The chatbot sends us in circles",
)
PERIODS = [Period.of("2026-Q1"), Period.of("2026-Q2"), Period.of("2026-Q3")]


def quarter(
    period: Period, rng: np.random.Generator, themes: dict[str, tuple[str, ...]], count: int = 320
) -> pd.DataFrame:
    names = rng.choice(list(themes), count)
    texts = [str(rng.choice(themes[name])).format(n=rng.integers(2, 30)) for name in names]
    when = pd.Timestamp(period.start) + pd.to_timedelta(rng.integers(0, 80, count), unit="D")
    return pd.DataFrame(
        {"answered_at": when, "comment": texts, "theme": names, "customer_id": [f"{period}{n}" for n in range(count)]}
    )


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    parts = [
        quarter(period, rng, THEMES if period != PERIODS[-1] else {**THEMES, "chatbot": NEW}) for period in PERIODS
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def heard(rows: pd.DataFrame) -> Conversation:
    return listen(rows, PERIODS)


def test_topics_keep_their_ids_and_a_new_one_is_found_in_its_first_quarter(heard: Conversation) -> None:
    themes: dict[str, str] = {}
    for told in heard.told:
        main = pd.Series(told.topics.labels, dtype=object)
        assert main.notna().mean() > 0.85
        both = pd.crosstab(main, told.rows["theme"])
        mostly = both.idxmax(axis=1)
        assert both.max(axis=1).sum() / both.to_numpy().sum() > 0.95, "a topic holds one theme"
        for topic, theme in mostly.items():
            assert themes.setdefault(str(topic), str(theme)) == theme, "the id says the same thing in every quarter"
    new = [topic for topic, theme in themes.items() if theme == "chatbot"]
    assert new and all(heard.register[topic].born == "2026-Q3" for topic in new)
    assert {event.kind for event in heard.now.updated.events if event.topic in new} == {"new"}


def test_heard_again_nothing_changes(rows: pd.DataFrame, heard: Conversation) -> None:
    again = listen(rows, PERIODS, heard.register)
    assert again.register == heard.register
    assert again.now.topics.labels == heard.now.topics.labels


def test_a_part_of_the_company_changes_no_register_and_tfidf_keeps_none(
    rows: pd.DataFrame, heard: Conversation
) -> None:
    part = listen(rows[rows.index % 2 == 0], PERIODS[-1:], heard.register, narrowed="region North")
    assert part.register == heard.register and not part.lasts and heard.lasts
    words = listen(rows, PERIODS[-1:], heard.register, encoder="tfidf")
    assert not words.lasts and "words they share" in words.now.topics.spoke and len(words.now.topics.names) > 1


def test_an_empty_quarter_and_nobody_at_all(rows: pd.DataFrame, heard: Conversation) -> None:
    later = listen(rows, [PERIODS[-1], Period.of("2026-Q4")], heard.register)
    assert later.now.topics.labels == [] and later.now.topics.table["n"].sum() == 0
    assert set(later.register.ids) == set(heard.register.ids)
    nobody = listen(rows.iloc[:0], PERIODS[:1])
    assert nobody.register.entries == () and nobody.now.topics.table.empty


# ---------------------------------------------------------------------------------------------------- what is kept


def project(folder: Path) -> Project:
    (folder / "cxlab.toml").write_text('[company]\nname = "Test"\n')
    return Project.find(folder)


def test_a_project_keeps_its_topics(tmp_path: Path, rows: pd.DataFrame, heard: Conversation) -> None:
    place = project(tmp_path)
    kept = topic_register(place)
    assert kept.register == Register() and kept.coded is None
    assert "topics.csv" in keep_topics(kept, heard.register, place)
    again = topic_register(place)
    assert again.register.ids == heard.register.ids and again.register.known("2026-07-01").ids
    assert listen(rows, PERIODS, again.register).now.topics.labels == heard.now.topics.labels, (
        "rounding moved a comment"
    )
    listed = (tmp_path / "topics.csv").read_text(encoding="utf-8-sig")
    assert all(topic in listed for topic in heard.register.ids)


def test_people_are_heard_and_their_words_stay(tmp_path: Path, heard: Conversation, rows: pd.DataFrame) -> None:
    place = project(tmp_path)
    keep_topics(topic_register(place), heard.register, place)
    first, second, third = heard.register.ids[:3]
    lines = ["topic,name,owner,merge_into,mute", f"{first},Waiting for support,Help desk,,"]
    words = "\n".join([*lines, f"{second},,,{first},", f"{third},,,,yes", ""])
    (tmp_path / "topics.csv").write_text(words)
    (tmp_path / "topics-coded.csv").write_text("comment,code\nr1,Waiting for support\n")
    kept = topic_register(place)
    told = listen(rows, PERIODS, kept.register).now.topics
    assert told.names.set_index("topic").loc[first, ["name", "owner"]].tolist() == ["Waiting for support", "Help desk"]
    assert second not in told.members and third not in told.members
    assert told.members[first].sum() > heard.now.topics.members[first].sum()
    assert kept.coded is not None and kept.coded.to_dict("records") == [
        {"comment": "r1", "code": "Waiting for support"}
    ]
    keep_topics(kept, kept.register, place)
    assert (tmp_path / "topics.csv").read_text(encoding="utf-8-sig").startswith(words)


def test_a_damaged_register_and_two_runs_at_once(tmp_path: Path, heard: Conversation) -> None:
    place = project(tmp_path)
    kept = topic_register(place)
    keep_topics(kept, heard.register, place)
    with pytest.raises(ProjectError, match="somebody else"):
        keep_topics(kept, Register(entries=heard.register.entries[:1]), place)
    file = place.topics_register
    file.write_text(file.read_text()[:-200])
    with pytest.raises((ProjectError, InputError), match=r"topics\.json"):
        topic_register(place)
    file.unlink()
    assert topic_register(place).register == Register()
