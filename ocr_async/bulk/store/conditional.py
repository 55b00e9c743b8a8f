"""Objects that are written only where nobody else wrote meanwhile, and their store's own clock: what machines share."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from attrs import frozen

from ..._buckets.refusals import translated
from ...errors import AuthenticationFailed, ConfigurationError, OCRError, ProviderError
from .objects import Objects


__all__ = ["Conditional", "Found", "Version"]

_LATER = {408, 429, 500, 502, 503, 504}


@frozen
class Version:
    """What tells whether an object is still the one that it was; stores use one of the two, or both."""

    tag: str | None
    version: str | None

    @classmethod
    def of(cls, result: Any) -> Self:
        """Return that of what obstore tells of an object."""
        return cls(result["e_tag"], result["version"])

    @property
    def mode(self) -> Any:
        """The mode in which obstore writes over this version only."""
        parts = {"e_tag": self.tag, "version": self.version}
        return {name: part for name, part in parts.items() if part is not None}


@frozen
class Found:
    """
    An object.

    Attributes:
        modified: By the store's clock, in whole seconds.
    """

    data: bytes
    version: Version
    modified: datetime


@frozen
class Conditional:
    """
    Some *objects*, written and read with their versions.

    Each method may raise what `_buckets.refusals` tells.
    """

    objects: Objects

    async def put(self, name: str, data: bytes, expected: Version | None) -> Version | None:
        """
        Write an object where *expected* is what is there, None for nothing.

        Returns:
            What is there now; None where it was something else, and still is.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = "create" if expected is None else expected.mode
        store, key = self.objects.bucket.store, self.objects.prefix + name
        with self._translated(name):
            try:
                return Version.of(await obstore.put_async(store, key, data, mode=mode, use_multipart=False))
            except (AlreadyExistsError, PreconditionError):
                return None

    async def get(self, name: str) -> Found | None:
        """Return an object; None if there is none."""
        import obstore

        try:
            with self._translated(name):
                result = await obstore.get_async(self.objects.bucket.store, self.objects.prefix + name)
                data = bytes(await result.bytes_async())
        except FileNotFoundError:
            return None
        return Found(data, Version.of(result.meta), result.meta["last_modified"])

    async def version(self, name: str) -> Version | None:
        """Return that of an object; None if there is none."""
        import obstore

        try:
            with self._translated(name):
                return Version.of(await obstore.head_async(self.objects.bucket.store, self.objects.prefix + name))
        except FileNotFoundError:
            return None

    async def now(self, name: str) -> datetime:
        """Return what time it is for the store, as it dates the object *name*, which is written for that."""
        import obstore

        await self.objects.put(name, b"")
        with self._translated(name):
            meta = await obstore.head_async(self.objects.bucket.store, self.objects.prefix + name)
        return meta["last_modified"]

    async def require(self, folder: str) -> None:
        """
        Look, by an object of its own in *folder*, whether the store keeps conditions.

        Raises:
            ConfigurationError: It does not.
        """
        import obstore

        name = f"{folder}/probe-{uuid4()}"
        try:
            first = await self.put(name, b"1", None)
            kept = first is not None and await self.put(name, b"2", None) is None
            if kept and first is not None:
                second = await self.put(name, b"2", first)
                kept = second is not None and await self.put(name, b"3", first) is None
        except AuthenticationFailed:
            raise
        except ProviderError as error:  # such as 501 to a header that it does not know
            if error.status is None or error.status in _LATER:
                raise
            kept = False
        finally:
            try:
                with self._translated(name):
                    await obstore.delete_async(self.objects.bucket.store, self.objects.prefix + name)
            except (OCRError, OSError):
                pass  # one that may write and not delete
        if not kept:
            raise ConfigurationError(
                f"{self.objects.shown('')} cannot be shared by --lease: this store takes what is written there under "
                "the condition that it is new, or unchanged, whether it is or not; divide the job by --shard"
            )

    def _translated(self, name: str) -> Any:
        return translated(self.objects.shown(name), self.objects.bucket.service)
