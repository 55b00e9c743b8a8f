"""Picture files as PDFs: a JPEG as it lies in its file, all others pixel by pixel; and the colours that they mean."""

from __future__ import annotations

import zlib
from typing import Any

import PIL.ExifTags
import PIL.Image
import PIL.ImageOps
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream

from ...models import FileOnDisk
from ..files import open_document
from ..scan.pictures import Pictures, decoding, plain, resolutions


__all__ = ["as_pdf"]

_DPI = 150.0  # of a picture that does not say
_LONGEST = 14_400.0  # units of a page's side, which programs take (ISO 32000-1, annex C)
_TURNED = {3: 180, 6: 90, 8: 270}  # by the EXIF orientation, degrees clockwise
_LYING = 5  # and more: the picture is stored on its side
_MIRRORED = frozenset({2, 4, 5, 7})
_COLOURS = {"L": Name.DeviceGray, "1": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
_PROFILES = {b"GRAY": (1, {"L", "1"}), b"RGB ": (3, {"RGB"}), b"CMYK": (4, {"CMYK"})}
_STRIP = 256  # rows
_PROFILE_HEADER = 128  # bytes, ICC.1:2022, 7.2
_PROFILE_VERSIONS = {2, 4}


def as_pdf(document: FileOnDisk, kind: str) -> Any:
    """
    Return the picture file *document* as a PDF of as many pages.

    Args:
        kind: Its format, in Pillow's words.

    Raises:
        DocumentError: It cannot be decoded, or is too large to be.
    """
    pdf = Pdf.new()
    pictures = Pictures(document, kind)
    try:
        with decoding():
            for image in pictures.frames():
                _add(pdf, document, kind, image)
    finally:
        pictures.close()
    return pdf


def _add(pdf: Any, document: FileOnDisk, kind: str, image: PIL.Image.Image) -> None:
    along, down = (dots or _DPI for dots in resolutions(image))
    orientation = image.getexif().get(PIL.ExifTags.Base.Orientation, 1)
    profile = image.info.get("icc_profile")
    if kind == "JPEG" and image.mode in _COLOURS and orientation not in _MIRRORED:
        with open_document(document) as file:
            data = file.read()
        facts: dict[str, Any] = {"Filter": Name.DCTDecode}
        if image.mode == "CMYK" and "adobe" in image.info:
            facts["Decode"] = Array([1, 0] * 4)  # as Adobe's programs write them
        width, height, mode, turned = *image.size, image.mode, _TURNED.get(orientation, 0)
    else:
        if orientation != 1:
            image = PIL.ImageOps.exif_transpose(image)
        if image.has_transparency_data or image.mode not in _COLOURS:
            image = plain(image)
        width, height, mode, turned = *image.size, image.mode, 0
        if orientation >= _LYING:
            along, down = down, along
        data, facts = _packed(image), {"Filter": Name.FlateDecode}
    picture = Stream(
        pdf,
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=_meant(pdf, profile, mode),
        BitsPerComponent=1 if mode == "1" else 8,
        **facts,
    )
    wide, high = 72.0 * width / along, 72.0 * height / down
    scale = min(1.0, _LONGEST / max(wide, high))
    wide, high = round(wide * scale, 3), round(high * scale, 3)
    drawing = Stream(pdf, f"q {wide} 0 0 {high} 0 0 cm /Picture Do Q\n".encode())
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, wide, high]),
        Rotate=turned,
        Contents=pdf.make_indirect(drawing),
        Resources=Dictionary(XObject=Dictionary(Picture=pdf.make_indirect(picture))),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))


def _meant(pdf: Any, profile: Any, mode: str) -> Any:
    """Return the colours of *mode* as *profile* tells them, which the file has; without one, those of a device."""
    if not isinstance(profile, bytes) or len(profile) < _PROFILE_HEADER or profile[36:40] != b"acsp":
        return _COLOURS[mode]
    count, modes = _PROFILES.get(profile[16:20], (0, ()))
    if mode not in modes or profile[8] not in _PROFILE_VERSIONS:  # of the picture before it was converted
        return _COLOURS[mode]
    packed = Stream(pdf, zlib.compress(profile), Filter=Name.FlateDecode, N=count, Alternate=_COLOURS[mode])
    return Array([Name.ICCBased, pdf.make_indirect(packed)])


def _packed(image: PIL.Image.Image) -> bytes:
    """Return the pixels of *image*, compressed a strip after the other: one of 120 megapixels is in memory once."""
    packer = zlib.compressobj()
    strips = (
        image.crop((0, top, image.width, min(top + _STRIP, image.height))) for top in range(0, image.height, _STRIP)
    )
    return b"".join([*(packer.compress(strip.tobytes()) for strip in strips), packer.flush()])
