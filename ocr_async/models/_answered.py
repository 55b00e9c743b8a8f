"""What the parts of an answer have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

from attrs import fields

from .._platform.forks import loading


__all__ = ["Answered"]

_SHOWN_TEXT = 60  # characters of a text in a repr
_SHOWN_PARTS = 3  # of a list


class Answered:
    """
    What the parts of an answer have in common: pydantic, and so FastAPI, takes each for a model of its own.

    They compare by value, and have no hash, as they hold mappings. attrs would make these methods for each class anew,
    which takes longer than all else of making it.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        own: Any = type(self)
        values = _compared(own)
        return values(self) == values(other)

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Tell what is not as by default; long texts and lists are cut."""
        shown = []
        own: Any = type(self)
        for one in fields(own):
            value = getattr(self, one.name)
            factory = getattr(one.default, "factory", None)
            default = one.default if factory is None else factory()
            if one.repr and value != default:
                shown.append(f"{one.name}={_shown(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield names and JSON-ready values in Mistral's words, as a pydantic model does: for ``dict(page)``."""
        with loading:
            from ..formats import _dialect, mistral

        yield from _dialect.writer(mistral.RESPONSE, type(self))(self).items()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        with loading:
            from ..formats import _pydantic  # pydantic is no dependency; who calls this has it

        return _pydantic.core_schema_of(cls, handler)


@cache
def _compared(cls: Any) -> Callable[[object], object]:
    """Return what returns of an object of *cls* all that is compared."""
    return attrgetter(*(one.name for one in fields(cls) if one.eq))


def _shown(value: Any) -> str:
    if isinstance(value, str) and len(value) > _SHOWN_TEXT:
        return f"{value[:_SHOWN_TEXT]!r}…"
    if isinstance(value, tuple) and len(value) > _SHOWN_PARTS:
        return f"({', '.join(map(_shown, value[:_SHOWN_PARTS]))}, … {len(value)} in all)"
    return repr(value)
