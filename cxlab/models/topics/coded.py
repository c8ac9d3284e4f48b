"""Topics held against people who read: a fair sample to be coded, and how often the code and the topic agree."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import InputError, ParameterError
from cxlab.models.topics.code_names import Names
from cxlab.stats.agreement import Agreement
from cxlab.stats.estimates import Counts, Estimate, share, student_quantile

SAMPLE_COLUMNS = ["comment", "text", "code", "weight"]
TOPIC_COLUMNS = [
    *("topic", "name", "coded", "held"),
    *("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high"),
]
#: What a coder writes where a comment is about none of the topics.
NONE = "none"
#: Comments of a topic that are drawn where it has and the sample allows as many.
_FEWEST = 2
_IDS = ("comment", "response_id")
_CODE_COLUMN = re.compile(r"codes?(?:_?\d+)?|topics?", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*[;|]\s*")

Array = NDArray[np.float64]


def sample_to_code(comments: pd.DataFrame, n: int, seed: int = 0) -> pd.DataFrame:
    """Draw `n` comments for people to code, so that what they find holds for all comments.

    `comments` has comment (id, one row each), text, topic (its main topic, None: none). Topics are strata, drawn in
    proportion to the root of their size (power allocation: Bankier 1988, The American Statistician 42:174-177), one of
    each and two as far as `n` reaches, so that small topics are judged too; `weight` is how many comments each stands
    for. The topic is not among the columns: coders must not see it. They write topic names or ids into `code`, several
    with ";" between, "none" where no topic fits, and leave the weight as it is.

    Returns comment, text, code (empty), weight, in random order. The same seed draws the same comments, whatever the
    order of rows. Raises ParameterError for fewer than one a topic, missing columns, and comments that stand there
    twice.
    """
    missing = [name for name in ("comment", "text", "topic") if name not in comments]
    if missing:
        raise ParameterError(
            f"a sample to code needs the columns {', '.join(missing)}; there are {', '.join(comments)}."
        )
    if comments["comment"].duplicated().any():
        twice = comments.loc[comments["comment"].duplicated(), "comment"].iloc[0]
        raise ParameterError(f"comment {twice!r} stands there twice. Give one row a comment, with its main topic.")
    table = comments.sort_values("comment", key=lambda ids: ids.astype(str), kind="stable")
    stratum = table["topic"].astype(object).where(table["topic"].notna(), "").astype(str)
    sizes = stratum.value_counts().sort_index()
    if n < max(len(sizes), 1):
        raise ParameterError(
            f"{n} comments cannot stand for {len(sizes)} topics (comments without one count as one); draw at least one "
            "of each, better five."
        )
    rng = np.random.default_rng([seed, 11])
    take = _allocation(sizes, n)
    drawn = []
    for name, size in sizes.items():
        rows = rng.choice(np.flatnonzero((stratum == name).to_numpy()), take[name], replace=False)
        drawn.append(table.iloc[np.sort(rows)].assign(code="", weight=size / take[name]))
    sample = pd.concat(drawn) if drawn else table.assign(code="", weight=1.0)
    return sample.iloc[rng.permutation(len(sample))][SAMPLE_COLUMNS].reset_index(drop=True)


def _allocation(sizes: pd.Series, n: int) -> pd.Series:
    """How many of each stratum: never more than it has, one, two where n reaches, the rest by the root of its size."""
    n = min(n, int(sizes.sum()))
    take = pd.Series(1, index=sizes.index)
    for name in sizes.sort_values(ascending=False, kind="stable").index:
        if take.sum() < n and sizes[name] >= _FEWEST:
            take[name] = _FEWEST
    wanted = np.sqrt(sizes)
    while take.sum() < n:
        # Highest averages (Webster): the stratum that is furthest behind its due gets the next comment.
        due = (wanted / (take + 0.5)).where(take < sizes, -1.0)
        take[due.idxmax()] += 1
    return take


@dataclass(frozen=True)
class Coding:
    """How far topics agree with people.

    accuracy: share of comments whose main topic is one of the person's codes (no topic: the person said none), Wilson's
    95 % interval on the effective n, arrays of length 1. kappa: the same beyond chance, with 95 % interval. topics: per
    topic coded and held (comments that people, and the machine, found it in), precision (of those held, the share
    coded), recall (of those coded, the share held), each with its interval. coded, not_coded: comments with and without
    a code in the sample.
    """

    accuracy: Estimate
    kappa: Agreement
    topics: pd.DataFrame
    coded: int
    not_coded: int


def judge(
    coded: pd.DataFrame,
    main: pd.Series,
    members: pd.DataFrame,
    topics: pd.DataFrame,
    *,
    source: str = "the coded sample",
) -> Coding:
    """Hold topics against a human-coded sample.

    `coded` has a column comment (or response_id), one or more columns of codes (code, codes, code_1, topic ...: names
    or ids of topics, several with ";" between, "none" for no topic) and perhaps weight; a comment may have several
    rows. `main` is each comment's main topic id (None: none) by comment id, `members` (comments x topic ids, bool)
    every topic it holds, in the same order; `topics` has topic and name.

    Kappa is Cohen's (1960, Educational and Psychological Measurement 20:37-46) where every comment has one code; with
    several, chance is the probability that a main topic drawn from all comments is among the codes. Its interval is the
    jackknife's on Fisher's scale with Student's t, NaN where nobody ever disagrees.

    Raises InputError, naming row and column of `source`, for a comment or topic nobody knows, a code beside "none" and
    a weight that is not positive.
    """
    machine = _machine(main, members, topics)
    people = _people(coded, main, topics, source)
    told = people.given.any(axis=1)
    if not told.any():
        raise InputError.at(source, "no comment has a code", "Write topic names or ids into the column of codes.")
    codes, weight, rows = people.given[told], people.weight[told], people.rows[told]
    held, chosen = machine.held[rows], machine.main[rows]
    hit = codes[np.arange(len(codes)), chosen]
    ids = topics["topic"].tolist()
    precision = [_share(codes[held[:, at], at], weight[held[:, at]]) for at in range(len(ids))]
    recall = [_share(held[codes[:, at], at], weight[codes[:, at]]) for at in range(len(ids))]
    table = pd.DataFrame(
        {
            "topic": ids,
            "name": topics["name"].tolist(),
            "coded": codes[:, :-1].sum(axis=0),
            "held": held.sum(axis=0),
            **_columns("precision", precision),
            **_columns("recall", recall),
        },
        columns=TOPIC_COLUMNS,
    )
    kappa = _kappa(codes, chosen, weight)
    return Coding(_share(hit, weight), kappa, table, int(told.sum()), int((~told).sum()))


@dataclass(frozen=True)
class _Machine:
    main: NDArray[np.int64]  # place of the topic, or the number of topics: none
    held: NDArray[np.bool_]


@dataclass(frozen=True)
class _People:
    rows: NDArray[np.int64]
    given: NDArray[np.bool_]  # comments x (topics and none)
    weight: Array


def _machine(main: pd.Series, members: pd.DataFrame, topics: pd.DataFrame) -> _Machine:
    if len(main) != len(members):
        raise ParameterError(f"{len(main)} main topics and {len(members)} rows of members: give one row a comment.")
    place = {topic: at for at, topic in enumerate(topics["topic"])}
    unknown = sorted({str(each) for each in [*main.dropna().unique(), *members]} - {str(each) for each in place})
    if unknown:
        raise ParameterError.unknown("topic", unknown[0], [str(each) for each in place])
    held = members.reindex(columns=topics["topic"], fill_value=False).to_numpy(dtype=bool)
    return _Machine(np.array([place.get(each, len(place)) for each in main], dtype=np.int64), held)


def _people(coded: pd.DataFrame, main: pd.Series, topics: pd.DataFrame, source: str) -> _People:
    """Codes of each comment, from rows that may repeat it."""
    key = next((name for name in _IDS if name in coded), None)
    columns = [str(name) for name in coded if name != key and _CODE_COLUMN.fullmatch(str(name))]
    if key is None or not columns:
        lost = "comment or response_id" if key is None else "code"
        raise InputError.at(source, f"there is no column {lost} (it has {', '.join(map(str, coded))})", "Add it.")
    place = {str(each): at for at, each in enumerate(main.index)}
    if len(place) < len(main):
        raise ParameterError("the comments' ids are not unique: a coded sample cannot be told apart by them.")
    names = Names(topics, NONE)
    given: dict[int, set[int]] = {}
    weight: dict[int, float] = {}
    for line, row in enumerate(coded.to_dict("records"), start=2):
        at = place.get(_written(row[key]))
        if at is None:
            found = f"comment {_written(row[key])!r} is not among the {len(main)} comments"
            raise InputError.at(source, found, "Take ids from the sample that was drawn.", line, key)
        codes = given.setdefault(at, set())
        for column in columns:
            cell = _written(row[column])
            for code in [cell] if names.knows(cell) else filter(None, _SEVERAL.split(cell)):
                codes.add(names.place(code, source, line, column))
        if len(topics) in codes and len(codes) > 1:
            found = f"comment {_written(row[key])!r} has {NONE!r} beside a topic"
            raise InputError.at(source, found, "Keep one of them.", line, columns[0])
        weight[at] = _weight(row, source, line)
    rows = np.array(sorted(given), dtype=np.int64)
    table = np.zeros((len(rows), len(topics) + 1), dtype=bool)
    for number, at in enumerate(rows):
        table[number, list(given[int(at)])] = True
    return _People(rows, table, np.array([weight[int(at)] for at in rows], dtype=float))


def _written(value: object) -> str:
    """A cell as its writer meant it: 12.0 for a column of whole numbers with a gap is 12."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _weight(row: dict[Hashable, object], source: str, line: int) -> float:
    if "weight" not in row:
        return 1.0
    try:
        weight = float(row["weight"])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        weight = np.nan
    if not 0 < weight < np.inf:
        raise InputError.at(
            source, f"{row['weight']!r} is no weight", "Leave the weights as they were drawn.", line, "weight"
        )
    return weight


