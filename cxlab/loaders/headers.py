"""Header rows: how many there are, what the columns are called, what was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxlab.errors import InputError

SHAPES = ("auto", "plain", "qualtrics", "surveymonkey")

# What SurveyMonkey writes under a question that has one column, in the languages of its exports.
_ANSWER = {
    "response",
    "open-ended response",
    "antwort",
    "offene antwort",
    "beantwortung mit offenem ende",
    "respuesta",
    "respuesta abierta",
    "réponse",
    "réponse ouverte",
}
_RESPONDENT = re.compile(r"respondent\s*id|collector\s*id|befragten-id|id del encuestado", re.IGNORECASE)
_IMPORT_ID = re.compile(r"""^\s*\{\s*["']+ImportId["']+\s*:""")
_LEGACY_NAME = re.compile(r"V\d+")


def _clean(cell: str) -> str:
    return cell.replace("\ufeff", "").strip()


def _padded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max(len(row) for row in rows)
    return [[_clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]


def _is_surveymonkey(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < 2:
        return False
    first, second = _padded(rows[:2])
    answers = [place for place, cell in enumerate(second) if cell.casefold() in _ANSWER]
    if any(_RESPONDENT.search(cell) for cell in first[:3]) and not second[0]:
        # Its own id columns have nothing below; a data row would carry the id.
        return True
    # Without id columns: the answer marks stand under questions, and a question with options leaves cells blank.
    return (
        bool(answers)
        and any(not cell for cell in first)
        and all(second[place] for place in range(1, len(first)) if not first[place])
    )


def _is_legacy_qualtrics(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < 2:
        return False
    first, second = _padded(rows[:2])
    lower = {cell.casefold() for cell in second}
    return _LEGACY_NAME.fullmatch(first[0]) is not None and bool(lower & {"responseid", "responseset"})


def recognise(rows: Sequence[Sequence[str]], shape: str, file: str) -> tuple[str, int]:
    """Say which shape the first non-blank rows have and how many of them are headers.

    `shape` is the declared one or "auto". Raises InputError for a shape that is unknown or does not fit.
    """
    if shape not in SHAPES:
        raise InputError.at(file, f"shape = {shape!r} is not known", f"Write one of: {', '.join(SHAPES)}.")
    import_ids = len(rows) > 2 and any(_IMPORT_ID.match(cell) for cell in rows[2])
    if shape == "plain":
        return shape, 1
    if shape == "qualtrics" or (shape == "auto" and (import_ids or _is_legacy_qualtrics(rows))):
        if len(rows) < 2:
            raise InputError.at(
                file,
                'shape = "qualtrics", but there is only one row',
                "A Qualtrics export has two or three header rows; leave `shape` out to have it recognised.",
            )
        return "qualtrics", 3 if import_ids else 2
    if shape == "surveymonkey" or _is_surveymonkey(rows):
        if len(rows) < 2:
            raise InputError.at(
                file,
                'shape = "surveymonkey", but there is only one row',
                "A SurveyMonkey export has two header rows; leave `shape` out to have it recognised.",
            )
        return "surveymonkey", 2
    return "plain", 1


def unique_names(names: Sequence[str]) -> list[str]:
    """Give every column a name of its own: blanks become `column 7`, repeats become `category.2`."""
    taken = {name for name in names if name}
    given: set[str] = set()
    result = []
    for place, name in enumerate(names, start=1):
        wanted = name or f"column {place}"
        if wanted in given or (not name and wanted in taken):
            copy = 2
            while f"{wanted}.{copy}" in given | taken:
                copy += 1
            wanted = f"{wanted}.{copy}"
        given.add(wanted)
        result.append(wanted)
    return result


def name_columns(header: Sequence[Sequence[str]], shape: str, trim: bool) -> tuple[list[str], set[int], dict[str, str]]:
    """Name the columns from the header rows.

    Returns the names, the places of columns that had none, and the question text by name. SurveyMonkey columns are
    called "Question | Option", or just "Question" where the second row says "Response". Old Qualtrics columns V1, V2
    ... take the name below them. `trim` leaves out trailing columns without a name (a sheet is often wider than
    its table).
    """
    rows = _padded(header)
    if trim:
        used = max((place + 1 for row in rows for place, cell in enumerate(row) if cell), default=0)
        rows = [row[:used] for row in rows]
    texts = [""] * len(rows[0])
    names = list(rows[0])
    if shape == "surveymonkey":
        question = ""
        names = []
        for place, (top, below) in enumerate(zip(rows[0], rows[1], strict=True)):
            question = top or question
            plain = not below or below.casefold() in _ANSWER
            names.append(question if plain and question else f"{question} | {below}" if question else below)
            texts[place] = question
    elif shape == "qualtrics":
        texts = list(rows[1])
        legacy = _LEGACY_NAME.fullmatch(rows[0][0]) is not None
        if legacy:
            names = [
                below if _LEGACY_NAME.fullmatch(top) and below else top
                for top, below in zip(rows[0], rows[1], strict=True)
            ]
    blank = {place for place, name in enumerate(names) if not name}
    unique = unique_names(names)
    labels = {name: text for name, text in zip(unique, texts, strict=True) if text and text != name}
    return unique, blank, labels
