"""Answers as Mistral's OCR 4 writes them: Markdown with placeholders, and the pictures, tables and links beside it."""

from __future__ import annotations

import base64
import json
import random
from typing import Any


_WORDS = (
    "The committee reviewed the figures for the third quarter and noted that revenue had grown by 4.2 % against the "
    "year before, while costs — in particular those for “external services” — stayed within the budget of € 1,250,000. "
)


def answer(pages: int, size: int, picture: int = 0) -> bytes:
    """Return the JSON of *pages* pages with some *size* bytes of Markdown and a picture of *picture* bytes each."""
    value = {
        "pages": [_page(index, size, picture) for index in range(pages)],
        "model": "mistral-ocr-2512",
        "document_annotation": None,
        "usage_info": {"pages_processed": pages, "doc_size_bytes": 3_145_728},
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _page(index: int, size: int, picture: int) -> dict[str, Any]:
    first, paragraphs, left = f"# {index + 1} Findings\n\n", [], size
    while left > 0:
        paragraph = f"{_WORDS * 3}\n\n"
        paragraphs.append(paragraph)
        left -= len(paragraph.encode())
    images = [f"img-{index * 3 + number}.jpeg" for number in range(3)]
    placeholders = "\n\n".join(f"![{name}]({name})" for name in images)
    return {
        "index": index,
        "markdown": f"{first}{''.join(paragraphs)}{placeholders}\n\n[tbl-{index}.md](tbl-{index}.md)",
        "images": [
            {
                "id": name,
                "top_left_x": 120 + 40 * number,
                "top_left_y": 300 + 500 * number,
                "bottom_right_x": 900 + 40 * number,
                "bottom_right_y": 700 + 500 * number,
                "image_base64": _data_uri(picture) if picture and not number else None,
                "image_annotation": None,
            }
            for number, name in enumerate(images)
        ],
        "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
        "tables": [
            {
                "id": f"tbl-{index}.md",
                "content": "| Year | Revenue | Costs |\n| --- | --- | --- |\n" + "| 2025 | 4,210 | 3,870 |\n" * 8,
                "format": "markdown",
                "word_confidence_scores": None,
            }
        ],
        "hyperlinks": ["https://example.com/report", "mailto:office@example.com"],
        "header": None,
        "footer": f"Page {index + 1}",
        "confidence_scores": None,
        "blocks": None,
    }


def _data_uri(size: int) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(random.Random(size).randbytes(size * 3 // 4)).decode()}"
