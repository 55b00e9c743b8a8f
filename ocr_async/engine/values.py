"""What the engine's tasks hand to each other across processes: plain values, light to import."""

from __future__ import annotations

import re
from typing import Literal

from attrs import evolve, frozen

from .._ipc.memory import Shared
from ..errors import DocumentError
from ..models import OCRPage, OCRRequest


__all__ = [
    "GARBLED",
    "MOST_PIXELS",
    "Engine",
    "OutputFormat",
    "PageOptions",
    "Raster",
    "Recogniser",
    "UncertainPage",
    "damaged",
    "warned",
]

Engine = Literal["auto", "rapidocr", "tesseract", "tiny"]
OutputFormat = Literal["markdown", "html", "text", "json"]

MOST_PIXELS = 40_000_000
"""Of one rasterised page; 120 MB in three bytes a pixel."""


@frozen(kw_only=True)
class Raster:
    """
    The picture of one page, upright as its source says.

    Attributes:
        pixels: Rows from the top, without padding; 3 bytes a pixel are blue, green, red.

        width: In pixels.

        height: In pixels.

        channels: 1 (grey) or 3.

        dpi: Pixels an inch; None where the source does not say.
    """

    pixels: Shared
    width: int
    height: int
    channels: int
    dpi: float | None = None


@frozen(kw_only=True)
class PageOptions:
    """
    What the caller wants in a page; the names are `OCRRequest`'s.

    Attributes:
        form: Of the page's text. The places of words and blocks are told in Markdown alone.
    """

    images: bool = False
    image_limit: int | None = None
    image_min_size: int | None = None
    table_format: Literal["markdown", "html"] | None = None
    running_heads: bool = False
    blocks: bool = False
    confidence: Literal["word", "page", "block"] | None = None
    form: OutputFormat = "markdown"

    @classmethod
    def of(cls, request: OCRRequest, form: OutputFormat = "markdown") -> PageOptions:
        """Return what *request* wants; running heads and feet are left out of the text unless that is refused."""
        return cls(
            images=request.include_image_base64 is True,
            image_limit=request.image_limit,
            image_min_size=request.image_min_size,
            table_format=request.table_format,
            running_heads=request.extract_header is False and request.extract_footer is not True,
            blocks=request.include_blocks is True or request.confidence_scores_granularity == "block",
            confidence=request.confidence_scores_granularity,
            form=form,
        )


@frozen(kw_only=True)
class Recogniser:
    """
    Who reads the lines of a page's picture.

    Attributes:
        engine: ``rapidocr``, the networks; ``tiny``, the tiny network alone; ``tesseract``; ``auto``, the networks,
            and tesseract where they cannot.

        languages: Of the document, by the names of `engine.languages`; none where they are not known.
    """

    engine: Engine = "auto"
    languages: tuple[str, ...] = ()


@frozen
class UncertainPage:
    """
    A page as its text layer gives it, which recognition may give better.

    Attributes:
        why: ``hidden``, ``garbled``, ``outlined`` or ``stamp``; `trust.verdict` says what they mean. ``broken``: it
            holds nothing, because the text layer could not be read. ``drawn``: it holds nothing, because there is none,
            nor a picture that may be a scan.

        warnings: What is to be said of the page, whichever way it is read.
    """

    page: OCRPage
    why: Literal["hidden", "garbled", "outlined", "stamp", "broken", "drawn"]
    warnings: tuple[str, ...] = ()

    def better(self, recognised: OCRPage) -> OCRPage:
        """Return the better of both pages."""
        return self._better(warned(recognised, *self.warnings))

    def _better(self, recognised: OCRPage) -> OCRPage:
        said, seen = self.page.markdown, recognised.markdown
        if self.why == "outlined" and len(seen) > 1.1 * len(said):
            return recognised
        if self.why == "stamp" and len(seen) > 1.5 * len(said) + 40:
            return recognised
        scores = recognised.confidence_scores
        sure = scores is not None and scores.average_page_confidence_score >= 0.75
        if self.why in {"outlined", "stamp", "garbled"} and _found(said, seen) > 0.6:
            return self.page  # what is seen is what is written, and that is exact
        unread = self.why == "garbled" and len(seen) < 0.5 * len(said)  # of a script that it does not know
        if (sure and not unread) or not said:
            return recognised
        if self.why != "garbled":
            return self.page
        return warned(self.page, GARBLED, *recognised.extra.get("warnings", ()))


GARBLED = "the letters of its text layer are mapped to other characters, and recognition is not sure of it"


def damaged(index: int) -> DocumentError:
    """Return the error of page *index*, of which there is neither text nor picture."""
    return DocumentError(f"page {index} cannot be read: it is damaged")


def warned(page: OCRPage, *warnings: str) -> OCRPage:
    """Return *page* with *warnings* before its own."""
    if not warnings:
        return page
    return evolve(page, extra={**page.extra, "warnings": [*warnings, *page.extra.get("warnings", ())]})


def _found(said: str, seen: str) -> float:
    """Return which part of the different words of *said* are in *seen*."""
    words = set(re.findall(r"[^\W_]+", said.lower()))
    return len(words.intersection(re.findall(r"[^\W_]+", seen.lower()))) / len(words) if words else 0.0
