"""
Tesseract as a reader of lines, through tesserocr: it knows the scripts that the networks do not.

It gets the lines that `detecting` finds, one at a time, because that reads better than its own search for lines
(docs/explanation/engine.md). Its objects are not safe in threads, so each thread has its own and keeps the last few.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError
from ..scan.reduced import grey_of
from . import tessdata
from .lines import Reading


__all__ = ["read_line", "script"]

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # read when its library is loaded; lines are read side by side instead

_HEIGHT = 40  # of a line with its margins: of 36 to 48 and the size as it comes, the one that is read best
_MARGIN = 8
_WIDEST = 8000
_MOST_LOADED = 3  # sets of languages a thread, 5 to 20 MB each
_DIRECTIONS = dict.fromkeys((0x200E, 0x200F, 0x202A, 0x202B, 0x202C), "")
_AS_TEXT: dict[int, str] = _DIRECTIONS | {ord("µ"): "μ"}  # it writes Greek words with the sign of millionths

Piece = tuple[str, float, float, float]
"""A word or a part of one: its text, its confidence, and where it begins and ends, in pixels."""

_loaded = threading.local()


def read_line(picture: NDArray[np.uint8], languages: Sequence[str]) -> Reading:
    """
    Return what *picture*, one upright line in blue, green and red, says in *languages*, the likeliest first.

    Raises:
        ConfigurationError: Tesseract or the data of a language is not installed, or of no use.
    """
    grey, scale = _prepared(picture)
    tesseract = _tesseract("+".join(languages), "SINGLE_LINE")
    _show(tesseract, grey)
    text = tesseract.GetUTF8Text().translate(_AS_TEXT).strip()
    words = list(_words(text.split(), _pieces(tesseract.GetTSVText(0))))
    letters = sum(len(word) for word, *_ in words)
    if not letters:
        return Reading("", 0.0, ())
    width: float = picture.shape[1] * scale

    def part(place: float) -> float:
        return min(1.0, max(0.0, (place - _MARGIN) / width))

    return Reading(
        " ".join(text.split()),
        sum(len(word) * sure for word, sure, _, _ in words) / letters,
        tuple((word, sure, part(left), part(right)) for word, sure, left, right in words),
    )


def script(pictures: Sequence[NDArray[np.uint8]]) -> str | None:
    """Return the script that the lines of *pictures* are written in, in tesseract's words; None if it cannot tell."""
    if "osd" not in tessdata.installed():
        return None
    lines = list(map(grey_of, pictures))
    width = max(line.shape[1] for line in lines)
    rows = [
        cv2.copyMakeBorder(
            line, _MARGIN, _MARGIN, _MARGIN, width - line.shape[1] + _MARGIN, cv2.BORDER_CONSTANT, value=_paper(line)
        )
        for line in lines
    ]
    tesseract = _tesseract("osd", "OSD_ONLY")
    _show(tesseract, np.asarray(np.vstack(rows), np.uint8))
    try:
        found = tesseract.DetectOrientationScript()
    except RuntimeError:  # too few characters
        return None
    # lines lie flat here: where it sees them sideways, it sees nothing
    return str(found["script_name"]) if found and found["orient_deg"] in {0, 180} else None


def _paper(line: NDArray[Any]) -> float:
    return float(np.median(line))


def _prepared(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Return *picture* in grey, as high as lines are read best, with a margin; and how much it was enlarged."""
    grey: NDArray[Any] = grey_of(picture)
    height, width = grey.shape
    scale = min(_HEIGHT / height, _WIDEST / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    grey = cv2.copyMakeBorder(grey, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
    return np.asarray(grey, np.uint8), scale


def _show(tesseract: Any, grey: NDArray[np.uint8]) -> None:
    height, width = grey.shape
    tesseract.SetImageBytes(grey.tobytes(), width, height, 1, width)
    tesseract.SetSourceResolution(200)


def _pieces(table: str) -> Iterator[Piece]:
    """
    Yield the words of tesseract's *table* (TSV) in the order of the text.

    The bindings' own iterator gives right-to-left words letter by letter from the left.
    """
    for row in table.splitlines():
        level, *_, left, _, width, _, confidence, text = row.split("\t", 11)
        word = text.translate(_AS_TEXT).strip()
        if level == "5" and word:
            yield word, float(confidence) / 100, float(left), float(left) + float(width)


def _words(texts: Sequence[str], pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield each of *texts* with the place of its *pieces*: of Thai and Korean each letter is one."""
    for text in texts:
        own: list[Piece] = []
        while sum(len(piece) for piece, *_ in own) < len(text) and (piece := next(pieces, None)) is not None:
            own.append(piece)
        if not own:
            return
        letters = sum(len(piece) for piece, *_ in own)
        sure = sum(len(piece) * confidence for piece, confidence, _, _ in own) / letters
        yield text, sure, min(left for *_, left, _ in own), max(right for *_, right in own)


def _tesseract(languages: str, mode: str) -> Any:
    """Return this thread's tesseract for *languages*, loaded now or before."""
    kept: OrderedDict[str, Any] = _loaded.__dict__.setdefault("kept", OrderedDict())
    if (found := kept.get(languages)) is None:
        tessdata.require([] if languages == "osd" else languages.split("+"))
        import tesserocr

        # Its messages go to standard error, which a worker has not: the bindings have it open /dev/null for them, and
        # where no file may be opened for writing it crashes at the first message.
        found = tesserocr.PyTessBaseAPI(init=False)
        found.SetVariable("debug_file", "")
        try:
            found.InitFull(path=f"{tessdata.folder()}/", lang=languages, oem=tesserocr.OEM.DEFAULT)
            found.SetPageSegMode(getattr(tesserocr.PSM, mode))
        except RuntimeError:
            raise ConfigurationError(
                f"tesseract cannot use its data for {languages} in {tessdata.folder()}: "
                "they are damaged, or those of another version"
            ) from None
        kept[languages] = found
        if len(kept) > _MOST_LOADED:
            kept.popitem(last=False)[1].End()
    kept.move_to_end(languages)
    return found
