from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from ocr_async import ocr
from ocr_async.engine import layout
from ocr_async.engine.page import Box, Line, Sheet, Word
from ocr_async.engine.pdf.lines import lines as lines_of
from ocr_async.engine.pdf.paths.vectors import bulleted, drawings, rulings
from tests.documents import pdf, stream

from .told import bare, sheet_of


FONTS = (
    b"/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    b"/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>"
    b"/F3 << /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
)


def document(drawing: bytes, page: bytes = b"", *objects: bytes, resources: bytes = b"") -> bytes:
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R %b" % page
            + b"/Resources << /Font << %b >> %b >> >>" % (FONTS, resources),
            stream(drawing),
            *objects,
        ]
    )


def sheet(drawing: bytes, page: bytes = b"") -> Sheet:
    return sheet_of(document(drawing, page))


def show(text: str, x: float, y: float, *, font: str = "F1", size: float = 10) -> bytes:
    return f"BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n".encode("latin-1")


def only(found: Sheet) -> Line:
    (line,) = found.lines
    return line


def test_a_line_says_its_text_place_and_size() -> None:
    line = only(sheet(show("Hello there", 50, 200, size=12)))
    assert line.text == "Hello there"
    assert [word.text for word in line.words] == ["Hello", "there"]
    assert line.size == pytest.approx(12, rel=0.1)
    assert line.box.left == pytest.approx(50, abs=2)
    assert 300 - 200 - 14 < line.box.top < line.box.bottom < 300 - 200 + 5


def test_weight_and_width_come_from_the_font() -> None:
    found = sheet(show("strong", 50, 200, font="F2") + show("typed", 50, 150, font="F3") + show("plain", 50, 100))
    assert {line.text: (line.bold, line.mono) for line in found.lines} == {
        "strong": (True, False),
        "typed": (False, True),
        "plain": (False, False),
    }


def test_words_far_apart_are_lines_of_their_own() -> None:
    assert {line.text for line in sheet(show("left", 50, 200) + show("right", 200, 200)).lines} == {"left", "right"}


def test_words_drawn_one_by_one_are_one_line() -> None:
    assert only(sheet(show("one", 50, 200) + show("two", 69, 200) + show("three", 88, 200))).text == "one two three"


def test_a_word_in_two_pieces_is_one_word() -> None:
    assert only(sheet(show("H", 50, 200) + show("ello", 57.3, 200))).text == "Hello"


def test_text_printed_twice_for_a_bold_look_is_read_once() -> None:
    assert only(sheet(show("Shadow", 50, 200) + show("Shadow", 50.3, 200))).text == "Shadow"


def test_text_that_runs_up_the_page_has_its_angle() -> None:
    line = only(sheet(b"BT /F1 10 Tf 0 1 -1 0 100 100 Tm (upwards) Tj ET"))
    assert line.text == "upwards"
    assert abs(line.angle) == pytest.approx(90)


@pytest.mark.parametrize("lean", [0.2, 0.25, 0.3249])  # of cairo, a browser, an office program
def test_letters_that_lean_as_italics_stand_on_their_level_line(lean: float) -> None:
    leaning = f"BT /F1 12 Tf 1 0 {lean} 1 96 200 Tm (on duty, that day) Tj ET\n".encode()
    line = only(sheet(show("The pilot", 44, 200, size=12) + leaning))
    assert line.text == "The pilot on duty, that day"
    assert (line.angle, line.italic) == (0, True)
    (alone,) = sheet(b"BT /F1 12 Tf 2 0 %f 2 50 200 Tm (Tide) Tj ET" % (2 * lean)).lines
    assert alone.size == pytest.approx(24, abs=0.1)


@pytest.mark.parametrize("degrees", [-20.0, -5.0, 5.0, 15.0, 45.0, -90.0])
@pytest.mark.parametrize("text", ["upwards we go", "upwards and onwards"])
def test_a_line_that_is_turned_has_its_angle(degrees: float, text: str) -> None:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    line = only(sheet(b"BT /F1 10 Tf %f %f %f %f 100 150 Tm (%b) Tj ET" % (cosine, sine, -sine, cosine, text.encode())))
    assert line.text == text
    assert not line.italic
    assert line.angle == pytest.approx(degrees, abs=0.01)


