import pytest

from cxlab.batch.pages import POLICY, Page, count_words, day_words, moment_words, period_words, show, took_words
from cxlab.periods import Period


@pytest.mark.parametrize(
    ("label", "said"),
    [("2026-Q3", "third quarter 2026"), ("2026", "2026"), ("2026-03", "March 2026"), ("2026-W07", "week 7 of 2026")],
)
def test_periods_in_words(label, said):
    assert period_words(Period.of(label)) == said


def test_moments_numbers_and_durations_in_words():
    assert day_words("2026-09-30T17:00:00") == "30 September 2026"
    assert day_words("soon") == "soon" and day_words(None) == ""
    assert moment_words("2026-10-04T09:12:00+00:00") == "4 October 2026, 09:12 UTC"
    assert count_words(18344) == "18,344" and count_words(None) == "not known"
    assert took_words(3.21) == "3.2 s" and took_words(250) == "4 min 10 s" and took_words(None) == ""


def test_the_policy_is_the_first_thing_a_browser_reads():
    html = show("empty.html.j2", Page("<T>", eyebrow=["a & b"]), damaged=["<x>"])
    head = html[html.index("<head>") + 6 :]
    assert head.startswith(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">')
    assert "<title>&lt;T&gt;</title>" in html and "a &amp; b" in html and "&lt;x&gt;" in html
    assert '<html lang="en">' in html and "Bain &amp; Company" in html


def test_the_style_is_small():
    html = show("empty.html.j2", Page("T"), damaged=[])
    assert len(html[html.index("<style>") : html.index("</style>")].encode()) < 10 * 1024
    assert "http:" not in html and "https:" not in html and "url(" not in html and "@import" not in html
