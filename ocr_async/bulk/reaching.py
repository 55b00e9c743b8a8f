"""Where documents lie and results go, which may be out of service for a while, or refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from errno import ESTALE
from typing import TypeVar

from attrs import frozen

from ..errors import AuthenticationFailed, OCRError, ProviderError
from .executors.port import Changed
from .outage import Outage
from .pausing import Paused


__all__ = ["Reach", "Unreadable"]

T = TypeVar("T")


class Unreadable(Exception):
    """A document cannot be read where it lies; its text says why."""


@frozen
class Reach:
    """
    Asks stores, and waits for one that is out of service.

    Attributes:
        worded: Words an error.
    """

    outage: Outage
    worded: Callable[[OCRError], str]

    async def read(self, ask: Callable[[], Awaitable[T]]) -> T:
        """
        Return what *ask* gets of where a document lies.

        Raises:
            Paused: It stays out of service, or nothing there may be read.
            Unreadable: This document cannot be read.
            Changed: It is another one by now.
        """
        try:
            return await self.outage.patiently(ask)
        except AuthenticationFailed as error:
            raise Paused(self.worded(error)) from error
        except ProviderError as error:
            raise Unreadable(f"it cannot be read: {self.worded(error)}") from error
        except OSError as error:
            if error.errno == ESTALE:
                raise Changed from error
            raise Unreadable(f"it cannot be read: {error.strerror or error}") from error

    async def write(self, ask: Callable[[], Awaitable[T]]) -> T:
        """
        Return what *ask* does with a result; a document that was read does not fail by that.

        Raises:
            Paused: Its place stays out of service, or refuses.
        """
        try:
            return await self.outage.patiently(ask)
        except ProviderError as error:
            raise Paused(self.worded(error)) from error
