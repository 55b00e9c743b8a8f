"""A cheap look at variables of the environment of which most are not set."""

from __future__ import annotations

import os
from typing import Any


__all__ = ["Variables"]

_ENVIRON: Any = os.environ


class Variables:
    """
    Some variables of the environment; what a program changes in `os.environ` is seen.

    A variable that is not set costs `os.environ.get` two exceptions, and most calls ask for five such: the mapping
    below it is looked at first, where Python has it still under that name.
    """

    def __init__(self, *names: str) -> None:
        self.names = names
        self._unset = (None,) * len(names)
        self._keys = tuple(map(_ENVIRON.encodekey, names))

    def values(self) -> tuple[str | None, ...]:
        """Return what they are, None for what is not set."""
        below = getattr(os.environ, "_data", None)
        if type(below) is dict and below.keys().isdisjoint(self._keys):
            return self._unset
        return tuple(map(os.environ.get, self.names))
