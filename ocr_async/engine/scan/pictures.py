"""
Picture files as documents: which kinds are read, and how their frames become upright pages.

The decoders of Pillow are an attack surface like pdfium's: this runs in a parser process.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import warnings
from collections.abc import Iterator

import PIL.ExifTags
import PIL.Image
import PIL.ImageOps

from ..._ipc.memory import Shared
from ...errors import DocumentError, missing_extra, no_such_page
from ...models import FileOnDisk
from ..files import source_of
from ..values import MOST_PIXELS, Raster


__all__ = ["Pictures", "decoding", "format_of", "plain", "resolutions"]

# By their first bytes; what is not here is never handed to a decoder.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),  # as libraries keep the pages that they scan
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MOST_FRAMES = 1000
_LONGEST_SIDE = 4000  # of a page; a finer picture shows a recogniser nothing more
_SHORTEST_SIDE = 1500  # what is longer than a page, such as the picture of a whole chat, stays that wide
_HALF = 128
_SQUARE = 1.1  # of its width: what a pixel is high at most, to be left as it is
_MOST_OBLONG = 4.0  # likewise; what is more is a mistake in the file
_SPECKS = 0.005

_MOST_DECODED = 120_000_000  # pixels; phones make photographs of 50 and 108 million, and A3 at 600 dpi has 70

PIL.Image.MAX_IMAGE_PIXELS = _MOST_DECODED


def format_of(start: bytes) -> str | None:
    """Return Pillow's name of the picture format that *start*, a file's first 16 bytes or more, announces."""
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:8] == b"ftyp":
        if start[8:12] in _HEIC_BRANDS:
            return "HEIF"
        if start[8:12] in {b"avif", b"avis"}:
            return "AVIF"
    return None


class Pictures:
    """
    One picture file; only a TIFF has more than one page.

    Raises:
        DocumentError: It cannot be decoded, is too large to be, or needs an extra that is not installed.
    """

    def __init__(self, document: FileOnDisk, kind: str) -> None:
        if kind == "HEIF":
            _register_heif()
        self.document = document
        with decoding():
            # JPEGs of some phones carry several pictures of the same scene; the first one is the page.
            self._image = PIL.Image.open(source_of(document), formats=[kind, "MPO"] if kind == "JPEG" else [kind])
            self.count = getattr(self._image, "n_frames", 1) if kind == "TIFF" else 1
        if self.count > _MOST_FRAMES:
            raise DocumentError(f"the TIFF has {self.count} frames; at most {_MOST_FRAMES} are read")

    def raster(self, index: int) -> Raster:
        """
        Return frame *index*, turned as its EXIF data says, on white where it is transparent.

        Raises:
            DocumentError: There is no such frame, or it cannot be decoded.
        """
        if not 0 <= index < self.count:
            raise no_such_page(index, self.count)
        with decoding():
            if self.count > 1:
                self._image.seek(index)
            image: PIL.Image.Image = self._image
            width, height = image.size
            if width * height > _MOST_DECODED:
                raise _too_large()
            image.draft("RGB" if image.mode != "L" else "L", (_LONGEST_SIDE, _LONGEST_SIDE))
            image = _halved(image)
            drawn_wide, _ = image.size
            image = squared(image)
            resolution = max(resolutions(image)) * drawn_wide / width
            image = plain(PIL.ImageOps.exif_transpose(image))
            scale = max(_LONGEST_SIDE / max(image.size), _SHORTEST_SIDE / min(image.size))
            if scale < 1:
                size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
                image = image.resize(size, PIL.Image.Resampling.BOX)
                resolution *= scale
            if image.width * image.height > MOST_PIXELS:
                raise _too_large()
            data = image.tobytes("raw", "L" if image.mode == "L" else "BGR")
        return Raster(
            pixels=Shared.holding(data),
            width=image.width,
            height=image.height,
            channels=1 if image.mode == "L" else 3,
            dpi=resolution or None,
        )

    def frames(self) -> Iterator[PIL.Image.Image]:
        """Yield the frames as they lie in the file, each only until the next; to be looked at while `decoding`."""
        for index in range(self.count):
            if self.count > 1:
                self._image.seek(index)
            yield self._image

    def size_in_pixels(self, index: int) -> tuple[int, int, int | None]:
        """Return width, height and dots an inch of frame *index* as it lies in the file, upright."""
        with decoding():
            if self.count > 1:
                self._image.seek(index)
            width, height = self._image.size
            if self._image.getexif().get(PIL.ExifTags.Base.Orientation, 1) >= 5:
                width, height = height, width
            resolution = float(self._image.info.get("dpi", (0, 0))[1])
        return width, height, round(resolution) if 20 <= resolution <= 2400 else None

    def close(self) -> None:
        """Close the file."""
        self._image.close()


def resolutions(image: PIL.Image.Image) -> tuple[float, float]:
    """Return the pixels an inch that the file of *image* tells, along and down it; zeros where it does not."""
    along, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    return (along, down) if all(20 <= value <= 2400 for value in (along, down)) else (0.0, 0.0)


def squared(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return *image* with pixels as high as wide: those of a fax are twice as high (204 by 98 an inch, ITU-T T.4)."""
    along, down = resolutions(image)
    if not along or max(along, down) < _SQUARE * min(along, down):
        return image
    if max(along, down) > _MOST_OBLONG * min(along, down):
        return image
    finest = max(along, down)
    size = (round(image.width * finest / along), round(image.height * finest / down))
    if size[0] * size[1] > MOST_PIXELS:
        return image
    image = image.convert("L") if image.mode == "1" else image.convert("RGBA") if image.mode == "P" else image
    return image.resize(size, PIL.Image.Resampling.BICUBIC)


