"""The parser's tasks, done in this process: what kinds of document are read, and which way each page goes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from attrs import evolve
from PIL import Image

from ocr_async.engine import reading
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.reading import count, cut, raster, sizes
from ocr_async.engine.values import GARBLED, PageOptions, Raster, UncertainPage
from ocr_async.errors import DocumentError, PasswordRequired
from ocr_async.models import FileOnDisk, OCRPage
from tests.offices import docx

from ..documents import PARAGRAPHS, drawn_page, image_pdf, pdf, png, stream, text_pdf


def on_disk(folder: Path, data: bytes, name: str = "document", password: str | None = None) -> FileOnDisk:
    path = folder / name
    path.write_bytes(data)
    return FileOnDisk(path=path, size=len(data), password=password)


def read(document: FileOnDisk, pages: Any = None, **facts: Any) -> list[tuple[int, Any]]:
    return list(reading.read(document, pages, facts.pop("mode", "auto"), PageOptions(**facts)))


def pixels(picture: Raster) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(picture.pixels.map(), np.uint8).reshape(picture.height, picture.width, picture.channels)


# --- which way a page goes --------------------------------------------------------------------------------------


def test_pages_with_text_are_read_and_pictures_are_not(tmp_path: Path) -> None:
    document = on_disk(tmp_path, text_pdf([["Only words."], []]))
    (_, first), (_, second) = read(document)
    assert first.markdown == "Only words."
    assert second.markdown == ""  # nothing is drawn there, so there is nothing to recognise

    ((_, scan),) = read(on_disk(tmp_path, image_pdf([drawn_page()])))
    assert scan is None


def test_a_page_that_is_a_drawing_is_recognised_and_may_be_empty(tmp_path: Path) -> None:
    ((_, page),) = read(on_disk(tmp_path, page_with(b"50 50 40 40 re S 60 60 m 80 80 l S")))
    assert isinstance(page, UncertainPage)
    assert (page.why, page.page.markdown) == ("drawn", "")


def test_a_page_without_area_is_not_empty_as_nobody_saw_it(tmp_path: Path) -> None:
    outside = b"/MediaBox [0 0 612 792] /CropBox [2000 2000 3000 3000]"
    ((_, page),) = read(on_disk(tmp_path, text_pdf([["A page."]], page=outside)))
    assert page is None


def test_an_unseen_text_layer_is_doubted(tmp_path: Path) -> None:
    ((_, page),) = read(on_disk(tmp_path, image_pdf([drawn_page()], hidden="Tbe harb0ur 0ffice keeps a rec0rd")))
    assert isinstance(page, UncertainPage)
    assert page.why == "hidden"
    assert page.page.markdown == "Tbe harb0ur 0ffice keeps a rec0rd"


def test_a_stamp_on_a_scan_is_doubted(tmp_path: Path) -> None:
    scan = pypdf.PdfReader(io.BytesIO(image_pdf([drawn_page(height=1754)])))
    stamp = pypdf.PdfReader(io.BytesIO(text_pdf([["Filed on the second of March"]])))
    writer = pypdf.PdfWriter(clone_from=scan)
    writer.pages[0].merge_page(stamp.pages[0])
    buffer = io.BytesIO()
    writer.write(buffer)
    ((_, page),) = read(on_disk(tmp_path, buffer.getvalue()))
    assert isinstance(page, UncertainPage)
    assert page.why == "stamp"


def test_text_drawn_under_a_picture_is_not_seen(tmp_path: Path) -> None:
    jpeg = png(drawn_page(), "JPEG")
    image = b"<< /Type /XObject /Subtype /Image /Width 1240 /Height 700 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    image += b"/Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (len(jpeg), jpeg)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 620 350] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> "
        b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    )
    drawing = stream(b"BT /F1 10 Tf 20 20 Td (words below) Tj ET q 620 0 0 350 0 0 cm /I Do Q")
    pages = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    document = pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, drawing, image])
    ((_, found),) = read(on_disk(tmp_path, document))
    assert isinstance(found, UncertainPage)
    assert found.why == "hidden"


def test_a_font_without_a_map_to_characters_is_garbled(tmp_path: Path) -> None:
    lines = ["".join(chr(ord(letter) - 3) if letter != " " else " " for letter in line) for line in PARAGRAPHS]
    ((_, page),) = read(on_disk(tmp_path, text_pdf([lines])))
    assert isinstance(page, UncertainPage)
    assert page.why == "garbled"
    ((_, taken),) = read(on_disk(tmp_path, text_pdf([lines])), mode="text")
    assert isinstance(taken, OCRPage)


def test_recognition_wins_over_a_doubtful_text_layer_unless_it_is_unsure() -> None:
    known = OCRPage(index=0, markdown="known words")
    from ocr_async.models import OCRPageConfidence

    def recognised(score: float, text: str = "seen words") -> OCRPage:
        scores = OCRPageConfidence(average_page_confidence_score=score, minimum_page_confidence_score=score)
        return OCRPage(index=0, markdown=text, confidence_scores=scores)

    assert UncertainPage(known, "hidden").better(recognised(0.95)).markdown == "seen words"
    assert UncertainPage(known, "hidden").better(recognised(0.5)) is known
    # a text layer whose words are seen is exact; one whose words are not is another reader's
    assert UncertainPage(known, "stamp").better(recognised(0.95, "Known words!")) is known
    kept = UncertainPage(known, "garbled", ("it is old",)).better(recognised(0.5))
    assert (kept.markdown, kept.extra["warnings"]) == (known.markdown, [GARBLED, "it is old"])
    assert UncertainPage(known, "garbled").better(recognised(0.95)).markdown == "seen words"
    assert UncertainPage(known, "garbled").better(recognised(0.95, "few")).markdown == known.markdown
    assert UncertainPage(known, "stamp").better(recognised(0.95)).markdown == "seen words"
    assert UncertainPage(known, "stamp").better(recognised(0.5, "other signs")) is known
    assert UncertainPage(known, "stamp").better(recognised(0.95, "seen words " * 20)).markdown.startswith("seen")


# --- PDF --------------------------------------------------------------------------------------------------------


def encrypted(password: str, *, owner: str = "owner", algorithm: str = "RC4-128") -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(text_pdf([["Secret tides."]]))))
    writer.encrypt(password, owner, algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_an_encrypted_pdf_asks_for_its_password(tmp_path: Path) -> None:
    data = encrypted("tide")
    with pytest.raises(PasswordRequired, match="give its password"):
        count(on_disk(tmp_path, data))
    with pytest.raises(PasswordRequired, match="does not open it"):
        count(on_disk(tmp_path, data, password="ebb"))
    ((_, page),) = read(on_disk(tmp_path, data, password="tide"))
    assert page.markdown == "Secret tides."


def test_a_pdf_encrypted_against_changes_alone_needs_no_password(tmp_path: Path) -> None:
    ((_, page),) = read(on_disk(tmp_path, encrypted("")))
    assert page.markdown == "Secret tides."


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_drawn_and_measured_as_people_see_it(tmp_path: Path, turn: int) -> None:
    page = b"/MediaBox [0 0 400 200] /Rotate %d" % turn
    document = on_disk(tmp_path, pdf_with_a_mark(page))
    drawn = raster(document, 0)
    assert (drawn.width > drawn.height) == (turn % 180 == 0)
    # the mark is at the bottom left of the unturned page
    grey = pixels(drawn).mean(axis=2)
    rows, columns = np.nonzero(grey < 100)
    corner = (rows.mean() > drawn.height / 2, columns.mean() > drawn.width / 2)
    assert corner == {0: (True, False), 90: (False, False), 180: (False, True), 270: (True, True)}[turn]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_of_text_that_lies_on_its_side_is_read_as_it_should_stand(tmp_path: Path, turn: int) -> None:
    ((_, upright),) = read(on_disk(tmp_path, text_pdf([PARAGRAPHS]), "upright"))
    lying = on_disk(tmp_path, text_pdf([PARAGRAPHS], page=b"/MediaBox [0 0 612 792] /Rotate %d" % turn))
    ((_, page),) = read(lying)
    assert page == evolve(upright, extra={"rotation": 360.0 - turn})
    drawn = raster(lying, 0)  # what is drawn afterwards lies as the file says
    assert (drawn.width > drawn.height) == (turn != 180)


def test_the_lettering_of_a_chart_turns_no_page(tmp_path: Path) -> None:
    text = b"BT /F1 12 Tf 0 1 -1 0 50 100 Tm (Ships a month, in hundreds) Tj ET "
    ((_, page),) = read(on_disk(tmp_path, page_with(text)))
    assert page.extra == {}


def page_with(content: bytes, facts: bytes = b"", more: Sequence[bytes] = (), catalogue: bytes = b"") -> bytes:
    """Return a PDF of one page; *more* objects are numbered from 5."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R %b " % facts
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue,
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        page + b"/Resources << /Font << /F1 %b >> >> >>" % font,
        stream(content),
        *more,
    ]
    return pdf(objects)


