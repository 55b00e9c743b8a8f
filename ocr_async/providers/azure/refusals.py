"""
What Azure's errors mean: https://learn.microsoft.com/azure/ai-services/document-intelligence/v3-error-guide.

Read 2026-11. The words that help are the innermost: "Invalid request." alone says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import (
    AuthenticationFailed,
    DocumentError,
    DocumentUnreachable,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    error_class,
)
from ...steps import HttpResponse
from ...wording import shortened
from .._service import refusal


__all__ = ["failure", "refused"]

_NAME = "azure_ai"
_TOO_LARGE = 413
_DEEPEST = 20
_LONGEST = 300  # characters of Azure's sentence

_DOCUMENT = frozenset({"InvalidContent", "InvalidContentDimensions", "UnsupportedContent", "UnsupportedMediaType"})
_UNREACHABLE = frozenset({"ContentSourceNotAccessible", "ContentSourceTimeout"})
_UNAVAILABLE = frozenset({"InternalServerError", "ServiceUnavailable"})
_LIMITED = frozenset({"429", "TooManyRequests"})
_FORBIDDEN = frozenset({"401", "403", "Unauthorized", "Forbidden"})


def refused(answer: HttpResponse) -> OCRError | None:
    """Return the error in the body of an *answer* with a status of 400 or more; None leaves it to the status."""
    if answer.status < 400 or answer.status == 401:
        return None
    error = refusal(answer).get("error")
    return failure(error, answer.status) if isinstance(error, Mapping) and _said(error)[1] else None


def failure(error: Any, status: int | None = None) -> OCRError:
    """
    Return what Azure's *error* object stands for.

    Args:
        status: Of the answer; None for an operation that failed in an answer of status 200.
    """
    code, message = _said(error if isinstance(error, Mapping) else {})
    said = f": {shortened(message, _LONGEST)}" if message else ""
    told = f"{said} ({code})" if code and not code.isdecimal() else said
    text = f"{_NAME} answered {status}{told}" if status else f"{_NAME} could not read the document{told}"
    if code in _DOCUMENT:
        return DocumentError(text)
    if code in _UNREACHABLE:
        return DocumentUnreachable(text)
    if code == "InvalidContentLength":  # of 4 MB on the free tier: smaller documents are made of it
        return RequestRejected(text, provider=_NAME, status=_TOO_LARGE)
    if status is not None:
        return error_class(status)(text, provider=_NAME, status=status)
    if code in _UNAVAILABLE:
        return ProviderUnavailable(text, provider=_NAME)
    if code in _LIMITED:
        return RateLimited(text, provider=_NAME)
    if code in _FORBIDDEN:
        return AuthenticationFailed(text, provider=_NAME)
    return RequestRejected(text, provider=_NAME)


def _said(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return the innermost code and message."""
    code = message = ""
    for one in _inwards(error):
        code = str(one.get("code") or code)
        message = " ".join(str(one.get("message") or message).split())
    return code, message


def _inwards(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Go from *error* to the one that it comes from; of several details, to the first that says something new."""
    for _ in range(_DEEPEST):
        yield error
        inner = error.get("innererror")
        if not isinstance(inner, Mapping):
            details = error.get("details")
            others = [one for one in details if isinstance(one, Mapping)] if isinstance(details, list) else []
            inner = next((one for one in others if one.get("code") != error.get("code")), None)
        if inner is None:
            return
        error = inner
