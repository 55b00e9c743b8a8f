"""
Tells letters that lean on a level line from a line that is turned.

Programs make italics of a font that has none by leaning its letters: browsers do, and office programs, with all
Chinese and Japanese ones. The parser tells an angle of both, and of letters that lean the smaller one of the two sizes
that they were drawn out to.
"""

from __future__ import annotations

import math
from typing import Any


__all__ = ["leaning_size"]

MOST = 25.0  # degrees by which letters lean to the right; twelve to twenty are usual
TALL = 1.45  # times the size: what is taller is no level line; a turned one of few letters is not told from it


def leaning_size(item: Any, angle: float) -> float | None:
    """
    Return the size of the letters of the parser's text *item*, if they lean on a level line; None if it is turned.

    Args:
        angle: Of *item*, in degrees, 0 to 360.
    """
    if angle > MOST:
        return None
    lean = math.tan(math.radians(angle))
    smaller = math.sqrt(1 + lean * lean / 4) - lean / 2  # of the singular values of a shear
    size = float(item.font_height or 0) / smaller
    return size if 0 < item.height <= TALL * size else None
