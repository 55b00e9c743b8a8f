"""Errors speak of things by neutral words, and of what to do in those of each surface."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from pathlib import Path
from typing import get_args

import pytest

import ocr_async
from ocr_async.cli.messages import WORDS
from ocr_async.errors import ConfigurationError, DocumentError, no_such_page
from ocr_async.providers import resolve
from ocr_async.wording import PYTHON, Hint, closest, counted, counted_from_one, shortened


PACKAGE = Path(ocr_async.__file__).parent
# What only a Python caller gets to see: what he gives as a document, and the checks of his arguments.
OF_PYTHON = {PACKAGE / "document.py", PACKAGE / "call" / "options.py", PACKAGE / "call" / "annotations.py"}
PYTHON_SPEAKING = re.compile(
    r'api_key|api_base|extra_headers|model="|pathlib|\{"type"|(counted|numbered) from 0|timeout='
)


def test_each_hint_has_its_words_in_python_and_on_the_command_line() -> None:
    assert set(get_args(Hint)) == set(PYTHON) == set(WORDS)
    assert not any(PYTHON_SPEAKING.search(words) for words in WORDS.values())


def test_an_error_says_what_to_do_in_the_words_of_who_hears_it() -> None:
    error = DocumentError("a.png has no text layer", hint="recognise")
    assert str(error) == 'a.png has no text layer; model="local/ocr" recognises what it shows'
    assert error.worded({"recognise": "; try -m local/ocr"}) == "a.png has no text layer; try -m local/ocr"
    assert error.worded({}) == "a.png has no text layer"
    assert [str(same) for same in (copy.copy(error), pickle.loads(pickle.dumps(error)))] == [str(error)] * 2


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (str(no_such_page(98, 1)), "page 99 does not exist: the document has 1 page"),
        (str(no_such_page(-3, 2)), "page -3 does not exist: the document has 2 pages"),
        ("2 of 9 did not come: 0, 8 … (from 0); page 0 (from 0): lost", "2 of 9 did not come: 1, 9 …; page 1: lost"),
        ("scan 7 has 0 pages", "scan 7 has 0 pages"),
    ],
)  # fmt: skip
def test_people_count_pages_from_one(text: str, people: str) -> None:
    assert counted_from_one(text) == people


def test_one_is_counted_in_the_singular() -> None:
    assert [counted(count, "whole page") for count in (0, 1, 2, 2000)] == [
        "0 whole pages", "1 whole page", "2 whole pages", "2,000 whole pages",
    ]  # fmt: skip


def test_no_line_of_a_command_counts_in_a_plural_that_may_be_of_one() -> None:
    nouns = "document|duplicate|event|folder|input|job|key|line|page|result"
    plural = re.compile(rf"\{{[^{{}}:]*\}} (?:broken )?(?:{nouns})s\b")
    files = [file for room in ("bulk", "cli") for file in (PACKAGE / room).rglob("*.py")]
    assert [found for file in files for found in plural.findall(file.read_text())] == []


def test_a_text_is_cut_before_the_word_that_would_be_cut_in_two() -> None:
    assert [shortened("a key: abcdef", most) for most in (13, 12, 7, 6, 3)] == [
        "a key: abcdef", "a key: …", "a key: …", "a …", "a …",
    ]  # fmt: skip
    assert [shortened(text, 3) for text in ("abcdef", "鍵は鍵", "鍵はabc", "")] == ["…", "鍵は鍵", "鍵は…", ""]


def test_no_message_speaks_python_but_by_its_hint() -> None:
    said = [
        (str(file.relative_to(PACKAGE)), text.value)
        for file in sorted(PACKAGE.rglob("*.py"))
        if file not in OF_PYTHON and "gateway" not in file.parts and "cli" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Raise)
        for words in ast.walk(node)
        if not (isinstance(words, ast.keyword) and words.arg == "hint")
        for text in ast.iter_child_nodes(words)
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and PYTHON_SPEAKING.search(text.value)
    ]
    assert said == []


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("locla", "'local'"),
        ("mistrall/x", "'mistral/x'"),
        ("Opper/a/b", "'opper/a/b'"),
        ("mistral-ocr-latest", "'mistral/mistral-ocr-latest'"),
        ("tesserract", "'local/tesseract'"),
    ],
)
def test_a_misspelt_model_is_answered_with_what_was_meant(model: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"names no provider; did you mean {meant}?"):
        resolve(model, api_key=None, api_base=None, headers={}, environ={})


def test_nothing_is_suggested_that_nobody_can_have_meant() -> None:
    with pytest.raises(ConfigurationError, match=r'model "nobody/x" names no provider\. Write'):
        resolve("nobody/x", api_key=None, api_base=None, headers={}, environ={})
    assert closest("", ["local"]) is None
