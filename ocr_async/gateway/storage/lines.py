"""The requests of a batch: the lines of JSON lines files that come in pieces."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing


__all__ = ["numbered"]


async def numbered(
    files: Iterable[AsyncGenerator[bytes, None]], done: Sequence[int], most: int
) -> AsyncGenerator[tuple[int, bytes | None, bool], None]:
    """Yield what `Batches.requests` does of *files*, as many as *done* is long, which says what has a result."""
    number = 0
    for pieces in files:
        async with aclosing(_requests_of(pieces, most)) as lines:
            async for line in lines:
                if number >= len(done):
                    return
                yield number, line, bool(done[number])
                number += 1


async def _requests_of(pieces: AsyncGenerator[bytes, None], most: int) -> AsyncGenerator[bytes | None, None]:
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
