"""Finished responses by the document's bytes and the options, behind `cache=`."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from attrs import frozen


__all__ = ["FolderCache", "key_of"]

_VERSION = 1  # of what a key stands for; a change makes every older entry unknown


def key_of(digest: str, question: dict[str, Any]) -> str:
    """Return the key of a document's SHA-256 *digest* and everything that shapes the answer to *question*."""
    canonical = json.dumps([_VERSION, digest, question], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@frozen
class FolderCache:
    """
    Responses as JSON files in a folder, safe for several processes; nothing is ever evicted.

    Attributes:
        path: The folder; made at the first write.
    """

    path: str | os.PathLike[str]

    def get(self, key: str, /) -> bytes | None:
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            return None

    def set(self, key: str, value: bytes, /) -> None:
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # written aside and renamed, so that a reader never sees half of it
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as aside:
            aside.write(value)
        os.replace(aside.name, file)

    def _file(self, key: str) -> Path:
        return Path(self.path, key[:2], f"{key}.json")
