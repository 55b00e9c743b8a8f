"""
What a provider may ask the driver to do: plain values, so that a provider is tested without any I/O.

A provider's `exchange` is a generator. It yields these steps and is sent their answers; `http()`, `wait()`,
`compute()`, `clean_up()`, `on_thread()` and `together()` give the answers their types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar

from attrs import field, frozen

from .errors import OCRError
from .models import Bytes, FileOnDisk, OCRPage


__all__ = [
    "Base64",
    "Cleanup",
    "Compute",
    "Exchange",
    "HttpRequest",
    "HttpResponse",
    "Multipart",
    "OnThread",
    "PageReady",
    "Raw",
    "Sign",
    "Step",
    "Together",
    "Wait",
    "clean_up",
    "compute",
    "http",
    "is_secret",
    "on_thread",
    "page_ready",
    "together",
    "wait",
]

T = TypeVar("T")

_SECRET = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)


@lru_cache(maxsize=256)
def is_secret(header: str) -> bool:
    """Whether a header of that name carries a credential: its value is never shown, and tells accounts apart."""
    return _SECRET.search(header) is not None and header.lower() != "idempotency-key"


@frozen
class HttpResponse:
    """
    An answer: with a status below 300 for a request's `parse`, with any other for its `refused`.

    Attributes:
        headers: Names in lower case.

        body: Decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@frozen
class Base64:
    """
    Stands in a request's JSON for a document: the driver writes ``prefix`` and the document's base64 as one string.

    It is encoded piece by piece while it is sent, and again for each attempt, so a document is never in memory whole.
    """

    document: FileOnDisk | Bytes
    prefix: str = ""


@frozen
class Raw:
    """
    A body that is a document's own bytes, or bytes made by the provider (a form of a token request).

    Attributes:
        mime: The Content-Type; None takes the document's.
    """

    content: FileOnDisk | Bytes | bytes = field(repr=False)
    mime: str | None = None


@frozen
class Multipart:
    """
    A body as ``multipart/form-data``, with an exact Content-Length.

    Attributes:
        fields: Names and values in their order; a document becomes a file, with its name and MIME type.
    """

    fields: Sequence[tuple[str, str | FileOnDisk | Bytes]] = field(repr=False)


Sign = Callable[[str, str, Mapping[str, str], str], Mapping[str, str]]
"""
Signs one attempt: is given the method, the URL, the headers and the SHA-256 (hex) of the exact body, and returns the
headers to add. It is pure but for the clock.
"""


