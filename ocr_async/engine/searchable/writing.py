"""The parser's task that writes a searchable PDF."""

from __future__ import annotations

import contextlib
import json
import mmap
import zlib
from collections.abc import Iterator, Mapping
from copy import copy
from decimal import Decimal
from functools import partial
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, Stream, String

from ..._ipc.memory import Shared
from ...errors import DocumentError, PasswordRequired
from ...models import FileOnDisk
from ..files import open_document
from ..scan.pictures import format_of
from .archival import archival
from .font import Codes, embedded
from .layer import Frame, Layer, Marks, content, mapping
from .pictures import as_pdf
from .tags import Structure


__all__ = ["searchable"]

_FONT = Name("/OcrAsync")
_START = 1024
_APPEND_ONLY = 2  # of a form's signature flags; 1 says no more than that there is a field for one


def searchable(document: FileOnDisk, layers: Shared) -> tuple[Shared, tuple[str, ...]]:
    """
    Return *document* as a PDF with the text of *layers* under what its pages show, and what was taken out of it.

    Nothing of the original is written anew: its streams are copied as they are, and a page without a layer is
    untouched. Encryption stays.

    Args:
        layers: Lines of JSON: first ``outline``, of titles, levels, pages and heights (0 to 1 from the top),
            ``language`` and ``title``, for a document that does not say, ``archival``, whether to make PDF/A-2b, and
            ``whole``, the pages of which all text is known; then each page, the fields of `Layer`.

    Raises:
        DocumentError: It is neither PDF nor picture, cannot be opened, is signed, its pages come from an XFA form, or
            it cannot be made PDF/A.

        PasswordRequired: It is encrypted, and its password does not open it.
    """
    lines = _lines(layers.map())
    layers.close()
    told = json.loads(next(lines))
    with _opened(document) as pdf:
        _refuse(pdf)
        codes = Codes()
        font = pdf.make_indirect(Dictionary())
        structure = Structure(pdf) if _can_be_tagged(pdf, told["whole"]) else None
        for line in lines:  # one after the other: the words of a page take a hundred times what is made of them
            layer = Layer(**json.loads(line))
            if layer.index < len(pdf.pages) and layer.width > 0 and layer.height > 0:
                _lay(pdf, pdf.pages[layer.index], layer, codes, font, structure)
        embedded(pdf, font, codes)
        _describe(pdf, told)
        if structure is not None:
            structure.finish()
        return archival(pdf) if told["archival"] else (_written(pdf), ())


def _lines(data: memoryview) -> Iterator[bytes]:
    start = 0
    mapped = data.obj  # a mapping, which knows how to search
    assert isinstance(mapped, mmap.mmap)
    while (end := mapped.find(b"\n", start)) >= 0:
        yield mapped[start:end]
        start = end + 1


@contextlib.contextmanager
def _opened(document: FileOnDisk) -> Any:
    with open_document(document) as file:
        start = file.read(_START)
        if b"%PDF-" not in start:
            kind = format_of(start)
            if kind is None:
                raise DocumentError("only PDFs and pictures become searchable PDFs")
            with as_pdf(document, kind) as made:
                yield made
            return
        file.seek(0)
        try:
            with Pdf.open(file, password=document.password or "") as pdf:
                if not len(pdf.pages):
                    raise DocumentError("the PDF has no pages: it is damaged or cut off")
                yield pdf
        except pikepdf.PasswordError:
            raise PasswordRequired("the PDF is encrypted", hint=None if document.password else "password") from None
        except pikepdf.PdfError:
            raise DocumentError("the PDF is too damaged to be written anew with its text") from None


def _refuse(pdf: Any) -> None:
    form = pdf.Root.get(Name.AcroForm)
    if isinstance(form, Dictionary) and Name.XFA in form and bool(pdf.Root.get(Name.NeedsRendering, False)):
        raise DocumentError("the PDF holds no pages but a form in XML (XFA), which another program has to draw")
    if Name.Perms in pdf.Root or (isinstance(form, Dictionary) and _is_signed(form)):
        raise DocumentError("the PDF is signed: with a text layer its signature would be broken")


def _is_signed(form: Any) -> bool:
    """Whether *form* says that it may only be appended to, or has a field that somebody signed."""
    flags = form.get(Name.SigFlags, 0)
    if isinstance(flags, int) and flags & _APPEND_ONLY:
        return True
    waiting: list[tuple[Any, Any]] = [(field, None) for field in _several(form.get(Name.Fields))]
    seen: set[tuple[int, int]] = set()
    while waiting:
        field, kind = waiting.pop()
        if not isinstance(field, Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        seen.add(field.objgen)
        kind = field.get(Name.FT, kind)
        if kind == Name.Sig and Name.V in field:
            return True
        waiting += [(kid, kind) for kid in _several(field.get(Name.Kids))]
    return False


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Array) else []