def pdf_with_a_mark(page: bytes) -> bytes:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R %b /Contents 4 0 R /Resources << >> >>" % page,
        stream(b"0 0 0 rg 10 10 40 40 re f"),
    ]
    return pdf(objects)


@pytest.mark.parametrize(
    "page",
    [b"/MediaBox [0 0 400 400] /CropBox [0 0 100 50]", b"/MediaBox [0 0 612 792] /Rotate 90", b"/MediaBox [0 0 60 9]"],
)
def test_sizes_are_those_of_the_pictures_that_are_not_drawn(tmp_path: Path, page: bytes) -> None:
    document = on_disk(tmp_path, pdf_with_a_mark(page))
    drawn = raster(document, 0)
    assert drawn.dpi is not None
    assert sizes(document, None) == sizes(document, (0, 7)) == ((drawn.width, drawn.height, round(drawn.dpi)),)


@pytest.mark.parametrize(("pixels", "longest"), [(900, 1600), (1800, 1800), (3000, 2200)])
def test_a_small_page_is_drawn_as_finely_as_its_scan(tmp_path: Path, pixels: int, longest: int) -> None:
    scan = Image.new("L", (pixels // 2, pixels), 255)
    document = on_disk(tmp_path, image_pdf([scan], dpi=pixels // 4))
    drawn = raster(document, 0)
    assert max(drawn.width, drawn.height) == longest
    assert sizes(document, None) == ((drawn.width, drawn.height, round(drawn.dpi or 0)),)


def test_a_pictures_size_is_its_own_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = png(Image.new("L", (5000, 40)), "JPEG", exif=exif, dpi=(300, 300))
    assert sizes(on_disk(tmp_path, photo), (0,)) == ((40, 5000, 300),)


def test_only_the_crop_box_is_drawn(tmp_path: Path) -> None:
    document = on_disk(tmp_path, pdf_with_a_mark(b"/MediaBox [0 0 400 400] /CropBox [0 0 100 50]"))
    drawn = raster(document, 0)
    assert drawn.width == 2 * drawn.height
    grey = pixels(drawn).mean(axis=2)
    # 40 of 100 points wide, 40 of 50 high
    assert abs((grey < 100).mean() - 0.32) < 0.01


def test_pictures_stand_where_they_are_seen(tmp_path: Path) -> None:
    image = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    image += b"/Length 1 >>\nstream\n\x40\nendstream"
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 400 200] /Matrix [1 0 0 1 100 0] "
    form += b"/Resources << /XObject << /I 6 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Rotate %d /Contents 4 0 R "
    page += b"/Resources << /XObject << /F 5 0 R >> >> >>"
    for turn, expected in ((0, (150, 100, 250, 150)), (90, (50, 150, 100, 250))):
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            page % turn,
            stream(b"/F Do"),
            stream(b"q 100 0 0 50 50 50 cm /I Do Q", form),
            image,
        ]
        source = reading._open(on_disk(tmp_path, pdf(objects), name=f"turned-{turn}"))
        assert isinstance(source, Pdf)
        _, (picture,) = source.look(0)
        found = (picture.box.left, picture.box.top, picture.box.right, picture.box.bottom)
        assert all(abs(one - other) < 0.5 for one, other in zip(found, expected, strict=True)), found


def test_what_is_filled_into_a_form_is_drawn(tmp_path: Path) -> None:
    appearance = stream(
        b"BT /F1 40 Tf 10 10 Td (HARBOUR) Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 300 60] "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Annots [4 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (port) /V (HARBOUR) /F 4 /Rect [50 70 350 130] /P 3 0 R "
        b"/AP << /N 5 0 R >> >>",
        appearance,
    ]
    drawn = raster(on_disk(tmp_path, pdf(objects)), 0)
    assert (pixels(drawn) < 100).mean() > 0.01


@pytest.mark.parametrize("frame", [b"", b"30 %d 12 12 re S ", b"28.5 %d 15 15 re S ", b"33 %d 6 6 re S "])
def test_the_check_boxes_of_a_form_are_read_once_whatever_is_drawn_below_them(tmp_path: Path, frame: bytes) -> None:
    text = b"BT /F1 12 Tf 50 140 Td (By letter) Tj 0 -40 Td (By telephone) Tj ET "
    text += b"".join(frame % y for y in (138, 98)) if frame else b""
    empty = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 12 12]")
    box = (
        b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (%s) /V /%s /AS /%s /F 4 /Rect [30 %d 42 %d] /P 3 0 R "
        b"/AP << /N << /Yes 7 0 R /Off 7 0 R >> >> >>"
    )
    boxes = [box % (b"letter", b"Off", b"Off", 138, 150), box % (b"telephone", b"Yes", b"Yes", 98, 110), empty]
    form = b"/AcroForm << /Fields [5 0 R 6 0 R] >>"
    (_, page), *_ = read(on_disk(tmp_path, page_with(text, b"/Annots [5 0 R 6 0 R]", boxes, form)))
    assert page.markdown == "- [ ] By letter\n- [x] By telephone"


def test_a_field_is_read_that_nobody_has_drawn_yet(tmp_path: Path) -> None:
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (port) /V (Old harbour) /F 4 /Rect [100 135 350 155] /P 3 0 R >>"
    )
    form = b"/AcroForm << /Fields [5 0 R] /NeedAppearances true /DA (/Helv 12 Tf 0 g) >>"
    data = page_with(b"BT /F1 12 Tf 50 140 Td (Port:) Tj ET", b"/Annots [5 0 R]", [field], form)
    ((_, page),) = read(on_disk(tmp_path, data))
    assert page.markdown == "Port: Old harbour"


FIELD = (
    b"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /T (t) /Rect [100 132 260 150] /DA (/Helv 12 Tf 0 g) "
    b"/MK << /BC [0] >> %b >>"
)


def with_field(tmp_path: Path, facts: bytes, drawn: bytes = b"") -> str:
    """What a page says of a field that is left to the reader's program to draw."""
    text = b"BT /F1 12 Tf 50 137 Td (Port:) Tj 0 -80 Td (To be sent by 2026.) Tj ET " + drawn
    form = b"/AcroForm << /Fields [5 0 R] /NeedAppearances true /DA (/Helv 12 Tf 0 g) >>"
    data = page_with(text, b"/Annots [5 0 R]", [FIELD % facts], form)
    ((_, page),) = read(on_disk(tmp_path, data))
    return " ".join(page.markdown.split())


def test_a_value_is_read_that_the_page_also_says_elsewhere(tmp_path: Path) -> None:
    assert with_field(tmp_path, b"/FT /Tx /V (6)") == "Port: 6 To be sent by 2026."


@pytest.mark.parametrize("drawn", [b"", b"".join(b"%d 132 20 18 re S " % x for x in range(100, 260, 20))])
def test_letters_in_boxes_of_their_own_are_one_value(tmp_path: Path, drawn: bytes) -> None:
    comb = b"/FT /Tx /Ff %d /MaxLen 8 /V (NL-1742B)" % (1 << 24)
    assert with_field(tmp_path, comb, drawn) == "Port: NL-1742B To be sent by 2026."


def test_of_a_list_what_is_chosen_is_read(tmp_path: Path) -> None:
    chosen = b"/FT /Ch /Opt [(Delft) (Hoorn) (Sneek)] /V (Hoorn) /I [1]"
    assert with_field(tmp_path, chosen) == "Port: Hoorn To be sent by 2026."


def test_boxes_to_tick_are_no_bullets_and_no_drawing_beside_what_is_filled_in(tmp_path: Path) -> None:
    """The page is read as it is drawn with its fields, whose discs and frames a program made up."""
    disc = b"/Type /XObject /Subtype /Form /BBox [0 0 12 12]"
    circle = b"0 6 m 0 9 3 12 6 12 c 9 12 12 9 12 6 c 12 3 9 0 6 0 c 3 0 0 3 0 6 c"
    dot = b"3 6 m 3 8 4 9 6 9 c 8 9 9 8 9 6 c 9 4 8 3 6 3 c 4 3 3 4 3 6 c f"
    name = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Ada King) /F 4 /Rect [110 155 250 173] "
        b"/MK << /BC [0] >> >>"
    )
    tick = (
        b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (t%d) /V /%b /AS /%b /F 4 /Rect [50 %d 62 %d] "
        b"/AP << /N << /Yes 10 0 R /Off 9 0 R >> >> >>"
    )
    ticks = [
        tick % (number, state, state, 118 - 20 * number, 130 - 20 * number)
        for number, state in enumerate((b"Yes", b"Off", b"Yes"))
    ]
    drawn = [stream(circle + b" S", disc), stream(circle + b" S " + dot, disc)]
    text = b"BT /F1 12 Tf 50 160 Td (Name:) Tj 20 -40 Td (By letter) Tj 0 -20 Td (By phone) Tj 0 -20 Td (By hand) Tj ET"
    form = b"/AcroForm << /Fields [5 0 R 6 0 R 7 0 R 8 0 R] /NeedAppearances true /DA (/Helv 12 Tf 0 g) >>"
    data = page_with(text, b"/Annots [5 0 R 6 0 R 7 0 R 8 0 R]", [name, *ticks, *drawn], form)
    ((_, page),) = read(on_disk(tmp_path, data))
    assert " ".join(page.markdown.split()) == "Name: Ada King - [x] By letter - [ ] By phone - [x] By hand"


