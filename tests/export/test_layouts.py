"""hOCR and ALTO: well-formed, by the rules of their standards, and read back by tools of the field."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import pytest
from alto_tools import alto_tools

from ocr_async.export import render
from ocr_async.models import OCRBlock, OCRDimensions, OCRPage, OCRPageConfidence, OCRResponse


NAMESPACE = {"a": "http://www.loc.gov/standards/alto/ns-v4#", "h": "http://www.w3.org/1999/xhtml"}
Word = tuple[str, tuple[int, int, int, int], float]


def line(*words: Word, angle: float = 0.0) -> dict[str, Any]:
    told = [
        {"text": text, "bbox": dict(zip(("x", "y", "width", "height"), box, strict=True)), "confidence": sure}
        for text, box, sure in words
    ]
    left, top = min(box[0] for _, box, _ in words), min(box[1] for _, box, _ in words)
    right = max(box[0] + box[2] for _, box, _ in words)
    bottom = max(box[1] + box[3] for _, box, _ in words)
    box = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {"text": " ".join(text for text, _, _ in words), "bbox": box, "angle": angle, "words": told}


def page(*lines: dict[str, Any], index: int = 0) -> OCRPage:
    scores = OCRPageConfidence(average_page_confidence_score=0.9, minimum_page_confidence_score=0.5)
    size = OCRDimensions(dpi=200, width=1000, height=1400)
    return OCRPage(index=index, markdown="", dimensions=size, confidence_scores=scores, extra={"lines": list(lines)})


LINES = (
    line(("High", (100, 100, 80, 40), 0.98), ("<tide>", (200, 100, 90, 40), 0.5)),
    line(('& "fog"', (100, 150, 120, 40), 1.0)),
    line(("שלום", (600, 400, 100, 40), 0.9), ("עולם", (480, 400, 100, 40), 0.9)),
    line(("up", (900, 500, 40, 200), 0.7), angle=90.0),
)
RESPONSE = OCRResponse(pages=(page(*LINES), page(index=2)), model="local/auto")


def parsed(form: str, response: OCRResponse = RESPONSE, name: str = "a.pdf") -> Tree.Element:
    written = render(response, form, name=name)
    assert isinstance(written, str)
    return Tree.fromstring(written.encode())


def test_alto_has_words_boxes_confidences_and_baselines() -> None:
    root = parsed("alto")
    pages = root.findall("a:Layout/a:Page", NAMESPACE)
    assert [(each.get("PHYSICAL_IMG_NR"), each.get("WIDTH"), each.get("PC")) for each in pages] == [
        ("1", "1000", "0.9"),
        ("3", "1000", "0.9"),
    ]
    words = root.findall(".//a:String", NAMESPACE)
    assert [word.get("CONTENT") for word in words] == ["High", "<tide>", '& "fog"', "שלום", "עולם", "up"]
    names = ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")
    assert [words[1].get(name) for name in names] == ["200", "100", "90", "40", "0.5"]
    lines = root.findall(".//a:TextLine", NAMESPACE)
    assert [each.get("BASELINE") for each in lines] == [
        "100,130 290,130",
        "100,180 220,180",
        "480,430 700,430",
        "930,700 930,500",
    ]
    assert [len(block) for block in root.findall(".//a:TextBlock", NAMESPACE)] == [2, 1, 1]


def test_alto_keeps_to_the_order_and_names_of_its_schema() -> None:
    """The schema itself comes in no package; these are its rules for the elements that are used."""
    inside = {
        "alto": ["Description", "Layout"],
        "Description": ["MeasurementUnit", "sourceImageInformation", "Processing"],
        "Processing": ["processingCategory", "processingSoftware"],
        "processingSoftware": ["softwareName", "applicationDescription"],
        "Page": ["PrintSpace"],
    }
    root = parsed("alto")
    identities = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(identities) == len(set(identities))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", identity or "") for identity in identities)
    for each in root.iter():
        tag = each.tag.rpartition("}")[2]
        if tag in inside:
            assert [child.tag.rpartition("}")[2] for child in each] == inside[tag]
        if tag in {"TextBlock", "TextLine", "PrintSpace"}:
            allowed = {"TextBlock": {"TextLine"}, "TextLine": {"String", "SP"}, "PrintSpace": {"TextBlock"}}[tag]
            assert {child.tag.rpartition("}")[2] for child in each} <= allowed


def test_hocr_has_pages_areas_lines_and_words() -> None:
    root = parsed("hocr")
    titles = {
        kind: [each.get("title") for each in root.iter() if each.get("class") == kind]
        for kind in ("ocr_page", "ocr_carea", "ocr_line", "ocrx_word")
    }
    assert titles["ocr_page"][0] == 'image "a.pdf"; bbox 0 0 1000 1400; ppageno 0; scan_res 200 200'
    assert titles["ocr_carea"][0] == "bbox 100 100 290 190"
    assert titles["ocr_line"][0] == "bbox 100 100 290 140; baseline 0 -10"
    assert titles["ocr_line"][-1] == "bbox 900 500 940 700; baseline 0 -10; textangle 90"
    assert titles["ocrx_word"][:2] == ["bbox 100 100 180 140; x_wconf 98", "bbox 200 100 290 140; x_wconf 50"]
    assert [each.get("dir") for each in root.iter() if each.get("class") == "ocr_par"] == [None, "rtl", None]


@pytest.mark.parametrize(
    ("angle", "first", "last"),
    [(2.0, (100, 530), (300, 530)), (90.0, (250, 540), (250, 500)), (180.0, (300, 510), (100, 510)),
     (-90.0, (150, 500), (150, 540))],
)  # fmt: skip
def test_a_baseline_lies_under_the_letters_whichever_way_they_stand(
    angle: float, first: tuple[int, int], last: tuple[int, int]
) -> None:
    turned = line(("up", (100, 500, 200, 40), 0.7), angle=angle)
    root = parsed("alto", OCRResponse(pages=(page(turned),), model="local/auto"))
    (each,) = (each for each in root.iter() if each.tag.endswith("TextLine"))
    assert each.get("BASELINE") == f"{first[0]},{first[1]} {last[0]},{last[1]}"


def test_a_tool_of_libraries_reads_the_text_and_confidence_of_alto(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    RESPONSE.save(tmp_path / "a.xml")
    with (tmp_path / "a.xml").open(encoding="utf-8") as opened:
        found = alto_tools.alto_parse(opened)
        assert found is not None
        _, tree, namespace = found
        alto_tools.alto_text(tree, namespace)
        said = capsys.readouterr().out.split("\n")
        assert [one.strip() for one in said if one] == ["High <tide>", '& "fog"', "שלום עולם", "up"]
        sure = alto_tools.alto_confidence(opened, tree, namespace)
    assert sure == pytest.approx(100 * (0.98 + 0.5 + 1.0 + 0.9 + 0.9 + 0.7) / 6, abs=0.01)


def test_tools_of_the_field_check_hocr_and_read_its_lines(tmp_path: Path) -> None:
    RESPONSE.save(tmp_path / "a.hocr")

    def tool(name: str) -> str:
        program = Path(sys.executable).with_name(name)  # of hocr-tools
        command = [sys.executable, str(program), str(tmp_path / "a.hocr")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout or done.stderr

    assert tool("hocr-lines").split("\n")[:4] == ["High <tide>", '& "fog"', "שלום עולם", "up"]
    checks = tool("hocr-check").splitlines()
    assert len(checks) > 10
    assert [check for check in checks if not check.startswith("ok ")] == []


@pytest.mark.parametrize("form", ["hocr", "alto"])
def test_whatever_a_page_says_the_file_is_well_formed(form: str) -> None:
    hostile = line(("a\x00\x1b\ud800\uffff]]>&<b", (-5, -5, 10**6, 3), float("nan")), ("\x01", (0, 0, 0, 0), 7.0))
    odd = OCRPage(index=1, markdown="x", extra={"lines": [{"text": 1}, None, {"text": "a", "bbox": {}}]})
    response = OCRResponse(pages=(page(hostile), odd), model="m\x00")
    root = parsed(form, response, name='a"\\\x07;<.pdf')
    assert "a\ufffd]]>&<b" in [each.get("CONTENT") or each.text for each in root.iter()]


@pytest.mark.parametrize("form", ["hocr", "alto"])
def test_blocks_of_a_hosted_model_have_words_without_confidences(form: str) -> None:
    size = OCRDimensions(dpi=200, width=1000, height=1400)
    block = OCRBlock(
        type="title", content="# High *tide*", top_left_x=100, top_left_y=200, bottom_right_x=900, bottom_right_y=240
    )
    root = parsed(
        form, OCRResponse(pages=(OCRPage(index=0, markdown="", dimensions=size, blocks=(block,)),), model="m")
    )
    said = [each.get("CONTENT") or (each.text if each.get("class") == "ocrx_word" else None) for each in root.iter()]
    assert [each for each in said if each] == ["High", "tide"]
    assert not any(each.get("WC") or "x_wconf" in (each.get("title") or "") for each in root.iter())
