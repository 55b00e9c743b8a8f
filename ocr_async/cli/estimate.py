"""``ocr-async estimate``: how many pages would be read, and for how much; nothing is sent to a provider."""

from __future__ import annotations

import argparse

import anyio

from .._api import OCR
from ..errors import ConfigurationError, OCRError
from .inputs import document, exit_code, from_one
from .messages import fail


__all__ = ["main"]

_ROW = "{:>7}  {:>10}  {}"


def main(arguments: argparse.Namespace) -> int:
    """Print a line for each document that *arguments* name, and the sum of several; return the exit code."""
    try:
        return anyio.run(_estimate, arguments)
    except ConfigurationError as error:
        return fail("ocr-async", error)


async def _estimate(arguments: argparse.Namespace) -> int:
    pages = from_one(arguments.pages) if arguments.pages else None
    client = OCR(model=arguments.model, pages=pages, api_base=arguments.api_base)
    codes: list[int] = []
    counts: list[int] = []
    costs: list[float | None] = []
    print(_ROW.format("PAGES", "USD", "DOCUMENT"))
    for text in arguments.documents:
        try:
            found = await client.aestimate(document(text, arguments.password))
        except ConfigurationError:
            raise
        except OCRError as error:
            codes.append(fail(text, error))
            continue
        codes.append(0)
        counts.append(found.pages)
        costs.append(found.cost)
        print(_ROW.format(found.pages, _dollars(found.cost), text), flush=True)
    if len(arguments.documents) > 1:
        known = [cost for cost in costs if cost is not None]
        print(_ROW.format(sum(counts), _dollars(sum(known) if len(known) == len(costs) else None), "in all"))
    return exit_code(codes)


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"
