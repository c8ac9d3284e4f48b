from cxlab.batch.outline import Heading, alt_texts, outline, scrolling_tables, split_lead, split_title


def test_the_first_h1_is_the_title_and_there_is_only_one():
    title, rest = split_title('<p>a</p><h1 id="x">T <em>x</em> &amp; y</h1><h1>again</h1>', "stem")
    assert title == "T <em>x</em> &amp; y"
    assert rest == "<p>a</p><h2>again</h2>"


def test_without_a_title_the_report_has_its_own_name():
    assert split_title("<p>a</p>", "10-read <b>") == ("10-read &lt;b&gt;", "<p>a</p>")


def test_headings_get_ids_of_their_own():
    body, found = outline(
        '<h2 class="x" id="main">Wie geht’s, Köln?</h2><h3>sub</h3><h2>Wie geht&#x27;s Köln</h2><h2>売上</h2>'
    )
    assert found == [
        Heading("Wie geht’s, Köln?", "s-wie-gehts-koln"),
        Heading("Wie geht's Köln", "s-wie-geht-s-koln"),
        Heading("売上", "s-section"),
    ]
    assert '<h2 class="x" id="s-wie-gehts-koln">' in body and '<h3 id="s-sub">' in body
    assert outline("<h2>a</h2><h2>a</h2>")[1] == [Heading("a", "s-a"), Heading("a", "s-a-2")]


def test_pictures_without_words_are_named_after_their_heading():
    body = '<h2>Loyalty &amp; more</h2><img src="data:x"><img src="data:x" alt=""><img src="data:x" alt="said">'
    done = alt_texts(body + '<img alt="">')
    assert done.count('alt="Figure under “Loyalty &amp; more”"') == 2
    assert done.count('alt="said"') == 1 and done.count("<img") == 3


def test_tables_are_boxed_once():
    assert scrolling_tables("a<table>1</table>b").count('class="scroll"') == 1
    boxed = '<div class="scroll x" role="region"><table>1</table></div>'
    assert scrolling_tables(boxed) == boxed
    nested = "<table><tr><td><table>1</table></td></tr></table>"
    assert (
        scrolling_tables(nested) == f'<div class="scroll" role="group" aria-label="Table" tabindex="0">{nested}</div>'
    )
    two = scrolling_tables(boxed + "<table>2</table>")
    assert two.count("<div") == 2 == two.count("</div>")


def test_the_lead_ends_at_the_first_section_of_the_page():
    assert split_lead("<p>a</p><h2>b</h2>c") == ("<p>a</p>", "<h2>b</h2>c")
    assert split_lead("<div class='two'><h2>b</h2></div>") == ("", "<div class='two'><h2>b</h2></div>")
    assert split_lead("<div>x</div><h2>b</h2>") == ("<div>x</div>", "<h2>b</h2>")
    assert split_lead("<p>a</p>") == ("<p>a</p>", "")
