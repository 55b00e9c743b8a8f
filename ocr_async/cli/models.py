"""``ocr-async models``: what can be asked, for how much, and what is missing to ask it."""

from __future__ import annotations

import argparse
import os

from .. import pricing, providers
from ..errors import ConfigurationError
from .messages import WORDS


__all__ = ["main"]


def main(arguments: argparse.Namespace) -> int:
    """Print a line for each known model; return 0."""
    rows = [("MODEL", "USD / 1000 PAGES", "READY")]
    for name in providers.names():
        cls = providers.provider_class(name)
        if cls is None:
            continue
        refusal = _refusal(cls)
        for model in cls.facts.models:
            price = pricing.estimate(name, model, 1000)
            why = refusal or cls.facts.lacking(model)
            cost = "?" if price is None else f"{price:g}"
            rows.append((f"{name}/{model}" if model else name, cost, f"no: {why}" if why else "yes"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, cost, ready in rows:
        print(f"{name:<{widths[0]}}  {cost:>{widths[1]}}  {ready}")
    return 0


def _refusal(cls: type[providers.Provider]) -> str | None:
    try:
        cls.connect(api_key=None, api_base=None, headers={}, environ=os.environ)
    except ConfigurationError as error:
        return error.told(WORDS).partition(". ")[0]
    return None
