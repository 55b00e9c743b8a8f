"""
Draws `scan.pdf`, a page of our own text as a scanner gives it: grey, a little askew and noisy, without a text layer.

    python samples/make.py

Needs Pillow and numpy, which the extra `local` brings.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont


HERE = Path(__file__).parent
DPI = 150
WIDTH, HEIGHT = 1240, 1754  # A4
LEFT, RIGHT = 130, 1110
INK = 35
SKEW = 0.5  # degrees

INTRODUCTION = (
    "The harbour office keeps a record of every vessel that enters or leaves, with the height of the tide, "
    "the wind and the name of the pilot on duty. This page sums up the month of March for the members of the "
    "harbour board. Fog delayed nine arrivals, none of them by more than an hour."
)
REMARKS = (
    "Dredging of the northern channel is to begin in May, when the herring boats are out. "
    "Until then vessels with a draught of more than five metres wait for the tide at the outer buoy."
)
DECISIONS = (
    "Paint the leading marks before the first of June.",
    "Ask two firms for the price of a second tug.",
    "Keep the ferry steps free of nets and barrels.",
)
TABLE = (
    ("Quay", "Arrivals", "Departures", "Tonnes"),
    ("North pier", "41", "39", "18,250"),
    ("Fish market", "112", "115", "2,470"),
    ("Coal wharf", "8", "8", "31,900"),
    ("Ferry steps", "62", "62", "940"),
)


def main() -> None:
    """Write the PDF beside this file."""
    page = Image.new("L", (WIDTH, HEIGHT), 252)
    draw = ImageDraw.Draw(page)
    y = heading(draw, 130, "Harbour Report", 58)
    y = paragraph(draw, y + 20, INTRODUCTION)
    y = heading(draw, y + 40, "Traffic by quay", 38)
    y = table(draw, y + 20)
    y = heading(draw, y + 50, "Decisions", 38)
    for decision in DECISIONS:
        draw.ellipse((LEFT + 12, y + 22, LEFT + 22, y + 32), fill=INK)
        draw.text((LEFT + 45, y + 8), decision, fill=INK, font=font(27))
        y += 44
    y = heading(draw, y + 30, "Remarks", 38)
    paragraph(draw, y + 10, REMARKS)
    scanned(page).save(HERE / "scan.pdf", resolution=DPI, quality=55, title="Harbour Report")


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own face."""
    return ImageFont.load_default(size)


def heading(draw: ImageDraw.ImageDraw, y: int, text: str, size: int) -> int:
    """Write *text* in bold, by drawing it twice; return where the next line begins."""
    for shift in (0, 1):
        draw.text((LEFT + shift, y), text, fill=INK, font=font(size))
    return y + round(1.35 * size)


def paragraph(draw: ImageDraw.ImageDraw, y: int, text: str, size: int = 27) -> int:
    """Write *text* between the margins; return where the next line begins."""
    face, line = font(size), ""
    for word in [*text.split(), None]:
        longer = f"{line} {word}".strip()
        if word is None or draw.textlength(longer, font=face) > RIGHT - LEFT:
            draw.text((LEFT, y), line, fill=INK, font=face)
            y += round(1.45 * size)
            longer = word or ""
        line = longer
    return y


def table(draw: ImageDraw.ImageDraw, y: int) -> int:
    """Draw the ruled table; return where it ends."""
    columns = (LEFT, 450, 660, 900, RIGHT)
    for row, cells in enumerate(TABLE):
        top = y + row * 52
        for column, cell in enumerate(cells):
            draw.rectangle((columns[column], top, columns[column + 1], top + 52), outline=INK, width=2)
            for shift in (0, 1) if row == 0 else (0,):
                draw.text((columns[column] + 16 + shift, top + 9), cell, fill=INK, font=font(27))
    return y + len(TABLE) * 52


def scanned(page: Image.Image) -> Image.Image:
    """Return *page* turned, softened, and with the grain and the shadow of a scanner."""
    turned = page.rotate(SKEW, resample=Image.Resampling.BICUBIC, fillcolor=252).filter(ImageFilter.GaussianBlur(0.7))
    chance = np.random.default_rng(11)
    grey = np.asarray(turned, dtype=np.float32) + chance.normal(0, 4, (HEIGHT, WIDTH))
    grey -= np.linspace(14, 0, WIDTH)[None, :] ** 1.2  # darker towards the spine
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
