"""
PDF/A-2b (ISO 19005-2), for archives: pikepdf mends what can be mended, and judges the file that it has written.

Its judge knows what conforms and takes all else for a fault, so a file that it passes is one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

import pikepdf

from ..._ipc.memory import Shared
from ...errors import DocumentError, missing_extra


__all__ = ["archival"]

logging.getLogger("fontTools").addHandler(logging.NullHandler())  # what it thinks of a font is for nobody's terminal

_FLAVOUR = "2b"
_CLAUSE = re.compile(r"ISO_19005_2:([\d.]+)-\d+")
_UNPRINTABLE = re.compile(r"[^ -~]+")
_OF_TRAILERS = frozenset({"/Size", "/Root", "/Info", "/ID"})  # other keys say of the old file, as a sum of its bytes
_MOST_REASONS = 3
_LONGEST = 160  # characters of a reason


def archival(pdf: Any) -> tuple[Shared, tuple[str, ...]]:
    """
    Return *pdf* written as PDF/A-2b, and what was taken out of it for that.

    Raises:
        ConfigurationError: A package that judges it is not installed.

        DocumentError: It cannot be made PDF/A, such as for a font that is not embedded.
    """
    try:
        from pikepdf import pdfa
    except ImportError:
        raise missing_extra("PDF/A", "pdfa") from None
    if pdf.is_encrypted:
        raise DocumentError("the PDF is encrypted, which PDF/A is not: remove its password first")
    for key in set(pdf.trailer.keys()) - _OF_TRAILERS:
        del pdf.trailer[key]
    opens = pdf.Root.get("/OpenAction")
    if isinstance(opens, pikepdf.Array) and len(opens) and getattr(opens[0], "objgen", 0) == pdf.pages[0].obj.objgen:
        del pdf.Root["/OpenAction"]  # which is where it opens anyway
    for page in pdf.pages:
        if page.obj.get("/Tabs") == "S":  # LibreOffice writes a text there, which is to be a name
            page.obj.Tabs = pikepdf.Name.S
    how = pdfa.resolve_save_kwargs(_FLAVOUR, deterministic_id=True)
    try:
        prepared = pdfa.prepare(pdf, _FLAVOUR)
        made = Shared.written(lambda out: pdf.save(out, **how))
    except pikepdf.PdfError:
        raise DocumentError("the PDF is too damaged to be written anew with its text") from None
    with open(made, "rb") as file:
        report = pdfa.validate_written(file, _FLAVOUR, save_kwargs=how)
    if not report.passed:
        raise DocumentError(_denied(report.violations, report.unsupported))
    return made, tuple(_printable(text) for level, text in prepared.messages() if level != "debug")


def _denied(violations: Sequence[Any], unsupported: Sequence[Any]) -> str:
    """Return why a document is not PDF/A, or is not known to be."""
    reasons = list(dict.fromkeys(map(_reason, violations or unsupported)))
    said = "; ".join(reasons[:_MOST_REASONS])
    if len(reasons) > _MOST_REASONS:
        said += f"; and {len(reasons) - _MOST_REASONS} more"
    what = "cannot be made PDF/A-2b" if violations else "is not known to become PDF/A-2b"
    return f"the document {what}: {said}"


def _reason(finding: Any) -> str:
    text = _printable(finding.message)
    clause = _CLAUSE.fullmatch(finding.rule)
    return f"{text} (ISO 19005-2, {clause[1]})" if clause else text


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text).strip()[:_LONGEST]