def _can_be_tagged(pdf: Any, whole: Mapping[str, bool]) -> bool:
    """
    Whether tags would tell all that *pdf* says; who reads by them passes over whatever has none.

    Args:
        whole: The pages of which all text is known, and whether to the word.
    """
    if Name.StructTreeRoot in pdf.Root or len(whole) < len(pdf.pages):
        return False
    return all(
        str(number) in whole and (whole[str(number)] or not _fonts(page)) and not _is_marked(page)
        for number, page in enumerate(pdf.pages)
    )


def _fonts(page: Any) -> int:
    resources = page.obj.get(Name.Resources, _inherited(page.obj, Name.Resources))
    fonts = resources.get(Name.Font) if isinstance(resources, Dictionary) else None
    return len(fonts) if isinstance(fonts, Dictionary) else 0


def _is_marked(page: Any) -> bool:
    """Whether *page* numbers pieces of its content for a tree that is gone: ours would be mistaken for them."""
    return Name.StructParents in page.obj


def _lay(pdf: Any, page: Any, layer: Layer, codes: Codes, font: Any, structure: Structure | None) -> None:
    if structure is None and not layer.lines:
        return
    if not layer.exact and _fonts(page):
        return
    rotation = page.obj.get(Name.Rotate, _inherited(page.obj, Name.Rotate))
    frame = Frame(_shown(page), int(rotation) // 90 % 4 if isinstance(rotation, (int, Decimal)) else 0)
    resources = page.obj.get(Name.Resources, _inherited(page.obj, Name.Resources))
    # other pages may share both dictionaries
    own = copy(resources) if isinstance(resources, Dictionary) else Dictionary()
    fonts = own.get(Name.Font)
    own[Name.Font] = copy(fonts) if isinstance(fonts, Dictionary) else Dictionary()
    own[Name.Font][_FONT] = font
    page.obj[Name.Resources] = own
    marks = None if structure is None else Marks()
    data = content(layer, frame, codes, font=str(_FONT), marks=marks)
    text = pdf.make_indirect(Stream(pdf, zlib.compress(data), Filter=Name.FlateDecode))
    page.contents_add(text, prepend=True)
    if structure is not None and marks is not None:
        structure.add(page, layer.tags, marks.of, mapping(layer, frame))


def _shown(page: Any) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of what *page* shows."""
    try:
        left, bottom, right, top = (float(side) for side in page.cropbox)
    except (TypeError, ValueError, RuntimeError):
        raise DocumentError("a page of the PDF has no size: it is too damaged to be written anew") from None
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _inherited(node: Any, name: Any) -> Any:
    for _ in range(50):
        node = node.get(Name.Parent)
        if not isinstance(node, Dictionary):
            return None
        if name in node:
            return node[name]
    return None


def _describe(pdf: Any, told: Mapping[str, Any]) -> None:
    """Tell what the original does not: its language, title and headings."""
    if told["language"] and Name.Lang not in pdf.Root:
        pdf.Root[Name.Lang] = String(told["language"])
    if told["title"] and Name.Title not in pdf.docinfo:
        pdf.docinfo[Name.Title] = String(told["title"])
    if told["outline"] and Name.Outlines not in pdf.Root:
        with pdf.open_outline() as outline:
            above: list[tuple[int, Any]] = []
            for title, level, index, height in told["outline"]:
                if index >= len(pdf.pages):
                    continue
                left, bottom, _, top = _shown(pdf.pages[index])
                item = OutlineItem(title, index, "XYZ", left=left, top=top - height * (top - bottom))
                while above and above[-1][0] >= level:
                    above.pop()
                (above[-1][1].children if above else outline.root).append(item)
                above.append((level, item))


def _written(pdf: Any) -> Shared:
    # with the keys that are there, whatever is copied is encrypted anew and nothing else done to it
    how: dict[str, Any] = {"encryption": True} if pdf.is_encrypted else {
        "stream_decode_level": pikepdf.StreamDecodeLevel.none, "deterministic_id": True,
    }  # fmt: skip
    save = partial(pdf.save, compress_streams=False, min_version="1.5", **how)  # 1.4 knows no order of tabs
    try:
        return Shared.written(save)
    except pikepdf.PdfError:
        raise DocumentError("the PDF is too damaged to be written anew with its text") from None
