"""Tells whether a PDF has layers (optional content), some of which may be switched off."""

from __future__ import annotations

import contextlib
import mmap
import re
import zlib


__all__ = ["may_have_layers"]

LAYERS = b"/OCProperties"
# Objects that are packed together, of which the catalogue, where they are named, may be one.
PACKED = re.compile(rb"/ObjStm.{0,300}?stream\r?\n", re.DOTALL)
FEW = 4  # of these from each end of the file: programs write the catalogue first, or last
MOST = 1 << 20  # bytes of one


def may_have_layers(data: mmap.mmap) -> bool:
    """Whether the file *data* names layers anywhere."""
    if data.find(LAYERS) >= 0:
        return True
    starts = [found.end() for found in PACKED.finditer(data)]
    for start in {*starts[:FEW], *starts[-FEW:]}:
        with contextlib.suppress(zlib.error):  # another filter, or encrypted
            if LAYERS in zlib.decompressobj().decompress(data[start : start + MOST], MOST):
                return True
    return False
