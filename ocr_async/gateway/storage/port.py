"""
The port behind which a gateway keeps what it keeps; its parts are modules beside this one.

`local` keeps them in SQLite and a folder, `postgres` in a database, and an object store, for several gateways; what
neither can do is told by `failures`. Everything belongs to the key that put it there (its `id`, as `owner`); what
belongs to another is as unknown as what never was. Times are whole seconds since 1970.
"""

from __future__ import annotations

from typing import Protocol

from .accounts import Accounts
from .answers import Answers
from .batches import Batches
from .files import Files
from .ocr_jobs import OCRJobs
from .permits import Permits


__all__ = ["Storage"]


class Storage(Protocol):
    """All that is kept."""

    @property
    def files(self) -> Files: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def ocr_jobs(self) -> OCRJobs: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def permits(self) -> Permits | None:
        """Limits of deployments that other gateways share; None where this gateway is the only one."""
        ...

    async def look(self) -> None:
        """Ask whether what is kept can be reached; raise StorageUnavailable, or an error of SQLite, if it cannot."""
        ...

    async def sweep(self, now: int) -> int:
        """Delete what has expired; return how many files, jobs and answers that was."""
        ...

    async def close(self) -> None:
        """Write down what is not yet, and close."""
        ...
