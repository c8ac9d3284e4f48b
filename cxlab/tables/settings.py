"""What cxlab.toml may say, as data: every section and key, what fits it, and what to write instead."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cxlab.errors import ParameterError

ENGINES = ("duckdb", "polars", "pandas", "spark", "ibis")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# user:password@host, or a key that says what it is.
_SECRET_VALUE = re.compile(r"//[^/\s:]*:[^\s'\"]+@|(password|passwd|pwd|token|secret)=[^\s'\";&]*", re.IGNORECASE)
_SECRET_KEY = re.compile(r"password|passwd|pwd|token|secret|access.?key", re.IGNORECASE)


@dataclass(frozen=True)
class Setting:
    """One key: whether a value fits, and what to write instead. A `hidden` value is never repeated in a message."""

    fits: Callable[[Any], bool]
    give: str
    hidden: bool = False


def _text(what: str) -> Setting:
    return Setting(lambda value: isinstance(value, str) and value.strip() != "", what)


def _whole(least: int, most: float, what: str) -> Setting:
    return Setting(lambda value: type(value) is int and least <= value <= most, what)


def _texts(known: tuple[str, ...] | None, what: str) -> Setting:
    def fits(value: Any) -> bool:
        if not isinstance(value, list) or not value or len(set(map(str, value))) < len(value):
            return False
        return all(isinstance(text, str) and text.strip() and (known is None or text in known) for text in value)

    return Setting(fits, what)


def _is_language(value: Any) -> bool:
    return isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None


def _file(what: str, ending: str) -> Setting:
    """A file below the project's folder: `cxlab` writes it, so it must not be able to reach anything else."""

    def fits(value: Any) -> bool:
        if not isinstance(value, str) or "\x00" in value or ":" in value:
            return False
        place = PurePosixPath(value.replace("\\", "/"))
        return place.suffix == ending and not place.is_absolute() and ".." not in place.parts

    return Setting(fits, what)


def _pairs(what: str) -> Setting:
    def fits(value: Any) -> bool:
        return isinstance(value, dict) and all(type(part) in (str, int, float, bool) for part in value.values())

    return Setting(fits, what, hidden=True)


def _is_date(value: Any) -> bool:
    if isinstance(value, str):
        try:
            return bool(dt.date.fromisoformat(value))
        except ValueError:
            return False
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_timezone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(zoneinfo.ZoneInfo(value))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False


_VARIABLE_NAME = Setting(
    lambda value: isinstance(value, str) and _VARIABLE.fullmatch(value) is not None,
    "the name of the environment variable that holds it, such as CXLAB_PASSWORD",
    hidden=True,
)
_PLACE = Setting(lambda value: isinstance(value, str) and value.strip() != "", "a text", hidden=True)
_OWNERS = Setting(
    lambda value: (
        isinstance(value, dict)
        and all(name.strip() and isinstance(owner, str) and owner.strip() for name, owner in value.items())
    ),
    'topics and who answers for them, { "billing" = "Finance team", ... }',
)
_STEP = _text('the name of a step as the milestones table has it, such as "first value"')
_TIME = Setting(
    lambda value: isinstance(value, str) and _CLOCK.fullmatch(value) is not None, 'a time of day such as "09:00"'
)

SECTIONS: dict[str, dict[str, Setting]] = {
    "company": {
        "name": _text("a text"),
        "fiscal_year_starts": _whole(1, 12, "a month, 1 to 12"),
        "min_n": _whole(1, float("inf"), "a whole number, 1 or more"),
        "engine": _text("the name of an engine"),
    },
    "engine": {
        "name": _text("the name of an engine"),
        "master": _text('a Spark master such as "local[*]" or "spark://host:7077"'),
        "remote": Setting(
            lambda value: isinstance(value, str) and value.startswith("sc://"),
            'a Spark Connect address such as "sc://host:15002"',
            hidden=True,
        ),
        "config": _pairs("Spark settings, { name = value, ... }"),
        "backend": _text('an Ibis backend such as "duckdb", "postgres" or "sqlite"'),
        "url": _PLACE,
        "path": _text("a file below the project's folder"),
        "connect": _pairs("what the backend's connect takes, { host = ..., database = ... }"),
        "schema": _text("the schema in which the tables are"),
        "prefix": _text('what the names of the tables begin with, such as "cx_"'),
        "password_env": _VARIABLE_NAME,
        "token_env": _VARIABLE_NAME,
    },
    "journey": {
        "moments": _texts(None, "a list of moments, each once, in the order in which customers meet them"),
        "first_value": _STEP,
        "onboarding_done": _STEP,
        "implementation_done": _STEP,
        "wins": _text('the journey under which customers\' own successes stand, such as "customer success"'),
    },
    "hours": {
        "opens": _TIME,
        "closes": _TIME,
        "days": _texts(WEEKDAYS, f"a list of days, each once, out of {', '.join(WEEKDAYS)}"),
        "holidays": Setting(
            lambda value: isinstance(value, list) and all(map(_is_date, value)), "a list of dates such as 2026-12-25"
        ),
        "timezone": Setting(_is_timezone, 'a time zone by its IANA name, such as "Europe/Berlin"'),
    },
    "people": {
        "floor": _whole(2, float("inf"), "a whole number, 2 or more: fewer people than that are never shown"),
        "named": Setting(lambda value: type(value) is bool, "true or false: may single people be shown by name?"),
    },
    "roles": {
        "buyer": _texts(None, "a list of the roles that decide about buying, as the responses table spells them"),
        "user": _texts(None, "a list of the roles that use what is bought, as the responses table spells them"),
    },
    "topics": {
        "encoder": _text('"static", "tfidf", or the name or folder of a model'),
        "smallest": _whole(2, float("inf"), "a whole number, 2 or more: comments that make a topic"),
        "resolution": Setting(
            lambda value: type(value) in (int, float) and 0 < value <= 100,
            "a number above 0, at most 100 (2 is usual; higher gives more and smaller topics)",
        ),
        "file": _file('a .csv file below the project\'s folder, such as "topics.csv"', ".csv"),
        "register": _file('a .json file below the project\'s folder, such as "data/processed/topics.json"', ".json"),
        "languages": Setting(
            lambda value: (
                isinstance(value, list)
                and bool(value)
                and all(map(_is_language, value))
                and len(set(value)) == len(value)
            ),
            'a list of languages by their two letters, each once, such as ["en", "de"]',
        ),
        "touchpoints": _texts(None, "a list of the touchpoints that the company tends, each once"),
        "owners": _OWNERS,
    },
}
# These hold what other parts know: thresholds by KPI, exports (checked by the loaders), what to mask.
_FREE = ("scores", "redaction")
_KNOWN = (*SECTIONS, *_FREE, "export")
# Which settings of [engine] an engine has a use for.
_USED_BY = {
    "spark": ("master", "remote", "config", "token_env"),
    "ibis": ("backend", "url", "path", "connect", "schema", "prefix", "password_env"),
}


