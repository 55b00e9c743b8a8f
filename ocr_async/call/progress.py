"""What a call tells while it runs, and the answer that it may pass on as it came."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

from attrs import define, field

from ..document import Given, describe
from ..events import Event, FallbackTaken, PageDone
from ..models import Dialect, OCRPage, OCRResponse


__all__ = ["EventEmitter", "PageObserver", "Relay"]

_logger = logging.getLogger(__name__)

PageObserver = Callable[[OCRPage], None]


@define
class Relay:
    """
    Asks for a provider's answer as it came, for a client that speaks the same dialect.

    Attributes:
        dialect: The client's.

        body: The answer, once there is one that nothing had to be changed in; the pages of the response then have no
            text. None where there is the response alone.
    """

    dialect: Dialect
    body: bytes | None = field(default=None, repr=False)


class EventEmitter:
    """Tells the observers of one document's events and pages."""

    def __init__(
        self, observer: Callable[[Event], None] | None, document: Given, on_page: PageObserver | None = None
    ) -> None:
        self.observer = observer
        self._document = document
        self.on_page = on_page
        self._reported: set[int] = set()

    @cached_property
    def name(self) -> str:
        """What people call the document; most calls have nobody to tell it."""
        return describe(self._document)

    def __call__(self, kind: Callable[..., Event], **facts: Any) -> None:
        if self.observer is None:
            return
        try:
            self.observer(kind(**facts) if kind is FallbackTaken else kind(document=self.name, **facts))
        except Exception:
            _logger.exception("an observer failed")

    def arrived(self, response: OCRResponse) -> None:
        """Tell of each page of *response*."""
        if self.observer is None and self.on_page is None:
            return
        for page in response.pages:
            self.page(page)

    def page(self, page: OCRPage) -> None:
        """Tell of *page*, once: a provider may do so before the batch that it belongs to is there."""
        if (self.observer is None and self.on_page is None) or page.index in self._reported:
            return
        self._reported.add(page.index)
        if self.on_page is not None:
            self.on_page(page)
        scores = page.confidence_scores
        self(PageDone, index=page.index, confidence=scores and scores.average_page_confidence_score)
