from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.page import Box, Line
from ocr_async.engine.scan.dark_heads import dark_heads
from ocr_async.engine.scan.ink import look


def page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (900, 700), 255)
    return image, ImageDraw.Draw(image)


def write(draw: ImageDraw.ImageDraw, text: str, left: int, top: int, size: int, *, bold: int = 0) -> Line:
    """Draw *text* and return its line as a detector would: the box a little wider than the ink."""
    font = ImageFont.load_default(size)
    draw.text((left, top), text, fill=0, font=font, stroke_width=bold)
    box = draw.textbbox((left, top), text, font=font, stroke_width=bold)
    margin = 0.15 * size
    return Line(text, Box(box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))


def grey(image: Image.Image) -> NDArray[Any]:
    return np.asarray(image)


TEXT = (
    "the harbour office keeps a record",
    "of every vessel that enters or",
    "leaves, with the height of tide",
    "and wind and the name of the pilot",
)


def test_bold_lines_have_thicker_strokes() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 60 + 50 * row, 26) for row, text in enumerate(TEXT)]
    heavy = write(draw, "a heading in bold print", 60, 300, 26, bold=1)
    found = look(grey(image), [*lines, heavy]).lines
    assert [line.bold for line in found] == [False] * 4 + [True]


def test_size_does_not_depend_on_ascenders_and_descenders() -> None:
    image, draw = page()
    lines = [
        write(draw, text, 60, 60 + 60 * row, 26)
        for row, text in enumerate(("some near sum", "high hill bells", "gypsy pages jog"))
    ]
    sizes = [line.size or 0.0 for line in look(grey(image), lines).lines]
    heights = [line.box.height for line in lines]
    assert max(sizes) / min(sizes) < 1.12
    assert max(heights) / min(heights) > 1.2


def test_a_larger_line_is_larger() -> None:
    image, draw = page()
    small, large = write(draw, "the running text", 60, 60, 24), write(draw, "a larger heading", 60, 200, 36)
    one, other = look(grey(image), [small, large]).lines
    assert (other.size or 0) / (one.size or 1) == pytest.approx(1.5, rel=0.15)


def test_drawn_lines_are_rulings_and_letters_are_not() -> None:
    image, draw = page()
    line = write(draw, "HEIGHT WITHIN THE FIELD", 120, 120, 26)
    draw.line((60, 100, 800, 100), fill=0, width=2)
    draw.line((60, 100, 60, 300), fill=0, width=2)
    found = sorted(
        (each.horizontal, round(max(each.box.width, each.box.height), -1)) for each in look(grey(image), [line]).rulings
    )
    assert found == [(False, 200), (True, 740)]


def test_a_photograph_is_a_picture_and_text_is_not() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 60 + 50 * row, 26) for row, text in enumerate(TEXT)]
    noise = np.random.default_rng(1).integers(0, 200, (200, 300), np.uint8)
    image.paste(Image.fromarray(noise), (400, 400))
    (picture,) = look(grey(image), lines).pictures
    assert picture.box.share(Box(370, 370, 730, 630)) > 0.95
    assert Box(400, 400, 700, 600).share(picture.box) > 0.95


@pytest.mark.parametrize("where", ["fold", "edge", "hand"])
def test_a_shadow_is_no_picture_and_a_narrow_photograph_beside_it_is_one(where: str) -> None:
    image, draw = page()
    lines = [write(draw, text, left, 60 + 50 * row, 14) for row, text in enumerate(TEXT) for left in (100, 600)]
    noise = np.random.default_rng(1).integers(20, 120, (300, 80)).astype(np.uint8)
    image.paste(Image.fromarray(noise), (200, 320))
    rows, columns = np.mgrid[: image.height, : image.width]
    shadows = {
        "fold": 0.75 * np.exp(-np.abs(columns - 450) / 40),
        "edge": 0.75 * np.exp(-np.abs(columns - 40) / 60),
        "hand": 0.7 * np.exp(-(((columns - 520) / 90) ** 2) - ((rows - 480) / 120) ** 2),
    }
    (picture,) = look((grey(image) * (1 - shadows[where])).astype(np.uint8), lines).pictures
    assert picture.box.share(Box(180, 300, 300, 640)) > 0.95