def annotated(kind: bytes, flags: int) -> bytes:
    """Return a page with a link and an annotation of *kind* over it."""
    link = b"<< /Type /Annot /Subtype /Link /Rect [50 135 90 155] /A << /S /URI /URI (https://example.com/) >> >>"
    note = b"<< /Type /Annot /Subtype /%b /F %d /Rect [50 90 350 110] /Contents (Seen) /AP << /N 7 0 R >> >>" % (
        kind,
        flags,
    )
    shape = stream(
        b"BT /F1 12 Tf 0 5 Td (Received in May) Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 300 20] "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    )
    return page_with(b"BT /F1 12 Tf 50 140 Td (A letter.) Tj ET", b"/Annots [5 0 R 6 0 R]", [link, note, shape])


@pytest.mark.parametrize("kind", [b"Stamp", b"FreeText"])
def test_what_was_stamped_or_typed_onto_a_page_is_read(tmp_path: Path, kind: bytes) -> None:
    ((_, page),) = read(on_disk(tmp_path, annotated(kind, 4)))
    assert page.markdown == "A letter.\n\nReceived in May"
    assert page.hyperlinks == ("https://example.com/",)


@pytest.mark.parametrize(("flags", "read_too"), [(4, "\n\nReceived in May by the harbour"), (2, "")])
def test_what_was_typed_onto_a_page_without_looks_is_read_unless_hidden(
    tmp_path: Path, flags: int, read_too: str
) -> None:
    """The program that shows it is to draw it."""
    said = b"/DA (/Helv 12 Tf 0 g) /Contents (Received in May\\nby the harbour)"
    note = b"<< /Type /Annot /Subtype /FreeText /F %d /Rect [50 80 350 110] %b >>" % (flags, said)
    data = page_with(b"BT /F1 12 Tf 50 140 Td (A letter.) Tj ET", b"/Annots [5 0 R]", [note])
    ((_, page),) = read(on_disk(tmp_path, data))
    assert page.markdown == f"A letter.{read_too}"


