"""Tone, mere praise, and what a part is meant as: by hand in nine languages, and on reviews that people labelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.models.texts.asking import asks, kind_of
from cxlab.models.texts.splitting import split
from cxlab.models.texts.tone import is_generic, tone


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("Everything was great", "en", 1), ("Very good, thanks", "en", 1), ("terrible!!", "en", -1),
        ("Great product.", "en", 1), ("No complaints at all", "en", 1), ("Good, with room to improve.", "en", 1),
        ("I love it!!! 👍", "en", 1), ("alles super", "de", 1), ("Insgesamt sehr zufrieden.", "de", 1),
        ("Enttäuschend.", "de", -1), ("Im Großen und Ganzen in Ordnung.", "de", 1), ("todo bien", "es", 1),
        ("Muy contentos en general.", "es", 1), ("Frustrante.", "es", -1), ("très bien", "fr", 1),
        ("Super appli, je recommande !", "fr", 1), ("Nul !", "fr", -1), ("tutto perfetto", "it", 1),
        ("Pessimo", "it", -1), ("muito bom", "pt", 1), ("Péssimo", "pt", -1), ("heel goed", "nl", 1),
        ("很好，非常满意", "zh", 1), ("太差了", "zh", -1), ("とても良かったです", "ja", 1), ("最悪", "ja", -1),
        ("Super!", "", 1), ("Thank you all.", "en", 0), ("That is how it is.", "en", 0),
    ],
)  # fmt: skip
def test_what_only_judges_is_generic(text: str, language: str, sign: int) -> None:
    assert is_generic(text, language) and tone(text, language) == sign


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("staff very helpful", "en", 1), ("It is slow", "en", -1), ("Great service", "en", 1),
        ("The room was lovely", "en", 1), ("Good value for money", "en", 1), ("Nothing works", "en", -1),
        ("Parking", "en", 0), ("too expensive", "en", -1), ("Tolle Menschen auf Ihrer Seite.", "de", 1),
        ("Die Bedienung ist intuitiv.", "de", 1), ("Die Hotline ist langsam", "de", -1),
        ("El soporte es lento", "es", -1), ("Personnel très aimable", "fr", 1), ("客服态度很好", "zh", 1),
        ("客服很慢", "zh", -1), ("対応が遅いです", "ja", -1),
    ],
)  # fmt: skip
def test_what_names_something_is_a_theme(text: str, language: str, sign: int) -> None:
    assert not is_generic(text, language) and tone(text, language) == sign


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("The food was not good", "en", -1), ("The food was not bad", "en", 1), ("The app never crashes", "en", 1),
        ("It does not work", "en", -1), ("Not only fast but friendly", "en", 1),
        ("Nothing but good staff here", "en", 1), ("Nothing, very happy with the ward", "en", 1),
        ("A widget would be great", "en", 0), ("I would recommend the ward", "en", 1),
        ("Good food, bad parking", "en", 0), ("Der Support ist nicht freundlich", "de", -1),
        ("Die App funktioniert nicht", "de", -1), ("Kein Problem mit der Rechnung", "de", 1),
        ("Ein Export wäre schön", "de", 0), ("La app no funciona", "es", -1), ("L'appli ne fonctionne pas", "fr", -1),
        ("La synchro ne marche plus", "fr", -1), ("Il personale non è gentile", "it", -1),
        ("O aplicativo não funciona", "pt", -1), ("De app werkt niet", "nl", -1), ("界面不好", "zh", -1),
        ("対応は良くない", "ja", -1),
    ],
)  # fmt: skip
def test_denials_and_wishes_are_understood(text: str, language: str, sign: int) -> None:
    assert tone(text, language) == sign


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please add a dark mode", "en"), ("It would be great if it could export to Excel", "en"),
        ("I wish it had a widget", "en"), ("Can you bring back the old screen", "en"),
        ("It would help to see last year", "en"), ("More parking", "en"),
        ("Bitte einen Export nach Excel einbauen", "de"), ("Ein dunkler Modus wäre schön", "de"),
        ("Ojalá tuviera modo oscuro", "es"), ("Sería genial poder exportar", "es"),
        ("Il faudrait un mode sombre", "fr"), ("Merci d'ajouter un export", "fr"),
        ("Sarebbe bello avere un widget", "it"), ("Gostaria de um modo escuro", "pt"),
        ("Graag een donkere modus toevoegen", "nl"), ("希望增加夜间模式", "zh"),
        ("夜間モードを追加してほしいです", "ja"), ("Bitte einen Export ergänzen", ""),
    ],
)  # fmt: skip
def test_a_request_is_heard(text: str, language: str) -> None:
    assert asks(text, language) and kind_of(text, language) == "request"


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("Please fix the sync, it would be great", "en", "complaint"), ("The watch won't connect", "en", "complaint"),
        ("Support took too long", "en", "complaint"), ("Friendly staff", "en", "praise"),
        ("We use it in two offices", "en", "remark"), ("Die Uhr verbindet sich nicht", "de", "complaint"),
        ("Wir nutzen es in zwei Büros", "de", "remark"), ("无法连接手环", "zh", "complaint"),
        ("アプリが開けない", "ja", "complaint"), ("", "en", "remark"), ("???", "", "remark"),
    ],
)  # fmt: skip
def test_complaint_praise_and_remark(text: str, language: str, kind: str) -> None:
    assert kind_of(text, language) == kind


def scores(said: np.ndarray, true: np.ndarray) -> tuple[float, float, float]:
    """F1, precision, recall."""
    both = (said & true).sum()
    return 2 * both / (said.sum() + true.sum()), both / said.sum(), both / true.sum()


@pytest.fixture(scope="module")
def reviews(shared_data: Path) -> pd.DataFrame:
    """Reviews with people's labels, and what is said of their parts. The rules were written with the Garmin reviews in
    sight; those of Huawei and Samsung were only counted."""
    files = sorted((shared_data / "minibar-app-reviews" / "classification").glob("*.csv"))
    frames = [
        pd.read_csv(file, keep_default_na=False).assign(shop=file.name.split(".")[-2]).iloc[::2] for file in files
    ]
    frame = pd.concat(frames, ignore_index=True)
    parts = [split(text) for text in frame["data"]]
    kinds = [{kind_of(part, shop) for part in of} for of, shop in zip(parts, frame["shop"], strict=True)]
    frame["request"] = ["request" in of for of in kinds]
    frame["complaint"] = ["complaint" in of for of in kinds]
    frame["generic"] = [
        all(is_generic(part, shop) for part in of) for of, shop in zip(parts, frame["shop"], strict=True)
    ]
    frame["tone"] = [tone(text, shop) for text, shop in zip(frame["data"], frame["shop"], strict=True)]
    return frame


@pytest.mark.parametrize(
    ("kind", "label", "shop", "floor", "precision"),
    [("request", "feature_request", "en", 0.47, 0.72), ("request", "feature_request", "fr", 0.40, 0.80),
     ("complaint", "problem_report", "en", 0.74, 0.68), ("complaint", "problem_report", "fr", 0.71, 0.68)],
)  # fmt: skip
def test_requests_and_complaints_on_unseen_apps(
    reviews: pd.DataFrame,
    kind: str,
    label: str,
    shop: str,
    floor: float,
    precision: float,
    record_property: Callable[[str, object], None],
) -> None:
    unseen = reviews[(reviews["shop"] == shop) & (reviews["app"] != "Garmin Connect")]
    f1, right, found = scores(unseen[kind].to_numpy(), unseen[label].eq(1).to_numpy())
    record_property("F1, precision, recall", f"{f1:.3f}, {right:.3f}, {found:.3f}")
    assert f1 >= floor and right >= precision


def test_generic_reviews_are_those_people_found_without_content(reviews: pd.DataFrame) -> None:
    generic = reviews[reviews["generic"]]
    share, right = len(generic) / len(reviews), generic["irrelevant"].mean()
    assert share >= 0.12 and right >= 0.98


def test_the_tone_goes_with_the_stars(reviews: pd.DataFrame) -> None:
    said = reviews[reviews["score"].isin([1, 5]) & (reviews["tone"] != 0)]
    right = ((said["score"] == 5) == (said["tone"] > 0)).mean()
    assert right >= 0.92