def test_drawn_lines_and_thin_boxes_are_rulings() -> None:
    found = sheet(b"0.5 w 50 200 m 300 200 l S 50 100 0.6 80 re f " + show("text", 60, 150))
    shapes = sorted((round(each.box.width), round(each.box.height)) for each in found.rulings)
    assert [(round(wide, -1), round(high, -1)) for wide, high in shapes] == [(0, 80), (250, 0)]


def test_the_sides_of_a_ground_under_most_of_a_page_are_no_rulings() -> None:
    ground = b"0.99 g 30 30 340 240 re f 0 g "
    assert sheet(ground + show("text", 60, 150)).rulings == ()
    assert len(sheet(ground + b"0.9 g 50 100 200 40 re f 0 g " + show("text", 60, 120)).rulings) == 4
    boxed = b"0.5 w 30 30 340 240 re S "
    assert len(sheet(boxed + show("text", 60, 150)).rulings) == 4


def rounded(left: float, right: float, bottom: float, top: float, paint: str = "f", bow: float = 20) -> bytes:
    """A rectangle with round corners; *paint* fills or strokes it."""
    return (
        f"{left + bow} {bottom} m {right - bow} {bottom} l {right} {bottom} {right} {bottom} {right} {bottom + bow} c "
        f"{right} {top - bow} l {right} {top} {right} {top} {right - bow} {top} c {left + bow} {top} l "
        f"{left} {top} {left} {top} {left} {top - bow} c {left} {bottom + bow} l "
        f"{left} {bottom} {left} {bottom} {left + bow} {bottom} c {paint} "
    ).encode()


def test_grounds_with_round_corners_are_panels_where_lines_stand_on_them() -> None:
    ground = rounded(40, 140, 100, 180)
    (box,) = sheet(ground + show("one", 60, 150) + show("two", 60, 130)).panels
    assert [round(side) for side in (box.left, box.right, box.height)] == [40, 140, 80]
    assert sheet(ground + show("one", 60, 150)).panels == ()
    assert sheet(ground + show("one", 60, 150) + show("beside", 160, 130)).panels == ()
    for scaled, count in ((b"2.7 0 0 2.4 -60 -150", 1), (b"3.2 0 0 2.6 -100 -200", 0)):  # the page's own ground
        large = b"q %b cm %b Q " % (scaled, ground)
        assert len(sheet(large + show("one", 60, 150) + show("two", 60, 130)).panels) == count


CARDS = [
    (20 + 125 * column, 120 + 125 * column, 190 - 90 * row, 260 - 90 * row) for row in (0, 1) for column in range(3)
]


@pytest.mark.parametrize("paint", ["f", "S"])
@pytest.mark.parametrize("count", [1, 2])
def test_text_on_round_cards_is_no_lettering_of_a_drawing(paint: str, count: int) -> None:
    text = b"".join(show(f"running text of the page, line {row}", 20, 60 - 12 * row) for row in range(5))
    for number, (left, right, bottom, top) in enumerate(CARDS):
        text += b"0.9 g " + rounded(left, right, bottom, top, paint, bow=9) + b"0 g "
        text += b"".join(
            show(f"{'sum' if row else 'name'}{number}", left + 20, top - 25 - 14 * row) for row in range(count)
        )
        if count > 1:
            text += rounded(left + 60, left + 90, bottom + 10, bottom + 40, bow=14)  # a picture of somebody
    found = layout.read(sheet(text))
    said = " ".join(region.text for region in found if region.type != "image")
    assert {f"name{number}" for number in range(6)} <= set(said.split())
    assert count == 1 or "sum5" in said
    assert not [region for region in found if region.type == "image"]


def test_round_boxes_that_strokes_join_are_a_drawing() -> None:
    text = b"".join(show(f"running text of the page, line {row}", 20, 60 - 12 * row) for row in range(5))
    for number, (left, right, bottom, top) in enumerate(CARDS):
        text += rounded(left, right, bottom, top, "S", bow=9) + show(f"step {number}", left + 20, top - 35)
        if number % 3:
            text += b"%d %d m %d %d l S " % (left - 25, bottom + 35, left, bottom + 35)
    assert [region.type for region in layout.read(sheet(text))] == ["image", "text"]


def test_a_curve_through_its_legend_is_no_frame_around_it() -> None:
    curve = b"60 60 m 120 300 200 20 340 220 c S "
    assert sheet(curve + show("fitted", 260, 110) + show("measured", 260, 96)).panels == ()


