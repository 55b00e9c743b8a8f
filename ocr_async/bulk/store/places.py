"""The store that a path or an address names: one connection to each bucket, however many documents lie there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
from attrs import define, field

from ..._buckets.connecting import remote
from ..._tasks import task_group
from ...errors import OCRError
from .files import Files
from .objects import Bucket, Objects
from .port import Store


__all__ = ["Places", "canonical"]

_AT_ONCE = 32  # objects that are asked of


def canonical(name: str) -> str:
    """Return the one name under which a job knows what lies at *name*, a path or an address."""
    if not remote(name):
        return os.path.abspath(name)
    scheme, _, rest = name.partition("://")
    return f"{scheme.lower()}://{rest}"


@define(eq=False)
class Places:
    """Those of one job."""

    _files: Files = field(factory=lambda: Files(Path(os.sep)))
    _buckets: dict[str, Objects] = field(factory=dict)

    def find(self, name: str) -> tuple[Store, str]:
        """
        Return where the document of a canonical *name* lies, and its name there.

        Raises:
            ConfigurationError: That cannot be asked, for lack of an extra or of what the environment has to say.
        """
        if not remote(name):
            return self._files, name
        bucket, key = self.bucket(name)
        if bucket.address not in self._buckets:
            self._buckets[bucket.address] = Objects(bucket)
        return self._buckets[bucket.address], key

    def bucket(self, address: str) -> tuple[Bucket, str]:
        """Return the bucket of an *address*, and what follows it there."""
        scheme, _, rest = canonical(address).partition("://")
        name, _, key = rest.partition("/")
        known = self._buckets.get(f"{scheme}://{name}")
        return (Bucket.of(scheme, name) if known is None else known.bucket), key

    def results(self, out: str) -> Store:
        """Return where results go that shall lie below *out*, a folder or an address."""
        if not remote(out):
            return Files(Path(out))
        bucket, prefix = self.bucket(out)
        prefix = prefix.strip("/")
        return Objects(bucket, f"{prefix}/" if prefix else "")

    async def sizes(self, found: Sequence[tuple[str, int | None]]) -> list[int]:
        """
        Return the bytes of each document *found*; 0 where nobody tells.

        Args:
            found: Names, and the sizes that are known of those in buckets.
        """
        sizes = await anyio.to_thread.run_sync(lambda: [(size or 0) if remote(n) else _size(n) for n, size in found])
        asked = anyio.CapacityLimiter(_AT_ONCE)

        async def ask(position: int, name: str) -> None:
            store, key = self.find(name)
            with suppress(OSError, OCRError):  # who reads it says it better
                async with asked:
                    sizes[position] = (await store.look(key)).size

        async with task_group() as asking:
            for position, (name, size) in enumerate(found):
                if size is None and remote(name):
                    asking.start_soon(ask, position, name)
        return sizes


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
