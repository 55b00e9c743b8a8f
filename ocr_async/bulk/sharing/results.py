"""The results of a shared job: each is written by whoever may, and over nothing that came meanwhile."""

from __future__ import annotations

from pathlib import Path

from attrs import define, field

from ..store.objects import Objects
from .sharing import Sharing


__all__ = ["Shared"]


@define(eq=False)
class Shared(Objects):
    """The objects of a bucket, as *sharing* writes them."""

    sharing: Sharing = field(kw_only=True)

    async def put(self, name: str, data: bytes | Path) -> None:
        """Write a result, unless another one came meanwhile: what is written beside is made of that one then."""
        holding = self.sharing.by_name[name]
        if name != self.sharing.result(holding.given):
            if holding.beside or not holding.theirs:
                await Objects.put(self, name, data)
        elif not holding.theirs:
            assert isinstance(data, bytes), "results are made in memory"
            store = self.sharing.leases.store
            version = await store.put(name, data, holding.before)
            if version is None:  # its own writing may have come there although its answer did not come here
                found = await store.get(name)
                holding.theirs = found is None or found.data != data
                version = None if found is None else found.version
            holding.before = version