def test_a_stamp_makes_no_picture_of_the_ruled_table_under_it() -> None:
    image, draw = page()
    lines = [
        write(draw, text, left, 108 + 40 * row, 22)
        for row in range(10)
        for text, left in (("harbour", 80), (f"{row}2.50", 320), (f"{row}1.75", 500))
    ]
    for left, top, right, bottom in ((60, 100, 660, 100), (60, 500, 660, 500)):
        draw.line((left, top, right, bottom), fill=0, width=3)
    for left in (60, 300, 480, 660):
        draw.line((left, 100, left, 500), fill=0, width=3)
    stamp = Image.new("L", (430, 100), 255)
    ImageDraw.Draw(stamp).text((10, 5), "RECEIVED", fill=0, font=ImageFont.load_default(70), stroke_width=4)
    leaning = np.asarray(stamp.rotate(9, expand=True, fillcolor=255))
    stamped = np.array(image)
    place = np.s_[60 : 60 + leaning.shape[0], 220 : 220 + leaning.shape[1]]
    stamped[place] = np.minimum(stamped[place], leaning)
    noise = np.random.default_rng(1).normal(0, 12, stamped.shape)
    stamped = np.clip(stamped + noise, 0, 255).astype(np.uint8)
    assert look(stamped, lines).pictures == ()


def test_a_leaning_page_is_turned_before_it_is_looked_at() -> None:
    image, draw = page()
    draw.line((100, 350, 800, 350), fill=0, width=3)
    leaning = image.rotate(2, fillcolor=255, resample=Image.Resampling.BICUBIC)
    (ruling,) = look(grey(leaning), [], angle=2.0).rulings
    assert ruling.box.width > 600
    assert ruling.box.height < 8


def test_an_empty_page_has_nothing() -> None:
    image, _ = page()
    found = look(grey(image), [])
    assert (found.lines, found.rulings, found.pictures) == ((), (), ())


def test_a_dash_that_stands_alone_is_found_and_one_in_a_line_is_not() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 60 + 50 * row, 26) for row, text in enumerate((*TEXT, "one - two", "more of it"))]
    draw.rectangle((700, 224, 712, 226), fill=0)
    found = look(grey(image), lines).lines[len(lines) :]
    assert [(each.text, round(each.box.left, -1), round(each.box.right, -1)) for each in found] == [("-", 700, 710)]


def test_the_shaded_rows_of_a_table_are_no_picture() -> None:
    image, draw = page()
    lines = []
    for row in range(8):
        top = 100 + 40 * row
        if row % 2:
            draw.rectangle((60, top, 840, top + 40), fill=205)
        lines += [write(draw, word, left, top + 8, 22) for word, left in (("harbour", 80), ("12.50", 760))]
    assert look(grey(image), lines).pictures == ()


def test_the_bars_of_a_chart_are_a_picture() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 460 + 50 * row, 22) for row, text in enumerate(TEXT)]
    for row, length in enumerate((700, 480, 560, 300)):
        draw.rectangle((60, 60 + 60 * row, 60 + length, 100 + 60 * row), fill=90)
        lines.append(write(draw, "harbour", 80, 66 + 60 * row, 22))
    assert len(look(grey(image), lines).pictures) > 0


def test_a_photograph_does_not_grow_along_the_rule_between_columns() -> None:
    image, draw = page()
    noise = np.random.default_rng(1).integers(20, 120, (200, 300)).astype(np.uint8)
    image.paste(Image.fromarray(noise), (510, 260))
    draw.rectangle((500, 250, 819, 469), outline=0, width=2)
    draw.line((490, 40, 490, 660), fill=0, width=2)
    lines = [write(draw, text, 60, 60 + 50 * row, 22) for row, text in enumerate(TEXT)]
    (picture,) = look(grey(image), lines).pictures
    assert picture.box.top > 230
    assert picture.box.bottom < 490


def test_photographs_beside_each_other_with_text_between_them_are_two() -> None:
    image, draw = page()
    noise = np.random.default_rng(1).integers(0, 60, (200, 360)).astype(np.uint8)
    image.paste(Image.fromarray(noise), (60, 60))
    image.paste(Image.fromarray(noise), (450, 240))
    left = [write(draw, text, 62, 280 + 40 * row, 20) for row, text in enumerate(TEXT * 2)]
    right = [write(draw, text, 452, 60 + 40 * row, 20) for row, text in enumerate(TEXT)]
    found = sorted(look(grey(image), [*left, *right]).pictures, key=lambda picture: picture.box.left)
    assert [round(picture.box.top, -1) for picture in found] == [60, 240]


