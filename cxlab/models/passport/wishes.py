"""People's file about topics: what they are called, whose they are, which are put together, split or muted.

The file says what holds: every run reads it anew, and a topic without a row is as the machine found it.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cxlab.errors import InputError
from cxlab.models.passport.register import Register, Wishes

#: Columns that people fill.
FILLED = ("topic", "name", "owner", "merge_into", "split", "mute", "touchpoint", "product_area")
#: Columns that help people to fill the others; what stands in `called` guards a row against an id that has changed.
SHOWN = ("called", "terms", "comments")
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0", ""}
#: A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 200


@dataclass(frozen=True)
class _Row:
    """A row of the file: the line it stands on and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_wishes(text: str, register: Register, file: str = "topics.csv") -> dict[str, Wishes]:
    """What people wish, by topic id, from the text of their file; topics may be named by id or by any of their names.

    Separated by comma, semicolon or tab. Raises InputError with everything that cannot be followed at once: file, row,
    column, what stands there and how to mend it.
    """
    rows, problems = _rows(text, file)
    if problems:
        raise _error(problems)
    reading = _Reading(register, file, rows)
    wishes = reading.wishes()
    if reading.problems:
        raise _error(reading.problems)
    return wishes


def starting_file(register: Register, existing: str | None = None) -> str:
    """The text of people's file with a row for every topic. What stands in `existing` stays as it is, byte for byte.

    New rows hold the id and, to the right, what the topic is called, its terms and comments of the latest period, which
    nobody needs to fill. Raises InputError where `existing` cannot be read.
    """
    listed: set[str] = set()
    head, delimiter = [*FILLED, *SHOWN], ","
    text = existing if existing and existing.strip() else ""
    end = "\r\n" if "\r\n" in text else "\n"
    text += end if text and not text.endswith(("\r", "\n")) else ""
    if text:
        rows, problems = _rows(text, "topics.csv")
        if problems:
            raise _error(problems)
        reading = _Reading(register, "topics.csv", rows)
        listed = set(reading.topics())
        if reading.problems:
            raise _error(reading.problems)
        delimiter = _delimiter(text)
        head = [_column(cell) for cell in next(csv.reader(io.StringIO(text), delimiter=delimiter))]
    counts = register.comments(register.periods[-1]) if register.periods else {}
    out = io.StringIO()
    writer = csv.DictWriter(out, head, extrasaction="ignore", lineterminator=end, delimiter=delimiter)
    if not text:
        writer.writeheader()
    for entry in register.entries:
        if entry.id not in listed:
            shown = {"called": entry.called, "terms": ", ".join(entry.terms), "comments": counts.get(entry.id, 0)}
            writer.writerow({"topic": entry.id, **{key: _harmless(str(value)) for key, value in shown.items()}})
    return text + out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _error(problems: list[InputError]) -> InputError:
    return InputError("\n".join(str(problem) for problem in problems))


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=head.count)


def _column(cell: str) -> str:
    return "_".join(cell.strip().lower().split())


