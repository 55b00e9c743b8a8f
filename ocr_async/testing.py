"""
For the tests of your own code: a provider that answers what you say, without a network, a key or an engine.

    >>> from ocr_async import ocr
    >>> from ocr_async.testing import FakeProvider, use
    >>> with use(FakeProvider("# Invoice\\fpage two")) as fake:
    ...     ocr(b"%PDF-1.7", model="mistral/mistral-ocr-latest").pages[1].markdown
    'page two'
    >>> fake.requests[0].model
    'mistral-ocr-latest'

With pytest the fixture ``fake_ocr`` does the same for one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, ClassVar, Self, cast, get_type_hints

from attrs import evolve, frozen

from . import providers
from .models import OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from .providers import Facts
from .steps import Exchange, wait


__all__ = ["Answer", "FakeProvider", "use"]

Answer = str | OCRResponse | Sequence[OCRPage] | Mapping[str, Any] | BaseException
"""
What a fake answers with: the Markdown of its pages, a form feed between two; a response, its pages, or its JSON in
Mistral's words; or an error to be raised, as after all attempts have failed.
"""


class FakeProvider:
    """
    Answers for a provider, whatever it is asked for.

    Args:
        answers: In turn, one a request; the last one for all requests that follow, and a blank page where there is
            none. A function is called with each request and returns its answer. One by one, or as ``answers=[…]``.

        delay: Seconds that each answer takes.

    Attributes:
        requests: What it was asked for, in order. A call with page batches asks several times.
    """

    def __init__(
        self,
        *given: Answer | Callable[[OCRRequest], Answer],
        answers: Iterable[Answer | Callable[[OCRRequest], Answer]] = (),
        delay: float = 0.0,
    ) -> None:
        self.requests: list[OCRRequest] = []
        self._answers = (*given, *answers) or ("",)
        self._delay = delay
        self._lock = Lock()  # one fake may answer on several threads

    def answer(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Note *request*, wait, and return what it is answered with: of the pages there are, those that it names."""
        with self._lock:
            self.requests.append(request)
            turn = min(len(self.requests), len(self._answers)) - 1
        if self._delay:
            yield from wait(self._delay)
        given = self._answers[turn]
        return _response(given(request) if callable(given) else given, request)


def _response(given: Answer, request: OCRRequest) -> OCRResponse:
    if isinstance(given, BaseException):
        raise given
    if isinstance(given, Mapping):
        given = OCRResponse.from_dict(given)
    if isinstance(given, OCRResponse):
        return evolve(given, pages=_wanted(given.pages, request))
    if isinstance(given, str):
        given = [OCRPage(index=index, markdown=text) for index, text in enumerate(given.split("\f"))]
    pages = _wanted(given, request)
    return OCRResponse(pages=pages, model=request.model, usage_info=OCRUsageInfo(pages_processed=len(pages)))


def _wanted(pages: Iterable[OCRPage], request: OCRRequest) -> tuple[OCRPage, ...]:
    return tuple(page for page in pages if request.pages is None or page.index in request.pages)


@frozen
class _Fake:
    """What `providers` has for the class of a provider, and for an account at it."""

    name: str
    fake: FakeProvider
    facts: ClassVar[Facts] = Facts(options=frozenset(get_type_hints(OCRRequest)), takes_file_ids=True)

    def connect(self, **_: Any) -> Self:
        return self

    @property
    def account(self) -> tuple[str, str]:
        return f"fake://{self.name}/{id(self.fake)}", ""

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        return self.fake.answer(request)


@contextmanager
def use(fake: FakeProvider, *names: str) -> Iterator[FakeProvider]:
    """
    Let *fake* answer every call of this process, on all threads, until the end of the block.

    Args:
        names: Of the providers that it stands in for, such as ``mistral`` or ``local``; none means all of them. Of two
            that stand in for one provider, the inner block's answers.
    """

    def found(name: str) -> type[providers.Provider] | None:
        return cast("type[providers.Provider]", _Fake(name, fake)) if not names or name in names else None

    providers.fakes.append(found)
    try:
        yield fake
    finally:
        providers.fakes.remove(found)
