"""Base64 as people write it, decoded so that the rest of the process goes on meanwhile."""

from __future__ import annotations

import binascii
import string
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ._platform.forks import loading


__all__ = ["decode", "decode_plain", "is_plain"]

_PIECE = 1 << 20  # characters, of which four make three bytes
_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_LETTERS = bytes.maketrans(b"-_", b"+/")  # of the URL-safe alphabet


def is_plain(text: str, start: int = 0) -> bool:
    """Whether *text*, from *start*, is base64 of standard letters, padded and not wrapped, that can be sent on."""
    if (len(text) - start) % 4 or len(text) == start:
        return False
    end = len(text) - text.count("=", -2)
    try:
        last = text[-4:]
        if binascii.b2a_base64(binascii.a2b_base64(last), newline=False) != last.encode("ascii"):
            return False  # it has bits too many, or no padding where some is due
        if _fast() is None:
            return are_letters(text, start, end)
        for first in range(start, end, _PIECE):
            decode_plain(text[first : first + _PIECE])
        return text.find("=", start, end) < 0
    except ValueError:
        return False


def are_letters(text: str, start: int, end: int) -> bool:
    """
    Whether all of *text* from *start* to *end* are standard letters of base64, told without pybase64.

    Raises:
        ValueError: Some are not even ASCII.
    """
    return not any(
        text[first : min(first + _PIECE, end)].encode("ascii").translate(None, _ALPHABET)
        for first in range(start, end, _PIECE)
    )


def decode_plain(text: str) -> bytes:
    """
    Decode base64 of standard letters, padded and not wrapped.

    Raises:
        ValueError: It is no base64; with pybase64, whatever else it is.
    """
    fast = _fast()
    decoded: bytes = binascii.a2b_base64(text) if fast is None else fast.b64decode(text, validate=True)
    return decoded


@lru_cache(maxsize=1)
def _fast() -> Any:
    """Return pybase64, which decodes in a twentieth of the time (the extra `fast`); None where it is not installed."""
    try:
        with loading:
            import pybase64
    except ImportError:
        return None
    return pybase64


def decode(text: str) -> bytes:
    """
    Decode *text*; wrapped lines, URL-safe letters and missing padding are common, and harmless.

    It goes piece by piece: no other thread runs during a call of the decoder, which takes 150 ms for 50 MB.

    Raises:
        ValueError: It is no base64.
    """
    try:
        return _joined(_pieces(text))
    except ValueError:
        return _joined(_cleaned(_pieces(text)))


def _pieces(text: str) -> Iterator[bytes]:
    return (text[start : start + _PIECE].encode("ascii") for start in range(0, len(text), _PIECE))


def _cleaned(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        rest += piece.translate(_LETTERS, b" \t\n\r\v\f")
        whole = len(rest) - len(rest) % 4
        yield rest[:whole]
        rest = rest[whole:]
    yield rest + b"=" * (-len(rest) % 4)


def _joined(pieces: Iterable[bytes]) -> bytes:
    decoded: list[bytes] = []
    ended = False
    for piece in pieces:
        if ended and piece:
            raise ValueError("it goes on after its padding")
        decoded.append(binascii.a2b_base64(piece, strict_mode=True))
        ended = ended or piece.endswith(b"=")
    return b"".join(decoded)
