"""
The words of a line that are made when somebody asks for them.

Most pages are running text, whose words nobody asks for, and to make them takes as long as all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ...page import Word


__all__ = ["LazyWords"]

Source = TypeVar("Source")


class LazyWords(Sequence[Word], Generic[Source]):
    """
    What *make* makes of a *source*.
    """

    __slots__ = ("_make", "_source", "_words")

    def __init__(self, make: Callable[[Source], tuple[Word, ...]], source: Source) -> None:
        self._make = make
        self._source: Source | None = source
        self._words: tuple[Word, ...] = ()

    def _made(self) -> tuple[Word, ...]:
        if self._source is not None:
            self._words = self._make(self._source)
            self._source = None
        return self._words

    def __getitem__(self, index: Any) -> Any:
        return self._made()[index]

    def __iter__(self) -> Iterator[Word]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def __bool__(self) -> bool:
        return True
