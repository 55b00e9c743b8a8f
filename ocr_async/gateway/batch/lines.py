"""The lines of a batch, from what a client wrote to what is asked, and from what came to what the client reads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from attrs import evolve, frozen

from ... import formats
from ...errors import OCRError
from ...models import OCRRequest, OCRResponse
from ..http_errors import HTTPError, body_of, http_error_of
from ..intake.bodies import strict_json, utf8
from ..storage.batches import Job, Line


__all__ = ["Request", "failed", "read_request", "succeeded"]

_MOST_ID = 512  # characters of a custom_id


@frozen
class Request:
    """
    One request of a batch.

    Attributes:
        problem: Why it cannot be asked; then there is nothing `asked`.
    """

    custom_id: str | None
    asked: OCRRequest | None
    problem: HTTPError | None = None


def read_request(text: bytes, model: str | None) -> Request:
    """Read one line; *model* is the job's, for requests that name none."""
    try:
        line = strict_json(utf8(text))
    except HTTPError as problem:
        return Request(None, None, evolve(problem, status=422))
    if not isinstance(line, dict):
        return Request(None, None, _invalid("this line is no JSON object"))
    custom_id, body = line.get("custom_id"), line.get("body")
    if custom_id is not None and (not isinstance(custom_id, str) or len(custom_id) > _MOST_ID):
        return Request(None, None, _invalid(f"custom_id is no text of at most {_MOST_ID} characters", "custom_id"))
    if not isinstance(body, dict):
        return Request(custom_id, None, _invalid("body is no JSON object", "body"))
    if body.get("model") is None:
        if model is None:
            return Request(custom_id, None, _invalid("neither the request nor the job names a model", "model"))
        body = {**body, "model": model}
    try:
        return Request(custom_id, formats.read_request(body, "mistral"))
    except OCRError as error:
        return Request(custom_id, None, http_error_of(error))


def _invalid(message: str, param: str | None = None) -> HTTPError:
    return HTTPError(422, message, "invalid_request", param=param)


def succeeded(job: Job, number: int, request: Request, response: OCRResponse) -> Line:
    """Return the line of the output file."""
    body = formats.unstructure(evolve(response, cost=None), "mistral")
    return Line(number=number, text=_line(job, number, request, 200, body, None))


def failed(job: Job, number: int, request: Request, http_error: HTTPError) -> Line:
    """Return the line of the error file."""
    body = body_of(http_error, "mistral", f"batch-{job.id[:8]}-{number}")
    error = {"message": http_error.message, "code": http_error.code, "type": body["type"]}
    return Line(
        number=number,
        text=_line(job, number, request, http_error.status, body, error),
        error=http_error.message[:200],
    )


def _line(job: Job, number: int, request: Request, status: int, body: Any, error: Any) -> bytes:
    return formats.dumps(
        {
            "id": f"batch-{job.id[:8]}-{number}-{uuid4()}",
            "custom_id": request.custom_id,
            "response": {"status_code": status, "body": body},
            "error": error,
        }
    )
