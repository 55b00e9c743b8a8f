"""What an outline names on the page to which it leads is a heading there; an outline of other things does no harm."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Sheet
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.engine.whole_document import Bookmark, TypeSizes
from ocr_async.models import FileOnDisk, OCRPage

from ...documents import PARAGRAPHS, pdf, stream
from ..layout.sheets import SENTENCE, column, line
from .test_type_sizes import headings, saved


Entry = tuple[int, str, int, int | None]  # depth, title, page, how far above its foot

BODY = list(PARAGRAPHS[:6])
PAGES = [
    ["Harbours", *BODY, "Tides", *BODY],
    [*BODY, "Walls of stone and", "of timber", *BODY, "Ships", *BODY],
]
ENTRIES: list[Entry] = [
    (0, "1 Harbours", 0, 730),
    (1, "1.1 Tides", 0, None),
    (1, "1.2 Walls of stone and of timber", 1, 640),
    (0, "2 Ships", 1, None),
]


def plain(pages: Sequence[Sequence[str]], outline: bytes = b"", more: Sequence[bytes] = ()) -> bytes:
    """Return a PDF whose lines are all set alike; the objects of its outline, *more*, are numbered from 10 on."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R %b >>" % outline, b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for lines in pages:
        rows = (b"1 0 0 1 72 %d Tm (%b) Tj" % (740 - 14 * y, text.encode("latin-1")) for y, text in enumerate(lines))
        objects.append(stream(b"BT /F1 10 Tf\n%b ET" % b"\n".join(rows)))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    objects += [b"null"] * (9 - len(objects))
    return pdf([*objects, *more])


def with_outline(pages: Sequence[Sequence[str]], entries: Sequence[Entry]) -> bytes:
    """Return a PDF of *pages* with an outline of *entries* in their order."""
    numbers = range(11, 11 + len(entries))
    objects = [b"<< /Type /Outlines /First 11 0 R /Last 11 0 R >>"]
    for index, (depth, title, page, top) in enumerate(entries):
        following = next((at for at in range(index + 1, len(entries)) if entries[at][0] <= depth), None)
        place = b"/XYZ 72 %d 0" % top if top is not None else b"/Fit"
        links = b"/Dest [%d 0 R %b] /Parent 10 0 R" % (5 + 2 * page, place)
        if following is not None and entries[following][0] == depth:
            links += b" /Next %d 0 R" % numbers[following]
        if index + 1 < len(entries) and entries[index + 1][0] > depth:
            links += b" /First %d 0 R /Last %d 0 R" % (numbers[index + 1], numbers[index + 1])
        objects.append(b"<< /Title (%b) %b >>" % (title.encode("latin-1"), links))
    return plain(pages, b"/Outlines 10 0 R", objects)


def test_lines_that_an_outline_names_are_headings_of_its_levels(tmp_path: Path) -> None:
    document = saved(tmp_path, with_outline(PAGES, ENTRIES))
    every = ["## Harbours", "### Tides", "### Walls of stone and of timber", "## Ships"]
    assert headings(document, None) == every
    assert headings(document, [0]) == every[:2]
    assert headings(saved(tmp_path, plain(PAGES)), None) == []


@pytest.mark.parametrize(
    "entries",
    [
        [(0, "Page 1", 0, None), (0, "Page 2", 1, None)],
        [(0, "harbours.docx", 0, None)],
        [(depth, title, 1 - page, top) for depth, title, page, top in ENTRIES],
        [(0, text, page, None) for page, lines in enumerate(PAGES) for text in lines],
    ],
    ids=["pages", "a file", "wrong pages", "all lines"],
)
def test_an_outline_of_other_things_changes_nothing(tmp_path: Path, entries: list[Entry]) -> None:
    assert headings(saved(tmp_path, with_outline([["Page 1", *PAGES[0]], PAGES[1]], entries)), None) == []


@pytest.mark.parametrize(
    "outline",
    [
        b"<< /Title (A) /Dest [5 0 R /Fit] /Next 11 0 R /First 11 0 R >>",
        b"<< /Title (A) /Dest [5 0 R /Fit] /Next 12 0 R >>",
        b"<< /Title (A) /Dest [99 0 R /Nonsense 1 2] /Next 500 0 R >>",
        b"<< /Title 7 /A << /S /URI /URI (x) >> /First 10 0 R >>",
        b"[1 2 3]",
    ],
    ids=["its own part", "a circle", "nowhere", "back to the root", "no entry"],
)
def test_a_broken_outline_ends(tmp_path: Path, outline: bytes) -> None:
    back = b"<< /Title (B) /Dest [5 0 R /Fit] /Next 11 0 R >>"
    content = plain(PAGES, b"/Outlines 10 0 R", [b"<< /First 11 0 R /Last 11 0 R >>", outline, back])
    document = saved(tmp_path, content)
    assert headings(document, None) == []
    (page,) = (answer for _, answer in read(document, [1], "text", PageOptions()))
    assert isinstance(page, OCRPage)
    assert "Ships" in page.markdown


