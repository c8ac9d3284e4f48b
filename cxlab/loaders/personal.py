"""Which columns of an export look personal, by name or by what is in them."""

from __future__ import annotations

import re

import pandas as pd

# Each entry: all of these words in the column's name. English, German, Spanish.
_WORDS = (
    {"email"},
    {"mail"},
    {"correo"},
    {"phone"},
    {"telephone"},
    {"telefon"},
    {"telefonnummer"},
    {"teléfono"},
    {"telefono"},
    {"mobile"},
    {"handy"},
    {"handynummer"},
    {"móvil"},
    {"movil"},
    {"fax"},
    {"whatsapp"},
    {"ip"},
    {"ipaddress"},
    {"first", "name"},
    {"last", "name"},
    {"middle", "name"},
    {"full", "name"},
    {"contact", "name"},
    {"requester", "name"},
    {"user", "name"},
    {"respondent", "name"},
    {"recipient", "name"},
    {"your", "name"},
    {"person", "name"},
    {"firstname"},
    {"lastname"},
    {"fullname"},
    {"username"},
    {"surname"},
    {"vorname"},
    {"nachname"},
    {"familienname"},
    {"ansprechpartner"},
    {"nombre"},
    {"apellido"},
    {"apellidos"},
    {"address"},
    {"adresse"},
    {"dirección"},
    {"direccion"},
    {"street"},
    {"straße"},
    {"strasse"},
    {"calle"},
    {"latitude"},
    {"longitude"},
    {"breitengrad"},
    {"längengrad"},
    {"latitud"},
    {"longitud"},
    {"birthday"},
    {"birthdate"},
    {"birth", "date"},
    {"date", "birth"},
    {"geburtsdatum"},
    {"nacimiento"},
    {"ssn"},
    {"iban"},
    {"passport"},
    {"dni"},
    {"nif"},
    {"credit", "card"},
    {"card", "number"},
)
_WHOLE = {
    "name",
    "contact",
    "kontakt",
    "contacto",
    "requester",
    "respondent",
    "lat",
    "lon",
    "lng",
    "long",
    "geo",
    "geolocation",
}
_FIRST = ({"first", "name"}, {"firstname"}, {"vorname"}, {"nombre"})
_LAST = ({"last", "name"}, {"lastname"}, {"surname"}, {"nachname"}, {"familienname"}, {"apellido"}, {"apellidos"})
_FULL = (
    {"full", "name"},
    {"fullname"},
    {"contact", "name"},
    {"requester", "name"},
    {"ansprechpartner"},
    {"respondent", "name"},
    {"recipient", "name"},
)
_FULL_WHOLE = {"name", "contact", "requester", "contacto", "kontakt", "respondent"}

_VALUES = (
    ("e-mail addresses", r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    ("IP addresses", r"^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){4,7})$"),
    (
        "phone numbers",
        r"^(?:\+\d[\d ()./-]{6,18}|\(\d{2,5}\)[\d ./-]{5,14}|\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]\d[\d -]{4,12})$",
    ),
)
_FLAGS = {"true", "false", "yes", "no", "y", "n", "1", "0", "t", "f", "ja", "nein", "sí", "si"}


def words_of(name: str) -> set[str]:
    """The words in a column's name: "RecipientLastName" -> recipient, last, name."""
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = [word for word in re.split(r"[\W_]+", text.casefold()) if word]
    if "e" in words and "mail" in words:
        words.append("email")
    return set(words)


def _named(name: str, patterns: tuple[set[str], ...], whole: set[str]) -> bool:
    # A question is a sentence: "Did the e-mail help?" is no address.
    if len(name) > 60 or name.rstrip().endswith("?"):
        return False
    words = words_of(name)
    return " ".join(sorted(words)) in whole or any(pattern <= words for pattern in patterns)


def why_personal(name: str, values: pd.Series) -> str:
    """Why a column looks personal ("its name", "e-mail addresses" ...), "" if it does not."""
    present = values.dropna()
    present = present[present != ""]
    if _named(name, _WORDS, _WHOLE):
        flags = len(present) and present.head(1000).str.strip().str.casefold().isin(_FLAGS).all()
        return "" if flags else "its name"
    sample = present.head(2000).str.strip()
    if len(sample):
        for what, pattern in _VALUES:
            if sample.str.fullmatch(pattern[1:-1]).mean() > 0.5:
                return what
    return ""


def contact_names(frame: pd.DataFrame) -> list[str]:
    """Full names of people in an export: first and last name put together, and columns of full names."""
    first = [name for name in frame.columns if _named(name, _FIRST, set())]
    last = [name for name in frame.columns if _named(name, _LAST, set())]
    names: set[str] = set()
    for one, other in zip(first, last, strict=False):
        both = frame[[one, other]].fillna("").drop_duplicates()
        for given, family in zip(both[one].str.strip(), both[other].str.strip(), strict=True):
            if given and family:
                names |= {f"{given} {family}", f"{family}, {given}"}
    for column in frame.columns:
        if _named(column, _FULL, _FULL_WHOLE):
            names |= {text.strip() for text in frame[column].dropna().unique() if len(text.split()) > 1}
    return sorted(names)


def own_names(frame: pd.DataFrame) -> list[pd.Series]:
    """Columns that hold a part of the respondent's own name, to be masked in that respondent's comment alone."""
    return [frame[name] for name in frame.columns if _named(name, _FIRST + _LAST, set())]
