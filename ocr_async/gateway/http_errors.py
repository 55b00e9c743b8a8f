"""
What a client is told when it gets no pages: one table from errors to statuses and codes, one body form a dialect.

Mistral's form on ``/v1``, with FastAPI's list of mistakes beside it, as the official clients read both; Opper's on
``/v2`` and ``/v3``. Texts of other libraries never get here, and an upstream's refusal of *our* key is no affair of the
client's: it reads 502.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aiohttp import web
from attrs import frozen

from ..errors import (
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    DocumentError,
    DocumentUnreachable,
    EngineError,
    OCRError,
    PagesMissing,
    PasswordRequired,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ..formats import RequestInvalid, dumps
from ..wording import Hint


__all__ = ["Form", "HTTPError", "body_of", "http_error_of", "response_of", "unknown_encoding"]

Form = Literal["mistral", "opper"]


@frozen(eq=False)
class HTTPError(Exception):
    """
    An answer without pages.

    Attributes:
        status: HTTP.

        message: For people: what happened, and what to do.

        code: For programs; docs/reference/gateway.md lists them.

        param: The field of the request that it is about.

        retry_after: Seconds.

        details: The mistakes of a request, in FastAPI's form.

        allow: The methods that the address takes, where it was another one.
    """

    status: int
    message: str
    code: str
    param: str | None = None
    retry_after: float | None = None
    details: Sequence[Mapping[str, Any]] = ()
    allow: Sequence[str] = ()

    def __str__(self) -> str:
        return self.message


_CODES: Mapping[type[OCRError], str] = {
    AuthenticationFailed: "upstream_auth",
    ConfigurationError: "invalid_request",
    DeadlineExceeded: "timeout",
    DocumentError: "invalid_document",
    DocumentUnreachable: "invalid_document_url",
    EngineError: "engine_failed",
    PagesMissing: "pages_missing",
    PasswordRequired: "password_required",
    ProviderUnavailable: "upstream_unavailable",
    RateLimited: "upstream_rate_limited",
    RequestInvalid: "invalid_request",
    RequestRejected: "upstream_rejected",
    ResponseInvalid: "upstream_invalid_response",
}

# Mistakes that only the operator can have made: addresses, certificates, proxies, keys.
_OF_THE_OPERATOR = frozenset[Hint | None]({"api_base", "api_key", "certificate", "proxy_credentials", "safe_key"})
_WHO = "whoever runs the gateway has to look at it"
_SHORTEST_ID = 6  # characters: a shorter one may stand in a message by chance

# what a client can do about it, which writes JSON and no Python
_WORDS: Mapping[Hint, str] = {
    "max_response_bytes": "; ask for fewer pages",
    "name_pages": "; name its pages",
    "password": ": send a copy without a password",
    "read": "; the model local reads what it says",
    "recognise": "; the model local/ocr recognises what it shows",
}

_MISTRAL_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_OPPER_TYPES = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    409: "ConflictError",
    413: "RequestTooLargeError",
    422: "RequestValidationError",
    429: "RateLimitError",
}


def http_error_of(error: OCRError | HTTPError) -> HTTPError:
    """Return what a client is told of *error*."""
    if isinstance(error, HTTPError):
        return error
    code = next((_CODES[cls] for cls in type(error).__mro__ if cls in _CODES), "error")
    retry_after = error.retry_after if isinstance(error, ProviderError) else None
    message = error.worded(_WORDS)
    if error.request_id is not None and len(error.request_id) >= _SHORTEST_ID:
        message = message.replace(error.request_id, "…")  # the provider's own, for which ours stands
    if isinstance(error, ConfigurationError) and error.hint in _OF_THE_OPERATOR:
        # its text may name servers and proxies that are nobody's business
        return HTTPError(502, f"the gateway's own configuration is at fault; {_WHO}", "upstream_misconfigured")
    if isinstance(error, AuthenticationFailed):
        message = f"the gateway's own key was refused upstream; {_WHO}"
    # the pages that a document spoils itself come no better from another server
    cause = error.__cause__ if isinstance(error, PagesMissing) else error
    if isinstance(cause, DocumentError):
        return HTTPError(cause.http_status, message, code, "document", retry_after)
    details = error.errors if isinstance(error, RequestInvalid) else ()
    param = str(details[0]["loc"][1]) if details and len(details[0]["loc"]) > 1 else None
    return HTTPError(error.http_status, message, code, param, retry_after, details)


def unknown_encoding() -> HTTPError:
    """Return the refusal of a body whose Content-Encoding is not taken out."""
    return HTTPError(415, "Content-Encoding can be gzip or deflate, once", "unknown_encoding")


def response_of(http_error: HTTPError, form: Form, request_id: str) -> web.Response:
    """Return *http_error* as an HTTP answer."""
    body = body_of(http_error, form, request_id)
    headers = {}
    if http_error.retry_after is not None and math.isfinite(http_error.retry_after):
        headers["Retry-After"] = str(max(1, math.ceil(http_error.retry_after)))
    elif http_error.status in {429, 503} and http_error.code != "budget_exceeded":
        headers["Retry-After"] = "1"
    if http_error.allow:
        headers["Allow"] = ", ".join(http_error.allow)
    if http_error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    used_up = http_error.code == "budget_exceeded" and http_error.retry_after is None
    if http_error.code.startswith("upstream_") or http_error.code == "pages_missing" or used_up:
        # Repeats are spent here, near the failure; a client's own would multiply them.
        headers["X-Should-Retry"] = "true" if http_error.code == "upstream_rate_limited" else "false"
    return web.Response(status=http_error.status, body=dumps(body), content_type="application/json", headers=headers)


def body_of(http_error: HTTPError, form: Form, request_id: str) -> dict[str, Any]:
    """Return the JSON of *http_error*."""
    return _opper(http_error, request_id) if form == "opper" else _mistral(http_error, request_id)


def _mistral(http_error: HTTPError, request_id: str) -> dict[str, Any]:
    kind = (
        "server_error" if http_error.status >= 500 else _MISTRAL_TYPES.get(http_error.status, "invalid_request_error")
    )
    body: dict[str, Any] = {
        "object": "error",
        "message": http_error.message or http_error.code,  # LibreChat shows it, and nothing else
        "type": kind,
        "param": http_error.param,
        "code": http_error.code,
        "request_id": request_id,
    }
    details = http_error.details
    if http_error.status == 422 and not details:  # the official client makes its error of the list, and of nothing else
        place = ["body"] if http_error.param is None else ["body", http_error.param]
        details = ({"type": "value_error", "loc": place, "msg": http_error.message, "input": None},)
    return {"detail": list(details), **body} if details else body


def _opper(http_error: HTTPError, request_id: str) -> dict[str, Any]:
    return {
        "type": "InternalServerError"
        if http_error.status >= 500
        else _OPPER_TYPES.get(http_error.status, "BadRequestError"),
        "message": http_error.message or http_error.code,
        "detail": list(http_error.details) or {"code": http_error.code, "param": http_error.param},
        "request_id": request_id,
    }
