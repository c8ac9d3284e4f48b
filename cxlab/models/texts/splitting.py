"""Long comments in parts, so that one comment can hold several topics: sentences, lines, bullets, contrasts."""

from __future__ import annotations

import re

from cxlab.models.texts.cleaning import visible

#: Parts of one comment; what comes after the last but one stays together in the last, so nothing is lost.
MOST_PARTS = 200
#: Comments up to this many words stay whole; a shorter piece joins its neighbour; a contrast has so many each side.
_WHOLE, _FEWEST, _EACH_HALF = 8, 3, 4

_CJK = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_CJK_LETTER = re.compile(f"[{_CJK}]")
_THAI_LETTER = re.compile("[\u0e00-\u0e7f]")
_BULLET = re.compile(r"^[ ]?(?:[-*•·–—▪►●○■□✓✔➢+>]|\(?\d{1,2}[.)]|[a-zA-Z]\))[ ]+", re.MULTILINE)
_INLINE_BULLET = re.compile(r"[ ](?:[•▪►●■✓✔➢]|\(?\d{1,2}\))[ ]+")
#: Where a sentence may end. Group 1 is what ends it.
_END = re.compile(
    r"(?=[.!?…。！？｡؟۔।॥;； ])(?:([.!?…]{1,9}[\"'”’»)\]]{0,3})(?=[ \n])"
    r"|(?<=[a-zà-ÿ]{2})([.!?])(?=[A-ZÀ-Þ¿¡][a-zà-ÿ])"
    r"|([!?]{1,9})(?=[A-ZÀ-Þ])"
    rf"|([。！？｡؟۔।॥]{{1,9}}[」』”）]{{0,3}})|((?<=[{_CJK}])[!?；;…]{{1,9}}|(?<=[{_CJK}])\.(?=[ {_CJK}]))"
    r"|(;)(?=[ ])|([ ][-–—][ ](?=[A-ZÀ-Þ])))"
)
_ABBREVIATIONS = frozenset(
    "e.g eg i.e ie etc vs approx no nr mr mrs ms dr prof st jr inc ltd co corp dept est fig min max tel hrs "
    "hr mins sec vol pp al cf ca z.b zb d.h dh u.a usw bzw evtl ggf bspw inkl exkl ca abt allg zzgl max mind "
    "vgl str tel hr fr u.u o.ä s.o z.t i.d.r sog p.ej ej sr sra srta ud uds dto aprox pág núm av p.ex ex env "
    "mme mlle m cf tél n° av resp sig dott sig.ra ecc es bijv d.w.z o.a enz t.o.v m.b.t".split()
)
_LAST_WORD = re.compile(r"([\w.°]{1,12})$")

#: Turning words: the part that starts with one says something else. Not where they add ("but also", "sondern auch").
_TURN = re.compile(
    r"(?=[,; ])(?:,|;|\s[-–]|(?<=\w))[ ]((?:but|however|whereas|although|though|aber|allerdings|jedoch|dennoch|"
    r"obwohl|pero|sin embargo|aunque|mais|cependant|toutefois|pourtant|par contre|en revanche|però|tuttavia|mas|"
    r"porém|contudo|maar|echter|ale|jednak|ama|fakat|ancak|но|однако)\b(?![ ](?:also|auch|también|aussi|anche|também|"
    r"ook|i|even|for|juste)\b),?[ ])",
    re.IGNORECASE,
)
_BEFORE_NO_TURN = re.compile(
    r"(?:nothing|anything|everything|all|not only|nicht nur|no solo|no sólo|non seulement|niet alleen)\W*$", re.I
)
_CJK_TURN = re.compile(
    "[，、,]?((?:但是|但|不过|不過|可是|然而|しかし|하지만|그러나|그런데))|(?<=です)(が、)|(?<=ます)(が、)|(けど、|"
    "けれど、|けれども、)"
)


def split(text: str) -> list[str]:
    """A comment in parts: sentences, lines, bullets, and clauses that turn ("..., but ...") if each half can stand.

    Comments of up to 8 words stay whole, pieces of fewer than 3 join their neighbour. Abbreviations ("e.g.", "z.B."),
    initials and decimals do not end a sentence. At most MOST_PARTS parts: the last one holds all the rest. Letters stay
    all, bullets go. The rules serve all languages at once.
    """
    text = visible(text)
    if _size(text) <= _WHOLE:
        whole = " ".join(_BULLET.sub("", text).split())
        return [whole] if whole else []
    pieces: list[str] = []
    lines = _INLINE_BULLET.sub("\n", _BULLET.sub("\n", text)).split("\n")
    for place, line in enumerate(lines):
        if len(pieces) > 2 * MOST_PARTS:
            pieces.append(" ".join(lines[place:]))
            break
        for sentence in _sentences(line):
            pieces += _clauses(sentence)
    return _bounded(_joined([piece.strip() for piece in pieces]))


def words_in(text: str, enough: int) -> int:
    """Words of a text, counted no further than some `enough` of them reach. Two letters of Chinese, Japanese or Korean
    are a word, five of Thai."""
    text = text[: 40 * (enough + 1)]
    return len(text.split()) + len(_CJK_LETTER.findall(text)) // 2 + len(_THAI_LETTER.findall(text)) // 5


def _size(text: str) -> int:
    return words_in(text, _WHOLE)


def _sentences(line: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(line):
        if (
            match[1]
            and match[1].startswith(".")
            and not match[1].startswith("..")
            and _is_abbreviated(line, match.start())
        ):
            continue
        found.append(line[start : match.end()])
        start = match.end()
        if len(found) > 2 * MOST_PARTS:
            break
    return [*found, line[start:]]


def _is_abbreviated(line: str, stop: int) -> bool:
    """True if the full stop at `stop` belongs to the word before it: "e.g.", "z. B.", "J."."""
    word = _LAST_WORD.search(line[max(0, stop - 12) : stop])
    if not word:
        return False
    last = word[1].lower().lstrip(".")
    # A single letter is an initial; a single digit at the start was a bullet, elsewhere it ends the sentence.
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last != "i")


def _clauses(sentence: str) -> list[str]:
    if len(sentence) > 5000:
        return [sentence]
    # The second half has the turning word besides; in Chinese and Japanese it is short.
    for pattern, least in ((_TURN, _EACH_HALF + 1), (_CJK_TURN, _EACH_HALF)):
        for match in pattern.finditer(sentence):
            place = match.start(match.lastindex or 0)
            if match.lastindex and match.lastindex > 1:
                place = match.end()
            before, after = sentence[:place], sentence[place:]
            if _size(before) >= _EACH_HALF and _size(after) >= least and not _BEFORE_NO_TURN.search(before[-20:]):
                return [before.rstrip(" ,;-–，、"), *_clauses(after)]
    return [sentence]


def _joined(pieces: list[str]) -> list[str]:
    """Pieces too short to stand join the one before; the first joins the one after."""
    found: list[str] = []
    waiting = ""
    for piece in pieces:
        if not piece:
            continue
        piece = f"{waiting} {piece}" if waiting else piece
        waiting = ""
        if _size(piece) >= _FEWEST:
            found.append(piece)
        elif found:
            found[-1] = f"{found[-1]} {piece}"
        else:
            waiting = piece
    return [*found, waiting] if waiting else found


def _bounded(pieces: list[str]) -> list[str]:
    if len(pieces) <= MOST_PARTS:
        return pieces
    return [*pieces[: MOST_PARTS - 1], " ".join(pieces[MOST_PARTS - 1 :])]
