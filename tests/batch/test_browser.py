"""The published pages in a real browser: nothing asked for, nothing complained about, readable by everybody."""

import pytest

from cxlab.batch.runner import run

from .toys import code, notebook, project, text

pytestmark = pytest.mark.slow

LONG = "a-very-long-word-without-any-place-to-break-" * 4
PIECES = f"""
from IPython.display import HTML, display
import base64, zlib, struct
tile = (
    '<section class="tile"><h3>Net Promoter Score</h3><p class="big">31</p><span class="chip up">'
    '<span aria-hidden="true">▲</span> improved</span><svg viewBox="0 0 240 52" role="img" aria-label="trend">'
    '<polyline points="2,38 240,13" fill="none" stroke="var(--focus)"></polyline></svg>'
    '<p class="fine">26.8 to 35.2 · n 1,214</p></section>'
)
worse = tile.replace("chip up", "chip down").replace("▲", "▼").replace("improved", "worsened")
flat = tile.replace("chip up", "chip flat").replace("▲", "■").replace("improved", "flat")
open_ = tile.replace("chip up", "chip unsure").replace("▲", "?").replace("improved", "cannot tell")
display(HTML('<p class="short">All of <b>it</b>.</p><div class="tiles">' + tile + worse + flat + open_ + '</div>'))
cells = "".join(f"<td class='r'>{{number * 1000:,}}</td>" for number in range(14))
heads = "".join(f"<th scope='col' class='r'>column {{number}}</th>" for number in range(14))
head, row = f"<tr><th scope='col'>name</th>{{heads}}</tr>", f"<tr><th scope='row'>x</th>{{cells}}</tr>"
display(HTML(f"<table class='cx'><caption>Wide</caption><thead>{{head}}</thead><tbody>{{row}}</tbody></table>"))
display(HTML('<blockquote class="cx"><p dir="auto">“{LONG}”</p></blockquote>'))
display(HTML('<details><summary>More</summary><p class="fine">x</p></details>'))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + b"\\x80\\x90\\xa0" * 2000 for _ in range(40))
head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2000, 40, 8, 2, 0, 0, 0))
png = b"\\x89PNG\\r\\n\\x1a\\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
drawn = base64.b64encode(png).decode()
display({{"image/png": drawn}}, metadata={{"image/png": {{"alt": "a wide drawing"}}}}, raw=True)
display(HTML('<div class="ask"><p><b>One question.</b> Which?</p></div>'))
print("{LONG}")
"""
RECORD = {
    "headline": "Loyalty rose for a reason we can name.",
    "kpis": [
        {"kpi": kpi, "period": "2026-Q3", "value": value, "low": value * 0.9, "high": value * 1.1, "n": 1214}
        for kpi, value in (("nps", 31.0), ("csat", 0.824), ("churn_rate", 0.03), ("resolution_time", 29.8))
    ],
    "changes": [
        {"kpi": "nps", "before": "2026-Q2", "verdict": "moved up"},
        {"kpi": "csat", "before": "2026-Q2", "verdict": "flat"},
        {"kpi": "churn_rate", "before": "2026-Q2", "verdict": "moved up"},
        {"kpi": "resolution_time", "before": "2026-Q2", "verdict": "cannot tell"},
    ],
    "findings": [
        {"kind": kind, "sentence": f"A {kind} {LONG}", "kpi": "nps", "verdict": verdict, "grade": "C", "owner": "Team"}
        for kind, verdict in (("win", "moved up"), ("loss", "moved down"), ("risk", "flat"), ("question", None))
    ],
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    sections = [text(f"## Finding number {number} is a sentence") for number in range(4)]
    toy = project(
        tmp_path_factory.mktemp("look"),
        {
            "10-read-the-scorecard": notebook(code(PIECES), *sections, **RECORD),
            "20-fails": notebook(text("## Halfway"), f"raise ValueError('{LONG}')", title="Where is it stuck?"),
        },
    )
    run(toy, "2026-Q2")
    run(toy, "2026-Q3")
    return toy.reports


PAGES = ["index.html", "2026-Q3/index.html", "2026-Q3/10-read-the-scorecard.html", "2026-Q3/20-fails.html"]


@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False)], ids=["desktop", "dark", "phone"]
)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_quiet_fits_and_can_be_read_by_everybody(page, width, dark, published, visit):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    seen = visit(width, dark)
    opened = seen.open(published / page)
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
    found = axe.Axe().run(opened).response["violations"]
    grave = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    assert grave == [] and seen.asked == [] and seen.complained == []


def test_every_link_leads_somewhere(published, visit):
    seen = visit()
    for page in PAGES:
        opened = seen.open(published / page)
        for link in opened.eval_on_selector_all("a", "all => all.map(each => each.href)"):
            target, _, anchor = link.partition("#")
            path = published / target.removeprefix(published.as_uri() + "/")
            assert path.is_file(), link
            assert not anchor or f'id="{anchor}"' in path.read_text(), link


def test_the_skip_link_comes_first_and_works(published, visit):
    opened = visit().open(published / PAGES[2])
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.textContent") == "Skip to the content"
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#main")


def test_a_page_can_be_printed(published, visit):
    opened = visit().open(published / PAGES[2])
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.is_visible("nav.toc") and opened.is_visible("h1")
