"""
Tells addresses side by side, as at the head of a letter or an invoice, from two columns of a table.

Each is a block of short lines without gaps, begun by a name or by a word such as "Bill to", and one of its lines is a
street or a town with a number, or says how to call or to write. Beside one may stand what the letter is about instead:
names and their values, such as the number and the date of an invoice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ...page import Line
from ..measure import ems, rows


__all__ = ["MOST_LINES", "are_addresses", "beside_details", "is_address"]

PLACE = re.compile(
    r"\d{1,6}[a-z]?,? [A-ZÀ-Þ][^\W\d_]{2}[^\d]*(?:, \w+\.? \d+\w?)?|[A-ZÀ-Þ][^\W\d_]{2}[^\d:]* \d{1,6}[a-z]?"
)
TOWN = re.compile(
    r"(?:[A-Z]{1,3}[- ])?\d{4,6},? [A-ZÀ-Þ][^\W\d_].*"  # 24105 Kiel, CH-8001 Zürich
    r"|.*[^\W\d_],? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"  # Bath BA2 6QT
    r"|[A-Z][^\d]+,? [A-Z]{2},? \d{5}(?:-\d{4})?"  # Portland, OR 97201
)
CONTACT = re.compile(r"(?i:phone|tel|fax|mobile|e-?mail|www\.|https?:)\b.*|\S+@\S+\.\w+")
LABELS = frozenset(
    [
        *("from", "to", "sender", "recipient", "seller", "buyer", "supplier", "customer", "client"),
        *("bill to", "billed to", "ship to", "sold to", "invoice to", "deliver to"),
        *("billing address", "shipping address", "rechnungsadresse", "lieferadresse", "lieferanschrift"),
        *("absender", "empfänger", "expéditeur", "destinataire"),
    ]
)
MOSTLY = 0.6  # of the rows beside an address
LONGEST_NAME = 24  # letters of what a value is of
FEWEST, MOST_LINES = 2, 8  # of an address
LONGEST = 48  # letters of a line
CLOSE = 0.7  # of the font size: between lines of an address
OFF = 0.25  # of the font size: what is less is level


def are_addresses(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether the blocks *left* and *right*, each from the top down, are addresses beside each other."""
    if max(len(left), len(right)) < 3 or not (_set_close(left) and _set_close(right)):
        return False
    return all(map(_labelled, (left, right))) or all(any(map(_place, block)) for block in (left, right))


def is_address(block: Sequence[Line]) -> bool:
    """Whether *block*, from the top down, is an address with a town, or of a party to a deal."""
    if len(block) < 3 or not _set_close(block):
        return False
    return _labelled(block) or any(TOWN.fullmatch(line.text.strip()) is not None for line in block)


def beside_details(address: Sequence[Line], others: Sequence[Line]) -> bool:
    """Whether *address*, from the top down, is one, and the *others* beside it are names and their values."""
    if not is_address(address) and not (_names_street(address) and not _are_level(address, others)):
        return False
    found = [[line.text.strip() for line in row] for row in rows(others)]
    told = sum(1 for row in found if _is_detail(row))
    return (len(found) > 1 and told >= MOSTLY * len(found)) or _are_above_values(
        [text for row in found for text in row]
    )


def _names_street(block: Sequence[Line]) -> bool:
    """Whether *block* is as an address of which the town is not told by its number."""
    return len(block) > FEWEST and _set_close(block) and any(map(_place, block[1:]))


def _are_level(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Whether all *lines* stand level with some of *others*, as the cells of one table do."""
    bottoms = [line.box.bottom for line in others]
    return all(min(abs(line.box.bottom - bottom) for bottom in bottoms) < OFF * ems(line) for line in lines)


def _are_above_values(texts: Sequence[str]) -> bool:
    """Whether most of *texts*, from the top down, are short names, and below each its value, with a number in it."""
    told = [any(map(str.isdigit, text)) or CONTACT.fullmatch(text) is not None for text in texts]
    names = sum(
        1
        for text, own, below in zip(texts, told, told[1:], strict=False)
        if below and not own and text[:1].isalpha() and len(text) <= LONGEST_NAME
    )
    return names >= FEWEST and names + sum(told) >= MOSTLY * len(texts)


def _is_detail(row: Sequence[str]) -> bool:
    """Whether *row* is a short name without digits and its value, with a colon between or a number in the value."""
    name, _, value = (row[0], "", row[1]) if len(row) == 2 else row[0].partition(":" if ":" in row[0] else " ")
    if len(row) > 2 or not value.strip() or len(name) > LONGEST_NAME or any(map(str.isdigit, name)):
        return False
    return name[:1].isalpha() and (":" in row[0] or any(map(str.isdigit, value)))


def _set_close(block: Sequence[Line]) -> bool:
    """Whether *block* is a few short lines, one below the other without gaps, no label of a form among them."""
    if not FEWEST <= len(block) <= MOST_LINES or any(len(line.text) > LONGEST for line in block):
        return False
    if any(line.text.rstrip().endswith(":") for line in block[1:]):
        return False
    if not (block[0].text[:1].isalpha() or _place(block[0])):
        return False
    return all(
        low.box.down(high.box) < 0.5 * high.box.height and low.box.top - high.box.bottom < CLOSE * ems(high)
        for high, low in pairwise(block)
    )


def _labelled(block: Sequence[Line]) -> bool:
    return block[0].text.strip().rstrip(":").lower() in LABELS


def _place(line: Line) -> bool:
    return PLACE.fullmatch(line.text.strip()) is not None
