"""Payment cards and IBANs, told from other numbers by their check digits."""

from __future__ import annotations

_IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BR": 29,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IS": 26,
    "IT": 27,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MT": 31,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "TN": 24,
    "TR": 26,
    "UA": 29,
}


def is_card(digits: str) -> bool:
    """True if the digits have the length and beginning of a payment card and pass the Luhn check."""
    brand = (
        (digits[0] == "4" and len(digits) in (13, 16, 19))
        or (digits[:2] in {"34", "37"} and len(digits) == 15)
        or (
            len(digits) == 16
            and (
                digits[:2] in {"51", "52", "53", "54", "55", "65", "62", "35"}
                or digits[:4] == "6011"
                or "2221" <= digits[:4] <= "2720"
            )
        )
        or (len(digits) == 14 and digits[:2] in {"30", "36", "38"})
        or (len(digits) in (12, 13, 15, 16, 18, 19) and digits[:2] in {"50", "56", "57", "58", "63", "67", "60", "62"})
    )
    if not brand:
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def iban_length(text: str) -> int:
    """How many characters at the start of `text` are an IBAN that passes mod 97, 0 if none."""
    wanted = _IBAN_LENGTHS.get(text[:2].upper())
    if wanted is None:
        return 0
    taken, used = [], 0
    while used < len(text) and len(taken) < wanted:
        if text[used] not in " -":
            taken.append(text[used].upper())
        used += 1
    if len(taken) != wanted:
        return 0
    turned = "".join(str(int(char, 36)) for char in taken[4:] + taken[:4])
    return used if int(turned) % 97 == 1 else 0
