"""From a sheet to the page that callers get: layout, Markdown, elements, blocks, pictures, confidence."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ..models import OCRDimensions, OCRPage
from . import layout
from .assembly import Cutter, Writer, assembled, confidence_of
from .fallbacks import LayoutReader, attempt, regions_of
from .lines import lines_of
from .markdown import write
from .page import Region, Sheet
from .values import PageOptions
from .whole_document import ALONE, Running


__all__ = ["page_of"]

_DPI = 200.0
"""A digital page's coordinates are those of its picture at this resolution, so that scans beside it measure alike."""

_SURE_OF_FORMULAS = 0.3
_WORTH_A_WARNING = 0.8


def page_of(
    index: int,
    sheet: Sheet,
    wanted: PageOptions,
    *,
    scale: float = 1.0,
    running: Running = ALONE,
    cut: Cutter | None = None,
    warnings: Sequence[str] = (),
    read: LayoutReader = layout.read,
    write: Writer = write,
) -> OCRPage:
    """
    Return page *index* as callers see it. A stage that fails costs what it adds, and a warning.

    Args:
        scale: Pixels of the page that callers see along one of a recognised *sheet*.

        running: What `layout.running` found in the document.

        cut: Needed where pictures are wanted.

        warnings: What is to be said of the page beside what is found here.

        read: Finds the page's regions.

        write: Writes them.
    """
    said = list(warnings)
    scale = _DPI / sheet.dpi if sheet.source == "text" else scale
    regions = regions_of(sheet, running, read, said)
    # what a text layer says is sure, and its words are not asked for in vain
    confidence = confidence_of(sheet.lines) if sheet.source == "ocr" else (1.0, 1.0) if sheet.lines else None
    if confidence is not None and confidence[0] < _WORTH_A_WARNING:
        said.append(
            f"the recogniser is unsure of this page (confidence {confidence[0]:.2f}): "
            "bad print, handwriting, or a script that it does not know"
        )
    if sheet.source == "ocr":
        regions = _formulas_doubted(regions, said)
    page = assembled(
        index,
        regions,
        wanted,
        dimensions=OCRDimensions(
            dpi=round(sheet.dpi * scale), width=round(sheet.width * scale), height=round(sheet.height * scale)
        ),
        scale=scale,
        confidence=confidence if sheet.source == "ocr" or wanted.confidence is not None else None,
        hyperlinks=[link.url for link in sheet.links],
        cut=cut,
        warnings=said,
        write=write,
    )
    if wanted.confidence != "word":
        return page
    lines = attempt(lambda: lines_of(sheet, regions, scale), list, [], "the places of words could not be told")
    return evolve(page, extra={**page.extra, "lines": lines, "source": sheet.source})


def _formulas_doubted(regions: Sequence[Region], warnings: list[str]) -> Sequence[Region]:
    """Return *regions*, formulas with little confidence: what was recognised of them lacks fractions and powers."""
    formulas = [region for region in regions if region.type == "equation"]
    if not formulas:
        return regions
    told = "a formula was" if len(formulas) == 1 else f"{len(formulas)} formulas were"
    warnings.append(f"{told} read as plain text, without fractions and powers")
    return [_doubted(region) if region.type == "equation" else region for region in regions]


def _doubted(region: Region) -> Region:
    lines = tuple(evolve(line, confidence=min(line.confidence, _SURE_OF_FORMULAS)) for line in region.lines)
    return evolve(region, confidence=min(region.confidence, _SURE_OF_FORMULAS), lines=lines)
