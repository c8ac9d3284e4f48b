"""Quotes come by rule: central, readable, from different people, both sides, masked; every comment can be printed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.models.topics.quotes import NO_TOPIC, all_comments, masked, quotes

SAID = [
    "The waiting time on the phone was much too long",
    "We waited a whole hour before anyone picked up",
    "Nobody answers the hotline on Monday mornings at all",
    "Your queue keeps dropping calls after twenty minutes",
    "They picked up within a minute and were kind",
    "Quick answer on the phone, solved at once, thanks",
    "Too slow",
]


def framed(**more: object) -> pd.DataFrame:
    rows = {
        "topic": "T01",
        "comment": range(7),
        "text": SAID,
        "similarity": [0.9, 0.8, 0.7, 0.6, 0.5, 0.85, 0.99],
        "score": [2.0, 3, 6, 1, 10, 9, 0],
    }
    return pd.DataFrame(rows | more)


def of(table: pd.DataFrame, kind: str) -> list[int]:
    return table.loc[table["kind"] == kind, "comment"].tolist()


def test_the_most_central_readable_parts_speak_and_then_the_other_side() -> None:
    table = quotes(framed(), most=2)
    # "Too slow" is the most central of all and too short; 5 and 4 are contrary to the majority (0-6).
    assert of(table, "representative") == [0, 1]
    assert of(table, "contrary") == [5, 4]
    assert table["place"].tolist() == [1, 2, 1, 2]
    assert table["side"].tolist() == [-1, -1, 1, 1]
    assert table["score"].tolist() == [2, 3, 9, 10]
    assert table["text"].tolist() == [SAID[0], SAID[1], SAID[5], SAID[4]]


def test_short_parts_are_taken_where_nothing_else_is_left() -> None:
    assert of(quotes(framed(), most=4), "representative") == [0, 1, 2, 3]
    assert of(quotes(framed(), most=7), "representative")[-1] == 6


def test_a_customer_is_quoted_once_and_voices_are_customers() -> None:
    table = framed(customer=["a", "a", "a", "b", None, None, "c"])
    assert of(quotes(table), "representative") == [0, 3, 6]
    assert quotes(table, min_n=6).empty, "a, b, c and two unknown are five voices"
    assert len(quotes(table, min_n=5)) > 0


def test_near_copies_are_passed_over() -> None:
    again = framed(text=[SAID[0], SAID[0].upper() + "!", *SAID[2:]], similarity=[0.9, 0.89, 0.7, 0.6, 0.5, 0.4, 0.1])
    assert of(quotes(again, most=2), "representative") == [0, 2]


def test_without_a_score_the_tone_tells_the_sides() -> None:
    toned = framed(tone=[1, 1, 1, 1, 1, 1, -1]).drop(columns="score")
    table = quotes(toned, most=1)
    assert of(table, "contrary") == [6] and table["score"].isna().all()
    part = framed(score=[np.nan] * 6 + [10.0], tone=[-1] * 6 + [-1])
    assert of(quotes(part, most=1), "contrary") == [6], "the score goes before the tone"


def test_where_both_sides_are_as_many_the_happy_one_is_contrary() -> None:
    even = framed(score=[0, 0, 0, 5.0, 10, 10, 7]).head(6)
    assert of(quotes(even.assign(score=[0, 0, 0, 10, 10, 10.0]), most=1), "contrary") == [5]
    assert of(quotes(even.assign(score=[7.0] * 6)), "contrary") == []


def test_other_scales_have_other_sides() -> None:
    stars = framed(score=[1, 1, 1, 1, 5, 5, 1.0])
    assert of(quotes(stars, most=1, sides=(2, 4)), "contrary") == [5]
    with pytest.raises(ParameterError, match="sides"):
        quotes(stars, sides=(4, 4))


def test_the_same_quotes_whatever_the_order_of_rows() -> None:
    table = framed(similarity=0.5)
    shuffled = table.sample(frac=1, random_state=4)
    pd.testing.assert_frame_equal(quotes(table), quotes(shuffled))


def test_personal_data_are_masked_again() -> None:
    text = "Please call Maria Gomez back on +44 20 7946 0958 or write to maria@acme.example"
    table = quotes(framed(text=[text, *SAID[1:]]), names=["Maria Gomez"])
    assert table["text"][0] == "Please call [name] back on [phone] or write to [e-mail]"
    assert masked([text, ""])[0] == "Please call Maria Gomez back on [phone] or write to [e-mail]"
    assert masked(["as it is [phone]"]) == ["as it is [phone]"]


def test_an_address_at_the_cut_is_not_left_by_half() -> None:
    long = " ".join(["word"] * 39) + " +44 20 7946 0958 is my number for ever"
    table = quotes(framed(text=[long] + [""] * 6, similarity=[1.0] + [0.0] * 6), most=1)
    assert table["text"][0].endswith("word [phone] …") and "44" not in table["text"][0]


def test_small_topics_and_comments_without_one_are_not_quoted() -> None:
    two = pd.concat([framed(), framed(topic="T02").head(4), framed(topic=None)])
    assert set(quotes(two)["topic"]) == {"T01"}
    assert set(quotes(two, min_n=4)["topic"]) == {"T01", "T02"}
    assert quotes(framed().head(0)).columns.tolist() == quotes(framed()).columns.tolist()
    with pytest.raises(ParameterError, match="similarity"):
        quotes(framed().drop(columns="similarity"))


def test_a_megabyte_is_cut_and_a_hidden_direction_is_taken_out() -> None:
    table = quotes(
        framed(text=["a b c d e f " * 90_000, "\u202e" + SAID[1], *SAID[2:]], similarity=1 - np.arange(7) / 9)
    )
    assert table["text"].str.len().max() < 500
    assert table.loc[table["comment"] == 1, "text"].item() == SAID[1]


TABLE = pd.DataFrame({"topic": ["T02", "T01"], "name": ["waiting time", "ERP export"]})


def printed(**more: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    texts = ["long wait", "export fails", "wait and export", "n/a", "so-so", "", "wait", "=HYPERLINK(1)", "wait again"]
    holds = {"T01": [0, 1, 1, 0, 0, 0, 0, 0, 0], "T02": [1, 0, 1, 0, 0, 0, 1, 1, 1]}
    why = ["", "", "", "non-answer", "", "empty", "", "", ""]
    found = all_comments(texts, pd.DataFrame(holds).astype(bool), TABLE, why=why, **more)
    return found.index, found.comments


def test_every_comment_is_printed_under_each_of_its_topics() -> None:
    index, comments = printed(min_n=2)
    assert index["name"].tolist() == [
        "waiting time",
        "ERP export",
        NO_TOPIC,
        "set aside: empty",
        "set aside: non-answer",
    ]
    assert index["n"].tolist() == [5, 2, 1, 1, 1]
    assert index["starts"].tolist() == [0, 5, 7, 8, 8]
    assert comments["comment"].tolist() == [0, 2, 6, 7, 8, 1, 2, 4, 3]
    assert comments["place"].tolist() == [1, 2, 3, 4, 5, 1, 2, 1, 1]
    assert comments["text"][3] == "=HYPERLINK(1)"


def test_comments_of_a_small_topic_stand_with_those_of_none() -> None:
    index, comments = printed(min_n=5)
    assert index["name"].tolist()[:2] == ["waiting time", NO_TOPIC]
    assert comments.loc[comments["name"] == NO_TOPIC, "comment"].tolist() == [1, 4]
    one = ["a"] * 9
    assert printed(min_n=2, customer=one)[0]["n"].tolist() == [7, 1, 1], "one customer is one voice"
    unknown = [None] * 9
    assert printed(min_n=2, customer=unknown)[0]["n"].tolist() == [5, 2, 1, 1, 1]


def test_hostile_comments_are_plain_text() -> None:
    texts = ["<script>alert(1)</script>", "x" * 1_000_000, "\u202eevil\x00", "mail me: a.b@c.example"]
    comments = all_comments(texts, pd.DataFrame(index=range(4)), TABLE.head(0)).comments
    assert comments["text"][0] == "<script>alert(1)</script>"
    assert comments["text"][1] == "x" * 5_000 + " … [995,000 more characters]"
    assert comments["text"][2:].tolist() == ["evil", "mail me: [e-mail]"]


def test_what_does_not_agree_is_an_error() -> None:
    with pytest.raises(ParameterError, match="one row a comment"):
        all_comments(["a"], pd.DataFrame(index=range(2)), TABLE)
    with pytest.raises(ParameterError, match="T09"):
        all_comments(["a"], pd.DataFrame({"T09": [True]}), TABLE)
