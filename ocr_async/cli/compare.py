"""``ocr-async compare``: the same pages by several models, as HTML with the differences marked, or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import anyio

from .._api import aocr_compare
from ..call.comparing import OCRComparison
from ..errors import ConfigurationError, OCRError, missing_extra
from ..export.forms import FORMS
from ..pages import from_one
from ..wording import counted
from . import passwords
from .inputs import STDIN, Input, find
from .messages import fail, say
from .outputs import Unwritable, file_and_form, identities, refuse_inputs, write_whole


__all__ = ["main"]


def main(arguments: argparse.Namespace) -> int:
    """Compare what *arguments* name; return the exit code."""
    try:
        each = _one(arguments.document)
        forms = {form: FORMS[form] for form in ("html", "json")}
        file, form = file_and_form(arguments.output, "json" if arguments.json else None, forms)
        refuse_inputs([file], identities([each]))
        if file is None and form == "html" and sys.stdout.isatty():
            raise ConfigurationError("HTML goes into a file: name one with -o; or ask for --json")
        stdin = sys.stdin.buffer.read() if each.name == STDIN else b""
        password = passwords.given(arguments)
    except ConfigurationError as error:
        return fail("ocr-async", error)
    pages = from_one(arguments.pages) if arguments.pages else None

    async def compared() -> OCRComparison:
        return await aocr_compare(
            each.document(password, stdin),
            arguments.models,
            pages=pages,
            api_base=arguments.api_base,
            timeout=arguments.timeout,
        )

    try:
        found = anyio.run(compared)
        write_whole(file, _written(found, each, form))
    except Unwritable as error:
        say(f"ocr-async: {error}")
        return error.exit_code
    except OCRError as error:
        return fail(each.shown, error)
    _tell(found)
    return int(any(reading.error is not None for reading in found.readings))


def _one(name: str) -> Input:
    inputs = find([name], recursive=False).inputs
    if len(inputs) != 1 or Path(name).is_dir():
        raise ConfigurationError("compare reads one document: name a file, a URL, or - for standard input")
    if inputs[0].error is not None:
        raise ConfigurationError(f"{inputs[0].shown}: {inputs[0].error}")
    return inputs[0]


def _written(found: OCRComparison, each: Input, form: str) -> str:
    if form == "json":
        return json.dumps({"document": each.shown, **found.to_dict()}, indent=2) + "\n"
    try:
        from ..export.comparison import document
    except ImportError as error:
        raise missing_extra("the HTML (without --json)", "cli") from error
    return document(found, title=each.shown)


def _tell(found: OCRComparison) -> None:
    for reading in found.readings:
        cost = "an unknown price" if reading.cost is None else f"{reading.cost:.4f} USD"
        if reading.error is None:
            say(f"{reading.model}: {counted(len(reading.pages), 'page')}, {reading.seconds:.1f} s, {cost}")
        else:
            fail(reading.model, reading.error)
    for (one, other), agreed in found.pairs.items():
        cells = "" if agreed.share_of_cells is None else f", {agreed.share_of_cells:.1%} of the cells"
        names = f"{found.readings[one].model} and {found.readings[other].model}"
        say(f"{names} agree in {agreed.share:.1%} of the words{cells}")
