"""Which documents an assistant may name: files below the folders that were given, and URLs where that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..errors import DocumentError


__all__ = ["folders_of", "found"]


def folders_of(addresses: Iterable[str]) -> list[Path]:
    """Return the folders that roots of a client name; those that are none, or are not on this machine, are left out."""
    named = (urlsplit(address) for address in addresses)
    paths = (Path(unquote(each.path)) for each in named if each.scheme == "file" and each.netloc in {"", "localhost"})
    return [path.resolve() for path in paths if path.is_dir()]


def found(named: str, folders: Sequence[Path], *, urls: bool) -> Path | str:
    """
    Return what *named* is: a file, its links resolved, or a URL. Blocks.

    Args:
        named: A path, from the first of *folders* where it is relative; a ``file:`` or ``http(s):`` address.

    Raises:
        DocumentError: It is none that may be read. Of files elsewhere it is not told whether they exist.
    """
    scheme = urlsplit(named).scheme.lower() if "://" in named else ""
    if scheme in {"http", "https"}:
        if not urls:
            raise DocumentError("addresses are not fetched here; only files below the given folders are read")
        return named
    if not folders:
        raise DocumentError("no folder may be read: start with --root FOLDER, or have the client name its roots")
    path = Path(unquote(urlsplit(named).path) if scheme == "file" else named)
    try:
        resolved = (folders[0] / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # a null byte, a circle of links
        resolved = None
    if resolved is None or not any(resolved.is_relative_to(folder) for folder in folders):
        raise DocumentError(f"{named} is no file below {', '.join(map(str, folders))}")
    if not resolved.is_file():
        raise DocumentError(f"{named} is a folder; name a file in it")
    return resolved
