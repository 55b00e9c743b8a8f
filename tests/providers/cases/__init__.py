"""One module a provider, each with a `CASE`: a strict stand-in for its service, and what is to be expected of it."""

from __future__ import annotations

import importlib
import pkgutil

from .base import Case


__all__ = ["CASES"]

CASES: list[Case] = [
    importlib.import_module(f"{__name__}.{module.name}").CASE
    for module in pkgutil.iter_modules(__path__)
    if module.name != "base"
]
