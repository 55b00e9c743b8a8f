"""
Responses as files for people: Markdown with its pictures saved, plain text, HTML, JSON, tables, hOCR, ALTO.

May import what lies below the programs; `cli`, `gateway` and `bulk` call it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from operator import methodcaller
from pathlib import Path

from attrs import field, frozen

from ..engine.legible import legible_text
from ..errors import missing_extra
from ..models import Document, OCRResponse
from .files import replace
from .images import save_images


__all__ = ["Made", "lacking", "made_for", "render", "save_images", "save_tables"]

_CONTROLS = re.compile("[\x7f-\x9f\ud800-\udfff]")


def render(
    response: OCRResponse,
    form: str,
    *,
    name: str,
    pictures: Mapping[int, bytes] | None = None,
    pdf: memoryview | None = None,
) -> str | bytes | memoryview:
    """
    Return *response* as text that ends in a line feed, or as the bytes of a form in `forms.BINARY`.

    Args:
        form: ``md``, ``json`` (indented), ``jsonl`` (one line, with the document's name), ``text``
            (without marks, a form feed between two pages), ``html``, ``csv``
            (its tables, an empty line between two), ``xlsx``, ``pdf``, ``pdfa``, ``hocr`` or ``alto``.

        name: Of the document, for ``jsonl`` and the title of ``html``.

        pictures: As in `Made`.

        pdf: Likewise; needed for ``pdf`` and ``pdfa``.
    """
    match form:
        case "md":
            return legible_text(response.markdown).rstrip("\n") + "\n"
        case "json":
            from ..formats import indented

            return _escaped(indented(response.to_dict())) + "\n"
        case "jsonl":
            import json

            return _escaped(json.dumps({"document": name, **response.to_dict()}, ensure_ascii=False)) + "\n"
        case "text" | "html":
            return _rendered(response, form, name, pictures or {})
        case "csv":
            return "\n".join(table.to_csv() for table in response.tables)
        case "xlsx":
            from .workbook import workbook

            return workbook(response.tables)
        case "pdf" | "pdfa" if pdf is not None:
            return pdf
        case "hocr" | "alto":
            from . import layouts

            return layouts.hocr(response, name=name) if form == "hocr" else layouts.alto(response, name=name)
    raise ValueError(f"unknown form {form!r}")


@frozen
class Made:
    """
    What a form needs beside the response, made of the document.

    Attributes:
        pictures: JPEGs of the pages by index, for ``html``.

        pdf: The whole file, for ``pdf`` and ``pdfa``.

        warnings: What of the document is not in it, or that nothing is.
    """

    pictures: Mapping[int, bytes] = field(factory=dict)
    pdf: memoryview | None = None
    warnings: Sequence[str] = ()


async def made_for(form: str, document: Document | None, response: OCRResponse) -> Made:
    """
    Return what *form* needs of *document*, which is what was read.

    Raises:
        OCRError: There is no searchable PDF of it, as `searchable.searchable` says.
    """
    if form in {"pdf", "pdfa"}:
        from .searchable import searchable

        made, warnings = await searchable(document, response, archival=form == "pdfa")
        return Made(pdf=made.map(), warnings=warnings)
    if form == "html" and document is not None:
        from .pictures import drawn  # the engine's pool, which other forms do without

        return Made(await drawn(document, response))
    return Made(warnings=lacking(form, response))


def lacking(form: str, response: OCRResponse) -> Sequence[str]:
    """Return what is said of *response* as a file of tables alone that has none."""
    return () if form not in {"csv", "xlsx"} or response.tables else ("there is no table in this document",)


def save_tables(response: OCRResponse, folder: Path, *, protected: Container[tuple[int, int]] = ()) -> int:
    """
    Write the tables of *response* into *folder*, ``table-1.csv`` and so on, in reading order; return how many.

    Args:
        protected: Device and inode of files that are not written over, such as the documents themselves.

    Raises:
        OSError: One cannot be written.
    """
    tables = response.tables
    if tables:
        folder.mkdir(parents=True, exist_ok=True)
    for number, table in enumerate(tables, 1):
        file = folder / f"table-{number}.csv"
        with suppress(OSError):
            if (file.stat().st_dev, file.stat().st_ino) in protected:
                file = folder / f"copy-table-{number}.csv"
        replace(file, methodcaller("write", table.to_csv().encode()))
    return len(tables)


def _rendered(response: OCRResponse, form: str, name: str, pictures: Mapping[int, bytes]) -> str:
    try:
        from ..engine.output_format import plain
        from .html import document
    except ImportError as error:
        raise missing_extra(f"the form {form}", "cli") from error
    if form == "html":
        return legible_text(document(response, title=name, pictures=pictures))
    return "\f".join(legible_text(plain(page.markdown)) + "\n" for page in response.pages)


def _escaped(written: str) -> str:
    """Return JSON with the control characters escaped that `json` lets stand: a terminal acts on them."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
