"""Indian and South-East Asian scripts, whose letters form clusters of shapes, as browsers write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async import ocr

from ....documents import shown_pdf


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
WIDE = 12.0  # points, as far as the next shape
GAP = 4.0


def said(text: str) -> str:
    return f"/Span <</ActualText <FEFF{text.encode('utf-16-be').hex()}>>> BDC"


def drawn(words: Sequence[Sequence[str]], shapes: int, *, late: bool = False) -> str:
    """
    Return a line of *words* of clusters.

    Args:
        shapes: Of each cluster; but the first, they are drawn one by one.

        late: Whether the last shape of a cluster stands left of where the one before ends.
    """
    x, out = 72.0, []
    for word in words:
        for cluster in word:
            out.append(said(cluster))
            for shape in range(shapes):
                back = 9.0 if late and shape and shape == shapes - 1 else 0.0
                out.append(f"1 0 0 1 {x - back} 400 Tm (m) Tj")
                x += 0.0 if back else WIDE
            out.append("EMC")
        out.append(f"1 0 0 1 {x} 400 Tm ( ) Tj")
        x += GAP
    return "/F1 14 Tf " + " ".join(out)


WORDS = [["हि", "न्दी"], ["में"], ["ए", "क"], ["वा", "क्य"], ["है।"]]
THAI = [["ส", "วั", "ส", "ดี"], ["ชา", "ว", "โล", "ก"], ["กำ", "ลัง"]]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("shapes", [1, 2, 3])
@pytest.mark.parametrize("words", [WORDS, THAI], ids=["Hindi", "Thai"])
def test_clusters_come_once_and_spaces_stand_between_words(
    tmp_path: Path, words: Sequence[Sequence[str]], shapes: int, late: bool
) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(shown_pdf(drawn(words, shapes, late=late).encode(), FONT))
    assert ocr(path, model="local/text").pages[0].markdown == " ".join("".join(word) for word in words)
