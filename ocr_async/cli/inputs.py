"""What the commands that take documents share: documents and pages as people type them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigurationError
from ..models import Bytes, FileOnDisk


__all__ = ["document", "exit_code", "from_one"]

_PAGE = re.compile(r"\s*(-?\d+)(?:\s*-\s*(-?\d+))?\s*")


def document(text: str, password: str | None) -> Bytes | FileOnDisk | str:
    """Return the document that *text* names: a path, a URL, or ``-`` for standard input."""
    if text == "-":
        return Bytes(data=sys.stdin.buffer.read(), name="stdin", password=password)
    if re.match(r"(?i)(https?://|data:)", text):
        return text
    return FileOnDisk(path=Path(text), name=os.path.basename(text), password=password)


def from_one(pages: str) -> str:
    """
    Return the selection *pages*, which counts from 1 as people do, counting from 0.

    Raises:
        ConfigurationError: It is no such selection.
    """

    def shift(number: str) -> str:
        if int(number) == 0:
            raise ConfigurationError("pages count from 1 here; there is no page 0")
        return number if number.startswith("-") else str(int(number) - 1)

    parts = []
    for part in pages.split(","):
        match = _PAGE.fullmatch(part)
        if match is None:
            raise ConfigurationError(f'--pages "{pages}" is no selection such as 1-3,8')
        parts.append("-".join(shift(number) for number in match.groups() if number is not None))
    return ",".join(parts)


def exit_code(codes: Sequence[int]) -> int:
    """Return the command's exit code, given that of each document: of several, 1 where some failed."""
    return codes[0] if len(codes) == 1 else int(any(codes))
