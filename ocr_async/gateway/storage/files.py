"""The port behind which files are kept; a part of `port.Storage`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from attrs import field, frozen


__all__ = ["FileFilter", "Files", "Incoming", "Signing", "StoredFile"]


@frozen(kw_only=True)
class StoredFile:
    """
    An uploaded file, or the result of a batch, in Mistral's words.

    Attributes:
        lines: That are not blank, of a file of JSON lines; None of others.

        signature: SHA-256.

        expires: When it is deleted; None: never.
    """

    id: str
    owner: str
    name: str
    purpose: str
    sample_type: str
    source: str = "upload"
    size: int
    created: int
    expires: int | None = None
    mime: str | None = None
    lines: int | None = None
    signature: str | None = None
    visibility: str = "workspace"


@frozen(kw_only=True)
class FileFilter:
    """Which files to list; what is None or empty leaves all in."""

    purpose: str | None = None
    sample_types: Sequence[str] = ()
    sources: Sequence[str] = ()
    mimes: Sequence[str] = ()
    search: str | None = None


class Incoming(Protocol):
    """A file on its way in."""

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    @property
    def lines(self) -> int:
        """That are not blank, once it is finished."""
        ...

    @property
    def head(self) -> bytes:
        """Its first 64 KiB, once it is finished."""
        ...

    @property
    def sha256(self) -> str:
        """Of all its bytes, once it is finished."""
        ...

    async def write(self, data: bytes | bytearray) -> None:
        """Add *data*."""
        ...

    async def finish(self) -> None:
        """Have all of it written; then `Files.keep` can have it."""
        ...


@frozen
class Signing:
    """
    What signs the addresses of files.

    Attributes:
        secret: Until it is replaced, with which all addresses that there are become useless.

        mark: Tells them from addresses of other gateways; the same for as long as the storage exists.
    """

    secret: bytes = field(repr=False)
    mark: str


class Files(Protocol):
    """Uploaded files. What writes raises `StorageFull` where there is none, here and below."""

    def receive(self, expected: int) -> AbstractAsyncContextManager[Incoming]:
        """Take in a file of probably *expected* bytes; it is gone at the end of the block unless it was kept."""
        ...

    async def keep(self, incoming: Incoming, file: StoredFile, most: int | None = None) -> bool:
        """Keep a finished one; return False if its owner would then have more than *most* bytes."""
        ...

    async def get(self, file_id: str, owner: str | None) -> StoredFile | None:
        """Return the file; None if *owner* (None: anyone's) has none of that id, or it has expired."""
        ...

    async def select(self, owner: str, chosen: FileFilter, first: int, count: int) -> list[StoredFile]:
        """Return at most *count* files, the newest first, without the first *first*."""
        ...

    async def count(self, owner: str, chosen: FileFilter) -> int:
        """Return how many there are."""
        ...

    async def delete(self, file_id: str, owner: str) -> bool:
        """Delete the file; return whether there was one."""
        ...

    def on_disk(self, file_id: str) -> AbstractAsyncContextManager[Path]:
        """Have its bytes in a file of this machine, which nobody writes to, within the block."""
        ...

    @property
    def signing(self) -> Signing:
        """What signs addresses, as it is now."""
        ...
