"""
RTF: its text by striprtf, which knows no changes, shows what is hidden, and leaves notes out.

Source: Rich Text Format Specification 1.9.1 (read 2026-11).
"""

from __future__ import annotations

import re

from attrs import mutable

from ...errors import DocumentError
from .content import seen


__all__ = ["rtf_text"]

_TOKEN = re.compile(r"(?P<open>\{)|(?P<close>\})|\\(?P<word>[a-z]+)(?P<number>-?\d+)?[ ]?|\\.|[^\\{}]+|\\", re.DOTALL)
_TOLD = re.compile(r"\\(?:deleted|v|footnote)(?![a-z])")
_UNSEEN = frozenset({"deleted", "v"})  # "v0" ends what is hidden
_BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢"}  # codes of symbol fonts, which stand before the items of lists
_NOTE = "footnote"  # and endnotes, which say \ftnalt too


def rtf_text(data: bytes) -> str:
    """
    Return the text of an RTF file, its notes below it.

    Raises:
        DocumentError: It is damaged.
    """
    from striprtf.striprtf import rtf_to_text

    try:
        text = str(rtf_to_text(_as_shown(data.decode("latin-1")), errors="replace"))  # type: ignore[no-untyped-call]
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # RTF has emoji in two halves
        return seen(whole).translate(_BULLETS)
    except (ValueError, LookupError, AttributeError):
        raise DocumentError("the RTF file cannot be read: it is damaged") from None


@mutable(slots=True)
class _Group:
    """An open pair of braces, and where its pieces begin among all."""

    start: int
    is_unseen: bool = False
    is_note: bool = False


def _as_shown(text: str) -> str:
    """Return *text* without the groups that nobody sees, and with each note as a paragraph of the end."""
    if not _TOLD.search(text):
        return text
    pieces: list[str] = []
    groups: list[_Group] = []
    notes: list[str] = []
    at = 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        word, number = found["word"], found["number"]
        if found["open"]:
            groups.append(_Group(len(pieces)))
            pieces.append("{")
        elif found["close"]:
            if len(groups) < 2:
                break  # nothing behind the document is of it
            group = groups.pop()
            if group.is_note:
                notes.append("".join(piece for piece in pieces[group.start + 1 :] if piece != "\\*"))
            if group.is_note or group.is_unseen:
                del pieces[group.start :]
            pieces.append(f"[{len(notes)}]" if group.is_note else "" if group.is_unseen else "}")
        elif word == "bin" and number is not None:
            at += max(0, int(number))  # bytes of a picture, in which braces mean nothing
        elif word == _NOTE and groups:
            groups[-1].is_note = True
        else:
            if groups and word in _UNSEEN and number is None:
                groups[-1].is_unseen = True
            pieces.append(found[0])
    below = "".join(f"{{\\par [{number}] {note}\\par}}" for number, note in enumerate(notes, 1))
    return "".join([*pieces, "}" * max(0, len(groups) - 1), below, "}" if groups else ""])
