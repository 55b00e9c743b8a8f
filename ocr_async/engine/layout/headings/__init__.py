"""
Headings: what tells them on a page (`signs`), and what the whole document tells of them: its sizes of type
(`type_sizes`) and the styles and places that it sets them in (`styles`).
"""

from __future__ import annotations

from .signs import levels, likelihood, without_authors
from .styles import kind_at
from .type_sizes import sizes_of, type_sizes


__all__ = ["kind_at", "levels", "likelihood", "sizes_of", "type_sizes", "without_authors"]
