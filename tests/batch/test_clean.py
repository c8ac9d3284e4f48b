import pytest

from cxlab.batch.clean import clean_output, clean_prose

KEPT = [
    '<table class="cx"><caption>c</caption><thead><tr><th scope="col" class="r">a</th></tr></thead><tbody><tr>'
    '<td colspan="2">1</td></tr></tbody><tfoot><tr><td>f</td></tr></tfoot></table>',
    '<figure class="cx"><picture><source media="(prefers-color-scheme: dark)" srcset="data:image/png;base64,AAAA">'
    '<img src="data:image/png;base64,AA==" alt="a &amp; b"></picture><figcaption>c</figcaption></figure>',
    '<details open=""><summary>s</summary><div class="scroll" role="region" aria-label="t" '
    'tabindex="0">x</div></details>',
    '<section class="tile"><h3 id="x">a</h3><p class="big">31<small>%</small></p><span class="chip up">'
    '<span aria-hidden="true">▲</span> improved</span></section>',
    '<blockquote class="cx"><p dir="auto">“q”</p><footer>n</footer></blockquote>',
    '<svg viewBox="0 0 240 52" width="240" height="52" role="img" aria-label="t"><title>t</title>'
    '<polygon points="1,2 3,4" fill="var(--band,#0b5c8a22)"></polygon><line x1="0" x2="1" stroke="currentColor"></line>'
    '<circle cx="1" cy="2" r="3"></circle><rect x="1" width="2"></rect><path d="M0 0"></path>'
    '<text x="1" text-anchor="end" class="k">hi</text><polyline points="1,2"></polyline></svg>',
    '<td style="text-align:right">1</td>'.join(["<table><tbody><tr>", "</tr></tbody></table>"]),
    '<a href="#s-here">x</a><a href="10-read-the-scorecard.html">y</a>',
    '<img src="data:image/png;base64,AA==" alt="">',
    'srcset: <source srcset="data:image/png;base64,AA== 1x, data:image/webp;base64,BB== 2x">',
]


@pytest.mark.parametrize("html", KEPT)
def test_what_the_house_shows_stays_as_it_is(html):
    assert clean_output(html) == html


@pytest.mark.parametrize(
    ("html", "gone"),
    [
        ("<script>document.title='x'</script>", "document"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("<img src=https://evil.example/pixel.gif>", "evil"),
        ("<img src=//evil.example/pixel.gif>", "evil"),
        ("<img src='data:image/svg+xml;base64,AA=='>", "svg"),
        ("<img src='data:text/html;base64,AA=='>", "data:"),
        ("<source srcset='data:image/png;base64,AA==, https://evil.example/p.png 2x'>", "evil"),
        ("<source srcset='https://evil.example/p.png'>", "evil"),
        ("<a href='javascript:alert(1)'>x</a>", "javascript"),
        ("<a href=' java\nscript:alert(1)'>x</a>", "script:"),
        ("<a href='data:text/html,x'>x</a>", "data:"),
        ("<a href='https://evil.example'>x</a>", "evil"),
        ("<a href='//evil.example'>x</a>", "evil"),
        ("<a href='x.html' onmouseover=alert(1)>x</a>", "onmouseover"),
        ("<iframe src=https://evil.example></iframe>", "evil"),
        ("<iframe srcdoc='<b>x</b>'></iframe>", "srcdoc"),
        ("<object data=x><embed src=y></object>", "embed"),
        ("<form action=https://evil.example><input name=p><button>go</button></form>", "evil"),
        ("<form action=x><input name=p><button>go</button></form>", "<input"),
        ("<meta http-equiv=refresh content='0;url=https://evil.example'>", "evil"),
        ("<base href=https://evil.example>", "evil"),
        ("<link rel=stylesheet href=https://evil.example/a.css>", "evil"),
        ("<style>@import 'https://evil.example/a.css'</style>", "evil"),
        ("<p style='background:url(https://evil.example)'>x</p>", "evil"),
        ("<td style='position:fixed;text-align:right'>x</td>", "fixed"),
        ("<div style=display:none>", "style"),
        ("<svg><rect fill='url(https://evil.example/a.svg#b)'></rect></svg>", "evil"),
        ("<svg><rect fill='\\75 rl(https://evil.example)'></rect></svg>", "evil"),
        ("<svg><use href=https://evil.example></use></svg>", "evil"),
        ("<svg><image href=https://evil.example></image></svg>", "evil"),
        ("<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>", "onerror"),
        ("<svg><animate onbegin=alert(1)></animate></svg>", "onbegin"),
        ("<svg><title><img src=x onerror=alert(1)></title></svg>", "onerror"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", "onerror"),
        (
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
            "onerror",
        ),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", "<img src=x"),
        ("<textarea autofocus onfocus=alert(1)></textarea>", "onfocus"),
        ("<video src=https://evil.example></video><audio src=https://evil.example></audio>", "evil"),
        ("<!-- --!><img src=x onerror=alert(1)> -->", "onerror"),
        ("<div role=alert>x</div>", "role"),
        ("<div tabindex=5>x</div>", "tabindex"),
        ("<p id=main>x</p>", "id="),
        ("<p data-x=1 contenteditable>x</p>", "data-x"),
        ("<plaintext>x", "<plaintext"),
        ("<dialog open>x</dialog>", "dialog"),
    ],
)
def test_what_could_act_is_removed(html, gone):
    for clean in (clean_output, clean_prose):
        if gone == "evil" and "<a " in html and clean is clean_prose and "https" in html:
            continue  # an analyst may link out
        assert gone not in clean(html)


def test_what_is_opened_is_closed():
    assert clean_output("<div style=display:none><b>x") == "<div><b>x</b></div>"


def test_an_analyst_may_link_out_and_the_link_tells_nobody_from_where():
    html = clean_prose('<a href="https://example.org/a?b=1">x</a> <a href="mailto:a@example.org">y</a>')
    assert html.count('rel="noopener noreferrer nofollow"') == 2 and "https://example.org/a?b=1" in html


def test_it_is_quick_on_big_tables():
    import time

    row = "<tr>" + "<td class='r'>12.5</td>" * 20 + "</tr>"
    html = "<table>" + row * 4000 + "</table>"  # 2 MB
    began = time.process_time()
    clean_output(html)
    assert time.process_time() - began < 6
