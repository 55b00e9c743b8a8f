"""
What a page falls back on where a stage of reading it fails through a fault of ours, and how that is said.

A text layer, a table or a list can have a form that nobody thought of. That must cost what the stage would have found
out, and not the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from attrs import evolve

from ..errors import OCRError
from .page import Box, Line, Region, Sheet, union
from .whole_document import Running


__all__ = ["LayoutReader", "attempt", "plain_regions", "regions_of", "where"]

_MOST_LINES = 5000  # a full page of a newspaper has a third of that

T = TypeVar("T")
LayoutReader = Callable[[Sheet, Running], Sequence[Region]]


def where(error: BaseException) -> str:
    """Return the kind of *error* and the line that raised it. Texts of errors may hold a document's: they stay here."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_globals.get('__name__')}, line {trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def attempt(first: Callable[[], T], instead: Callable[[], T], warnings: list[str], consequence: str) -> T:
    """
    Return what *first* gives; if it fails, what *instead* gives.

    Errors of ours (`OCRError`) are what a stage means to say and go on, as does a lack of memory.

    Args:
        warnings: Told that *first* failed, where, and the *consequence*.
    """
    try:
        return first()
    except (OCRError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the page has another way
        warnings.append(f"{consequence} ({where(error)})")
    return instead()


def regions_of(sheet: Sheet, running: Running, read: LayoutReader, warnings: list[str]) -> Sequence[Region]:
    """
    Return the regions that *read* finds on *sheet*; where it fails, those it finds without what misled it.

    First the author's tags are left out, then what is drawn, of which tables and figures are told; at last the lines
    come as they stand on the page.
    """
    if len(sheet.lines) > _MOST_LINES:
        warnings.append(
            f"this page has {len(sheet.lines):,} pieces of text, as maps and drawings do: they come from the top down"
        )
        return plain_regions(sheet)
    bare = evolve(sheet, tags=()) if sheet.tags else sheet
    ways = (
        (sheet, ""),
        (bare, "the layout of this page was told without its tags"),
        (
            evolve(bare, rulings=(), pictures=()) if bare.rulings or bare.pictures else bare,
            "tables and figures of this page were not told from what is drawn",
        ),
    )
    fault = ""
    for number, (given, consequence) in enumerate(ways):
        if number and given == ways[number - 1][0]:
            continue
        try:
            regions = read(given, running)
        except (OCRError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - as in `attempt`
            fault = fault or where(error)
            continue
        if fault:
            warnings.append(f"{consequence} ({fault})")
        return regions
    warnings.append(f"the layout could not be told: the lines of this page come from the top down ({fault})")
    return plain_regions(sheet)


def plain_regions(sheet: Sheet) -> Sequence[Region]:
    """Return the lines of *sheet* from the top down, those of a row from the left, parted where a line would fit."""
    regions: list[Region] = []
    paragraph: list[Line] = []
    rows: list[str] = []

    def close() -> None:
        if paragraph:
            box = union(line.box for line in paragraph)
            regions.append(Region(type="text", box=box, text="\n".join(rows), lines=tuple(paragraph)))
            paragraph.clear()
            rows.clear()

    last: Box | None = None
    for line in sorted((line for line in sheet.lines if line.text.strip()), key=lambda line: line.box.centre):
        if last is not None and line.box.centre < last.bottom and rows:
            rows[-1] += f"  {line.text}"
        else:
            if last is not None and line.box.top - last.bottom > last.height:
                close()
            rows.append(line.text)
            last = line.box
        paragraph.append(line)
    close()
    return regions
