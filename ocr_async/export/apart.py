"""
Renders a response in a process of its own, which is ended when it takes too long or too much memory.

What a stranger sends as a response may be made to keep a renderer busy for hours, and a thread cannot be ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import anyio.to_process

from .. import formats
from .._platform.limits import lower
from ..models import OCRResponse
from . import lacking, render


__all__ = ["rendered_apart"]

_MOST_MEMORY = 4 << 30  # bytes of addresses, of which a large response takes a quarter


async def rendered_apart(
    data: bytes, form: str, *, name: str, pictures: Mapping[int, bytes], seconds: float
) -> bytes | None:
    """
    Return the response that *data* is the JSON of in *form*, as `render` does; None for tables where it has none.

    Args:
        seconds: After which it is given up.

    Raises:
        TimeoutError: It took longer.

        BrokenWorkerProcess: It took more memory than there is for it; or `MemoryError`.
    """
    async with asyncio.timeout(seconds):
        return await anyio.to_process.run_sync(_render, data, form, name, dict(pictures), cancellable=True)


def _render(data: bytes, form: str, name: str, pictures: Mapping[int, bytes]) -> bytes | None:
    lower("AS", _MOST_MEMORY)
    response = OCRResponse.from_dict(formats.loads(data))
    if lacking(form, response):
        return None
    written = render(response, form, name=name, pictures=pictures)
    return written.encode("utf-8", "backslashreplace") if isinstance(written, str) else bytes(written)
