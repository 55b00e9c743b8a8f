"""
Understands the layout of one page: `read` turns a `Sheet` into `Region`s in reading order.

The steps, each a module of its own: lines that a parser joined or tore are put right (`narrow`, `justified`,
`starts`); what belongs to figures is set aside (`figures`), and so are running heads and feet (`running_heads`); tables
are found (in the room `tables`); what is left is cut into columns (`order`), of whose lines `listings` takes out code,
and the others become paragraphs (`flow`), headings (`headings`) and lists (`lists`).

May import the values at the engine's top, and no other room of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..page import Sheet
from .listings import is_proportional
from .reader import read
from .running_heads import EDGE, repeated
from .type_sizes import sizes_of, type_sizes


__all__ = ["EDGE", "is_proportional", "read", "running", "sizes_of", "type_sizes"]


def running(sheets: Sequence[Sheet]) -> frozenset[str]:
    """Return what repeats at the top or foot of the pages of one document, for `read`."""
    return repeated(sheets)
