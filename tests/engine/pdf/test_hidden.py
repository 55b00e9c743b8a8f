"""Text that nobody sees: what something drawn later covers, and the layers that are switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr

from ...documents import pdf, stream


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
TEXT = "The harbour office keeps a record of every vessel that enters or leaves the port."
FOOT = "It is open to all who ask for it on a working day between nine and five."


def written(x: float, y: float, text: str) -> str:
    return f"0 g BT /F1 12 Tf {x} {y} Td ({text}) Tj ET "


def read(tmp_path: Path, content: str, *objects: bytes, quarters: int = 0, layers: bytes = b"") -> str:
    """Return what is read of a page on which *content* stands between two lines; *objects* are numbered from 6."""
    turn = {0: "", 1: "0 1 -1 0 612 0 cm "}[quarters]
    content = f"q {turn}{written(50, 550, TEXT)}{content}{written(50, 300, FOOT)}Q"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 612] /Rotate %d /Contents 4 0 R /Resources << "
        b"/Font << /F1 5 0 R >> /XObject << /X 6 0 R >> /ExtGState << /Half << /ca .5 >> >> "
        b"/Properties << /L0 7 0 R /L1 8 0 R /L2 9 0 R >> >> >>" % (90 * quarters)
    )
    path = tmp_path / "page.pdf"
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R %b >>" % layers,
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                page,
                stream(content.encode("cp1252")),
                FONT,
                *objects,
            ]
        )
    )
    said = ocr(path, model="local/text").pages[0].markdown
    assert said.startswith(TEXT)
    assert said.endswith(FOOT)
    return " ".join(said.removeprefix(TEXT).removesuffix(FOOT).split())


PICTURE = stream(
    b"\xff", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
)
OLD = written(50, 450, "Total:") + written(150, 450, "1,250.00 EUR")


@pytest.mark.parametrize("quarters", [0, 1])
@pytest.mark.parametrize(
    "cover", ["1 g 148 446 100 14 re f ", "q 100 0 0 14 148 446 cm /X Do Q "], ids=["a box", "a picture"]
)
def test_a_value_is_not_read_over_which_another_is_written(tmp_path: Path, cover: str, quarters: int) -> None:
    new = written(150, 450, "980.00 EUR")
    assert read(tmp_path, OLD + cover + new, PICTURE, quarters=quarters) == "Total: 980.00 EUR"


def test_what_is_blacked_out_is_not_read(tmp_path: Path) -> None:
    box = "0 g 148 446 100 14 re f "
    assert read(tmp_path, OLD + box) == "Total:"
    assert read(tmp_path, written(50, 450, "The client Miller of Bergen") + "0 g 106 446 36 14 re f ") == (
        "The client of Bergen"
    )


@pytest.mark.parametrize(
    "over",
    [
        "q /Half gs 1 1 0 rg 148 446 100 14 re f Q ",
        "0 G 148 446 100 14 re S ",
        "1 g 148 430 100 10 re f ",
        "1 g 148 446 100 14 re f " + written(150, 450, "1,250.00 EUR"),
    ],
    ids=["a marker", "a frame", "a box below", "a box under the same"],
)
def test_what_is_seen_is_read_whatever_is_drawn_over_it(tmp_path: Path, over: str) -> None:
    assert read(tmp_path, OLD + over) == "Total: 1,250.00 EUR"


LAYER = b"<< /Type /OCG /Name (Layer %d) >>"
SHOWN = b"/OCProperties << /OCGs [7 0 R 8 0 R 9 0 R] /D << /ON [7 0 R] /OFF [8 0 R 9 0 R] >> >>"
FORM = stream(
    written(50, 420, "Drawn in a form").encode(),
    b"/Type /XObject /Subtype /Form /BBox [0 0 612 612] /OC 8 0 R /Resources << /Font << /F1 5 0 R >> >>",
)


def of_layers(*texts: str, apart: float = 0) -> str:
    return "".join(
        f"/OC /L{number} BDC {written(50, 450 - apart * number, text)} EMC " for number, text in enumerate(texts)
    )


@pytest.mark.parametrize("apart", [0, 20])
def test_layers_that_are_off_are_not_read(tmp_path: Path, apart: float) -> None:
    """Such as those of other languages, in the same place."""
    texts = "It costs 12.50 for each of 9", "Es kostet 14.50 für jeden davon", "Le prix est de 13.50 pour tous"
    objects = FORM, *(LAYER % number for number in range(3))
    content = of_layers(*texts, apart=apart) + "/X Do "
    assert read(tmp_path, content, *objects, layers=SHOWN) == texts[0]
    assert "Drawn in a form" in read(tmp_path, content, *objects, layers=SHOWN.replace(b"/OFF", b"/ON"))


def test_a_form_of_a_layer_that_is_off_is_not_read(tmp_path: Path) -> None:
    objects = FORM, *(LAYER % number for number in range(3))
    assert read(tmp_path, written(50, 450, "In no layer") + "/X Do ", *objects, layers=SHOWN) == "In no layer"
