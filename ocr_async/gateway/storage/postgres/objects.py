"""
Pieces of blobs as objects in a bucket, below one prefix that is this database's.

    PREFIX/MARK/database           tells that the bytes of the database with this mark are here
    PREFIX/MARK/BLOB/NUMBER        a piece

Each piece is an object of its own, so that what a killed process left can be listed and deleted: parts of an upload in
several parts, which is the store's own way, lie hidden in it and are paid for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import anyio.to_thread
from attrs import define, field

from ...._buckets.connecting import BucketStore, connect, service
from ...._buckets.refusals import translated
from ....errors import ConfigurationError, OCRError
from ...operating.log import event
from ..failures import ObjectsUnavailable, StorageFull


__all__ = ["Objects", "connected_objects"]

_LOG = logging.getLogger("ocr_async.gateway")
_TIME = "60s"  # for a piece, or a listing
_NO_ROOM = 507


@define(eq=False)
class Objects:
    """
    See `blobs.Shelf`.

    Attributes:
        address: As people know it, with the prefix.

        prefix: Of all keys, with the mark; ends with ``/``.
    """

    address: str
    store: BucketStore = field(repr=False)
    prefix: str
    piece: int = 4 * 1024 * 1024

    async def put(self, blob: UUID, number: int, data: bytes) -> None:
        import obstore

        with self._translating():
            await obstore.put_async(self.store, self._key(blob, number), data, use_multipart=False)

    async def get(self, blob: UUID, number: int) -> bytes | None:
        import obstore

        try:
            with self._translating():
                found = await obstore.get_async(self.store, self._key(blob, number))
                return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def delete(self, blob: UUID) -> None:
        """Delete all of its pieces that there are."""
        import obstore

        with self._translating():
            async for some in obstore.list(self.store, f"{self.prefix}{blob}"):
                await obstore.delete_async(self.store, [each["path"] for each in some])

    async def look(self) -> None:
        """
        Ask the store something that costs it nothing.

        Raises:
            ObjectsUnavailable: It does not answer as it should.
        """
        if not await self.marked():
            raise ObjectsUnavailable(f"{self.address} has not the bytes of this database")

    async def marked(self) -> bool:
        """Whether the bytes of the database are here."""
        import obstore

        try:
            with self._translating():
                await obstore.head_async(self.store, self._database)
        except FileNotFoundError:
            return False
        return True

    async def take_up(self, recorded: str | None, used: bool) -> None:
        """
        Begin to have the bytes of the database here.

        Args:
            recorded: The address that had them the last time; None: none had.

            used: Whether there are such bytes.

        Raises:
            ConfigurationError: They are somewhere else, or this place cannot be used.
        """
        import obstore

        try:
            if used and not await self.marked():
                raise ConfigurationError(
                    f"{self.address} has not the bytes of this database, which are in {recorded}: name that by "
                    "--objects, or copy all that lies there to the new place first"
                )
            with self._translating():
                await obstore.put_async(self.store, self._database, b"", use_multipart=False)
        except (StorageFull, ObjectsUnavailable) as error:
            raise ConfigurationError(f"the object store {self.address} cannot be used: {error.__cause__}") from error

    @property
    def _database(self) -> str:
        return f"{self.prefix}database"

    def _key(self, blob: UUID, number: int) -> str:
        return f"{self.prefix}{blob}/{number}"

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            with translated(self.address, service(self.address.partition(":")[0])):
                yield
        except FileNotFoundError:
            raise
        except (OCRError, OSError) as error:
            status = getattr(error, "status", None)
            event(_LOG, logging.ERROR, "objects_unavailable", error_type=type(error).__name__, status=status)
            if status == _NO_ROOM:
                raise StorageFull("the object store takes no more") from error
            raise ObjectsUnavailable("the object store cannot be used now") from error


async def connected_objects(url: str, mark: str) -> Objects:
    """
    Return those of the database with the *mark* at *url*, such as ``s3://bucket/prefix``; nothing is asked yet.

    Raises:
        ConfigurationError: The extra is not installed, or the environment lacks what it takes to ask.
    """
    scheme, _, rest = url.partition("://")
    bucket, _, folder = rest.partition("/")
    folder = folder.strip("/")
    address = f"{scheme.lower()}://{bucket}/{folder}"
    store = await anyio.to_thread.run_sync(lambda: connect(scheme.lower(), bucket, timeout=_TIME))
    return Objects(address, store, f"{folder}/{mark}/" if folder else f"{mark}/")