@frozen(kw_only=True)
class HttpRequest(Generic[T]):
    """
    One HTTP exchange: sent, repeated by the retry rules, and parsed.

    Attributes:
        url: An absolute address: the account's own, or one out of an answer.

        headers: Everything but Content-Type, Content-Length, User-Agent, Idempotency-Key and X-Request-Id, which
            the driver adds; to an X-Request-Id that stands here, it adds the number of the attempt.

        credentials: Headers that are sent to the origin of the account's base URL alone. What an answer names
            elsewhere (a result at a presigned address) is asked for without them.

        json: The body: JSON builtins, and `Base64` where a document goes; None for no body.

        body: The body where it is no JSON.

        sign: Signs each attempt, for services that want a signature instead of a key.

        parse: Turns the answer into what `http()` returns. It is pure, may run on another thread, and its
            `ResponseInvalid` counts as a failed attempt; what another `OCRError` of its means for a repeat, its class
            says.

        refused: Turns an answer with a status of 300 or more into the error that it stands for, where its body says
            more than its status; None leaves it to the status. Of the body it sees at most 64 KiB.

        pages: How many pages are asked for, for limits and time-outs; None if unknown.

        repeatable: False where a lost answer must not be asked for again.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    credentials: Mapping[str, str] = field(factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    body: Raw | Multipart | None = field(default=None, repr=False)
    sign: Sign | None = field(default=None, repr=False)
    parse: Callable[[HttpResponse], T]
    refused: Callable[[HttpResponse], OCRError | None] | None = None
    pages: int | None = None
    repeatable: bool = True


@frozen(eq=False, repr=False)
class Cleanup:
    """
    Have *request* sent when the exchange ends, however it ends: also by an error, its deadline, or a cancellation.

    A generator that is closed cannot yield what is left to do, as the deletion of a file that it uploaded; so that is
    asked for as soon as there is something to delete. The driver sends it within a few seconds of its own, last come
    first, and only logs that it failed.

    Attributes:
        unless: Says at the end that it is not needed any more, as the cancellation of a job that has ended.
    """

    request: HttpRequest[Any]
    unless: Callable[[], bool] | None = None


@frozen(eq=False, repr=False)
class Wait:
    """Let *seconds* pass, as between two polls."""

    seconds: float


@frozen(kw_only=True)
class Compute:
    """
    CPU work, done in a worker process.

    A task that gives several values (the pages of a batch) answers with their list; if its worker dies, the
    `EngineCrashed` or `EngineError` carries those that had come as `partial`.

    Attributes:
        task: Name of one of the engine's tasks.

        arguments: Its keyword arguments; picklable, and documents by path or shared memory only. One that is itself
            a `Compute` is done first, when a worker for this one is free: so pictures of pages never pile up.

        seconds: Wall time without a sign of the worker after which it is killed, unless it is using the processor;
            each value that a task gives is a sign, and each line that is recognised. As much processor time, times
            the number of processors, ends it in any case.

        worker: ``parser`` works alone in its process, under tight limits, for whatever looks at the document's
            bytes; ``recogniser`` shares one process and its loaded model with the pages beside it.
    """

    task: str
    arguments: Mapping[str, Any] = field(repr=False)
    seconds: float = 30.0
    worker: Literal["parser", "recogniser"] = "parser"


@frozen(eq=False, repr=False)
class OnThread:
    """
    Run *function* on a thread: what reads files, or asks by a library that waits, as for the credentials of a cloud.

    Attributes:
        function: Raises `OCRError`s. It may be let go and end unheard; nothing repeats it.
    """

    function: Callable[[], Any] = field(repr=False)


@frozen(eq=False, repr=False)
class PageReady:
    """Tell whoever listens that *page* is there; the answer is None."""

    page: OCRPage


@frozen(eq=False, repr=False)
class Together:
    """Drive several exchanges at once; the answer is the list of their results, in their order."""

    exchanges: Sequence[Generator[Step, Any, Any]]


Step = HttpRequest[Any] | Cleanup | Wait | Compute | OnThread | Together | PageReady
Exchange = Generator[Step, Any, T]


def http(request: HttpRequest[T]) -> Exchange[T]:
    """Send *request*; return what its `parse` makes of the answer."""
    answer: T = yield request
    return answer


def clean_up(request: HttpRequest[Any], *, unless: Callable[[], bool] | None = None) -> Exchange[None]:
    """Have *request* sent when the exchange ends, however it ends, unless *unless* then says that it is not needed."""
    yield Cleanup(request, unless)


def wait(seconds: float) -> Exchange[None]:
    """Let *seconds* pass."""
    yield Wait(seconds)


def compute(
    task: str, *, seconds: float = 30.0, worker: Literal["parser", "recogniser"] = "parser", **arguments: Any
) -> Exchange[Any]:
    """Run the engine's *task* in a worker; return what it returns."""
    return (yield Compute(task=task, arguments=arguments, seconds=seconds, worker=worker))


def on_thread(function: Callable[[], T]) -> Exchange[T]:
    """Run *function* on a thread; return what it returns."""
    answer: T = yield OnThread(function)
    return answer


def page_ready(page: OCRPage) -> Exchange[None]:
    """Tell whoever listens that *page* is there, before the rest of the response is."""
    yield PageReady(page)


def together(exchanges: Sequence[Exchange[T]]) -> Exchange[list[T]]:
    """Drive *exchanges* at once; return their results in order. The first failure ends the others."""
    answer: list[T] = yield Together(exchanges)
    return answer
