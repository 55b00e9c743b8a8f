"""
Puts the words that a PDF's parser reports together to lines of text.

Its own objects are read directly: wrapping them in Python first costs as much time again as all that is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..page import FORMULA, Box, Line, Word, union
from .char_fonts import CharFonts
from .items import Item
from .joining import JOIN, NO_CELLS, joined
from .letters.fonts import face, heavy_from
from .letters.lazy_words import LazyWords
from .letters.ligatures import in_ligature
from .letters.pieces import box_of
from .letters.signs import may_have_euro, shows_signs
from .letters.spacing import may_be_apart, respaced
from .raised import RAISED, SUPERSCRIPT, begins_note, raised
from .runs import INVISIBLE, Part, Run, Whole, parts_of, runs_of
from .slanted import leaning_size
from .spaces import differ, may_lack_space, spread_of


__all__ = ["lines"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
SPACELESS = re.compile("[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
CAPITAL = 1.6  # times small capitals is what a capital before them is as large as, at most
SMALLER = 0.95  # than the code behind it is the number of its line
EVEN = 0.9  # of the letters of a line in even type: code, and no sentence that names some


def lines(items: Sequence[Any], fonts: CharFonts, cells: Mapping[int, int] = NO_CELLS) -> Iterator[Line]:
    """
    Yield the lines that the parser's text *items* make.

    Args:
        cells: Numbers of the cells of tagged tables, by their marks.
    """
    level: list[Run] = []
    heavy = heavy_from(items)
    seen: set[tuple[str, int, int]] = set()
    for item in items:
        text = item.text
        if not text or text.isspace() or not ((words := item.words) or FORMULA.search(text)):
            continue
        if not text.isprintable() and not INVISIBLE.sub("", text).strip():
            continue
        left, top = item.x, item.y
        # Fake bold and drop shadows print a run twice in (nearly) the same place.
        key = (text, round(left), round(top))
        if key in seen and len(text) > 1:
            continue
        seen.add(key)
        angle = float(item.rotation or 0.0) % 360
        leaning = None
        if 2 < angle < 358 and (leaning := leaning_size(item, angle)) is None:
            yield _turned(item, text, words, angle)
            continue
        known = Item(item, text, words, fonts, heavy, leaning)
        if text.isascii() and len(known.pieces) == len(words) and _is_plain(known, words):
            # The parser ends an item at a wide gap, and its box is that of its words: they can wait.
            level.append(Whole(Box(left, top, left + item.width, top + item.height), known))
        else:
            level.extend(runs_of(known))
    for run in joined(level, cells):
        if (line := _line(run)) is not None:
            yield line


def _is_plain(item: Item, words: Sequence[Any]) -> bool:
    """Whether the words of *item* need not be looked at: spaces are where they show, and none is raised, or a sign."""
    if item.closed or item.tracking or (not item.even and may_lack_space(item.text)):
        return False
    if begins_note(item.text) or may_have_euro(item.text):
        return False
    if len(words) > 1 and differ(words[0].height, words[-1].height):
        return False
    pieces = item.pieces
    short = [piece for piece in pieces if len(piece) < 3]
    if not short:
        return True
    if may_be_apart(pieces) or (shows_signs(item.font) and any(len(piece) == 1 for piece in short)):
        return False
    if len(pieces) < 2 or not any(map(str.isdigit, short)):
        return True
    places = [index for index, piece in enumerate(pieces) if len(piece) < 3 and piece.isdigit()]
    return all(words[index].height >= 0.8 * item.source.height for index in places)


def _line(run: Run) -> Line | None:
    if isinstance(run, Whole) and (whole := run.item) is not None:
        pieces = whole.pieces
        if not whole.text.isprintable():
            pieces = [word for piece in pieces if (word := INVISIBLE.sub("", piece))]
        # Nearly every line is made here; names of arguments would make that twice as slow.
        return Line(
            " ".join(pieces),
            run.box,
            1.0,
            0.0,
            LazyWords(_words_of, whole),
            whole.size,
            whole.bold,
            whole.slanted,
            whole.even,
            whole.font,
            (whole.mark,) if whole.mark is not None else (),
            whole.colour,
        )
    parts = run.parts
    if not parts:
        return None
    from_right = False
    if not all(text.isascii() for text, _, _, _ in parts):
        from_right = sum(1 for text, _, _, _ in parts if RIGHT_TO_LEFT.search(text)) * 2 > len(parts)
    if from_right:
        parts = sorted(parts, key=lambda part: -part[1].right)
    if not from_right and (marks := raised([(text, box) for text, box, _, _ in parts])):
        parts = list(parts)
        for index in marks:
            text, box, item, _ = parts[index]
            parts[index] = text.translate(SUPERSCRIPT), box, item, False
        words = _with_marks(_glue(parts, from_right=False))
    else:
        words = _glue(parts, from_right=from_right)
    chars: dict[Item, int] = {}
    for text, _, item, _ in parts:
        chars[item] = chars.get(item, 0) + len(text)
    total = sum(chars.values())
    main = max(chars, key=lambda item: chars[item])
    leaning = any(item.leaning for _, _, item, _ in parts)
    if not from_right and not leaning and may_be_apart([word.text for word in words]):
        words = respaced(words, main.size, spread_of(words, main.fonts), main.has_space_before)
    return Line(
        text=" ".join(word.text for word in words),
        box=Box(run.left, run.top, run.right, run.bottom),
        words=tuple(words),
        size=_size(parts, main),
        bold=sum(count for item, count in chars.items() if item.bold) * 2 > total,
        italic=sum(count for item, count in chars.items() if item.slanted) * 2 > total,
        mono=sum(count for item, count in chars.items() if item.even) >= EVEN * (total - _number(parts)),
        font=main.font,
        marks=tuple(dict.fromkeys(item.mark for item in chars if item.mark is not None)),
        look=main.colour,
    )


def _size(parts: Sequence[Part], main: Item) -> float:
    """Return the size of most letters, or that of the capital before them, where those are small capitals."""
    text, _, first, _ = parts[0]
    small = main.size < first.size < CAPITAL * main.size and first.font == main.font
    return first.size if small and text[:1].isupper() else main.size


def _number(parts: Sequence[Part]) -> int:
    """Return how many characters at the beginning of a line number it as one of a listing."""
    item, code = parts[0][2], parts[min(1, len(parts) - 1)][2]
    return len(item.text) if code.even and item.size < SMALLER * code.size and item.text.isdecimal() else 0


def _with_marks(words: Sequence[Word]) -> list[Word]:
    """*words*, with raised marks behind the words that they belong to."""
    out: list[Word] = []
    for word in words:
        if out and RAISED.issuperset(word.text):
            out[-1] = Word(out[-1].text + word.text, union((out[-1].box, word.box)))
        else:
            out.append(word)
    return out


def _words_of(item: Item) -> tuple[Word, ...]:
    """Return the words of a line that is one item."""
    return tuple(_glue(list(parts_of(item)), from_right=False))


def _glue(parts: Sequence[Part], *, from_right: bool) -> list[Word]:
    """Return *parts* as words, those that are pieces of one word put together."""
    words: list[Word] = []
    before: Item | None = None
    for text, box, item, spaced in parts:
        if before is not None and _glued(words[-1], before, text, box, item, spaced, from_right):
            last = words[-1]
            words[-1] = Word(last.text + text, union((last.box, box)))
        else:
            words.append(Word(text, box))
        before = item
    return words


def _glued(last: Word, before: Item, text: str, box: Box, item: Item, spaced: bool, from_right: bool) -> bool:
    """Whether *text* goes on with the *last* word rather than beginning one of its own."""
    gap = last.box.left - box.right if from_right else box.left - last.box.right
    if not text.isascii() and SPACELESS.match(text) and SPACELESS.match(last.text[-1]):
        return abs(gap) < 0.5 * item.size
    if item is before:
        # In right-to-left text the parser's order of words says nothing about spaces.
        return gap < JOIN * item.size and (not text[0].isalnum() if from_right else not spaced)
    if before.text[-1:].isspace() or item.text[:1].isspace():
        return False
    if -item.size < gap < 0 and not from_right and (in_ligature(last.text, text) or _in_fraction(last.text, text)):
        return True
    return abs(gap) < JOIN * item.size


def _in_fraction(before: str, after: str) -> bool:
    """Whether a stroke that leans over the digits beside it ends *before* or begins *after*."""
    return (after[0] == "⁄" and before[-1].isdecimal()) or (before[-1] == "⁄" and after[0].isdecimal())


def _turned(item: Any, text: str, words: Sequence[Any], angle: float) -> Line:
    """A run that is not level, such as the label of a chart's axis or a stamp in the margin."""
    boxes = [box_of(word) for word in words]
    return Line(
        text=INVISIBLE.sub("", text).strip(),
        box=box_of(item),
        angle=-angle if angle <= 180 else 360 - angle,
        words=tuple(Word(word.text, box) for word, box in zip(words, boxes, strict=True)),
        size=float(item.font_height or 0) or None,
        bold=bool(face(item.font_name or "")[0]),
        font=item.font_name,
        marks=(item.mcid,) if item.mcid is not None else (),
    )
