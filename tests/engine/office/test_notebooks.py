"""Jupyter notebooks: Markdown as it is, code, and what it gave."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_async import ocr
from ocr_async.errors import DocumentError
from ocr_async.models import Bytes, OCRPage

from ...documents import png
from .reading import pages_of


PICTURE = base64.b64encode(png(Image.new("RGB", (30, 20), (200, 30, 30)))).decode()


def notebook(*cells: dict[str, Any], language: str = "python") -> bytes:
    facts = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": facts, "cells": cells}).encode()


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": outputs}


def shown(**data: Any) -> dict[str, Any]:
    named = {name.replace("_", "/"): said for name, said in data.items()}
    return {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": named}


def read(folder: Path, data: bytes) -> OCRPage:
    (page,) = pages_of(folder, data, mime="application/x-ipynb+json", images=True)
    return page


def test_cells_follow_each_other_with_what_they_gave(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        notebook(
            {"cell_type": "markdown", "source": ["# Title *here*\n", "with $a_1 * b_2$"]},
            {"cell_type": "raw", "source": "as it is"},
            {"cell_type": "markdown", "source": " "},
            code(
                ["x = 1\n", "print(x)"],
                {"output_type": "stream", "name": "stdout", "text": ["1\n", "\x1b[31m2\x1b[0m\n"]},
                shown(text_html="<table><tr><td>a</td><td>b</td></tr></table>", text_plain="a b"),
                shown(text_html="<b>no table</b>", text_plain="plain"),
                shown(image_png=[PICTURE[:40] + "\n", PICTURE[40:]], text_plain="<Figure>"),
                shown(text_latex="$x^2$", text_plain="x**2"),
                shown(text_markdown="**m**", text_plain="m"),
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[0;31mE\x1b[0m", "at 1"]},
            ),
            code(""),
        ),
    )
    assert page.markdown == (
        "# Title *here*\nwith $a_1 * b_2$\n\n```\nas it is\n```\n\n```python\nx = 1\nprint(x)\n```\n\n"
        "```\n1\n2\n```\n\n| a | b |\n| --- | --- |\n\n```\nplain\n```\n\n![img-0.png](img-0.png)\n\n$x^2$\n\n**m**\n\n"
        "```\nE\nat 1\n```"
    )
    assert [image.image_base64 for image in page.images] == [f"data:image/png;base64,{PICTURE}"]
    kinds = [(element.type, element.text) for element in page.elements or ()]
    assert kinds[:3] == [
        ("text", "# Title *here*\nwith $a_1 * b_2$"),
        ("code", "as it is"),
        ("code", "x = 1\nprint(x)"),
    ]


def test_a_notebook_is_told_by_its_name() -> None:
    data = notebook({"cell_type": "markdown", "source": "words"})
    assert ocr(Bytes(data=data, name="a.ipynb"), model="local").markdown == "words"
    assert ocr(Bytes(data=data, name="a.json"), model="local").markdown == data.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"cells": [', "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[]", "no cells"),
        (b'{"worksheets": []}', "anew in Jupyter"),
    ],
)
def test_what_is_no_notebook_says_what_to_do(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read(tmp_path, data)


def test_a_notebook_of_endless_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").touch()
    os.truncate(tmp_path / "a.ipynb", (128 << 20) + 1)
    with pytest.raises(DocumentError, match="more than 128 MiB"):
        ocr(tmp_path / "a.ipynb", model="local")


def test_facts_of_other_shapes_cost_no_text(tmp_path: Path) -> None:
    odd: list[Any] = [None, 1, "x", [1, None], {"a": 1}]
    cells = [{"cell_type": "code", "source": each, "outputs": each, "attachments": each} for each in odd]
    outputs = [
        {"output_type": kind, "text": each, "traceback": each, "data": each} for each in odd for kind in ("stream", 3)
    ]
    shapes = [shown(text_html=each, image_png=each, text_plain=each) for each in odd]
    data = {"metadata": {"language_info": 3}, "cells": [*cells, 7, code("good", *outputs, *shapes)]}
    page = read(tmp_path, json.dumps(data).encode())
    assert page.markdown.startswith("```\nx\n```")
    assert "```\ngood\n```" in page.markdown


def test_json_without_end_ends_nothing(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        read(tmp_path, b"[" * 100_000)
