"""Page selections, batches, and the way back: merge(split(r)) == r."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.errors import ConfigurationError, DocumentError, ResponseInvalid
from ocr_async.models import OCRBlock, OCRCost, OCRImage, OCRPage, OCRResponse, OCRTable, OCRUsageInfo
from ocr_async.pages import halves, merge, needs_count, parse, plan, select, settle


@pytest.mark.parametrize(
    ("given_pages", "count", "selected"),
    [
        (None, 3, (0, 1, 2)),
        (None, None, None),
        (3, None, (3,)),
        (-1, 5, (4,)),
        ([4, 0, 4], None, (0, 4)),
        (range(2, 5), None, (2, 3, 4)),
        (range(5, 0, -2), None, (1, 3, 5)),
        ("0-4,7,-1", 10, (0, 1, 2, 3, 4, 7, 9)),
        (" 1 - 2 , 5", None, (1, 2, 5)),
        ("-3--1", 10, (7, 8, 9)),
        ("8--1", 10, (8, 9)),
        ({1, 2}, 3, (1, 2)),
    ],
)
def test_selections(given_pages: int | str | Iterable[int] | None, count: int | None, selected: object) -> None:
    assert select(parse(given_pages), count) == selected


@pytest.mark.parametrize("bad", ["", "a", "1-2-3", "1;2", "4-2", "1.5", [1.5], ["1"], [True], [], range(0)])
def test_what_selects_nothing_readable_is_refused(bad: object) -> None:
    with pytest.raises(ConfigurationError):
        parse(bad)  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize(("bad", "named"), [(10, 10), ([0, 12], 12), (-11, -11), ("5-12", 12), ("0-9999999", 9999999)])
def test_a_page_that_is_not_there_is_named(bad: int | list[int] | str, named: int) -> None:
    with pytest.raises(DocumentError, match=f"page {named} does not exist: the document has 10 pages"):
        select(parse(bad), 10)


def test_an_absurd_range_is_refused_before_it_takes_memory() -> None:
    with pytest.raises(ConfigurationError, match="more than"):
        select(parse("0-999999999"), None)


def test_only_numbers_from_the_end_need_the_count() -> None:
    assert [needs_count(parse(pages)) for pages in (None, 3, "0-4", "0--1", -1)] == [False, False, False, True, True]


def test_plans_cover_every_page_once() -> None:
    assert plan(tuple(range(7)), 3) == [(0, 1, 2), (3, 4, 5), (6,)]
    assert plan((4, 9), 2) == [(4, 9)]
    assert plan(None, 3) == [None]
    assert plan((1, 2), None) == [(1, 2)]
    assert halves((1, 2, 3)) == ((1,), (2, 3))


# --- merging ------------------------------------------------------------------------------------------------------


def page(index: int, text: str = "text", images: tuple[str, ...] = (), tables: tuple[str, ...] = ()) -> OCRPage:
    box: dict[str, Any] = {"top_left_x": 0, "top_left_y": 0, "bottom_right_x": 1, "bottom_right_y": 1}
    names = (*images, *tables)
    return OCRPage(
        index=index,
        markdown=text + "".join(f" [{name}]({name})" for name in names),
        images=tuple(OCRImage(id=name, **box) for name in images),
        tables=tuple(OCRTable(id=name, content="| x |", format="markdown") for name in tables),
        blocks=tuple(OCRBlock(type="image", content=f"![{name}]({name})", image_id=name, **box) for name in images),
    )


def response(pages: Iterable[OCRPage], cost: float | None = None) -> OCRResponse:
    found = tuple(pages)
    return OCRResponse(
        pages=found,
        model="m",
        usage_info=OCRUsageInfo(pages_processed=len(found), doc_size_bytes=7),
        cost=None if cost is None else OCRCost(generation=cost, total=cost),
    )


@st.composite
def responses(draw: st.DrawFn) -> OCRResponse:
    indexes = draw(st.sets(st.integers(0, 30), min_size=1, max_size=12))
    pictures = iter(range(1000))
    return response(
        page(
            index,
            draw(st.text(max_size=8)),
            tuple(f"img-{next(pictures)}.jpeg" for _ in range(draw(st.integers(0, 2)))),
            tuple(f"tbl-{next(pictures)}.md" for _ in range(draw(st.integers(0, 1)))),
        )
        for index in sorted(indexes)
    )


@given(responses(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_merging_what_was_split_gives_it_back(whole: OCRResponse, size: int, chance: random.Random) -> None:
    """In any order, with every batch's pages shuffled and copied, as after repeats."""
    parts = []
    for batch in plan(tuple(each.index for each in whole.pages), size):
        assert batch is not None
        pages = [each for each in whole.pages if each.index in batch]
        shuffled = [*pages, chance.choice(pages)]
        chance.shuffle(shuffled)
        answer = evolve(response(shuffled), usage_info=OCRUsageInfo(pages_processed=len(pages), doc_size_bytes=7))
        settled = settle(answer, batch)
        assert settled.missing == settled.unasked == ()
        parts.append(settled.response)
    chance.shuffle(parts)
    assert merge(parts) == whole


