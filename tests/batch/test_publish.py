import json
import os

import pytest

from cxlab.batch import publish as pub
from cxlab.errors import RunError

from .toys import contents


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    (folder / ".staging").mkdir(parents=True)
    return folder


def staged(reports, name="run-x", **files):
    folder = reports / ".staging" / name
    folder.mkdir()
    for file, said in files.items():
        (folder / f"{file}.html").write_text(said)
    return folder


@pytest.mark.parametrize("has_exchange", [True, False])
def test_a_folder_is_replaced_as_a_whole(reports, has_exchange, monkeypatch):
    if not has_exchange:
        monkeypatch.setattr(pub, "_exchange", lambda one, other: False)
    pub.publish(staged(reports, a="one", b="one"), reports / "2026-Q3")
    assert contents(reports) == {"2026-Q3/a.html": b"one", "2026-Q3/b.html": b"one"}
    pub.publish(staged(reports, a="two"), reports / "2026-Q3")
    assert contents(reports) == {"2026-Q3/a.html": b"two"}
    assert list((reports / ".staging").iterdir()) == []


def test_a_swap_cut_short_is_put_back(reports):
    (reports / ".staging" / "old--2026-Q3").mkdir()
    (reports / ".staging" / "old--2026-Q3" / "a.html").write_text("good")
    (reports / ".staging" / "old--2026-Q2").mkdir()
    (reports / "2026-Q2").mkdir()
    (reports / "2026-Q2" / "a.html").write_text("newer")
    left = staged(reports, "run-left")
    assert pub.recover(reports) == [left]
    assert contents(reports) == {"2026-Q3/a.html": b"good", "2026-Q2/a.html": b"newer"}


def test_only_one_runner_at_a_time(reports):
    with pub.only_runner(reports):
        with pytest.raises(RunError, match=rf"another run is at work .*process {os.getpid()}"):
            with pub.only_runner(reports):
                pass
    with pub.only_runner(reports):
        pass


def test_reports_that_cannot_be_written_are_an_early_error(tmp_path):
    (tmp_path / "reports").write_text("a file in the way")
    with pytest.raises(RunError, match="cannot be written.*Nothing was run"):
        with pub.only_runner(tmp_path / "reports"):
            pass


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_early_error(reports):
    reports.chmod(0o500)
    try:
        with pytest.raises(RunError, match="cannot be written"), pub.only_runner(reports):
            pass
    finally:
        reports.chmod(0o700)


def test_files_are_believed_by_their_hash(reports):
    folder = staged(reports, a="said")
    files = {"a.html": pub.sha256(folder / "a.html")}
    assert pub.is_intact(folder, files)
    (folder / "a.html").write_text("sai")
    assert not pub.is_intact(folder, files)
    assert not pub.is_intact(folder, {"b.html": "x"}) and not pub.is_intact(folder, {})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"period": 1}'])
def test_a_damaged_result_is_none(reports, content):
    (reports / "result.json").write_text(content)
    assert pub.read_result(reports) is None
    assert pub.read_result(reports / "nowhere") is None


def test_json_holds_no_nan():
    assert json.loads(pub.as_json({"b": float("nan"), "a": [float("inf"), 1.5, (2,)]})) == {
        "a": [None, 1.5, [2]],
        "b": None,
    }


def test_a_file_is_replaced_in_one_step(reports, monkeypatch):
    path = reports / "index.html"
    pub.replace_page(path, b"one")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        pub.replace_page(path, b"two")
    assert contents(reports) == {"index.html": b"one"}
