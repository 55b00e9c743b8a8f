"""
The parser's tasks: count a document's pages, tell their sizes, read its text layer, draw its pages, cut it.

The last documents stay open, because the batches of one document come one after another.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from .._ipc.memory import Shared
from ..errors import DocumentError, no_such_page
from ..models import FileOnDisk
from .files import open_document
from .office.documents import Flowing, kind_of
from .pdf.pdf import Pdf
from .scan.pictures import Pictures, format_of
from .values import PageOptions, Raster


if TYPE_CHECKING:
    from .pdf.digital import Answer


__all__ = ["Mode", "count", "cut", "raster", "read", "sizes"]

Mode = Literal["auto", "text", "ocr"]

_START = 1024
_MOST_OPEN = 2
_TOGETHER = 64  # pages whose text layer is read at once: opening the file costs some milliseconds each time
_ELSEWHERE = (
    "the embedded engine reads PDF, pictures, DOCX, PPTX, XLSX, OpenDocument, EPUB, HTML, RTF, notebooks, letters and "
    "plain text; a hosted model such as mistral/mistral-ocr-latest may read it"
)


def count(document: FileOnDisk) -> int:
    """Return how many pages *document* has."""
    return _open(document).count


def read(
    document: FileOnDisk,
    pages: Sequence[int] | None,
    mode: Mode,
    wanted: PageOptions,
    careful: bool = False,
    plain: bool = False,
) -> Iterator[tuple[int, Answer]]:
    """
    Yield for each of *pages*, in their order, what its text layer gives: the page, `UncertainPage` or None where it has
    to be recognised, or the error that it costs.

    Args:
        careful: Read one page after the other, so that it is known which one ends this process.

        plain: Ask as little as can be of each: one of them has ended a process.
    """
    source = _open(document)
    numbers = range(source.count) if pages is None else pages
    for index in numbers:
        if not 0 <= index < source.count:
            raise no_such_page(index, source.count)
    if isinstance(source, Pictures) and mode == "text":
        raise DocumentError("a picture has no text layer", hint="recognise")
    if isinstance(source, Flowing):
        yield from ((index, source.page(index, wanted, mode)) for index in numbers)
        return
    if isinstance(source, Pictures) or mode == "ocr":
        yield from ((index, None) for index in numbers)
        return
    from .pdf import digital

    if plain:
        for index in numbers:
            yield index, digital.plain(source, index, always=mode == "text", wanted=wanted)
        return
    step = 1 if careful else _TOGETHER
    for start in range(0, len(numbers), step):
        part = numbers[start : start + step]
        yield from digital.read(source, part, always=mode == "text", wanted=wanted, alone=careful)


def raster(document: FileOnDisk, page: int) -> Raster:
    """Return the picture of *page*."""
    return _open(document).raster(page)


def sizes(document: FileOnDisk, pages: Sequence[int] | None) -> tuple[tuple[int, int, int | None], ...]:
    """
    Return width, height and dots an inch of *pages*, as services tell places on them: a picture's own pixels, a PDF's
    page in those of `raster`. One that the document has not is left out at the end.
    """
    source = _open(document)
    if isinstance(source, Flowing):
        raise DocumentError("the document has no pages of a size")
    numbers = range(source.count) if pages is None else pages
    return tuple(source.size_in_pixels(index) for index in numbers if index < source.count)


def cut(document: FileOnDisk, pages: Sequence[int]) -> Shared:
    """Return *pages* of *document* as a PDF of their own; a worker writes no files."""
    source = _open(document)
    if not isinstance(source, Pdf):
        raise DocumentError("only a PDF can be cut into pages")
    return Shared.holding(source.part(pages))


_opened: OrderedDict[tuple[object, ...], Pdf | Pictures | Flowing] = OrderedDict()


def _open(document: FileOnDisk) -> Pdf | Pictures | Flowing:
    try:
        facts = os.stat(document.path)
        if stat.S_ISDIR(facts.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        key = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, document.password)
        source = _opened.get(key)
        worn: Pdf | None = None
        if isinstance(source, Pdf):
            source.document = document  # the same file, perhaps under another name by now
            if source.worn:
                worn, source = source, None
                _opened.pop(key).close()
        if source is None:
            with open_document(document) as file:
                start = file.read(_START)
            try:
                _opened[key] = source = _source(document, start)
                if worn is not None and isinstance(source, Pdf):
                    source.remember(worn)
            except (OSError, MemoryError) as error:  # a mapping that does not fit in a worker fails as an OSError
                if isinstance(error, OSError) and error.errno != errno.ENOMEM:
                    raise
                raise too_large(facts.st_size) from None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise DocumentError(f"the document cannot be read: {error.strerror}") from None
    _opened.move_to_end(key)
    while len(_opened) > _MOST_OPEN:
        _opened.popitem(last=False)[1].close()
    return source


def too_large(size: int) -> DocumentError:
    """Return the error of a document of *size* bytes, which a worker has not the memory to open."""
    return DocumentError(
        f"the document has {size / 1e9:.2f} GB, more than the embedded engine can open: cut it into parts"
    )


def _source(document: FileOnDisk, start: bytes) -> Pdf | Pictures | Flowing:
    if b"%PDF-" in start:
        if start.lstrip()[:1] == b"<":
            # two documents in one: whoever checked the one would have the other read
            raise DocumentError("the document is a PDF inside of markup; save it as one of both")
        return Pdf(document)
    if kind := format_of(start):
        return Pictures(document, kind)
    if not start:
        raise DocumentError("the document is empty")
    if flowing := kind_of(document, start):
        return Flowing(document, flowing)
    if start.lstrip()[:1] == b"<":
        raise DocumentError(f"this is an XML or SVG file: {_ELSEWHERE}")
    raise DocumentError(f"the document's type is not known: {_ELSEWHERE}")