@given(st.sets(st.integers(0, 20), min_size=1), st.sets(st.integers(-3, 25)))
def test_settling_finds_every_gap_and_drops_what_nobody_asked_for(asked: set[int], came: set[int]) -> None:
    settled = settle(response(page(index) for index in came), tuple(sorted(asked)))
    assert {each.index for each in settled.response.pages} == asked & came
    assert set(settled.missing) == asked - came
    assert set(settled.unasked) == came - asked


def test_a_page_that_came_twice_and_differs_is_missing() -> None:
    settled = settle(response([page(0), page(1, "one"), page(1, "two")]), (0, 1))
    assert [each.index for each in settled.response.pages] == [0]
    assert settled.missing == (1,)


def test_a_hole_in_the_numbering_is_a_missing_page() -> None:
    assert settle(response([page(0), page(1), page(3)]), None).missing == (2,)
    assert settle(response([page(1), page(2)]), None).missing == (0,)
    assert settle(response([page(4)]), None).missing == ()


@pytest.mark.parametrize("index", [-1, 10**5, 10**30])
def test_a_page_that_no_document_has_is_no_answer(index: int) -> None:
    assert settle(response([page(index), page(0)]), (0,)).unasked == (index,)
    for pages in ([page(index)], [page(0), page(index)]):
        with pytest.raises(ResponseInvalid, match=f"a page {index}, which no document has"):
            settle(response(pages), None)


def test_shared_ids_are_renumbered_in_the_markdown_too() -> None:
    merged = merge(
        [
            response([page(2, "c", ("img-0.jpeg", "img-1.jpeg"), ("tbl-0.md",))]),
            response([page(0, "a", ("img-0.jpeg",), ("tbl-0.md",)), page(1, "b", ("img-1.jpeg",))]),
        ]
    )
    names = [(image.id, table.id) for each in merged.pages for image in each.images[:1] for table in each.tables[:1]]
    assert names == [("img-0.jpeg", "tbl-0.md"), ("img-2.jpeg", "tbl-1.md")]
    last = merged.pages[2]
    assert last.markdown == "c [img-2.jpeg](img-2.jpeg) [img-3.jpeg](img-3.jpeg) [tbl-1.md](tbl-1.md)"
    assert last.blocks is not None
    assert [block.image_id for block in last.blocks] == ["img-2.jpeg", "img-3.jpeg"]
    assert last.blocks[0].content == "![img-2.jpeg](img-2.jpeg)"


def test_a_swap_of_names_is_not_undone() -> None:
    merged = merge(
        [response([page(0, images=("img-1.jpeg",))]), response([page(1, images=("img-1.jpeg", "img-2.jpeg"))])]
    )
    ids = [image.id for image in merged.pages[1].images]
    assert len(set(ids)) == 2
    assert merged.pages[1].markdown == f"text [{ids[0]}]({ids[0]}) [{ids[1]}]({ids[1]})"


def test_usage_and_cost_are_summed() -> None:
    merged = merge([response([page(1)], 0.004), response([page(0)], 0.002)])
    assert merged.usage_info == OCRUsageInfo(pages_processed=2, doc_size_bytes=7)
    assert merged.cost == OCRCost(generation=0.006, total=0.006)


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(1, 9))
def test_batches_in_runs_hold_each_page_once_in_order_and_nothing_between(wanted: set[int], size: int) -> None:
    asked = tuple(sorted(wanted))
    batches = plan(asked, size, contiguous=True)
    assert [page for batch in batches for page in batch or ()] == list(asked)
    for batch in batches:
        assert batch is not None
        assert batch == tuple(range(batch[0], batch[0] + len(batch)))
        assert len(batch) <= size
