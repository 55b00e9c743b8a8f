"""What of a mask is connected: pieces, such as the letters of a page's ink, and runs of one row or column."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray


__all__ = ["connected", "runs"]


def connected(mask: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Return to which piece each pixel of *mask* belongs, 0 to none, and left, top, width, height and area of each.

    Of OpenCV's algorithms, which find the same in the same order, this one takes six tenths of the usual one's time.
    """
    _, labelled, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    return np.asarray(labelled, np.int32), np.asarray(stats, np.int32)


def runs(mask: ArrayLike) -> NDArray[np.intp]:
    """Return where the stretches of *mask*, of one dimension, begin and end, shape (n, 2)."""
    return np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])))).reshape(-1, 2)