def _share(hit: NDArray[np.bool_], weight: Array) -> Estimate:
    y = hit * weight
    n = len(hit)
    squares = (weight**2).sum()
    return share(
        Counts.of(
            {"n": n, "units": n, "sy": y.sum(), "sx": weight.sum()}
            | {"syy": (y**2).sum(), "sxy": (y * weight).sum(), "sxx": squares, "sww": squares}
        )
    )


def _columns(name: str, found: list[Estimate]) -> dict[str, list[float]]:
    return {
        name: [float(each.value[0]) for each in found],
        f"{name}_low": [float(each.low[0]) for each in found],
        f"{name}_high": [float(each.high[0]) for each in found],
    }


def _kappa(codes: NDArray[np.bool_], chosen: NDArray[np.int64], weight: Array) -> Agreement:
    """Agreement beyond chance and its jackknife, all comments left out one by one at once."""
    n = len(codes)
    of_machine = np.zeros(codes.shape)
    of_machine[np.arange(n), chosen] = 1.0
    coded, machine = codes * weight[:, None], of_machine * weight[:, None]
    hit = (codes & (of_machine > 0)).any(axis=1) * weight
    value = float(_beyond_chance(hit.sum(), coded.sum(axis=0), machine.sum(axis=0), weight.sum()))
    low = high = float("nan")
    if n >= 3 and abs(value) < 1:
        without = _beyond_chance(
            hit.sum() - hit, coded.sum(axis=0) - coded, machine.sum(axis=0) - machine, weight.sum() - weight
        )
        pseudo = n * np.arctanh(value) - (n - 1) * np.arctanh(np.clip(without, -0.999, 0.999))
        reach = float(student_quantile(np.array(n - 1.0))) * np.std(pseudo, ddof=1) / np.sqrt(n)
        low, high = (float(each) for each in np.tanh(np.arctanh(value) + np.array([-reach, reach])))
    return Agreement(value, low, high, n, 2)


def _beyond_chance(hit: Array, coded: Array, machine: Array, weight: Array) -> Array:
    by_chance = (coded * machine).sum(axis=-1) / weight**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by_chance < 1, (hit / weight - by_chance) / (1 - by_chance), np.nan)
