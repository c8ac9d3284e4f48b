"""Comments made ready: what is set aside and why, what is heard, and into which parts it falls."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.demo import comments as demo
from cxlab.errors import ParameterError
from cxlab.models.texts.cleaning import matching, visible
from cxlab.models.texts.preparing import WHYS, Prepared, prepare
from cxlab.models.texts.splitting import MOST_PARTS, split

LONG = "The support team answered our ticket within two days and solved it well for us."


def why(text: object) -> str:
    return prepare([text]).comments["why"].iloc[0]


@pytest.mark.parametrize(
    "text", [None, float("nan"), pd.NA, pd.NaT, "", "  \t\r\n ", "\u200b\ufeff", "\x00\x00", "\u202e\u202c"]
)
def test_empty(text: object) -> None:
    assert why(text) == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "no comment", "No comments.", "n/a", "N/A", "-", "---", "...", "None", "nothing", "Nothing to add",
        "Nothing 😊", "NaN", "No, thank you!", "nothing at this time, thanks", "None that I can think of",
        "I have nothing to add.", "idk", "asdf", "x", "k.A.", "k. A.", "keine", "Keine Angabe", "nichts hinzuzufügen",
        "weiß nicht", "ninguno", "Sin comentarios", "NS/NC", "nada", "rien", "RAS", "R.A.S.", "Rien à signaler",
        "néant", "niente da aggiungere", "sem comentários", "n.v.t.", "geen idee", "inget att tillägga", "ei mitään",
        "brak", "nincs", "yok", "нет", "τίποτα", "אין", "لا يوجد", "कुछ नहीं", "无", "没有", "無意見", "なし",
        "特になし。", "特にありません", "없음", "특별히 없음", "ไม่มี", "không có", "tidak ada", "Ｎ／Ａ",
    ],
)  # fmt: skip
def test_non_answers(text: str) -> None:
    assert why(text) == "non-answer"


@pytest.mark.parametrize(
    "text",
    [
        "!!!", "👍👍", "❤️", "42", "10/10", "٣", "https://a.example/b", "[e-mail]", "[name], [phone]",
        "XXXX XX/XX/XXXX", "<br>", "[Redacted for data protection]", "(￣∀￣)",
    ],
)  # fmt: skip
def test_no_words(text: str) -> None:
    assert why(text) == "no words"


@pytest.mark.parametrize(
    "text",
    [
        "Nothing works", "No one helps", "no staff", "No answer from support", "keine Antwort vom Support",
        "Nada funciona", "good", "Rien ne marche", "Pas de réponse du service", "无法连接", "없어요 서비스가",
        "Nothing to complain about", "ok", "price", "No complaints",
    ],
)  # fmt: skip
def test_short_answers_are_heard(text: str) -> None:
    assert why(text) == ""


def test_an_authors_repetition_is_a_duplicate() -> None:
    texts = ["Too slow!", "too   SLOW", "Too slow", LONG, LONG, "Too slow.", None, None]
    comments = prepare(texts, author=["a", "a", "b", "c", "d", None, "e", "e"]).comments
    assert comments["why"].tolist() == ["", "duplicate", "", "", "", "", "empty", "empty"]
    assert comments["same_as"].tolist() == [0, 0, 2, 3, 4, 5, 6, 7]


def test_without_authors_only_long_texts_are_duplicates() -> None:
    texts = [
        "Too slow",
        "Too slow",
        LONG,
        "  " + LONG.upper() + "!!",
        LONG + " Really.",
        "客服态度很好" * 4,
        "客服态度很好" * 4,
    ]
    prepared = prepare(texts)
    assert prepared.comments["why"].tolist() == ["", "", "", "duplicate", "", "", "duplicate"]
    assert prepared.comments["same_as"].tolist() == [0, 1, 2, 2, 4, 5, 5]
    assert prepared.set_aside.to_dict() == {"empty": 0, "non-answer": 0, "duplicate": 2, "no words": 0}
    # Where an author is unknown, the rule for texts without authors holds.
    assert prepare([LONG, LONG], author=[None, np.nan]).comments["why"].tolist() == ["", "duplicate"]


def test_the_frames_are_as_promised() -> None:
    index = [7, 3, 3, 1]
    prepared = prepare(
        pd.Series(
            ["Great product.", None, "Le support est lent mais les rapports sont vraiment très clairs.", "-"],
            index=index,
        ),
        language=pd.Series(["en", "en", None, "en"], index=index),
    )
    comments, parts = prepared.comments, prepared.parts
    assert list(comments.columns) == ["text", "heard", "why", "same_as", "language"]
    assert list(parts.columns) == ["comment", "place", "text", "language", "generic", "tone"]
    assert comments.index.equals(pd.RangeIndex(4)) and parts.index.equals(pd.RangeIndex(3))
    assert comments["text"].tolist()[1] == "" and comments["heard"].tolist() == [True, False, True, False]
    assert parts["comment"].tolist() == [0, 2, 2] and parts["place"].tolist() == [0, 0, 1]
    assert parts["language"].tolist() == ["en", "fr", "fr"]
    assert parts["generic"].tolist() == [True, False, False] and parts["tone"].tolist() == [1, -1, 1]
    assert comments["heard"].dtype == bool and parts["generic"].dtype == bool


def test_nothing_given_and_nothing_heard() -> None:
    for texts in ([], [None, "-"]):
        prepared = prepare(texts)
        assert len(prepared.comments) == len(texts) and prepared.parts.empty
        assert prepared.parts["generic"].dtype == bool and prepared.parts["comment"].dtype == np.int64


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ParameterError, match="author has 1 entries for 2 comments"):
        prepare(["a", "b"], author=["x"])
    with pytest.raises(ParameterError, match="language has 3 entries for 2 comments"):
        prepare(["a", "b"], language=["en", "en", "en"])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Very happy. Support is slow.", ["Very happy. Support is slow."]),
        (
            "Very happy overall. Support took 5 days. It costs 3.5 % more, e.g. for licences, than last year.",
            [
                "Very happy overall.",
                "Support took 5 days.",
                "It costs 3.5 % more, e.g. for licences, than last year.",
            ],
        ),
        (
            "Es gibt z. B. keinen Export nach Excel bzw. PDF und Dr. Meier half.",
            ["Es gibt z. B. keinen Export nach Excel bzw. PDF und Dr. Meier half."],
        ),
        (
            "The staff were lovely.The food was cold!Never again to that place",
            ["The staff were lovely.", "The food was cold!", "Never again to that place"],
        ),
        (
            "- Staff very friendly\n- Food cold and late\n* Parking too expensive here",
            ["Staff very friendly", "Food cold and late", "Parking too expensive here"],
        ),
        (
            "1) more dark mode please 2) fix the sync with the band 3) add a widget for steps",
            ["more dark mode please", "fix the sync with the band", "add a widget for steps"],
        ),
        (
            "The people are really friendly but the reports are painfully slow",
            ["The people are really friendly", "but the reports are painfully slow"],
        ),
        ("Great app but the sync breaks every single week", ["Great app but the sync breaks every single week"]),
        (
            "It was not only cheap to buy but also very good and nicely made",
            ["It was not only cheap to buy but also very good and nicely made"],
        ),
        (
            "Der Support ist immer freundlich, aber die Auswertungen sind quälend langsam.",
            ["Der Support ist immer freundlich", "aber die Auswertungen sind quälend langsam."],
        ),
        (
            "El soporte es muy amable pero los tickets quedan abiertos demasiado tiempo.",
            ["El soporte es muy amable", "pero los tickets quedan abiertos demasiado tiempo."],
        ),
        (
            "客服态度很好，但是价格太贵了。希望增加夜间模式！软件经常闪退，无法连接手环。",
            ["客服态度很好", "但是价格太贵了。", "希望增加夜间模式！", "软件经常闪退，无法连接手环。"],
        ),
        (
            "サポートの対応はとても良いですが、値段が高すぎます。夜間モードを追加してほしいです。",
            ["サポートの対応はとても良いですが", "値段が高すぎます。", "夜間モードを追加してほしいです。"],
        ),
        (
            "Too many clicks to do it. Ok. The reports are fine for us all",
            ["Too many clicks to do it. Ok.", "The reports are fine for us all"],
        ),
    ],
)
def test_splitting(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_more_parts_than_bounds_allow_stay_in_the_last() -> None:
    text = "".join(f"Reason number {number} is the slow report. " for number in range(1000))
    parts = split(text)
    assert len(parts) == MOST_PARTS and " ".join(parts) == text.strip()


def test_a_mixed_comment_has_the_language_of_its_parts() -> None:
    parts = prepare(["The support of this company is slow and rude to us. 客服态度很好，我们非常满意。"]).parts
    assert parts["language"].tolist() == ["en", "zh"]


def letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text)


def no_row_is_lost(prepared: Prepared, texts: list[str]) -> None:
    comments, parts = prepared.comments, prepared.parts
    assert len(comments) == len(texts)
    assert ((comments["why"] == "") == comments["heard"]).all() and set(comments["why"]) <= {"", *WHYS}
    assert set(parts["comment"]) == set(np.flatnonzero(comments["heard"]))
    for row, of in parts.groupby("comment"):
        assert of["place"].tolist() == list(range(len(of)))
        # A lone letter before a bracket ("a) ...") is a bullet; every other letter is kept, in order.
        whole = re.sub(r"(?m)^ ?[a-zA-Z]\) +", "", visible(comments["text"].iloc[row]))
        assert letters("".join(of["text"])) == letters(whole)
    assert parts["tone"].isin([-1, 0, 1]).all() and (parts["text"] != "").all()
    "".join([*comments["text"], *parts["text"]]).encode("utf-8")


def test_naughty_strings_do_no_harm(shared_data: Path) -> None:
    texts = json.loads((shared_data / "messy-naughty-strings" / "blns.json").read_text())
    no_row_is_lost(prepare(texts), texts)
    no_row_is_lost(prepare(texts * 2, author=["one"] * 2 * len(texts), language=texts * 2), texts * 2)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(), st.text(alphabet="ab .!?,;-\n1)but客。\u0301\u202e\ud800\x00<>@[]"), st.none()), max_size=8
    )
)
def test_no_text_raises_and_no_row_is_lost(texts: list[str | None]) -> None:
    no_row_is_lost(prepare(texts), texts)


@pytest.mark.parametrize(
    "piece",
    [
        "a", "é", "好", "\n", " . ", "word. ", "\u0301\u0316", "\u05b0\u0591", "<", "a@b.", "[name", "no ", "e.g. ",
        ", but one two three four", "not good ", "please add ", "- a\n", "xx/", "\u202e", "&amp", "ห",
    ],
)  # fmt: skip
def test_a_long_hostile_comment_ends(piece: str) -> None:
    """A step of quadratic time would keep this test for hours."""
    text = piece * (200_000 // len(piece))
    prepared = prepare([text, "Support is slow"])
    assert prepared.comments["text"].iloc[0] == text and len(prepared.parts) <= MOST_PARTS + 1


def test_what_is_shown_stays_as_given() -> None:
    texts = ["\u202eevil\u202c <b>bold</b> =1+1 $x$", "Z̷̢̛͔a̷l̵g̴o̶ support", "nul\x00led words", "half \ud83d character"]
    prepared = prepare(texts)
    assert prepared.comments["text"].tolist() == [*texts[:3], "half \ufffd character"]
    assert not any(re.search("[\x00\u202e]", part) for part in prepared.parts["text"])
    assert matching("Ｆｕｌｌ-WIDTH  text!") == "full width text"


def test_the_sample_companys_comments_fall_into_their_topics() -> None:
    rng = np.random.default_rng(4)
    has = rng.random((600, len(demo.TOPICS))) < 0.12
    language = rng.choice(["en", "de", "es"], 600)
    texts = demo.write_comments(rng, has, rng.integers(0, 3, 600), language)
    parts = prepare(texts, language=language).parts
    topics = parts["text"].map(demo.mentioned_topics).map(len)
    # A part of more than one planted topic is a sentence not parted; a generic part with one is a topic lost.
    assert (topics > 1).mean() <= 0.02
    assert (parts["generic"] & (topics > 0)).sum() <= 0.01 * len(parts)
    mentioned = sum(map(len, map(demo.mentioned_topics, texts)))
    assert topics.sum() >= 0.99 * mentioned
