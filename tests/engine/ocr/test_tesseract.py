"""Tesseract as the second recogniser: pages in other scripts, drawn here, read in this process."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr import scripts, tessdata, tesseract
from ocr_async.engine.ocr.lines import Reading
from ocr_async.engine.ocr.recognition import Seen, recognise, see
from ocr_async.engine.values import PageOptions, Recogniser

from ...documents import PARAGRAPHS, drawn_page
from .test_recognition import as_raster, page


Pixels = NDArray[np.uint8]

RUSSIAN = (
    "Портовая служба ведёт записи о каждом судне,",
    "которое входит в гавань или покидает её.",
    "В марте туман задержал девять судов,",
    "но ни одно из них не более чем на час.",
    "Новый кран принял тысячу двести контейнеров.",
)
VIETNAMESE = (
    "Kính gửi bà Nguyễn Thị Hồng, chúng tôi xin cảm ơn",
    "quý khách đã lưu trú tại khách sạn của chúng tôi.",
    "Xin vui lòng thanh toán số tiền dưới đây.",
)
HEBREW = ("נמל הבית רושם כל ספינה הנכנסת אליו", "ואת גובה הגאות ואת שמו של הנווט")

GREEK_RECEIPT = ("ΑΓΟΡΑ ΑΕ", "ΨΩΜΙ ΟΛΙΚΗΣ", "ΚΑΦΕΣ", "86,02", "ΝΤΟΜΑΤΕΣ", "ΣΥΝΟΛΟ", "96,62", "ΜΕΤΡΗΤΑ")


def needs(*languages: str) -> pytest.MarkDecorator:
    lacking = tessdata.lacking(languages)
    return pytest.mark.skipif(lacking is not None, reason=lacking or "")


def drawn(lines: tuple[str, ...], *, size: int = 30) -> Pixels:
    try:
        font = ImageFont.truetype("DejaVuSans.ttf", size, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        pytest.skip("the font DejaVu Sans is not installed")
    image = Image.new("RGB", (1240, 200 + len(lines) * size * 2), "white")
    for row, line in enumerate(lines):
        ImageDraw.Draw(image).text((100, 100 + row * size * 2), line, fill="black", font=font)
    return np.asarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR), np.uint8)


def text_of(seen: Seen) -> str:
    return "\n".join(line.text for line in sorted(seen.sheet.lines, key=lambda line: line.box.top))


@needs("rus")
def test_a_page_in_a_script_that_the_networks_do_not_know_is_read_all_the_same() -> None:
    seen = see(drawn(RUSSIAN), dpi=200)
    assert text_of(seen) == "\n".join(RUSSIAN)
    assert (seen.languages[0], seen.advice, seen.unread) == ("rus", "", 0.0)


@needs("rus")
def test_only_the_lines_that_need_it_are_read_again() -> None:
    mixed = (*PARAGRAPHS[:3], *RUSSIAN[:3])
    networks = see(drawn(mixed, size=24), dpi=200, recogniser=Recogniser(engine="rapidocr"))
    both = see(drawn(mixed, size=24), dpi=200)
    assert text_of(both) == "\n".join(mixed)
    english = {line.text: line.confidence for line in networks.sheet.lines if line.text in PARAGRAPHS}
    assert len(english) == 3
    assert {line.text: line.confidence for line in both.sheet.lines if line.text in PARAGRAPHS} == english


@needs("rus")
def test_short_lines_that_look_like_latin_letters_are_read_as_the_page_is() -> None:
    mixed = ("Счёт № 17", *RUSSIAN, "Сумма", "Printer HP 2055", "1204,50")
    assert text_of(see(drawn(mixed), dpi=200)) == "\n".join(mixed)


@needs("ell")
def test_capitals_that_look_like_latin_ones_are_read_as_the_page_is() -> None:
    assert text_of(see(drawn(GREEK_RECEIPT), dpi=200)) == "\n".join(GREEK_RECEIPT)


def test_a_page_of_greek_capitals_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tessdata, "installed", lambda: frozenset({"eng"}))
    assert "Greek" in see(drawn(GREEK_RECEIPT), dpi=200).advice


@needs("rus")
@pytest.mark.skipif("ukr" in tessdata.installed(), reason="the data of Ukrainian are installed")
def test_a_page_in_another_language_of_the_script_says_what_to_install() -> None:
    ukrainian = ("Її п'єсу про їжака й ґедзя", "збирають філософи і мешканці", "її міста в Гадячі, щоб її співати")
    assert "tesseract-ocr-ukr" in see(drawn(ukrainian), dpi=200).advice
    assert not see(drawn(RUSSIAN), dpi=200).advice


@needs("vie")
def test_letters_whose_marks_the_networks_do_not_know_are_read_all_the_same() -> None:
    assert text_of(see(drawn(VIETNAMESE), dpi=200)) == "\n".join(VIETNAMESE)


def test_a_page_whose_letters_lose_their_marks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tessdata, "installed", lambda: frozenset({"eng"}))
    assert "Vietnamese" in see(drawn(VIETNAMESE), dpi=200).advice


@needs("rus")
def test_a_named_language_is_read_by_whoever_can() -> None:
    assert see(drawn(RUSSIAN[:1]), dpi=200, recogniser=Recogniser(languages=("rus",))).languages == ("rus",)
    assert see(page(), dpi=150, recogniser=Recogniser(languages=("deu", "eng"))).languages == ()


@needs("rus")
def test_a_page_upside_down_is_turned_in_a_script_that_the_vote_does_not_know() -> None:
    image = np.ascontiguousarray(drawn(RUSSIAN)[::-1, ::-1])
    for recogniser in (Recogniser(), Recogniser(engine="tesseract", languages=("rus",))):
        seen = see(image, dpi=200, recogniser=recogniser)
        assert text_of(seen) == "\n".join(RUSSIAN)
        assert seen.quarters % 4 == 2


@needs("eng")
def test_tesseract_gives_the_lines_words_and_boxes_that_the_networks_give() -> None:
    image = page()
    networks, other = see(image, dpi=150), see(image, dpi=150, recogniser=Recogniser(engine="tesseract"))
    assert text_of(other) == text_of(networks)
    for ours, theirs in zip(networks.sheet.lines, other.sheet.lines, strict=True):
        assert ours.box == theirs.box
        assert [word.text for word in ours.words] == [word.text for word in theirs.words]
        for word, same in zip(ours.words, theirs.words, strict=True):
            assert abs(word.box.left - same.box.left) < 12
            assert 0 < same.confidence <= 1


@needs("heb")
def test_words_written_from_the_right_are_in_the_order_in_which_they_are_read() -> None:
    # drawn letter by letter from the left, as a plain font does
    seen = see(drawn(tuple(line[::-1] for line in HEBREW)), dpi=200, recogniser=Recogniser(languages=("heb",)))
    assert text_of(seen) == "\n".join(HEBREW)
    for line in seen.sheet.lines:
        assert [word.text for word in line.words] == line.text.split()
        lefts = [word.box.left for word in line.words]
        assert lefts == sorted(lefts, reverse=True)


@needs("rus")
def test_the_page_says_in_which_languages_it_was_read() -> None:
    result = recognise(as_raster(drawn(RUSSIAN)), 0, PageOptions())
    assert result.extra["languages"][0] == "rus"
    assert "warnings" not in result.extra
    assert "languages" not in recognise(as_raster(page()), 0, PageOptions()).extra


def test_a_letter_that_is_a_word_to_tesseract_is_none_here() -> None:
    pieces = [("저", 0.9, 10.0, 20.0), ("희", 0.7, 22.0, 32.0), ("팬", 0.8, 50.0, 60.0)]
    assert list(tesseract._words(["저희", "팬"], iter(pieces))) == [
        ("저희", pytest.approx(0.8), 10.0, 32.0),
        ("팬", 0.8, 50.0, 60.0),
    ]
    assert list(tesseract._words(["저희", "팬", "들"], iter(pieces[:2])))[1:] == []


def test_nothing_is_looked_for_on_a_page_with_a_bad_line_or_two() -> None:
    good, bad = Reading("a line that was read", 0.98, ()), Reading("", 0.0, ())
    assert scripts.doubtful([good] * 20 + [bad] * 2, [10.0] * 22) == 0.0
    assert scripts.doubtful([good] * 20 + [bad] * 3, [10.0] * 23) == pytest.approx(3 / 23)
    assert scripts.doubtful([good] * 97 + [bad] * 3, [10.0] * 100) == 0.0  # the lettering of a chart
    assert scripts.doubtful([good, bad], [10.0, 10.0]) == 0.5
    assert scripts.doubtful([bad] * 9, [1.0] * 9) == 0.0  # stains
    assert scripts.doubtful([], []) == 0.0


def test_few_letters_on_a_long_line_are_not_what_it_says_however_sure() -> None:
    assert scripts.weak(Reading(", .", 0.99, ()), 30.0)
    assert scripts.weak(Reading("76861", 0.99, ()), 7.6)  # the number of an article, and not its name
    assert not scripts.weak(Reading("5", 0.99, ()), 0.6)


def reading(*words: tuple[str, float, float, float]) -> Reading:
    return Reading(" ".join(text for text, *_ in words), 0.9, words)


@pytest.mark.parametrize(
    ("networks", "tesseract", "expected"),
    [
        (
            [("3", 0.99, 0.0, 0.1), ("x", 0.9, 0.12, 0.2), ("CMETAHA", 1.0, 0.25, 0.7), ("20%", 1.0, 0.75, 1.0)],
            [("Зх", 0.96, 0.0, 0.2), ("СМЕТАНА", 0.96, 0.25, 0.7), ("2096", 0.9, 0.75, 1.0)],
            "3 x СМЕТАНА 20%",
        ),
        (
            [("TYPI", 1.0, 0.0, 0.3), ("ΦETA", 1.0, 0.32, 0.6), ("NON", 1.0, 0.62, 1.0)],
            [("ΤΥΡΙΦΕΤΑΠΟΠ", 0.7, 0.0, 1.0)],
            "ΤΥΡΙ ΦΕΤΑ ΠΟΠ",
        ),
        (
            [("COK", 1.0, 0.0, 0.3), ("J7", 1.0, 0.35, 0.5), ("930MJI", 0.9, 0.6, 1.0)],
            [("СОК", 0.9, 0.0, 0.3), ("37", 0.9, 0.35, 0.5), ("930МЛ", 0.8, 0.6, 1.0)],
            "СОК J7 930МЛ",
        ),
        (
            [("3", 0.9, 0.4, 0.45), ("E.B.", 0.9, 0.8, 1.0)],
            [("ИП", 0.96, 0.0, 0.1), ("КУЗНЕЦОВА", 0.97, 0.15, 0.75), ("Е.В.", 0.96, 0.8, 1.0)],
            "ИП КУЗНЕЦОВА Е.В.",
        ),
        ([("3WT", 0.9, 0.0, 0.2)], [("Зшт", 0.96, 0.0, 0.2)], "3WT"),
        ([("4EK", 0.9, 0.0, 0.3), ("N", 0.9, 0.4, 0.5)], [("ЧЕК", 0.96, 0.0, 0.3), ("№", 0.9, 0.4, 0.5)], "ЧЕК №"),
        ([("KAΦELAVAZZA", 1.0, 0.0, 1.0)], [("КАФЕ", 0.9, 0.0, 0.4), ("LAVAZZA", 0.9, 0.45, 1.0)], "KAΦELAVAZZA"),
        (
            [("KAΦE", 1.0, 0.0, 0.4), ("LAVAZZA", 1.0, 0.5, 0.7), ("KAT", 1.0, 0.8, 1.0)],
            [("КАФЕ", 0.9, 0.0, 0.4), ("LAVAZZA", 0.9, 0.5, 0.7), ("КАТ", 0.9, 0.8, 1.0)],
            "КАФЕ LAVAZZA KAT",
        ),
        ([("Lipton", 0.99, 0.0, 1.0)], [("Ирюп", 0.9, 0.0, 1.0)], "Lipton"),
    ],
)
def test_words_of_tesseract_stand_among_the_numbers_and_spaces_of_the_networks(
    networks: list[tuple[str, float, float, float]], tesseract: list[tuple[str, float, float, float]], expected: str
) -> None:
    read = scripts.with_words_of(reading(*tesseract), reading(*networks))
    assert (read.text, " ".join(text for text, *_ in read.words)) == (expected, expected)


def test_without_a_language_that_can_read_it_the_page_says_what_to_do() -> None:
    finding = scripts.look([page()[60:110]], Recogniser(engine="rapidocr"), None)  # type: ignore[arg-type]
    assert finding == scripts.Finding()
    if (lacking := tessdata.lacking()) is not None:
        assert lacking in str(scripts.look([page()[60:110]], Recogniser(), None).advice)  # type: ignore[arg-type]


def test_the_same_page_again_is_read_alike() -> None:
    image = np.asarray(cv2.cvtColor(np.asarray(drawn_page()), cv2.COLOR_GRAY2BGR), np.uint8)
    assert see(image, dpi=150).sheet == see(image, dpi=150).sheet
