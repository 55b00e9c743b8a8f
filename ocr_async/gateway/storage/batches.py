"""The port behind which batches are kept, their requests and what came of each; a part of `port.Storage`."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import uuid4

from attrs import asdict, field, frozen

from .files import Incoming, StoredFile


__all__ = ["RESULTS", "Batches", "Job", "JobFilter", "Line", "Status"]

Status = Literal["QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLATION_REQUESTED", "CANCELLED"]
RESULTS = ("output.jsonl", "error.jsonl")
_JSON = ("inputs", "metadata", "errors")


@frozen(kw_only=True)
class Job:
    """
    A batch.

    Attributes:
        inputs: Ids of its uploaded input files; none where its requests came with it.

        total: Requests in it.

        errors: Of requests that failed, by message, how many.

        deadline: When it is given up.

        retained: Seconds that its output is kept; None: for ever.
    """

    id: str
    owner: str
    endpoint: str
    inputs: tuple[str, ...] = ()
    model: str | None = None
    metadata: Mapping[str, str] = field(factory=dict)
    status: Status = "QUEUED"
    created: int
    deadline: int
    started: int | None = None
    completed: int | None = None
    total: int
    succeeded: int = 0
    failed: int = 0
    errors: Mapping[str, int] = field(factory=dict)
    output_file: str | None = None
    error_file: str | None = None
    retained: int | None = None

    @property
    def ended(self) -> bool:
        return self.status not in {"QUEUED", "RUNNING", "CANCELLATION_REQUESTED"}

    @classmethod
    def of_row(cls, columns: Iterable[tuple[str, Any]]) -> Job:
        """Return what `row` wrote."""
        facts = {name: json.loads(value) if name in _JSON else value for name, value in columns}
        return cls(**{**facts, "inputs": tuple(facts["inputs"])})

    def row(self) -> dict[str, Any]:
        """Return it as a database has it, in the order of its fields."""
        return {name: json.dumps(value) if name in _JSON else value for name, value in asdict(self).items()}

    def result(self, name: str, at: int, size: int, lines: int, signature: str) -> StoredFile:
        """Return its file *name*, one of `RESULTS`, which is made *at* that time."""
        return StoredFile(
            id=str(uuid4()),
            owner=self.owner,
            name=f"{self.id}_{name}",
            purpose="batch",
            sample_type="batch_result" if name == RESULTS[0] else "batch_error",
            source="mistral",
            size=size,
            created=at,
            mime="application/jsonl",
            lines=lines,
            expires=None if self.retained is None else at + self.retained,
            signature=signature,
        )


@frozen(kw_only=True)
class JobFilter:
    """Which jobs to list; what is None or empty leaves all in."""

    model: str | None = None
    statuses: Sequence[str] = ()
    created_after: float | None = None
    metadata: Mapping[str, str] = field(factory=dict)
    newest_first: bool = True


@frozen(kw_only=True)
class Line:
    """
    One request's result.

    Attributes:
        number: Of the request in the job, from 0.

        text: Its line in the output or error file, without the line feed.

        error: In few words, where it failed.
    """

    number: int
    text: bytes = field(repr=False)
    error: str | None = None


class Batches(Protocol):
    """
    Jobs, their requests and what came of them.

    Attributes:
        look_every: Seconds between two looks for jobs of gateways that are gone, and for what others did to ours.
    """

    look_every: float

    async def create(self, job: Job, requests: Incoming | None) -> None:
        """Keep a new job, with its *requests* or its input files', which may be deleted from now on."""
        ...

    async def get(self, job_id: str, owner: str) -> Job | None:
        """Return the job; None if *owner* has none of that id."""
        ...

    async def select(self, owner: str, chosen: JobFilter, first: int, count: int) -> tuple[int, list[Job]]:
        """Return how many there are, and at most *count* of them without the first *first*."""
        ...

    async def unfinished(self) -> list[Job]:
        """Return everybody's jobs that have not ended and that no other gateway works on, the oldest first."""
        ...

    async def claim(self, job_id: str) -> bool:
        """Have the job worked on by this gateway alone, as long as it lives; return whether nobody else has it."""
        ...

    async def move(self, job_id: str, status: Status, *before: Status, at: int) -> Job | None:
        """Give the job *status* if it has one of those *before*; return it as it is then, None if it is not there."""
        ...

    async def delete(self, job_id: str, owner: str) -> bool:
        """Delete the job and its results, but no file; return whether there was one."""
        ...

    async def requests(self, job: Job, most: int) -> AsyncGenerator[tuple[int, bytes | None, bool], None]:
        """
        Return what yields each request's number, its line (None where that has more than *most* bytes), and whether it
        has a result.
        """
        ...

    async def send(self, job: Job, number: int, sent: bool = True) -> None:
        """
        Note that a request may have been sent to a provider from now on; with *sent* false, that it was not.

        Raises:
            LeaseLost: Nothing was noted.
        """
        ...

    async def sent(self, job: Job) -> set[int]:
        """Return the numbers of the requests of which that was noted."""
        ...

    async def add(self, job: Job, line: Line) -> None:
        """
        Keep a result for good; called for one line of a job at a time.

        Raises:
            LeaseLost: Here and in `finish`; nothing of it was kept.
        """
        ...

    async def finish(self, job: Job, status: Status, at: int, reason: str | None = None) -> Job:
        """Make files of the results, and give the job its last *status*; *reason* is added to its errors."""
        ...
