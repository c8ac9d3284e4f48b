"""Names of topics: phrases that set them apart, in the customers' own writing, never the same word twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.models.topics import candidates, naming, phrase_counts
from cxlab.models.topics.naming import name_topics

WAITING = [
    "The waiting time was far too long",
    "Waiting times on the hotline are awful",
    "Long waiting time before anyone picked up",
    "I gave up, the waiting time was an hour",
    "Reduce waiting time please",
    "Waited long, waiting time never ends",
]
EXPORT = [
    "The ERP export fails every night",
    "our ERP export broke again",
    "ERP export gives an empty file",
    "Please mend the ERP export",
    "The export to our ERP is slow and the ERP export stops",
    "Wish the ERP export had a log",
]
HEARD = [
    "Nobody listened to our team",
    "They listened and understood",
    "Good at listening to customers",
    "Felt listened to by the nurse",
    "Listening is their strength, they listened",
    "She listened carefully",
]
TEXTS, LABELS = WAITING + EXPORT + HEARD, np.repeat([0, 1, 2], 6)


def named(texts: list[str], labels: object, languages: list[str] | None = None, **more: object) -> pd.DataFrame:
    return name_topics(texts, languages or ["en"] * len(texts), labels, **more).set_index("topic")


def test_names_are_phrases_in_the_customers_writing() -> None:
    table = named(TEXTS, LABELS)
    assert table["name"].str.split(", ").str[0].tolist() == ["waiting time", "ERP export", "listened"]
    assert table.columns.tolist() == ["name", "terms"]


def test_no_word_is_said_twice_in_another_form() -> None:
    table = named(TEXTS, LABELS)
    for terms in table["terms"]:
        starts = [word[:5].lower() for term in terms for word in term.split(" ")]
        assert len(starts) == len(set(starts)), terms
    assert "listening" not in " ".join(table["terms"][2])


def test_words_that_begin_alike_are_one_word_where_no_stemmer_helps() -> None:
    assert candidates._same("listened", "listening") and candidates._same("reklamacja", "reklamacji")
    assert not candidates._same("transfer", "transport") and not candidates._same("card", "cards and")
    assert candidates._share_a_word(["top-up"], ["top"]) and not candidates._share_a_word(["wait", "time"], ["phone"])


def test_names_differ_and_keep_clear_of_those_taken() -> None:
    """Two topics of the same texts cannot be told apart by words: the second has to say more, or is numbered."""
    twins = named(TEXTS + TEXTS[:6], np.append(LABELS, [3] * 6))
    assert twins["name"].is_unique
    same = named(WAITING + WAITING, np.repeat([0, 1], 6))["name"]
    assert same.is_unique and same.str.startswith("waiting time").all()
    again = named(TEXTS, LABELS, taken=["erp EXPORT", "Waiting time"])
    assert again["name"][1].casefold() != "erp export" and again["name"][0].casefold() != "waiting time"
    assert again["name"][1].startswith("ERP export")


def test_the_order_of_phrases_does_not_make_another_name() -> None:
    assert naming._unlike(["fee, charged", "fee, charged, card"], {naming._phrases_of("Charged, fee")}, {}) == (
        "fee, charged, card"
    )
    assert naming._unlike(["fee"], {frozenset({"fee"}), frozenset({"fee (2)"})}, {}) == "fee (3)"


def test_same_names_whatever_the_order_of_texts() -> None:
    order = np.random.default_rng(3).permutation(len(TEXTS))
    pd.testing.assert_frame_equal(named([TEXTS[at] for at in order], LABELS[order]), named(TEXTS, LABELS))


def test_texts_without_a_topic_have_no_say() -> None:
    table = named([*TEXTS, "The ERP export again"], np.append(LABELS, -1))
    pd.testing.assert_frame_equal(table, named(TEXTS, LABELS))
    assert named(TEXTS, np.full(len(TEXTS), -1)).empty


def test_nearness_to_the_middle_of_the_topic_counts() -> None:
    """Two phrases that as many say: the vectors decide which is nearer to what the topic is about."""
    texts = ["late parcel"] * 5 + ["broken lamp"] * 5 + ["so it goes"] * 5 + ["kind staff"] * 15
    labels = np.repeat([0, 1], 15)
    vectors = np.zeros((30, 3))
    vectors[:5, 0], vectors[5:10, 1], vectors[10:15, 0], vectors[15:, 2] = 1, 1, 1, 1
    assert named(texts, labels, vectors=vectors)["name"][0].startswith("late parcel")
    other = vectors.copy()
    other[10:15] = vectors[5]
    assert named(texts, labels, vectors=other)["name"][0].startswith("broken lamp")
    toward = {"late parcel": [0.0, -1, 0], "broken lamp": [1, 1, 0]}
    encoded = named(texts, labels, vectors=vectors, encode=lambda said: [toward.get(each, [0, 0, 1]) for each in said])
    assert encoded["name"][0].startswith("broken lamp")


def test_a_name_is_of_the_language_most_often_spoken_and_terms_of_any() -> None:
    english = [f"the {thing} invoice is wrong" for thing in ("last", "new", "paper", "May", "June")] * 8
    french = [f"la facture {thing} est fausse" for thing in ("papier", "nouvelle", "mensuelle", "jointe", "finale")] * 5
    other = ["the app is slow"] * 20 + ["très lente application"] * 20
    texts = english + french + other
    languages = ["en"] * 40 + ["fr"] * 25 + ["en"] * 20 + ["fr"] * 20
    table = named(texts, np.repeat([0, 1], [65, 40]), languages)
    assert "invoice" in table["name"][0] and "factur" not in table["name"][0]
    assert any("facture" in term for term in table["terms"][0])
    # Compared with others who speak French: being French is not what sets the topic apart.
    assert not any(term in ("la", "est") for term in table["terms"][0])


def test_languages_without_blanks_have_names_too() -> None:
    texts = ["配送太慢了", "配送很慢，等了一周", "配送慢", "配送实在太慢"] * 5 + [
        "客服态度很好",
        "客服非常耐心",
        "客服很好",
        "客服好",
    ] * 5
    table = named(texts, np.repeat([0, 1], 20), ["zh"] * 40)
    assert table["name"][0].startswith("配送") and table["name"][1].startswith("客服")


def test_casing_is_that_of_the_middle_of_sentences() -> None:
    texts = ["Pdf fails. The API breaks", "api is down", "our API is slow", "THE API IS GONE AND DOWN", "Slow again"]
    assert phrase_counts.casing(texts, {"api", "slow", "pdf"}) == {"api": "API", "slow": "slow", "pdf": "pdf"}
    assert phrase_counts.casing(["iOS crashes", "PDF"], {"ios", "pdf", "absent"}) == {
        "ios": "iOS",
        "pdf": "PDF",
        "absent": "absent",
    }


def test_people_step_back_behind_what_they_did() -> None:
    nurse = ["Natasha was so calm", "so calm, thank Natasha", "and Natasha stayed calm", "with Dr Smith, calm"] * 8
    table = named(nurse + ["ask Dr Smith for the Visa card"] * 8 + WAITING * 3, np.repeat([0, 1], [40, 18]))
    assert table["name"][0].startswith("calm")
    assert not any("smith" in term.lower() and "dr" in term.lower().split() for term in table["terms"][0])
    assert candidates._is_proper("Natasha") and not any(map(candidates._is_proper, ["ERP", "iOS", "staff", "X", ""]))


def test_what_masking_left_is_no_name() -> None:
    texts = ["Call me on [phone]", "[phone] is my number", "write to [e-mail]", "reach [phone] today"] * 5 + WAITING * 3
    said = " ".join(itertools.chain(*named(texts, np.repeat([0, 1], [20, 18]))["terms"]))
    assert "phone" not in said and "mail" not in said


def test_hostile_texts_get_a_name() -> None:
    texts = ["<script>alert(1)</script>"] * 4 + ["=1+1"] * 4 + ["😀"] * 4 + ["x" * 200_000, "‮gnp.exe", "Z̷̡a̶l", "  "]
    table = named(texts, np.repeat([0, 1, 2, 3], 4))
    assert table["name"].is_unique and (table["name"].str.len() < 120).all()
    assert not table["name"].str.contains("[<>=]").any()
    assert sorted(table["name"][[1, 2]]) == ["no words", "no words (2)"]


def test_of_very_many_texts_every_topic_gives_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MOST_TEXTS", 900)
    labels = np.concatenate([np.repeat([0, 1, 2], [5000, 300, 10]), [-1]])
    rows = naming._looked_at(labels)
    assert np.bincount(labels[rows]).tolist() == [300, 300, 10]
    assert rows[0] == 0 and np.all(np.diff(rows) > 0)


def test_lengths_that_differ_are_an_error() -> None:
    with pytest.raises(ParameterError, match="alike in length"):
        name_topics(["a"], ["en"], [0, 1])
    with pytest.raises(ParameterError, match="alike in length"):
        name_topics(["a"], ["en"], [0], vectors=np.zeros((2, 3)))


@pytest.mark.slow
def test_names_of_banking_intents_say_what_they_are(shared_data: Path) -> None:
    """Words of the expert's intent in the name: at least for four in five of the 77."""
    folder = shared_data / "banking77"
    rows = pd.concat([pd.read_csv(folder / f"{part}.csv") for part in ("train", "test")], ignore_index=True)
    labels, intents = pd.factorize(rows["category"])
    table = named(rows["text"].tolist(), labels)
    assert table["name"].is_unique and len(table) == 77
    hit = [
        any(
            candidates._same(word, other)
            for word in said.casefold().replace(",", "").split()
            for other in meant.split("_")
        )
        for said, meant in zip(table["name"], intents.str.casefold(), strict=True)
    ]
    assert np.mean(hit) >= 0.8
    assert table["terms"].str.len().median() >= 6
