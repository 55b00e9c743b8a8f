"""
The log of calls: an observer that makes lines of events, for the logger ``ocr_async.call``.

A line carries no key, no document's text and of an address the host alone. docs/reference/logging-and-events.md
lists what is logged where.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from ..document import Given, describe
from ..events import (
    Event,
    FallbackTaken,
    Observer,
    PageEscalated,
    ProviderPaused,
    ProviderResumed,
    RequestDelayed,
    ResponseReceived,
    RetryScheduled,
)
from ..models import Url


__all__ = ["observer"]

_logger = logging.getLogger("ocr_async.call")

_NOTICEABLE = 0.1  # seconds; the limiter paces most requests by less, which would only be noise


def observer(document: Given) -> Observer:
    """Return what logs the events of the call that reads *document*."""
    name = _name(document)

    def observe(event: Event) -> None:
        # names and ids of others by %r: a line break in one must not forge a line
        match event:
            case ResponseReceived():
                status = "no answer" if event.status is None else event.status
                _logger.debug(
                    "%s %s: %s in %.3f s, %d bytes (attempt %d, provider %s, model %s, document %r, call %s, "
                    "request %r)",
                    event.method, event.host, status, event.seconds, event.bytes, event.attempt, event.provider,
                    event.model, name, event.call, event.request_id,
                )  # fmt: skip
            case RetryScheduled():
                _logger.info(
                    "retry in %.3f s after %s (%s, attempt %d, provider %s, model %s, document %r, call %s, "
                    "request %r)",
                    event.delay, event.error, event.status or "no answer", event.attempt, event.provider, event.model,
                    name, event.call, event.request_id,
                )  # fmt: skip
            case ProviderPaused():
                _logger.warning(
                    "%s is down (%s, %s): documents wait for it, %g s at most (model %s, call %s)",
                    event.provider, event.error, event.status or "no answer", event.patience, event.model, event.call,
                )  # fmt: skip
            case ProviderResumed():
                _logger.info(
                    "%s is back after %.1f s (model %s, call %s)",
                    event.provider, event.seconds, event.model, event.call,
                )  # fmt: skip
            case RequestDelayed() if event.seconds >= _NOTICEABLE:
                _logger.info(
                    "waited %.3f s for a turn at %s (model %s, document %r, call %s)",
                    event.seconds, event.provider, event.model, name, event.call,
                )  # fmt: skip
            case FallbackTaken():
                _logger.info(
                    "%s failed with %s: asking %s (document %r, call %s, request %r)",
                    event.model, event.error, event.next_model, name, event.call, event.request_id,
                )  # fmt: skip
            case PageEscalated():
                _logger.info(
                    "page %d of %s asked of %s: %s (document %r, call %s)",
                    event.index, event.model, event.next_model, event.reason.partition(":")[0], name, event.call,
                )  # fmt: skip
            case _:
                pass

    return observe


def _name(document: Given) -> str:
    if isinstance(document, Url) and not document.name:
        return urlsplit(document.url).hostname or "document"
    return describe(document)
