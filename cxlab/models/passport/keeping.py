"""The register and people's file of a project: read before a run, kept after it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import InputError, ProjectError
from cxlab.models.passport.granting import with_wishes
from cxlab.models.passport.register import Register
from cxlab.models.passport.register_text import from_text, to_text
from cxlab.models.passport.wishes import read_wishes, starting_file
from cxlab.tables.project import Project
from cxlab.tables.registers import Stored, read_coded, read_people, read_register, write_people, write_register


@dataclass(frozen=True)
class Kept:
    """The register as the last run left it, people's wishes in it, and the files as they were found.

    coded: comments that people coded by hand (`topics.coded.judge`), None where there are none.
    """

    register: Register
    stored: Stored
    people: Stored
    notes: tuple[str, ...] = ()
    coded: pd.DataFrame | None = None


def topic_register(project: Project | None = None) -> Kept:
    """The topics of earlier runs, as people want them told. Nothing is written.

    Where there is no register an empty one is given: topics are then found anew. Raises ProjectError where the register
    is damaged or was written by a later version, InputError where people's file cannot be followed.
    """
    project = project or Project.find()
    stored, people = read_register(project), read_people(project)
    register = from_text(stored.text, str(stored.path)) if stored.text is not None else Register()
    notes: tuple[str, ...] = ()
    if people.text and people.text.strip():
        if register.entries:
            register = with_wishes(register, read_wishes(people.text, register, str(people.path)))
        else:
            notes = (
                f"{people.path.name} names topics, and there is no register yet: what stands in it holds from "
                "the next run on, once ids are given.",
            )
    return Kept(register, stored, people, notes, _coded(read_coded(project)))


def _coded(stored: Stored) -> pd.DataFrame | None:
    if not stored.text or not stored.text.strip():
        return None
    first = stored.text.splitlines()[0]
    try:
        rows = list(
            csv.reader(io.StringIO(stored.text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
        )
    except csv.Error as problem:
        found = f"it is no table ({problem})"
        raise InputError.at(str(stored.path), found, "Give a row a comment: comment, code.") from problem
    head, *cells = (row for row in rows if any(cell.strip() for cell in row))
    return pd.DataFrame([dict(zip(head, row, strict=False)) for row in cells], columns=head).fillna("")


def keep_topics(kept: Kept, register: Register, project: Project | None = None) -> str:
    """Write the register for the next run, and list its topics in people's file. A sentence on what was done.

    What people wrote stays as it is, byte for byte; new topics are added below. Raises ProjectError where somebody else
    wrote meanwhile or the disk does not let us: then the files stay as they were.
    """
    project = project or Project.find()
    if not register.entries:
        return "No topic was found, so nothing is kept for the next run."
    write_register(project, to_text(register), kept.stored)
    try:
        write_people(project, starting_file(register, kept.people.text), kept.people)
    except ProjectError as problem:
        return f"The topics are kept for the next run; {kept.people.path.name} could not be written: {problem}"
    return (
        f"The topics are kept for the next run. In {kept.people.path.name} people give names and owners, put topics "
        "together, split or mute them."
    )
