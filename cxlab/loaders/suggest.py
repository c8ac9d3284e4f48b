"""A first mapping for an export, guessed from names and values, to paste into cxlab.toml and mend."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from cxlab.loaders.conversion import Reading, convert
from cxlab.loaders.guessing import (
    NUMERIC_DATE,
    Guess,
    date_order,
    decimal_sign,
    likely_table,
    look,
    normal,
    time_columns,
    title_rows,
)
from cxlab.loaders.personal import why_personal
from cxlab.loaders.reading import read_raw
from cxlab.loaders.synonyms import SCALES, UNASKED_WORDS, UPDATED
from cxlab.tables.canonical import SURVEYS, TABLES

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def suggest(path: str | Path) -> str:
    """A TOML [[export]] block for the file, with remarks where the guess is unsure.

    Parses as it stands; what could not be told is there as a comment to fill in. Raises InputError for a file that
    cannot be read.
    """
    path = Path(path)
    raw = read_raw(path)
    options = []
    skip = title_rows(raw)
    if skip:
        raw = read_raw(path, {"skip_rows": skip})
        options.append(f"skip_rows = {skip}  # lines above the header")
    table, columns = likely_table(raw)
    guess = Guess(raw, table, columns, options)
    look(guess)
    blocks = [(survey, column) for survey, column in guess.scores.items()] or [("", "")]
    file = _below_raw(path)
    return "\n".join(_block(guess, file, survey, column, several=len(blocks) > 1) for survey, column in blocks)


def _below_raw(path: Path) -> str:
    parts = path.resolve().parts
    for place in range(len(parts) - 2, 0, -1):
        if parts[place - 1 : place + 1] == ("data", "raw"):
            return "/".join(parts[place + 1 :])
    return path.name


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _block(guess: Guess, file: str, survey: str, score: str, several: bool) -> str:
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
    personal = [
        name for name in map(str, raw.frame.columns) if name not in used and why_personal(name, raw.frame[name])
    ]
    others = [name for name in map(str, raw.frame.columns) if name not in used and name not in personal]
    if others:
        lines.append(
            f"# kept as attributes: {', '.join(name[:40] for name in others[:30])}"
            + (" ..." if len(others) > 30 else "")
        )
    if personal:
        lines.append(f"# left out as personal: {', '.join(name[:40] for name in personal)}")
    unused = [
        column.name
        for column in table.columns
        if column.name not in guess.columns
        and not column.required
        and column.name not in ("score", "scale_low", "scale_high", "comment")
    ]
    if unused:
        lines.append(f"# not recognised in this export: {', '.join(unused)}")
    return "\n".join(" ".join(line.splitlines()) for line in lines) + "\n"


def _columns(guess: Guess, survey: str, score: str, several: bool) -> list[str]:
    lines = []
    table = TABLES[guess.table]
    for column in table.columns:
        name = guess.columns.get(column.name, "")
        if column.name == "response_id" and name and several:
            lines.append(
                f"response_id = {{ template = {_quoted('{' + name + '}-' + survey)} }}  # the row holds several answers"
            )
        elif column.name == "survey":
            lines.append(f"survey = {{ value = {_quoted(survey)} }}" if survey else _unsure_survey(guess))
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
            lines.append(f'# {column.name} = "..."  # required ({column.meaning}), not recognised: name its column')
    return lines


def _unsure_survey(guess: Guess) -> str:
    """The survey of an export without a score: a note or a post where the column that names its rows says so."""
    named = guess.columns.get("response_id", "").casefold()
    survey = next((name for name, words in UNASKED_WORDS.items() if re.search(words, named)), "nps")
    return f"survey = {{ value = {_quoted(survey)} }}  # unsure: {' '.join(SURVEYS)}"


def _score(guess: Guess, survey: str, score: str) -> list[str]:
    if not score:
        return ['# score = "..."  # not recognised: name the column with the answer on the scale']
    low, high = SCALES[survey]
    numbers = pd.to_numeric(guess.sample(score), errors="coerce").dropna()
    if survey not in ("nps", "enps") and (numbers > high).mean() > 0.05 and numbers.max() <= 10:
        high = next(top for top in (5, 7, 10) if numbers.max() <= top)
    codes = sorted({float(number) for number in numbers if not low <= number <= high})
    shown = [f"{code:g}" for code in codes][:6]
    lines = [f"score = {_quoted(score)}"]
    if shown:
        lines = [
            f"score = {{ from = {_quoted(score)}, missing = [{', '.join(map(_quoted, shown))}] }}  # unsure: codes "
            "off the scale, read as no answer"
        ]
    return [
        *lines,
        f"scale_low = {{ value = {low} }}",
        f"scale_high = {{ value = {high} }}  # unsure: check the questionnaire",
    ]


def _is_count(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values, errors="coerce")
    return bool(len(values)) and bool(numbers.notna().all()) and float(numbers.max()) > 1


def _doubt(guess: Guess, target: str, kind: str, name: str) -> str:
    """A remark when many of the values do not fit the kind."""
    sample = guess.sample(name)
    if kind == "text" or sample.empty:
        return ""
    try:
        order = date_order(guess)
        bad = convert(
            sample, kind, Reading("", name, target, dates=order or "day-first", decimal=decimal_sign(guess) or None)
        ).bad
    except Exception:  # a guess must never fail: what cannot be tried is left to the person
        return ""
    return f"  # unsure: {int(bad.sum())} of {len(sample)} values do not read as {kind}" if bad.any() else ""


def _dates(guess: Guess) -> list[str]:
    order = date_order(guess)
    if order == "?":
        texts = pd.concat([guess.sample(name) for name in time_columns(guess)])
        example = texts[texts.str.contains(NUMERIC_DATE, regex=True)].iloc[0]
        return [
            f'# dates = "day-first"  # unsure: {json.dumps(example, ensure_ascii=False)} may be either; take the # '
            'away, or write "month-first"'
        ]
    return [f'dates = "{order}"'] if order else []


def _order_by(guess: Guess) -> list[str]:
    names = {normal(str(name)): str(name) for name in guess.raw.frame.columns}
    found = next((names[name] for name in UPDATED if name in names), "")
    if not found or not TABLES[guess.table].key:
        return []
    return [
        f"order_by = {_quoted(found)}  # of two rows of one {' and '.join(TABLES[guess.table].key)} the later "
        "one counts"
    ]


def _decimal(guess: Guess) -> list[str]:
    sign = decimal_sign(guess)
    return [f'decimal = "{sign}"'] if sign else []


def _where(guess: Guess) -> list[str]:
    """Qualtrics marks previews and spam in Status; only real answers count."""
    if guess.raw.shape != "qualtrics" or "Status" not in guess.raw.frame:
        return []
    values = set(guess.raw.frame["Status"].unique()) - {""}
    real = [value for value in ("IP Address", "0", "IP-Adresse", "Dirección IP") if value in values]
    return (
        [f"where = {{ Status = [{', '.join(map(_quoted, real))}] }}  # real answers only"]
        if real and len(values) > 1
        else []
    )
