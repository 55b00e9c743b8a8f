from __future__ import annotations

from collections import Counter

from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr_async.engine import layout
from ocr_async.engine.markdown import write
from ocr_async.engine.page import Box, Line, Picture, Ruling, Sheet

from .sheets import line


places = st.integers(-20, 620)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), places, places, st.integers(0, 500), st.integers(0, 300))
texts = st.text("abcXYZ 0123456789.,:•-$%()漢字\u0627\u0644", min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
lines = st.builds(
    lambda text, left, top, size, bold: line(" ".join(text.split()), left, top, size=size, bold=bold),
    texts,
    places,
    places,
    st.sampled_from([6.0, 10.0, 10.0, 10.0, 14.0, 24.0]),
    st.sampled_from([True, False, False, None]),
)
sheets = st.builds(
    lambda found, drawn, pictures, source: Sheet(
        width=600,
        height=800,
        lines=tuple(found),
        rulings=tuple(map(Ruling, drawn)),
        pictures=tuple(Picture(box, certain=False) for box in pictures),
        source=source,
    ),
    st.lists(lines, max_size=40),
    st.lists(boxes, max_size=12),
    st.lists(boxes, max_size=3),
    st.sampled_from(["text", "ocr"]),
)


def words(found: list[Line]) -> Counter[str]:
    return Counter(word for each in found for word in each.text.split())


@settings(max_examples=300, deadline=None)
@given(sheets)
def test_every_word_of_a_page_is_in_one_region(page: Sheet) -> None:
    regions = layout.read(page)
    assert words([each for region in regions for each in region.lines]) == words(list(page.lines))


@settings(max_examples=100, deadline=None)
@given(sheets)
def test_the_order_in_which_a_file_has_its_lines_does_not_matter(page: Sheet) -> None:
    places = [(each.box.bottom, each.box.left) for each in page.lines]
    assume(len(set(places)) == len(places))
    other = layout.read(evolve(page, lines=page.lines[::-1]))
    assert [(region.type, region.text) for region in layout.read(page)] == [(each.type, each.text) for each in other]


@settings(max_examples=100, deadline=None)
@given(sheets)
def test_what_is_read_can_be_written(page: Sheet) -> None:
    written = write(layout.read(page), table_format="html", running_heads=True, words=True)
    assert all(0 <= start < end <= len(written.text) for _, start, end in written.spans)
    assert all(0 <= place.start < len(written.text) for place in written.words)


@settings(max_examples=100, deadline=None)
@given(sheets)
def test_the_fields_of_a_table_do_not_overlap(page: Sheet) -> None:
    for region in layout.read(page):
        fields = [
            (cell.row + down, cell.column + right)
            for cell in region.cells
            for down in range(cell.row_span)
            for right in range(cell.column_span)
        ]
        assert len(fields) == len(set(fields))
