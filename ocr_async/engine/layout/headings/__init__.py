"""
Headings: what tells them on a page (`signs`), and what the whole document tells of them: its sizes of type
(`type_sizes`), the styles and places that it sets them in (`styles`), its `outline`, or its list of `contents`.
"""

from __future__ import annotations

from .authors import without_authors
from .contents import of_contents
from .looks import with_looks, without_underlines
from .outline import believed, marked, placed
from .signs import HEADING, SECTION, levels, likelihood
from .styles import kind_at, look_of
from .type_sizes import sizes_of, type_sizes


__all__ = [
    "HEADING",
    "SECTION",
    "believed",
    "kind_at",
    "levels",
    "likelihood",
    "look_of",
    "marked",
    "of_contents",
    "placed",
    "sizes_of",
    "type_sizes",
    "with_looks",
    "without_authors",
    "without_underlines",
]
