"""Hostile documents, made in code: small files that ask a parser for all memory, all time, or a crash."""

from __future__ import annotations

import functools
import struct
import zlib

from .documents import pdf, stream


__all__ = ["content_bomb", "endless_forms", "huge_image", "huge_page", "many_frames", "many_pages", "pixel_bomb"]

_PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
_CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"


def huge_page() -> bytes:
    """A page of 5 x 5 metres: 40,000 x 40,000 pixels at 200 dpi."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 14400] /Contents 4 0 R /Resources << >> >>"
    return pdf([_CATALOGUE, _PAGES, page, stream(b"0 0 7000 7000 re f")])


def endless_forms(depth: int = 11) -> bytes:
    """Forms that each draw the next one ten times: 10 ** *depth* drawings from 3 KiB."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /XObject << /X 5 0 R >> >> >>"
    )
    objects = [_CATALOGUE, _PAGES, page, stream(b"/X Do")]
    for level in range(depth):
        last = level == depth - 1
        drawing = b"0 0 9 9 re f" if last else b"/X Do " * 10
        inner = b"" if last else b"/Resources << /XObject << /X %d 0 R >> >>" % (6 + level)
        objects.append(stream(drawing, b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] " + inner))
    return pdf(objects)


@functools.cache
def content_bomb(size: int = 1 << 30) -> bytes:
    """A page whose drawing is 1 GiB of text after it is unpacked, from 3 MiB."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = b"BT /F1 9 Tf 72 700 Td (boom) Tj ET\n" * 30_000
    times = size // len(piece)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)  # which stands for itself wherever it stands
    check = functools.reduce(lambda check, _: zlib.adler32(piece, check), range(times), 1)
    packed = b"\x78\xda" + block * times + packer.flush() + struct.pack("!I", check)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    )
    content = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
    return pdf([_CATALOGUE, _PAGES, page, content])


def huge_image(side: int = 60_000) -> bytes:
    """A page with an image of *side* x *side* pixels, 3.5 MiB packed."""
    packer = zlib.compressobj(9)
    row = bytes(side // 8) * 1000
    packed = b"".join(packer.compress(row) for _ in range(side // 1000)) + packer.flush()
    facts = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 "
        b"/Length %d /Filter /FlateDecode" % (side, side, len(packed))
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> >> >>"
    )
    image = b"<< %b >>\nstream\n%b\nendstream" % (facts, packed)
    return pdf([_CATALOGUE, _PAGES, page, stream(b"q 612 0 0 792 0 0 cm /I Do Q"), image])


def many_pages(count: int = 200_000) -> bytes:
    """A page tree that names one page *count* times."""
    pages = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, b"3 0 R " * count)
    return pdf([_CATALOGUE, pages, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"])


def pixel_bomb(side: int = 30_000) -> bytes:
    """A PNG of *side* x *side* pixels whose data is short."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8) * 1000
    packed = b"".join(packer.compress(row) for _ in range(side // 1000)) + packer.flush()
    head = struct.pack("!IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def many_frames(count: int = 10_000) -> bytes:
    """A TIFF of *count* tiny frames, all of the same pixel."""

    def tag(number: int, kind: int, value: int) -> bytes:
        return struct.pack("<HHII", number, kind, 1, value)

    out = bytearray(b"II*\x00" + struct.pack("<I", 16) + bytes(8))
    entries = [(256, 3, 1), (257, 3, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 3, 1), (279, 4, 1)]
    for number in range(count):
        follows = len(out) + 2 + 12 * len(entries) + 4
        out += struct.pack("<H", len(entries)) + b"".join(tag(*entry) for entry in entries)
        out += struct.pack("<I", follows if number + 1 < count else 0)
    return bytes(out)
