"""How languages are called in exports, and in which scripts they are written."""

from __future__ import annotations

#: ISO 639-1 code: three-letter codes, English name and own name, as they stand in a language column.
NAMES: dict[str, tuple[str, ...]] = {
    "ar": ("ara", "arabic", "العربية", "عربي"),
    "bg": ("bul", "bulgarian", "български"),
    "bn": ("ben", "bengali", "বাংলা"),
    "ca": ("cat", "catalan", "català"),
    "cs": ("ces", "cze", "czech", "čeština", "česky"),
    "da": ("dan", "danish", "dansk"),
    "de": ("deu", "ger", "german", "deutsch", "allemand", "alemán", "tedesco"),
    "el": ("ell", "gre", "greek", "ελληνικά"),
    "en": ("eng", "english", "englisch", "anglais", "inglés", "inglese"),
    "es": ("spa", "spanish", "español", "castellano", "spanisch", "espagnol"),
    "et": ("est", "estonian", "eesti"),
    "fa": ("fas", "per", "persian", "farsi", "فارسی"),
    "fi": ("fin", "finnish", "suomi"),
    "fr": ("fra", "fre", "french", "français", "französisch", "francés", "francese"),
    "gu": ("guj", "gujarati", "ગુજરાતી"),
    "he": ("heb", "iw", "hebrew", "עברית"),
    "hi": ("hin", "hindi", "हिन्दी", "हिंदी"),
    "hr": ("hrv", "croatian", "hrvatski"),
    "hu": ("hun", "hungarian", "magyar"),
    "hy": ("hye", "arm", "armenian", "հայերեն"),
    "id": ("ind", "in", "indonesian", "bahasa indonesia"),
    "it": ("ita", "italian", "italiano", "italienisch", "italien"),
    "ja": ("jpn", "jp", "japanese", "日本語"),
    "ka": ("kat", "geo", "georgian", "ქართული"),
    "ko": ("kor", "kr", "korean", "한국어"),
    "lt": ("lit", "lithuanian", "lietuvių"),
    "lv": ("lav", "latvian", "latviešu"),
    "mk": ("mkd", "macedonian", "македонски"),
    "mr": ("mar", "marathi", "मराठी"),
    "ms": ("msa", "may", "malay", "bahasa melayu"),
    "nl": ("nld", "dut", "dutch", "nederlands", "niederländisch", "néerlandais"),
    "no": ("nor", "nb", "nn", "nob", "nno", "norwegian", "norsk", "norsk bokmål", "bokmål"),
    "pa": ("pan", "punjabi", "ਪੰਜਾਬੀ"),
    "pl": ("pol", "polish", "polski", "polnisch"),
    "pt": ("por", "portuguese", "português", "portugiesisch", "brazilian portuguese"),
    "ro": ("ron", "rum", "romanian", "română"),
    "ru": ("rus", "russian", "русский"),
    "sk": ("slk", "slo", "slovak", "slovenčina"),
    "sl": ("slv", "slovenian", "slovene", "slovenščina"),
    "sq": ("sqi", "alb", "albanian", "shqip"),
    "sr": ("srp", "serbian", "srpski", "српски"),
    "sv": ("swe", "swedish", "svenska"),
    "ta": ("tam", "tamil", "தமிழ்"),
    "te": ("tel", "telugu", "తెలుగు"),
    "th": ("tha", "thai", "ไทย", "ภาษาไทย"),
    "tl": ("tgl", "fil", "filipino", "tagalog"),
    "tr": ("tur", "turkish", "türkçe", "türkisch"),
    "uk": ("ukr", "ukrainian", "українська"),
    "ur": ("urd", "urdu", "اردو"),
    "vi": ("vie", "vietnamese", "tiếng việt"),
    "zh": ("zho", "chi", "cn", "chinese", "mandarin", "中文", "汉语", "漢語", "简体中文", "繁體中文", "cmn", "yue"),
}

#: Characters of a script, and the languages told apart within it.
SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Latin": (
        "a-zA-Z\u00aa-\u024f\u1e00-\u1eff",
        tuple("ca cs da de en es et fi fr hr hu id it lt lv ms nl no pl pt ro sk sl sq sv tl tr vi".split()),
    ),
    "Kana": ("\u3041-\u30ff\uff66-\uff9d", ("ja",)),
    "Han": ("\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff", ("zh",)),
    "Hangul": ("\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", ("ko",)),
    "Thai": ("\u0e00-\u0e7f", ("th",)),
    "Cyrillic": ("\u0400-\u052f", ("bg", "mk", "ru", "sr", "uk")),
    "Arabic": ("\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe", ("ar", "fa", "ur")),
    "Greek": ("\u0370-\u03ff\u1f00-\u1fff", ("el",)),
    "Hebrew": ("\u0590-\u05ff", ("he",)),
    "Devanagari": ("\u0900-\u097f", ("hi", "mr")),
    "Bengali": ("\u0980-\u09ff", ("bn",)),
    "Gurmukhi": ("\u0a00-\u0a7f", ("pa",)),
    "Gujarati": ("\u0a80-\u0aff", ("gu",)),
    "Tamil": ("\u0b80-\u0bff", ("ta",)),
    "Telugu": ("\u0c00-\u0c7f", ("te",)),
    "Armenian": ("\u0530-\u058f", ("hy",)),
    "Georgian": ("\u10a0-\u10ff", ("ka",)),
}


def language_name(code: str) -> str:
    """The English name of an ISO 639-1 code; the code itself where it is not known."""
    return next((name.capitalize() for name in NAMES.get(code, ()) if len(name) > 3), code)
