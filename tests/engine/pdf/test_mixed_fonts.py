"""Lines that begin in another font than the one they go on in: a name in bold, a command in even type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.models import FileOnDisk

from ...documents import Run, typeset_pdf


def regular(text: str) -> Run:
    return "Times-Roman", 11.0, text


def bold(text: str) -> Run:
    return "Times-Bold", 11.0, text


def even(text: str) -> Run:
    return "Courier", 10.0, text


OPTIONS = [
    [regular("The command reads all the files of a folder, those of the folders in it included.")],
    [even("--follow"), regular(" goes through symbolic links as well, which it would leave out without, and")],
    [even("--max-depth"), regular(" says how many folders within folders it goes into, at most, before")],
    [even("--quiet"), regular(" keeps it from that, and so does "), even("--errors=ignore")],
    [regular("as well, which is older; both may be given together.")],
]
UPRIGHT = {0: b"", 90: b"0 1 -1 0 792 0", 180: b"-1 0 0 -1 792 792", 270: b"0 -1 1 0 0 792"}


def page(lines: Sequence[Sequence[Run]], turned: int = 0) -> bytes:
    """Return a page that people see upright, however it is *turned*."""
    return typeset_pdf(
        [(72, 720 - 14 * number, runs) for number, runs in enumerate(lines)],
        page=b"/MediaBox [0 0 792 792] /Rotate %d" % turned,
        place=UPRIGHT[turned],
    )


def read(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    return ocr(path, model="local/text").pages[0].markdown


def test_a_line_that_begins_with_a_command_is_no_code(tmp_path: Path) -> None:
    said = read(tmp_path, page(OPTIONS))
    assert said == " ".join("".join(text for *_, text in line) for line in OPTIONS)


def test_items_that_begin_with_a_command_are_a_list(tmp_path: Path) -> None:
    items = [
        [regular("The file holds")],
        [regular("• "), even("globs"), regular(" (a mapping from names to types)")],
        [regular("• "), even("aliases"), regular(" (a mapping from aliases to types)")],
    ]
    assert "```" not in (said := read(tmp_path, page(items)))
    assert said.count("\n- ") == 2


def test_a_paragraph_that_begins_with_a_bold_name_is_one(tmp_path: Path) -> None:
    lines = [
        [bold("Warranty."), regular(" What is sold by the house is warranted for two years from the day on which")],
        [regular("it was handed over, unless the law of the place where it was bought says more than")],
        [bold("two years"), regular(" or leaves it to the parties, who may then agree on a shorter time.")],
    ]
    assert read(tmp_path, page(lines)) == " ".join("".join(text for *_, text in line) for line in lines)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_font_of_a_line_is_that_of_its_letters(tmp_path: Path, turned: int) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(
        page([*OPTIONS, [even("$ find --follow --max-depth 3 .")], [bold("All of it is bold")]], turned=turned)
    )
    pdf = Pdf(FileOnDisk(path=path))
    (told,) = text_layer.parser().parse_bytes(path.read_bytes()).pages
    found = text_layer.sheet(told, [], pdf.fonts(0)).lines
    kinds = {line.text.split()[0]: (line.mono, line.bold, round(line.size or 0)) for line in found}
    assert kinds["--follow"] == kinds["--max-depth"] == kinds["The"] == (False, False, 11)
    assert not kinds["--quiet"][0]
    assert kinds["$"] == (True, False, 10)
    assert kinds["All"] == (False, True, 11)


def test_a_large_initial_joins_no_words_beside_it(tmp_path: Path) -> None:
    row = [("Times-Roman", 36.0, "U"), regular("p if him two will she but long these.")]
    assert read(tmp_path, page([row])).endswith("p if him two will she but long these.")
