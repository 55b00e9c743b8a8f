"""RTF as WordPad, Word and LibreOffice show it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_async import ocr
from ocr_async.errors import DocumentError
from ocr_async.models import Bytes

from ...documents import png
from .reading import pages_of


HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}{\f1\froman\fcharset2 Symbol;}"
    r"{\f2\fcharset204 Arial Cyr;}{\f3\fcharset2 Wingdings;}}"
    r"{\stylesheet{\s0 Normal;}{\s5\sbasedon0\snext0 heading 2;}}{\info{\title Unseen}}"
)


def read(folder: Path, body: str, **wanted: Any) -> list[str]:
    return [page.markdown for page in pages_of(folder, (HEAD + body + "}").encode("latin-1"), **wanted)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"{\b Gr\'f6\'dfe}\par two", "**Größe**\n\ntwo"),
        (r"\pard\outlinelevel0{\i\b Title}\par\pard\s5 Part\par\pard\outlinelevel9 text\par",
         "# Title\n\n## Part\n\ntext"),
        (r"a\b b\b0\i c\i0\strike d\strike0 {\super 2}e{\sub 3}\caps f", "a**b***c*~~d~~<sup>2</sup>e<sub>3</sub>F"),
        (r"one\line two\tab\emdash\lquote x\rquote", "one  \ntwo —‘x’"),
        (r"Old {\deleted gone}{\revised new}{\v secret}{\v0  seen}", "Old new seen"),
        (r"a{\super\chftn}{\*\footnote\chftn  {\b Why}.} b{\footnote Two}.",
         "a[^1] b[^2].\n\n[^1]: **Why**.\n\n[^2]: Two"),
        (r"a{\pict\bin3 }}}}b", "ab"),
        (r"\u-3913?\~soft\-ly so \u-10179?\u-8704? \u-10179? it", "•\xa0softly so 😀 \ufffd it"),
        (r"{\uc2\u8364\'80\'80 5} {\uc0\u8364 6}", "€ 5 €6"),
        (r"{\f2 \'cf\'f0\'e8} {\f1 a\'b7}", "При α•"),
        (r'{\field{\*\fldinst{HYPERLINK "https://x.org/"}}{\fldrslt{\ul here}}} {\field{\*\fldinst PAGE}{\fldrslt 3}}',
         "[here](https://x.org/) 3"),
        (r"a {\b cut{", "a **cut**"),
        (r"a{\*\unknown b{\b c}}{\nonshppict d}{\*\bkmkstart e}f", "af"),
        (r"a{\shp{\*\shpinst{\sp{\sn n}{\sv v}}{\shptxt Box\par}}}b", "Box\n\nab"),
    ],
)  # fmt: skip
def test_text_is_what_is_seen(tmp_path: Path, body: str, said: str) -> None:
    assert read(tmp_path, body) == [said]


def test_lists_have_the_labels_that_are_written_before_their_items(tmp_path: Path) -> None:
    def item(label: str, text: str, level: int) -> str:
        return rf"{{\listtext {label}\tab}}\ilvl{level} {text}\par"

    bodies = (
        item("1.", "one", 0) + item("(a)", "deep", 1) + item(r"\bullet", "deeper", 2) + item("2.", "two", 0),
        r"\pard\li360\fi-360 1.\tab one\par\pard\li720\fi-360 (a)\tab deep\par"
        r"\pard\li1080\fi-360\bullet\tab deeper\par\pard\li360\fi-360 2.\tab two\par",
    )
    assert read(tmp_path, item(r"\f3\'d8", "bullet", 0)) == ["- bullet"]
    heading = r"\pard\outlinelevel1{\listtext\pard\plain 1.1\tab}Part\par"
    assert read(tmp_path, heading) == ["## 1.1 Part"]
    for body in bodies:
        assert read(tmp_path, body) == ["1. one\n   - (a) deep\n     - deeper\n2. two"]


def test_cells_stand_in_their_columns_with_their_spans(tmp_path: Path) -> None:
    body = (
        r"Before\par\trowd\trhdr\cellx1000\cellx2000\clvmgf\cellx3000\pard\intbl A\cell B\cell C\par D\cell\row"
        r"\trowd\cellx1990\clvmrg\cellx3000{\pard\intbl wide\cell\cell}\row"
        r"\trowd\trleft1000\clmgf\cellx2000\clmrg\cellx3000\pard\intbl x\cell\cell\row\pard After\par"
    )
    (markdown,) = read(tmp_path, body, table_format=None, form="html")
    assert markdown == (
        '<p>Before</p>\n<table><tr><th>A</th><th>B</th><th rowspan="2">C<br>D</th></tr>'
        '<tr><td colspan="2">wide</td></tr><tr><td></td><td colspan="2">x</td></tr></table>\n<p>After</p>\n'
    )


def test_cells_merged_both_ways_are_one_with_those_beside_and_above_them(tmp_path: Path) -> None:
    body = (
        r"\trowd\clvmgf\clmgf\cellx1000\clvmrg\clmrg\cellx2000\cellx3000\pard\intbl A\cell\cell B\cell\row"
        r"\trowd\clvmrg\cellx1000\clmrg\cellx2000\cellx3000\pard\intbl\cell more\cell C\cell\row"
    )
    (markdown,) = read(tmp_path, body, table_format=None, form="html")
    assert markdown == (
        '<table><tr><td rowspan="2" colspan="2">A<br>more</td><td>B</td></tr><tr><td>C</td></tr></table>'
    )


def test_rows_without_places_are_rows(tmp_path: Path) -> None:
    (markdown,) = read(tmp_path, r"\intbl a\cell b\cell\row\intbl c\cell\row\intbl cut\cell")
    assert markdown == "| a | b |\n| --- | --- |\n| c |  |\n| cut |  |"


def test_pages_begin_where_the_author_began_them_with_their_heads_and_notes(tmp_path: Path) -> None:
    body = (
        r"{\header Head {\field{\fldrslt 1}}\par}one{\footnote N}\page two\sect\sectd\sbknone{\header Other} still two"
        r"\sect\sectd{\footer Foot} three\par\pard\pagebb{\listtext 4.\tab}four"
    )
    pages = pages_of(tmp_path, (HEAD + body + "}").encode(), running_heads=False)
    assert [(page.markdown, page.header, page.footer) for page in pages] == [
        ("one[^1]\n\n[^1]: N", "Head 1", None),
        ("two\n\nstill two", "Other", None),
        ("three", "Other", "Foot"),
        ("4. four", "Other", "Foot"),
    ]


def test_boxes_and_notes_are_of_the_page_that_they_begin(tmp_path: Path) -> None:
    box = r"{\shp{\*\shpinst{\shptxt Box\par}}}"
    assert read(tmp_path, rf"one\page {box}two\page{{\footnote N}}three") == [
        "one", "Box\n\ntwo", "[^1]three\n\n[^1]: N"
    ]  # fmt: skip


def test_what_an_embedded_object_shows_is_read(tmp_path: Path) -> None:
    body = r"a {\object\objemb{\*\objclass Excel.Sheet}{\*\objdata 0105}{\result{\rtlch b}}} c"
    assert read(tmp_path, body) == ["a b c"]


def test_lines_and_bytes_of_what_nobody_sees_part_no_paragraph(tmp_path: Path) -> None:
    assert read(tmp_path, "a{\\*\\other x\\\ny\\bin2 zz} b\\bin2 {} c") == ["a b c"]


def test_pictures_are_cut_out(tmp_path: Path) -> None:
    image = png(Image.new("RGB", (30, 20), (200, 30, 30)))
    hexed = "\n".join(image.hex()[at : at + 64] for at in range(0, 2 * len(image), 64))
    body = rf"a{{\*\shppict{{\pict{{\*\picprop x}}\pngblip\picw30 {hexed}}}}}{{\nonshppict{{\pict\wmetafile8 00}}}}b"
    raw = (HEAD + body + rf"\par{{\pict\pngblip\bin{len(image)} ").encode("latin-1") + image + rb"}{\pict 0g}c}"
    (page,) = pages_of(tmp_path, raw, images=True)
    assert page.markdown == "a![img-0.png](img-0.png)b\n\n![img-1.png](img-1.png)c"
    assert [base64.b64decode((each.image_base64 or "").split(",")[1]) for each in page.images] == [image, image]


@pytest.mark.parametrize(
    "rest",
    [
        b"{" * 5000,
        b"\\u99999 \\'zz}",
        b"\\bin99999 x",
        b"\\ansicpg99999 \\'e4}",
        b'{\\fldinst HYPERLINK "http://a/\\u-10179?"}b',
        b"{\\fonttbl{\\f9}}\\f9\\'e4}",
    ],
)
def test_damaged_files_are_read_as_far_as_they_go(rest: bytes) -> None:
    response = ocr(Bytes(data=b"{\\rtf1 text" + rest, name="a.rtf"), model="local")
    assert response.markdown.startswith("text")


def test_endless_files_are_refused(tmp_path: Path) -> None:
    endless = rb"\par" * 99_990 + rb"\qc" * 200  # a paragraph counts as twenty words
    with pytest.raises(DocumentError, match="more than 2,000,000 words"):
        pages_of(tmp_path, rb"{\rtf1 " + endless)
