"""The layer of invisible text: opened, searched and selected by pdfium; the original stays as it is."""

from __future__ import annotations

import ctypes
import io
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from ocr_async.errors import DocumentError, PasswordRequired
from tests.documents import drawn_page, image_pdf, pdf, png, stream, text_pdf
from tests.engine.searchable.layers import HEIGHT, LINES, WIDTH, Box, layered, line


def written(path: Path, lines: list[dict[str, Any]], **told: Any) -> bytes:
    return layered(path, lines, **told)[0]


def scan(tmp_path: Path, *, rotate: int = 0, crop: str = "") -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(image_pdf([Image.new("L", (WIDTH, HEIGHT), "white")]))
    if rotate or crop:
        with pikepdf.open(path, allow_overwriting_input=True) as opened:
            opened.pages[0].Rotate = rotate
            if crop:
                opened.pages[0].CropBox = [20, 30, 300, 500]
            opened.save(path)
    return path


def found(data: bytes, word: str) -> Box:
    """Search for *word*, and return where it is selected, as parts of the page as people see it."""
    with pypdfium2.PdfDocument(data) as opened:
        page = opened[0]
        text = page.get_textpage()
        searcher = text.search(word, match_whole_word=word.isascii())
        place = searcher.get_next()
        assert place is not None, text.get_text_range()
        size = round(page.get_width() * 100), round(page.get_height() * 100)
        seen = []
        for index in range(place[0], place[0] + place[1]):
            left, bottom, right, top = text.get_charbox(index)
            for x, y in ((left, bottom), (right, top)):
                across, down = ctypes.c_int(), ctypes.c_int()
                pypdfium2.raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, across, down)
                seen.append((across.value / size[0], down.value / size[1]))
        for each in (searcher, text, page):
            each.close()
    (left, right), (top, bottom) = ((min(each), max(each)) for each in zip(*seen, strict=True))
    return left, top, right - left, bottom - top


def said(data: bytes, page: int = 0) -> list[str]:
    with pypdfium2.PdfDocument(data) as opened:
        one = opened[page]
        text = one.get_textpage()
        lines: list[str] = text.get_text_range().split("\r\n")
        text.close()
        one.close()
    return lines


def words() -> list[tuple[str, Box]]:
    return [
        (word["text"], tuple(word["bbox"][name] for name in ("x", "y", "width", "height")))
        for each in LINES
        for word in each["words"]
        if max(word["text"]) < "\U00010000"  # pdfium searches for no others
    ]


@pytest.mark.parametrize("crop", ["", "cropped"])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_each_word_is_found_and_selected_where_it_stands_however_a_page_lies(
    tmp_path: Path, rotate: int, crop: str
) -> None:
    data = written(scan(tmp_path, rotate=rotate, crop=crop), LINES)
    for word, box in words():
        left, top, width, height = found(data, word)
        place = left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT
        assert place == pytest.approx(box, abs=2), word


@pytest.mark.parametrize(("rotation", "size"), [(90, (HEIGHT, WIDTH)), (180, (WIDTH, HEIGHT)), (-90, (HEIGHT, WIDTH))])
def test_words_of_a_page_that_was_turned_to_be_read_lie_where_they_are_seen(
    tmp_path: Path, rotation: float, size: tuple[int, int]
) -> None:
    data = written(scan(tmp_path), [line(("tide", (100, 200, 80, 30)))], size=size, rotation=rotation)
    left, top, width, height = found(data, "tide")
    seen = left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT
    expected = {
        90: (200, HEIGHT - 180, 30, 80),
        180: (WIDTH - 180, HEIGHT - 230, 80, 30),
        -90: (WIDTH - 230, 100, 30, 80),
    }[int(rotation)]
    assert seen == pytest.approx(expected, abs=2)


def test_words_of_a_scan_that_leaned_lie_on_its_own_lines(tmp_path: Path) -> None:
    data = written(scan(tmp_path), [line(("tide", (490, 100, 20, 20)))], rotation=2.0)  # above the page's centre
    left, top, width, height = found(data, "tide")
    centre = (left + width / 2) * WIDTH, (top + height / 2) * HEIGHT
    # turned clockwise by two degrees it stood there; before, it leaned to the left of the centre
    assert centre == pytest.approx(
        (500 - 590 * math.sin(math.radians(2)), 700 - 590 * math.cos(math.radians(2))), abs=2
    )


def test_lines_are_copied_as_they_are_read(tmp_path: Path) -> None:
    assert said(written(scan(tmp_path), LINES)) == ["Harbour a 1994,", "Übersee 東京 𝛼😀", "Москва हिन्दी"]