def test_an_annotation_that_nobody_sees_is_not_read(tmp_path: Path) -> None:
    hidden = 2
    ((_, page),) = read(on_disk(tmp_path, annotated(b"Stamp", hidden)))
    assert page.markdown == "A letter."


def test_a_form_that_other_programs_show_otherwise_says_so(tmp_path: Path) -> None:
    form = b"/NeedsRendering true /AcroForm << /Fields [] /XFA 5 0 R >>"
    data = page_with(b"BT /F1 12 Tf 50 140 Td (Please wait) Tj ET", more=[stream(b"<xdp/>")], catalogue=form)
    ((_, page),) = read(on_disk(tmp_path, data))
    assert page.markdown == "Please wait"
    (warning,) = page.extra["warnings"]
    assert "dynamic XFA form" in warning


def test_a_pdf_is_cut_into_some_of_its_pages(tmp_path: Path) -> None:
    document = on_disk(tmp_path, text_pdf([["one"], ["two"], ["three"]]))
    target = tmp_path / "cut.pdf"
    target.write_bytes(cut(document, (0, 2)).map())
    pages = read(FileOnDisk(path=target))
    assert [page.markdown for _, page in pages] == ["one", "three"]


def test_a_page_that_does_not_exist_is_named(tmp_path: Path) -> None:
    document = on_disk(tmp_path, text_pdf([["one"], ["two"]]))
    with pytest.raises(DocumentError, match="page 2 does not exist: the document has 2 pages"):
        read(document, (0, 2))
    with pytest.raises(DocumentError, match="page 5 does not exist"):
        raster(document, 5)


