"""
Understands the layout of one page: `read` turns a `Sheet` into `Region`s in reading order.

The steps, each a module or a room: lines that a parser joined or tore are put right (`columns`, `starts`); what
belongs to figures is set aside (`figures`), and so are running heads and feet (`running_heads`); tables are found
(`tables`); what is left is cut into `columns`, of whose lines `listings` takes out code, and the others become
paragraphs (`flow`), of which `kinds` tells `headings`, `lists` and code; at last `join` tells which hyphens at the ends
of lines are the words'.

May import the values at the engine's top, and no other room of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..page import Region, Sheet
from ..whole_document import ALONE, Running, Styles
from . import reader
from .headings import believed, of_contents, sizes_of, styles, type_sizes, with_looks
from .join import HYPHENS, Vocabulary, settled
from .listings import is_proportional
from .repetition import repeated
from .running_heads import EDGE


__all__ = [
    "EDGE",
    "Vocabulary",
    "believed",
    "heading_styles",
    "is_proportional",
    "of_contents",
    "read",
    "running",
    "sizes_of",
    "type_sizes",
    "vocabulary_of",
    "with_looks",
]


def read(sheet: Sheet, running: Running = ALONE, vocabulary: Vocabulary | None = None) -> tuple[Region, ...]:
    """
    Return the regions of *sheet* in reading order.

    Args:
        running: What `running` found to repeat over the pages of the document.

        vocabulary: Of the document; None takes that of the page.
    """
    return settled(reader.read(sheet, running), vocabulary, sheet.lines)


def heading_styles(sheets: Iterable[Sheet], body: float) -> Styles:
    """
    Return how a document sets headings and terms, for `TypeSizes`.

    Args:
        body: Size of the running text.
    """
    return styles.of_document(sheets, body)


def running(sheets: Sequence[Sheet]) -> Running:
    """Return what repeats at the top or foot of the pages of one document, for `read`."""
    return repeated(sheets)


def vocabulary_of(sheets: Sequence[Sheet]) -> Vocabulary | None:
    """Return the words of one document, for `read`; None where no line ends in a hyphen."""
    texts = [line.text for sheet in sheets for line in sheet.lines]
    return Vocabulary(texts) if any(text[-1:] in HYPHENS for text in texts if text) else None
