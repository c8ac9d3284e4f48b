"""The register and people's file on disk: whole or not at all, two runs that do not overwrite each other; settings."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pandas as pd
import pytest

from cxlab.errors import CxlabError, InputError, ProjectError
from cxlab.tables import registers, store
from cxlab.tables.project import Project
from cxlab.tables.registers import read_people, read_register, write_people, write_register
from cxlab.tables.schema import Intake


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.read(tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_is_written_is_read(project: Project) -> None:
    nothing = read_register(project)
    assert nothing.text is None and nothing.path == project.root / "data" / "processed" / "topics.json"
    written = write_register(project, '{"é": 1}\n', nothing)
    assert read_register(project) == written and written.text == '{"é": 1}\n'
    assert written.path.read_bytes() == '{"é": 1}\n'.encode()
    assert read_people(project).text is None
    people = write_people(project, "topic;name\n", read_people(project))
    assert read_people(project) == people and people.text == "topic;name\n"
    assert people.path.read_bytes() == b"\xef\xbb\xbftopic;name\n", "a mark, for spreadsheets to know UTF-8"
    people.path.write_bytes(b"topic\n")
    write_people(project, "topic\nT01\n", read_people(project))
    assert people.path.read_bytes() == b"topic\nT01\n", "none where people's own has none"
    assert files(project.root) == ["data/processed/topics.json", "topics.csv"], "no lock, no half-written file is left"


def test_the_same_text_leaves_the_file_as_it_is(project: Project) -> None:
    seen = write_register(project, "a\n", read_register(project))
    before = seen.path.stat()
    assert write_register(project, "a\n", seen) == seen
    after = seen.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("there", ["other\n", None])
def test_what_another_run_wrote_is_never_overwritten(project: Project, there: str | None) -> None:
    seen = write_register(project, "first\n", read_register(project))
    if there is None:
        seen.path.unlink()
    else:
        seen.path.write_text(there)
    with pytest.raises(
        ProjectError, match="topics.json was changed by somebody else while this run was at work. Run again"
    ):
        write_register(project, "second\n", seen)
    assert (seen.path.read_text() if seen.path.exists() else None) == there
    with pytest.raises(ProjectError, match="topics.csv was changed by somebody else"):
        project.topics_file.write_text("people's words")
        write_people(project, "ours", registers.Stored(project.topics_file, None, ""))
    assert project.topics_file.read_text() == "people's words"


def test_of_runs_that_write_at_once_one_wins_whole(project: Project) -> None:
    seen = write_register(project, "start\n", read_register(project))
    texts = [f"{number}\n" * 50_000 for number in range(8)]
    won: list[str] = []
    gate = threading.Barrier(len(texts))

    def run(text: str) -> None:
        gate.wait()
        try:
            write_register(project, text, seen)
            won.append(text)
        except ProjectError:
            pass

    threads = [threading.Thread(target=run, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and read_register(project).text == won[0]


def test_a_full_disk_leaves_the_old_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = write_register(project, "old\n", read_register(project))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError, match="topics.json could not be written: .*No space left.* untouched"):
        write_register(project, "new\n", seen)
    assert seen.path.read_text() == "old\n" and files(project.root) == ["data/processed/topics.json"]


def test_what_may_not_be_read_or_written_is_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = write_register(project, "old\n", read_register(project))

    def refused(*given: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkstemp", refused)
        with pytest.raises(ProjectError, match="could not be written: .*Permission denied"):
            write_register(project, "new\n", seen)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        with pytest.raises(ProjectError, match="topics.json could not be read: .*Permission denied.*you may read"):
            read_register(project)
        with pytest.raises(ProjectError, match="could not be read"):
            write_register(project, "new\n", seen)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refused)
        with pytest.raises(ProjectError, match="the folder .* could not be made"):
            write_register(project, "new\n", seen)
    assert read_register(project) == seen


def test_a_folder_where_the_file_should_be(project: Project) -> None:
    project.topics_register.mkdir(parents=True)
    with pytest.raises(ProjectError, match="topics.json could not be read"):
        read_register(project)


def test_bytes_that_are_no_text(project: Project) -> None:
    project.topics_file.write_bytes("topic,name\nT01,Verspätung\n".encode("cp1252"))
    with pytest.raises(
        InputError, match=r'topics.csv, row 2: the bytes are not UTF-8 text. Save it again as "CSV UTF-8'
    ):
        read_people(project)
    project.topics_register.parent.mkdir(parents=True)
    project.topics_register.write_bytes(b"\xff\xfe{")
    with pytest.raises(CxlabError, match="topics.json, row 1: .* delete it and run again"):
        read_register(project)


def test_without_locks_the_stamp_still_tells(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fcntl", None)
    seen = write_register(project, "a\n", read_register(project))
    assert read_register(project).text == "a\n"
    seen.path.write_text("b\n")
    with pytest.raises(ProjectError, match="somebody else"):
        write_register(project, "c\n", seen)


def test_loading_tables_leaves_the_register(project: Project) -> None:
    seen = write_register(project, "kept\n", read_register(project))
    tickets = pd.DataFrame({"ticket_id": ["a"], "opened_at": pd.to_datetime(["2026-01-01"]), "source": "t.csv"})
    store.save(project, {"tickets": Intake(tickets, tickets.iloc[:0])}, {"as_of": "2026-01-01", "sources": []})
    assert read_register(project) == seen


TOPICS = """
[topics]
encoder = "model2vec:models/potion"
smallest = 20
resolution = 1.5
file = "lists/our-topics.csv"
register = "data/topics.json"
languages = ["en", "de"]
touchpoints = ["billing", "onboarding"]
owners = { "late invoices" = "Finance team", T04 = "Support" }
"""


def test_the_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "cxlab.toml").write_text(TOPICS)
    project = Project.read(tmp_path)
    assert project.topics["encoder"] == "model2vec:models/potion" and project.topics["resolution"] == 1.5
    assert project.topics["owners"] == {"late invoices": "Finance team", "T04": "Support"}
    assert project.topics_file == tmp_path / "lists" / "our-topics.csv"
    assert project.topics_register == tmp_path / "data" / "topics.json"
    write_people(project, "topic\n", read_people(project))
    assert read_people(project).text == "topic\n", "the folder is made"
    assert Project.read(tmp_path / "elsewhere").topics == {}


@pytest.mark.parametrize(
    "line, said",
    [
        ("encoder = ''", 'encoder is \'\'; give "static", "tfidf", or the name or folder of a model'),
        ("encodr = 'static'", "Did you mean 'encoder'"),
        ("smallest = 1", "smallest is 1; give a whole number, 2 or more"),
        ("smallest = 2.5", "smallest is 2.5"),
        ("resolution = 0", "resolution is 0; give a number above 0"),
        ("resolution = nan", "resolution is nan"),
        ("resolution = true", "resolution is True"),
        ("file = 'topics.xlsx'", "file is 'topics.xlsx'; give a .csv file below the project's folder"),
        ("file = '../topics.csv'", "give a .csv file below the project's folder"),
        ("file = '/etc/topics.csv'", "give a .csv file below the project's folder"),
        ("file = 'C:\\topics.csv'", "give a .csv file below the project's folder"),
        ("file = '.csv'", "give a .csv file"),
        ("register = 'data/../../topics.json'", "register is 'data/../../topics.json'; give a .json file"),
        ("register = 'topics.csv'", "give a .json file below the project's folder"),
        ("languages = []", "languages is []; give a list of languages by their two letters"),
        ("languages = ['English']", 'such as ["en", "de"]'),
        ("languages = ['en', 'en']", "each once"),
        ("languages = [1]", "languages is [1]"),
        ("touchpoints = 'billing'", "touchpoints is 'billing'; give a list of the touchpoints"),
        ("touchpoints = ['']", "touchpoints is ['']"),
        ("owners = ['Finance']", "owners is ['Finance']; give topics and who answers for them"),
        ("owners = { billing = 3 }", "owners is {'billing': 3}"),
        ("owners = { billing = ' ' }", "who answers for them"),
    ],
)
def test_settings_that_do_not_fit_are_said(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "cxlab.toml").write_text(f"[topics]\n{line}\n")
    with pytest.raises(ProjectError) as told:
        Project.read(tmp_path)
    assert said in str(told.value) and "[topics]" in str(told.value)


def test_topics_must_be_a_section(tmp_path: Path) -> None:
    (tmp_path / "cxlab.toml").write_text("topics = 3\n")
    with pytest.raises(ProjectError, match=r"write it as a section, \[topics\]"):
        Project.read(tmp_path)