@pytest.mark.parametrize(
    ("angle", "one", "other"),
    [
        (90.0, (100, 500, 30, 60), (100, 380, 30, 110)),
        (-90.0, (100, 380, 30, 110), (100, 500, 30, 60)),
        (180.0, (300, 380, 110, 30), (200, 380, 90, 30)),
    ],
)
def test_words_that_do_not_stand_upright_are_selected_in_their_boxes(
    tmp_path: Path, angle: float, one: Box, other: Box
) -> None:
    data = written(scan(tmp_path), [line(("tide", one), ("table", other), angle=angle)])
    for word, box in (("tide", one), ("table", other)):
        left, top, width, height = found(data, word)
        assert (left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT) == pytest.approx(box, abs=2)
    if abs(angle) == 90:  # of a line on its head pdfium copies the words in the order of the page
        assert " ".join(said(data)).split() == ["tide", "table"]


def test_right_to_left_text_is_found_and_copied_in_its_own_order(tmp_path: Path) -> None:
    hebrew = line(("שלום", (600, 100, 100, 30)), ("עולם", (480, 100, 100, 30)), ("2024", (400, 100, 60, 30)))
    data = written(scan(tmp_path), [hebrew, line(("مرحبا", (600, 200, 100, 30)))])
    assert said(data)[0] == "שלום עולם 2024"
    for word, left in (("שלום", 600), ("עולם", 480), ("2024", 400), ("مرحبا", 600)):
        assert found(data, word)[0] * WIDTH == pytest.approx(left, abs=2)


def test_nothing_is_seen_of_it_and_no_stream_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(image_pdf([drawn_page()]))
    data = written(path, LINES)
    pictures = []
    for source in (path.read_bytes(), data):
        with pypdfium2.PdfDocument(source) as opened:
            page = opened[0]
            pictures.append(page.render(scale=2).to_pil().tobytes())
            page.close()
    assert pictures[0] == pictures[1]
    with pikepdf.open(path) as before, pikepdf.open(io.BytesIO(data)) as after:
        streams = [
            [each.read_raw_bytes() for each in opened.objects if isinstance(each, pikepdf.Stream)]
            for opened in (before, after)
        ]
    assert all(each in streams[1] for each in streams[0])


def test_a_page_without_a_layer_keeps_its_content_and_a_shared_dictionary_gets_no_font(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(text_pdf([["one"], ["two"]]))
    data = written(path, LINES)
    assert said(data, 1) == ["two"]
    with pikepdf.open(io.BytesIO(data)) as after:
        assert list(after.pages[1].Resources.Font) == ["/F1"]
        assert set(after.pages[0].Resources.Font) == {"/F1", "/OcrAsync"}


def test_headings_become_bookmarks_and_what_the_original_says_of_itself_stays(tmp_path: Path) -> None:
    outline = [["Harbour", 1, 0, 0.1], ["Quays", 2, 0, 0.5], ["Fog", 1, 0, 0.9], ["beyond", 1, 7, 0.0]]
    path = scan(tmp_path)
    data = written(path, LINES, outline=outline, language="de", title="Harbour")
    with pikepdf.open(io.BytesIO(data)) as after, after.open_outline() as bookmarks:
        assert [(each.title, [child.title for child in each.children]) for each in bookmarks.root] == [
            ("Harbour", ["Quays"]),
            ("Fog", []),
        ]
        assert (str(after.Root.Lang), str(after.docinfo["/Title"])) == ("de", "Harbour")
    path.write_bytes(data)
    again = written(path, [], outline=[["Other", 1, 0, 0.1]], language="fr", title="Other")
    with pikepdf.open(io.BytesIO(again)) as after, after.open_outline() as bookmarks:
        assert [each.title for each in bookmarks.root] == ["Harbour", "Fog"]
        assert (str(after.Root.Lang), str(after.docinfo["/Title"])) == ("de", "Harbour")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "JPEG2000"])
def test_a_picture_becomes_a_pdf_pixel_by_pixel(tmp_path: Path, kind: str) -> None:
    drawn = drawn_page().convert("RGB").resize((WIDTH, HEIGHT))
    path = tmp_path / "a"
    path.write_bytes(
        png(drawn, kind, **({"dpi": (150, 150)} if kind not in {"WEBP", "JPEG2000"} else {"lossless": True}))
    )
    data = written(path, LINES)
    left, top, _, _ = found(data, "Harbour")
    assert (left * WIDTH, top * HEIGHT) == pytest.approx((100, 100), abs=2)
    with pikepdf.open(io.BytesIO(data)) as after:
        picture = after.pages[0].Resources.XObject.Picture
        if kind == "JPEG":
            assert picture.read_raw_bytes() == path.read_bytes()
        else:
            assert picture.read_bytes() == drawn.tobytes()
        assert float(after.pages[0].MediaBox[2]) == pytest.approx(WIDTH / 150 * 72, abs=0.1)


