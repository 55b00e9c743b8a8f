"""
Modules that are imported when one of their names is first used, so that a call pays for what it uses alone.

    if TYPE_CHECKING:
        from .call import many
    else:
        many = LazyModule("ocr_async.call.many")

For small modules of ours, whose import an event loop can bear. What is heavy is imported on a thread, and what every
call needs at the top of its module.
"""

from __future__ import annotations

import importlib
from typing import Any

from .forks import loading


__all__ = ["LazyModule"]


class LazyModule:
    """
    Stands for the module of that full *name*.

    Names that were used once are attributes of the object, and cost no more than a module's own.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        with loading:
            value = getattr(importlib.import_module(self._name), name)
        self.__dict__[name] = value
        return value