def test_a_link_is_found() -> None:
    action = b"/A << /S /URI /URI (https://example.org/) >>"
    note = b"/Annots [<< /Type /Annot /Subtype /Link /Rect [50 195 120 210] %b >>] " % action
    found = sheet(show("a link", 50, 200), note)
    assert [link.url for link in found.links] == ["https://example.org/"]


def test_a_ruled_table_is_read_from_its_drawing() -> None:
    drawing = b"0.5 w "
    for y in (200, 180, 160):
        drawing += b"50 %d m 250 %d l S " % (y, y)
    for x in (50, 150, 250):
        drawing += b"%d 200 m %d 160 l S " % (x, x)
    for text, x, y in (("name", 55, 185), ("price", 155, 185), ("ink", 55, 165), ("4.50", 155, 165)):
        drawing += show(text, x, y)
    (region,) = layout.read(sheet(drawing))
    assert [(cell.text, cell.row, cell.column) for cell in region.cells] == [
        ("name", 0, 0),
        ("price", 0, 1),
        ("ink", 1, 0),
        ("4.50", 1, 1),
    ]


def test_pieces_of_one_ruling_are_put_together() -> None:
    pieces = [(50.0, 100.0, 90.0, 100.0, 0.5), (90.5, 100.0, 150.0, 100.2, 0.5), (200.0, 100.0, 260.0, 100.0, 0.5)]
    assert [(box[0], box[2]) for box in rulings(pieces, [])] == [(50.0, 150.0), (200.0, 260.0)]


def test_a_slanted_stroke_rules_nothing() -> None:
    assert rulings([(50.0, 100.0, 90.0, 140.0, 0.5)], []) == []


def curve(left: float, top: float) -> list[tuple[float, float, float, float, float]]:
    return [(left + 10 * step, top + 3 * step, left + 10 * step + 10, top + 3 * step + 3, 0.5) for step in range(12)]


def test_slanted_strokes_together_are_a_drawing() -> None:
    (box,) = drawings(curve(50, 100), [], [], 400, 300)
    assert (round(box.left), round(box.top), round(box.right), round(box.bottom)) == (50, 100, 170, 136)


def test_the_rules_of_a_table_are_no_drawing() -> None:
    level = [(50.0, y, 250.0, y, 0.5) for y in (100.0, 120.0, 140.0)]
    assert drawings(level, [], [], 400, 300) == []


def test_ornaments_under_text_are_no_drawing() -> None:
    assert drawings(curve(50, 100), [], [Box(50, 100, 170, 130)], 400, 300) == []


def test_rounded_grounds_of_names_are_no_drawing() -> None:
    lines = [Box(50, 100 + 14 * number, 350, 110 + 14 * number) for number in range(5)]
    grounds = [(120.0, 98.0 + 14 * number, 180.0, 112.0 + 14 * number, True) for number in range(5)]
    assert drawings([], grounds, lines, 400, 300) == []
    assert drawings([], grounds, [], 400, 300) != []


def test_a_headings_number_on_a_disc_is_no_part_of_the_drawing_below() -> None:
    disc, heading = (50.0, 78.0, 66.0, 94.0, True), Box(54, 80, 300, 92)
    (box,) = drawings(curve(50, 100), [disc], [heading], 400, 300)
    assert box.top == 100.0


class Item:
    """What the parser says of a run of text: a formula is in its text, as LaTeX, and not among its words."""

    x, y, width, height, font_height, font_weight = 50, 100, 200, 10, 10, 400
    font_name, rotation, fill_color = "CMR10", 0, "ff000000"
    mcid: int | None = None

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self.text = text
        self.words = [
            SimpleNamespace(text=word.text, x=word.box.left, y=100, width=word.box.width, height=10) for word in words
        ]


def test_words_that_cannot_be_seen_end_no_page() -> None:
    """A run of control characters has no words to tell the marked content of; other runs of its line ask for it."""
    runs = [("\x01", 50), ("\x02", 58), ("seen", 73), ("\x03 \x04", 98), ("too", 106)]
    items = []
    for text, left in runs:
        item = Item(text, [Word(word, Box(left, 100, left + 6, 110)) for word in text.split()])
        item.x, item.width, item.mcid = left, 8, left
        items.append(item)
    assert [line.text for line in lines_of(items, bare())] == ["seen", "too"]


