"""
The structure tree of a tagged PDF (ISO 32000-1, 14.7), of what each page is said to be made of.

One object for each tag is all that is kept, a kilobyte of memory; the words of a page are gone when the next one comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from pikepdf import Array, Dictionary, Name, Stream, String


__all__ = ["Structure", "empty_figures"]

Point = tuple[float, float]
_TEXTS = ("Alt", "ActualText")
_TABLE_FACTS = ("Scope", "RowSpan", "ColSpan")


def empty_figures(tags: Sequence[Any], drawn: Mapping[int, Any]) -> Iterator[tuple[int, Sequence[float]]]:
    """Yield leaf and box of each figure in which no words are *drawn*."""
    for _, parts, facts in tags:
        if "BBox" in facts and parts[0] not in drawn:
            yield parts[0], facts["BBox"]


class Structure:
    """The structure tree of *pdf*, which has none, page by page."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        self._root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self._document = self._element_of("Document", self._root)
        self._tags: list[Any] = []
        self._pages: list[Any] = []  # a number tree: what the marks of each page belong to
        self._identified: dict[str, Any] = {}
        self._end = pdf.make_indirect(Stream(pdf, b"EMC\n"))

    def add(
        self, page: Any, tags: Sequence[Any], marks: Mapping[int, Sequence[int]], place: Callable[[Point], Point]
    ) -> None:
        """
        Add what *page* is made of; what it shows by itself is decoration of its words.

        Args:
            tags: As `ocr_async.export.structure` makes them.

            marks: The marked content of each leaf.

            place: Leads from the pixels of boxes to the page's own units.
        """
        owners: list[Any] = [None] * sum(map(len, marks.values()))
        self._tags += [self._built(tag, self._document, page.obj, marks, owners, place) for tag in tags]
        number = len(self._pages) // 2
        page.obj[Name.StructParents] = number
        page.obj[Name.Tabs] = Name.S
        self._pages += [number, self._pdf.make_indirect(Array(owners))]
        page.contents_add(self._end)  # of the artifact that begins behind the words

    def finish(self) -> None:
        """Make it the tree of the document."""
        self._document.K = Array(self._tags)
        self._root.K = self._document
        self._root.ParentTree = self._pdf.make_indirect(Dictionary(Nums=Array(self._pages)))
        self._root.ParentTreeNextKey = len(self._pages) // 2
        if self._identified:
            names = [part for name, tag in sorted(self._identified.items()) for part in (String(name), tag)]
            self._root.IDTree = self._pdf.make_indirect(Dictionary(Names=Array(names)))
        root = self._pdf.Root
        root.StructTreeRoot = self._root
        root.MarkInfo = Dictionary(Marked=True)
        if title := str(self._pdf.docinfo.get(Name.Title, "")):
            wishes = root.get(Name.ViewerPreferences)
            root.ViewerPreferences = copy(wishes) if isinstance(wishes, Dictionary) else Dictionary()
            root.ViewerPreferences.DisplayDocTitle = True
            if Name.Metadata not in root:
                with self._pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
                    metadata["dc:title"] = title

    def _built(
        self,
        tag: Any,
        parent: Any,
        page: Any,
        marks: Mapping[int, Sequence[int]],
        owners: list[Any],
        place: Callable[[Point], Point],
    ) -> Any:
        role, parts, facts = tag
        built = self._element_of(role, parent)
        kids: list[Any] = []
        for part in parts:
            if isinstance(part, int):
                for mark in marks.get(part, ()):
                    owners[mark] = built
                    kids.append(mark)
                built.Pg = page
            else:
                kids.append(self._built(part, built, page, marks, owners, place))
        if kids:
            built.K = kids[0] if len(kids) == 1 else Array(kids)
        self._describe(built, facts, place)
        return built

    def _element_of(self, role: str, parent: Any) -> Any:
        return self._pdf.make_indirect(Dictionary(S=Name(f"/{role}"), P=parent))

    def _describe(self, built: Any, facts: Mapping[str, Any], place: Callable[[Point], Point]) -> None:
        for name in _TEXTS:
            if name in facts:
                built[f"/{name}"] = String(facts[name])
        if "ID" in facts:
            built.ID = String(facts["ID"])
            self._identified[facts["ID"]] = built
        if "BBox" in facts:
            left, top, right, bottom = facts["BBox"]
            across, up = zip(*map(place, ((left, top), (right, top), (right, bottom), (left, bottom))), strict=True)
            box = Array([round(side, 3) for side in (min(across), min(up), max(across), max(up))])
            built.A = Dictionary(O=Name.Layout, BBox=box, Placement=Name.Block)
        table = {f"/{name}": facts[name] for name in _TABLE_FACTS if name in facts}
        if table:
            if "/Scope" in table:
                table["/Scope"] = Name(f"/{table['/Scope']}")
            built.A = Dictionary({"/O": Name.Table, **table})
