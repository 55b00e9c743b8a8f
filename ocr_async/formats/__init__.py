"""
JSON to models and back, in the words of each dialect: Mistral's, Opper's, LiteLLM's.

Reading is lenient where servers are (null for an empty list, ``"3"`` or ``3.0`` for 3, keys nobody knows) and strict
about shapes: what is not understood raises `ResponseInvalid` with its path. Unknown keys are kept in `extra` and
written back out. Where a dialect demands what is not known (an image's or an answer's `id`, the size of a page), empty
text or 0 is written, and read back as None. An annotation that comes as an object is kept as its JSON text, and an
answer without `usage_info` has processed the pages that came.

May import values and cattrs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve

from ..errors import ConfigurationError, ResponseInvalid
from ..models import Dialect, OCRRequest, OCRResponse, OCRUsageInfo
from ..steps import HttpResponse
from . import _read, litellm, mistral, opper
from ._answer import cost_of, read_answer
from ._dialect import reader, writer
from ._json import dumps, indented, loads
from ._request import MOST_MISTAKES, RequestInvalid


__all__ = [
    "MOST_MISTAKES",
    "RequestInvalid",
    "cost_of",
    "dumps",
    "indented",
    "loads",
    "parse",
    "read_answer",
    "read_request",
    "request_body",
    "structure",
    "unstructure",
]

T = TypeVar("T")

_RESPONSES = {"mistral": mistral.RESPONSE, "opper": opper.RESPONSE, "litellm": litellm.RESPONSE}
_WRITERS: dict[str, Callable[[OCRRequest], dict[str, Any]]] = {
    "mistral": mistral.request_body,
    "opper": opper.request_body,
    "litellm": litellm.request_body,
}
_READERS: dict[str, Callable[[Any], OCRRequest]] = {
    "mistral": mistral.read_request,
    "opper": opper.read_request,
    "litellm": litellm.read_request,
}


def structure(
    data: Mapping[str, Any],
    dialect: Dialect,
    *,
    provider: str | None = None,
    model: str | None = None,
) -> OCRResponse:
    """
    Read a response.

    Args:
        data: JSON builtins; what is kept of them (`extra`, `applied_settings` …) is not copied.

        provider: Who sent it, noted in the response or the error.

        model: The model asked for, for servers that do not name theirs.

    Raises:
        ResponseInvalid: *data* has not the dialect's shape; `path` says where, such as ``$.pages[3].index``.
    """
    read = reader(_known(_RESPONSES, dialect), OCRResponse)
    try:
        if model is not None and isinstance(data, Mapping) and data.get("model") is None:
            data = {**data, "model": model}
        response = read(data)
    except _read.Wrong as error:
        path = f"${error.path}"
        raise ResponseInvalid(
            f"the answer of {provider or 'the provider'} is not an OCR response: {path} {error.reason}",
            path=path,
            provider=provider,
        ) from None
    if data.get("usage_info") is None:
        response = evolve(response, usage_info=OCRUsageInfo(pages_processed=len(response.pages)))
    # nobody else has seen the response yet, and evolve() would copy it for a sixth of the whole time
    object.__setattr__(response, "provider", provider)
    return response


def unstructure(response: OCRResponse, dialect: Dialect) -> dict[str, Any]:
    """Write *response* as JSON builtins; mappings inside (`extra` …) are copied one level deep."""
    return writer(_known(_RESPONSES, dialect), OCRResponse)(response)


def parse(response: HttpResponse, dialect: Dialect, *, provider: str, model: str | None = None) -> OCRResponse:
    """
    Read an HTTP answer; see `structure` for *model*.

    Raises:
        ResponseInvalid: Not JSON, not of the dialect's shape, or an error without a status.
        ProviderError: The body carries an error with a status although the answer has not; its class is by status.
    """

    def read(data: Any) -> OCRResponse:
        found = structure(data, dialect, provider=provider, model=model)
        if found.cost is None:  # nobody else has seen it yet either
            object.__setattr__(found, "cost", cost_of(response.headers))
        return found

    return read_answer(response, read, provider)


def request_body(request: OCRRequest, dialect: Dialect) -> dict[str, Any]:
    """
    Write *request* as a JSON tree, with a `Base64` where an inline document goes; unset options are left out.

    Raises:
        ConfigurationError: The dialect has no word for this document.
    """
    return _known(_WRITERS, dialect)(request)


def read_request(body: Mapping[str, Any], dialect: Dialect) -> OCRRequest:
    """
    Read the request of a client, as a gateway receives it.

    A document given as a data URI stays a `Url` of it, for `document` to decode; the document's other facts (MIME
    type, size) are not known yet either.

    Raises:
        RequestInvalid: With its mistakes in `errors`, in FastAPI's form.
    """
    return _known(_READERS, dialect)(body)


def _known(table: Mapping[str, T], dialect: str) -> T:
    if dialect not in table:
        raise ConfigurationError(f'there is no dialect "{dialect}"; choose one of {", ".join(table)}')
    return table[dialect]
