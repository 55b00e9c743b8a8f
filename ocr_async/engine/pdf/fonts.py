"""What the name of a font says of its letters; most PDFs say it nowhere else."""

from __future__ import annotations

import re
from functools import lru_cache


__all__ = ["face"]

BOLD = re.compile(r"bold|black|heavy|semib|demi|-bd|cmbx|cmssbx|[es][cf]bx|nimbus.*medi|[a-z]bl$", re.IGNORECASE)
ITALIC = re.compile(r"ital|obli|cmti|cmmi|[es][cf]ti|-it\b|slanted", re.IGNORECASE)
MONO = re.compile(
    r"mono|nimbusmon|courier|consol|menlo|typewriter|(?:[ce][mc]|sf|[tp]x)tt|inconsolata|lettergothic|\bcode",
    re.IGNORECASE,
)


@lru_cache(maxsize=1000)
def face(font: str) -> tuple[bool, bool, bool]:
    """Whether a font's name says that it is bold, italic, of even width."""
    return BOLD.search(font) is not None, ITALIC.search(font) is not None, MONO.search(font) is not None
