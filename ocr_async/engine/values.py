"""What the engine's tasks hand to each other across processes: plain values, light to import."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from .._shared import Shared
from ..models import OCRPage


__all__ = ["Doubtful", "Engine", "Form", "Raster", "Recogniser", "Wanted"]

Engine = Literal["auto", "rapidocr", "tesseract"]
Form = Literal["markdown", "html", "text", "json"]


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
class Wanted:
    """
    What the caller wants in a page; the names are `OCRRequest`'s.

    Attributes:
        form: Of the page's text. The places of words and blocks are told in Markdown alone.
    """

    images: bool = False
    image_limit: int | None = None
    image_min_size: int | None = None
    table_format: Literal["markdown", "html"] | None = None
    furniture: bool = False
    blocks: bool = False
    confidence: Literal["word", "page", "block"] | None = None
    form: Form = "markdown"


@frozen(kw_only=True)
class Recogniser:
    """
    Who reads the lines of a page's picture.

    Attributes:
        engine: ``rapidocr``, the networks; ``tesseract``; ``auto``, the networks, and tesseract where they cannot.

        languages: Of the document, by the names of `engine.languages`; none where they are not known.
    """

    engine: Engine = "auto"
    languages: tuple[str, ...] = ()


@frozen
class Doubtful:
    """
    A page as its text layer gives it, which recognition may give better.

    Attributes:
        why: ``hidden``, ``garbled`` or ``stamp``; `trust.verdict` says what they mean.
    """

    page: OCRPage
    why: Literal["hidden", "garbled", "stamp"]

    def better(self, recognised: OCRPage) -> OCRPage:
        """Return the better of both pages."""
        if self.why == "stamp":
            said, seen = len(self.page.markdown), len(recognised.markdown)
            return recognised if seen > 1.5 * said + 40 else self.page
        scores = recognised.confidence_scores
        sure = scores is not None and scores.average_page_confidence_score >= 0.75
        return recognised if sure or not self.page.markdown else self.page