def test_a_file_that_was_renamed_after_it_was_read_is_read_again(tmp_path: Path) -> None:
    before = on_disk(tmp_path, text_pdf([["The first page."], ["The second page."]]), "before.pdf")
    assert [page.markdown for _, page in read(before, [0])] == ["The first page."]
    after = Path(before.path).rename(tmp_path / "after.pdf")
    assert [page.markdown for _, page in read(FileOnDisk(path=after), [1])] == ["The second page."]


def test_a_pdf_reads_alike_whatever_its_name(tmp_path: Path) -> None:
    data = text_pdf([PARAGRAPHS, ["The second page."]])
    nameless = read(on_disk(tmp_path, data, "nameless"))
    assert [page.index for _, page in nameless] == [0, 1]
    odd = [os.fsdecode(b"caf\xe9.pdf")] if sys.platform == "linux" else []  # other systems refuse such names
    for name in ("named.PDF", "-图 #1?.pdf", *odd):
        assert read(on_disk(tmp_path, data, name)) == nameless


def test_a_thousand_pages_are_counted_and_read(tmp_path: Path) -> None:
    document = on_disk(tmp_path, text_pdf([[f"This is page {number}."] for number in range(1000)]))
    assert count(document) == 1000
    pages = read(document, range(990, 1000))
    assert [page.markdown for _, page in pages] == [f"This is page {number}." for number in range(990, 1000)]


