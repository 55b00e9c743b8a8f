"""From a sheet to the page that callers get: layout, Markdown, elements, confidence."""

from __future__ import annotations

import statistics

from attrs import frozen

from ..models import OCRDimensions, OCRElement, OCRPage, OCRPageConfidence
from .page import Box, Line, Sheet, union


__all__ = ["Wanted", "page_of"]

_DPI = 200.0


@frozen(kw_only=True)
class Wanted:
    """What the caller wants in a page beside its text."""

    elements: bool = True


def page_of(index: int, sheet: Sheet, wanted: Wanted) -> OCRPage:
    """Return page *index* as callers see it; coordinates of a digital page are those of its picture at 200 dpi."""
    scale = _DPI / sheet.dpi if sheet.source == "text" else 1.0
    paragraphs = _paragraphs(sheet)
    elements = tuple(
        OCRElement(
            type="text",
            label="paragraph",
            text=" ".join(line.text for line in lines),
            bbox=_bbox(union(line.box for line in lines), scale),
        )
        for lines in paragraphs
    )
    scores = [line.confidence for line in sheet.lines]
    return OCRPage(
        index=index,
        markdown="\n\n".join(element.text or "" for element in elements),
        dimensions=OCRDimensions(
            dpi=round(sheet.dpi * scale), width=round(sheet.width * scale), height=round(sheet.height * scale)
        ),
        elements=elements if wanted.elements else None,
        confidence_scores=OCRPageConfidence(
            average_page_confidence_score=statistics.fmean(scores), minimum_page_confidence_score=min(scores)
        )
        if scores
        else None,
    )


def _bbox(box: Box, scale: float) -> dict[str, int]:
    left, top = round(box.left * scale), round(box.top * scale)
    return {"x": left, "y": top, "width": round(box.right * scale) - left, "height": round(box.bottom * scale) - top}


def _paragraphs(sheet: Sheet) -> list[list[Line]]:
    """Rows from the top, joined while the gap between them stays below a line's height."""
    rows: list[list[Line]] = []
    for line in sorted(sheet.lines, key=lambda line: line.box.centre):
        if rows and line.box.centre < rows[-1][0].box.bottom and rows[-1][0].box.top < line.box.centre:
            rows[-1].append(line)
        else:
            rows.append([line])
    paragraphs: list[list[Line]] = []
    for row in rows:
        row.sort(key=lambda line: line.box.left)
        gap = row[0].box.top - paragraphs[-1][-1].box.bottom if paragraphs else 0
        if paragraphs and gap < 0.6 * row[0].box.height:
            paragraphs[-1].extend(row)
        else:
            paragraphs.append(list(row))
    return paragraphs
