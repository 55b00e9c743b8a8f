"""
The port behind which files, batches and answers for repeated requests are kept.

`local` keeps them in SQLite and a folder, `postgres` in a database, and an object store, for several gateways; what
neither can do is told by `failures`. Everything belongs to the key that put it there (its `id`, as `owner`); what
belongs to another is as unknown as what never was. Times are whole seconds since 1970.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

from attrs import field, frozen

from .accounts import Accounts
from .ocr_jobs import OCRJobs
from .permits import Permits


__all__ = [
    "Answer",
    "AnsweredElsewhere",
    "Answers",
    "Batches",
    "FileFilter",
    "Files",
    "Incoming",
    "Job",
    "JobFilter",
    "Line",
    "Signing",
    "Storage",
    "StoredFile",
]

Status = Literal["QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLATION_REQUESTED", "CANCELLED"]


# --- files --------------------------------------------------------------------------------------------------------


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


# --- batches ------------------------------------------------------------------------------------------------------


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

    def requests(self, job: Job, most: int) -> AsyncGenerator[tuple[int, bytes | None, bool], None]:
        """
        Yield each request's number, its line (None where that has more than *most* bytes), and whether it has a result.
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


# --- answers ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Answer:
    """
    What a request with an Idempotency-Key was answered.

    Attributes:
        id: Of its body.

        fingerprint: Of what was asked.
    """

    id: str
    fingerprint: str
    status: int
    headers: Mapping[str, str]


@frozen
class AnsweredElsewhere:
    """
    Another gateway is making the answer.

    Attributes:
        fingerprint: Of what it was asked.
    """

    fingerprint: str


class Answers(Protocol):
    """Answers by the owner's own keys for them."""

    async def get(self, owner: str, key: str) -> Answer | None:
        """Return the answer; None if there is none, or it has expired."""
        ...

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | AnsweredElsewhere | None:
        """
        Return the answer, or who makes it; None if the caller has to, who then calls `keep` or `release`.

        A gateway that is gone makes none. Each gateway looks itself at what it is making already.
        """
        ...

    async def release(self, owner: str, key: str) -> None:
        """Let others make the answer that was claimed, and is not kept."""
        ...

    def on_disk(self, answer: Answer) -> AbstractAsyncContextManager[Path]:
        """Have the body of *answer* in a file of this machine within the block; FileNotFoundError if it is gone."""
        ...

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        """Keep an answer, a bytes-like *body* and all."""
        ...

    async def forget(self, owner: str, key: str) -> None:
        """Delete the answer, if there is one."""
        ...


# --- all ----------------------------------------------------------------------------------------------------------


class Storage(Protocol):
    """All that is kept."""

    @property
    def files(self) -> Files: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def ocr_jobs(self) -> OCRJobs | None: ...

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
