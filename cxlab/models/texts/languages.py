"""Which language a comment is written in: by its script, its letters, its column, and what others write."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlab.models.texts.cleaning import shown, without_addresses
from cxlab.models.texts.language_names import NAMES, SCRIPTS

#: Letters looked at: more tell nothing more.
_LOOK = 240
#: Texts from which the corpus' own mix of languages is learnt, and the mix's least share of any language.
_LEARN_FROM, _FLOOR = 4000, 0.002
#: How often a language column is right before any text was read, as if so many texts had been (people answer in their
#: own words now and then), and the most it is ever believed.
_RIGHT, _OF, _MOST = 8.0, 10.0, 0.98
#: A language is named from this probability on, unless a column names it.
_SURE = 0.5
#: A text this sure, and this long, says what the corpus' languages are.
_TEACHES, _LONG = 0.9, 30

_CODE = {alias: code for code, names in NAMES.items() for alias in (code, *names)}
_ORDER = {code: place for place, code in enumerate(NAMES)}
_SCRIPT = {name: re.compile(f"[{letters}]") for name, (letters, _) in SCRIPTS.items()}
_CANDIDATES = {name: codes for name, (_, codes) in SCRIPTS.items()}
_LETTER = re.compile(r"[^\W\d_]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def language_code(given: object) -> str:
    """ISO 639-1 code of a language as exports write it: "EN-us", "de_DE", "German", "Deutsch", "deu", "zh-Hans".

    "" for an empty cell and for what is not among the languages of `language_names.NAMES`.
    """
    name = " ".join(shown(given).casefold().split())
    if name in _CODE:
        return _CODE[name]
    return _CODE.get(re.split(r"[-_ (;,/]", name, maxsplit=1)[0], "")


def detect_languages(texts: Sequence[str], given: Iterable[object] | None = None) -> list[str]:
    """ISO 639-1 code of every text, "" where nothing tells.

    texts: n texts; given: n cells of a language column. A script that serves one language decides alone (Kana, Hangul,
    Thai, Greek ...). Otherwise py3langid's naive Bayes, tempered by length, among the languages of that script meets a
    prior: the corpus' mix of languages, and the column as far as unmistakable texts agree with it. So "ok" is in the
    column's language, else in the one that dominates, and "" where neither exists.
    """
    columns = [""] * len(texts) if given is None else [language_code(cell) for cell in given]
    looks = [_look(text) for text in texts]
    scripts = [script_of(look) for look in looks]
    mix, trust = _corpus(looks, scripts, columns)
    cache: dict[tuple[str, str, str], str] = {}
    found = []
    for look, script, column in zip(looks, scripts, columns, strict=True):
        key = (look, script, column)
        if key not in cache:
            cache[key] = _language(look, script, column, mix, trust)
        found.append(cache[key])
    return found


def script_of(text: str) -> str:
    """The script most of a text's letters belong to ("Latin", "Han" ...), "" without letters of a known one.

    Kana beside Han is Japanese writing: "Kana". Looks at the first 240 characters.
    """
    text = text[:_LOOK]
    if text.isascii():
        return "Latin" if _LETTER.search(text) else ""
    count = {name: len(pattern.findall(text)) for name, pattern in _SCRIPT.items()}
    if count["Kana"] and 8 * count["Kana"] >= count["Han"]:
        count["Kana"] += count.pop("Han")
    # A Chinese or Korean character says as much as a syllable or a word: brand names in Latin letters weigh less.
    weight = {"Han": 3, "Kana": 2, "Hangul": 3}
    best = max(count, key=lambda name: count[name] * weight.get(name, 1))
    return best if count[best] else ""


def _look(text: str) -> str:
    """The start of a text as letters and blanks: addresses and numbers are in no language."""
    return _NOT_LETTERS.sub(" ", without_addresses(text[: 4 * _LOOK])).strip()[:_LOOK]


def _language(look: str, script: str, column: str, mix: NDArray[np.float64], trust: float) -> str:
    if not script:
        return column
    among = _CANDIDATES[script]
    if len(among) == 1:
        # Han alone is read as Japanese or Korean only where the column says so.
        return column if script == "Han" and column in ("ja", "ko") else among[0]
    belief = mix[_places(among)]
    belief = belief / belief.sum()
    if column in among:
        belief = (1 - trust) * belief
        belief[among.index(column)] += trust
    posterior = belief * _likelihood(look, among)
    posterior /= posterior.sum()
    best = int(posterior.argmax())
    if posterior[best] >= _SURE:
        return among[best]
    return column if column in among else ""


def _corpus(looks: Sequence[str], scripts: Sequence[str], columns: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    """Share of each language (in the order of NAMES), and how often the column is right, by unmistakable texts.

    A text that is not unmistakable counts half, for its column's language.
    """
    count = np.zeros(len(_ORDER))
    right, of = _RIGHT, _OF
    step = max(1, len(looks) // _LEARN_FROM)
    for look, script, column in zip(looks[::step], scripts[::step], columns[::step], strict=True):
        language = _unmistakable(look, script)
        if language:
            count[_ORDER[language]] += 1
            right += language == column
            of += column != ""
        elif column:
            count[_ORDER[column]] += 0.5
    return np.maximum(count / max(count.sum(), 1.0), _FLOOR), min(right / of, _MOST)


def _unmistakable(look: str, script: str) -> str:
    among = _CANDIDATES.get(script, ())
    if len(among) == 1 and script != "Han":
        return among[0]
    if len(among) > 1 and len(look) >= _LONG:
        chance = _likelihood(look, among)
        if chance.max() >= _TEACHES * chance.sum():
            return among[int(chance.argmax())]
    return ""


def _places(codes: tuple[str, ...]) -> list[int]:
    return [_ORDER[code] for code in codes]


@functools.lru_cache(maxsize=20_000)
def _likelihood(look: str, among: tuple[str, ...]) -> NDArray[np.float64]:
    """Probability of a text in each of `among`, up to a factor; flat for a text without any feature."""
    chance = dict(_identifier().rank(look.lower()))
    found = np.array([chance.get(code, 0.0) for code in among], dtype=np.float64)
    return np.maximum(found, 1e-9)


@functools.cache
def _identifier() -> Any:
    """py3langid (Lui & Baldwin 2012, langid.py) restricted to the languages of NAMES, with tempered probabilities."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    told_apart = {code for codes in _CANDIDATES.values() if len(codes) > 1 for code in codes}
    identifier.set_languages(sorted(told_apart & set(identifier.labels)))
    return identifier