def test_a_fax_has_the_shape_of_its_page(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("1", (816, 392), 1).save(path, "TIFF", dpi=(204, 98))
    with pikepdf.open(io.BytesIO(written(path, LINES))) as after:
        assert list(map(float, after.pages[0].MediaBox)) == pytest.approx([0, 0, 288, 288], abs=0.1)


def test_a_phone_s_picture_is_turned_and_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (HEIGHT, WIDTH), "white").save(path, "JPEG", exif=exif)
    data = written(path, LINES)
    left, top, _, _ = found(data, "Harbour")
    assert (left * WIDTH, top * HEIGHT) == pytest.approx((100, 100), abs=2)
    with pikepdf.open(io.BytesIO(data)) as after:
        assert after.pages[0].Resources.XObject.Picture.read_raw_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_thirty_thousand_pixels_wide_fits_on_a_page_that_programs_open(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    Image.new("L", (30_000, 100), "white").save(path, kind, dpi=(72, 72))
    data = written(path, [line(("wide", (29_000, 10, 500, 40)))], size=(30_000, 100))
    assert found(data, "wide")[0] * 30_000 == pytest.approx(29_000, abs=2)
    with pikepdf.open(io.BytesIO(data)) as after:
        assert float(after.pages[0].MediaBox[2]) <= 14_400


def test_frames_of_a_tiff_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [Image.new("1", (300, 400), index % 2) for index in range(3)]
    frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:])
    with pikepdf.open(io.BytesIO(written(path, LINES))) as after:
        assert [int(page.Resources.XObject.Picture.BitsPerComponent) for page in after.pages] == [1, 1, 1]


@pytest.mark.parametrize(("mode", "grey"), [("I;16", 32_768), ("I", 32_768), ("F", 0.5)])
def test_grey_of_more_than_eight_bits_keeps_its_shades(tmp_path: Path, mode: str, grey: float) -> None:
    path = tmp_path / "a.tif"
    picture = Image.new(mode, (300, 400), grey)
    picture.putpixel((0, 0), grey * 2 - (mode != "F"))
    picture.save(path, "TIFF")
    with pikepdf.open(io.BytesIO(written(path, LINES))) as after:
        pixels = after.pages[0].Resources.XObject.Picture.read_bytes()
    assert (len(pixels), pixels[0]) == (300 * 400, 255)
    assert pixels[-1] == pytest.approx(128, abs=1)


def test_a_picture_of_fifty_megapixels_becomes_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.linear_gradient("L").resize((6_001, 8_333)).save(path, compress_level=1)
    with pikepdf.open(io.BytesIO(written(path, LINES, size=(6_001, 8_333)))) as after:
        assert after.pages[0].Resources.XObject.Picture.read_bytes() == Image.open(path).tobytes()


def test_an_encrypted_pdf_stays_encrypted(tmp_path: Path) -> None:
    writer = PdfWriter(PdfReader(scan(tmp_path)))
    writer.encrypt("open", algorithm="AES-256")
    path = tmp_path / "locked.pdf"
    writer.write(path)
    with pytest.raises(PasswordRequired):
        written(path, LINES)
    with pytest.raises(PasswordRequired):
        written(path, LINES, password="wrong")
    data = written(path, LINES, password="open")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(data))
    with pikepdf.open(io.BytesIO(data), password="open") as after:
        assert "/OcrAsync" in after.pages[0].Resources.Font


PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


@pytest.mark.parametrize(
    ("catalogue", "says"),
    [
        (b"/AcroForm << /SigFlags 3 /Fields [] >>", "signed"),
        (b"/AcroForm << /Fields [<< /FT /Sig /Kids [<< /T (a) /V << /Type /Sig >> >>] >>] >>", "signed"),
        (b"/Perms << /DocMDP << /Type /Sig >> >>", "signed"),
        (b"/NeedsRendering true /AcroForm << /XFA (x) /Fields [] >>", "XFA"),
    ],
)
def test_what_text_would_break_is_refused(tmp_path: Path, catalogue: bytes, says: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue, PAGES, PAGE]))
    with pytest.raises(DocumentError, match=says):
        written(path, LINES)


