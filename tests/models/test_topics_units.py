"""What is compared with what, by hand."""

from __future__ import annotations

from cxlab.models.texts.preparing import prepare
from cxlab.models.topics.meeting import meeting_of
from cxlab.models.topics.units import meant, units_of

SUPPORT = "The help desk took eleven days to answer our urgent ticket."
PRICE = "The licence costs increased dramatically without additional features."


def test_a_comment_that_speaks_of_two_things_is_two_units() -> None:
    units = units_of(prepare([f"{SUPPORT} {PRICE}"]))
    assert units["text"].tolist() == [SUPPORT, PRICE]
    assert units["comment"].tolist() == [0, 0] and units["language"].tolist() == ["en", "en"]


def test_a_thin_part_goes_with_the_one_before_and_a_feeling_is_no_unit() -> None:
    units = units_of(prepare([f"{SUPPORT} We called Anna twice. {PRICE}", "Very good, thanks!", "n/a"]))
    assert units["text"].tolist() == [f"{SUPPORT} We called Anna twice.", PRICE]


def test_a_comment_with_one_theme_stays_as_it_was_written() -> None:
    text = f"Great! {SUPPORT} What should I do?"
    assert units_of(prepare([text]))["text"].tolist() == [text]
    assert units_of(prepare([None, "", "-"])).empty


def test_languages_other_than_english_are_encoded_by_the_words_that_carry_meaning() -> None:
    assert meant(SUPPORT, "en") == SUPPORT
    assert meant("Der Support hat auf die Anfrage nicht geantwortet.", "de").split() == [
        *("support", "anfrage", "geantwortet"),
    ]
    assert meant("und der die das", "de") == "und der die das", "a text of nothing else stays"


def test_whether_languages_meet() -> None:
    import pandas as pd

    def units(german: list[str]) -> pd.DataFrame:
        english = ["T01"] * 30 + ["T02"] * 30
        return pd.DataFrame({"topic": english + german, "language": ["en"] * 60 + ["de"] * len(german)})

    together = meeting_of(units(["T01"] * 30 + ["T02"] * 30))
    assert together.table["likeness"].tolist() == [1.0] and together.said == ()
    separate = meeting_of(units(["T03"] * 40))
    assert separate.table["likeness"].tolist() == [0.0] and "English and German share hardly any" in separate.said[0]
    some = meeting_of(units(["T01"] * 20 + ["T03"] * 20))  # .5 / sqrt(.5 * .5) of one shared topic: 1 of 2
    assert some.table["likeness"].round(3).tolist() == [0.5] and "share some topics" in some.said[0]
    assert meeting_of(units(["T03"] * 10)).table.empty, "ten German comments say nothing on that"
