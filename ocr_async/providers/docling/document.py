"""
From a DoclingDocument to pages: its body walked in reading order, each piece on the page that it begins on.

The form is that of docling-core 2.104 (``schema_name: DoclingDocument``, version 1.10), read 2026-11. Sizes are points
for PDFs and pixels for pictures. Boxes say themselves where their origin is: those of items are counted from the bottom
and those of table cells from the top, in one and the same file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

from ...engine.page import RegionType
from ...models import OCRDimensions
from .._service import shaped
from .._structure import NOWHERE, Box, Cell, Item, Region


__all__ = ["DoclingPage", "pages_of"]

_DEEPEST = 100  # groups within groups; more is no document

_TYPES: Mapping[str, RegionType] = {
    "title": "title",
    "section_header": "title",
    "caption": "caption",
    "footnote": "footnote",
    "formula": "equation",
    "code": "code",
    "page_header": "header",
    "page_footer": "footer",
    "reference": "references",
}
_LISTS = frozenset({"list", "ordered_list"})
_TICKED = {"checkbox_selected": "☒ ", "checkbox_unselected": "☐ "}


@define
class DoclingPage:
    """
    One page of a DoclingDocument.

    Attributes:
        regions: In reading order, boxes in pixels of *dimensions*.

        dimensions: None where the document has no pages of a size, as an Office file.

        pictures: Data URIs by the box that they stand in.

        links: Addresses that its texts lead to.
    """

    dimensions: OCRDimensions | None
    height: float = 0.0
    scale: float = 1.0
    regions: list[Region] = field(factory=list)
    pictures: dict[Box, str] = field(factory=dict)
    links: list[str] = field(factory=list)


@shaped("docling", "$.document.json_content")
def pages_of(document: Mapping[str, Any], dpi: int, *, pixels: bool) -> dict[int, DoclingPage]:
    """
    Return the pages of *document* by index from 0.

    Args:
        dpi: Of the dimensions that a PDF's pages are told in.

        pixels: Whether sizes are pixels already, as those of a picture.

    Raises:
        ResponseInvalid: It is none.
    """
    return _Reader(document, dpi, pixels=pixels).read()


@frozen
class _Reader:
    document: Mapping[str, Any]
    dpi: int
    pixels: bool = field(kw_only=True)
    pages: dict[int, DoclingPage] = field(factory=dict, init=False)

    def read(self) -> dict[int, DoclingPage]:
        scale = 1.0 if self.pixels else self.dpi / 72
        for name, page in (self.document.get("pages") or {}).items():
            size = page["size"]
            width, height = float(size["width"]), float(size["height"])
            self.pages[int(page.get("page_no", name)) - 1] = DoclingPage(
                OCRDimensions(
                    width=round(width * scale), height=round(height * scale), dpi=None if self.pixels else self.dpi
                ),
                height,
                scale,
            )
        feet: list[Mapping[str, Any]] = []
        # Running heads stand in a tree of their own in older files; feet come after the text.
        for node in self._children(self.document.get("furniture") or {}, 0):
            if node.get("label") == "page_footer":
                feet.append(node)
            else:
                self._add(node)
        self._walk(self.document["body"], 0)
        for node in feet:
            self._add(node)
        return dict(sorted(self.pages.items()))

    def _children(self, node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
        if depth > _DEEPEST:
            raise ValueError("nested too deep")
        for reference in node.get("children") or ():
            yield self._found(reference)

    def _found(self, reference: Mapping[str, Any]) -> Mapping[str, Any]:
        _, kind, number = str(reference.get("$ref") or reference["cref"]).split("/")
        found: Mapping[str, Any] = self.document[kind][int(number)]
        return found

    def _walk(self, node: Mapping[str, Any], depth: int) -> None:
        for child in self._children(node, depth):
            label = child.get("label")
            if child.get("content_layer") in {"background", "invisible"}:
                continue
            if "text" not in child and label in _LISTS:
                self._add_list(child, depth)
            elif "text" not in child and label == "inline":
                self._add_inline(child, depth)
            else:
                self._add(child)
                captions = list(child.get("captions") or ())
                self._walk(
                    {"children": [each for each in child.get("children") or () if each not in captions]}, depth + 1
                )
                for caption in captions:
                    self._add(self._found(caption))

    # --- pieces -------------------------------------------------------------------------------------------------

    def _place(self, node: Mapping[str, Any]) -> tuple[DoclingPage, Box]:
        """Return the page on which *node* begins, and its box there; what has no place stands on the first page."""
        prov = (node.get("prov") or [None])[0]
        if prov is None:
            return self.pages.setdefault(0, DoclingPage(None)), NOWHERE
        page = self.pages.setdefault(int(prov["page_no"]) - 1, DoclingPage(None))
        return page, self._box(prov["bbox"], page)

    def _box(self, bbox: Mapping[str, Any], page: DoclingPage) -> Box:
        left, right = float(bbox["l"]), float(bbox["r"])
        top, bottom = float(bbox["t"]), float(bbox["b"])
        if str(bbox.get("coord_origin", "TOPLEFT")).upper() == "BOTTOMLEFT":
            top, bottom = page.height - top, page.height - bottom
        top, bottom = min(top, bottom), max(top, bottom)
        return Box(left * page.scale, top * page.scale, right * page.scale, bottom * page.scale)

    def _add(self, node: Mapping[str, Any]) -> None:
        label = str(node.get("label", ""))
        if "data" in node and "table_cells" in node["data"]:
            page, box = self._place(node)
            page.regions.append(Region("table", box, cells=tuple(self._cells(node["data"], page))))
            return
        if label in {"picture", "chart"}:
            page, box = self._place(node)
            page.regions.append(Region("image", box))
            uri = (node.get("image") or {}).get("uri")
            if isinstance(uri, str) and uri.startswith("data:"):
                page.pictures[box] = uri
            return
        text = str(node.get("text") or "")
        if not text.strip():
            return
        page, box = self._place(node)
        if isinstance(link := node.get("hyperlink"), str):
            page.links.append(link)
        kind = _TYPES.get(label, "text")
        if kind == "equation":
            text = f"$${text.strip().strip('$')}$$"
        language = str(node.get("code_language") or "").lower()
        page.regions.append(
            Region(
                kind,
                box,
                text=_TICKED.get(label, "") + text,
                level=_level(label, node) if kind == "title" else None,
                language=None if language in {"", "unknown"} else language,
            )
        )

    def _add_inline(self, node: Mapping[str, Any], depth: int) -> None:
        """Add the pieces of one line of text (bold, linked …) as one paragraph."""
        pieces = [child for child in self._children(node, depth) if str(child.get("text") or "").strip()]
        if pieces:
            page, box = self._place(pieces[0])
            text = " ".join(str(piece["text"]).strip() for piece in pieces)
            page.regions.append(Region("text", box, text=text))

    def _add_list(self, node: Mapping[str, Any], depth: int) -> None:
        """Add a list, one region a page that it has items on."""
        on_page: dict[int, tuple[DoclingPage, list[Item]]] = {}
        for item, level in self._items(node, depth, 0):
            page, box = self._place(item)
            text = str(item.get("text") or "") or " ".join(
                str(child.get("text") or "")
                for child in self._children(item, depth)
                if child.get("label") != "list_item"
            )
            marker = str(item.get("marker") or "").strip() or "-"
            on_page.setdefault(id(page), (page, []))[1].append(Item(text.strip(), level, marker, box))
        for page, items in on_page.values():
            boxes = [item.box for item in items if item.box is not None]
            around = Box(
                min(box.left for box in boxes),
                min(box.top for box in boxes),
                max(box.right for box in boxes),
                max(box.bottom for box in boxes),
            )
            page.regions.append(Region("list", around, items=tuple(items)))

    def _items(self, node: Mapping[str, Any], depth: int, level: int) -> Iterator[tuple[Mapping[str, Any], int]]:
        for child in self._children(node, depth):
            if child.get("label") == "list_item":
                yield child, level
                yield from self._items(child, depth + 1, level + 1)
            elif child.get("label") in _LISTS:
                yield from self._items(child, depth + 1, level)

    def _cells(self, data: Mapping[str, Any], page: DoclingPage) -> Iterator[Cell]:
        for cell in data["table_cells"]:
            row, column = int(cell["start_row_offset_idx"]), int(cell["start_col_offset_idx"])
            yield Cell(
                text=str(cell.get("text") or ""),
                row=row,
                column=column,
                row_span=max(1, int(cell.get("end_row_offset_idx", row + 1)) - row),
                column_span=max(1, int(cell.get("end_col_offset_idx", column + 1)) - column),
                header=bool(cell.get("column_header") or cell.get("row_header")),
                box=self._box(cell["bbox"], page) if cell.get("bbox") and page.dimensions else None,
            )


def _level(label: str, node: Mapping[str, Any]) -> int:
    if label == "title":
        return 1
    level = node.get("level", 1)
    return min(6, max(1, int(level) + 1)) if math.isfinite(level) else 2