def test_a_bottomless_outline_ends(tmp_path: Path) -> None:
    deep = (b"<< /Title (A) /Dest [5 0 R /Fit] /First %d 0 R >>" % (12 + number) for number in range(60_000))
    content = plain(PAGES, b"/Outlines 10 0 R", [b"<< /First 11 0 R >>", *deep])
    assert headings(saved(tmp_path, content), None) == []


def test_an_endless_outline_is_read_for_a_while(tmp_path: Path) -> None:
    endless: list[Entry] = [(number % 40, f"Entry {number}", 0, None) for number in range(20_000)]
    path = tmp_path / "endless.pdf"
    path.write_bytes(with_outline(PAGES, endless))
    document = Pdf(FileOnDisk(path=path))
    begun = time.process_time()
    assert len(document.bookmarks(0)) <= 5000
    assert time.process_time() - begun < 5  # it takes .3 s and the entry that it is at


def titles(lines: list[Line], *marks: Bookmark) -> list[tuple[str, int | None]]:
    sheet = Sheet(612, 792, lines=tuple(lines))
    (believed,) = layout.believed([(sheet, marks)], TypeSizes(10.0, (14.0,)))
    found = layout.read(Sheet(612, 792, lines=tuple(lines), outline=believed))
    return [(region.text, region.level) for region in found if region.type == "title"]


def test_what_a_list_of_contents_says_is_none_of_the_headings_that_it_names() -> None:
    contents = [line("Tides", 50, 100), line("12", 500, 100), line("Walls", 50, 114), line("13", 500, 114)]
    text = column([SENTENCE] * 3, 50, 300)
    there = [*contents, line("Tides", 50, 280), *text]
    assert titles(there, Bookmark("Tides", 0, 100.0)) == [("Tides", 2)]


def test_the_line_that_is_nearest_to_where_an_entry_leads_is_the_heading() -> None:
    text = column([SENTENCE] * 3, 50, 300)
    there = [line("Tides", 50, 100), *column([SENTENCE] * 2, 50, 114), line("Tides", 50, 280), *text]
    found = layout.read(Sheet(612, 792, lines=tuple(there), outline=(Bookmark("Tides", 2, 276.0),)))
    assert [region.type for region in found][-2:] == ["title", "text"]
    assert sum(region.type == "title" for region in found) == 1


def test_a_heading_whose_number_stands_apart_is_whole() -> None:
    there = [line("1.2", 50, 100), line("Tides", 85, 100), *column([SENTENCE] * 3, 50, 120)]
    assert titles(there, Bookmark("1.2 Tides", 1, 98.0)) == [("1.2 Tides", 3)]


@pytest.mark.parametrize("number", ["1", "1.2", "A.1", "IV.", "Chapter 3"])
def test_a_number_that_the_outline_leaves_out_is_of_its_heading(number: str) -> None:
    left = 85 - 5.0 * len(number)
    there = [line(number, left, 100, bold=True), line("Tides", 100, 100, bold=True), *column([SENTENCE] * 3, 50, 120)]
    assert [title for title, _ in titles(there, Bookmark("Tides", 1, 98.0))] == [f"{number} Tides"]


@pytest.mark.parametrize(
    "other",
    [
        line("17", 72, 100, size=6.0, bold=True),  # of a line
        line("17", 40, 100, bold=True),  # far off
        line("17", 72, 100),  # of the text
        line("Tide", 70, 100, bold=True),
        line("17", 72, 88, bold=True),  # above
    ],
)
def test_what_else_stands_before_a_heading_is_none_of_it(other: Line) -> None:
    there = [other, line("Tides", 100, 100, bold=True), *column([SENTENCE] * 3, 50, 120)]
    assert [title for title, _ in titles(there, Bookmark("Tides", 1, 98.0))][-1] == "Tides"


def test_captions_that_an_outline_names_stay_captions() -> None:
    there = [line("Table 3 Heights of the tide", 50, 100), *column([SENTENCE] * 3, 50, 120)]
    assert titles(there, Bookmark("Table 3 Heights of the tide", 1, 98.0)) == []
