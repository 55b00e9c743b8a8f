"""Percent-encoding as in data URIs, decoded so that the rest of the process goes on meanwhile."""

from __future__ import annotations

import binascii
import re


__all__ = ["decode"]

_PIECE = 1 << 20  # characters
_MOST_LONELY = 100_000
_LONELY = re.compile(rb"%(?![0-9A-Fa-f]{2})")  # stands for itself, as in urllib


def decode(text: str) -> bytes:
    """
    Decode *text*; letters beyond ASCII are taken in UTF-8.

    Quoted-printable is the same but for its sign, and Python decodes it in C: `urllib` makes an object of each letter
    that is encoded, and needs seconds and gigabytes for some megabytes.

    Raises:
        ValueError: So many percent signs stand for themselves that it is no such text.
    """
    pieces: list[bytes] = []
    start = lonely = 0
    while start < len(text):
        end = start + _PIECE
        cut = text.find("%", end - 2, end)  # a letter is not cut in two
        end = end if cut < 0 or end >= len(text) else cut
        piece = text[start:end].encode("utf-8", "surrogatepass")
        whole, found = _LONELY.subn(b"%25", piece.replace(b"=", b"%3D"), _MOST_LONELY - lonely + 1)
        lonely += found
        if lonely > _MOST_LONELY:
            raise ValueError("its percent signs encode nothing")
        pieces.append(binascii.a2b_qp(whole.replace(b"%", b"=")))
        start = end
    return b"".join(pieces)