def problems_of(settings: Mapping[str, Any]) -> list[str]:
    """One sentence for everything in cxlab.toml that cannot be used: section, key, value and remedy.

    What looks like a secret is masked, wherever it was written.
    """
    return [_SECRET_VALUE.sub("***", line) for line in _problems(settings)]


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, given in settings.items():
        if name not in _KNOWN:
            yield str(ParameterError.unknown("section", name, _KNOWN))
        elif name != "export" and not isinstance(given, dict):
            yield f"{name} is {given!r}; write it as a section, [{name}], with its settings below."
        elif name in SECTIONS:
            yield from _problems_of_keys(name, given)
    section = {name: given if isinstance(given, dict) else {} for name, given in settings.items()}
    yield from _problems_of_engine(section.get("company", {}), section.get("engine", {}))
    yield from _problems_of_hours(section.get("hours", {}))
    for kpi, given in section.get("scores", {}).items():
        if not isinstance(given, dict) or set(given) != {"top"} or type(given["top"]) not in (int, float):
            yield f"[scores] {kpi} is {given!r}; write [scores.{kpi}] and below it top = a number."
    exports = settings.get("export", [])
    if not isinstance(exports, list) or not all(isinstance(block, dict) for block in exports):
        yield "write exports as [[export]], with two brackets, one block each."


def _problems_of_keys(section: str, given: Mapping[str, Any]) -> Iterator[str]:
    for key, value in given.items():
        setting = SECTIONS[section].get(key)
        if setting is None:
            yield f"[{section}] {ParameterError.unknown('setting', key, SECTIONS[section])}"
        elif not setting.fits(value):
            yield f"[{section}] {key} is {'not right' if setting.hidden else repr(value)}; give {setting.give}."


def engine_of(settings: Mapping[str, Any]) -> str:
    """The engine's name: [engine] name, or [company] engine for short."""
    return settings.get("engine", {}).get("name") or settings.get("company", {}).get("engine") or ENGINES[0]


def _problems_of_engine(company: Mapping[str, Any], engine: Mapping[str, Any]) -> Iterator[str]:
    named = {"[company] engine": company.get("engine"), "[engine] name": engine.get("name")}
    named = {place: name for place, name in named.items() if isinstance(name, str)}
    for place, name in named.items():
        if name not in ENGINES:
            yield f"{place}: {ParameterError.unknown('engine', name, ENGINES)}"
    if len(set(named.values())) > 1:
        yield f"two engines are named, {' and '.join(named.values())}; leave [company] engine out."
    for key, value in engine.items():
        yield from _problems_of_secrets(key, value)
    name = named.get("[engine] name") or named.get("[company] engine") or ENGINES[0]
    if name not in ENGINES:
        return
    for key in engine:
        users = [user for user, keys in _USED_BY.items() if key in keys]
        if users and name not in users:
            yield f"[engine] {key} is for {users[0]}, the engine is {name}. Leave it out, or set name = {users[0]!r}."
    for one, other in (("master", "remote"), ("url", "backend"), ("url", "path"), ("path", "connect")):
        if one in engine and other in engine:
            yield f"[engine] has both {one} and {other}; each says where the engine is: keep one of them."
    if "token_env" in engine and "remote" not in engine:
        yield '[engine] token_env is for Spark Connect; give remote = "sc://..." too, or leave it out.'


def _problems_of_secrets(key: str, value: Any) -> Iterator[str]:
    """A secret in a file is in every copy of it. Neither is it repeated in the message."""
    parts = value if isinstance(value, dict) else {key: value}
    for name, part in parts.items():
        named = isinstance(value, dict) and _SECRET_KEY.search(str(name))
        if named or (isinstance(part, str) and _SECRET_VALUE.search(part)):
            where = f"{key} ({name})" if isinstance(value, dict) else key
            wanted = "token_env" if key in ("remote", "config") else "password_env"
            yield (
                f"[engine] {where} holds a password or token. Take it out (and change it), and give {wanted} = the "
                "name of an environment variable that holds it."
            )


def _problems_of_hours(hours: Mapping[str, Any]) -> Iterator[str]:
    opens, closes = hours.get("opens", "09:00"), hours.get("closes", "17:00")
    if _TIME.fits(opens) and _TIME.fits(closes) and opens >= closes:
        yield f"[hours] opens at {opens} and closes at {closes}; give hours within one day, the opening first."