# --- pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "JPEG2000", "GIF", "BMP", "TIFF"])
def test_pictures_of_every_kind_are_pages(tmp_path: Path, kind: str) -> None:
    page = drawn_page().convert("P" if kind == "GIF" else "L" if kind != "WEBP" else "RGB")
    document = on_disk(tmp_path, png(page, kind))
    assert count(document) == 1
    drawn = raster(document, 0)
    assert (drawn.width, drawn.height) == page.size
    assert pixels(drawn).min() < 30
    assert pixels(drawn).max() > 225


def test_a_photograph_is_turned_as_its_exif_data_says(tmp_path: Path) -> None:
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    data = png(upright.rotate(90, expand=True), "JPEG", quality=95, exif=exif)
    drawn = raster(on_disk(tmp_path, data), 0)
    assert (drawn.width, drawn.height) == (60, 40)
    blue, green, red = pixels(drawn)[5, 5].tolist()
    assert red > 200 > 80 > max(blue, green)


def test_a_phones_heic_picture_is_a_page(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    document = on_disk(tmp_path, png(drawn_page().convert("RGB"), "HEIF"))
    drawn = raster(document, 0)
    assert (drawn.width, drawn.height) == (1240, 700)
    assert pixels(drawn).min() < 40


def test_each_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    frames = [Image.new("L", (50 + 10 * number, 40), 80 * number) for number in range(3)]
    document = on_disk(tmp_path, png(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert count(document) == 3
    drawn = [raster(document, page) for page in (2, 0, 1)]
    assert [picture.width for picture in drawn] == [70, 50, 60]
    assert [int(pixels(picture)[0, 0, 0]) for picture in drawn] == [160, 0, 80]


@pytest.mark.parametrize(("mode", "kind"), [("1", "TIFF"), ("L", "PNG"), ("P", "PNG"), ("RGB", "JPEG")])
@pytest.mark.parametrize(
    ("dpi", "size"), [((204, 98), (1728, 2272)), ((204, 196), (1728, 1091)), ((72, 2000), (1728, 1091))]
)
def test_a_fax_has_the_shape_of_its_page(
    tmp_path: Path, mode: str, kind: str, dpi: tuple[int, int], size: tuple[int, int]
) -> None:
    fax = Image.new(mode, (1728, 1091), 1)
    drawn = raster(on_disk(tmp_path, png(fax, kind, dpi=dpi)), 0)
    assert (drawn.width, drawn.height) == pytest.approx(size, abs=2)  # PNG tells dots a metre
    assert drawn.dpi == pytest.approx(max(dpi), abs=1)


def test_a_fax_on_its_side_has_the_shape_of_its_page(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn = raster(on_disk(tmp_path, png(Image.new("L", (800, 400)), "JPEG", exif=exif, dpi=(204, 102))), 0)
    assert (drawn.width, drawn.height) == (800, 800)


def test_transparent_pictures_stand_on_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert pixels(raster(on_disk(tmp_path, png(picture)), 0)).min() == 255


@pytest.mark.parametrize(("ink", "seen"), [("white", [0, 255]), ("black", [0, 255]), ("#c03030", [102, 255])])
def test_light_letters_without_a_ground_stand_on_black(tmp_path: Path, ink: str, seen: list[int]) -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    picture.paste(ink, (5, 5, 15, 15))
    grey = pixels(raster(on_disk(tmp_path, png(picture)), 0)).astype(float) @ (0.114, 0.587, 0.299)
    assert [grey.min() // 1, grey.max() // 1] == pytest.approx(seen, abs=20)
    assert (grey[0, 0] < 128) == (ink == "white")


@pytest.mark.parametrize(
    ("mode", "values"), [("F", [0.2, 0.8, 1.0]), ("I", [800, 3280, 4095]), ("F", [51.0, 204.0, 255.0])]
)
def test_grey_of_any_depth_fills_its_range(tmp_path: Path, mode: str, values: list[Any]) -> None:
    picture = Image.new(mode, (3, 1))
    picture.putdata(values)
    assert pixels(raster(on_disk(tmp_path, png(picture, "TIFF")), 0)).ravel().tolist() == [
        50 if mode == "I" else 51,
        204,
        255,
    ]


def test_a_picture_much_longer_than_a_page_stays_readable(tmp_path: Path) -> None:
    picture = raster(on_disk(tmp_path, png(Image.new("L", (1000, 12_000), 255))), 0)
    assert (picture.width, picture.height) == (1000, 12_000)


@pytest.mark.parametrize("mode", ["1", "P", "RGB"])
def test_what_a_phone_or_a_large_scanner_makes_is_a_page(tmp_path: Path, mode: str) -> None:
    ground = {"P": 1, "1": 1}.get(mode, "white")
    picture = Image.new(mode, (8160, 6144), ground)  # 50 million pixels
    if mode == "P":
        picture.putpalette([0, 0, 0, 255, 255, 255])
    picture.paste({"P": 0, "1": 0}.get(mode, "black"), (0, 0, 4080, 6144))
    drawn = raster(on_disk(tmp_path, png(picture)), 0)
    assert (drawn.width, drawn.height) == (4000, 3012)
    row = pixels(drawn)[1500].max(axis=1)
    assert (row[:1990].max(), row[2010:].min()) == (0, 255)


@pytest.mark.parametrize("size", [(1000, 41_000), (11_000, 11_000)])
def test_a_picture_that_is_larger_still_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(DocumentError, match="too large: at most 120 megapixels"):
        raster(on_disk(tmp_path, png(Image.new("1", size))), 0)


def test_sixteen_bits_of_grey_keep_their_upper_half(tmp_path: Path) -> None:
    picture = Image.frombytes("I;16", (2, 1), (12_800).to_bytes(2, "little") + (51_200).to_bytes(2, "little"))
    assert pixels(raster(on_disk(tmp_path, png(picture)), 0)).ravel().tolist() == [50, 199]


# --- what is not read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"%", "type is not known"),
        (b"PK\x03\x04" + b"x" * 40, "Office or EPUB"),
        (b"<!doctype html><p>words", "no picture to recognise"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML or SVG"),
        (b"%PDF-1.7\n", "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 40, "damaged or cut off"),
        (b"\xff\xd8\xff" + b"x" * 40, "damaged or cut off"),
        (png(Image.new("RGB", (20, 20)), "JPEG2000")[:100], "damaged or cut off"),
        (png(Image.new("RGB", (20, 20)), "AVIF").replace(b"iloc", b"free"), "damaged or cut off"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        raster(on_disk(tmp_path, data), 0)


@pytest.mark.parametrize(
    ("data", "module", "extra"),
    [
        (b"<!doctype html><p>words", "selectolax", "office"),
        (docx(""), "office_oxide", "office"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "pillow_heif", "heic"),
    ],
)
def test_what_needs_an_extra_is_a_document_s_failure_as_others_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DocumentError, match=rf"needs the extra '{extra}'.*ocr_async\[{extra}\]"):
        count(on_disk(tmp_path, data))


def test_a_page_read_alone_has_no_running_head_of_the_pages_beside_it(tmp_path: Path) -> None:
    texts = [[f"{number}. {PARAGRAPHS[0]}", *PARAGRAPHS[1:]] for number in range(5)]
    document = on_disk(tmp_path, text_pdf([["Harbour record of 2026", *lines] for lines in texts]))
    together = dict(read(document))
    assert all("Harbour record" not in page.markdown for page in together.values())
    for index, page in together.items():
        ((_, alone),) = read(document, [index])
        assert alone.markdown == page.markdown
