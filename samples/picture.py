"""
Draws `docs/picture.png`: the scan on the left, what the embedded engine really reads from it on the right.

    python samples/picture.py
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from ocr_async import ocr


HERE = Path(__file__).parent
HEIGHT, MARGIN = 860, 36
PAPER, SHADOW, WINDOW, TEXT, FAINT, ACCENT = "#f4f1ea", "#d8d2c4", "#1f2430", "#d9dde6", "#7d8799", "#8fc7a1"


def main() -> None:
    """Read the scan and write the picture."""
    scan = HERE / "scan.pdf"
    page = pypdfium2.PdfDocument(scan)[0].render(scale=1.6).to_pil().convert("RGB")
    page = page.crop((0, 60, page.width, 1120)).resize(
        (int(page.width * HEIGHT / 1060), HEIGHT), Image.Resampling.LANCZOS
    )
    right = page.width + 2 * MARGIN
    picture = Image.new("RGB", (right + 860, HEIGHT + 2 * MARGIN), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((MARGIN + 5, MARGIN + 5, MARGIN + page.width + 5, MARGIN + HEIGHT + 5), fill=SHADOW)
    picture.paste(page, (MARGIN, MARGIN))
    draw.rounded_rectangle((right, MARGIN, right + 860 - MARGIN, MARGIN + HEIGHT), radius=14, fill=WINDOW)
    y = line(draw, right + 28, MARGIN + 24, "$ ocr-async run samples/scan.pdf", ACCENT) + 14
    for paragraph in ocr(scan).markdown.split("\n"):
        for text in textwrap.wrap(paragraph, 82) or [""]:
            y = line(draw, right + 28, y, text, FAINT if text.startswith(("#", "| -")) else TEXT)
    picture.quantize(48, dither=Image.Dither.NONE).save(HERE.parent / "docs" / "picture.png", optimize=True)


def line(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, colour: str) -> int:
    """Write one line; return where the next one begins."""
    draw.text((x, y), text, fill=colour, font=ImageFont.load_default(19))
    return y + (26 if text else 14)


if __name__ == "__main__":
    main()
