"""Customers' texts made harmless and comparable. What is shown stays as given; these forms are for looking at words."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

# Letters stacked upon letters ("zalgo") say nothing after the second, and sorting a long stack takes quadratic time.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_STACK = re.compile(f"([{_MARKS}]{{2}})[{_MARKS}]+")
_MARK = re.compile(f"[{_MARKS}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters, direction overrides, joiners of nothing, byte order marks; line breaks and tabs stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff0-\uffff\U000e0000-\U000e0fff]+"
)
# One step after the other, since "blanks, a break, blanks" in one pattern takes quadratic time on blanks alone.
_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_PIECE = 400

#: What stands in a comment and is no word: tags and entities, addresses, what redaction left, blanked-out parts.
_NO_WORD = re.compile(
    r"</?[a-zA-Z!][^<>]{0,300}>|&(?:[a-zA-Z]{2,8}|#\d{1,6});|\b[a-zA-Z][a-zA-Z0-9+.-]{1,15}://\S+|\bwww\.\S+|"
    r"\b(?:javascript|mailto):\S*|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,100}|(?<!\w)@\w+|\b[a-z0-9-]{2,63}\.(?:com|org|"
    r"net|io|de|fr|es|it|nl|co\.uk)\b(?:/\S*)?|\[(?:e-mail|phone|card|account|ssn|ip|credentials|name)\]|"
    r"\[(?i:redacted|removed|masked|anonymi[sz]ed|name|deleted|geschwärzt)\b[^\[\]]{0,60}\]|<(?i:redacted|question "
    r"mark|name)>|(?<!\w)[xX]{2,}(?:[/.-][xX]{2,})*(?!\w)"
)
_COULD_HOLD = re.compile(r"[<&@\[]|://|www\.|:|[xX]{2}|\.[a-z]{2}")
_PUNCTUATION = re.compile(r"[^\w]+|_+")


def shown(value: object) -> str:
    """A cell of the comments as text: "" for None and NaN. As given, but half characters (lone surrogates), which no
    file and no page can hold, become the replacement character."""
    if not isinstance(value, str):
        if pd.api.types.is_scalar(value) and pd.isna(value):
            return ""
        value = str(value)
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


def visible(text: str) -> str:
    """A text without what cannot be seen (controls, direction overrides, NULs, stacked marks beyond two); every line
    break is "\\n", blanks are single. Letters, digits, punctuation and emoji all stay."""
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text).strip()
    text = _STACK.sub(r"\1", text)
    text = _SPACES.sub(" ", _BREAK.sub("\n", _UNSEEN.sub("", text)))
    return _LINES.sub("\n", text).strip()


def compatible(text: str) -> str:
    """Lower case and compatibility form (NFKC): full-width letters become plain ones, typographic apostrophes straight.

    Long texts are normalised piece by piece, so that hostile ones take linear time.
    """
    if text.isascii():
        return text.lower()
    text = _STACK.sub(r"\1", text)
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    text = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)
    return _MARK.sub("", text.lower()).replace("\u2019", "'").replace("\u02bc", "'")


def without_addresses(text: str) -> str:
    """A text in which web and mail addresses, handles, tags, redaction's tokens ("[name]") and blanked-out parts
    ("XXXX") are a line break: no word, and no phrase reaches over them."""
    return _NO_WORD.sub("\n", text) if _COULD_HOLD.search(text) else text


def matching(text: str) -> str:
    """The form in which two texts are the same: compatible, letters and digits only, single blanks."""
    return _PUNCTUATION.sub(" ", compatible(_UNSEEN.sub("", text))).strip()
