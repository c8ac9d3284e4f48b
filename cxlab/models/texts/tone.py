"""How a part of a comment sounds, and whether it only judges: praise or blame without a theme."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cxlab.models.texts.cleaning import compatible
from cxlab.models.texts.feelings import ANSWERING, AROUND, DOING, JUDGING, NOT, RECOMMENDING, TELLING, WISHED
from cxlab.models.texts.words import runs, stop_words

#: More of a part is not read: what is longer is no mere praise, and its first words give the tone.
_READ = 2000
#: Set phrases make a part generic only if little stands around them.
_SAID_SHORTLY = 120
#: A negation reaches over so many words; in German and Dutch it may also follow by so many.
_REACH, _FOLLOWS = 3, 2
_FOLLOWING = frozenset({"de", "nl"})
#: In French it surrounds the verb: "ne marche pas", "n'est pas". What follows "pas" is meant, else what is before it.
_BEFORE = frozenset({"fr"})
_BY_CHARACTERS = frozenset({"zh", "ja"})
_SPOKEN = tuple(language for language in JUDGING if language not in _BY_CHARACTERS)
#: "Not only good", "nothing but good" deny nothing.
_NO_DENIAL = re.compile(
    r"\b(?:not only|not just|nothing but|no doubt|nicht nur|no solo|no sólo|pas seulement|niet alleen)\b"
)
#: Set phrases about nothing in particular, whose words would be themes elsewhere.
_SAYINGS = re.compile(
    r"\b(?:room (?:for|to) improve(?:ment)?|do(?:es)? (?:the|its|their) job|keep (?:it up|up the good work)|nothing "
    r"(?:to|i would) (?:add|improve|change|complain about|fault)|(?:no|zero) (?:complaints?|problems?|issues?|"
    r"faults?)|highly recommend(?:ed)?|keine? (?:beschwerden?|probleme?|beanstandung(?:en)?)|nichts (?:auszusetzen|"
    r"hinzuzufügen|zu meckern)|ausbaufähig|(?:erfüllt|tut) (?:seinen|ihren|den) (?:zweck|dienst)|im großen und ganzen|"
    r"mach(?:t|en sie)? weiter so|weiter so|sin (?:quejas|problemas?)|ninguna queja|nada que (?:añadir|mejorar|"
    r"objetar)|cumple (?:su|con su) (?:función|cometido)|rien à (?:redire|signaler|ajouter)|aucun (?:problème|souci)|"
    r"continuez (?:ainsi|comme ça)|pas de (?:problème|souci)s?|nessun problema|niente da (?:dire|ridire|aggiungere)|"
    r"sem (?:problemas?|reclamações)|nada a (?:acrescentar|reclamar)|geen (?:klachten|problemen|opmerkingen)|niets "
    r"aan te merken|ga zo door)\b"
)
_WORD_CHARACTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class _Words:
    """Words and word beginnings of a list; `in` asks whether a word is meant."""

    whole: frozenset[str]
    starts: frozenset[str]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, *lists: str) -> _Words:
        words = [compatible(word) for each in lists for word in each.split()]
        starts = frozenset(word[:-1] for word in words if word.endswith("*"))
        whole = frozenset(word for word in words if not word.endswith("*"))
        return cls(whole, starts, tuple(sorted({len(start) for start in starts})))

    def __contains__(self, word: str) -> bool:
        return word in self.whole or any(word[:length] in self.starts for length in self.lengths)


@dataclass(frozen=True)
class _Lexicon:
    judging: _Words
    around: _Words
    good: _Words
    bad: _Words
    negations: _Words
    wished: _Words
    doing: _Words


@dataclass(frozen=True)
class _Meaning:
    """What a word does in a sentence: `polarity` 1, -1 or 0, and flags."""

    polarity: int
    denies: bool
    wishes: bool
    does: bool
    judges: bool
    only_judges: bool
    recommends: bool
    answers: bool


def tone(text: str, language: str = "") -> int:
    """-1 bad, 1 good, 0 neither or both: the sign of good minus bad words of the part, negations turned.

    Knows English, German, Spanish, French, Italian, Portuguese, Dutch, Chinese and Japanese; a text in no known one is
    read with all of those in Latin letters. Built to be right when it speaks: what it does not know is 0.
    """
    total = sum(_feelings(text[:_READ], language))
    return (total > 0) - (total < 0)


def is_generic(text: str, language: str = "") -> bool:
    """True if a part holds only judging words, words around them and stop words: a feeling, not a theme.

    "Everything was great" is generic, "staff very helpful" is not. So is a part of stop words alone.
    """
    if len(text) > _READ:
        return False
    if language in _BY_CHARACTERS:
        rest = _pattern(language, "any").sub("", compatible(text))
        return not _WORD_CHARACTERS.search(rest)
    if _all_judge(text, language):
        return True
    rest = _SAYINGS.sub(" ", compatible(text)) if len(text) <= _SAID_SHORTLY else text
    return len(rest) < len(text) and _all_judge(rest, language)


def _all_judge(text: str, language: str) -> bool:
    return all(_meaning(word, language).only_judges for run in runs(text, language) for word in run)


def _feelings(text: str, language: str) -> Iterator[int]:
    """1 or -1 for every word of feeling, as it is meant."""
    if language in _BY_CHARACTERS:
        yield from _by_characters(compatible(text), language)
        return
    for run in runs(_NO_DENIAL.sub(" ", compatible(text)), language):
        words = [_meaning(word, language) for word in run]
        denied = [word.denies for word in words]
        for place, word in enumerate(words):
            if not word.polarity and not word.does:
                continue
            polarity, start = word.polarity, max(0, place - _REACH)
            if polarity > 0 and not word.recommends and any(before.wishes for before in words[start:place]):
                continue
            if place > 1 and start == 0 and words[0].answers and word.judges:
                start = 1
            turned = any(denied[start:place])
            if not turned and language in _FOLLOWING:
                turned = any(denied[place + 1 : place + 1 + _FOLLOWS])
            if not turned and language in _BEFORE:
                turned = any(denied[place + 1 : place + 2])
            if polarity or turned:
                yield -(polarity or 1) if turned else polarity


def _by_characters(text: str, language: str) -> Iterator[int]:
    """As `_feelings` where words are not parted: longest words first, a negation right before (Chinese) or after."""
    good = _lexicon(language).good
    negation = _pattern(language, "not")
    for match in _pattern(language, "feeling").finditer(text):
        polarity = 1 if match[0] in good else -1
        if language == "zh":
            turned = bool(negation.search(text[max(0, match.start() - 2) : match.start()]))
        else:
            turned = bool(negation.match(text[match.end() : match.end() + 5].lstrip("くはでじゃがも")))
        yield -polarity if turned else polarity


@functools.cache
def _pattern(language: str, which: str) -> re.Pattern[str]:
    feeling = [*JUDGING[language], *TELLING[language]]
    lists = {
        "feeling": feeling,
        "not": [NOT[language]],
        "any": [*JUDGING[language], AROUND[language], NOT[language], " ".join(stop_words(language))],
    }[which]
    words = {compatible(word) for each in lists for word in each.split()} - {""}
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


@functools.cache
def _lexicon(language: str) -> _Lexicon:
    among = (language,) if language in JUDGING else _SPOKEN
    return _Lexicon(
        judging=_Words.of(*(words for code in among for words in JUDGING[code]), *_anywhere()),
        around=_Words.of(*(AROUND[code] for code in among)),
        good=_Words.of(*(part[code][0] for code in among for part in (JUDGING, TELLING)), _anywhere()[0]),
        bad=_Words.of(*(part[code][1] for code in among for part in (JUDGING, TELLING)), _anywhere()[1]),
        negations=_Words.of(*(NOT[code] for code in among)),
        doing=_Words.of(*(DOING.get(code, "") for code in among)),
        wished=_Words.of(*(WISHED.get(code, "") for code in among)),
    )


@functools.lru_cache(maxsize=200_000)
def _meaning(word: str, language: str) -> _Meaning:
    lexicon = _lexicon(language)
    judges = word in lexicon.judging
    return _Meaning(
        polarity=(word in lexicon.good) - (word in lexicon.bad),
        denies=word in lexicon.negations,
        wishes=word in lexicon.wished,
        does=word in lexicon.doing,
        judges=judges,
        only_judges=judges or word in lexicon.around or word in stop_words(language),
        recommends=word in _listed(RECOMMENDING),
        answers=word in _listed(ANSWERING),
    )


@functools.cache
def _listed(words: str) -> _Words:
    return _Words.of(words)


def _anywhere() -> tuple[str, str]:
    """Good and bad words that are said in every language."""
    return "super top ok okay perfect excellent bravo cool wow good nice genial", "bad horrible terrible"
