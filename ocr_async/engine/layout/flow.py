"""Forms paragraphs, list items and headings out of the lines of one column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from ..groups import in_runs
from ..page import Box, Line, union
from .lists import BULLETS, CLAUSE, follows, marker
from .measure import UNPARTED, ems, ends_in_stop, first_word, length, recognised, rows
from .numbering import rank
from .tables.fill_in import ends_in_choice
from .tables.price_lists import ends_dated, ends_priced, is_led


__all__ = ["BARE", "SPEECH", "Paragraph", "paragraphs"]

ITEM_BEGINS = BULLETS + "·–—-*∗⋆→»›①②③④⑤⑥⑦⑧⑨"


@frozen(slots=True)
class Paragraph:
    """
    Lines that belong together.

    Attributes:
        lines: In reading order.

        above: Distance to what stands above in the same column, in pixels; a large number at the top.

        below: Likewise to what follows.

        column: The column's left and right edge.
    """

    lines: tuple[Line, ...]
    box: Box
    above: float
    below: float
    column: tuple[float, float]


FAR = 1e6
FEW, MANY = 3, 8  # pitches
SENTENCE = 20.0  # times the font size: a line of one, and no name
AROUND = 4  # rows above and below
NESTED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3}(?=\.?\s)|\d{1,2}(?=\.\s))")
NUMBERED = re.compile(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,4}\.?\s+[^\W\d]")
UNLIKE = 1.6  # times the size: what stands on a row with a title and is none, such as a newspaper's date
LARGE, ALIKE = 1.4, 1.1  # times the size: a headline; letters of one size, as scans tell it
BARE = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-Z])\.?")
LONG = 30  # characters of a line of running text, at least
HANG = 3.0  # times the size: how far behind its bullet or number the text of an item begins
IN_ADDRESS = re.compile(r"(?:\b(?:https?|ftp|doi):|\bwww\.|://\S+)$")  # may be broken behind one of its stops
SPEECH = re.compile(r"(?:[QA][.:]|[A-Z][A-Z. ]*[A-Z]:)(?: |$)")  # who says it, in the record of a hearing
PLAIN = frozenset({"", " stopped"})  # looks of a line that nothing but its end tells from the others
PARTED = 1.3  # times the usual distance from one row to the next: after a sentence, of a text layer
LOOSE = 0.7  # times the size: white between the lines of a headline that fill their column
RAISED = frozenset("¹²³⁴⁵⁶⁷⁸⁹")
LEADING = 1.25  # of the font size, from one line to the next: most texts are set a little closer
COMMON = 1.2  # of it: what most programs set lines at where nobody says otherwise


class _Row:
    """What decides whether a paragraph ends between two rows, found once for each of them."""

    __slots__ = (
        *("bold", "box", "chosen", "continues", "dated", "ended"),
        *("goes_on", "lines", "marked", "size", "type", "typed"),
    )

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        if len(lines) == 1:  # as most are
            line = lines[0]
            self.box, self.size, self.bold, self.typed = line.box, ems(line), line.bold, bool(line.mono)
        else:
            self.box = union([line.box for line in lines])
            self.size = max(map(ems, lines))
            self.bold = _bold(lines)
            self.typed = all(line.mono for line in lines)
        first, last = lines[0].text, lines[-1].text
        self.marked = marker(first) is not None
        self.dated = ends_dated(lines[-1])
        small = last[-1:].islower()
        self.chosen = ends_in_choice(lines[-1])
        # with a sentence, or a question with its answers
        self.ended = (not small and ends_in_stop(lines[-1])) or self.chosen
        # What follows tells of most lines of running text at once that no paragraph ends between them.
        alone = len(lines) == 1
        named = not first[:1].isalnum() or first >= "\u2e80"  # perhaps the name of a part in Chinese
        self.goes_on = alone and small and not (named or self.ended or self.dated or is_led(last))
        self.continues = alone and not (self.marked or self.dated or first[:1].isdigit() or first[1:2] == ".")
        self.type = self.size, self.typed, lines[0].font, lines[0].look

    @property
    def hung(self) -> bool:
        """Whether a bullet or number begins it, right of which the text of its item stands."""
        return self.marked or CLAUSE.match(self.lines[0].text) is not None


def paragraphs(lines: Sequence[Line], em: float) -> list[Paragraph]:
    """Return the paragraphs of one column from the top down."""
    if not lines:
        return []
    text_rows = [_Row(part) for row in rows(lines) for part in (_of_like_size(row) if len(row) > 1 else [row])]
    for above, below in pairwise(text_rows):
        if above.bold != below.bold and _is_one_headline(above, below, em):
            above.bold = below.bold = True
    left = min(line.box.left for line in lines)
    # boxes to tick, and marks, stand far right of their question
    right = max(row.box.right for row in [row for row in text_rows if not row.chosen] or text_rows)
    usual = _usual_pitch(text_rows, right, em)
    lefts = Counter(round(row.box.left / (0.3 * em)) for row in text_rows)
    usual_left = lefts.most_common(1)[0][0] * 0.3 * em
    groups: list[list[_Row]] = [[text_rows[0]]]
    for index, (above, below) in enumerate(pairwise(text_rows), 1):
        if (
            _breaks(above, below, usual, left, right)
            or _hangs(groups[-1], text_rows, index, (left, right), usual_left)
            or _is_next(groups[-1][0], below)
        ):
            groups.append([below])
        else:
            groups[-1].append(below)
    out: list[Paragraph] = []
    for number, group in enumerate(groups):
        box = union([row.box for row in group])
        over = box.top - groups[number - 1][-1].box.bottom if number else FAR
        under = groups[number + 1][0].box.top - box.bottom if number + 1 < len(groups) else FAR
        members = tuple(line for row in group for line in row.lines)
        out.append(Paragraph(members, box, over, under, (left, right)))
    return out


def _is_one_headline(above: _Row, below: _Row, em: float) -> bool:
    """
    Whether *below* goes on with a headline on a scan, so that it is chance which of both rows was told as bold.

    They are of one size, much larger than the running text's.
    """
    larger, smaller = max(above.size, below.size), min(above.size, below.size)
    first = below.lines[0].text
    return (
        smaller > LARGE * em
        and larger < ALIKE * smaller
        and recognised(above.lines[0])
        and first[:1].isalpha()
        and not first[0].isupper()
        and not above.ended
    )


def _of_like_size(row: Sequence[Line]) -> list[list[Line]]:
    """Return *row* in parts, of which some are much larger than what stands beside them, far enough away."""

    def goes_on(part: Sequence[Line], line: Line) -> bool:
        smaller, larger = sorted((ems(part[-1]), ems(line)))
        return larger <= UNLIKE * smaller or line.box.left - part[-1].box.right <= larger

    return in_runs(row, goes_on)


def _usual_pitch(text_rows: Sequence[_Row], right: float, em: float) -> float:
    """
    Return the distance from one line of a text to the next.

    Where many rows read on, as they fill the column, theirs tell it; else it is no more than what most texts have, as
    all may be paragraphs of a line, and a title and the headings below it tell nothing of it. Notes do not, either,
    which are set smaller than the text.
    """
    pitches: list[float] = []
    reading: list[float] = []
    for high, low in pairwise(text_rows):
        pitch = low.box.bottom - high.box.bottom
        if pitch > 0.3 * em:
            pitches.append(pitch)
            small = high.size * ALIKE < em
            if not small and not high.ended and high.box.right + first_word(low.lines[0]) > right:
                reading.append(pitch)
    ordered = sorted(reading if len(reading) >= FEW else pitches)
    if not ordered:
        return 1.3 * em
    usual = ordered[len(ordered) * 2 // 5]
    close = LEADING * min(row.size for row in text_rows)
    return usual if len(reading) >= MANY else min(usual, close if len(ordered) < FEW else max(ordered[0], close))


def _breaks(above: _Row, below: _Row, usual: float, left: float, right: float) -> bool:
    """Whether a new paragraph begins with the row *below*."""
    high, low = above.box, below.box
    big, size = above.size, below.size
    step = low.bottom - high.bottom
    if (
        above.goes_on
        and below.continues
        and above.bold == below.bold
        and above.type == below.type
        and low.left - high.left <= 0.7 * size
        and max(high.left, low.left) <= left + 2 * size
        and step <= PARTED * usual
    ):
        return False  # as nearly all that is asked here
    room = high.right + first_word(below.lines[0]) + size < right  # the row above ended early
    wrapped = not room and usual < size and above.type == below.type and above.bold == below.bold
    if step > max(1.45 * usual, 1.15 * size) and low.top - high.bottom > (LOOSE if wrapped else 0.45) * min(big, size):
        return True
    # Detected boxes vary in height by what letters they hold; sizes from a text layer are exact.
    exact = not recognised(below.lines[0])
    begins = room and below.lines[0].text[:1].isupper()
    loose = begins and low.top - high.bottom > 0.45 * big and step > PARTED * LEADING * big
    if exact and (above.ended or loose) and step > PARTED * (usual if room else max(usual, COMMON * size)):
        return True
    ratio = big / size if big > size else size / big
    if ratio > (1.12 if exact else 1.3) or (ratio > 1.18 and step > 1.15 * usual):
        return True
    if exact and ratio > 1.06 and low.left > high.left + 0.5 * size and above.lines[-1].font != below.lines[0].font:
        return True  # set in, in another type of another size
    if low.left > high.right + size or (below.marked and 2 * high.left > left + right):
        return True  # what begins where nothing ends goes on with nothing, nor do marks at the edge with an item
    if above.bold and below.bold and NUMBERED.match(_said(above)) and CLAUSE.match(_said(below)):
        return True  # a section's heading right above that of its first part
    if above.typed != below.typed and not _in_sentence(above, below, usual, right):
        return True
    if above.bold and not below.bold:
        # A bold line that fills the column begins a paragraph with a run-in heading; a real one ends short of it.
        if right - high.right > 0.12 * (right - left) or step > 1.2 * usual:
            return True
        if above.ended and below.lines[0].text[:1].isupper():
            return True  # a question, in front of its answer
    elif below.bold and not above.bold and step > 0.9 * usual and above.bold is not None:
        # A sentence may go on in bold; what ends in a number, as an entry of a list of contents, does not.
        return above.lines[-1].text[-1:].isdigit() or not _in_sentence(above, below, usual, right)
    if room and not above.bold and _is_head_of(above, below):
        return True
    if above.ended and SPEECH.match(below.lines[0].text) and above.lines[-1].text[-1] != ":":
        return True
    if above.dated or below.dated or _is_name(above, right) or (above.ended and _is_name(below, right)):
        return True
    if is_led(above.lines[-1].text) or (ends_priced(above.lines[-1].text) and ends_priced(below.lines[-1].text)):
        return True
    if below.lines[0].text[0] in RAISED or (below.marked and below.lines[0].text[0] in BULLETS):
        return True  # a note, or an item
    if clause := CLAUSE.match(below.lines[0].text):
        heads = not below.ended and low.right + 2 * size < right  # what begins a line may be a date
        if room or (above.ended and (heads or clause[0][-1].isupper())):
            return True
    if below.marked and (above.marked or low.left >= high.left - 0.5 * size or above.ended or room):
        return room or _is_marker_line(above, below)
    width = right - left
    em = size
    short, indent = right - high.right > 0.12 * width + em, low.left - high.left
    if short and above.ended and width > 12 * em:
        return True
    if _centred(high, left, right, em) != _centred(low, left, right, em):
        # a heading in the middle of its column, above or below running text
        heading, text = (high, low) if high.width < low.width else (low, high)
        wider = text.width > heading.width + 2 * em
        if wider and _centred(heading, left, right, em) and (heading is high or above.ended):
            return True
    if above.hung and (indent > 0.7 * em or begins):
        # the text of an item goes on where it began, right of its number
        return short and room
    # A first line is set in; the line above it is not its paragraph's first, and ended early or with a sentence.
    if not 0.7 * em < indent < 5 * em or abs(high.left - left) >= 0.7 * em:
        return False
    return above.ended or (short and room)


def _said(row: _Row) -> str:
    return " ".join(line.text for line in row.lines)


def _is_name(row: _Row, right: float) -> bool:
    """Whether *row* is the number and the name of a part in Chinese or Japanese, with room behind it."""
    text = row.lines[0].text
    room = row.box.right + 2 * row.size < right
    return room and not text.isascii() and UNPARTED.match(text) is not None and rank(text) is not None and not row.ended


def _is_head_of(above: _Row, below: _Row) -> bool:
    """Whether *above* is in another type than the text *below* it, and may head it."""
    head, text = above.lines[-1], below.lines[0]
    return (
        (len(above.lines) == 1 or (len(above.lines) == 2 and BARE.fullmatch(above.lines[0].text) is not None))
        and (head.font != text.font or (head.look not in PLAIN and text.look in PLAIN and length(text) >= LONG))
        and not (recognised(text) or above.typed or below.typed)
        and (text.text[:1].isupper() or not text.text[:1].isascii())
        and head.text[-1:].isalnum()
    )


def _hangs(
    group: Sequence[_Row], text_rows: Sequence[_Row], index: int, column: tuple[float, float], usual: float
) -> bool:
    """
    Whether what is set in hangs below a line of its own, as what is said of a term does, and this ends between rows.

    Args:
        group: The rows above of which it is known that they belong together.

        text_rows: Of the column; those around tell by their right edge how much room there was.

        index: Of the row below.

        usual: Where most rows of the column begin.
    """
    above, below, begins = text_rows[index - 1], text_rows[index], len(group) == 1
    high, low, em = above.box, below.box, below.size
    indent = low.left - high.left
    if not 0.7 * em < abs(indent) < (FAR if indent < 0 and above.hung else 8 * em):
        return False
    if _centred(high, *column, em) or _centred(low, *column, em):
        return False
    reach = max(row.box.right for row in text_rows[max(0, index - 1 - AROUND) : index - 1 + AROUND])
    room = high.right + first_word(below.lines[0]) + em < reach
    if indent > 0:
        return begins and room and not above.marked
    # The first line of a paragraph may be set in; and its first lines, beside a large initial.
    goes_on = begins and not above.ended and high.width > SENTENCE * em
    hung = above.ended and group[0].box.left < high.left - 0.7 * em
    return room or hung or (abs(high.left - usual) < 0.3 * em and not goes_on)


def _is_next(first: _Row, below: _Row) -> bool:
    """Whether the row *below* begins with the mark that comes after that of the *first* row of a paragraph."""
    before, after = first.lines[0].text, below.lines[0].text
    if first.marked and below.marked and follows(marker(after) or "", marker(before) or ""):
        return True
    one, other = NESTED.match(before), NESTED.match(after)
    if one is None or other is None:
        return False
    path, then = ([int(part) for part in found[1].split(".")] for found in (one, other))
    return then == [*path, 1] or any(then == [*path[:depth], path[depth] + 1] for depth in range(len(path)))


def _in_sentence(above: _Row, below: _Row, usual: float, right: float) -> bool:
    """Whether a row of even type, such as a long name, stands in the middle of a sentence set in another."""
    high, low, size = above.box, below.box, above.size
    further = low.left - high.left
    return (
        (not above.ended or IN_ADDRESS.search(above.lines[-1].text) is not None)
        and (abs(further) < 0.3 * size or (above.hung and 0 < further < HANG * size))
        and low.bottom - high.bottom < 1.15 * usual
        and high.right + first_word(below.lines[0]) > right - 1.5 * size
    )


def _centred(box: Box, left: float, right: float, em: float) -> bool:
    """Whether *box* stands in the middle of a column, well away from its edges."""
    before, after = box.left - left, right - box.right
    return before > 2 * em and after > 2 * em and abs(before - after) < 0.5 * em


def _is_marker_line(above: _Row, below: _Row) -> bool:
    # "1964." at a line's begin may be a year: a number counts where the line above ended early or is an item too.
    high, low, size = above.box, below.box, below.size
    begins = below.lines[0].text[:1] in ITEM_BEGINS or above.marked or above.ended
    return begins or high.right < low.right - 2 * size or low.left > high.left + 0.5 * size


def _bold(row: Sequence[Line]) -> bool | None:
    if all(line.bold is None for line in row):
        return None
    return sum(length(line) for line in row if line.bold) * 2 > sum(length(line) for line in row)
