"""Words of a comment in its language: segmented, without addresses and numbers, stop words known, stems, phrases."""

from __future__ import annotations

import functools
import re
from typing import Any

from cxlab.models.texts.cleaning import compatible, without_addresses
from cxlab.models.texts.stop_word_changes import FILLER, STEMMERS, THEMES

# \w knows letters and digits; vowel signs of these scripts are neither, yet parts of words.
_SIGNS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
    "\u1000-\u109f\u1780-\u17d3\u200c\u200d"
)
_WORD = re.compile(rf"[\w{_SIGNS}]+(?:['\-][\w{_SIGNS}]+)*|[^\w\s{_SIGNS}]+|\n")
_PLAIN_WORD = re.compile(r"[a-z0-9_]+(?:['\-][a-z0-9_]+)*|[^a-z0-9_\s]+|\n")
_SPACELESS = re.compile("[\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[\u0e00-\u0e7f]+")
_KANA = re.compile("[\u3041-\u30ff]")
_THAI = re.compile("[\u0e00-\u0e7f]")
_TRADITIONAL = frozenset(
    "個們來時說對學過還沒點開關問題應該務價錢買賣電話網頁裡麼與為實體壞讓給錯誤無後這會見覺態單國員謝貴費氣動"
)
_ELISION = re.compile(r"^(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quoiqu|un|dell|nell|all|sull|dall|quell|bell)'(?=\w)")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
#: Longer than any word; a 1 MB string of one letter is none.
_LONGEST_WORD, _LONGEST_KEPT = 40, 200
_ELIDING = frozenset({"fr", "it", "ca"})
_EMPTY: frozenset[str] = frozenset()


def tokens(text: str, language: str = "") -> list[str]:
    """The words of a text, lower case, in order; stop words are among them.

    Numbers, addresses, redaction's tokens and single Latin letters are no words. Chinese, Japanese and Thai are
    segmented (BudouX), whatever the language says. "l'appli" gives "appli" in French, "Garmin's" gives "garmin".
    """
    return [word for run in runs(text, language) for word in run]


def runs(text: str, language: str = "") -> list[list[str]]:
    """As `tokens`, cut wherever punctuation, a line break, a number or an address stands between two words."""
    text = without_addresses(text)
    pattern = _PLAIN_WORD if text.isascii() else _WORD
    found: list[list[str]] = [[]]
    for piece in pattern.findall(compatible(text)):
        # A piece longer than any word is not kept in the cache.
        words = (_words if len(piece) <= _LONGEST_KEPT else _words.__wrapped__)(piece, language)
        if words:
            found[-1] += words
        elif words is None and found[-1]:
            found.append([])
    return found if found[-1] else found[:-1]


def stop_words(language: str) -> frozenset[str]:
    """Words of a language that no topic is about; English's for a language that is unknown ("").

    The stopwords-iso list, with what surveys say anyway, without what comments are about ("room", "order", "cuenta").
    """
    return _stop_words(language or "en")


def stem(word: str, language: str) -> str:
    """The stem of a lower-case word by Snowball's rules (Porter 2001); the word itself where the language has none."""
    return _stem(word, language) if language in STEMMERS else word


def phrases(text: str, language: str = "", longest: int = 3) -> list[str]:
    """Phrases of 1 to `longest` words in order of their start, repeated as often as they stand there.

    None begins or ends with a stop word, none reaches over punctuation, a number or an address. Words are joined by
    blanks, in Chinese, Japanese and Thai by nothing.
    """
    stops = stop_words(language)
    found = []
    for run in runs(text, language):
        stands = [word not in stops for word in run]
        for start in range(len(run)):
            if not stands[start]:
                continue
            for end in range(start, min(start + longest, len(run))):
                if stands[end]:
                    found.append(_joined(run[start : end + 1]))
    return found


def _joined(words: list[str]) -> str:
    text = words[0]
    for before, word in zip(words, words[1:], strict=False):
        text += word if _SPACELESS.match(word) and _SPACELESS.match(before) else f" {word}"
    return text


@functools.lru_cache(maxsize=200_000)
def _words(piece: str, language: str) -> tuple[str, ...] | None:
    """Words of a piece between blanks; () for what says nothing but interrupts nothing, None for what interrupts."""
    if not piece[0].isalnum() and not any(letter.isalnum() for letter in piece):
        return None if piece != "_" else ()
    if not piece.isascii() and _SPACELESS.search(piece):
        return _segmented(piece, language)
    return _plain(piece, language)


def _plain(piece: str, language: str) -> tuple[str, ...] | None:
    word = piece.strip("_'-")
    if language in _ELIDING and "'" in word:
        word = _ELISION.sub("", word)
    if word.endswith("'s"):
        word = word[:-2]
    digits = sum(letter.isdigit() for letter in word)
    if digits and (digits > 3 or not word[:1].isalpha() or len(word) - digits < 2):
        return None
    if len(word) > _LONGEST_WORD:
        return None
    if len(word) < 2:
        return ()
    return (_REPEATED.sub(r"\1\1", word),)


def _segmented(piece: str, language: str) -> tuple[str, ...]:
    """Words of a piece with Chinese, Japanese or Thai in it; Latin letters between them are words of their own."""
    found: list[str] = []
    end = 0
    for match in _SPACELESS.finditer(piece):
        found += _plain(piece[end : match.start()], language) or ()
        found += _segment(match[0], language)
        end = match.end()
    return (*found, *(_plain(piece[end:], language) or ()))


def _segment(run: str, language: str) -> list[str]:
    if _THAI.match(run):
        return [word for word in _parser("th").parse(run) if len(word) > 1]
    if _KANA.search(run) or language == "ja":
        return [word.strip("ー") or word for word in _parser("ja").parse(run)]
    kind = "zh-hant" if not _TRADITIONAL.isdisjoint(run) else "zh-hans"
    return _pairs(_parser(kind).parse(run), stop_words("zh"))


def _pairs(words: list[str], stops: frozenset[str]) -> list[str]:
    """Single Chinese characters that are no stop words and stand together become words of two (the usual length)."""
    found: list[str] = []
    open_ = False
    for word in words:
        single = len(word) == 1 and word not in stops
        if single and open_:
            found[-1] += word
            open_ = False
        else:
            found.append(word)
            open_ = single
    return found


@functools.cache
def _parser(kind: str) -> Any:
    """A BudouX segmenter (a boosted rule a gap; github.com/google/budoux). For Japanese the model of words is used
    where the installed version has it, since the default one gives whole phrases with their particles."""
    import budoux

    if kind == "zh-hans":
        return budoux.load_default_simplified_chinese_parser()
    if kind == "zh-hant":
        return budoux.load_default_traditional_chinese_parser()
    if kind == "th":
        return budoux.load_default_thai_parser()
    return _japanese(budoux)


def _japanese(budoux: Any) -> Any:
    import json
    import pkgutil

    try:
        model = pkgutil.get_data("budoux", "models/ja_word.json")
    except OSError:
        model = None
    return budoux.Parser(json.loads(model)) if model else budoux.load_default_japanese_parser()


@functools.cache
def _stop_words(language: str) -> frozenset[str]:
    import stopwordsiso

    words = {compatible(word) for word in stopwordsiso.stopwords(language)}
    words |= {word.replace("'", "") for word in words}
    return frozenset((words - THEMES.get(language, _EMPTY)) | FILLER.get(language, _EMPTY))


@functools.lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    return _stemmer(language).stemWord(word)


@functools.cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(STEMMERS[language])
