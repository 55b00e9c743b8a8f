"""HTML files and EPUB books as pages."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image

from ocr_async.engine.office.markup import decoded
from ocr_async.errors import DocumentError
from ocr_async.models import OCRPage

from ...documents import png
from ...offices import epub, zipped
from .reading import pages_of


PICTURE = png(Image.new("RGB", (60, 40), (200, 30, 30)))
DATA_URI = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"


def html(folder: Path, body: str, **wanted: object) -> OCRPage:
    """Return the only page of a fragment that is said to be HTML."""
    (page,) = pages_of(folder, body.encode(), mime="text/html", **wanted)
    return page


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("<h1>One</h1><h4>Four<br>teen</h4>", "# One\n\n#### Four teen"),
        ("<p>  a \n <b> b </b>c<i>d</i>\t</p>", "a **b** c*d*"),
        ("<p>a<br>b<br></p>", "a  \nb"),
        ("bare<p>in</p>tail", "bare\n\nin\n\ntail"),
        ("<b><p>both</p><p>bold</p></b>", "**both**\n\n**bold**"),
        ("<p>x<sup>2</sup>H<sub>2</sub><del>o</del> <kbd>a`b</kbd></p>", "x<sup>2</sup>H<sub>2</sub>~~o~~ `` a`b ``"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ("<ol start=9><li>a<li>b<ol><li>c</ol></ol>", "9. a\n10. b\n    1. c"),
        ("<ul><li><p>a</p><p>b</p><li>c</ul>", "- a\n\n  b\n\n- c"),
        ("<blockquote>a<p>b</blockquote><hr>", "> a\n>\n> b\n\n---"),
        ("<pre><code class='language-python'>def f():\n    pass\n</code></pre>", "```python\ndef f():\n    pass\n```"),
        ("<dl><dt>term<dd>what it means</dl>", "**term**\n\nwhat it means"),
        ("<a href='https://e.org/'>a <b>b</b></a> <a href='#x'>c</a>", "[a **b**](https://e.org/) c"),
        ("<a href='javascript:alert(1)'>a</a><a href='data:text/html,x'>b</a>", "ab"),
        ("<script>a</script><style>b</style><p hidden>c</p><p style='display: none'>d</p><!-- e -->f", "f"),
        ("<table><tr><td>everything</table>", "everything"),
        ("<table><tr><td>side<td><table><tr><td>a<td>b</table></table>", "side\n\n| a | b |\n| --- | --- |"),
        ("<table><caption>C</caption><tr><th>a|b<td>1<tr><td><td>2", "C\n\n| a\\|b | 1 |\n| --- | --- |\n|  | 2 |"),
        ("<p>&lt;b&gt; &amp;amp; &nbsp;x", "\\<b> \\&amp; \xa0x"),
        ("<p> <br> </p>", ""),
        ("<pre>a <b>b</b><br>  c</pre>", "```\na b\n  c\n```"),
        ("<p><b>Note:</b>text <b>a</b>b <b>c.</b> d x<i>(y)</i>z", "**Note**:text **a**b **c.** d x(*y*)z"),
        ("<p><b>dh_</b><i>foo</i> x<b>–</b>y", "dh\\_*foo* x–y"),
        ("<p>$ cp a{_,-b}.deb<br>cp x{_,-d}.deb a_b 2 * 3", "$ cp a{\\_,-b}.deb  \ncp x{\\_,-d}.deb a_b 2 * 3"),
        ("<p>soft&shy;ly&#8203;", "softly"),
        ("<p><input type=checkbox checked> yes <input type=checkbox> no", "☒ yes ☐ no"),
        ("<p>Size: <input type=radio checked> S <input type=radio> M", "Size: ◉ S ○ M"),
        ("<p>Name: <input value='J. Roe'> <input type=hidden value=x><input type=password value=y>", "Name: J. Roe"),
        ("<p>Land: <select><option>A<option selected>B</select>!", "Land: B!"),
        ("<p>Land: <select><option>A<option>B</select>!", "Land: A!"),
        ("<ol type=a><li>x<li>y</ol>", "- a. x\n- b. y"),
        ("<ol style='list-style-type: upper-roman'><li>x<li>y</ol>", "- I. x\n- II. y"),
        ("<ol start=5><li>x<li value=9>y<li>z</ol>", "5. x\n9. y\n10. z"),
        ("<ol reversed><li>x<li>y</ol>", "2. x\n1. y"),
        ("<p>a <q>b</q>", "a “b”"),
        ("<p>私は<ruby>東京<rt>とうきょう</rt></ruby>へ", "私は東京(とうきょう)へ"),
        ("<ruby>漢<rp>（</rp><rt>かん</rt><rp>）</rp>字<rt>じ</rt></ruby>", "漢(かん)字(じ)"),
        ("<ruby><rb>漢</rb><rt>かん</rt><rb>字</rb><rt></rt></ruby>", "漢(かん)字"),
        ("<object data=x.svg>instead</object>", "instead"),
        ("<svg><title>t</title><text>drawn</text><text>words</text></svg>", "drawn words"),
        ("<p>E = <math><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>.", "E = $mc^{2}$."),
        ("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>", "$$\\frac{a}{b}$$"),
        ("<math><mi>a</mi></math><span class='katex-html' aria-hidden='true'>a</span>", "$$a$$"),
    ],
)  # fmt: skip
def test_markup_becomes_markdown(tmp_path: Path, body: str, markdown: str) -> None:
    assert html(tmp_path, body).markdown == markdown


NOTE = "<a role='doc-noteref' href='#{0}'>{1}</a>"


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        (
            f"<p>Hm{NOTE.format('n', '*')}.</p><aside epub:type='footnote' id='n'><p>Why. <a role='doc-backlink'>b</a>"
            "</aside><p>More.",
            "Hm[^1].\n\nMore.\n\n[^1]: Why.",
        ),
        (
            f"<p>a{NOTE.format('n1', 7)} b{NOTE.format('n2', 8)}</p><section role='doc-endnotes'><ol><li id=n1>x"
            "<li id=n2><p>y<p>z</ol></section>",
            "a[^1] b[^2]\n\n[^1]: x\n\n[^2]: y\n\n    z",
        ),
        (f"<p>a{NOTE.format('elsewhere', 3)}", "a<sup>3</sup>"),
        (f"<div class=note id=n>all of it{NOTE.format('n', 1)}</div>", "[^1]: all of it[^1]"),
        (
            f"<p>a{NOTE.format('n', 1)}<aside role='doc-footnote' id=n>b{NOTE.format('m', 2)}</aside>"
            "<aside role='doc-footnote' id=m>c</aside>",
            "a[^1]\n\n[^1]: b[^2]\n\n[^2]: c",
        ),
    ],
)
def test_notes_stand_at_the_end_and_their_calls_are_no_digits(tmp_path: Path, body: str, markdown: str) -> None:
    assert html(tmp_path, body).markdown == markdown


def test_cells_span_rows_and_columns(tmp_path: Path) -> None:
    body = (
        "<table><thead><tr><th>A<th colspan=2>B</thead>"
        "<tr><td rowspan=2>tall<td>1<td>2<tr><td colspan=0>3<td rowspan=99>4</table>"
    )
    page = html(tmp_path, body, table_format="html")
    assert page.tables[0].content == (
        '<table><tr><th>A</th><th colspan="2">B</th></tr><tr><td rowspan="2">tall</td><td>1</td><td>2</td></tr>'
        "<tr><td>3</td><td>4</td></tr></table>"
    )


def test_cells_keep_their_marks_in_html(tmp_path: Path) -> None:
    inside = (
        "<p>a <b>b</b></p><p><a href='https://e.org/?a=1&amp;b'>c</a></p><pre>d &lt; e</pre>f<blockquote>g</blockquote>"
    )
    page = html(tmp_path, f"<table><tr><td>{inside}<td>x", table_format="html")
    assert page.tables[0].content == (
        '<table><tr><td>a <strong>b</strong><br><a href="https://e.org/?a=1&amp;b">c</a><pre>d &lt; e</pre>f'
        "<blockquote>g</blockquote></td><td>x</td></tr></table>"
    )
    assert page.hyperlinks == ("https://e.org/?a=1&b",)


def test_pictures_in_the_file_are_cut_out_and_others_are_not_fetched(tmp_path: Path) -> None:
    body = (
        f"<p>see <img src='{DATA_URI}' alt='a red box'> and <img src='http://127.0.0.1:9/x.png' alt='a blue one'></p>"
    )
    page = html(tmp_path, body, images=True)
    assert page.markdown == "see ![img-0.png](img-0.png) and a blue one"
    assert [image.image_base64 for image in page.images] == [DATA_URI]
    table = html(tmp_path, f"<table><tr><td>a<td><img src='{DATA_URI}'></table>", table_format="html")
    assert '<td><img src="img-0.png" alt=""></td>' in table.tables[0].content


@pytest.mark.parametrize("broken", ["iVBORw0KGgo", "iVBORö0KGgo=", "%%%"])
def test_a_picture_that_is_no_base64_does_not_cost_the_page(tmp_path: Path, broken: str) -> None:
    page = html(tmp_path, f"<p>before <img src='data:image/png;base64,{broken}' alt='a box'> after", images=True)
    assert page.markdown.startswith("before ")
    assert page.markdown.endswith(" after")


def test_pages_begin_where_styles_begin_them(tmp_path: Path) -> None:
    body = b"<p>one<p style='page-break-before: always'>two<div style='break-after:page'>still two</div>three"
    assert [page.markdown for page in pages_of(tmp_path, body, mime="text/html")] == [
        "one",
        "two\n\nstill two",
        "three",
    ]


@pytest.mark.parametrize(
    "data",
    [
        "<p>grüße".encode(),
        b"\xef\xbb\xbf<p>gr\xc3\xbc\xc3\x9fe",
        "<p>grüße".encode("utf-16"),
        "<meta charset=iso-8859-1><p>grüße".encode("latin-1"),
        "<?xml version='1.0' encoding='windows-1252'?><p>grüße".encode("cp1252"),
        "<p>grüße".encode("cp1252"),
        "<meta charset='no-such-thing'><p>grüße".encode(),
    ],
)
def test_letters_are_decoded_as_the_file_says(data: bytes) -> None:
    assert decoded(data).endswith("<p>grüße")


# --- EPUB -------------------------------------------------------------------------------------------------------


def chapter(body: str) -> str:
    # elements that XML ends with a slash go on for ever in HTML
    return (
        "<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'>"
        f"<head><title/><script src='x.js'/></head><body><a id='top'/>{body}</body></html>"
    )


def test_a_chapter_is_a_page_in_the_order_of_the_spine(tmp_path: Path) -> None:
    data = epub(
        {
            "z one.xhtml": chapter("<h1>Één</h1><p>first<br/>chapter <img src='../img/red%20box.png'/></p>"),
            "a.xhtml": chapter("<p>second, after <a href='z%20one.xhtml#top'>the first</a></p>"),
        },
        parts={"OEBPS/img/red box.png": PICTURE},
    )
    first, second = pages_of(tmp_path, data, images=True)
    assert first.markdown == "# Één\n\nfirst  \nchapter ![img-0.png](img-0.png)"
    assert [image.image_base64 for image in first.images] == [DATA_URI]
    assert second.markdown == "second, after the first"


def test_a_cover_inside_a_drawing_is_a_picture(tmp_path: Path) -> None:
    cover = "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='../cover.png'/></svg>"
    (page,) = pages_of(tmp_path, epub({"cover.xhtml": chapter(cover)}, parts={"OEBPS/cover.png": PICTURE}))
    assert page.markdown == "![img-0.png](img-0.png)"


def test_a_missing_chapter_costs_that_page(tmp_path: Path) -> None:
    data = epub({"a.xhtml": chapter("a")})
    assert pages_of(tmp_path, data)[0].markdown == "a"
    with pytest.raises(DocumentError, match="missing or damaged"):
        pages_of(tmp_path, data.replace(b"text/a.xhtml", b"text/b.xhtml"))


CIPHER = "<encryption xmlns='urn:x'><EncryptedData><CipherReference URI='{}'/></EncryptedData></encryption>"


def test_a_protected_book_says_so_and_protected_fonts_do_not_matter(tmp_path: Path) -> None:
    chapters = {"a.xhtml": chapter("a")}
    free = epub(chapters, parts={"META-INF/encryption.xml": CIPHER.format("OEBPS/font.otf")})
    assert pages_of(tmp_path, free)[0].markdown == "a"
    with pytest.raises(DocumentError, match="protected against copying"):
        pages_of(tmp_path, epub(chapters, parts={"META-INF/encryption.xml": CIPHER.format("OEBPS/text/a.xhtml")}))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (epub({}), "no chapters"),
        (epub({"a.xhtml": "a"}, package="<package"), "damaged"),
        (epub({"a.xhtml": "a"}, package="<package/>"), "no chapters"),
        (zipped({"META-INF/container.xml": "<container/>"}), "no package file"),
    ],
)
def test_a_damaged_book_says_so(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        pages_of(tmp_path, data)
