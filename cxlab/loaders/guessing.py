"""What an export most likely is: its table, its columns, its survey, how its dates and numbers are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from cxlab.loaders.conversion import emptied
from cxlab.loaders.dates import OrderAsked, parse
from cxlab.loaders.personal import why_personal
from cxlab.loaders.raw import RawExport
from cxlab.loaders.synonyms import COMMENTS, QUESTIONS, SCALES, SYNONYMS, TELLING
from cxlab.tables.canonical import TABLES

_MISSING = ("N/A", "n/a", "NA", "#N/A", "?", "NULL", "null", "None", "nan", "NaN", "-", "--", "k.A.", "s/d")


_SAMPLE = 20_000


NUMERIC_DATE = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"


@dataclass
class Guess:
    """What was found out about an export."""

    raw: RawExport
    table: str
    columns: dict[str, str]
    options: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    scores: dict[str, str] = field(default_factory=dict)
    comment: str = ""

    def sample(self, name: str) -> pd.Series:
        """The first texts of a column that are not empty."""
        return emptied(self.raw.frame[name].head(_SAMPLE), self.missing).dropna()


def normal(name: str) -> str:
    """A column's name as lower-case words: "AccountID" and "account_id" are alike."""
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name)
    return " ".join(word for word in re.split(r"[\W_]+", text.casefold()) if word)


_KNOWN = {synonym for table in SYNONYMS.values() for names in table.values() for synonym in names}


def title_rows(raw: RawExport) -> int:
    """How many rows stand above the row that looks most like a header."""
    if raw.shape != "plain":
        return 0
    scores = [sum(normal(cell) in _KNOWN for cell in cells) for cells in raw.head]
    # A title may hold a known word; a header lower down must clearly win.
    best = max(range(len(scores)), key=lambda place: scores[place], default=0)
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in raw.head]
    first = next((place for place, count in enumerate(filled) if count), 0)
    return best if best > first and scores[best] > scores[first] + 1 and filled[best] > filled[first] else 0


def _match(raw: RawExport, table: str) -> dict[str, str]:
    """Canonical column -> column of the export, each used once, the best synonym first."""
    by_name: dict[str, str] = {}
    for name in raw.frame.columns:
        by_name.setdefault(normal(str(name)), str(name))
    ranked = sorted(
        (
            (rank, place, target, by_name[synonym])
            for place, (target, synonyms) in enumerate(SYNONYMS[table].items())
            for rank, synonym in enumerate((_own(target), *synonyms))
            if synonym in by_name
        ),
    )
    found: dict[str, str] = {}
    for _, _, target, name in ranked:
        if target not in found and name not in found.values():
            found[target] = name
    return found


def _own(target: str) -> str:
    # SurveyMonkey's "Respondent ID" is the answer, not the person.
    return "" if target == "respondent_id" else target.replace("_", " ")


def likely_table(raw: RawExport) -> tuple[str, dict[str, str]]:
    """The table that most of the columns speak for."""
    best, best_score, best_columns = "responses", 0.0, {}
    for table in SYNONYMS:
        columns = _match(raw, table)
        score = sum(2.0 if target in TELLING[table] else 0.5 for target in columns)
        score += 2.0 * all(target in columns for target in TABLES[table].required if target != "survey")
        if table == "responses":
            score += 4.0 * (raw.shape in ("qualtrics", "surveymonkey")) + 2.0 * len(_questions(raw, columns))
        if score > best_score:
            best, best_score, best_columns = table, score, columns
    return best, best_columns


def _questions(raw: RawExport, columns: dict[str, str]) -> dict[str, str]:
    """Survey -> the column with its score: worded like it, and numbers within its scale."""
    found: dict[str, str] = {}
    for name in map(str, raw.frame.columns):
        if name in columns.values() or " | " in name:
            continue
        text = f"{name} {raw.labels.get(name, '')}".casefold()
        for survey in ("enps", "nps", "csat", "ces", "review", "success", "effort", "emotion"):
            wording = re.search(QUESTIONS[survey], name.casefold()) or re.search(QUESTIONS[survey], text)
            if survey not in found and wording and _is_score(raw.frame[name], survey):
                found[survey] = name
                break
    return found


def _is_score(values: pd.Series, survey: str) -> bool:
    numbers = pd.to_numeric(values.head(_SAMPLE).str.strip(), errors="coerce").dropna()
    low, high = SCALES[survey]
    whole = values.head(_SAMPLE).str.strip()
    if len(numbers) < max(1, 0.7 * (whole != "").sum()):
        return False
    return bool(numbers.between(0, max(high, 11)).mean() > 0.9)


def look(guess: Guess) -> None:
    """Fill in missing texts, scores, the comment and the reading options."""
    raw = guess.raw
    head = raw.frame.head(_SAMPLE)
    texts = {text for name in head.columns for text in head[name].unique() if len(text) <= 5}
    guess.missing = [text for text in _MISSING if text in texts]
    if guess.table != "responses":
        return
    guess.scores = _questions(raw, guess.columns)
    taken = {*guess.columns.values(), *guess.scores.values()}
    worded = [
        name
        for name in map(str, raw.frame.columns)
        if name not in taken and re.search(COMMENTS, f"{name} {raw.labels.get(name, '')}".casefold())
    ]
    lengths = {
        name: guess.sample(name).str.len().mean()
        for name in map(str, raw.frame.columns)
        if name not in taken and not why_personal(name, raw.frame[name])
    }
    free = [name for name, length in lengths.items() if length == length and length > 25]
    guess.comment = next((name for name in worded if name in free or lengths.get(name, 0) > 8), next(iter(free), ""))
    if not guess.comment and worded:
        guess.comment = worded[0]


def time_columns(guess: Guess) -> list[str]:
    """Columns of the export that would become times, dates or months."""
    return [
        guess.columns[column.name]
        for column in TABLES[guess.table].columns
        if column.kind in ("time", "date", "month") and column.name in guess.columns
    ]


def date_order(guess: Guess) -> str:
    """The order of day and month that the export's columns prove together, "?" if they prove none, "" if not needed."""
    asked = proved = ""
    for name in time_columns(guess):
        sample = pd.Series(guess.sample(name).unique(), dtype="str")
        numeric = sample[sample.str.contains(NUMERIC_DATE, regex=True)]
        if numeric.empty:
            continue
        try:
            parse(numeric)
        except OrderAsked:
            asked = "?"
            continue
        first = numeric.str.extract(r"^\s*(\d{1,2})")[0].astype(int)
        if (first > 12).any():
            proved = "day-first"
        elif numeric.str.extract(r"[-/.](\d{1,2})[-/.]")[0].astype(int).gt(12).any():
            proved = "month-first"
    return proved or asked


def decimal_sign(guess: Guess) -> str:
    """ "," or "." where the numbers show which it is, else ""."""
    for column in TABLES[guess.table].columns:
        if column.kind in ("number", "count") and column.name in guess.columns:
            sample = guess.sample(guess.columns[column.name])
            if sample.str.contains(r",\d{1,2}$|\.\d{3},|,\d{4,}", regex=True).any():
                return ","
            if sample.str.contains(r",\d{3}\.|,\d{3},", regex=True).any():
                return "."
    return ""
