"""
The networks of PP-OCRv6 that lie in the rapidocr wheel, loaded once a process and shared by its threads; and the tiny
ones, where they are installed.

rapidocr's own pipeline is not used: it cuts lines out of the shrunken page, imports a second of packages, and cannot
spread one page's lines over threads. What it computes is kept, and tests compare with it.
"""

from __future__ import annotations

import importlib.util
import mmap
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from attrs import frozen
from numpy.typing import NDArray

from ..._platform import own_memory, processors
from ..._platform.once import once
from ...errors import missing_extra
from . import bfloat16, onnx_file, tiny


__all__ = [
    "RECOGNISER",
    "Float32",
    "LineNetwork",
    "Network",
    "batch_of",
    "classifier",
    "detector",
    "find_lines",
    "give_back",
    "models",
    "recogniser",
    "tiny_detector",
    "tiny_recogniser",
    "warm_up",
]

RECOGNISER = "PP-OCRv6_rec_small.onnx"

_bfloat16: list[bfloat16.Bfloat16] = []


Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""
One loaded network: what it makes of a batch, which the same thread's next call may overwrite.

Calling it is safe from several threads at once.
"""


@frozen
class LineNetwork:
    """
    A network that reads lines: (n, 3, 48, width) to (n, width / 8, characters).

    Attributes:
        letters: The characters of its last axis: first the blank, last the space.
    """

    network: Network
    letters: tuple[str, ...]


class Float32:
    """
    A `Network` as it was trained, in onnxruntime.

    Args:
        path: Of the ONNX file.

        alone: One call after the other uses all processors; otherwise each call has one.
    """

    def __init__(self, path: Path, *, alone: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = not alone  # it never gives back what the largest page took
        options.intra_op_num_threads = processors.usable() if alone else 1
        options.inter_op_num_threads = 1
        # Spinning threads take the processor from the pages beside them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        onnxruntime.disable_telemetry_events()  # which its builds for Windows send
        # A recogniser has next to none, and is twice as large.
        model = onnx_file.without_subnormal(path.read_bytes()) if alone else str(path)
        self._session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._turn: AbstractContextManager[object] = threading.Lock() if alone else nullcontext()

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._turn:
            return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)


def batch_of(picture: NDArray[np.uint8], width: int = 0) -> NDArray[np.float32]:
    """
    Return *picture*, in blue, green and red or grey, as networks take it: shape (1, 3, height, width), from -1 to 1.

    Args:
        width: Of the batch, 0 beyond the picture; that of the picture if it is wider.
    """
    height, wide = picture.shape[:2]
    batch = np.zeros((1, 3, height, max(width, wide)), np.float32)
    colours = cv2.split(picture)
    for index, colour in enumerate(colours):
        batch[0, index : index + 3 // len(colours), :, :wide] = cv2.LUT(colour, _SIGNED)
    return batch


_SIGNED = (np.arange(256, dtype=np.float32) - 127.5) * np.float32(1 / 127.5)


def _load(path: Path, *, lines: bool) -> Network:
    """
    Load the network at *path* in the fastest way that reads well.

    Args:
        lines: It reads pictures of lines; otherwise it sees whole pages, and takes several hundred megabytes for each
            that it looks at: one at a time.
    """
    if bfloat16.available():
        network = bfloat16.Bfloat16(path, threads=processors.usable(), lines=lines)
        _bfloat16.append(network)
        return network
    return Float32(path, alone=not lines)


def warm_up() -> None:
    """Load what every page needs, while the first page is still being drawn."""
    if tiny_detector() is None:
        detector()
    classifier()
    tiny_recogniser()
    recogniser()


def give_back() -> None:
    """Free what pages took of memory: it differs by their size, and the next one needs none of it."""
    for network in _bfloat16:
        network.give_back()
    own_memory.give_back()


@once
def detector() -> Network:
    """Return the network that finds lines: (1, 3, height, width) to (1, 1, height, width), 0 to 1."""
    return _load(models() / "PP-OCRv6_det_small.onnx", lines=False)


def find_lines(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the `detector` makes of *batch*; it is loaded by then, for typed pages can do without it."""
    return detector()(batch)


@once
def tiny_detector() -> Network | None:
    """Return the network that finds lines of plain text as well, in .4 of the time; None without it."""
    # In sixteen bits it would take 0.3 s to load instead of 0.02, which is what it would save on a page.
    return Float32(tiny.path(tiny.DETECTOR), alone=True) if tiny.available() else None


@once
def recogniser() -> LineNetwork:
    """Return the network that reads lines well."""
    path = models() / RECOGNISER
    with path.open("rb") as file:
        letters = onnx_file.facts(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))["character"].splitlines()
    return LineNetwork(_load(path, lines=True), ("", *letters, " "))


@once
def tiny_recogniser() -> LineNetwork | None:
    """Return the network that reads lines in a fifth of the time, less well and with fewer letters; None without it."""
    if not tiny.available():
        return None
    return LineNetwork(_load(tiny.path(tiny.RECOGNISER), lines=True), tiny.letters())


@once
def classifier() -> Network:
    """Return the network that tells upright lines from those upside down: (n, 3, 48, 192) to (n, 2)."""
    # as with the tiny detector: a page has three lines looked at, in a hundredth of a second
    return Float32(models() / "ch_ppocr_mobile_v2.0_cls_mobile.onnx", alone=False)


@cache
def models() -> Path:
    """Return the folder of the networks' files."""
    found: Any = importlib.util.find_spec("rapidocr")
    if found is None or found.origin is None:
        raise missing_extra("recognition", "local")
    return Path(found.origin).parent / "models"
