"""What a call tells while it runs, and the answer that it may pass on as it came."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from attrs import define, field

from ..document import Given, describe
from ..models import Dialect, OCRPage, OCRResponse
from ..steps import HttpResponse
from . import on_demand


if TYPE_CHECKING:
    from ..events import Event, EventName
    from .options import Observer


__all__ = ["EventEmitter", "PageObserver", "Relay"]

_logger = logging.getLogger(__name__)
_call_logger = logging.getLogger("ocr_async.call")

PageObserver = Callable[[OCRPage], None]


@define(eq=False, repr=False)
class Relay:
    """
    Asks for a provider's answer as it came, for a client that speaks the same dialect.

    Attributes:
        dialect: The client's.

        read: Returns what has to be known of an answer, given the pages asked for and the provider's name; None if it
            is not one to be passed on.

        body: The answer, once there is one that nothing had to be changed in; the pages of the response then have no
            text. None where there is the response alone.
    """

    dialect: Dialect
    read: Callable[[HttpResponse, Sequence[int] | None, str], OCRResponse | None]
    body: bytes | None = field(default=None, repr=False)


class EventEmitter:
    """
    Tells the observers of one call's events and pages: the caller's, and the log where somebody reads it.

    Attributes:
        listening: Whether there is an observer.

        request_id: What the call's requests are named by where their headers do not say; None leaves it to them.

        inject: Adds the observer's headers to those of a request; None where it has none.

        model: Who is asked now; the call sets it.

        hold: Whether a page is not to be told of yet; None tells of all.
    """

    def __init__(
        self,
        observer: Observer | None,
        document: Given,
        on_page: PageObserver | None = None,
        request_id: str | None = None,
    ) -> None:
        log = on_demand.logs.observer(document) if _call_logger.isEnabledFor(logging.INFO) else None
        self._headers: Callable[[MutableMapping[str, str]], None] | None = None
        # what the log wants to know is not told apart: it is read by those who look for something
        self._hears: Collection[type[Event]] | None = None
        if observer is not None and not getattr(observer, "listening", True):
            observer = None
        if observer is not None:
            self._headers = getattr(observer, "inject", None)
            self._hears = getattr(observer, "hears", None) if log is None else None
        self.inject = None if self._headers is None else self._inject
        self._observers = [each for each in (observer, log) if each is not None]
        self.listening = bool(self._observers)
        # not from `random`, which programs seed alike in each of their processes
        self.call = os.urandom(8).hex() if self.listening else ""
        self.model = ""
        self.request_id = request_id
        self._document = document
        self._name: str | None = None
        self.on_page = on_page
        self.hold: Callable[[OCRPage], bool] | None = None
        self._reported: set[int] = set()

    @property
    def name(self) -> str:
        """What people call the document; most calls have nobody to tell it."""
        if self._name is None:
            self._name = describe(self._document)
        return self._name

    def __call__(self, name: EventName, /, **facts: Any) -> None:
        if not self.listening:
            return
        kind = getattr(on_demand.events, name)
        if self._hears is not None and kind not in self._hears:
            return
        event = kind(call=self.call, document=self.name, model=self.model, **facts)
        for observer in self._observers:
            try:
                observer(event)
            except Exception:  # a listener must not end the call
                _logger.exception("an observer failed on %s", type(event).__name__)

    def _inject(self, headers: MutableMapping[str, str]) -> None:
        assert self._headers is not None
        try:
            self._headers(headers)
        except Exception:  # as with its events
            _logger.exception("an observer failed to add headers")

    def ending(self, name: EventName, /, **facts: Any) -> AbstractContextManager[dict[str, Any]]:
        """Tell of *name* when the block ends, with what it has put into *facts* and with the class of its failure."""
        return _Ending(self, name, facts)

    def arrived(self, response: OCRResponse) -> None:
        """Tell of each page of *response*."""
        if not self.listening and self.on_page is None:
            return
        for page in response.pages:
            self.page(page)

    def page(self, page: OCRPage) -> None:
        """Tell of *page*, once: a provider may do so before the batch that it belongs to is there."""
        if (not self.listening and self.on_page is None) or page.index in self._reported:
            return
        if self.hold is not None and self.hold(page):
            return
        self._reported.add(page.index)
        if self.on_page is not None:
            self.on_page(page)
        scores = page.confidence_scores
        self("PageDone", index=page.index, confidence=scores and scores.average_page_confidence_score)


class _Ending:
    """What `EventEmitter.ending` returns: each call takes two of them, and a generator costs more."""

    __slots__ = ("_emit", "_facts", "_name")

    def __init__(self, emit: EventEmitter, name: EventName, facts: dict[str, Any]) -> None:
        self._emit = emit
        self._name: EventName = name
        self._facts = facts

    def __enter__(self) -> dict[str, Any]:
        return self._facts

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if self._emit.listening:
            if failure is not None:
                self._facts["error"] = failure.__name__
            self._emit(self._name, **self._facts)
