"""From comments to topics: planted ones are found, few and odd comments are treated honestly, nothing goes missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ParameterError
from cxlab.models.topics.encoders import encoder_of
from cxlab.models.topics.hearing import TABLE, Topics, hear_topics
from cxlab.models.topics.vectors import centre_of
from cxlab.stats.estimates import Counts, share

#: Words of six planted topics; a comment is four of one topic's, in a sentence that could be about anything.
PLANTED = {
    "delivery": "parcel courier shipment delivery package tracking postman warehouse doorstep dispatch shipping mail",
    "billing": "invoice bill refund charge payment fee receipt price overcharged debit tax amount",
    "login": "password login account username authentication signin passcode security reset locked email verification",
    "hotline": "hotline hold waiting phone call music operator agent queue callback ringing voicemail",
    "food": "soup lunch canteen meal salad coffee bread vegetables dinner breakfast taste salty",
    "parking": "parking garage car barrier bay vehicle driving spaces lot driveway traffic parked",
}
SENTENCES = [
    "We had trouble with the {} and the {}, also {} and {}",
    "My {} was bad, then {}, {} and {} too",
    "Please look at {}, {}, {} and {}",
    "Since May the {} and {} got worse, like the {} and the {}",
]


def comments_of(each: int, seed: int = 1) -> tuple[list[str], np.ndarray]:
    """`each` comments of each planted topic, shuffled, and which topic each is of."""
    rng = np.random.default_rng(seed)
    which = rng.permutation(np.repeat(np.arange(len(PLANTED)), each))
    words = [text.split() for text in PLANTED.values()]
    drawn = [rng.choice(SENTENCES).format(*rng.choice(words[topic], 4, replace=False)) for topic in which]
    return drawn, which


def numbers(topics: Topics) -> np.ndarray:
    return pd.factorize(np.array([topic or "" for topic in topics.labels], dtype=object))[0]


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


@pytest.fixture(scope="module")
def heard() -> tuple[Topics, np.ndarray]:
    comments, which = comments_of(60)
    return hear_topics(comments), which


def test_planted_topics_are_found(heard: tuple[Topics, np.ndarray]) -> None:
    topics, which = heard
    assert None not in topics.labels
    found = numbers(topics)
    # A planted topic may come in parts; two never come as one.
    for label in np.unique(found):
        assert np.bincount(which[found == label]).max() / (found == label).sum() > 0.9
    assert 6 <= len(topics.names) <= 10
    assert agreement(found, which) > 0.6


def test_members_labels_units_and_table_agree(heard: tuple[Topics, np.ndarray]) -> None:
    topics, _ = heard
    assert topics.members.shape == (360, len(topics.names))
    assert topics.members.columns.tolist() == topics.names["topic"].tolist() == topics.table["topic"].tolist()
    for row, topic in enumerate(topics.labels):
        assert topics.members.loc[row, topic]
    by_units = topics.units.groupby("topic")["comment"].nunique()
    table = topics.table.set_index("topic")
    assert table["n"].to_dict() == by_units.to_dict() == topics.members.sum().to_dict()
    assert topics.table.columns.tolist()[: len(TABLE)] == TABLE
    assert topics.names["name"].is_unique
    assert set(topics.known.ids) == set(topics.names["topic"])
    assert (topics.units["similarity"] > 0).mean() > 0.95


def test_share_is_wilson_of_the_comments_heard() -> None:
    comments, _ = comments_of(60)
    topics = hear_topics([*comments, *["n/a"] * 40])
    row = topics.table.iloc[0]
    assert row["share"] == pytest.approx(row["n"] / 360)
    n, whole = np.array([float(row["n"])]), np.array([360.0])
    wilson = share(Counts(n=whole, units=whole, sy=n, sx=whole, syy=n, sxy=n, sxx=whole))
    assert (row["low"], row["high"]) == pytest.approx((wilson.low[0], wilson.high[0]))
    z, p = 1.959964, row["share"]
    middle, half = p + z * z / 720, z * np.sqrt(p * (1 - p) / 360 + z * z / (4 * 360**2))
    assert row["low"] == pytest.approx((middle - half) / (1 + z * z / 360), abs=1e-4)


def test_a_comment_of_two_things_holds_two_topics() -> None:
    comments, _ = comments_of(60)
    both = (
        "The parcel, its tracking and the shipment are late. The salty soup at lunch and the canteen dinner were bad."
    )
    topics = hear_topics([*comments, both])
    held = topics.members.iloc[-1]
    assert held.sum() == 2
    of = {held.index[place]: topics.units[topics.units["topic"] == held.index[place]] for place in np.flatnonzero(held)}
    texts = [" ".join(units["text"]) for units in of.values()]
    assert {"soup" in text for text in texts} == {True, False}
    assert topics.labels[-1] in of
    assert topics.units[topics.units["comment"] == 360]["text"].str.len().max() < len(both)


def test_what_is_set_aside_keeps_its_row() -> None:
    comments, _ = comments_of(60)
    given = ["n/a", *comments[:100], None, "-", *comments[100:], "great", "🎉"]
    topics = hear_topics(given)
    assert len(topics.labels) == len(topics.members) == len(given)
    aside = [0, 101, 102, len(given) - 1]
    assert topics.prepared.comments["why"].iloc[aside].tolist() == ["non-answer", "empty", "non-answer", "no words"]
    feeling = len(given) - 2
    assert topics.prepared.comments["heard"].iloc[feeling]
    for row in (*aside, feeling):
        assert topics.labels[row] is None
        assert not topics.members.iloc[row].any()
    assert "361 were heard" in topics.remarks[0]
    assert "Set aside: 1 empty, 2 non-answer, 1 no words." in topics.remarks
    assert any(remark.startswith("1 comments hold a feeling and no theme") for remark in topics.remarks)


def test_impact_adds_up_and_finds_who_suffers(heard: tuple[Topics, np.ndarray]) -> None:
    topics, which = heard
    rng = np.random.default_rng(0)
    score = np.where(which == 0, rng.integers(0, 5, 360), rng.integers(7, 11, 360))
    table = topics.impact(score)
    assert table["value"].sum() == pytest.approx(table.attrs["gap"], abs=1e-9)
    worst = table.sort_values("value").iloc[0]["topic"]
    assert np.bincount(which[topics.members[worst]]).argmax() == 0
    with pytest.raises(ParameterError, match="3 scores for 360 comments"):
        topics.impact([1, 2, 3])


def test_refits_tell_who_is_sure(heard: tuple[Topics, np.ndarray]) -> None:
    topics, _ = heard
    assert len(topics.refits) > 1
    for again in topics.refits:
        assert set(again.columns) <= set(topics.members.columns)
        assert len(again) == 360
        both = (again & topics.members[again.columns]).to_numpy().sum()
        assert both / topics.members.to_numpy().sum() > 0.5


def test_topics_are_heard_in_other_texts(heard: tuple[Topics, np.ndarray]) -> None:
    topics, which = heard
    held = topics.held_in(["The soup at lunch in the canteen was salty", "n/a", None])
    assert held.shape == (3, len(topics.names))
    (topic,) = held.columns[held.iloc[0]]
    assert np.bincount(which[topics.members[topic]]).argmax() == 4
    assert not held.iloc[1:].any(axis=None)


def test_another_encoder_speaks(heard: tuple[Topics, np.ndarray]) -> None:
    comments, which = comments_of(60)
    topics = hear_topics(comments, encoder="tfidf")
    assert topics.known.encoder.startswith("tfidf ")
    assert "words they share" in topics.spoke
    assert topics.spoke != heard[0].spoke
    assert agreement(numbers(topics), which) > 0.4
    own = encoder_of("tfidf")
    assert (hear_topics(comments, encoder=own).members.to_numpy() == topics.members.to_numpy()).all()
    with pytest.raises(CxlabError, match="tfidf"):
        topics.known.assign(np.zeros((2, 7), np.float32))


@pytest.mark.parametrize(
    ("comments", "heard"),
    [
        ([], 0),
        (["The parcel came late"], 1),
        ([None] * 5, 0),
        (["n/a", "-", "no comment"] * 100, 0),
        (["🎉🎉", "...", "???"] * 100, 0),
        (["great", "very good", "thank you"] * 100, 300),
        (["xqzv", "\ud800", "\x00"], 1),
    ],
)
def test_where_there_is_nothing_to_group(comments: list[str], heard: int) -> None:
    topics = hear_topics(comments)
    assert topics.labels == [None] * len(comments)
    assert topics.members.shape == (len(comments), 0)
    assert topics.table.columns.tolist() == TABLE
    assert len(topics.table) == 0
    assert topics.prepared.comments["heard"].sum() == heard
    assert "read them one by one" in " ".join(topics.remarks)
    assert topics.stability is None


@pytest.mark.parametrize("count", [30, 300])
def test_all_saying_the_same_is_one_topic(count: int) -> None:
    topics = hear_topics(["The parcel came late"] * count)
    assert topics.labels == ["T01"] * count
    assert topics.table["share"].tolist() == [1.0]
    assert "parcel" in topics.names["name"][0].lower()


def test_the_centre_leaves_something() -> None:
    rows = np.array([[1, 0], [0, 1], [0, 0]], dtype=np.float32)
    assert centre_of(rows).tolist() == [0.5, 0.5]  # the row of zeros says nothing
    assert centre_of(rows[[0, 0, 2]]).tolist() == [0, 0]
    assert centre_of(rows[:0]).tolist() == [0, 0]
    assert centre_of(rows[[2, 2]]).tolist() == [0, 0]


def test_below_two_hundred_only_what_is_alike() -> None:
    comments, which = comments_of(20)
    topics = hear_topics(comments)
    assert any("fewer than 200" in remark for remark in topics.remarks)
    assert topics.stability is None
    assert set(topics.table["grade"]) == {""}
    found = np.array([topic is not None for topic in topics.labels])
    assert found.any()
    for topic in topics.names["topic"]:
        assert np.bincount(which[topics.members[topic]]).max() / topics.members[topic].sum() > 0.8
    few = hear_topics(comments[:19])
    assert few.labels == [None] * 19
    assert "There are too few comments to group: read them one by one." in few.remarks


def test_the_smallest_topic_may_be_chosen() -> None:
    comments, _ = comments_of(60)
    assert len(hear_topics(comments, smallest=40).names) < len(hear_topics(comments).names)
    assert hear_topics(comments, smallest=40).table["n"].min() >= 40


def test_naughty_strings_keep_their_rows(shared_data: Path) -> None:
    naughty = json.loads((shared_data / "messy-naughty-strings" / "blns.json").read_text(encoding="utf-8"))
    hostile = [
        '=HYPERLINK("http://example.org","see") says my invoice',
        "<script>alert(1)</script> the delivery was late",
        "$" * 50 + " price $x^2$ and `code` and | tables |",
        "Z͑ͫ̓ͪ̂ͫ̽A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘ delivery",
        "أسوأ خدمة على الإطلاق، لم يصل الطلب",
        "\u202etxt.exe the app crashes \u202d at login",
        "late delivery " * 75_000,
        "a" * 1_000_000,
        "\ud83d late parcel",
        "\x00 parcel \x1f lost",
        3.5,
        float("nan"),
        None,
    ]
    comments, which = comments_of(60)
    given = [*naughty, *comments, *hostile]
    topics = hear_topics(given)
    assert len(topics.labels) == len(topics.members) == len(topics.prepared.comments) == len(given)
    assert topics.prepared.comments["text"].iloc[len(naughty) :][:360].tolist() == comments
    kept = topics.prepared.comments["text"].tolist()
    assert kept[-13] == hostile[0]
    assert kept[-7] == hostile[6]
    assert topics.table["grade"].isin(list("ABCD")).all()
    assert np.isfinite(topics.table[["share", "low", "high", "jaccard"]].to_numpy(dtype=float)).all()
    json.dumps(topics.table.to_dict("records"), ensure_ascii=False)
    # The planted topics are still told apart among them.
    inside = slice(len(naughty), len(naughty) + 360)
    assert agreement(numbers(topics)[inside], which) > 0.5


@pytest.mark.slow
def test_labels_are_the_same_in_every_process(tmp_path: Path) -> None:
    comments, _ = comments_of(60)
    (tmp_path / "comments.json").write_text(json.dumps(comments))
    script = (
        "import json, sys; from cxlab.models.topics.hearing import hear_topics; "
        "t = hear_topics(json.load(open(sys.argv[1])), seed=5); "
        "held = [int(each.to_numpy().sum()) for each in t.refits]; "
        "print(json.dumps([t.labels, t.table.astype(str).to_dict('records'), held]))"
    )
    outcomes = set()
    for hashing, threads in (("0", "1"), ("1", "1"), ("77", "2")):
        run = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "comments.json")],
            env={**os.environ, "PYTHONHASHSEED": hashing, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        outcomes.add(run.stdout)
    assert len(outcomes) == 1
    labels = json.loads(outcomes.pop())[0]
    assert labels == hear_topics(comments, seed=5).labels


@pytest.mark.slow
def test_grades_are_true_on_planted_and_on_meaningless_comments() -> None:
    planted = [hear_topics(comments_of(150, seed=seed)[0], seed=seed).table for seed in range(3)]
    good = pd.concat(planted)
    assert good["grade"].isin(["A", "B"]).mean() >= 0.9
    assert (good["grade"] == "A").mean() >= 0.7
    rng = np.random.default_rng(0)
    words = [word for text in PLANTED.values() for word in text.split()]
    noise = [rng.choice(SENTENCES).format(*rng.choice(words, 4, replace=False)) for _ in range(900)]
    bad = hear_topics(noise).table
    # Comments that share a word are alike even here, and some words are rare: most of these topics are nothing.
    assert bad["grade"].isin(["C", "D"]).mean() >= 0.5
    assert (bad["grade"] == "A").mean() <= 0.3
    assert good["jaccard"].mean() - bad["jaccard"].mean() > 0.3
