"""
The port behind which several gateways keep the jobs of ``POST /v1/ocr/jobs``; one gateway alone has them in memory.

A job is worked on by the process that holds it. What a process held that is gone may be taken by any other.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from attrs import field, frozen


__all__ = ["KEPT", "OCRJob", "OCRJobs", "TakenJob"]

KEPT = 3600  # seconds after its end


@frozen(kw_only=True)
class OCRJob:
    """
    Attributes:
        status: running, succeeded or failed; cancelled where one gateway alone has it.

        key: Its Idempotency-Key.

        asked: What it was asked, as a fingerprint; None without a key.
    """

    id: str
    owner: str
    key: str | None = None
    asked: str | None = None
    status: str = "running"
    pages_done: int = 0


@frozen(kw_only=True)
class TakenJob(OCRJob):
    """
    One that was begun by a process that is gone.

    Attributes:
        request: What it was asked, as it was written down.

        document: Of its bytes, an id; None: it has none.

        tries: By how many processes it was begun, this one included.

        sent: Whether it was noted that it may have been sent to a provider.
    """

    request: bytes = field(repr=False)
    document: Any
    tries: int
    sent: bool


class OCRJobs(Protocol):
    """
    Jobs; those that ended an hour ago are unknown.

    Attributes:
        look_every: Seconds between two looks for jobs of processes that are gone.
    """

    look_every: float

    async def count(self, owner: str, job_id: str) -> int:
        """Return how many jobs *owner* has beside that one."""
        ...

    async def create(self, job: OCRJob, request: bytes, document: memoryview | Path | None) -> OCRJob | None:
        """Keep a new job, held by this process, in place of one that failed; return another one that there is."""
        ...

    async def get(self, job_id: str, owner: str) -> OCRJob | None:
        """Return the job; None if *owner* has none of that id."""
        ...

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        """Return the pieces of what came of it; FileNotFoundError if it is not there, or goes meanwhile."""
        ...

    async def delete(self, job_id: str, owner: str) -> OCRJob | None:
        """Delete the job; return it as it was, None if there was none."""
        ...

    async def send(self, job_id: str) -> None:
        """
        Note that the job may have been sent to a provider from now on.

        Raises:
            LeaseLost: It is gone, or another process works on it.
        """
        ...

    async def progress(self, pages: Mapping[str, int]) -> set[str]:
        """Note how many pages of jobs of this process are done; return which of them are still its own."""
        ...

    async def end(self, job: OCRJob, result: memoryview | Path) -> bool:
        """Note what came of a job of this process, with its status; return whether it was still its own."""
        ...

    async def take(self, besides: Collection[str], most: int) -> list[TakenJob]:
        """Hold jobs that no living process works on: this one works on those of *besides* alone."""
        ...

    def on_disk(self, job: TakenJob) -> AbstractAsyncContextManager[Path | None]:
        """Have the bytes of its document in a file of this machine within the block."""
        ...
