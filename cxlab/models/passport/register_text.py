"""The register as text and back: JSON with a checksum; the same register gives the same bytes, damage is told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from cxlab.errors import ParameterError, ProjectError
from cxlab.models.passport.register import Entry, Event, PeriodCount, Place, Register, Wishes, number_of

VERSION = 1
REMEDY = (
    "Put a copy of the file back. Without one, delete the file and run again: the register is then built anew from the "
    "comments, and topics may get other ids than before."
)


def to_text(register: Register) -> str:
    """The register as JSON, a line a topic, a period and an event. The same register gives the same text."""
    content = dataclasses.asdict(register)
    head = [("version", VERSION), ("checksum", _checksum(content))]
    lines = [f'"{key}": {_compact(value)}' for key, value in head]
    for key, value in content.items():
        if key in ("entries", "periods", "events"):
            rows = ",\n".join(_compact(row) for row in value)
            lines.append(f'"{key}": [\n{rows}\n]' if value else f'"{key}": []')
        else:
            lines.append(f'"{key}": {_compact(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_text(text: str, file: str = "topics.json") -> Register:
    """The register that a text holds. Raises ProjectError naming `file`, what is wrong with it and the remedy."""

    def damaged(why: object) -> NoReturn:
        raise ProjectError(f"the register of topics, {file}, is damaged: {why}. {REMEDY}") from None

    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        damaged(f"it is not whole JSON ({problem})")
    if not isinstance(content, dict) or "version" not in content:
        damaged("it does not say which version of the register it is")
    version = content.pop("version")
    if type(version) is not int or version > VERSION or version < 1:
        raise ProjectError(
            f"the register of topics, {file}, is of version {version!r}; this cxlab reads version {VERSION}. "
            "Update cxlab, or move the file away and run again: the register is then built anew from the comments."
        )
    told = content.pop("checksum", None)
    try:
        if told != _checksum(content):
            damaged("its checksum does not fit what it says: it was changed or cut by something other than cxlab")
        return _register(content)
    except (KeyError, TypeError, ValueError, ParameterError) as problem:
        damaged(problem)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number")


# What follows reads a register whose checksum fits: it guards against a file that another program wrote.


def _register(content: Mapping[str, Any]) -> Register:
    register = Register(
        encoder=_text(content, "encoder"),
        centre=_numbers(content, "centre"),
        entries=_rows(content, "entries", _entry),
        periods=_rows(content, "periods", _period),
        events=_rows(content, "events", _event),
    )
    ids = register.ids
    if len(set(ids)) < len(ids):
        raise ValueError("two topics have one id")
    known = set(ids)
    for entry in register.entries:
        named = [entry.wishes.merge_into, entry.split_from, *entry.split_into]
        if any(name and name not in known for name in named):
            raise ValueError(f"topic {entry.id} names a topic that is not there")
        if any(len(place.centroid) != len(register.centre) for place in entry.places) or not entry.places:
            raise ValueError(f"topic {entry.id} does not lie in the space of the encoder")
    for period in register.periods:
        if any(name not in known for held, _ in period.held for name in held):
            raise ValueError(f"period {period.period} counts a topic that is not there")
        if sum(count for _, count in period.held) != period.comments:
            raise ValueError(f"the counts of period {period.period} do not add up")
    if [each.start for each in register.periods] != sorted({each.start for each in register.periods}):
        raise ValueError("the periods are not in order")
    return register


def _entry(row: Mapping[str, Any]) -> Entry:
    number_of(_text(row, "id"))
    return Entry(
        id=row["id"],
        called=_text(row, "called"),
        terms=_texts(row, "terms"),
        born=_text(row, "born"),
        born_on=_day(row, "born_on"),
        places=_rows(row, "places", _place),
        wishes=_wishes(row["wishes"]),
        split_from=_text(row, "split_from"),
        split_into=_texts(row, "split_into"),
        split_on=_day(row, "split_on") if row["split_on"] else "",
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(_day(row, "since"), _numbers(row, "centroid"), _number(row, "radius"))


def _wishes(row: Mapping[str, Any]) -> Wishes:
    given = {}
    for wish in dataclasses.fields(Wishes):
        given[wish.name] = _of_type(row, wish.name, type(wish.default))
    return Wishes(**given)


def _period(row: Mapping[str, Any]) -> PeriodCount:
    held = []
    for ids, count in _of_type(row, "held", list):
        held.append((_texts({"held": ids}, "held"), _whole({"held": count}, "held")))
    return PeriodCount(
        period=_text(row, "period"),
        start=_day(row, "start"),
        end=_day(row, "end"),
        topics_of=_day(row, "topics_of"),
        encoder=_text(row, "encoder"),
        comments=_whole(row, "comments"),
        held=tuple(held),
    )


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        period=_text(row, "period"),
        kind=_text(row, "kind"),
        topic=_text(row, "topic"),
        others=_texts(row, "others"),
        comments=_whole(row, "comments"),
        expected=_number(row, "expected"),
        said=_text(row, "said"),
    )


def _of_type(row: Any, key: str, kind: type) -> Any:
    if not isinstance(row, dict) or key not in row:
        raise ValueError(f"{key} is missing")
    if type(row[key]) is not kind:
        raise ValueError(f"{key} is {row[key]!r:.40}")
    return row[key]


def _text(row: Mapping[str, Any], key: str) -> str:
    return _of_type(row, key, str)


def _whole(row: Mapping[str, Any], key: str) -> int:
    value = _of_type(row, key, int)
    if value < 0:
        raise ValueError(f"{key} is {value}")
    return value


def _number(row: Mapping[str, Any], key: str) -> float:
    value = row[key] if isinstance(row, dict) and type(row.get(key)) is int else _of_type(row, key, float)
    if not math.isfinite(value):
        raise ValueError(f"{key} is {value}, which is no number")
    return float(value)


def _numbers(row: Mapping[str, Any], key: str) -> tuple[float, ...]:
    return tuple(_number({key: value}, key) for value in _of_type(row, key, list))


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_text({key: value}, key) for value in _of_type(row, key, list))


def _day(row: Mapping[str, Any], key: str) -> str:
    dt.date.fromisoformat(_text(row, key))
    return row[key]


def _rows(row: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], Any]) -> tuple[Any, ...]:
    return tuple(read(each) for each in _of_type(row, key, list))
