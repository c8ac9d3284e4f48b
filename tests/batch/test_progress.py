import io

from cxlab.batch.progress import Progress, line, show_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


STEPS = [
    Progress("00-a", "waiting", 0, 5),
    Progress("10-[b]", "waiting", 0, 5),
    Progress("00-a", "running", 0, 5),
    Progress("00-a", "running", 3, 5),
    Progress("00-a", "ok", 5, 5, 3.21),
    Progress("10-[b]", "failed", 4, 5, 1.0, "under “x”: ValueError: [red]\nbad"),
]


def test_elsewhere_a_finished_notebook_is_one_plain_line():
    out = io.StringIO()
    with show_progress(out) as hear:
        for step in STEPS:
            hear(step)
    assert out.getvalue().splitlines() == [
        "00-a  done in 3.2 s",
        "10-[b]  failed in 1.0 s  under “x”: ValueError: [red] bad",
    ]
    assert line(Progress("a", "unchanged", seconds=9)) == "a  unchanged"


def test_on_a_terminal_the_display_lives(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()
    with show_progress(out) as hear:
        for step in STEPS:
            hear(step)
    said = out.getvalue()
    assert "00-a" in said and "10-[b]" in said and "ValueError: [red] bad" in said and "\x1b[" in said