@pytest.mark.parametrize(
    "catalogue",
    [
        b"/AcroForm << /SigFlags 1 /Fields [<< /FT /Sig /T (a) >>] >>",
        b"/AcroForm << /SigFlags (3) /Fields << >> >>",
        b"/AcroForm << /Fields [4 0 R] >>",
        b"/AcroForm << /XFA (x) /Fields [] >>",
        b"/AcroForm 7 /Outlines 7 /ViewerPreferences 7 /Names 7",
    ],
    ids=["a field to sign", "nonsense", "a field within itself", "a form with pages of its own", "numbers"],
)
def test_a_form_that_nobody_signed_yet_and_what_makes_no_sense_are_no_hindrance(
    tmp_path: Path, catalogue: bytes
) -> None:
    path = tmp_path / "a.pdf"
    field = b"<< /FT /Tx /Kids [4 0 R 5] >>"
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue, PAGES, PAGE, field]))
    assert "Harbour a 1994," in said(written(path, LINES))


def test_a_page_thirty_thousand_points_wide_is_searched_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 30000 100] /UserUnit 2 >>"
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, page]))
    data = written(path, [line(("wide", (14_500, 10, 250, 20)))], size=(15_000, 50))
    assert found(data, "wide")[0] * 15_000 == pytest.approx(14_500, abs=2)


def test_a_damaged_pdf_is_mended(tmp_path: Path) -> None:
    whole = image_pdf([drawn_page()])
    path = tmp_path / "a.pdf"
    path.write_bytes(whole[:-40])  # where its objects lie is told at the end
    assert "Harbour a 1994," in said(written(path, LINES))


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    page = PAGE.replace(b">>", b"/Contents 4 0 R /Resources << /Font << /\xa2 5 0 R >> /\xa3 << >> >> >>")
    shown, font = b"BT /\xa2 12 Tf (tide) Tj ET", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, page, stream(shown), font]))
    data = written(path, LINES)
    assert "tide" in " ".join(said(data))
    assert "Harbour a 1994," in said(data)


def test_a_page_of_no_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    page = PAGE.replace(b">>", b"/CropBox [0 0 null 100] >>")
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, page]))
    with pytest.raises(DocumentError, match="has no size: it is too damaged"):
        written(path, LINES)


@pytest.mark.parametrize("rotation", [b"/Left", b"(90)", b"[90]", b"null", b"0.5"])
def test_a_rotation_that_makes_no_sense_is_none(tmp_path: Path, rotation: bytes) -> None:
    path = tmp_path / "a.pdf"
    page = PAGE.replace(b">>", b"/Rotate %b >>" % rotation)
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, page]))
    assert "Harbour a 1994," in said(written(path, LINES))


@pytest.mark.parametrize("length", [20, 400, 5000])
def test_one_that_is_cut_before_its_pages_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(image_pdf([drawn_page()])[:length])
    with pytest.raises(DocumentError, match="damaged"):
        written(path, LINES)


@pytest.mark.parametrize("data", [b"", b"text", b"<html>", b"%PDF-1.7", b"\xff\xd8\xff", b"II*\0"])
def test_what_is_no_document_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(DocumentError):
        written(path, LINES)


def test_what_a_page_says_may_hold_anything(tmp_path: Path) -> None:
    hostile = line(("a\x00\x1b\ud800)(\\>", (100, 100, 200, 40)), ("", (0, 0, 0, 0)), ("x", (0, 0, 0, 0)))
    assert written(scan(tmp_path), [hostile]).startswith(b"%PDF-")


def test_a_hundred_thousand_characters_of_a_script_are_more_than_a_font_has(tmp_path: Path) -> None:
    every = "".join(map(chr, range(0x20000, 0x20000 + 70_000)))
    data = written(scan(tmp_path), [line((every, (0, 0, 900, 40))), line(("\U00020001", (0, 100, 900, 40)))])
    assert "\U00020001" in said(data)[-1]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext, of poppler-utils, is not on this machine")
def test_poppler_s_pdftotext_finds_each_word_within_two_pixels(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    out.write_bytes(written(scan(tmp_path), LINES))
    done = subprocess.run(["pdftotext", "-bbox", str(out), "-"], capture_output=True, check=True, timeout=60)
    root = ElementTree.fromstring(done.stdout)  # our own
    page = next(root.iter("{http://www.w3.org/1999/xhtml}page"))
    scale = WIDTH / float(page.attrib["width"])
    places = {
        word.text: [float(word.attrib[name]) * scale for name in ("xMin", "yMin", "xMax", "yMax")]
        for word in root.iter("{http://www.w3.org/1999/xhtml}word")
    }
    for text, (left, top, width, height) in words():
        x0, y0, x1, y1 = places[text]
        assert (x0, x1) == pytest.approx((left, left + width), abs=2), text
        assert top - 2 <= (y0 + y1) / 2 <= top + height + 2, text
