"""Words, stop words, stems and phrases in the languages that surveys come in."""

from __future__ import annotations

import pytest

from cxlab.models.texts.words import phrases, runs, stem, stop_words, tokens


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("The Sync is BROKEN, again!", "en", ["the", "sync", "is", "broken", "again"]),
        ("L'appli est super, j'adore aujourd'hui", "fr", ["appli", "est", "super", "adore", "aujourd'hui"]),
        ("Garmin's watch doesn’t sync", "en", ["garmin", "watch", "doesn't", "sync"]),
        ("Für Überstunden z.B. im E-Mail-Team", "de", ["für", "überstunden", "im", "e-mail-team"]),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "en", ["full", "width"]),
        ("soooo goood", "en", ["soo", "good"]),
        ("सेवा बहुत अच्छी है।", "hi", ["सेवा", "बहुत", "अच्छी", "है"]),
        ("客服态度很好，但是价格太贵", "zh", ["客服", "态度", "很", "好", "但是", "价格", "太", "贵"]),
        ("客服態度很好", "zh", ["客服", "態度", "很", "好"]),
        ("iPhone无法连接", "", ["iphone", "无法", "连接"]),
        ("พนักงานบริการดีมาก", "th", ["พนักงาน", "บริการ", "ดี", "มาก"]),
    ],
)
def test_words_of_a_language(text: str, language: str, words: list[str]) -> None:
    assert tokens(text, language) == words


def test_japanese_words_come_without_their_particles() -> None:
    found = tokens("サポートの対応がとても遅いです。", "ja")
    assert {"サポート", "対応", "遅い"} <= set(found)
    assert [word for word in found if word not in stop_words("ja")] == ["サポート", "対応", "遅い"]


@pytest.mark.parametrize(
    "text",
    [
        "12 3.5 1,000 12/03/2024", "https://a.example/b?c=d www.shop.example/x", "mail me@a.example",
        "[e-mail] [name] [phone]", "XXXX XX/XX/XXXX xxx", "[Redacted for data protection]", "<script>&nbsp;</script>",
        "@handle", "e3b0c442f", "x y ! ?",
    ],
)  # fmt: skip
def test_what_is_no_word(text: str) -> None:
    assert set(tokens(text, "en")) <= {"mail"}


def test_a_phrase_reaches_over_nothing_that_interrupts() -> None:
    assert runs("slow app, bad sync 5 days after [name] called", "en") == [
        ["slow", "app"],
        ["bad", "sync"],
        ["days", "after"],
        ["called"],
    ]
    found = phrases("The help desk of the bank, very slow", "en")
    assert found == ["help", "help desk", "desk", "bank", "slow"]
    assert phrases("waiting time of weeks", "en", longest=4) == [
        "waiting", "waiting time", "waiting time of weeks", "time", "time of weeks", "weeks",
    ]  # fmt: skip
    assert phrases("夜间模式", "zh") == ["夜间", "夜间模式", "模式"]
    assert phrases("", "en") == [] and phrases("the of", "en") == []


def test_no_phrase_begins_or_ends_with_a_stop_word() -> None:
    stops = stop_words("en")
    for phrase in phrases("The staff at the front desk did not answer any of our questions about the bill.", "en"):
        first, *_, last = [*phrase.split(), phrase.split()[-1]]
        assert first not in stops and last not in stops


def test_stop_words_leave_what_comments_are_about() -> None:
    assert {"the", "very", "please", "don't", "dont"} <= stop_words("en")
    assert not {"room", "order", "problem", "help", "page", "billing", "parking", "support", "price"} & stop_words("en")
    assert "cuenta" not in stop_words("es") and "cher" not in stop_words("fr") and "und" in stop_words("de")
    assert stop_words("") == stop_words("en") and stop_words("xx") == frozenset()
    assert isinstance(stop_words("ja"), frozenset)


def test_stems_join_forms_and_leave_what_has_no_rules() -> None:
    assert stem("connections", "en") == stem("connection", "en") == "connect"
    assert stem("rechnungen", "de") == stem("rechnung", "de")
    assert stem("客服", "zh") == "客服" and stem("words", "") == "words" and stem("เร็ว", "th") == "เร็ว"


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ("a", []),
        ("é", []),
        ("\u05b0\u0591", []),
        (" ", []),
        ("<a", []),
        ("[name", ["name"]),
        ("good ", ["good"]),
        ("a.", []),
    ],
)
def test_long_hostile_texts_end(piece: str, words: list[str]) -> None:
    """A step of quadratic time would keep this test for hours."""
    assert set(tokens(piece * (400_000 // len(piece)), "en")) == set(words)


def test_a_long_chinese_text_is_segmented_to_its_end() -> None:
    text = "客服态度很好" * 10_000
    assert "".join(tokens(text, "zh")) == text
