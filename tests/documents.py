"""Documents of our own for the tests: PDFs written by hand, pages drawn with Pillow's own font."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont


__all__ = ["PARAGRAPHS", "drawn_page", "image_pdf", "pdf", "png", "stream", "text_pdf"]

PARAGRAPHS = (
    "The harbour office keeps a record of every vessel that enters or leaves,",
    "with the height of the tide, the wind and the name of the pilot on duty.",
    "Fog delayed nine arrivals in March, and none of them by more than an hour.",
    "The new crane has handled twelve hundred containers since it was installed.",
)


def pdf(objects: Sequence[bytes], *, trailer: bytes = b"") -> bytes:
    """Return a PDF of *objects*, numbered from 1; the first one is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, facts: bytes = b"") -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode %b >>\nstream\n%b\nendstream" % (len(packed), facts, packed)


def text_pdf(pages: Sequence[Sequence[str]], *, page: bytes = b"/MediaBox [0 0 612 792]", size: int = 12) -> bytes:
    """
    Return a PDF with a text layer.

    Args:
        pages: Their lines, of Latin-1 characters, from the top.

        page: The entries of each page's dictionary beside its content.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        y, drawing = 720, []
        for line in lines:
            escaped = line.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            drawing.append(b"BT /F1 %d Tf 72 %d Td (%b) Tj ET" % (size, y, escaped))
            y -= size + 4
        objects.append(stream(b"\n".join(drawing)))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R %b /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            % (page, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    return pdf(objects)


Run = tuple[str, float, str]
"""A standard font, its size and what is written in it; lines of them go on where the last one ended."""


def typeset_pdf(lines: Sequence[tuple[float, float, Sequence[Run]]], *, page: bytes, place: bytes = b"") -> bytes:
    """
    Return a PDF of one page in several fonts.

    Args:
        lines: X and y of each, from the bottom left, and its runs.

        page: The entries of the page's dictionary beside its content.

        place: A matrix before the content, such as `1 0 0 1 0 0`.
    """
    names = sorted({font for _, _, runs in lines for font, _, _ in runs})
    fonts = [b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>" % n.encode() for n in names]
    drawing = [b"%b cm" % place] if place else []
    for x, y, runs in lines:
        drawing.append(b"BT %g %g Td" % (x, y))
        for font, size, text in runs:
            said = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            drawing.append(b"/F%d %g Tf (%b) Tj" % (names.index(font), size, said))
        drawing.append(b"ET")
    known = b" ".join(b"/F%d %d 0 R" % (number, 5 + number) for number in range(len(names)))
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            stream(b"\n".join(drawing)),
            b"<< /Type /Page /Parent 2 0 R %b /Contents 3 0 R /Resources << /Font << %b >> >> >>" % (page, known),
            *fonts,
        ]
    )


def shown_pdf(shown: bytes, *objects: bytes, fonts: int = 1) -> bytes:
    """
    Return a PDF of one page with the operators *shown* between BT and ET.

    Args:
        objects: From number 5 on: the fonts F1, F2 ..., and what they are made of.

        fonts: How many of *objects* are fonts.
    """
    known = b" ".join(b"/F%d %d 0 R" % (number + 1, number + 5) for number in range(fonts))
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 4 0 R"
            b" /Resources << /Font << %b >> >> >>" % known,
            stream(b"BT %b ET" % shown),
            *objects,
        ]
    )


def mapped_pdf(codes: str, told: Mapping[str, str], *, font: str = "Courier") -> bytes:
    """
    Return a PDF of one page that shows *codes*, letters of *font*, which says that they are what is *told*.

    Letters of a font that every reader has take its widths. Those of others are told: else pdfium takes them from the
    letter that it drew last, of whatever document, in the typeface that stands in for all fonts that it has not.
    """
    standard = font.startswith(("Courier", "Helvetica", "Times"))
    widths = b"" if standard else b"/FirstChar 1 /LastChar 255 /Widths [%b]" % (b"600 " * 255)
    lines = "\n".join(f"<{ord(code):02x}> <{text.encode('utf-16-be').hex()}>" for code, text in told.items())
    unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(told)} beginbfchar\n{lines}\nendbfchar\n"
        "endcmap end end"
    )
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            stream(f"BT /F1 20 Tf 100 200 Td ({codes}) Tj ET".encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /ToUnicode 6 0 R %b >>" % (font.encode(), widths),
            stream(unicode.encode()),
        ]
    )


def drawn_page(
    lines: Sequence[str] = PARAGRAPHS, *, width: int = 1240, height: int = 700, size: int = 30
) -> Image.Image:
    """Return a white page with *lines* in black."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for row, line in enumerate(lines):
        draw.text((80, 80 + row * round(1.6 * size)), line, fill=0, font=font)
    return image


def png(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return *image* as the bytes of a picture file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def image_pdf(images: Sequence[Image.Image], *, dpi: int = 150, hidden: str = "") -> bytes:
    """
    Return a PDF whose pages are pictures.

    Args:
        hidden: Put under each picture as invisible text.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for image in images:
        wide, high = image.width * 72 / dpi, image.height * 72 / dpi
        jpeg = png(image, "JPEG", quality=80)
        facts = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /Device%b /BitsPerComponent 8" % (
            image.width,
            image.height,
            b"Gray" if image.mode == "L" else b"RGB",
        )
        objects.append(b"<< /Length %d /Filter /DCTDecode %b >>\nstream\n%b\nendstream" % (len(jpeg), facts, jpeg))
        drawing = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q" % (wide, high)
        if hidden:
            drawing += b" BT 3 Tr /F1 10 Tf 20 20 Td (%b) Tj ET" % hidden.encode("latin-1")
        objects.append(stream(drawing))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R "
            b"/Resources << /XObject << /I %d 0 R >> /Font << /F1 3 0 R >> >> >>"
            % (wide, high, len(objects), len(objects) - 1)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    return pdf(objects)
