"""
Where tesseract's language data lie on this machine, and what to install where they do not.

It looks at names of files only, so that whoever asks what can be read need not load the recogniser.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ...errors import ConfigurationError
from ...wording import closest
from .languages import OFFERED, offered


__all__ = ["folder", "has_package", "installed", "lacking", "require"]

_ENDING = ".traineddata"
_FOLDERS = (
    "/usr/share/tesseract-ocr/*/tessdata",  # Debian, Ubuntu
    "/usr/share/tessdata",  # Arch, Alpine, openSUSE
    "/usr/share/tesseract/tessdata",  # Fedora
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",  # MacPorts
    f"{sys.prefix}/share/tessdata",  # conda
)
_NOT_LANGUAGES = {"osd", "equ"}


@cache
def has_package() -> bool:
    """Whether tesserocr, which brings tesseract itself along, is installed."""
    return importlib.util.find_spec("tesserocr") is not None


@cache
def folder() -> Path | None:
    """Return the folder of language data: ``$TESSDATA_PREFIX``, else the first usual one that holds any."""
    if named := os.environ.get("TESSDATA_PREFIX"):
        choices = [Path(named), Path(named, "tessdata")]
    else:
        # the highest version of several first
        choices = [path for pattern in _FOLDERS for path in sorted(Path("/").glob(pattern[1:]), reverse=True)]
    return next((path for path in choices if any(path.glob(f"*{_ENDING}"))), None)


@cache
def installed() -> frozenset[str]:
    """Return the names of all data in `folder`, ``osd`` among them where it is there."""
    home = folder()
    if home is None:
        return frozenset()
    return frozenset(path.relative_to(home).as_posix().removesuffix(_ENDING) for path in home.rglob(f"*{_ENDING}"))


def lacking(languages: Sequence[str] = ()) -> str | None:
    """
    Return what is missing to read *languages*, any language if they are none, and how to install it; None: nothing.
    """
    if not has_package():
        return f"pip install 'ocr_async[tesseract]', and {_advice(languages)}"
    there = installed() - _NOT_LANGUAGES
    missing = [language for language in languages if language not in there]
    if there and not missing:
        return None
    where = folder() or os.environ.get("TESSDATA_PREFIX") or "the usual folders"
    has = f"it has {', '.join(sorted(there))}" if there else "it has none"
    return f"tesseract has no data for {', '.join(missing) or 'any language'} in {where}: {has}; {_advice(missing)}"


def require(languages: Sequence[str]) -> None:
    """
    Do nothing if *languages* can be read.

    Raises:
        ConfigurationError: The package or the data of one is missing.
    """
    if (what := lacking(languages)) is not None:
        raise ConfigurationError(f"{'+'.join(languages) or 'tesseract'} cannot be read: {what}")


def _advice(languages: Sequence[str]) -> str:
    """Return how to get the data of *languages*; of a name that nobody offers data under, what may have been meant."""
    if not (strange := [language for language in languages if not offered(language)]):
        return _install(languages)
    near = closest(strange[0], OFFERED)
    meant = f'; did you mean "{near}"?' if near else ""
    return f'"{strange[0]}" is no language that data are offered for{meant}'


def _install(languages: Sequence[str]) -> str:
    packages = " ".join(f"tesseract-ocr-{_package(language)}" for language in languages) or "tesseract-ocr-rus …"
    return (
        f"language data: apt install {packages} (Debian, Ubuntu), brew install tesseract-lang (macOS), "
        "or name a folder of .traineddata files in $TESSDATA_PREFIX"
    )


def _package(language: str) -> str:
    """Return the end of the name of *language*'s package in Debian."""
    script, _, name = language.rpartition("/")
    return f"{script}-{name}".strip("-").replace("_", "-").lower()
