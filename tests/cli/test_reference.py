"""docs/reference/command-line.md tells all of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ocr_async.cli import _FORMS
from ocr_async.export.forms import FORMS
from tests.cli.command import PROGRAM, ROOT, command, environment


REFERENCE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("run", {"-m", "--from"}),
        ("estimate", {"-m", "--from"}),
        ("bulk run", {"-m", "--out", "--max-cost"}),
        ("bulk retry", {"--only", "--patience"}),
        ("bulk export", {"-o"}),
    ],
)
def test_every_option_is_in_the_reference(name: str, some: set[str]) -> None:
    shown = command(*name.split(), "--help").stdout.decode()
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown)) - {"-h", "--help"}
    assert some <= told
    assert sorted(option for option in told if f"`{option}" not in REFERENCE) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ocr-async ru", {"run"}),
        ("ocr-async run --skip", {"--skip-existing"}),
        ("ocr-async run a.pdf -f js", {"json", "jsonl"}),
    ],
)
def test_a_shell_is_told_what_may_follow(tmp_path: Path, line: str, offered: set[str]) -> None:
    pytest.importorskip("argcomplete")
    answer = tmp_path / "answer"
    asking = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "_ARGCOMPLETE_IFS": "\n"}
    subprocess.run(
        [*PROGRAM], check=False, timeout=60,
        env={**environment(), **asking, "COMP_LINE": line, "COMP_POINT": str(len(line))},
    )  # fmt: skip
    assert {word.strip() for word in answer.read_text().split("\n")} == offered


def test_every_form_and_ending_is_in_the_reference() -> None:
    assert tuple(FORMS) == _FORMS
    for form, endings in FORMS.items():
        assert f"| `{form}` | {', '.join(f'`{ending}`' for ending in endings)} |" in REFERENCE
