"""
Scans as offices and telephones make them: each kind of damage does to a clean picture of a page what its name says.

`unseen` has pages read that are damaged so, by a kind drawn at random for each.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image


__all__ = ["DAMAGES", "damaged"]

Grey = NDArray[np.uint8]
"""Shape (height, width), 0 black to 255 white."""


def damaged(path: Path, index: int, chance: random.Random, folder: Path, of: Sequence[str] = ()) -> tuple[str, Path]:
    """
    Return how page *index* of the PDF at *path* was damaged, and where in *folder* its picture is.

    Args:
        of: The kinds of damage that *chance* chooses from; all, where there are none.
    """
    kind = chance.choice(list(of) or list(DAMAGES))
    dpi = chance.choice(RESOLUTIONS[kind])
    document = pypdfium2.PdfDocument(path)

    def page(number: int) -> Grey:
        drawn = document[number % len(document)].render(scale=dpi / 72, grayscale=True)
        return np.ascontiguousarray(drawn.to_numpy().reshape(drawn.height, drawn.width))

    clean = page(index)
    if kind == "bleed-through":
        height, width = clean.shape
        clean = _bled(clean, _grey(cv2.resize(page(index + 1), (width, height))), chance)
    image = DAMAGES[kind](_turned(clean, chance), chance)
    place = folder / f"{index}.{'jpg' if kind == 'JPEG' else 'png'}"
    across = 204 if kind == "fax" else dpi
    # a PNG's quality is no matter
    Image.fromarray(image).save(place, dpi=(across, 98 if kind == "fax" else dpi), quality=chance.randint(15, 45))
    document.close()
    return kind, place


def _turned(image: Grey, chance: random.Random) -> Grey:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), chance.uniform(-0.7, 0.7), 1.0)
    return _grey(cv2.warpAffine(image, turn, (width, height), borderValue=(255.0,), flags=cv2.INTER_CUBIC))


def _grey(image: NDArray[Any]) -> Grey:
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def _noise(image: NDArray[Any], chance: random.Random, most: float) -> Grey:
    amount = np.random.default_rng(chance.randrange(10**9)).normal(0, chance.uniform(1, most), image.shape)
    return _grey(image + amount)


def _soft(image: Grey, sigma: float) -> Grey:
    return _grey(cv2.GaussianBlur(image, (0, 0), sigma))


def _noisy(image: Grey, chance: random.Random) -> Grey:
    return _noise(image, chance, 12)


def _blurred(image: Grey, chance: random.Random) -> Grey:
    return _noise(_soft(image, chance.uniform(0.6, 1.6)), chance, 4)


def _bilevel(image: Grey, chance: random.Random) -> Grey:
    soft = _noise(_soft(image, chance.uniform(0.4, 0.9)), chance, 12)
    return _grey(255 * (soft > chance.uniform(100, 170)))


def _half_toned(image: Grey, chance: random.Random) -> Grey:
    ink, paper = chance.uniform(0, 50), chance.uniform(225, 250)
    shade = _soft(_grey(ink + image / 255.0 * (paper - ink)), 0.5)
    if chance.random() < 0.5:
        return np.asarray(Image.fromarray(shade).convert("1").convert("L"))
    screen = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8
    height, width = shade.shape
    return _grey(255 * (shade > np.tile(screen, (height // 4 + 1, width // 4 + 1))[:height, :width]))


def _compressed(image: Grey, chance: random.Random) -> Grey:
    return _soft(image, chance.uniform(0.3, 0.8))  # compression follows as the picture is saved


def _bled(image: Grey, other: Grey, chance: random.Random) -> Grey:
    behind = 255.0 - _soft(_grey(other[:, ::-1]), chance.uniform(1.0, 2.0))
    return _grey(image - chance.uniform(0.1, 0.25) * behind)


def _bled_through(image: Grey, chance: random.Random) -> Grey:
    return _noise(_soft(image, 0.5), chance, 6)


def _pale(image: Grey, chance: random.Random) -> Grey:
    ink, paper = chance.uniform(90, 130), chance.uniform(190, 225)
    return _noise(_soft(_grey(ink + image / 255.0 * (paper - ink)), 0.6), chance, 4)


def _photographed(image: Grey, chance: random.Random) -> Grey:
    height, width = image.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array([[chance.uniform(-0.015, 0.015) * width for _ in "xy"] for _ in corners], np.float32)
    view = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(image, view, (width, height), borderValue=(255.0,), flags=cv2.INTER_CUBIC)
    across, down = np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height)[:, None]
    light = 1 - chance.uniform(0.1, 0.3) + chance.uniform(-0.4, 0.4) * across + chance.uniform(-0.3, 0.3) * down
    return _noise(_soft(_grey(seen * light.clip(0.3, 1.0)), chance.uniform(0.5, 1.1)), chance, 6)


def _copied(image: Grey, chance: random.Random) -> Grey:
    numbers = np.random.default_rng(chance.randrange(10**9))
    soft = _soft(image, chance.uniform(0.5, 1.0)) + numbers.normal(0, 25, image.shape)
    copy = _soft(_grey(255 * (soft > chance.uniform(90, 190))), 0.6)
    height, width = image.shape
    for _ in range(chance.randint(50, 400)):  # dirt on the glass
        x, y, size = chance.randrange(width), chance.randrange(height), chance.randint(0, 2)
        cv2.circle(copy, (x, y), size, (chance.randint(0, 120),), -1)
    side = chance.randint(0, width // 40)  # the shadow of a book's fold
    copy[:, : side + 1] = copy[:, : side + 1] // 3
    return copy


def _faxed(image: Grey, chance: random.Random) -> Grey:
    fine = _soft(image, 0.7)
    coarse = cv2.resize(fine, (fine.shape[1], round(fine.shape[0] * 98 / 204)), interpolation=cv2.INTER_AREA)
    return _grey(255 * (coarse > chance.uniform(110, 170)))


DAMAGES: dict[str, Callable[[Grey, random.Random], Grey]] = {
    "noisy": _noisy,
    "blurred": _blurred,
    "bilevel": _bilevel,
    "half-tone": _half_toned,
    "JPEG": _compressed,
    "bleed-through": _bled_through,
    "low contrast": _pale,
    "photographed": _photographed,
    "photocopy": _copied,
    "fax": _faxed,
}
RESOLUTIONS = {**dict.fromkeys(DAMAGES, (150, 200, 300)), "half-tone": (200, 300), "fax": (204,)}
