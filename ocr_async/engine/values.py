"""What the engine's tasks hand to each other across processes: plain values, light to import."""

from __future__ import annotations

from attrs import frozen

from .._shared import Shared


__all__ = ["Raster"]


@frozen(kw_only=True)
class Raster:
    """
    The picture of one page, upright as its source says.

    Attributes:
        pixels: Rows from the top, without padding; 3 bytes a pixel are blue, green, red.

        width: In pixels.

        height: In pixels.

        channels: 1 (grey) or 3.

        dpi: Pixels an inch; None where the source does not say.
    """

    pixels: Shared
    width: int
    height: int
    channels: int
    dpi: float | None = None