def _rows(text: str, file: str) -> tuple[list[_Row], list[InputError]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[_Row] = []
    problems: list[InputError] = []
    head: list[str] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not head:
                head = [_column(cell) for cell in cells]
                problems += _problems_of_head(head, file, reader.line_num)
                continue
            if any(cells[len(head) :]):
                mend = "A cell with a comma in it needs quotation marks around it; a spreadsheet sets them itself."
                problems.append(InputError.at(file, "the row has more cells than the first row", mend, reader.line_num))
            rows.append(_Row(reader.line_num, dict(zip(head, cells, strict=False))))
    except csv.Error as problem:
        problems.append(InputError.at(file, f"it is no table ({problem})", "Mend that row.", reader.line_num))
    return rows, problems


def _problems_of_head(head: list[str], file: str, line: int) -> Iterator[InputError]:
    known = [*FILLED, *SHOWN]
    for name in head:
        if name and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"Did you mean {near[0]!r}? " if near else ""
            yield InputError.at(file, "no such column is known", f"{mend}Known: {', '.join(known)}.", line, name)
        elif name and head.count(name) > 1:
            yield InputError.at(file, "the column is there twice", "Take one out.", line, name)
    if "topic" not in head:
        mend = "Name it in the first row: it holds the id (T01) or name of a topic."
        yield InputError.at(file, "the column is missing", mend, line, "topic")


def what_people_wrote(text: str | None) -> list[dict[str, str]]:
    """The rows of people's file in which something is wished, as cells by column; the rest of it says nothing.

    For telling whether it changed: a file that cannot be read counts as one row.
    """
    rows, problems = _rows(text or "", "topics.csv")
    if problems:
        return [{"topic": text or ""}]
    filled = [{name: row.cells.get(name, "") for name in FILLED} for row in rows]
    return [row for row in filled if any(cell for name, cell in row.items() if name != "topic")]


class _Reading:
    """Rows held against the register; collects everything that is wrong with them."""

    def __init__(self, register: Register, file: str, rows: list[_Row]) -> None:
        self.register, self.file, self.rows = register, file, rows
        self.problems: list[InputError] = []
        self._names: dict[str, set[str]] = {}
        for entry in register.entries:
            for name in {entry.id, entry.called, entry.wishes.name} - {""}:
                self._names.setdefault(_folded(name), set()).add(entry.id)

    def topics(self) -> list[str]:
        """Ids of the topics that have a row, those that can be told."""
        return [topic for row in self.rows if (topic := self._topic(row, "topic"))]

    def wishes(self) -> dict[str, Wishes]:
        """What is wished, by id."""
        found: dict[str, Wishes] = {}
        line: dict[str, _Row] = {}
        topics = [self._topic(row, "topic") for row in self.rows]
        self._learn_names(topics)
        for row, topic in zip(self.rows, topics, strict=True):
            if not topic:
                continue
            if topic in found:
                self._wrong(row, "topic", f"{topic} has a row already, row {line[topic].line}", "Take one of them out.")
                continue
            self._check_called(row, topic)
            line[topic] = row
            found[topic] = Wishes(
                name=self._short(row, "name"),
                owner=self._short(row, "owner"),
                merge_into=self._topic(row, "merge_into"),
                split=self._yes(row, "split"),
                mute=self._yes(row, "mute"),
                touchpoint=self._short(row, "touchpoint"),
                product_area=self._short(row, "product_area"),
            )
        self._check_names(found, line)
        for topic, wishes in found.items():
            if wishes.merge_into:
                self._check_merger(topic, found, line[topic])
        return found

    def _learn_names(self, topics: list[str]) -> None:
        """A name given in this file may be used in `merge_into` of any row."""
        for row, topic in zip(self.rows, topics, strict=True):
            if topic and row["name"]:
                self._names.setdefault(_folded(row["name"]), set()).add(topic)

    def _topic(self, row: _Row, column: str) -> str:
        given = row[column]
        if not given:
            if column == "topic":
                self._wrong(row, column, "the cell is empty", "Write a topic's id, or take the row out.")
            return ""
        found = self._names.get(_folded(given), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            ids = ", ".join(sorted(found))
            self._wrong(row, column, f"{given!r} is what {ids} are called", "Write the id of the one you mean.")
            return ""
        near = difflib.get_close_matches(_folded(given), self._names, n=3, cutoff=0.5)
        hints = [f"{each} {self.register[each].name!r}" for name in near for each in sorted(self._names[name])]
        known = ", ".join(dict.fromkeys(hints)) or ", ".join(self.register.ids[:10]) or "none yet"
        self._wrong(row, column, f"there is no topic {given!r:.80}", f"Write an id or name. Nearest: {known}.")
        return ""

    def _check_called(self, row: _Row, topic: str) -> None:
        """After a register was built anew an id may be another topic's: better no wish than another topic's wish."""
        entry = self.register[topic]
        called = row["called"].removeprefix("'")
        if (
            called
            and _folded(row["topic"]) == _folded(topic)
            and _folded(called) != _folded(entry.called.removeprefix("'"))
        ):
            mend = "Write the id of the topic you mean, or empty this cell."
            self._wrong(row, "called", f"the row was written for {called!r:.80}; {topic} is {entry.called!r} now", mend)

    def _check_names(self, found: Mapping[str, Wishes], line: Mapping[str, _Row]) -> None:
        taken = {
            _folded(entry.called): entry.id
            for entry in self.register.entries
            if not (mine := found.get(entry.id, Wishes())).name and not mine.merge_into
        }
        for topic, wishes in found.items():
            folded = _folded(wishes.name)
            if folded and folded in taken and not wishes.merge_into:
                mend = f"Give another name, or write merge_into = {taken[folded]} to count them together."
                self._wrong(line[topic], "name", f"{wishes.name!r:.80} is the name of {taken[folded]} already", mend)
            elif folded and not wishes.merge_into:
                taken[folded] = topic

    def _check_merger(self, topic: str, found: Mapping[str, Wishes], row: _Row) -> None:
        chain = [topic]
        while target := found.get(chain[-1], Wishes()).merge_into:
            chain.append(target)
            if target == topic:
                mend = "One of them must stay by itself: empty its merge_into."
                self._wrong(row, "merge_into", f"the topics go round in a circle, {' into '.join(chain)}", mend)
                return
            if target in chain[:-1]:  # a circle further on is told in the rows that make it
                return
        if found.get(chain[-1], Wishes()).mute and not found[topic].mute:
            mend = f"Mute {topic} itself, or take the mute of {chain[-1]} away."
            self._wrong(row, "merge_into", f"{chain[-1]} is muted, its comments would not be seen", mend)
        if found[topic].split:
            mend = "Empty one of the two cells."
            self._wrong(row, "split", f"{topic} is to be split and put into {chain[-1]}", mend)

    def _yes(self, row: _Row, column: str) -> bool:
        given = row[column].lower()
        if given not in _YES | _NO:
            self._wrong(
                row, column, f"{row[column]!r:.80} is neither yes nor no", "Write yes, or leave the cell empty."
            )
        return given in _YES

    def _short(self, row: _Row, column: str) -> str:
        text = " ".join(row[column].split())
        if len(text) > _LONGEST:
            self._wrong(row, column, f"{len(text):,} characters", f"Give at most {_LONGEST}.")
        return text

    def _wrong(self, row: _Row, column: str, found: str, mend: str) -> None:
        self.problems.append(InputError.at(self.file, found, mend, row=row.line, column=column))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
