"""
Tells addresses side by side, as at the head of a letter or an invoice, from two columns of a table.

Each is a block of short lines without gaps, begun by a name or by a word such as "Bill to", and one of its lines is a
street or a town with a number, or says how to call or to write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ...page import Line, union
from ..measure import ems


__all__ = ["are_addresses"]

PLACE = re.compile(r"\d{1,6}[a-z]?,? [A-ZÀ-Þ][^\W\d_]{2}[^\d]*|[A-ZÀ-Þ][^\W\d_]{2}[^\d:]* \d{1,6}[a-z]?")
CONTACT = re.compile(r"(?i:phone|tel|fax|mobile|e-?mail|www\.|https?:)\b.*|\S+@\S+\.\w+")
LABELS = frozenset(
    [
        *("from", "to", "sender", "recipient", "seller", "buyer", "supplier", "customer", "client"),
        *("bill to", "billed to", "ship to", "sold to", "invoice to", "deliver to"),
        *("billing address", "shipping address", "rechnungsadresse", "lieferadresse", "lieferanschrift"),
        *("absender", "empfänger", "expéditeur", "destinataire"),
    ]
)
FEWEST, MOST = 2, 8  # lines of an address
LONGEST = 40  # letters of a line
CLOSE = 0.7  # of the font size: between lines of an address
APART = 1.5  # times the font size
LEVEL = 1.2  # times the font size: how far from each other two addresses begin


def are_addresses(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether the blocks *left* and *right*, each from the top down, are addresses beside each other."""
    if max(len(left), len(right)) < 3 or not (_set_close(left) and _set_close(right)):
        return False
    em = ems(left[0])
    one, other = union([line.box for line in left]), union([line.box for line in right])
    if abs(one.top - other.top) > LEVEL * em or other.left - one.right < APART * em:
        return False
    if _labelled(left) and _labelled(right):
        return True
    return any(map(_place, left)) and any(_place(line) or CONTACT.fullmatch(line.text.strip()) for line in right)


def _set_close(block: Sequence[Line]) -> bool:
    """Whether *block* is a few short lines, one below the other without gaps, no label of a form among them."""
    if not FEWEST <= len(block) <= MOST or any(len(line.text) > LONGEST for line in block):
        return False
    if any(line.text.rstrip().endswith(":") for line in block[1:]) or not block[0].text[:1].isalpha():
        return False
    return all(
        low.box.down(high.box) < 0.5 * high.box.height and low.box.top - high.box.bottom < CLOSE * ems(high)
        for high, low in pairwise(block)
    )


def _labelled(block: Sequence[Line]) -> bool:
    return block[0].text.strip().rstrip(":").lower() in LABELS


def _place(line: Line) -> bool:
    return PLACE.fullmatch(line.text.strip()) is not None
