"""``ocr-async estimate``: how many pages would be read, and for how much; nothing is sent to a provider."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import anyio

from .._api import OCR
from ..errors import ConfigurationError, DocumentError, OCRError
from ..pages import from_one
from . import passwords
from .inputs import STDIN, Input, find, listed
from .messages import fail, printable, say


__all__ = ["main"]

_ROW = "{:>7}  {:>10}  {}"


def main(arguments: argparse.Namespace) -> int:
    """Print a line for each document that *arguments* name, and the sum of several; return the exit code."""
    try:
        named = [*arguments.documents, *(listed(arguments.source) if arguments.source else ())]
        found = find(named, recursive=arguments.recursive)
        stdin = sys.stdin.buffer.read() if any(each.name == STDIN for each in found.inputs) else b""
        code = anyio.run(_estimate, arguments, found.inputs, stdin, passwords.given(arguments))
    except ConfigurationError as error:
        return fail("ocr-async", error)
    if found.left_out:
        say(f"ocr-async: {found.left_out} left out (no documents)")
    return code


async def _estimate(arguments: argparse.Namespace, inputs: Sequence[Input], stdin: bytes, password: str | None) -> int:
    pages = from_one(arguments.pages) if arguments.pages else None
    client = OCR(model=arguments.model, pages=pages, api_base=arguments.api_base)
    codes: list[int] = []
    count = 0
    total: float | None = 0.0
    print(_ROW.format("PAGES", "USD", "DOCUMENT"))
    for each in inputs:
        try:
            if each.error is not None:
                raise DocumentError(each.error)
            found = await client.aestimate(each.document(password, stdin))
        except ConfigurationError:
            raise
        except OCRError as error:
            codes.append(fail(each.shown, error))
            continue
        codes.append(0)
        count += found.pages
        total = None if total is None or found.cost is None else total + found.cost
        print(_ROW.format(found.pages, _dollars(found.cost), printable(each.shown)), flush=True)
    if len(inputs) > 1:
        print(_ROW.format(count, _dollars(total), "in all"))
    return codes[0] if len(codes) == 1 else int(any(codes))


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"