def test_what_is_said_between_pictures_is_no_lettering_of_theirs() -> None:
    """Photographs in rows, closer to their captions than these are to each other."""
    image, draw = page()
    noise = np.random.default_rng(1).integers(0, 120, (90, 180)).astype(np.uint8)
    places = [(left, top) for top in (60, 230) for left in (60, 255, 450)]
    for place in places:
        image.paste(Image.fromarray(noise), place)
    lines = [write(draw, "what was seen", left + 20, top + 96, 20) for left, top in places]
    lines.append(write(draw, "Read this, and say what you think of it.", 60, 190, 22))
    found = look(grey(image), lines).pictures
    photographs = [Box(left, top, left + 180, top + 90) for left, top in places]
    assert all(any(each.share(picture.box) > 0.95 for picture in found) for each in photographs)
    assert not any(line.box.share(picture.box) > 0.5 for line in lines for picture in found)


def test_shaded_rows_that_run_on_beyond_the_last_column_are_no_picture() -> None:
    image, draw = page()
    lines = []
    for row in range(6):
        top = 100 + 44 * row
        if row in {0, 2, 4}:
            draw.rectangle((60, top, 760, top + 43), fill=225 if row else 50)
        lines += [write(draw, f"{row}{column} 374", 80 + 170 * column, top + 10, 22) for column in range(3)]
    noise = np.random.default_rng(5).normal(0, 5, (700, 900))
    assert not look(np.clip(grey(image) + noise, 0, 255).astype(np.uint8), lines).pictures


@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_rules_of_two_columns_are_two_and_a_broken_one_is_one(noise: float) -> None:
    image, draw = page()
    lines = [write(draw, text, left, 60 + 50 * row, 26) for left in (40, 480) for row, text in enumerate(TEXT)]
    draw.rectangle((40, 300, 430, 302), fill=0)
    draw.rectangle((464, 300, 860, 302), fill=0)
    draw.rectangle((40, 400, 860, 402), fill=120)
    draw.rectangle((430, 400, 464, 402), fill=205)
    grain = np.random.default_rng(3).normal(0, noise, (700, 900))
    found = look(np.asarray((grey(image) + grain).clip(0, 255), np.uint8), lines).rulings
    assert sorted((round(each.box.left, -1), round(each.box.right, -1), round(each.box.top, -1)) for each in found) == [
        (40, 430, 300),
        (40, 860, 400),
        (460, 860, 300),
    ]


def test_a_faint_rule_below_text_is_one() -> None:
    """Near the letters the paper seems darker, and the rule is lighter than the threshold there."""
    image, draw = page()
    lines = [write(draw, text, 300, 60 + 80 * row, 26, bold=1) for row, text in enumerate(TEXT)]
    feet = [round(each.box.bottom) for each in lines]
    for y in feet:
        draw.line((40, y, 860, y), fill=226, width=2)
    rules = [ruling.box for ruling in look(grey(image), lines).rulings if ruling.horizontal]
    assert [abs(rule.centre - y) < 4 for rule, y in zip(rules, feet, strict=True)] == [True] * len(TEXT)
    assert all(rule.right > 850 for rule in rules)


def test_rules_of_tables_side_by_side_stay_two() -> None:
    image, draw = page()
    lines = [write(draw, "the harbour", left, 60 + 80 * row, 26) for row in range(3) for left in (40, 500)]
    for y in (120, 200, 280):
        draw.line((40, y, 400, y), fill=0, width=2)
        draw.line((500, y, 860, y), fill=0, width=2)
    assert len([ruling for ruling in look(grey(image), lines).rulings if ruling.horizontal]) == 6


def test_light_letters_on_a_dark_page_are_looked_at_as_dark_ones_on_a_light_page() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 60 + 50 * row, 26, bold=int(row == 3)) for row, text in enumerate(TEXT)]
    draw.line((60, 300, 800, 300), fill=0, width=2)
    light, dark = look(grey(image), lines), look(255 - grey(image), lines)
    assert (dark.lines, dark.rulings, dark.pictures) == (light.lines, light.rulings, light.pictures)
    assert [line.bold for line in dark.lines] == [False] * 3 + [True]
    assert len(dark.rulings) == 1


