"""Tagged PDFs: pdfium reads back what pages were said to be made of, and veraPDF finds no fault in the tags."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from ocr_async._ipc.memory import Shared
from ocr_async.engine.searchable.writing import searchable
from ocr_async.models import FileOnDisk
from tests.documents import drawn_page, image_pdf, text_pdf
from tests.engine.searchable.layers import HEIGHT, WIDTH, line
from tests.structure_tree import tree
from tests.verapdf import broken, needs_verapdf


LINES = [
    line(("Page", (10, 10, 50, 20)), ("7", (70, 10, 10, 20))),
    line(("Harbour", (100, 100, 200, 40)), ("Report", (320, 100, 200, 40))),
    line(("Ships", (100, 200, 90, 30)), ("came", (200, 200, 90, 30))),
    line(("and", (100, 240, 90, 30)), ("went-", (200, 240, 90, 30))),
    line(("ing", (100, 280, 90, 30))),
    line(("Quay", (100, 400, 90, 30)), ("Ships", (500, 400, 90, 30))),
    line(("North", (100, 440, 90, 30)), ("41", (500, 440, 30, 30))),
    line(("東京", (100, 600, 90, 30))),
    line(("京都", (100, 640, 90, 30))),
    line(("שלום", (600, 700, 100, 30)), ("עולם", (480, 700, 100, 30))),
    line(("אחד", (600, 740, 100, 30))),
]
MARKS = [["Header"] * 2, [0, 0], [1, 1], [1, 1], [1], [2, 3], [4, 5], [6], [6], [7, 7], [7]]
CELL = {"Scope": "Column"}
NOTE = ["Note", [["P", [7], {"ActualText": "שלום עולם אחד"}]], {}]
TAGS = [
    ["H1", [0], {}],
    ["P", [1], {}],
    [
        "Table",
        [
            ["TR", [["TH", [2], CELL], ["TH", [3], {**CELL, "ColSpan": 2}]], {}],
            ["TR", [["TD", [4], {}], ["TD", [5], {}], ["TD", [], {}]], {}],
        ],
        {},
    ],
    ["Figure", [8], {"Alt": "A tug at the quay", "BBox": [100, 800, 500, 1000]}],
    ["L", [["LI", [["LBody", [6], {}]], {}]], {}],
]


def written(path: Path, *, pages: int = 1, whole: Sequence[int] | None = None, **told: Any) -> bytes:
    """Return *path* tagged: its pages alike, those of *whole* known to the last word."""
    document = FileOnDisk(path=path)
    numbers = range(pages) if whole is None else whole
    head = {"outline": [], "language": "en", "title": "Harbour Report", "archival": False}
    size = {"width": WIDTH, "height": HEIGHT, "rotation": 0.0, "exact": True}
    layers = [{"index": index, **size, "lines": LINES, "marks": MARKS} for index in range(pages)]
    for number, layer in enumerate(layers):
        layer["tags"] = [*TAGS, [*NOTE[:2], {"ID": f"note-{number}-1"}]]
    all_told = [{**head, "whole": dict.fromkeys(numbers, True), **told}, *layers]
    text = "".join(json.dumps(each) + "\n" for each in all_told)
    return bytes(searchable(document, Shared.holding(text.encode()))[0].map())


def scan(tmp_path: Path, pages: int = 1) -> Path:
    path = tmp_path / "scan.tif"
    drawn = drawn_page().convert("1").resize((WIDTH, HEIGHT))
    drawn.save(path, "TIFF", save_all=True, append_images=[drawn] * (pages - 1))
    return path


def test_pdfium_reads_back_what_each_page_is_made_of_in_reading_order(tmp_path: Path) -> None:
    data = written(scan(tmp_path, 2), pages=2)
    for page in range(2):
        assert tree(data, page) == [
            [
                "Document",
                ["H1", "Harbour Report"],
                ["P", "Ships came and went-ing"],
                [
                    "Table",
                    ["TR", ["TH", "Quay"], ["TH", "Ships"]],
                    ["TR", ["TD", "North"], ["TD", "41"]],
                ],
                ["Figure", {"Alt": "A tug at the quay"}, ""],
                ["L", ["LI", ["LBody", "東京京都"]]],
                ["Note", ["P", {"ActualText": "שלום עולם אחד"}, "עולם שלום אחד"]],
            ]
        ]


def test_the_document_says_that_it_is_tagged_and_how_it_is_to_be_shown(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(written(scan(tmp_path)))) as after:
        root, page = after.Root, after.pages[0]
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert (str(root.Lang), str(page.Tabs)) == ("en", "/S")
        with after.open_metadata() as metadata:
            assert metadata["dc:title"] == "Harbour Report"
        marks = root.StructTreeRoot.ParentTree.Nums[1]
        assert [str(each.S) for each in marks] == [
            "/H1", "/P", "/TH", "/TH", "/TD", "/TD", "/LBody", "/P", "/Figure",
        ]  # fmt: skip
        assert all(each.Pg.objgen == page.objgen for each in marks)
        figure, head = marks[8], marks[3]
        # from pixels to points of a page of 150 dpi, from the lower left
        assert [float(side) for side in figure.A.BBox] == pytest.approx([48, 192, 240, 288], abs=0.1)
        assert (str(head.A.Scope), int(head.A.ColSpan)) == ("/Column", 2)
        assert str(root.StructTreeRoot.IDTree.Names[0]) == "note-0-1"
        content = b"".join(stream.read_bytes() for stream in page.Contents)
        assert b"/Artifact <</Type /Pagination /Subtype /Header>> BDC" in content
        assert content.count(b"BDC") + content.count(b"BMC") == content.count(b"EMC")


@needs_verapdf
def test_verapdf_misses_nothing_but_the_claim_to_be_pdf_ua(tmp_path: Path) -> None:
    files = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for file, archival in zip(files, (False, True), strict=True):
        file.write_bytes(written(scan(tmp_path, 2), pages=2, archival=archival))
    found = broken([*(("ua1", file) for file in files), ("2b", files[1])])
    assert [set(each) for each in found] == [{"5-1"}, {"5-1"}, set()]


def test_a_page_that_would_be_passed_over_keeps_the_document_untagged(tmp_path: Path) -> None:
    data = written(scan(tmp_path, 2), pages=2, whole=[0])
    with pikepdf.open(io.BytesIO(data)) as after:
        assert "/StructTreeRoot" not in after.Root
        assert "/Tabs" not in after.pages[0]
    assert tree(data) == []


def test_an_original_with_tags_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.open(io.BytesIO(text_pdf([["The tide was high."]]))) as opened:
        tags = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, Own=True)
        opened.Root.StructTreeRoot = opened.make_indirect(tags)
        opened.save(path)
    with pikepdf.open(io.BytesIO(written(path))) as after:
        assert bool(after.Root.StructTreeRoot.Own)
        assert "/K" not in after.Root.StructTreeRoot
        assert b"MCID" not in b"".join(stream.read_bytes() for stream in after.pages[0].Contents)


def test_pages_without_a_word_are_decoration(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(image_pdf([Image.new("L", (WIDTH, HEIGHT), "white")] * 2))
    size = {"width": WIDTH, "height": HEIGHT, "rotation": 0.0, "exact": True}
    head: Any = {"outline": [], "language": None, "title": None, "archival": False, "whole": {0: True, 1: True}}
    layers = [
        {"index": 0, **size, "lines": LINES, "tags": TAGS, "marks": MARKS},
        {"index": 1, **size, "lines": [], "tags": [], "marks": []},
    ]
    text = "".join(json.dumps(each) + "\n" for each in (head, *layers))
    data = bytes(searchable(FileOnDisk(path=path), Shared.holding(text.encode()))[0].map())
    with pikepdf.open(io.BytesIO(data)) as after:
        first, *_, last = (stream.read_bytes() for stream in after.pages[1].Contents)
        assert (first.split()[-2:], last.split()) == ([b"/Artifact", b"BMC"], [b"EMC"])
        assert len(after.Root.StructTreeRoot.ParentTree.Nums[3]) == 0
