"""Masking what must not travel on in customer comments. Rules and checksums: a policy, not a promise."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from cxlab.loaders.checksums import iban_length, is_card
from cxlab.loaders.names import Names

REGIONS = ("US", "GB", "DE", "ES")
KINDS = ("email", "phone", "card", "account", "ssn", "ip", "credentials", "name")
_REPLACEMENT = {
    "email": "[e-mail]",
    "phone": "[phone]",
    "card": "[card]",
    "account": "[account]",
    "ssn": "[ssn]",
    "ip": "[ip]",
    "credentials": "[credentials]",
    "name": "[name]",
}

# One look (in RE2, over whole columns) decides whether a text can hold anything at all besides names.
_WORTH = (
    r"@|\(at\)|\[at\]|://|\d(?:[ \x{a0}().\-/\x{2010}-\x{2013}]{0,3}\d){5}|\d\.\d{1,3}\.\d"
    r"|[0-9a-fA-F]:[0-9a-fA-F:]*:|::"
    r"|\b[A-Za-z]{2}\d{2}[ A-Za-z0-9]|[?&;](?i:[a-z_]{3,12})="
)

_CREDENTIALS = re.compile(r"(?P<before>\b[a-zA-Z][a-zA-Z0-9+.-]{1,15}://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)")
_SECRET = re.compile(
    r"(?P<before>[?&;](?:access_token|api_?key|token|key|password|passwd|pwd|secret|sig|signature|session|sid|auth)=)"
    r"[^&\s#]{4,400}",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"[\w.+%'’-]{1,64}(?:@|\s?\(at\)\s?|\s?\[at\]\s?)"
    r"(?:[\w-]{1,63}(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)){1,8}[^\W\d_]{2,24}\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){11,18}(?![\w])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_ACCOUNT = re.compile(
    r"(?P<before>\b(?:(?:bank\s+)?account(?:\s+(?:number|no\.?|nr\.?|#))?|acct\.?(?:\s+(?:number|no\.?|#))?"
    r"|a/c(?:\s+no\.?)?|sort\s*code|routing(?:\s+number)?|konto(?:nummer|nr\.?|-nr\.?)?|blz|bankleitzahl|(?:n[úu]mero\s+de\s+)?cuenta(?:\s+n[.º°o]*)?)"
    r"\s*(?:is|ist|es|lautet|:|#)?\s*)(?P<number>\d(?:[ -]?\d){5,20})(?![\w])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,8}(?:[0-9A-Fa-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_PHONE = re.compile(
    r"(?<![\w.,$€£#/-])(?P<number>(?:\+|\(\+?)?\d(?:[ \u00a0().\-/\u2010-\u2013]{0,3}\d){6,14})"
    r"(?P<ext>\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w%€$£]|[.,:]\d|-\d)"
)
_PHONE_WORD = re.compile(
    r"(?:phone|tel|call|mobile|cell|whatsapp|reach|text|fax|contact|sms|dial|handy|telefon|anruf|erreich|rückruf|ruf|nummer"
    r"|mobil|tel[ée]fono|m[óo]vil|llam|celular)\w*\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_NOT_PHONE = re.compile(
    r"(?:order|ticket|invoice|case|ref(?:erence)?|serial|sku|tracking|version|build|firmware|release|article|item|part|po|isbn"
    r"|model|customer|contract|booking|bestell|auftrag|rechnung|kunden|vertrag|artikel|serien|vorgang|pedido|factura|incidencia"
    r"|caso|serie|cliente|contrato|licen[cs]e|licencia|error|code|id)\w*[\s.:#-]*"
    r"(?:(?:number|no|nr|num|nummer|n[úu]mero|id|is|was|ist|es|n[º°])[\s.:#-]*){0,2}$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d{2}(?!\d)")
_VERSION = re.compile(r"(?:\bv|version|release|build|firmware|\bver)\s*[.:]?\s*$", re.IGNORECASE)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


class Redactor:
    """Masks e-mail addresses, phones, cards, IBANs and other accounts, IP addresses, credentials and known names.

    `names` are the accounts and contacts that the tables know (texts, or Names made before), `regions` the countries
    whose phone numbers are recognised without a country code.
    """

    def __init__(self, names: Iterable[str] | Iterable[Names] = (), regions: Iterable[str] = REGIONS) -> None:
        given = list(names)
        ready = [one for one in given if isinstance(one, Names)]
        plain = Names(one for one in given if isinstance(one, str))
        self.names = [one for one in (*ready, plain) if one]
        self.regions = tuple(regions)

    def mask(self, text: str) -> tuple[str, Counter[str]]:
        """The text with what was found replaced by [e-mail], [phone] ..., and how often by kind."""
        return self._mask(text, bool(_contains(pd.Series([text], dtype="str"))[0]))

    def _mask(self, text: str, worth: bool) -> tuple[str, Counter[str]]:
        counts: Counter[str] = Counter()
        if worth:
            text = self._rules(text, counts)
        for names in self.names:
            text, found = names.mask(text, _REPLACEMENT["name"])
            if found:
                counts["name"] += found
        return text, counts

    def mask_all(self, texts: pd.Series) -> tuple[pd.Series, Counter[str]]:
        """Mask a whole column of text; missing stays missing. Works on distinct values, counts every row."""
        codes, uniques = pd.factorize(texts)
        distinct = pd.Series(uniques, dtype="str")
        counts: Counter[str] = Counter()
        if distinct.empty:
            return texts, counts
        worth = _contains(distinct)
        todo = worth.copy()
        for names in self.names:
            todo |= names.candidates(distinct)
        if not todo.any():
            return texts, counts
        times = pd.Series(codes[codes >= 0]).value_counts()
        masked = distinct.to_numpy(dtype=object).copy()
        for place in todo.nonzero()[0]:
            new, found = self._mask(masked[place], bool(worth[place]))
            if found:
                masked[place] = new
                for kind, number in found.items():
                    counts[kind] += number * int(times.get(place, 0))
        filled = pd.Series(np.append(masked, np.nan)[codes], index=texts.index, dtype="str")
        return filled, counts

    def _rules(self, text: str, counts: Counter[str]) -> str:
        def replacing(kind: str, keep: str = "") -> Callable[[re.Match[str]], str]:
            def replace(match: re.Match[str]) -> str:
                counts[kind] += 1
                return (match[keep] if keep else "") + _REPLACEMENT[kind]

            return replace

        def checked(kind: str, accept: Callable[[re.Match[str]], bool]) -> Callable[[re.Match[str]], str]:
            def replace(match: re.Match[str]) -> str:
                if not accept(match):
                    return match[0]
                counts[kind] += 1
                return _REPLACEMENT[kind]

            return replace

        def iban(match: re.Match[str]) -> str:
            used = iban_length(match[0])
            if not used:
                return match[0]
            counts["account"] += 1
            return _REPLACEMENT["account"] + match[0][used:]

        def card(match: re.Match[str]) -> str:
            # 13-digit runs of other kinds (order numbers, EAN) pass Luhn by luck one time in ten: the brand decides.
            if not is_card(_digits(match[0])):
                return match[0]
            counts["card"] += 1
            return _REPLACEMENT["card"]

        if "://" in text or "=" in text:
            text = _CREDENTIALS.sub(replacing("credentials", "before"), text)
            text = _SECRET.sub(replacing("credentials", "before"), text)
        if "@" in text or "at" in text.lower():
            text = _EMAIL.sub(replacing("email"), text)
        text = _IBAN.sub(iban, text)
        text = _CARD.sub(card, text)
        text = _SSN.sub(replacing("ssn"), text)
        text = _ACCOUNT.sub(replacing("account", "before"), text)
        text = _IPV4.sub(checked("ip", _is_ipv4), text)
        if text.count(":") > 1:
            text = _IPV6.sub(checked("ip", _is_ipv6), text)
        return _PHONE.sub(checked("phone", self._is_phone), text)

    def _is_phone(self, match: re.Match[str]) -> bool:
        number = match["number"]
        digits = _digits(number)
        if not 7 <= len(digits) <= 15:
            return False
        before = match.string[max(0, match.start() - 40) : match.start()]
        invited = _PHONE_WORD.search(before) is not None
        if number.lstrip("(").startswith("+"):
            return len(digits) >= 8
        if (
            _DATE.search(number)
            or _NOT_PHONE.search(before)
            or re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){2,}", number)
            and len(digits) < 9
        ):
            return False
        if number.isdigit() and not invited:
            # A bare run of digits is far more often an order than a phone.
            return False
        if (
            re.fullmatch(r"\d{1,3}(?:[ .\u00a0]\d{3})+", number)
            and not invited
            and not number.startswith("0")
            and len(digits) != 9
        ):
            # 1 250 000 is an amount.
            return False
        if invited and len(digits) >= 7 and not re.search(r"\b(?:order|ticket|case|invoice)\b", before, re.IGNORECASE):
            return True
        if re.fullmatch(r"(?:1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]{1,2}\d{3}[-. ]\d{4}", number):
            return True
        return self._valid(number, digits)

    def _valid(self, number: str, digits: str) -> bool:
        import phonenumbers

        if digits.startswith("00"):
            number = "+" + digits[2:]
        for region in self.regions:
            # Written at home, a number has its trunk zero; without that any eight digits would be a number somewhere.
            if region in {"GB", "DE", "FR", "IT", "AT", "CH", "NL", "BE", "IE", "SE"} and not digits.startswith("0"):
                continue
            try:
                if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                    return True
            except phonenumbers.NumberParseException:
                continue
        return False


def _contains(distinct: pd.Series) -> np.ndarray:
    """Which texts the first look finds worth a second, as a numpy boolean array."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array(distinct, type=pa.large_string()), _WORTH)
    return found.to_numpy(zero_copy_only=False).astype(bool)


def _is_ipv4(match: re.Match[str]) -> bool:
    if any(int(part) > 255 for part in match[0].split(".")):
        return False
    return _VERSION.search(match.string[max(0, match.start() - 12) : match.start()]) is None


def _is_ipv6(match: re.Match[str]) -> bool:
    text = match[0]
    if sum(char.isalnum() for char in text) < 3 or not any(char.isdigit() for char in text):
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
