"""
A PDF as the parser's tasks see it: opened, counted, rasterised, cut. Only this room speaks to pdfium.

pdfium is not safe in threads, and hostile files crash it: all of this runs in a parser process.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import mmap
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

import pypdfium2
import pypdfium2.raw as pdfium
from attrs import evolve

from ..._ipc.memory import Shared
from ...errors import DocumentError, PasswordRequired, no_such_page
from ...models import FileOnDisk
from ..files import open_document
from ..page import Box, Line, Picture, Sheet
from ..values import MOST_PIXELS, Raster
from ..whole_document import Bookmark, TypeSizes
from . import objects, wrong_maps
from .annotations import Filled, bare_notes, filled, has_note, ticks
from .char_fonts import CharFonts
from .letters import accents, arabic, beyond, clusters, right_to_left, vertical
from .letters.fonts import with_names
from .letters.tex import brackets, codes, limits
from .outline import Outline
from .trust import MOSTLY, Look
from .unseen.hidden import LATER, MOST_LATER, Drawn, Placed
from .unseen.layers import may_have_layers


__all__ = ["Pdf"]


_POINTS = 72.0
# Lines are found on a smaller picture, and cut out of this one to be read.
_DPI = 200.0
_SHORTEST_LONG_SIDE = 1600.0
_FINE_LONG_SIDE = 2200.0  # of a page whose picture has so many pixels: as a letter's at 200 dots an inch

_COVERS = 0.85
_MOST_LOADED = 50
_SHARE = 10  # a page takes so many times as long to be asked for rare letters as its share of the file


class Pdf:
    """
    One open PDF.

    Attributes:
        is_mended: Whether its `data` are others than its file has.

    Raises:
        PasswordRequired: It is encrypted and *document*'s password does not open it.

        DocumentError: It is no PDF that pdfium can open.
    """

    def __init__(self, document: FileOnDisk) -> None:
        self.document = document
        with open_document(document) as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.is_mended = wrong_maps.mend(self._bytes) or with_names(self._bytes)
        self._buffer = (ctypes.c_char * len(self._bytes)).from_buffer(self._bytes)
        password = document.password.encode() if document.password is not None else None
        handle = pdfium.FPDF_LoadMemDocument64(self._buffer, len(self._bytes), password)
        if not handle:
            if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD:
                raise PasswordRequired(
                    "the PDF is encrypted, and the password given does not open it"
                    if document.password
                    else "the PDF is encrypted",
                    hint=None if document.password else "password",
                )
            raise DocumentError("the file begins like a PDF, but it cannot be opened: it is damaged or cut off")
        self._pdf = pypdfium2.PdfDocument(handle)
        if not len(self._pdf):
            raise DocumentError("the PDF has no pages: it is damaged or cut off")
        self._pdf.init_forms()
        self._last: tuple[int, CharFonts] | None = None
        self._loaded = 0
        self._looked = 0
        self._outline: Outline | None = None
        self._beyond: bool | None = None
        self.sizes: TypeSizes | Literal["unknown"] | None = "unknown"  # what `typography` finds

    @property
    def count(self) -> int:
        """The number of pages that can be asked for."""
        return len(self._pdf)

    @property
    def worn(self) -> bool:
        """Whether so many pages were loaded that it is better opened anew: pdfium keeps what each has brought."""
        return self._loaded >= _MOST_LOADED

    @property
    def outline(self) -> Outline:
        """Its bookmarks."""
        if self._outline is None:
            self._outline = Outline(self._pdf)
        return self._outline

    def remember(self, before: Pdf) -> None:
        """Take what was found out of the document when it was open *before*."""
        self.sizes, self._outline = before.sizes, before._outline
        self._looked, self._beyond = before._looked, before._beyond

    @property
    def is_placeholder(self) -> bool:
        """Whether another program would make other pages, out of a form in XML."""
        return bool(pdfium.FPDF_GetFormType(self._pdf.raw) == pdfium.FORMTYPE_XFA_FULL)

    @property
    def length(self) -> int:
        """Bytes of the file."""
        return len(self._bytes)

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        return bytes(self._bytes)

    @cached_property
    def has_layers(self) -> bool:
        """Whether it has layers, of which some may be switched off."""
        return may_have_layers(self._bytes)

    def size(self, index: int) -> tuple[float, float]:
        """Return width and height in points of page *index* as people see it: cropped and rotated."""
        page = self._page(index)
        return page.get_width(), page.get_height()

    def look(self, index: int) -> tuple[Look, list[Picture]]:
        """Return what page *index* looks like, and where it shows raster images, in points from its top left."""
        fonts = self.fonts(index)
        page, area = fonts.page, fonts.view.wide * fonts.view.high
        pictures: list[Picture] = []
        texts: list[Placed] = []
        later: list[tuple[int, Placed]] = []
        largest, count, texts_before = 0.0, 0, 0
        fonts.shadings = []
        for thing, kind, place in objects.objects(page):
            count += 1
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                texts.append((thing, place))
                continue
            if kind == pdfium.FPDF_PAGEOBJ_SHADING and (box := objects.place_of(fonts.view, thing, place)) is not None:
                fonts.shadings.append(box)
            box = objects.place_of(fonts.view, thing, place) if kind == pdfium.FPDF_PAGEOBJ_IMAGE else None
            if box is not None:
                pictures.append(Picture(box))
                if box.area > largest:
                    largest, texts_before = box.area, len(texts)
            # Text below the picture of a whole page is what was recognised of it.
            if len(later) < MOST_LATER and texts and kind in LATER and (box is None or box.area < MOSTLY * area):
                later.append((len(texts), (thing, place)))
        covered = largest / area if area > 0 else 0.0
        hidden = 0.0
        if texts and covered >= MOSTLY:  # of other pages nobody asks, and asking is half of this look
            unseen = [pdfium.FPDFTextObj_GetTextRenderMode(text) in objects.UNSEEN for text, _ in texts]
            if covered > _COVERS:  # what is drawn before it lies under it
                unseen[:texts_before] = [True] * texts_before
            hidden = sum(unseen) / len(texts)
        self._looked += 1
        if self._beyond is None and self._looked * _SHARE >= self.count:
            self._beyond = beyond.may_have_letters(self._bytes)
        fonts.drawn = Drawn(texts, later, count, self.has_layers)
        fonts.may_have_beyond = self._beyond is not False
        form = self._pdf.formenv
        fonts.fields = tuple(ticks(form.raw, page, fonts.view)) if form is not None else ()
        blank = not count and not pdfium.FPDFPage_GetAnnotCount(page.raw)
        return Look(covered, hidden, blank, has_note(page)), pictures

    def shown(self, index: int, box: Box, wide: float, high: float) -> bytes | None:
        """Return what page *index*, *wide* by *high* in the units of *box*, shows there, as a JPEG."""
        page = self._page(index)
        across, down = page.get_width() / wide, page.get_height() / high
        crop = (box.left * across, (high - box.bottom) * down, (wide - box.right) * across, box.top * down)
        area = box.width * across * box.height * down
        if area <= 0:
            return None
        scale = min(_DPI / _POINTS, (MOST_PIXELS / area) ** 0.5)
        try:
            # pypdfium2 annotates the scale by its default, 1; it takes any number
            bitmap = page.render(scale=scale, crop=tuple(max(0.0, side) for side in crop))  # pyright: ignore[reportArgumentType]
        except ValueError:  # nothing is left of the page
            return None
        buffer = io.BytesIO()
        bitmap.to_pil().convert("RGB").save(buffer, "JPEG", quality=85)
        return buffer.getvalue()

    def mended(self, index: int, sheet: Sheet) -> Sheet:
        """Return *sheet*, the text layer of page *index*, with the letters that the parser does not tell."""
        if not all(line.text.isascii() for line in sheet.lines):
            sheet = self._in_order(index, sheet)
        if codes.may_have_codes(sheet):
            sheet = codes.with_codes(sheet, self.fonts(index))
        if brackets.may_have_brackets(sheet):
            sheet = brackets.with_brackets(sheet, self.fonts(index))
        if limits.may_have_limits(sheet):
            sheet = limits.with_limits(sheet, self.fonts(index))
        return accents.composed(sheet, self.fonts(index)) if accents.may_be_apart(sheet) else sheet

    def _in_order(self, index: int, sheet: Sheet) -> Sheet:
        """Return *sheet* with the letters of other scripts than the Latin one as page *index* has them."""
        if vertical.may_be_vertical(sheet):
            sheet = vertical.with_columns(sheet, self.fonts(index))
        if right_to_left.may_run_from_right(sheet):
            sheet = right_to_left.reordered(sheet, self.fonts(index))
        if arabic.needs_mending(sheet):
            sheet = arabic.mended(sheet, self.fonts(index).text_page)
        if clusters.may_have_clusters(sheet):
            sheet = clusters.with_clusters(sheet, self.fonts(index))
        return sheet

    def plain(self, index: int, edges: float = 0.5) -> Sheet:
        """
        Return the text of page *index* as pdfium tells it, run by run, in points: no fonts, drawings or tags.

        Args:
            edges: Of the page's height, from its top and from its foot: what stands there is told.
        """
        fonts = self.fonts(index)
        view, text = fonts.view, fonts.text_page
        lines = []
        for number in range(min(text.count_rects(), objects.MOST)):
            sides = text.get_rect(number)
            box = view.box(sides)
            if not (box.top < edges * view.high or box.bottom > (1 - edges) * view.high):
                continue
            if said := " ".join(text.get_text_bounded(*sides).split()):
                lines.append(Line(said, box, size=box.height or None))
        return Sheet(width=view.wide, height=view.high, lines=tuple(lines))

    def fonts(self, index: int) -> CharFonts:
        """Return what tells the fonts of the letters on page *index*."""
        if not 0 <= index < self.count:
            raise no_such_page(index, self.count)
        if self._last is None or self._last[0] != index:
            try:
                self._last = index, CharFonts(self._pdf[index])
                self._loaded += 1
            except pypdfium2.PdfiumError:
                raise DocumentError(f"page {index} cannot be read: the PDF is damaged there") from None
        return self._last[1]

    def letters(self, index: int, most: int) -> Iterator[tuple[float, float]]:
        """Yield size in points and letters of the first *most* things on page *index* that people can read."""
        return objects.letters(self._page(index), most)

    def bookmarks(self, index: int) -> list[Bookmark]:
        """Return the entries of the outline that lead to page *index*, in points from its top."""
        if not (found := self.outline.marks.get(index)):
            return []
        view = self.fonts(index).view
        tops = (mark.top and view.box((0, mark.top, 1, mark.top)).top for mark in found)
        return [evolve(mark, top=top) for mark, top in zip(found, tops, strict=True)]

    def bare_notes(self, index: int) -> Iterator[Line]:
        """Yield what notes on page *index* say that are not drawn, in points."""
        fonts = self.fonts(index)
        return bare_notes(fonts.page, fonts.view)

    def filled(self, index: int) -> Iterator[Filled]:
        """Yield what is filled into the form's fields on page *index*."""
        form = self._pdf.formenv
        fonts = self.fonts(index)
        return filled(form.raw, fonts.page, fonts.view) if form is not None else iter(())

    @contextlib.contextmanager
    def turned(self, index: int, quarters: int) -> Iterator[None]:
        """Turn page *index* by *quarters* right angles clockwise for a while, whatever is asked about it."""
        if not quarters:
            yield
            return
        page = self._page(index)
        before = page.get_rotation()
        page.set_rotation((before + 90 * quarters) % 360)
        self._last = None  # a page knows its size from when it was loaded
        try:
            yield
        finally:
            self._page(index).set_rotation(before)
            self._last = None

    def alone(self, index: int, *, flat: bool = False) -> bytes:
        """
        Return a PDF of nothing but page *index*.

        Args:
            flat: Whether what people see of its annotations and form becomes part of its content.
        """
        part = pypdfium2.PdfDocument.new()
        try:
            part.import_pages(self._pdf, [index])
            if flat:
                page = part[0]
                pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
                page.close()
            buffer = io.BytesIO()
            part.save(buffer)
        finally:
            part.close()
        return buffer.getvalue()

    def raster(self, index: int) -> Raster:
        """
        Return the picture of page *index*, annotations and filled-in forms included, in blue, green and red.

        Raises:
            DocumentError: There is no such page, or it cannot be drawn.
        """
        page = self._page(index)
        wide, high = page.get_width(), page.get_height()
        if not (wide > 0 and high > 0):
            raise DocumentError(f"page {index} has no area")
        width, height, scale = self._in_pixels(index, wide, high)
        pixels = Shared.empty(width * height * 3)
        with pixels.map(writable=True) as view:
            buffer = (ctypes.c_ubyte * len(view)).from_buffer(view)
            bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, buffer, width * 3)
            if not bitmap:
                raise DocumentError(f"page {index} cannot be drawn")
            try:
                pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
                place = (bitmap, page.raw, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
                pdfium.FPDF_RenderPageBitmap(*place)
                if self._pdf.formenv:
                    pdfium.FPDF_FFLDraw(self._pdf.formenv.raw, *place)
            finally:
                pdfium.FPDFBitmap_Destroy(bitmap)
                del buffer
        return Raster(pixels=pixels, width=width, height=height, channels=3, dpi=scale * _POINTS)

    def size_in_pixels(self, index: int) -> tuple[int, int, int]:
        """Return width, height and dots an inch of the picture of page *index*; small pages alone are loaded."""
        wide, high = self._pdf.get_page_size(index)
        if not (wide > 0 and high > 0):
            raise DocumentError(f"page {index} has no area")
        width, height, scale = self._in_pixels(index, wide, high)
        return width, height, round(scale * _POINTS)

    def part(self, pages: Sequence[int]) -> bytes:
        """Return *pages* as a PDF of their own."""
        for index in pages:
            self._page(index)
        part = pypdfium2.PdfDocument.new()
        try:
            part.import_pages(self._pdf, list(pages))
            buffer = io.BytesIO()
            part.save(buffer)
        except pypdfium2.PdfiumError:
            raise DocumentError("the PDF cannot be split into pages") from None
        finally:
            part.close()
        return buffer.getvalue()

    def close(self) -> None:
        """Give its memory back."""
        self._last = None
        self._pdf.close()

    def _page(self, index: int) -> pypdfium2.PdfPage:
        return self.fonts(index).page

    def _in_pixels(self, index: int, wide: float, high: float) -> tuple[int, int, float]:
        """Return the size of the picture of page *index*, of so many points, and how many pixels it has for one."""
        long = max(wide, high)
        scale = max(_DPI / _POINTS, _SHORTEST_LONG_SIDE / long)
        if scale * long < _FINE_LONG_SIDE:
            scale = max(scale, min(_FINE_LONG_SIDE, objects.detail(self._page(index), _COVERS)) / long)
        scale = min(scale, (MOST_PIXELS / (wide * high)) ** 0.5)
        return max(1, round(wide * scale)), max(1, round(high * scale)), scale
