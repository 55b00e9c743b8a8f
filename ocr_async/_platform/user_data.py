"""Where programs keep what is their user's, by the customs of each system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


__all__ = ["user_data"]


def user_data(environ: Mapping[str, str]) -> Path:
    """Return this project's folder among the user's data; it need not be there."""
    of_windows = None if "HOME" in environ else environ.get("LOCALAPPDATA")
    home = environ.get("XDG_DATA_HOME") or of_windows or Path(environ.get("HOME", "."), ".local", "share")
    return Path(home, "ocr_async")
