"""The structure tree of a page: what belongs to it of elements that go on from page to page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ocr_async import ocr
from ocr_async.engine.page import Tag
from ocr_async.engine.pdf.structure import of_this_page
from tests.documents import pdf, stream


HEAD, BEFORE = "Pilots", "The tide table is kept by the harbour office."
BEGUN, ENDED = "The pilot boat leaves the harbour", "when the fog has cleared, and not before."
OTHER, AFTER = "Tugs", "A tug is asked for by the pilot alone."


def tagged() -> bytes:
    """Return two pages of a heading and paragraphs that only the tags part, one of them on both pages."""

    def page(*lines: str) -> bytes:
        shown = (
            f"/P <</MCID {mark}>> BDC BT /F1 12 Tf 72 {700 - 14 * mark} Td ({text}) Tj ET EMC"
            for mark, text in enumerate(lines)
        )
        return stream("\n".join(shown).encode())

    def leaf(kids: str, page: int, role: str = "P") -> bytes:
        return f"<< /Type /StructElem /S /{role} /P 6 0 R /Pg {page} 0 R /K [{kids}] >>".encode()

    resources = b"/MediaBox [0 0 612 792] /Resources << /Font << /F1 14 0 R >> >>"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 5 0 R >>",
            b"<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /StructParents 0 /Contents 12 0 R %b >>" % resources,
            b"<< /Type /Page /Parent 2 0 R /StructParents 1 /Contents 13 0 R %b >>" % resources,
            b"<< /Type /StructTreeRoot /K 6 0 R /ParentTree"
            b" << /Nums [0 [7 0 R 8 0 R 9 0 R] 1 [9 0 R 10 0 R 11 0 R]] >> /ParentTreeNextKey 2 >>",
            b"<< /Type /StructElem /S /Document /P 5 0 R /K [7 0 R 8 0 R 9 0 R 10 0 R 11 0 R] >>",
            leaf("0", 3, "H1"),
            leaf("1", 3),
            leaf("2 << /Type /MCR /Pg 4 0 R /MCID 0 >>", 3),
            leaf("1", 4, "H1"),
            leaf("2", 4),
            page(HEAD, BEFORE, BEGUN),
            page(ENDED, OTHER, AFTER),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def test_a_tagged_paragraph_on_two_pages_has_on_each_what_stands_there() -> None:
    one, two = (page.markdown for page in ocr(tagged(), model="local/text").pages)
    assert one.split("\n\n") == [f"# {HEAD}", BEFORE, BEGUN]
    assert two.split("\n\n") == [ENDED, f"# {OTHER}", AFTER]


def table(rows: Sequence[Sequence[str]], gap: float) -> bytes:
    """Return a page with a tagged table of *rows*, whose columns are set to the left and stand *gap* points apart."""
    marks = iter(range(100))
    widest = [max(7.2 * len(row[column]) for row in rows) for column in range(len(rows[0]))]
    shown: list[bytes] = []
    elements: list[bytes] = []
    row_numbers: list[int] = []
    for number, row in enumerate(rows):
        x, kids, own = 72.0, [], 8 + len(elements) + len(row)
        for text, wide in zip(row, widest, strict=True):
            mark = next(marks)
            shown.append(
                f"/TD <</MCID {mark}>> BDC BT /F1 12 Tf {x} {700 - 18 * number} Td ({text}) Tj ET EMC".encode()
            )
            kids.append(8 + len(elements))
            elements.append(b"<< /Type /StructElem /S /TD /P %d 0 R /Pg 3 0 R /K [%d] >>" % (own, mark))
            x += wide + gap
        row_numbers.append(own)
        elements.append(b"<< /Type /StructElem /S /TR /P 7 0 R /K [%b] >>" % b" ".join(b"%d 0 R" % kid for kid in kids))
    cells = b" ".join(b"%d 0 R" % number for number in range(8, 8 + len(elements)) if number not in row_numbers)
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 5 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /StructParents 0 /Contents 4 0 R /MediaBox [0 0 612 792] "
            b"/Resources << /Font << /F1 6 0 R >> >> >>",
            stream(b"\n".join(shown)),
            b"<< /Type /StructTreeRoot /K 7 0 R /ParentTree << /Nums [0 [%b]] >> /ParentTreeNextKey 1 >>" % cells,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
            b"<< /Type /StructElem /S /Table /P 5 0 R /K [%b] >>"
            % b" ".join(b"%d 0 R" % number for number in row_numbers),
            *elements,
        ]
    )


@pytest.mark.parametrize("gap", [0.2, 2.5, 3.5, 4.5, 5.9, 6.5])
@pytest.mark.parametrize(
    "rows",
    [
        [("Year", "Value"), ("2024", "17.5"), ("2025", "18"), ("2026", "19")],
        [("Port", "Pilots", "Tugs"), ("North", "12", "4"), ("East quay", "7", "11"), ("West", "103", "5")],
    ],
)
def test_cells_that_stand_as_near_as_words_are_as_their_tags_say(rows: list[tuple[str, ...]], gap: float) -> None:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    expected = [head, "|" + " --- |" * len(rows[0]), *body]
    assert ocr(table(rows, gap), model="local/text").pages[0].markdown.splitlines() == expected


def leaves(*marks: tuple[int, ...]) -> tuple[Tag, ...]:
    return (Tag("Document", children=tuple(Tag("P", marks=each) for each in marks)),)


def test_what_comes_from_the_page_before_and_what_goes_on_leave_the_others_their_marks() -> None:
    crowded = ((*range(20, 40), 0, 1), (2, 3), (4, *range(5, 30)), (30, 31, 0, 1, 2))
    assert of_this_page(leaves(*crowded)) == leaves((0, 1), crowded[1], crowded[2], (30, 31))


def test_a_cell_within_a_row_that_goes_on_is_told_too() -> None:
    def row(*marks: tuple[int, ...]) -> Tag:
        return Tag("Table", children=(Tag("TR", children=tuple(Tag("TD", marks=each) for each in marks)),))

    after = Tag("P", marks=(2, 3, 4, 5, 6, 7, 8, 9))
    assert of_this_page((row((7, 0), (8, 9, 1)), after)) == (row((0,), (1,)), after)


def test_marks_that_nobody_else_has_stay_in_the_order_of_their_author() -> None:
    roots = leaves((3, 1), (0, 2), (5, 4))
    assert of_this_page(roots) == roots
