"""Recognition in this process: pages drawn here, turned, leaning, in two columns, unreadable."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import PIL.ImageOps
import pytest
from numpy.typing import NDArray

from ocr_async._ipc.memory import Shared
from ocr_async.engine.ocr import networks
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.line_boxes import lean
from ocr_async.engine.ocr.lines import Reading
from ocr_async.engine.ocr.orientation import level, runs_down, turn
from ocr_async.engine.ocr.recognition import recognise, see
from ocr_async.engine.ocr.turned import Read, Turned, reader_of, reads_better_on_its_head, with_minus_signs
from ocr_async.engine.values import PageOptions, Raster
from ocr_async.errors import DocumentError

from ...documents import PARAGRAPHS, drawn_page


Image = NDArray[np.uint8]
WORDS = " ".join(PARAGRAPHS).split()


def page(**facts: Any) -> Image:
    return np.asarray(cv2.cvtColor(np.asarray(drawn_page(**facts)), cv2.COLOR_GRAY2BGR), np.uint8)


def as_raster(image: Image) -> Raster:
    height, width, channels = image.shape
    return Raster(pixels=Shared.holding(image.tobytes()), width=width, height=height, channels=channels, dpi=150)


def words_of(image: Image) -> list[str]:
    lines = sorted(see(image, dpi=150).sheet.lines, key=lambda line: line.box.centre)
    return " ".join(line.text for line in lines).split()


def test_a_clean_page_is_read_word_for_word() -> None:
    assert words_of(page()) == WORDS


@pytest.mark.parametrize("rise", [30.0, -20.0])
def test_no_line_of_a_page_that_is_not_flat_is_lost(rise: float) -> None:
    image = page(height=1754)
    along, down = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in image.shape[1::-1]))
    lower = np.asarray(down + rise * np.square(2 * along / image.shape[1] - 1), np.float32)
    bent = cv2.remap(image, along, lower, cv2.INTER_LINEAR)
    assert words_of(np.asarray(bent, np.uint8)) == WORDS


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lies_on_its_side_or_head_is_turned(quarters: int) -> None:
    assert words_of(np.ascontiguousarray(np.rot90(page(height=1754), quarters))) == WORDS


@pytest.mark.parametrize(("quarters", "angle"), [(1, 90.0), (3, -90.0)], ids=["upwards", "downwards"])
def test_words_that_stand_on_end_are_read_whichever_way_they_run(quarters: int, angle: float) -> None:
    heads = ("Journey", "Harbour office", "School")
    image = np.array(PIL.ImageOps.expand(drawn_page(height=700), (0, 300, 0, 0), 255))
    for place, head in enumerate(heads):
        word = np.asarray(drawn_page((head,)))[60:130, 60:320]
        image[20:280, 100 + 300 * place : 170 + 300 * place] = np.rot90(word, quarters)
    lines = see(np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8), dpi=150).sheet.lines
    found = sorted((line for line in lines if line.angle), key=lambda line: line.box.left)
    assert [(line.text, line.angle) for line in found] == [(head, angle) for head in heads]
    firsts = [line.words[0].box.centre for line in found]
    lasts = [line.words[-1].box.centre for line in found]
    assert (firsts[1] > lasts[1]) == (angle > 0)


def boxed(left: int, top: int, right: int, bottom: int) -> NDArray[np.float32]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


@pytest.mark.parametrize(("text", "high", "drawn"), [("國", 400, True), ("國", 150, False), ("STOP", 400, False)])
def test_one_letter_much_larger_than_the_lines_of_a_page_is_a_picture(text: str, high: int, drawn: bool) -> None:
    box = boxed(300, 25, 700, 25 + high)
    lines = Turned(page(), np.array([boxed(40, 40, 200, 70), boxed(40, 80, 200, 110), box]), 0)
    assert lines.is_drawing(Read(Reading(text, 0.9, ()), 0.0, 1.0), box) is drawn


def test_a_letter_that_stands_alone_is_read_upright_however_high_its_box_is() -> None:
    def reader(pictures: Sequence[Image]) -> list[Reading]:
        return [Reading("一" if picture.shape[1] > picture.shape[0] else "l", 0.9, ()) for picture in pictures]

    word, letter = boxed(40, 40, 200, 70), boxed(300, 25, 330, 85)
    [_, read] = Turned(page(), np.array([word, letter]), 0).read(reader)
    assert (read.reading.text, read.angle, read.length) == ("l", 0.0, 0.5)


@pytest.mark.parametrize("shape", [(8000, 900), (900, 8000)])
def test_each_line_of_a_picture_much_longer_than_a_page_is_found_once(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 255, np.uint8)
    rows, columns = range(60, shape[0] - 60, 110), range(40, shape[1] - 500, 611)
    for top in rows:
        for left in columns:
            cv2.putText(image, "Fog delayed nine", (left, top), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3)
    boxes = detect(image, networks.detector())
    assert len(boxes) == len(rows) * len(columns)
    assert np.ptp(boxes[..., 0], axis=1).min() > 300


@pytest.mark.parametrize(("size", "letters", "place"), [((3600, 3600), 40, (300, 300)), ((1600, 900), 400, (100, 100))])
def test_one_line_is_found_however_small_or_large_it_is_on_its_page(
    size: tuple[int, int], letters: int, place: tuple[int, int]
) -> None:
    picture = PIL.Image.new("RGB", size, "white")
    PIL.ImageDraw.Draw(picture).text(place, "STOP", fill="black", font=PIL.ImageFont.load_default(letters))
    assert words_of(np.asarray(picture)) == ["STOP"]


def test_a_line_that_runs_through_the_pieces_of_a_picture_is_read_in_parts() -> None:
    image = np.full((300, 8000, 3), 255, np.uint8)
    cv2.putText(image, "word " * 80, (20, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3)
    boxes = detect(image, networks.detector())
    ends = sorted((float(box[:, 0].min()), float(box[:, 0].max())) for box in boxes)
    assert len(ends) > 1
    assert all(abs(start - end) < 3 for (_, end), (start, _) in itertools.pairwise(ends))


@pytest.mark.parametrize("degrees", [87.0, -93.0, 177.0])
def test_a_page_that_lies_on_its_side_and_leans_is_turned_and_levelled(degrees: float) -> None:
    image = np.pad(page(height=1000), ((200, 200), (80, 80), (0, 0)), constant_values=255)
    turning = cv2.getRotationMatrix2D((700, 700), degrees, 1.0)
    seen = see(np.asarray(cv2.warpAffine(image, turning, (1400, 1400), borderValue=(255,) * 3), np.uint8), dpi=150)
    assert abs((seen.rotation - degrees + 180) % 360 - 180) < 0.5
    lines = sorted(seen.sheet.lines, key=lambda line: line.box.top)
    assert " ".join(line.text for line in lines).split() == words_of(image)


def test_a_page_that_reads_better_upside_down_is_found_out() -> None:
    upright, reader = page(height=1000), reader_of(())
    for image, better in ((upright, False), (np.ascontiguousarray(np.rot90(upright, 2)), True)):
        given = Turned(image, detect(image, networks.detector()), 0)
        assert reads_better_on_its_head(given, given.read(reader), reader) is better


@pytest.mark.parametrize("degrees", [-4.0, 3.0])
def test_a_leaning_page_is_measured_level(degrees: float) -> None:
    image = page(height=1000)
    turning = cv2.getRotationMatrix2D((620, 500), degrees, 1.0)
    leaning = np.asarray(cv2.warpAffine(image, turning, (1240, 1000), borderValue=(255, 255, 255)), np.uint8)
    seen = see(leaning, dpi=150)
    assert abs(seen.angle + degrees) < 0.3
    straight = see(image, dpi=150)
    for found, expected in zip(
        sorted(seen.sheet.lines, key=lambda line: line.box.top),
        sorted(straight.sheet.lines, key=lambda line: line.box.top),
        strict=True,
    ):
        assert found.text == expected.text
        assert abs(found.box.top - expected.box.top) < 12
        assert abs(found.box.left - expected.box.left) < 12


def test_words_have_boxes_within_their_line_in_order() -> None:
    for line in see(page(), dpi=150).sheet.lines:
        assert [word.text for word in line.words] == line.text.split()
        lefts = [word.box.left for word in line.words]
        assert lefts == sorted(lefts)
        assert all(line.box.left <= word.box.left < word.box.right <= line.box.right for word in line.words)
        assert all(0 < word.confidence <= 1 for word in line.words)


def test_a_blank_page_is_empty_without_complaint() -> None:
    result = recognise(as_raster(np.full((1000, 700, 3), 250, np.uint8)), 0, PageOptions())
    assert (result.markdown, result.extra) == ("", {})


def test_writing_that_nobody_knows_is_an_error_and_not_an_empty_page() -> None:
    # rows of strokes that look like writing and are none
    image = np.full((600, 1200, 3), 255, np.uint8)
    chance = np.random.default_rng(7)
    for row in range(5):
        for column in range(70):
            x, y = 60 + column * 15, 60 + row * 100
            points = chance.integers((x, y), (x + 13, y + 34), size=(4, 2))
            cv2.polylines(image, [points.astype(np.int32)], False, (0, 0, 0), 2)
    try:
        result = recognise(as_raster(image), 3, PageOptions())
    except DocumentError as error:
        assert str(error).startswith("page 3 (from 0): there is writing")  # noqa: PT017 - one of two good ends
    else:
        assert result.extra["warnings"]


def test_pictures_are_cut_out_of_the_level_page() -> None:
    image = page(height=1400)
    image[700:1100, 300:900] = cv2.resize(
        np.random.default_rng(3).integers(0, 200, (40, 60, 3), dtype=np.uint8),
        (600, 400),
        interpolation=cv2.INTER_CUBIC,
    )
    result = recognise(as_raster(image), 0, PageOptions(images=True))
    (picture,) = result.images
    assert picture.image_base64 is not None
    assert picture.image_base64.startswith("data:image/jpeg;base64,")
    assert picture.bbox is not None
    assert abs(picture.bbox["x"] - 300) < 20
    assert abs(picture.bbox["height"] - 400) < 40


def test_turning_boxes_four_times_changes_nothing() -> None:
    boxes = np.array([[[1, 2], [5, 2], [5, 4], [1, 4]]], np.float32)
    assert np.array_equal(turn(boxes, 4, 10, 20), boxes)
    assert np.array_equal(turn(boxes, 1, 10, 20)[0, 0], np.array([16, 1], np.float32))


def test_levelling_takes_the_lean_away() -> None:
    boxes = np.array(
        [[[0, y], [100, y + 5], [99, y + 15], [-1, y + 10]] for y in (0, 40, 80, 120)],
        np.float32,
    )
    angle = lean(boxes)
    assert angle == pytest.approx(np.degrees(np.arctan2(5, 100)), abs=0.1)
    assert lean(level(angle, 200, 200)(boxes)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("degrees", [0.0, 0.3])
def test_the_rows_of_a_table_tell_its_lean_where_short_boxes_err(degrees: float) -> None:
    rise = np.tan(np.radians(degrees))
    boxes = np.array(
        [
            [[x, y + rise * x], [x + 90, y + rise * x + 1], [x + 90, y + rise * x + 21], [x, y + rise * x + 20]]
            for y in range(0, 400, 40)
            for x in (0, 300, 600, 900)
        ],
        np.float32,
    )
    assert lean(boxes) == pytest.approx(degrees, abs=0.05)


def test_lines_and_words_are_those_of_rapidocrs_own_pipeline() -> None:
    rapidocr = pytest.importorskip("rapidocr")
    settings = {"Global.use_cls": False, "Global.max_side_len": 1600, "Global.log_level": "critical"}
    image = page(height=1754)
    found = rapidocr.RapidOCR(params=settings)(image)
    assert sorted(line.text for line in see(image, dpi=150).sheet.lines) == sorted(found.txts)


@pytest.mark.parametrize(("times", "finer"), [(2, 2.0), (4, 4.0)])
def test_large_print_is_read_in_fewer_pixels_and_told_in_all_of_them(times: int, finer: float) -> None:
    drawn = np.array(drawn_page(PARAGRAPHS[:2], height=420))
    cv2.rectangle(drawn, (500, 260), (900, 400), 90, -1)
    small = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_GRAY2BGR), np.uint8)
    height, width = (times * side - 3 for side in small.shape[:2])
    large = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert see(large, dpi=600).finer == finer
    wanted = PageOptions(images=True, confidence="word")
    few, many = recognise(as_raster(small), 0, wanted), recognise(as_raster(large), 0, wanted)
    assert many.markdown == few.markdown
    assert many.dimensions is not None
    assert (many.dimensions.width, many.dimensions.height) == (width, height)
    for one, other in zip(few.extra["lines"], many.extra["lines"], strict=True):
        assert one["text"] == other["text"]
        sides = [times * side for side in one["bbox"].values()]
        assert np.allclose(sides, list(other["bbox"].values()), atol=6 * times)
    (picture,) = many.images
    assert picture.image_base64 is not None
    cut = PIL.Image.open(io.BytesIO(base64.b64decode(picture.image_base64.partition(",")[2])))
    assert np.allclose(cut.size, (400 * times, 140 * times), atol=25 * times)
    assert np.asarray(cut).mean() < 150  # the dark picture, and not the paper beside it


@pytest.mark.parametrize(
    ("text", "quarters", "down"),
    [
        ("広い門の下にはこの男のほかに誰もいない" * 5, 3, True),
        ("広い門の下には、この男のほかに誰もいない。" * 5, 3, False),  # a page that lay on its side has its marks
        ("広い門の下にはこの男のほかに誰もいない" * 5, 0, False),
        ("広い門の下には", 3, False),
    ],
)
def test_columns_from_the_top_down_are_known_by_the_marks_that_they_lose(text: str, quarters: int, down: bool) -> None:
    assert runs_down([text], quarters) == down


@pytest.mark.parametrize(
    ("first", "text", "expected"),
    [
        ((6, 14, 9, 17), ".€3.24", "-€3.24"),
        ((0, 14, 3, 17), ".685.28", "-685.28"),  # the box begins within it
        ((6, 23, 9, 26), ".$3.24", ".$3.24"),  # the last of a leader's dots
        ((6, 14, 9, 17), ".034", ".034"),
        ((6, 14, 9, 17), ".12.2026", ".12.2026"),
    ],
)
def test_a_minus_sign_that_was_read_as_a_full_stop_stands_in_the_middle_of_its_number(
    first: tuple[int, int, int, int], text: str, expected: str
) -> None:
    image = np.full((60, 200, 3), 255, np.uint8)
    box = np.array([[[40, 20], [140, 20], [140, 50], [40, 50]]], np.float32)
    for left, top, right, bottom in (first, *((16 + 14 * index, 4, 24 + 14 * index, 26) for index in range(5))):
        image[20 + top : 20 + bottom, 40 + left : 40 + right] = 60
    (read,) = with_minus_signs(Turned(image, box, 0), [Read(Reading(text, 0.9, ((text, 0.9, 0.0, 1.0),)), 0.0, 3.3)])
    assert (read.reading.text, read.reading.words[0][0]) == (expected, expected)
