"""
Which pages to read, in which batches, and how the batches become one response again.

Pure: `call` sends the batches that `plan()` makes, and what comes back in any order, with copies or gaps, goes
through `settle()` and `merge()`. Page indexes count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from attrs import evolve

from .errors import ConfigurationError, ResponseInvalid, no_such_page
from .models import OCRCost, OCRPage, OCRResponse, OCRUsageInfo


__all__ = ["Selection", "Settled", "halves", "merge", "needs_count", "parse", "plan", "runs", "select", "settle"]

_MOST_PAGES = 100_000  # named without a page count to check against; more is a slip or an attack
_PART = r"\s*(-?\d{1,9})(?:\s*-\s*(-?\d{1,9}))?\s*"
_INDEX = attrgetter("index")

Selection = tuple[tuple[int, int], ...]  # inclusive ranges; negative numbers count from the end


# --- which pages --------------------------------------------------------------------------------------------------


def parse(pages: int | str | Iterable[int] | None) -> Selection | None:
    """
    Read a page selection: ``3``, ``[0, 2, 5]``, ``range(10)`` or ``"0-4,7,-1"``; None selects all.

    Raises:
        ConfigurationError: It is none of these, or selects nothing.
    """
    if pages is None:
        return None
    if isinstance(pages, str):
        selection = tuple(_part(part, pages) for part in pages.split(","))
    elif isinstance(pages, range) and pages.step == 1 and pages and (pages.start >= 0 or pages.stop <= 0):
        selection = ((pages.start, pages.stop - 1),)
    else:
        numbers = tuple(pages) if isinstance(pages, Iterable) else (pages,)
        for number in numbers:
            if not isinstance(number, int) or isinstance(number, bool):
                raise ConfigurationError(f"a page is a whole number, not {number!r}")
        selection = tuple((number, number) for number in numbers)
    if not selection:
        raise ConfigurationError("pages names no page; leave it out to read all")
    return selection


def _part(part: str, whole: str) -> tuple[int, int]:
    match = re.fullmatch(_PART, part)
    if match is None:
        raise ConfigurationError(f'pages="{whole}" is no selection such as "0-4,7,-1" (pages count from 0)')
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    if last < first and (last < 0) == (first < 0):
        raise ConfigurationError(f'pages="{whole}" counts down from {first} to {last}; write the smaller page first')
    return first, last


def from_one(pages: str) -> str:
    """
    Return the selection *pages*, which counts from 1 as people do, counting from 0.

    Raises:
        ConfigurationError: It is no such selection.
    """
    return ",".join("-".join(map(_from_zero, _range_from_one(part, pages))) for part in pages.split(","))


def _range_from_one(part: str, pages: str) -> Iterable[int]:
    match = re.fullmatch(_PART, part)
    if match is None:
        raise ConfigurationError(f'"{pages[:80]}" is no selection such as 1-3,8')
    numbers = [int(number) for number in match.groups() if number is not None]
    if 0 in numbers:
        raise ConfigurationError("pages count from 1 here; there is no page 0")
    if len(numbers) == 2 and numbers[0] > numbers[1] and (numbers[0] > 0) == (numbers[1] > 0):
        raise ConfigurationError(f'pages "{part.strip()}" count down; write the smaller page first')
    return numbers


def _from_zero(number: int) -> str:
    return str(number - 1 if number > 0 else number)


def needs_count(selection: Selection | None) -> bool:
    """Whether *selection* cannot be read without the document's page count."""
    return selection is not None and any(first < 0 or last < 0 for first, last in selection)


def select(selection: Selection | None, count: int | None) -> tuple[int, ...] | None:
    """
    Return the selected indexes, ascending and distinct; None for all of a document whose *count* is unknown.

    Raises:
        DocumentError: The document has not that page.

        ConfigurationError: So many pages are named, with no count to check them against, that it must be a slip.
    """
    if selection is None:
        return None if count is None else tuple(range(count))
    wanted: set[int] = set()
    for first, last in selection:
        if count is not None:
            asked = first if not -count <= first < count else last
            first, last = (number + count if number < 0 else number for number in (first, last))
            if not 0 <= first <= last < count:
                raise no_such_page(asked, count)
        elif len(wanted) + last - first >= _MOST_PAGES:
            raise ConfigurationError(f"pages names more than {_MOST_PAGES:,} pages")
        wanted.update(range(first, last + 1))
    return tuple(sorted(wanted))


def plan(pages: tuple[int, ...] | None, size: int | None, *, contiguous: bool = False) -> list[tuple[int, ...] | None]:
    """
    Cut *pages* into batches of at most *size*; what is unknown or fits stays one.

    Args:
        contiguous: Whether the pages of a batch have to follow each other.
    """
    if pages is None:
        return [None]
    batches: list[tuple[int, ...] | None] = []
    for run in runs(pages) if contiguous and pages else [pages]:
        step = size or len(run) or 1
        batches += [run[start : start + step] for start in range(0, len(run) or 1, step)]
    return batches


