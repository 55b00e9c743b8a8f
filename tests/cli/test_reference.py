"""docs/reference/command-line.md tells all of it."""

from __future__ import annotations

import re

import pytest

from ocr_async.cli.outputs import FORMS
from tests.cli.command import ROOT, command


REFERENCE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["run", "estimate"])
def test_every_option_is_in_the_reference(name: str) -> None:
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", command(name, "--help").stdout.decode())) - {"-h", "--help"}
    assert {"-m", "--from"} <= told
    assert sorted(option for option in told if f"`{option}" not in REFERENCE) == []


def test_every_form_and_ending_is_in_the_reference() -> None:
    for form, endings in FORMS.items():
        assert f"| `{form}` | {', '.join(f'`{ending}`' for ending in endings)} |" in REFERENCE
