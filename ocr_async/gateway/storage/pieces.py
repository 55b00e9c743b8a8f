"""Bytes in pieces, whether they are in a file or in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import anyio


__all__ = ["pieces_of"]

_PIECE = 1024 * 1024


async def pieces_of(data: Path | memoryview) -> AsyncGenerator[bytes, None]:
    """Yield *data*, or what the file there has; FileNotFoundError if it is gone."""
    if isinstance(data, memoryview):
        for start in range(0, len(data), _PIECE):
            yield bytes(data[start : start + _PIECE])
        return
    async with await anyio.open_file(data, "rb") as file:
        while piece := await file.read(_PIECE):
            yield piece