def runs(pages: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return *pages* (ascending) in runs of pages that follow each other."""
    starts = [position for position, page in enumerate(pages) if not position or page != pages[position - 1] + 1]
    return [pages[start:end] for start, end in pairwise([*starts, len(pages)])]


def halves(pages: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the first and the second half of at least two *pages*."""
    middle = len(pages) // 2
    return pages[:middle], pages[middle:]


# --- what came back -----------------------------------------------------------------------------------------------


class Settled(NamedTuple):
    """
    One batch's answer, cleaned.

    Attributes:
        response: Its pages ascending, each once, each asked for.

        missing: Asked for and not usable: absent, or there twice with different content.

        unasked: Indexes that came without being asked for, and were dropped.
    """

    response: OCRResponse
    missing: tuple[int, ...]
    unasked: tuple[int, ...]


def settle(response: OCRResponse, asked: tuple[int, ...] | None) -> Settled:
    """
    Compare *response* with the pages *asked* for.

    With None asked for, a hole in the numbering is a missing page. A lone page says nothing of its neighbours.

    Raises:
        ResponseInvalid: None were asked for, and one came that no document has.
    """
    came = tuple(map(_INDEX, response.pages))
    if came and came == (tuple(range(len(came))) if asked is None else asked):
        return Settled(response, (), ())
    kept: dict[int, OCRPage] = {}
    contradictory: set[int] = set()
    for page in response.pages:
        if page.index in kept and kept[page.index] != page:
            contradictory.add(page.index)
        kept.setdefault(page.index, page)
    wanted = set(asked) if asked is not None else _expected(kept)
    unasked = tuple(sorted(kept.keys() - wanted))
    good = sorted(wanted & kept.keys() - contradictory)
    missing = tuple(sorted(wanted - set(good) - response.missing_pages.keys()))
    pages = tuple(kept[index] for index in good)
    if pages != response.pages:
        response = evolve(response, pages=pages)
    return Settled(response, missing, unasked)


def _expected(kept: dict[int, OCRPage]) -> set[int]:
    for index in kept:
        if not 0 <= index < _MOST_PAGES:
            raise ResponseInvalid(f"the answer has a page {index}, which no document has")
    return set(range(max(kept) + 1)) if len(kept) > 1 else set(kept)


def merge(parts: Sequence[OCRResponse]) -> OCRResponse:
    """
    Return the response that *parts*, the settled answers to distinct pages of one document, make together.

    The order of *parts* does not matter. Ids of images and tables that two parts share are renumbered, in the
    Markdown as well. Usage and cost are summed; everything else comes from the part with the first page.
    """
    if len(parts) == 1:
        return parts[0]
    parts = sorted(parts, key=lambda part: part.pages[0].index if part.pages else _MOST_PAGES)
    pages: dict[int, OCRPage] = {}
    taken: set[str] = set()
    for part in parts:
        fresh = _unique_ids(part.pages, taken)
        for page in fresh:
            pages.setdefault(page.index, page)
    first = parts[0]
    return evolve(
        first,
        pages=tuple(pages[index] for index in sorted(pages)),
        usage_info=_usage([part.usage_info for part in parts]),
        cost=_cost([part.cost for part in parts if part.cost is not None]),
        missing_pages={index: error for part in parts for index, error in part.missing_pages.items()},
        attempts=sum(part.attempts for part in parts),
    )


def _usage(parts: Sequence[OCRUsageInfo]) -> OCRUsageInfo:
    def total(name: str) -> float | None:
        values = [value for part in parts if (value := getattr(part, name)) is not None]
        return sum(values) if values else None

    processed = sum(part.pages_processed for part in parts)
    seconds = total("processing_time_seconds")
    annotated, sizes = total("pages_processed_annotation"), [part.doc_size_bytes or 0 for part in parts]
    return evolve(
        parts[0],
        pages_processed=processed,
        doc_size_bytes=max(sizes) or None,
        processing_time_seconds=seconds,
        time_per_page_seconds=seconds / processed if seconds is not None and processed else None,
        pages_processed_annotation=None if annotated is None else int(annotated),
        credits=total("credits"),
        extra=_counted([part.extra for part in parts]),
    )


def _counted(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what *parts* say, an earlier one before a later, with whole numbers, as of tokens, summed."""
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            known = whole.setdefault(name, 0 if type(value) is int else value)
            if type(known) is int and type(value) is int:
                whole[name] = known + value
    return whole


def _cost(parts: Sequence[OCRCost]) -> OCRCost | None:
    if not parts:
        return None
    return OCRCost(
        generation=sum(part.generation for part in parts),
        platform=sum(part.platform for part in parts),
        total=sum(part.total for part in parts),
    )


def _unique_ids(pages: tuple[OCRPage, ...], taken: set[str]) -> list[OCRPage]:
    """Return *pages* with ids that are not in *taken*, and add them to it."""
    names: dict[str, str] = {}
    for page in pages:
        for name in [*(image.id for image in page.images), *(table.id for table in page.tables)]:
            if name is not None and name not in names:
                names[name] = _free(name, taken) if name in taken else name
                taken.add(names[name])
    changed = {old: new for old, new in names.items() if old != new}
    return [_renamed(page, changed) for page in pages] if changed else list(pages)


def _free(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    base = re.sub(r"\d+$", "", stem if dot else name)
    number = sum(1 for other in taken if other.startswith(base))
    while (candidate := f"{base}{number}{dot}{ending if dot else ''}") in taken:
        number += 1
    return candidate


def _renamed(page: OCRPage, names: dict[str, str]) -> OCRPage:
    # one pass, so that a new name that equals another's old name is not renamed again
    placeholder = re.compile(r"\[(" + "|".join(map(re.escape, names)) + r")\]\(\1\)")

    def text(markdown: str) -> str:
        return placeholder.sub(lambda match: f"[{names[match[1]]}]({names[match[1]]})", markdown)

    def name(old: str | None) -> str | None:
        return None if old is None else names.get(old, old)

    return evolve(
        page,
        markdown=text(page.markdown),
        images=tuple(evolve(image, id=name(image.id)) for image in page.images),
        tables=tuple(evolve(table, id=names.get(table.id, table.id)) for table in page.tables),
        blocks=page.blocks
        and tuple(
            evolve(block, content=text(block.content), image_id=name(block.image_id), table_id=name(block.table_id))
            for block in page.blocks
        ),
    )