def test_a_dark_bar_with_a_name_on_it_is_no_picture() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 160 + 50 * row, 26) for row, text in enumerate(TEXT)]
    draw.rectangle((0, 0, 420, 110), fill=60)
    draw.text((60, 30), "Harbour office", fill=255, font=ImageFont.load_default(26))
    assert look(grey(image), [*lines, Line("Harbour office", Box(56, 28, 240, 62))]).pictures == ()


def test_rules_between_heads_are_found_though_letters_are_as_long() -> None:
    image, draw = page()
    lines = [write(draw, text, left, 105, 26) for text, left in (("Hall", 80), ("Hill", 330), ("Bill", 610))]
    lines += [write(draw, text, 80, 150 + 40 * row, 26) for row, text in enumerate(TEXT)]
    for top in (100, 138, 320):
        draw.line((60, top, 840, top), fill=0, width=3)
    for left in (300, 580):
        draw.line((left, 100, left, 138), fill=0, width=3)
    found = [each.box for each in look(grey(image), lines).rulings if not each.horizontal]
    assert [(round(box.middle, -1), round(box.height, -1)) for box in found] == [(300, 40), (580, 40)]


def test_a_curve_on_white_with_its_numbers_is_a_picture() -> None:
    image, draw = page()
    lines = [write(draw, text, 60, 500 + 40 * row, 26) for row, text in enumerate(TEXT)]
    draw.line((150, 60, 150, 400), fill=0, width=3)
    draw.line((150, 400, 750, 400), fill=0, width=3)
    lines += [write(draw, f"{tick / 10}", 95, 390 - 60 * tick, 18) for tick in range(6)]
    for shift in (0, 60):
        draw.line([(x, 380 - shift - 250 * (x - 150) / (x + 100)) for x in range(160, 740, 4)], fill=0, width=3)
    lines.append(write(draw, "two of them", 400, 300, 18))
    (picture,) = look(grey(image), lines).pictures
    assert picture.box.share(Box(90, 40, 800, 440)) > 0.95


HEADS = (("Hall", 80), ("Hill", 330), ("Bill", 610))


@pytest.mark.parametrize("ruled", [False, True], ids=["bare", "ruled"])
@pytest.mark.parametrize("noise", [0, 6])
def test_a_dark_band_with_the_heads_of_a_table_has_edges_and_no_rules_between_its_letters(
    ruled: bool, noise: int
) -> None:
    image, draw = page()
    draw.rectangle((60, 100, 840, 140), fill=70)
    font = ImageFont.load_default(26)
    boxes = [draw.textbbox((left, 104), text, font=font) for text, left in HEADS]
    for text, left in HEADS:
        draw.text((left, 104), text, fill=255, font=font, stroke_width=1)
    lines = [Line(text, Box(*box)) for (text, _), box in zip(HEADS, boxes, strict=True)]
    lines += [write(draw, "12.50", left, 154 + 50 * row, 26) for row in range(4) for left in (80, 330, 610)]
    for place in range(5 * ruled):
        draw.line((60, 140 + 50 * place, 840, 140 + 50 * place), fill=0, width=2)
    for left in (60, 300, 580, 840) if ruled else ():
        draw.line((left, 100, left, 340), fill=0, width=2)
    shown = grey(image) + np.random.default_rng(1).integers(-noise, noise + 1, grey(image).shape)
    found = look(np.asarray(shown.clip(0, 255), np.uint8), lines)
    level = sorted({round(each.box.centre, -1) for each in found.rulings if each.horizontal})
    upright = sorted(round(each.box.middle, -1) for each in found.rulings if not each.horizontal)
    assert level == ([100, 140, 190, 240, 290, 340] if ruled else [100, 140])
    assert upright == ([60, 300, 580, 840] if ruled else [])
    assert found.pictures == ()


def test_a_badge_with_two_words_is_no_band_of_heads() -> None:
    image, draw = page()
    draw.rectangle((60, 100, 200, 180), fill=70)
    lines = [Line("Best", Box(70, 110, 120, 140)), Line("2023", Box(130, 110, 190, 140))]
    assert dark_heads(grey(image), lines, 30.0) == []


def test_shaded_rows_are_no_picture_where_nothing_stands_between_two_columns() -> None:
    image, draw = page()
    for row in range(8):
        draw.rectangle((60, 100 + 80 * row, 840, 140 + 80 * row), fill=226)
    lines = [
        write(draw, word, left, 108 + 40 * row, 22)
        for row in range(14)
        for word, left in (("harbour and the mill", 80), ("12.50", 760))
    ]
    assert look(grey(image), lines).pictures == ()
