"""The lines of a JSON lines file that comes in pieces."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing


__all__ = ["requests_of"]


async def requests_of(pieces: AsyncGenerator[bytes, None], most: int) -> AsyncGenerator[bytes | None, None]:
    """Yield the lines that are not blank; None instead of one of more than *most* bytes, which is not held."""
    rest, too_long = bytearray(), False
    async with aclosing(pieces):
        async for piece in pieces:
            *ended, last = piece.split(b"\n")
            for part in ended:
                rest += part
                line = _line(rest, most)
                rest.clear()
                if too_long or line != b"":
                    yield None if too_long else line
                too_long = False
            rest += last
            if len(rest) > most + 1:  # a carriage return may be its last
                too_long = True
                rest.clear()
    line = _line(rest, most)
    if too_long or line != b"":
        yield None if too_long else line


def _line(text: bytearray, most: int) -> bytes | None:
    return None if len(text.rstrip(b"\r\n")) > most else bytes(text.strip())
