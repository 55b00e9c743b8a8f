"""
What lies in a bucket of S3, Google Cloud Storage or Azure, or of a server that speaks S3, by obstore.

Addresses are those of these services' own tools: ``s3://bucket/name``, ``gs://bucket/name``, ``az://container/name``,
with the names as they are, and nothing encoded.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from attrs import define, field, frozen

from ..._buckets.connecting import connect, service
from ..._buckets.refusals import translated
from ..._platform import disks
from ...errors import AuthenticationFailed, ConfigurationError, OCRError
from ..pausing import Paused, needing_room
from .port import Facts


if TYPE_CHECKING:
    from obstore import ObjectMeta

    from ..._buckets.connecting import BucketStore

__all__ = ["Bucket", "Objects"]

_AT_ONCE = 1000  # objects that are listed by one request
_CHUNK = 256 * 1024
_RESERVE = 16 * 1024 * 1024  # bytes that a copy leaves free


@frozen
class Bucket:
    """
    A bucket, and the connection to it.

    Attributes:
        address: Such as ``s3://bucket``.
    """

    address: str
    store: BucketStore = field(repr=False)

    @classmethod
    def of(cls, scheme: str, name: str) -> Bucket:
        """
        Return the bucket *name*; nothing is asked of it yet.

        Raises:
            ConfigurationError: The extra is not installed, or the environment lacks what it takes to ask.
        """
        return cls(f"{scheme}://{name}", connect(scheme, name))

    @property
    def service(self) -> str:
        """Whose it is."""
        return service(self.address.partition(":")[0])

    def list(self, prefix: str) -> Iterator[tuple[str, Facts]]:
        """
        Yield the objects below the folder *prefix*, as they come.

        Raises:
            OCRError: What `_buckets.refusals` tells.
        """
        import obstore

        shown = f"{self.address}/{prefix}"
        try:
            with translated(shown, self.service):
                for some in obstore.list(self.store, prefix or None, chunk_size=_AT_ONCE):
                    for each in some:
                        yield each["path"], _facts(each)
        except OSError as error:
            raise ConfigurationError(f"what lies below {shown} cannot be listed: {error.strerror}") from error

    def head(self, key: str) -> Facts | None:
        """Return what tells of an object; None if there is none. Blocks."""
        import obstore

        try:
            with translated(f"{self.address}/{key}", self.service):
                return _facts(obstore.head(self.store, key))
        except FileNotFoundError:
            return None

    def start(self, key: str, count: int) -> bytes:
        """Return the first *count* bytes of an object; none if they cannot be had. Blocks."""
        import obstore

        if count:  # no range is empty
            with suppress(OSError, OCRError), translated(f"{self.address}/{key}", self.service):
                return bytes(obstore.get_range(self.store, key, start=0, length=count))
        return b""


@define(eq=False)
class Objects:
    """The objects of *bucket* below *prefix*, which is empty or ends with ``/``."""

    bucket: Bucket
    prefix: str = ""
    _folder: str | None = None  # whose names were listed last
    _names: frozenset[str] = frozenset()
    _empty: bool | None = None

    def shown(self, name: str) -> str:
        """Return its address."""
        return f"{self.bucket.address}/{self.prefix}{name}"

    async def look(self, name: str) -> Facts:
        """Look at an object."""
        import obstore

        try:
            with self._translated(name):
                return _facts(await obstore.head_async(self.bucket.store, self.prefix + name))
        except AuthenticationFailed as error:
            await self._blame(error)
            raise

    async def on_disk(self, name: str, facts: Facts, copy: Path) -> Path:
        """Copy an object into *copy*, a piece at a time."""
        import obstore

        copy.parent.mkdir(parents=True, exist_ok=True)
        if disks.free(copy.parent) < facts.size + _RESERVE:
            raise Paused(f"the disk of {copy.parent} has no room for {self.shown(name)} ({facts.size / 1e6:.1f} MB)")
        try:
            with self._translated(name):
                result = await obstore.get_async(self.bucket.store, self.prefix + name)
                if _facts(result.meta) != facts:
                    raise OSError(errno.ESTALE, "it changed meanwhile")
                pieces = result.stream(min_chunk_size=_CHUNK)
                with needing_room():
                    async with await anyio.open_file(copy, "xb") as file:
                        async for piece in pieces:
                            await file.write(piece)
        except AuthenticationFailed as error:
            await self._blame(error)
            raise
        return copy

    async def put(self, name: str, data: bytes | Path) -> None:
        """Write an object: a store shows it when it has it whole."""
        import obstore

        with self._translated(name):
            await obstore.put_async(self.bucket.store, self.prefix + name, data)

    async def put_all(self, results: Mapping[str, bytes]) -> None:
        """Write objects."""
        for name, data in results.items():
            await self.put(name, data)

    def get(self, name: str) -> bytes:
        """Read an object."""
        import obstore

        with self._translated(name):
            return bytes(obstore.get(self.bucket.store, self.prefix + name).bytes())

    def taken(self, name: str) -> bool:
        """Return whether there is an object, by a listing of its folder, kept until another one is asked of."""
        if self._empty is None:
            self._empty = next(self.bucket.list(self.prefix.rstrip("/")), None) is None
        if self._empty:
            return False
        folder = (self.prefix + name).rpartition("/")[0]
        if folder != self._folder:
            self._names = frozenset(self._in(folder))
            self._folder = folder
        return self.prefix + name in self._names

    def free(self) -> None:
        """Return None: it has no end."""

    def sweep(self) -> None:
        """Do nothing: nothing is ever half there."""

    def _in(self, folder: str) -> Iterator[str]:
        import obstore

        with translated(f"{self.bucket.address}/{folder}", self.bucket.service):
            found = obstore.list_with_delimiter(self.bucket.store, folder or None)
        for each in found["objects"]:
            yield each["path"]

    def _translated(self, name: str) -> Any:
        return translated(self.shown(name), self.bucket.service)

    async def _blame(self, error: AuthenticationFailed) -> None:
        """
        Ask whether it is one object that is refused, or whoever asks.

        Raises:
            OSError: It is the object.
        """
        try:
            await anyio.to_thread.run_sync(lambda: next(self.bucket.list(self.prefix.rstrip("/")), None))
        except OCRError:
            return
        raise PermissionError(errno.EACCES, "the store refuses it") from error


def _facts(meta: ObjectMeta) -> Facts:
    tag = meta["e_tag"]
    return Facts(meta["size"], f"etag {tag}" if tag else int(meta["last_modified"].timestamp() * 1e9))
