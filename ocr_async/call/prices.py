"""The caller's own prices: those of the call, and those of the file that ``OCR_ASYNC_PRICES`` names."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache

import anyio.to_thread
from attrs import evolve

from .._platform.environment import Variables
from ..errors import ConfigurationError
from ..pricing import Price, read_prices
from .options import Options


__all__ = ["from_file", "priced"]

_VARIABLE = "OCR_ASYNC_PRICES"
_FILE = Variables(_VARIABLE)
_MOST_BYTES = 64 * 1024**2  # LiteLLM's whole map has 2


async def priced(options: Options) -> Options:
    """
    Return *options* with the file's prices behind their own; without a file, as they are.

    Raises:
        ConfigurationError: The file cannot be read, or is no table of prices.
    """
    (path,) = _FILE.values()
    if not path:
        return options
    table = await anyio.to_thread.run_sync(_read, path)
    own = options.prices or {}
    # a model that the call names without its provider is the file's too
    others = {name: price for name, price in table.items() if name.partition("/")[2] not in own}
    return evolve(options, prices={**others, **own})


def from_file(environ: Mapping[str, str]) -> Mapping[str, Price]:
    """
    Return the prices of the file that *environ* names; none without one. It blocks.

    Raises:
        ConfigurationError: See `priced`.
    """
    path = environ.get(_VARIABLE)
    return _read(path) if path else {}


def _read(path: str) -> Mapping[str, Price]:
    try:
        facts = os.stat(path)
        return _parsed(path, facts.st_mtime_ns, facts.st_size)
    except OSError as error:
        raise ConfigurationError(f"{_VARIABLE}: {path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=4)  # a call that reads the same file as the last one need not parse it
def _parsed(path: str, changed: int, size: int) -> Mapping[str, Price]:
    if size > _MOST_BYTES:
        raise ConfigurationError(f"{_VARIABLE}: {path} has {size / 1e6:.0f} MB, and is no table of prices")
    try:
        with open(path, encoding="utf-8") as file:
            return read_prices(json.load(file))
    except ConfigurationError as error:
        raise ConfigurationError(f"{_VARIABLE}: {path}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{_VARIABLE}: {path} is no JSON: {error}") from error
