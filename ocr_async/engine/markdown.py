"""
Writes the regions of a page as Markdown, and says where each word landed.

Tables without spans are written as Markdown tables, those with spans too: the text of a cell that spans columns
stands in the first of them. `tables.html` keeps the spans.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from attrs import frozen

from ..tables.html import table_html
from .page import FORMULA, Cell, Region, Word


__all__ = [
    "Placed",
    "Written",
    "beginning_lines",
    "code_markdown",
    "inline",
    "table_markdown",
    "write",
]


@frozen(slots=True)
class Placed:
    """A word and where it begins in the text, in characters."""

    word: Word
    start: int


@frozen(slots=True)
class Written:
    """
    A page's Markdown.

    Attributes:
        words: In the order of `text`.

        tables: The content of each table that was taken out of the text, with its id and its words.

        images: The id of each picture in the text, and its region.

        spans: Each region with where its Markdown begins and ends in `text`.
    """

    text: str
    words: tuple[Placed, ...] = ()
    tables: tuple[tuple[str, str, Region, tuple[Placed, ...]], ...] = ()
    images: tuple[tuple[str, Region], ...] = ()
    spans: tuple[tuple[Region, int, int], ...] = ()


def write(
    regions: Iterable[Region],
    *,
    table_format: Literal["markdown", "html"] | None = None,
    running_heads: bool = False,
    words: bool = False,
    spans: bool = False,
) -> Written:
    """
    Return the Markdown of *regions*, which are in reading order, and what of them stands in it where.

    Args:
        table_format: None writes tables into the text; otherwise they are taken out and a placeholder such as
            ``[tbl-0.md](tbl-0.md)`` stands in their place.

        running_heads: Whether running heads and feet are part of the text.

        words: Whether the places of words are asked for.

        spans: Whether tables in the text are HTML, which knows cells that span.
    """
    pieces: list[str] = []
    placed: list[Placed] = []
    tables: list[tuple[str, str, Region, tuple[Placed, ...]]] = []
    images: list[tuple[str, Region]] = []
    places: list[tuple[Region, int, int]] = []
    length = 0
    for region in regions:
        if region.type in ("header", "footer") and not running_heads:
            continue
        said = True
        if region.type == "image":
            name = f"img-{len(images)}.jpeg"
            images.append((name, region))
            text, said = f"![{name}]({name})", False
        elif region.type == "table" and table_format is not None:
            name = f"tbl-{len(tables)}.{'html' if table_format == 'html' else 'md'}"
            content = table_html(region.cells) if table_format == "html" else table_markdown(region.cells)
            inside = tuple(_places(_words(region), content, 0)) if words else ()
            tables.append((name, content, region, inside))
            text, said = f"[{name}]({name})", False
        elif region.type == "table" and spans:
            text = table_html(region.cells)
        else:
            text = region_markdown(region)
        if not text:
            continue
        if pieces:
            pieces.append("\n\n")
            length += 2
        places.append((region, length, length + len(text)))
        if words and said:
            placed.extend(_places(_words(region), text, length))
        pieces.append(text)
        length += len(text)
    return Written("".join(pieces), tuple(placed), tuple(tables), tuple(images), tuple(places))


def region_markdown(region: Region) -> str:
    """The Markdown of one region; a picture has none of its own."""
    if region.markdown is not None:
        return region.markdown
    match region.type:
        case "title":
            said = HASHES.sub(r"\1\\\2", inline(region.text))
            return f"{'#' * (region.level or 1)} {said}" if region.text else ""
        case "list" | "references" if region.items:
            return _list(region)
        case "table":
            return table_markdown(region.cells)
        case "code":
            return code_markdown(region.text, region.language)
        case "image":
            return ""
        case _:
            return escaped(region.text).replace("\n", LINE_BREAK)


def code_markdown(text: str, language: str | None = None) -> str:
    """*text* with its spaces and line breaks."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language or ''}\n{text}\n{fence}"


LINE_BREAK = "  \n"
SPECIAL = re.compile(r"([\\`]|<(?=[a-zA-Z/!?])|&(?=#?\w+;)|(?<=\])[(\[]|\[(?=\^))")
TAG = re.compile(r"<(?=[a-zA-Z/!])")
RUN = re.compile(r"\*+|_+")
BLANK = "___"  # a line to write on
ESCAPE = r"\\\1"
HASHES = re.compile(r"(^|\s)(#+\s*)$")  # at the end of a heading they would be taken for its own
LEADING = re.compile(r"^(\s*)(>|(?:#{1,6}|[+*-]|\d{1,9}[.)])(?=\s|$))", re.MULTILINE)
RULE = re.compile(r"^(\s*)(?=[-=_*|:](?:[-=_*|: ]|\\(?=[*_]))*$|~~~|\[[^\]]*\]:)", re.MULTILINE)


def escaped(text: str) -> str:
    """*text* so that Markdown shows it as it stands."""
    return beginning_lines(inline(text))


