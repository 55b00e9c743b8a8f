"""
Reads what clients send: bodies of bounded size and time, JSON without ambiguities, multipart forms.

A body that comes too slowly, or never ends, gets 408; what is too large 413; JSON that two parsers could read in two
ways 400.
"""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, NoReturn

import anyio.to_thread
from aiohttp import web

from .refusals import Refusal


__all__ = ["json_body", "raw_body", "strict_json"]

SILENCE = 5.0  # seconds between two pieces of a body
GRACE = 5.0  # seconds after which a body has to have come as fast as SLOWEST
SLOWEST = 16_384  # bytes a second
IN_THREAD = 256 * 1024  # bytes of JSON from which it is read off the loop
MOST_VALUES = 100_000  # quotes and brackets; a request without a document has some dozens
DEPTH = 64
DIGITS = 20


async def raw_body(request: web.Request, most: int) -> bytes:
    """
    Return the body of *request*, decompressed.

    Raises:
        Refusal: It is larger than *most* bytes, or comes too slowly.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    loop = asyncio.get_running_loop()
    started, size = loop.time(), 0
    pieces: list[bytes] = []
    while True:
        patience = GRACE + size / SLOWEST - (loop.time() - started)
        try:
            async with asyncio.timeout(min(SILENCE, max(patience, 0.0))):
                piece = await request.content.readany()
        except TimeoutError:
            raise Refusal(408, "the request's body came too slowly", "request_timeout") from None
        except (web.RequestPayloadError, ValueError):
            raise Refusal(400, "the request's body is not encoded as its headers say", "invalid_body") from None
        if not piece:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        size += len(piece)
        if size > most:
            raise too_large(most)
        pieces.append(piece)


def too_large(most: int) -> Refusal:
    """Return the refusal of a body of more than *most* bytes."""
    return Refusal(413, f"the request is larger than {most:,} bytes", "request_too_large")


async def json_body(request: web.Request, most: int) -> Any:
    """
    Return the JSON of *request*'s body.

    Raises:
        Refusal: See `raw_body`, or it is no JSON that can be read in one way only.
    """
    body = await raw_body(request, most)
    if len(body) < IN_THREAD:
        return strict_json(body)
    return await anyio.to_thread.run_sync(strict_json, body)


def strict_json(body: bytes) -> Any:
    """
    Read JSON, more strictly than parsers do by themselves.

    Raises:
        Refusal: No JSON, not UTF-8, ``NaN``, a key twice in one object, nested deeper than 64, integers of more than 20
            digits, or more than 100,000 values.
    """
    if body.count(b'"') + body.count(b"[") + body.count(b"{") + body.count(b",") > 2 * MOST_VALUES:
        raise _invalid("has too many values")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_refuse,
        )
    except RecursionError:
        raise _invalid("is nested too deeply") from None
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"is not valid: {error.msg} at character {error.pos}") from None
    if _depth(value) > DEPTH:
        raise _invalid("is nested too deeply")
    return value


def _invalid(what: str) -> Refusal:
    return Refusal(400, f"the request's JSON {what}", "invalid_json")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _invalid("has the same key twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise _invalid(f"has an integer of more than {DIGITS} digits")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _invalid("has a number that is out of range")
    return number


def _refuse(constant: str) -> NoReturn:
    raise _invalid(f"has {constant}, which is none")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth
