"""
A service's own jobs of many requests, which it does when it has time, and for less: what a provider that has them does.

The methods of `Batches` are exchanges, as `Provider.exchange` is, and without I/O likewise. What they come to know of
a job stands in its `BatchJob` as soon as it is known, so that whoever is interrupted can clean up or go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field, frozen

from ..errors import OCRError
from ..models import OCRRequest
from ..steps import Exchange


__all__ = ["BatchAnswer", "BatchJob", "BatchOutcome", "BatchProvider", "BatchStatus", "Batches"]


@define(kw_only=True, eq=False)
class BatchJob:
    """
    A job, from before it is made until nothing is left of it.

    Attributes:
        token: Names it, and the files uploaded for it, before the service has given it a name of its own.

        id: The service's; None until it is known.

        files: What lies at the service because of it.

        ended: Whether it is known to have ended.
    """

    token: str
    id: str | None = None
    files: list[str] = field(factory=list)
    ended: bool = False


@frozen
class BatchStatus:
    """How far a job is, in the service's words and in requests."""

    status: str
    completed: int
    failed: int
    total: int


@frozen
class BatchAnswer:
    """The answer to one request of a job: HTTP's status, and its body as JSON builtins."""

    status: int
    body: Any = field(repr=False)


@frozen
class BatchOutcome:
    """
    What a job left.

    Attributes:
        answers: By the names of the requests; those that got none are not in it.

        lack: Why a request got none.

        failed: Whether the job as a whole did not get to its end.
    """

    answers: Mapping[str, BatchAnswer] = field(repr=False)
    lack: OCRError
    failed: bool


class Batches(Protocol):
    """The batch jobs of one account."""

    def submit(
        self, job: BatchJob, requests: Sequence[tuple[str, OCRRequest]], *, model: str, hours: int
    ) -> Exchange[Mapping[str, OCRError]]:
        """Upload what is asked and make *job* of it; return what refused documents failed by, by their names."""
        ...

    def find(self, job: BatchJob) -> Exchange[None]:
        """Look whether the service made *job*, whose `id` nobody was left to note."""
        ...

    def collect(self, job: BatchJob, report: Callable[[BatchStatus], None]) -> Exchange[BatchOutcome]:
        """Wait for the end of *job*, outages of the service included; return its answers."""
        ...

    def discard(self, job: BatchJob) -> Exchange[None]:
        """Cancel *job* if it has not ended, and delete all that lies at the service because of it."""
        ...


class BatchProvider(Protocol):
    """What a provider whose facts have a `batch` can do besides."""

    def batches(self) -> Batches:
        """
        Return the account's batch jobs.

        Raises:
            ConfigurationError: There are none at this address.
        """
        ...
