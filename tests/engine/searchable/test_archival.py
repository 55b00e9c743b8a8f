"""PDF/A-2b: veraPDF passes what is written, and what cannot be PDF/A is refused with its reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageCms

from ocr_async.errors import DocumentError
from tests.documents import drawn_page, image_pdf, png, text_pdf
from tests.engine.searchable.layers import HEIGHT, LINES, WIDTH, layered
from tests.verapdf import broken, needs_verapdf


def archival(path: Path, **told: Any) -> tuple[bytes, tuple[str, ...]]:
    return layered(path, LINES, archival=True, outline=[["Harbour", 1, 0, 0.1]], title="Harbour", **told)


def scanned(tmp_path: Path) -> Path:
    """Return a digital original that can be PDF/A: a picture under text whose font it carries."""
    first = tmp_path / "picture.png"
    first.write_bytes(png(drawn_page().resize((WIDTH, HEIGHT))))
    path = tmp_path / "scan.pdf"
    path.write_bytes(layered(first, LINES)[0])
    return path


def changed(tmp_path: Path, change: Callable[[pikepdf.Pdf], object]) -> Path:
    path = scanned(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as opened:
        change(opened)
        opened.save(path)
    return path


def test_a_pdf_of_libreoffice_becomes_one_for_archives(tmp_path: Path) -> None:
    def as_libreoffice(opened: pikepdf.Pdf) -> None:
        opened.trailer["/DocChecksum"] = Name("/00")
        opened.Root.OpenAction = Array([opened.pages[0].obj, Name.XYZ, None, None, 0])
        opened.pages[0].obj.Tabs = String("S")

    data, said = archival(changed(tmp_path, as_libreoffice))
    with pikepdf.open(io.BytesIO(data)) as made:
        assert "/DocChecksum" not in made.trailer
        assert "/OpenAction" not in made.Root
    assert not said


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@needs_verapdf
def test_verapdf_finds_no_fault_in_pictures_and_pdfs_for_archives(tmp_path: Path) -> None:
    drawn = drawn_page().convert("RGB").resize((WIDTH, HEIGHT))
    originals = {
        "a.jpg": png(drawn, "JPEG", progressive=True),
        "b.jpg": png(drawn, "JPEG", icc_profile=profile()),
        "c.png": png(drawn.convert("RGBA")),
        "d.tif": png(drawn.convert("1"), "TIFF", compression="group4"),
        "e.png": png(drawn.convert("L"), icc_profile=profile()),  # of other colours than it has
        "f.pdf": scanned(tmp_path).read_bytes(),
    }
    files = []
    for name, data in originals.items():
        (tmp_path / name).write_bytes(data)
        files.append(tmp_path / f"{name}.out.pdf")
        files[-1].write_bytes(archival(tmp_path / name)[0])
    before = broken([("2b", tmp_path / "f.pdf"), *(("2b", file) for file in files)])
    assert "6.6.2.1-1" in before[0]  # that it would say so
    assert before[1:] == [{}] * len(files)


def test_what_it_says_of_itself_is_what_the_standard_asks(tmp_path: Path) -> None:
    def link(pdf: pikepdf.Pdf) -> None:
        action = Dictionary(S=Name.URI, URI=String("https://example.org"))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), F=0, A=action)
        pdf.pages[0].Annots = Array([pdf.make_indirect(note)])

    data, warnings = archival(changed(tmp_path, link))
    assert warnings == ("Set the Print flag on 1 annotation, as PDF/A requires",)
    with pikepdf.open(io.BytesIO(data)) as after:
        with after.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
            assert metadata["dc:title"] == "Harbour"
        [intent] = after.Root.OutputIntents
        assert str(intent.S) == "/GTS_PDFA1"
        assert int(intent.DestOutputProfile.N) == 3
        assert intent.DestOutputProfile.read_bytes()[16:20] == b"RGB "
        assert len(after.trailer.ID) == 2
        assert not after.is_encrypted
        assert int(after.pages[0].Annots[0].F) == 4
        font = after.pages[0].Resources.Font["/OcrAsync"]
        assert Name.FontFile2 in font.DescendantFonts[0].FontDescriptor


def test_the_pixels_are_not_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(png(drawn_page(), "JPEG", icc_profile=profile()))
    with pikepdf.open(io.BytesIO(archival(path)[0])) as after:
        picture = after.pages[0].Resources.XObject.Picture
        assert picture.read_raw_bytes() == path.read_bytes()
        assert picture.ColorSpace == Name.DeviceGray  # the profile is one of other colours


def test_scripts_and_hidden_notes_are_taken_out_and_told(tmp_path: Path) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), pdf.make_indirect(script)])))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), F=2, Contents=String("secret"))
        pdf.pages[0].Annots = Array([pdf.make_indirect(note)])

    data, warnings = archival(changed(tmp_path, change))
    assert warnings == (
        "Removed 1 annotation (1 Text) on page 1 that is hidden or not viewable, which PDF/A does not permit",
        "Removed document-level JavaScript, which PDF/A does not permit",
    )
    assert b"app.alert" not in data
    assert b"secret" not in data


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.bin"] = b"anything"


def printer_s_colours(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(Stream(pdf, b"0 0 0 1 k 0 0 9 9 re f"))


def film(pdf: pikepdf.Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Movie, Rect=Array([0, 0, 9, 9]), F=4)
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (script, "is not known to become PDF/A-2b: /OpenAction is not supported"),
        (attachment, r"PDF/A-2b: .*embedded"),
        (printer_s_colours, r"cannot be made PDF/A-2b: DeviceCMYK used .*ISO 19005-2, 6\.2\.4\.3"),
        (film, r"cannot be made PDF/A-2b: .*ISO 19005-2, 6\.3\.1"),
    ],
)
def test_what_no_archive_may_hold_is_refused_with_its_reason(
    tmp_path: Path, change: Callable[[pikepdf.Pdf], object], says: str
) -> None:
    with pytest.raises(DocumentError, match=says):
        archival(changed(tmp_path, change))


@pytest.mark.parametrize("data", [text_pdf([["The tide was high."]]), image_pdf([drawn_page()])])
def test_a_font_that_the_original_does_not_carry_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=r"Type 1 font has no /FontDescriptor, so it is not embedded"):
        archival(path)


def test_an_encrypted_original_is_not_decrypted_for_an_archive(tmp_path: Path) -> None:
    path = scanned(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as opened:
        opened.save(path, encryption=pikepdf.Encryption(owner="o", user=""))
    with pytest.raises(DocumentError, match="encrypted, which PDF/A is not"):
        archival(path)


def test_a_picture_in_a_printer_s_colours_without_a_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (300, 400)).save(path, "JPEG")
    with pytest.raises(DocumentError, match="DeviceCMYK"):
        archival(path)
