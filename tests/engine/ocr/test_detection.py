"""Where lines stand, told from a map of how likely each pixel is text."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_async.engine.ocr.detection import detect


def boxes(likely: NDArray[Any]) -> list[tuple[float, float, float]]:
    """Return where the boxes begin and end and how high they are, on a page that a network sees so."""
    page = np.full((*likely.shape, 3), 255, np.uint8)
    page[::60, ::40] = 0  # something is printed all over it

    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        high, wide = batch.shape[2:]
        return np.asarray(cv2.resize(likely, (wide, high)), np.float32)[None, None]

    found = [(box[:, 0].min(), box[:, 0].max(), np.ptp(box[:, 1])) for box in detect(page, network)]
    return sorted(
        (round(float(left), -1), round(float(right), -1), round(float(high), -1)) for left, right, high in found
    )


def test_a_line_that_a_stamp_touches_is_found_beside_it() -> None:
    likely = np.zeros((960, 960), np.float32)
    cv2.rectangle(likely, (60, 300), (900, 310), (1.0,), -1)
    assert boxes(likely) == [(50, 910, 30)]
    cv2.line(likely, (560, 390), (760, 305), (1.0,), 12)  # set aslant, and one with the line in the map
    found = boxes(likely)
    assert len(found) == 2
    assert np.allclose(found, [(50, 560, 30), (760, 910, 30)], atol=20)
