"""A first mapping for an export, guessed from names and values, to paste into cxlab.toml and mend."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cxlab.loaders.conversion import Reading, convert, emptied
from cxlab.loaders.dates import OrderAsked, parse
from cxlab.loaders.personal import why_personal
from cxlab.loaders.raw import RawExport
from cxlab.loaders.reading import read_raw
from cxlab.loaders.synonyms import COMMENTS, QUESTIONS, SCALES, SYNONYMS, TELLING, UPDATED
from cxlab.tables.canonical import TABLES

_MISSING = ("N/A", "n/a", "NA", "#N/A", "?", "NULL", "null", "None", "nan", "NaN", "-", "--", "k.A.", "s/d")
_SAMPLE = 20_000
_NUMERIC_DATE = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass
class _Guess:
    """What was found out about an export."""

    raw: RawExport
    table: str
    columns: dict[str, str]
    options: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    scores: dict[str, str] = field(default_factory=dict)
    comment: str = ""

    def sample(self, name: str) -> pd.Series:
        return emptied(self.raw.frame[name].head(_SAMPLE), self.missing).dropna()


def suggest(path: str | Path) -> str:
    """A TOML [[export]] block for the file, with remarks where the guess is unsure.

    Parses as it stands; what could not be told is there as a comment to fill in. Raises InputError for a file that cannot
    be read.
    """
    path = Path(path)
    raw = read_raw(path)
    options = []
    skip = _title_rows(raw)
    if skip:
        raw = read_raw(path, {"skip_rows": skip})
        options.append(f"skip_rows = {skip}  # lines above the header")
    table, columns = _table(raw)
    guess = _Guess(raw, table, columns, options)
    _look(guess)
    blocks = [(survey, column) for survey, column in guess.scores.items()] or [("", "")]
    file = _below_raw(path)
    return "\n".join(_block(guess, file, survey, column, several=len(blocks) > 1) for survey, column in blocks)


def _below_raw(path: Path) -> str:
    parts = path.resolve().parts
    for place in range(len(parts) - 2, 0, -1):
        if parts[place - 1 : place + 1] == ("data", "raw"):
            return "/".join(parts[place + 1 :])
    return path.name


def _normal(name: str) -> str:
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name)
    return " ".join(word for word in re.split(r"[\W_]+", text.casefold()) if word)


_KNOWN = {synonym for table in SYNONYMS.values() for names in table.values() for synonym in names}


def _title_rows(raw: RawExport) -> int:
    """How many rows stand above the row that looks most like a header."""
    if raw.shape != "plain":
        return 0
    scores = [sum(_normal(cell) in _KNOWN for cell in cells) for cells in raw.head]
    # A title may hold a known word; a header lower down must clearly win.
    best = max(range(len(scores)), key=lambda place: scores[place], default=0)
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in raw.head]
    first = next((place for place, count in enumerate(filled) if count), 0)
    return best if best > first and scores[best] > scores[first] + 1 and filled[best] > filled[first] else 0


def _match(raw: RawExport, table: str) -> dict[str, str]:
    """Canonical column -> column of the export, each used once, the best synonym first."""
    normal: dict[str, str] = {}
    for name in raw.frame.columns:
        normal.setdefault(_normal(str(name)), str(name))
    ranked = sorted(
        ((rank, place, target, normal[synonym])
         for place, (target, synonyms) in enumerate(SYNONYMS[table].items())
         for rank, synonym in enumerate((_own(target), *synonyms)) if synonym in normal),
    )
    found: dict[str, str] = {}
    for _, _, target, name in ranked:
        if target not in found and name not in found.values():
            found[target] = name
    return found


def _own(target: str) -> str:
    # SurveyMonkey's "Respondent ID" is the answer, not the person.
    return "" if target == "respondent_id" else target.replace("_", " ")


def _table(raw: RawExport) -> tuple[str, dict[str, str]]:
    """The table that most of the columns speak for."""
    best, best_score, best_columns = "responses", -1.0, {}
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


def _look(guess: _Guess) -> None:
    """Fill in missing texts, scores, the comment and the reading options."""
    raw = guess.raw
    head = raw.frame.head(_SAMPLE)
    texts = {text for name in head.columns for text in head[name].unique() if len(text) <= 5}
    guess.missing = [text for text in _MISSING if text in texts]
    if guess.table != "responses":
        return
    guess.scores = _questions(raw, guess.columns)
    taken = {*guess.columns.values(), *guess.scores.values()}
    worded = [name for name in map(str, raw.frame.columns)
              if name not in taken and re.search(COMMENTS, f"{name} {raw.labels.get(name, '')}".casefold())]
    lengths = {name: guess.sample(name).str.len().mean() for name in map(str, raw.frame.columns)
               if name not in taken and not why_personal(name, raw.frame[name])}
    free = [name for name, length in lengths.items() if length == length and length > 25]
    guess.comment = next((name for name in worded if name in free or lengths.get(name, 0) > 8), next(iter(free), ""))
    if not guess.comment and worded:
        guess.comment = worded[0]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _block(guess: _Guess, file: str, survey: str, score: str, several: bool) -> str:
    raw, table = guess.raw, TABLES[guess.table]
    lines = ["[[export]]", f"file = {_quoted(file)}", f"table = {_quoted(guess.table)}"]
    if raw.shape != "plain":
        lines.append(f"shape = {_quoted(raw.shape)}")
    if raw.sheet:
        lines.append(f"sheet = {_quoted(raw.sheet)}")
    lines += guess.options
    if guess.missing:
        lines.append(f"missing = [{', '.join(map(_quoted, guess.missing))}]  # texts found that seem to mean empty")
    lines += _dates(guess) + _decimal(guess) + _where(guess) + _order_by(guess)
    lines += ["", "[export.columns]"]
    lines += _columns(guess, survey, score, several)
    used = {*guess.columns.values(), *guess.scores.values(), guess.comment}
    personal = [name for name in map(str, raw.frame.columns) if name not in used and why_personal(name, raw.frame[name])]
    others = [name for name in map(str, raw.frame.columns) if name not in used and name not in personal]
    if others:
        lines.append(f"# kept as attributes: {', '.join(name[:40] for name in others[:30])}" + (" ..." if len(others) > 30 else ""))
    if personal:
        lines.append(f"# left out as personal: {', '.join(name[:40] for name in personal)}")
    unused = [column.name for column in table.columns if column.name not in guess.columns and not column.required
              and column.name not in ("score", "scale_low", "scale_high", "comment")]
    if unused:
        lines.append(f"# not recognised in this export: {', '.join(unused)}")
    return "\n".join(line.replace("\r", " ") for line in lines) + "\n"


def _columns(guess: _Guess, survey: str, score: str, several: bool) -> list[str]:
    lines = []
    table = TABLES[guess.table]
    for column in table.columns:
        name = guess.columns.get(column.name, "")
        if column.name == "response_id" and name and several:
            lines.append(f"response_id = {{ template = {_quoted('{' + name + '}-' + survey)} }}  # the row holds several answers")
        elif column.name == "survey":
            lines.append(f"survey = {{ value = {_quoted(survey)} }}" if survey else
                         "survey = { value = \"nps\" }  # unsure: nps csat ces enps success effort emotion review note")
        elif column.name == "score":
            lines += _score(guess, survey, score)
        elif column.name == "comment":
            if guess.comment and (not several or survey == next(iter(guess.scores))):
                lines.append(f"comment = {_quoted(guess.comment)}")
        elif column.name == "reopened" and name and _is_count(guess.sample(name)):
            lines.append(f"reopened = {{ from = {_quoted(name)}, above = 0 }}")
        elif name:
            lines.append(f"{column.name} = {_quoted(name)}" + _doubt(guess, column.name, column.kind, name))
        elif column.required:
            lines.append(f"# {column.name} = \"...\"  # required ({column.meaning}), not recognised: name its column")
    return lines


def _score(guess: _Guess, survey: str, score: str) -> list[str]:
    if not score:
        return ["# score = \"...\"  # not recognised: name the column with the answer on the scale"]
    low, high = SCALES[survey]
    numbers = pd.to_numeric(guess.sample(score), errors="coerce").dropna()
    if survey not in ("nps", "enps") and (numbers > high).mean() > 0.05 and numbers.max() <= 10:
        high = next(top for top in (5, 7, 10) if numbers.max() <= top)
    codes = sorted({float(number) for number in numbers if not low <= number <= high})
    shown = [f"{code:g}" for code in codes][:6]
    lines = [f"score = {_quoted(score)}"]
    if shown:
        lines = [f"score = {{ from = {_quoted(score)}, missing = [{', '.join(map(_quoted, shown))}] }}  # unsure: codes off the "
                 "scale, read as no answer"]
    return [*lines, f"scale_low = {{ value = {low} }}", f"scale_high = {{ value = {high} }}  # unsure: check the questionnaire"]


def _is_count(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values, errors="coerce")
    return bool(len(values)) and bool(numbers.notna().all()) and float(numbers.max()) > 1


def _doubt(guess: _Guess, target: str, kind: str, name: str) -> str:
    """A remark when many of the values do not fit the kind."""
    sample = guess.sample(name)
    if kind == "text" or sample.empty:
        return ""
    try:
        order = _order(guess)
        bad = convert(sample, kind, Reading("", name, target, dates=order or "day-first", decimal=_sign(guess) or None)).bad
    except Exception:  # a guess must never fail: what cannot be tried is left to the person
        return ""
    return f"  # unsure: {int(bad.sum())} of {len(sample)} values do not read as {kind}" if bad.any() else ""


def _time_columns(guess: _Guess) -> list[str]:
    return [guess.columns[column.name] for column in TABLES[guess.table].columns
            if column.kind in ("time", "date", "month") and column.name in guess.columns]


def _order(guess: _Guess) -> str:
    """The order of day and month that the columns of the export prove together, "?" if they prove none, "" if not needed."""
    asked = proved = ""
    for name in _time_columns(guess):
        sample = pd.Series(guess.sample(name).unique(), dtype="str")
        numeric = sample[sample.str.contains(_NUMERIC_DATE, regex=True)]
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


def _dates(guess: _Guess) -> list[str]:
    order = _order(guess)
    if order == "?":
        texts = pd.concat([guess.sample(name) for name in _time_columns(guess)])
        example = texts[texts.str.contains(_NUMERIC_DATE, regex=True)].iloc[0]
        return [f"# dates = \"day-first\"  # unsure: {json.dumps(example, ensure_ascii=False)} may be either; take the # away, or write "
                "\"month-first\""]
    return [f"dates = \"{order}\""] if order else []


def _order_by(guess: _Guess) -> list[str]:
    names = {_normal(str(name)): str(name) for name in guess.raw.frame.columns}
    found = next((names[name] for name in UPDATED if name in names), "")
    if not found or not TABLES[guess.table].key:
        return []
    return [f"order_by = {_quoted(found)}  # of two rows of one {' and '.join(TABLES[guess.table].key)} the later one counts"]


def _sign(guess: _Guess) -> str:
    for column in TABLES[guess.table].columns:
        if column.kind in ("number", "count") and column.name in guess.columns:
            sample = guess.sample(guess.columns[column.name])
            if sample.str.contains(r",\d{1,2}$|\.\d{3},|,\d{4,}", regex=True).any():
                return ","
            if sample.str.contains(r",\d{3}\.|,\d{3},", regex=True).any():
                return "."
    return ""


def _decimal(guess: _Guess) -> list[str]:
    sign = _sign(guess)
    return [f"decimal = \"{sign}\""] if sign else []


def _where(guess: _Guess) -> list[str]:
    """Qualtrics marks previews and spam in Status; only real answers count."""
    if guess.raw.shape != "qualtrics" or "Status" not in guess.raw.frame:
        return []
    values = set(guess.raw.frame["Status"].unique()) - {""}
    real = [value for value in ("IP Address", "0", "IP-Adresse", "Dirección IP") if value in values]
    return [f"where = {{ Status = [{', '.join(map(_quoted, real))}] }}  # real answers only"] if real and len(values) > 1 else []
