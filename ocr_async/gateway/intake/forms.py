"""Walks the parts of a multipart form: one file, which goes on piece by piece as it comes, and small fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from attrs import frozen

from ..http_errors import HTTPError
from .bodies import UNREADABLE, ReadDeadline, too_large


__all__ = ["Form", "field_text", "read_form"]

_PIECE = 65_536
_MOST_BETWEEN = 16_384  # bytes around the parts: boundaries, and what nobody writes before the first
_UNENCODED = {"binary", "8bit", "7bit"}  # forms have no other since RFC 7578 (4.7)


class _Parts(MultipartReader):
    """aiohttp's reader, which passes over no end of lines before the first boundary."""

    between = 0

    async def _readline(self) -> bytes:
        line = await super()._readline()
        self.between += len(line)
        if self.between > _MOST_BETWEEN:
            raise ValueError("there is too much between the parts")
        return line


@frozen
class Form:
    """
    What came beside the bytes of a form's file.

    Attributes:
        name: Of the file, as the client wrote it; None if it has none, or if there is no file.

        kind: The file's declared type, which may be anything; None if it has none.

        has_file: Whether there is a part ``file``.

        fields: The other parts, by their names.
    """

    name: str | None
    kind: str | None
    has_file: bool
    fields: Mapping[str, bytes]


async def read_form(
    request: web.Request,
    takes: Mapping[str, Callable[[bytes], Awaitable[None]]],
    *,
    most: int,
    most_parts: int,
    most_field: int,
) -> Form:
    """
    Read the form of *request*.

    Args:
        takes: By the names of the parts that may be long, ``file`` among them, what is called with each piece of one.

        most: Bytes in all parts together.

        most_field: Bytes of any other part.

    Raises:
        HTTPError: It is too large, comes too slowly, or is no such form.
    """
    file: BodyPartReader | None = None
    fields: dict[str, bytes] = {}
    read_deadline = ReadDeadline()
    try:
        parts = _Parts(request.headers, request.content)
        for _ in range(most_parts):
            part = await read_deadline.wait(parts.next())
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name is None or not part.name.isprintable():
                raise _bad("its parts are named fields")
            if part.name in fields or (part.name == "file" and file is not None):
                raise _bad(f'it has two parts "{part.name[:50]}"')
            if part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary").lower() not in _UNENCODED:
                raise _bad("its parts are not encoded")
            data = bytearray()
            while piece := await read_deadline.wait(part.read_chunk(_PIECE)):
                read_deadline.size += len(piece)
                if read_deadline.size > most:
                    raise too_large(most)
                if part.name in takes:
                    await takes[part.name](piece)
                    continue
                data += piece
                if len(data) > most_field:
                    raise _bad(f'its field "{part.name[:50]}" is too long')
            if part.name == "file":
                file = part
            else:
                fields[part.name] = bytes(data)
        else:
            raise _bad("it has too many parts")
    except UNREADABLE:
        raise _bad("it is no multipart/form-data that can be read") from None
    except web.HTTPRequestEntityTooLarge:
        raise too_large(most) from None
    return Form(
        name=None if file is None else file.filename,
        kind=None if file is None else file.headers.get("Content-Type"),
        has_file=file is not None,
        fields=fields,
    )


def field_text(name: str, data: bytes) -> str:
    """
    Return the text of the field *name*.

    Raises:
        HTTPError: It is not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _bad(f'its field "{name[:50]}" is not UTF-8') from None


def _bad(why: str) -> HTTPError:
    return HTTPError(400, f"the form cannot be used: {why}", "invalid_form")
