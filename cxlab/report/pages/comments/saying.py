"""Topics as a reader meets them: names in quotation marks, how well they stand, points with their interval."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.impact import HIGHER, LOWER
from cxlab.report import prose
from cxlab.report.pages.comments.heard import Voices

#: A topic of this grade is found otherwise when other comments are drawn: it is marked, and never in a headline.
LOOSE = "D"
STANDS = {
    "A": "found again",
    "B": "mostly found again",
    "C": "a pattern",
    LOOSE: "loose",
    "": "too few to judge",
}
_SCORES = {
    "nps": "NPS",
    "csat": "satisfaction",
    "ces": "ease",
    "success": "the rating of success",
    "effort": "the rating of effort",
    "emotion": "the rating of emotion",
    "review": "the rating in reviews",
}
_ID = re.compile(r"\bT\d{2,}\b")
_QUOTES = str.maketrans("", "", "\u201c\u201d")


def called(name: object) -> str:
    """A topic's name in quotation marks: the words are customers', not ours."""
    return f"\u201c{str(name).translate(_QUOTES).strip()}\u201d"


def marked(name: object, grade: object) -> str:
    """The same, with a word where the topic is loose."""
    return f"{called(name)}{' (loose)' if grade == LOOSE else ''}"


def listened(page: Voices) -> bool:
    """Whether anything was written in the period."""
    return is_known(lambda: page.now) and len(page.now.rows) > 0


def is_known(make: Callable[[], Any]) -> bool:
    """Whether something can be told. Where not, the part that comes first says why, and others keep silent."""
    try:
        make()
    except CxlabError:
        return False
    return True


def has_topics(page: Voices) -> bool:
    """Whether there is any topic at all. Raises CxlabError where nothing could be heard."""
    return not page.now.topics.names.empty


#: Why there is none.
NO_TOPIC = "Too few say nearly the same for a topic: read the comments one by one."


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def score_of(page: Voices) -> str:
    """What the score is called in a sentence: "NPS", else that it is a mean. Raises CxlabError where there is none."""
    name = _SCORES.get(page.survey, f"the score of \u201c{page.survey}\u201d")
    return name if page.survey == "nps" else f"mean {name.removeprefix('the ')}"


def names_of(page: Voices) -> dict[str, str]:
    """Topic (id) -> name, of every topic that stands."""
    names = page.now.topics.names
    return dict(zip(names["topic"], names["name"], strict=True))


def with_names(page: Voices, text: str) -> str:
    """A sentence of a model, in which topics have their names in place of their ids."""
    names = names_of(page)
    return _ID.sub(lambda match: called(names[match[0]]) if match[0] in names else match[0], text)


def graded(page: Voices, table: pd.DataFrame) -> pd.DataFrame:
    """Rows with a column topic, with name and grade added ("" where it was not judged)."""
    grades = dict(zip(page.table["topic"], page.table["grade"], strict=True))
    names = names_of(page)
    return table.assign(
        name=[names.get(topic, topic) for topic in table["topic"]],
        grade=[grades.get(topic, "") for topic in table["topic"]],
    )


def firm(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of topics that are not loose."""
    return rows[rows["grade"] != LOOSE].reset_index(drop=True)


def told(page: Voices) -> pd.DataFrame:
    """Topics whose points can be told from chance, the lowest first, with name and grade. Raises CxlabError."""
    table = page.impact.table
    rows = table[table["verdict"].isin([LOWER, HIGHER])].sort_values("value", kind="stable", ignore_index=True)
    return graded(page, rows)


def lowest_and_highest(page: Voices) -> tuple[pd.Series | None, pd.Series | None]:
    """The topic that goes with the lowest and the one with the highest score, of those that stand and can be told."""
    rows = firm(told(page))
    low, high = rows[rows["verdict"] == LOWER], rows[rows["verdict"] == HIGHER]
    return (low.iloc[0] if len(low) else None), (high.iloc[-1] if len(high) else None)


def goes_with(low: pd.Series | None, high: pd.Series | None, score: str, news: Mapping[str, str]) -> str:
    """ "“a” goes with 1.2 points less and “b” with 0.8 points more of NPS"; one of the two may be None. news: topic ->
    a word on it, told in brackets."""
    parts = []
    for row, words in ((low, "less"), (high, "more")):
        if row is not None:
            size = prose.change(row["value"], "points", row["low"], row["high"], signed=False, is_real=True)
            aside = f" ({news[row['topic']]})" if row["topic"] in news else ""
            parts.append(f"{called(row['name'])}{aside} {'' if parts else 'goes '}with {size} {words}")
    return f"{' and '.join(parts)} of {score}"


def points(value: float, low: float, high: float, *, signed: bool = True) -> str:
    """ "−0.9 points (−1.6 to −0.2)"; `signed=False` gives sizes, the smaller first."""
    if signed:
        reach = prose.interval(low, high, "points", of_change=True, bare=True)
        return f"{prose.change(value, 'points', low, high)} ({reach})"
    ends = sorted((abs(low), abs(high)))
    size = prose.change(abs(value), "points", *ends, signed=False, is_real=True)
    return f"{size} ({prose.interval(*ends, 'points', bare=True)})"


def first_line(problem: CxlabError) -> str:
    """What is missing, without its last stop."""
    return str(problem).splitlines()[0].rstrip(".")