def beginning_lines(text: str) -> str:
    """Markdown *text* so that no line of it begins a heading, a list, a quote or code, or is a rule or a reference."""
    if text[:1].isalpha() and "\n" not in text:
        return text
    return RULE.sub(r"\1\\", LEADING.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", text))


def inline(text: str, *, among: bool = False) -> str:
    """
    Like `escaped`, for text that begins no line of its own; formulas are Markdown as they stand.

    Args:
        among: Whether other text of the line may hold the second of two marks.
    """
    if "$" not in text:
        return _plain(text, among=among)
    pieces = FORMULA.split(text)
    return "".join(
        TAG.sub("< ", piece) if index % 2 else _plain(piece, among=among) for index, piece in enumerate(pieces)
    )


def _plain(text: str, *, among: bool = False) -> str:
    if "\\" in text or "`" in text or "<" in text or "&" in text or "[" in text:
        text = SPECIAL.sub(ESCAPE, text)
    return _without_emphasis(text, among=among) if "*" in text or "_" in text else text


def _without_emphasis(text: str, *, among: bool = False) -> str:
    """*text* with its stars and underscores escaped, where they would be emphasis, or a line to write on."""
    runs = list(RUN.finditer(text))
    if len(runs) < 2 and BLANK not in text and not among:
        return text
    flanks = {run.start(): _flanks(run) for run in runs}
    meant = {run.start() for run in runs if BLANK in run[0]}
    for mark in "*_":
        places = [run.start() for run in runs if run[0][0] == mark]
        begin = next((place for place in places if flanks[place][0]), len(text))
        end = next((place for place in reversed(places) if flanks[place][1]), -1)
        meant.update(place for place in places if begin <= place <= end and begin < end)
    if among:
        meant.update(run.start() for run in runs if any(flanks[run.start()]) and f" {run[0]} " not in text)
    return RUN.sub(lambda run: re.sub("(.)", ESCAPE, run[0]) if run.start() in meant else run[0], text)


def _flanks(run: re.Match[str]) -> tuple[bool, bool]:
    """Whether a *run* of stars or underscores may open emphasis, and whether it may close it, by CommonMark's rules."""
    before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
    blank_before, blank_after = not before.strip(), not after.strip()
    sign_before, sign_after = _is_sign(before), _is_sign(after)
    left = not blank_after and (not sign_after or blank_before or sign_before)
    right = not blank_before and (not sign_before or blank_after or sign_after)
    if blank_before and blank_after:
        return False, True  # where it begins a line, what is left of it behind a backslash
    if run[0][0] == "*":
        return left, right
    return left and (not right or sign_before), right and (not left or sign_after)


def _is_sign(letter: str) -> bool:
    return letter != "" and unicodedata.category(letter)[0] in "PS"


TICKS = {"☐": "- [ ] ", "☑": "- [x] ", "☒": "- [x] "}
"""The task lists of GitHub's Markdown."""
SAYING = frozenset("✓✔✗✘★☆")
"""Marks of items that say something of them: what is in the price and what is not."""


def _list(region: Region) -> str:
    lines: list[str] = []
    for item in region.items:
        mark = item.marker
        # Markdown knows numbers and dashes; other marks are part of the text.
        if re.fullmatch(r"\d{1,9}[.)]", mark):
            prefix = f"{mark} "
        elif len(mark) == 1 and not mark.isalnum() and mark not in SAYING:
            prefix = TICKS.get(mark, "- ")
        else:
            prefix = f"- {escaped(mark)} "
        indent = "   " * item.level
        first, *further = item.text.split("\n\n")
        lines.append(indent + prefix + escaped(first))
        for paragraph in further:
            lines.extend(("", indent + " " * len(prefix) + escaped(paragraph)))
    return "\n".join(lines)


def _cell(text: str) -> str:
    return inline(" ".join(text.split())).replace("|", "\\|")


def table_markdown(cells: Sequence[Cell], said: Callable[[str], str] = _cell) -> str:
    """
    A Markdown table; what spans stands in the first of its fields, the others stay empty.

    Args:
        said: Makes Markdown of a cell's text, on one line.
    """
    if not cells:
        return ""
    height = max(cell.row + cell.row_span for cell in cells)
    width = max(cell.column + cell.column_span for cell in cells)
    fields = [[""] * width for _ in range(height)]
    for cell in cells:
        fields[cell.row][cell.column] = said(cell.text)
    lines = ["| " + " | ".join(row) + " |" for row in fields]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _words(region: Region) -> Iterable[Word]:
    if region.type == "table":
        for cell in region.cells:
            yield from cell.words
    else:
        for line in region.lines:
            yield from line.words or (Word(line.text, line.box, line.confidence),)


def _places(words: Iterable[Word], text: str, start: int) -> Iterable[Placed]:
    """Look for each word after the one before; a word that was joined over a hyphen is found by its first part."""
    cursor = 0
    for word in words:
        for form in (word.text, escaped(word.text), _cell(word.text), word.text.rstrip("-\u00ad¬")):
            index = text.find(form, cursor) if form else -1
            if index >= 0:
                yield Placed(word, start + index)
                cursor = index + len(form)
                break
