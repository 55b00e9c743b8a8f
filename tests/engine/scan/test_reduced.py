"""Fewer pixels and colours of a page tell the same as all of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_async.engine.ocr.networks import batch_of
from ocr_async.engine.scan.connected import around, around_free, connected, ink_of, pieces
from ocr_async.engine.scan.reduced import lit, reduced, shades_at, without_colour


def noise(*shape: int, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def strewn(seed: int = 1) -> NDArray[np.uint8]:
    """Return a page with marks, most of its rows blank."""
    page = np.zeros((301, 400), np.uint8)
    for left, top, wide, high in np.random.default_rng(seed).integers((0, 0, 1, 1), (390, 290, 30, 9), (12, 4)):
        page[top : top + high, left : left + wide] = 255
    return page


def test_a_page_is_grey_only_where_no_pixel_has_colour() -> None:
    grey = noise(200, 300)
    image = np.dstack([grey] * 3)
    assert np.array_equal(without_colour(image), grey)
    image[77, 5] = (90, 90, 91)
    assert without_colour(image) is image


@pytest.mark.parametrize(("paper", "lightest"), [(60, 235), (110, 235), (160, 160), (250, 250)])
def test_a_page_taken_in_little_light_is_made_lighter(paper: int, lightest: int) -> None:
    page = np.where(strewn() > 0, paper // 3, paper).astype(np.uint8)
    assert int(lit(page).max()) == pytest.approx(lightest, abs=2)
    assert int(lit(page).min()) == pytest.approx(lightest / 3, abs=5)


def test_light_print_on_a_dark_ground_is_left_as_it_is() -> None:
    page = np.where(strewn() > 0, 220, 70).astype(np.uint8)
    assert lit(page) is page


@pytest.mark.parametrize("shape", [(48, 301), (48, 300, 3)])
def test_pixels_come_to_the_networks_as_those_were_trained(shape: tuple[int, ...]) -> None:
    picture = noise(*shape)
    colours = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    batch = batch_of(picture, 320)
    expected = cv2.dnn.blobFromImage(colours, 1 / 127.5, mean=(127.5, 127.5, 127.5))
    assert np.array_equal(batch[..., : shape[1]], np.asarray(expected))
    assert batch.shape == (1, 3, 48, 320)
    assert not batch[..., shape[1] :].any()


def test_ink_is_what_an_adaptive_threshold_tells() -> None:
    page = np.asarray(cv2.GaussianBlur(noise(300, 400), (0, 0), 3), np.uint8)
    method, kind = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV
    assert np.array_equal(ink_of(page, around(page, 20), 3), cv2.adaptiveThreshold(page, 255, method, kind, 41, 3))


@pytest.mark.parametrize("seed", range(5))
def test_pieces_are_found_though_blank_rows_are_left_out(seed: int) -> None:
    page = strewn(seed)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(page)
    labelled, found = connected(page)
    assert sorted(map(tuple, found[1:].tolist())) == sorted(map(tuple, np.asarray(stats)[1:].tolist()))
    assert sorted(map(tuple, pieces(page).tolist())) == sorted(map(tuple, found[1:].tolist()))
    for index, (left, top, wide, high, area) in enumerate(found.tolist()[1:], 1):
        own = labelled[top : top + high, left : left + wide] == index
        assert own.sum() == area == (labelled == index).sum()
    assert np.array_equal(labelled > 0, np.asarray(labels) > 0)


def test_nothing_is_connected_on_a_blank_page() -> None:
    labelled, stats = connected(np.zeros((40, 60), np.uint8))
    assert not labelled.any()
    assert len(stats) == 1


def test_ink_in_a_box_stays_only_near_to_such_as_is_in_none() -> None:
    page = np.zeros((200, 900), np.uint8)
    page[50:60, 20:700:20] = 255
    page[52:56, 760:770] = 255
    box = np.array([[10, 40], [720, 40], [720, 70], [10, 70]])
    near = around_free(page, [box], 100)
    assert near[52:56, 760:770].all()
    assert np.array_equal(near[:, 661:], page[:, 661:])
    assert not near[:, :600].any()


def test_pixels_are_means_and_shades_are_counted() -> None:
    page = noise(400, 400)
    small = reduced(page, 80, 80)
    whole = cv2.resize(page, (80, 80), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - whole.astype(int)).mean() < 8
    assert shades_at(np.arange(100, dtype=np.uint8), [0.03, 0.5]) == [2, 49]
