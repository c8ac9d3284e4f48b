"""Every error cxlab raises on purpose: what was found, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CxlabError(Exception):
    """Base of all errors a reader is meant to see. The message is complete: no traceback is needed to act on it."""


class InputError(CxlabError):
    """An export cannot be read or mapped. Names file, row and column where they are known."""

    @classmethod
    def at(cls, file: str, found: str, mend: str, row: int | None = None, column: str | None = None) -> InputError:
        """Build the message from its parts. `row` counts lines as a spreadsheet does: the first line is 1."""
        where = file
        where += f", row {row}" if row is not None else ""
        where += f", column {column!r}" if column is not None else ""
        return cls(f"{where}: {found}. {mend}")


class TableError(CxlabError):
    """A canonical table is absent, or lacks what a KPI needs."""

    @classmethod
    def missing(cls, needed_by: str, table: str, missing: Iterable[str], available: Iterable[str]) -> TableError:
        """`needed_by` wants columns that `table` does not have; near misses are offered."""
        have = [str(name) for name in available]
        lost = list(missing)
        near = {name: difflib.get_close_matches(name, have, n=1) for name in lost}
        hints = "".join(f" For {name!r}, is it {match[0]!r}?" for name, match in near.items() if match)
        return cls(
            f"{needed_by} needs {', '.join(lost)}, which the table {table!r} does not have.{hints}\n"
            f"The table has: {', '.join(have)}. Map what is missing under [export.columns] in cxlab.toml."
        )

    @classmethod
    def absent(cls, table: str, available: Iterable[str]) -> TableError:
        """The project has no such table."""
        have = ", ".join(sorted(available)) or "no tables yet"
        return cls(
            f"the project has no table {table!r} (it has: {have}). "
            "Map an export to it in cxlab.toml and run `cxlab load`; `cxlab load --suggest FILE` proposes a mapping."
        )


class ParameterError(CxlabError):
    """A value given by a person or a command line is not one that can be used."""

    @classmethod
    def unknown(cls, what: str, given: str, known: Iterable[str]) -> ParameterError:
        """`given` is not among `known`; the nearest is offered."""
        names = [str(name) for name in known]
        near = difflib.get_close_matches(given, names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return cls(f"{given!r} is not a known {what}.{hint} Known: {', '.join(names) or 'none'}.")


class ProjectError(CxlabError):
    """The project on disk (folder, cxlab.toml, stored tables) is not in a usable state."""


class RunError(CxlabError):
    """A batch run could not start or could not be published."""


class NotInstalled(CxlabError):
    """An optional package is wanted but absent."""

    @classmethod
    def package(cls, package: str, purpose: str, extra: str) -> NotInstalled:
        """Say what the package is for and the one line that installs it."""
        return cls(f"{purpose} needs {package}, which is not installed. Run: pip install 'cxlab[{extra}]'")
