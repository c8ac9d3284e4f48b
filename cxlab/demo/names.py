"""Invented names of accounts, people, places and agents of the sample company."""

from __future__ import annotations

import numpy as np

_FIRST = (
    "Al",
    "Bran",
    "Cor",
    "Dal",
    "El",
    "Fen",
    "Gal",
    "Hal",
    "Ing",
    "Jor",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Or",
    "Pel",
    "Quen",
    "Ros",
    "Sol",
    "Tor",
    "Ul",
    "Val",
    "Wes",
    "Yar",
)
_LAST = (
    "dara",
    "mont",
    "vik",
    "lia",
    "berg",
    "tano",
    "field",
    "rona",
    "sund",
    "meri",
    "holt",
    "nova",
    "stad",
    "cera",
    "wick",
    "lund",
    "bria",
    "gate",
    "pola",
    "mar",
)
_TRADES = (
    "Logistics",
    "Foods",
    "Medical",
    "Energy",
    "Textiles",
    "Optics",
    "Bank",
    "Insurance",
    "Retail",
    "Robotics",
    "Water",
    "Pharma",
    "Travel",
    "Media",
    "Mobility",
    "Housing",
    "Steel",
    "Farms",
    "Telecom",
    "Learning",
    "Print",
    "Marine",
    "Tools",
    "Paper",
    "Labs",
    "Clinics",
    "Transit",
    "Games",
    "Cement",
    "Audio",
)
#: Country, sales region, share within the region, ending of a company's name, language, calling code.
COUNTRIES = (
    ("United States", "North America", 0.80, "Inc.", "en", "+1 415 555 0"),
    ("Canada", "North America", 0.20, "Ltd.", "en", "+1 604 555 0"),
    ("Germany", "DACH", 0.68, "GmbH", "de", "+49 30 23125 "),
    ("Austria", "DACH", 0.17, "GmbH", "de", "+43 1 5123 "),
    ("Switzerland", "DACH", 0.15, "AG", "de", "+41 44 668 18 "),
    ("Spain", "Iberia & LatAm", 0.48, "S.L.", "es", "+34 912 345 "),
    ("Mexico", "Iberia & LatAm", 0.34, "S.A. de C.V.", "es", "+52 55 5345 8"),
    ("Chile", "Iberia & LatAm", 0.18, "SpA", "es", "+56 2 2345 6"),
    ("United Kingdom", "UK & Nordics", 0.62, "Ltd", "en", "+44 20 7946 0"),
    ("Ireland", "UK & Nordics", 0.12, "Ltd", "en", "+353 1 677 0"),
    ("Sweden", "UK & Nordics", 0.26, "AB", "en", "+46 8 5050 1"),
)
#: Where most of a country's business is done.
TIMEZONES = {
    "United States": "America/New_York",
    "Canada": "America/Toronto",
    "Germany": "Europe/Berlin",
    "Austria": "Europe/Vienna",
    "Switzerland": "Europe/Zurich",
    "Spain": "Europe/Madrid",
    "Mexico": "America/Mexico_City",
    "Chile": "America/Santiago",
    "United Kingdom": "Europe/London",
    "Ireland": "Europe/Dublin",
    "Sweden": "Europe/Stockholm",
}
INDUSTRIES = ("Manufacturing", "Retail", "Finance", "Health", "Logistics", "Education", "Energy", "Media")
GIVEN = {
    "en": ("Grace", "Owen", "Priya", "Liam", "Chloe", "Daniel", "Maeve", "Hugo", "Amara", "Victor", "Ruth", "Isaac"),
    "de": ("Anja", "Björn", "Claudia", "Dieter", "Jürgen", "Katrin", "Lukas", "Miriam", "Sören", "Ulrike", "Heike"),
    "es": ("Lucía", "Mateo", "Carmen", "Diego", "Elena", "Javier", "Marta", "Nicolás", "Pilar", "Raúl", "Inés"),
}
FAMILY = {
    "en": ("Walker", "Nguyen", "Osei", "Murphy", "Clarke", "Patel", "Larsson", "Reid", "Foster", "Kaur", "Bennett"),
    "de": ("Müller", "Schäfer", "Weiß", "Vogel", "Krüger", "Lehmann", "Brandt", "Huber", "Graf", "Böhm", "Seidel"),
    "es": ("García", "Muñoz", "Torres", "Ibáñez", "Ramos", "Vega", "Núñez", "Ortega", "Peña", "Castro", "Rivas"),
}
ROLES = ("Administrator", "Daily user", "Decision maker", "Finance", "IT")
LOCATIONS = ("Boston", "Denver", "Toronto", "Berlin", "Zürich", "Madrid", "Ciudad de México", "London", "Stockholm")


def company_names(rng: np.random.Generator, count: int) -> np.ndarray:
    """`count` different invented names (object array), without the legal ending. At most 14,400."""
    picked = rng.permutation(len(_FIRST) * len(_LAST) * len(_TRADES))[:count]
    first, rest = np.divmod(picked, len(_LAST) * len(_TRADES))
    last, trade = np.divmod(rest, len(_TRADES))
    parts = zip(first.tolist(), last.tolist(), trade.tolist(), strict=True)
    return np.array([f"{_FIRST[a]}{_LAST[b]} {_TRADES[c]}" for a, b, c in parts], dtype=object)


def people(number: np.ndarray, language: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Given and family name (object arrays) of person `number` (int array) in `language` (text array)."""
    given, family = np.empty(len(number), dtype=object), np.empty(len(number), dtype=object)
    for code in GIVEN:
        mine = language == code
        given[mine] = np.array(GIVEN[code], dtype=object)[number[mine] % len(GIVEN[code])]
        family[mine] = np.array(FAMILY[code], dtype=object)[number[mine] // 7 % len(FAMILY[code])]
    return given, family