def test_formulas_stay_in_the_text() -> None:
    words = [
        Word(text, Box(x, 100, end, 110)) for text, x, end in (("Let", 50, 65), ("be", 120, 130), ("of", 133, 140))
    ]
    (line,) = lines_of([Item("Let $x_{i}\\in A$ be of $y^{2}$", words)], bare())
    assert line.text == "Let $x_{i}\\in A$ be of $y^{2}$"
    assert [(word.text, word.box.left, word.box.right) for word in line.words][1:2] == [("$x_{i}\\in A$", 65, 120)]
    assert line.words[-1].box == Box(140, 100, 250, 110)


def test_a_formula_of_its_own_is_a_line() -> None:
    (line,) = lines_of([Item("$d=\\int e^{-t}dt$", ())], bare())
    assert (line.text, line.box) == ("$d=\\int e^{-t}dt$", Box(50, 100, 250, 110))


@pytest.mark.parametrize(
    ("font", "bold", "mono"),
    [
        ("CMR10", False, False),
        ("CMBX12", True, False),
        ("SFBX1095", True, False),
        ("SFSX1095", True, False),
        ("ECBI1000", True, False),
        ("NimbusMonL-Regu", False, True),
        ("CMTT9", False, True),
        ("SFTT0900", False, True),
        ("NimbusRomNo9L-Medi", True, False),
    ],
)
def test_a_font_says_in_its_name_what_it_looks_like(font: str, bold: bool, mono: bool) -> None:
    item = Item("one two", [Word("one", Box(50, 100, 65, 110)), Word("two", Box(68, 100, 83, 110))])
    item.font_name = font
    (line,) = lines_of([item], bare())
    assert (line.bold, line.mono) == (bold, mono)


@pytest.mark.parametrize(("second", "found"), [(1, ["one two"]), (2, ["one", "two"])])
def test_cells_of_a_tagged_table_stay_apart_however_close(second: int, found: list[str]) -> None:
    one, two = (Item(text, [Word(text, Box(x, 100, x + 15, 110))]) for text, x in (("one", 50), ("two", 72)))
    two.x, one.width, two.width = 72, 15, 15
    one.mcid, two.mcid = 1, second
    assert [line.text for line in lines_of([one, two], bare())] == found


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((38.0, 103.0, 42.0, 107.0, True), "• one two"),
        ((38.0, 104.0, 40.2, 106.2, True), "• one two"),  # by Chromium, beside letters of low ascent
        ((38.0, 90.0, 42.0, 94.0, True), "one two"),
        ((36.0, 101.0, 45.0, 110.0, False), "one two"),
        ((38.0, 102.0, 44.3, 108.3, True), "• one two"),
        ((38.0, 102.0, 44.3, 108.3, False), "one two"),
        ((10.0, 103.0, 14.0, 107.0, True), "one two"),
    ],
)
def test_a_small_disc_before_a_line_is_its_bullet(shape: tuple[float, float, float, float, bool], text: str) -> None:
    (line,) = bulleted([Line("one two", Box(50, 100, 85, 110), size=10.0)], [shape])
    assert line.text == text


def test_a_ball_of_colours_that_run_into_each_other_is_a_bullet(tmp_path: Path) -> None:
    """As Beamer draws it, in a form of its own."""
    colours = b"<< /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [0 0 .5] /N 1 >>"
    shading = b"<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords [2 3 0 2.5 2.5 2.5] /Function %b >>" % colours
    ball = b"/Type /XObject /Subtype /Form /BBox [0 0 5 5] /Resources << /Shading << /Sh %b >> >>" % shading
    drawing = show("one two", 50, 200) + b"q 1 0 0 1 40 201 cm /Ball Do Q"
    path = tmp_path / "slide.pdf"
    path.write_bytes(document(drawing, b"", stream(b"/Sh sh", ball), resources=b"/XObject << /Ball 5 0 R >>"))
    assert ocr(path, model="local/text").markdown == "- one two"


@pytest.mark.parametrize(("right", "text"), [(48.0, "one two"), (300.0, "• one two")])
def test_a_disc_on_what_is_drawn_beside_a_line_is_no_bullet_but_one_on_the_ground_of_both_is(
    right: float, text: str
) -> None:
    shapes = [(38.0, 103.0, 42.0, 107.0, True), (30.0, 80.0, right, 140.0, False)]
    (line,) = bulleted([Line("one two", Box(50, 100, 85, 110), size=10.0)], shapes)
    assert line.text == text
