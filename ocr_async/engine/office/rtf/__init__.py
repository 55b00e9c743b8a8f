"""
RTF as blocks: what WordPad, Word and LibreOffice show of it.

`reader` takes its words one by one, and `flow` makes paragraphs, lists and tables of what they say.

Source: Rich Text Format Specification 1.9.1 (read 2026-12).
"""

from .reader import leaves


__all__ = ["leaves"]
