"""Tells whether a PDF has layers (optional content), some of which may be switched off."""

from __future__ import annotations

import mmap

from ..streams import inflated, packed


__all__ = ["may_have_layers"]

LAYERS = b"/OCProperties"
FEW = 4  # streams of objects from each end of the file: programs write the catalogue first, or last


def may_have_layers(data: mmap.mmap | bytes) -> bool:
    """Whether the file *data* names layers anywhere."""
    if data.find(LAYERS) >= 0:
        return True
    starts = packed(data)
    return any(LAYERS in (inflated(data, start) or b"") for start in {*starts[:FEW], *starts[-FEW:]})