def _halved(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return *image* half as wide and high if it has more pixels than a page, of which what follows makes copies."""
    if image.width * image.height <= MOST_PIXELS or min(image.size) < 2 * _SHORTEST_SIDE:
        return image
    if image.mode in {"1", "P"}:
        image = image.convert("L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB")
    return image.reduce(2) if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"} else image


def plain(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return *image* in mode L or RGB, on white where it is transparent, or on black if it is light itself."""
    if image.mode in {"I;16", "I;16L", "I;16B", "I", "F"}:
        # Pillow clips all of these to 8 bits when it converts.
        scale = 255.0 / _white(image)
        return image.convert("F").point(lambda value: value * scale + 0.5).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = PIL.Image.new("RGBA", image.size, "black" if _is_light(image) else "white")
        paper.alpha_composite(image)
        return paper.convert("RGB")
    if image.mode in {"1", "L"}:
        return image.convert("L")
    return image.convert("RGB")


def _white(image: PIL.Image.Image) -> float:
    """Return which value is white: the brightest one tells of how many bits it is, 12 in 16 say; reals end at 1."""
    _, high = image.getextrema()
    bright = max(high, 0.0) if isinstance(high, (int, float)) else 255.0
    if image.mode == "F" and bright <= 1:
        return 1.0
    return float(max(255, 2 ** math.ceil(math.log2(bright + 1)) - 1))


def _is_light(image: PIL.Image.Image) -> bool:
    """Whether hardly anything of *image*, in mode RGBA, would be seen on white."""
    opaque = image.getchannel("A").point([255 * (alpha > _HALF) for alpha in range(256)])
    shades = image.convert("L").histogram(opaque)
    return sum(shades[:_HALF]) < _SPECKS * sum(shades)


@contextlib.contextmanager
def decoding() -> Iterator[None]:
    """Translate what Pillow raises to `DocumentError`; its texts may show addresses and stay here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            yield
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise _too_large() from None
    except DocumentError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        ZeroDivisionError,
        OverflowError,
        RuntimeError,  # of the libraries of AVIF and HEIC
    ):
        raise DocumentError("the picture cannot be decoded: it is damaged or cut off") from None


def _too_large() -> DocumentError:
    return DocumentError(
        f"the picture is too large: at most {_MOST_DECODED // 1_000_000} megapixels are read, and "
        f"{MOST_PIXELS // 1_000_000} of one that is much longer than a page"
    )


def _register_heif() -> None:
    if importlib.util.find_spec("pillow_heif") is None:
        raise missing_extra("reading HEIC pictures", "heic", kind=DocumentError, hint="hosted")
    import pillow_heif

    pillow_heif.register_heif_opener()
