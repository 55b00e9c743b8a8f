"""
hOCR and ALTO: the lines of pages with the boxes, confidences and baselines of their words, for the tools of libraries.

Words of digital pages have the confidence 1. Boxes are those of `lines`, exact to the block alone where only blocks
are known; such words have no confidence.

Sources: hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/), ALTO 4.4 (https://www.loc.gov/standards/alto/), read 2026-11.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Tree

from ..models import OCRPage, OCRResponse
from ..tables.fields import clean
from .lines import lines_of


__all__ = ["alto", "hocr"]

_ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
_XHTML = "http://www.w3.org/1999/xhtml"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{_ALTO} https://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)
_DESCENT = 0.25  # of a line's height lies under its baseline: the tails of its letters, and the margin of its box
Box = tuple[int, int, int, int]  # left, top, right, bottom


def hocr(response: OCRResponse, *, name: str) -> str:
    """
    Return *response* as hOCR.

    Args:
        name: Of the document.
    """
    html = Tree.Element("html", {"xmlns": _XHTML, "xml:lang": "und", "lang": "und"})
    head = Tree.SubElement(html, "head")
    Tree.SubElement(head, "title").text = clean(name)
    Tree.SubElement(head, "meta", {"http-equiv": "Content-Type", "content": "text/html;charset=utf-8"})
    Tree.SubElement(head, "meta", {"name": "ocr-system", "content": clean(f"ocr_async {response.model}")})
    Tree.SubElement(
        head, "meta", {"name": "ocr-capabilities", "content": "ocr_page ocr_carea ocr_par ocr_line ocrx_word"}
    )
    body = Tree.SubElement(html, "body")
    for page in response.pages:
        _hocr_page(body, page, name)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{_written(html)}'


def _hocr_page(body: Tree.Element, page: OCRPage, name: str) -> None:
    width, height = _size(page)
    image = clean(name).replace('"', "'").replace("\\", "/")
    facts = f'image "{image}"; bbox 0 0 {width} {height}; ppageno {page.index}'
    if page.dimensions is not None and page.dimensions.dpi:
        facts += f"; scan_res {page.dimensions.dpi} {page.dimensions.dpi}"
    number = page.index + 1
    shown = Tree.SubElement(body, "div", {"class": "ocr_page", "id": f"page_{number}", "title": facts})
    word_number = 0
    for block_number, block in enumerate(_blocks(lines_of(page)), 1):
        place = {"title": _bbox(_around(block))}
        area = Tree.SubElement(shown, "div", {"class": "ocr_carea", "id": f"block_{number}_{block_number}", **place})
        paragraph = Tree.SubElement(area, "p", {"class": "ocr_par", "id": f"par_{number}_{block_number}", **place})
        if _right_to_left(block):
            paragraph.set("dir", "rtl")
        for line_number, line in enumerate(block, 1):
            told = f"{_bbox(_corners(line['bbox']))}; baseline 0 {-_descent(_corners(line['bbox']), line)}"
            if _quarters(line):
                told += f"; textangle {line['angle']:g}"
            identity = f"line_{number}_{block_number}_{line_number}"
            shown_line = Tree.SubElement(paragraph, "span", {"class": "ocr_line", "id": identity, "title": told})
            for word in _words(line):
                word_number += 1
                facts = _bbox(_corners(word["bbox"]))
                if (sure := _confidence(word)) is not None:
                    facts += f"; x_wconf {round(100 * sure)}"
                identity = f"word_{number}_{word_number}"
                one = Tree.SubElement(shown_line, "span", {"class": "ocrx_word", "id": identity, "title": facts})
                one.text, one.tail = clean(word["text"]), " "


def alto(response: OCRResponse, *, name: str) -> str:
    """
    Return *response* as ALTO 4.

    Args:
        name: Of the document.
    """
    root = Tree.Element("alto", {"xmlns": _ALTO, "xmlns:xsi": _INSTANCE, "xsi:schemaLocation": _SCHEMA})
    description = Tree.SubElement(root, "Description")
    Tree.SubElement(description, "MeasurementUnit").text = "pixel"
    source = Tree.SubElement(description, "sourceImageInformation")
    Tree.SubElement(source, "fileName").text = clean(name)
    processing = Tree.SubElement(description, "Processing", {"ID": "processing_1"})
    Tree.SubElement(processing, "processingCategory").text = "contentGeneration"
    software = Tree.SubElement(processing, "processingSoftware")
    Tree.SubElement(software, "softwareName").text = "ocr_async"
    Tree.SubElement(software, "applicationDescription").text = clean(response.model)
    layout = Tree.SubElement(root, "Layout")
    for page in response.pages:
        _alto_page(layout, page)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_written(root)}'


def _alto_page(layout: Tree.Element, page: OCRPage) -> None:
    width, height = _size(page)
    number = page.index + 1
    size = {"WIDTH": str(width), "HEIGHT": str(height)}
    shown = Tree.SubElement(layout, "Page", {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number), **size})
    scores = page.confidence_scores
    if scores is not None:
        shown.set("PC", f"{min(1.0, max(0.0, scores.average_page_confidence_score)):.4g}")
    space = Tree.SubElement(shown, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    word_number = 0
    for block_number, block in enumerate(_blocks(lines_of(page)), 1):
        facts = {"ID": f"block_{number}_{block_number}", **_position(_around(block))}
        shown_block = Tree.SubElement(space, "TextBlock", facts)
        for line_number, line in enumerate(block, 1):
            box = _corners(line["bbox"])
            facts = {"ID": f"line_{number}_{block_number}_{line_number}", **_position(box)}
            facts["BASELINE"] = _baseline(line, box)
            shown_line = Tree.SubElement(shown_block, "TextLine", facts)
            previous: Box | None = None
            for word in _words(line):
                word_number += 1
                place = _corners(word["bbox"])
                if previous is not None:
                    gap = max(0, place[0] - previous[2]), previous[2], previous[1]
                    Tree.SubElement(shown_line, "SP", {"WIDTH": str(gap[0]), "HPOS": str(gap[1]), "VPOS": str(gap[2])})
                previous = place
                facts = {"ID": f"word_{number}_{word_number}", "CONTENT": clean(word["text"]), **_position(place)}
                if (sure := _confidence(word)) is not None:
                    facts["WC"] = f"{sure:.4g}"
                Tree.SubElement(shown_line, "String", facts)


# --- what both have in common -------------------------------------------------------------------------------------


def _blocks(lines: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield *lines* that follow each other closely, one under the other, together; those without words are left out."""
    block: list[Mapping[str, Any]] = []
    for line in lines:
        if not any(True for _ in _words(line)):
            continue
        if block and not _follows(block[-1], line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _follows(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = _corners(one["bbox"]), _corners(other["bbox"])
    if _quarters(one) or _quarters(other):
        return False
    height = min(first[3] - first[1], second[3] - second[1])
    beside = min(first[2], second[2]) - max(first[0], second[0])
    return beside > 0 and first[1] < second[1] and second[1] - first[3] < height


def _words(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for word in line.get("words", ()):
        if clean(word["text"]).strip():
            yield word


def _confidence(word: Mapping[str, Any]) -> float | None:
    value = word.get("confidence")
    return min(1.0, max(0.0, value)) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _size(page: OCRPage) -> tuple[int, int]:
    size = page.dimensions
    return (max(0, size.width or 0), max(0, size.height or 0)) if size is not None else (0, 0)


def _corners(box: Mapping[str, Any]) -> Box:
    left, top = max(0, round(box["x"])), max(0, round(box["y"]))
    return left, top, max(left, round(box["x"] + box["width"])), max(top, round(box["y"] + box["height"]))


def _around(lines: Sequence[Mapping[str, Any]]) -> Box:
    boxes = [_corners(line["bbox"]) for line in lines]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _bbox(box: Box) -> str:
    return "bbox " + " ".join(map(str, box))


def _position(box: Box) -> dict[str, str]:
    left, top, right, bottom = box
    return {"HPOS": str(left), "VPOS": str(top), "WIDTH": str(right - left), "HEIGHT": str(bottom - top)}


def _baseline(line: Mapping[str, Any], box: Box) -> str:
    """Return the first and the last point of the line on which the text stands, as it is read."""
    left, top, right, bottom = box
    descent = _descent(box, line)
    return {
        0: f"{left},{bottom - descent} {right},{bottom - descent}",
        1: f"{right - descent},{bottom} {right - descent},{top}",
        2: f"{right},{top + descent} {left},{top + descent}",
        3: f"{left + descent},{top} {left + descent},{bottom}",
    }[_quarters(line)]


def _descent(box: Box, line: Mapping[str, Any]) -> int:
    return round(_DESCENT * (box[2] - box[0] if _quarters(line) % 2 else box[3] - box[1]))


def _quarters(line: Mapping[str, Any]) -> int:
    """Return the right angles, 0 to 3, by which the text is turned to the left: 1 reads upwards."""
    angle: float = line.get("angle", 0.0)
    return round(angle / 90) % 4


def _right_to_left(lines: Sequence[Mapping[str, Any]]) -> bool:
    kinds = [unicodedata.bidirectional(letter) for line in lines for letter in line["text"]]
    return sum(kind in {"R", "AL"} for kind in kinds) > kinds.count("L")


def _written(root: Tree.Element) -> str:
    Tree.indent(root, " ")
    return Tree.tostring(root, encoding="unicode") + "\n"
