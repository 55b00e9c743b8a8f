"""The OCR routes, in the words of Mistral's, LiteLLM's and Opper's clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web
from attrs import evolve

from ... import formats
from ...call.progress import Relay
from ...formats.relay import light
from ...models import OCRRequest
from ...models import OCRResponse as Response
from ..http_errors import HTTPError
from ..idempotency.decorator import Handler, once
from ..intake.multipart import form_request
from ..reading import Served, read
from ..state import add_route, context_of, gateway_of
from ..writing import written
from .progress import stream, wanted_stream


__all__ = ["add_routes", "mistral_request"]

# Mistral's options as Opper's clients nest them
_MISTRAL_EXTRA = frozenset(
    {"extract_header", "extract_footer", "table_format", "bbox_annotation_format", "document_annotation_format"}
)

_PIECE = 256 * 1024  # bytes of an answer written at once


def add_routes(app: web.Application) -> None:
    """Add the OCR routes."""
    for path in ("/v1/ocr", "/ocr"):
        add_route(app, "POST", path, once(_mistral))
    add_route(app, "POST", "/v2/ocr", once(_opper(_read_opper, _as_opper_2)), form="opper")
    add_route(app, "POST", "/v3/ocr", once(_opper(_read_opper_3, _as_opper_3)), form="opper")


async def _mistral(request: web.Request) -> web.StreamResponse:
    relay = Relay("mistral", light)
    async with mistral_request(request) as asked:
        if (kind := wanted_stream(request)) is not None:
            return await stream(request, asked, kind, lenient=True)
        served = await read(gateway_of(request), context_of(request), asked, relay=relay, lenient=True)
    if relay.body is not None:
        return _Answer(relay.body, _cost_header(served))
    return await _response(served, _as_mistral)


def mistral_request(request: web.Request) -> AbstractAsyncContextManager[OCRRequest]:
    """
    Give what a client of Mistral's or LiteLLM's asks for; its document is there until the end of the block.

    Raises:
        RequestInvalid: With every mistake in it.

        HTTPError: The body cannot be read at all.
    """
    gateway = gateway_of(request)
    if request.content_type == "multipart/form-data":
        return form_request(request, gateway.config.max_request_bytes)
    return gateway.uploads.json(request, _read_mistral)


def _read_mistral(body: Any) -> OCRRequest:
    return formats.read_request(body, "mistral")


def _as_mistral(response: Response, _: str) -> dict[str, Any]:
    # What it cost stands in a header: Mistral's body has no word for it.
    return formats.unstructure(evolve(response, cost=None), "mistral")


# --- Opper --------------------------------------------------------------------------------------------------------


def _opper(read_body: Callable[[Any], OCRRequest], form: Callable[[Response, str], dict[str, Any]]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        gateway, context = gateway_of(request), context_of(request)
        async with gateway.uploads.json(request, read_body) as asked:
            served = await read(gateway, context, asked)
        return await _response(served, form, context.id)

    return answer


def _read_opper(body: Any) -> OCRRequest:
    return _unfolded(formats.read_request(body, "opper"))


def _as_opper_2(response: Response, request_id: str) -> dict[str, Any]:
    return formats.unstructure(evolve(response, id=response.id or request_id), "opper")


def _read_opper_3(body: Any) -> OCRRequest:
    given = body.get("parameters") if isinstance(body, dict) else None
    if isinstance(given, dict):
        body = {**body, **_by_engine(given)}
    elif given is not None:
        mistake = {"type": "dict_type", "loc": ["body", "parameters"], "msg": "Input should be a valid dictionary"}
        raise formats.RequestInvalid([{**mistake, "input": None}])
    return _read_opper(body)


def _by_engine(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return version 3's one object of parameters as version 2's two."""
    known = {name: value for name, value in parameters.items() if name in _MISTRAL_EXTRA}
    others = {name: value for name, value in parameters.items() if name not in _MISTRAL_EXTRA}
    return {"mistral_extra": known or None, "docling_extra": others or None}


def _as_opper_3(response: Response, request_id: str) -> dict[str, Any]:
    written = formats.unstructure(response, "opper")
    cost = response.cost
    return {
        "id": f"ocr_{response.id or request_id}",
        "model": written["model"],
        "pages": written["pages"],
        "usage": {
            "cost": 0.0 if cost is None else cost.total,
            "pages_processed": response.usage_info.pages_processed,
        },
    }


def _unfolded(asked: OCRRequest) -> OCRRequest:
    """Give Mistral's options their own names, so that every provider that has them honours them."""
    extra = asked.mistral_extra or {}
    if unknown := extra.keys() - _MISTRAL_EXTRA:
        raise HTTPError(
            422, f"mistral_extra has no {', '.join(sorted(unknown))[:200]}", "invalid_request", param="mistral_extra"
        )
    return evolve(asked, mistral_extra=None, **{name: value for name, value in extra.items() if value is not None})


# --- answers ------------------------------------------------------------------------------------------------------


class _Answer(web.Response):
    """A body of JSON, written in pieces: of a whole large one, asyncio copies what cannot go out at once."""

    def __init__(self, body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(body=body, content_type="application/json", headers=headers)
        self._whole = memoryview(body)

    async def write_eof(self, data: bytes = b"") -> None:
        for start in range(0, len(self._whole), _PIECE):
            await self.write(self._whole[start : start + _PIECE])
        await web.StreamResponse.write_eof(self, data)


async def _response(
    served: Served, form: Callable[[Response, str], dict[str, Any]], request_id: str = ""
) -> web.Response:
    response = evolve(served.response, cost=served.cost)

    def write() -> bytes:
        return formats.dumps(form(response, request_id))

    return _Answer(await written(response.pages, write), _cost_header(served))


def _cost_header(served: Served) -> dict[str, str]:
    return {} if served.cost is None else {"X-OCR-Cost": f"{served.cost.total:.9f}".rstrip("0").rstrip(".")}
