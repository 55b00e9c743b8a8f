"""
Google Document AI by its online requests.

Sources: google-cloud-documentai 3.16.0 (messages of v1) and https://cloud.google.com/document-ai/limits; read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from attrs import evolve, frozen

from ... import formats
from ...errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from ...models import Bytes, FileOnDisk, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ...steps import Base64, Exchange, HttpResponse, http
from ...wording import shortened
from .. import LAYOUT_OPTIONS, Facts, _structure
from .._service import indexes_of, shaped
from .account import InProject, connected
from .documents import Sheet, laid_out


__all__ = ["DocumentAI"]

_MODEL = re.compile(
    r"(?:projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/processors/)?"
    r"(?P<processor>[\w-]+)(?:/(?:processorVersions/)?(?P<version>[\w.-]+))?"
)
_PAGED = frozenset({"application/pdf", "image/tiff", "image/gif"})  # of the others every page is asked for

# google.rpc.Code, as a document may carry it in an answer with status 200
_CODES: Mapping[int, type[OCRError]] = {
    3: DocumentError,
    7: AuthenticationFailed,
    8: RateLimited,
    13: ProviderUnavailable,
    14: ProviderUnavailable,
    16: AuthenticationFailed,
}


@frozen(kw_only=True)
class DocumentAI(InProject):
    """One project at Document AI, in one location. Its models are the processors that the user made."""

    name: ClassVar[str] = "google_document_ai"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "lang", "confidence_scores_granularity", "extra_body"},
        takes_urls=False,
        max_pages=30,  # in imageless mode; 15 otherwise
        batch_pages=15,
        max_bytes=40 * 1024**2,
        variables=("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_DOCUMENT_AI_TOKEN"),
        reads_files=True,
    )

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Self:
        """
        Return the provider for *api_key* (a token, or the JSON of credentials), the environment's or the machine's.

        These go to googleapis.com, to this machine and to the environment's own address only.

        Raises:
            ConfigurationError: No project, nothing that gives tokens, or no name of a processor.
        """
        named = _named(model) if model else {}
        place, source = connected(
            "documentai",
            api_key=api_key,
            api_base=api_base,
            headers=headers,
            environ=environ,
            tokens=("GOOGLE_DOCUMENT_AI_TOKEN",),
            accounts=("GOOGLE_APPLICATION_CREDENTIALS",),
            addresses=("GOOGLE_DOCUMENT_AI_API_BASE",),
            projects=("GOOGLE_CLOUD_PROJECT", "GOOGLE_PROJECT_ID"),
            locations=("GOOGLE_DOCUMENT_AI_LOCATION", "GOOGLE_LOCATION"),
            location="us",
            project=named.get("project"),
            place=named.get("location"),
        )
        return cls(base_url=place.base, place=place, source=source, headers=dict(headers))

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""
        signed = yield from self.signed()
        named = _named(request.model)
        path = f"{self.place.path}/processors/{named['processor']}"
        if version := named.get("version"):
            path += f"/processorVersions/{version}"

        def parse(answer: HttpResponse) -> OCRResponse:
            return formats.read_answer(answer, lambda data: _read(data, request), self.name)

        return (
            yield from http(signed.request("POST", f"{path}:process", parse, json=_body(request), pages=request.count))
        )


def _named(model: str) -> dict[str, str]:
    """
    Return the parts of a processor's name.

    Raises:
        ConfigurationError: It is none.
    """
    match = _MODEL.fullmatch(model)
    if match is None:
        raise ConfigurationError(
            f'"{model}" names no processor of Document AI: write its id, with /version behind it if need be, or its '
            "whole name as in projects/…/locations/…/processors/…"
        )
    return {name: value for name, value in match.groupdict().items() if value}


def _body(request: OCRRequest) -> dict[str, Any]:
    document = request.document
    assert isinstance(document, (Bytes, FileOnDisk)), "facts.takes_urls and takes_file_ids are False"
    options: dict[str, Any] = {}
    if request.pages is not None and document.mime in _PAGED:
        options["individualPageSelector"] = {"pages": [index + 1 for index in request.pages]}
    if request.lang is not None:
        languages = [request.lang] if isinstance(request.lang, str) else list(request.lang)
        options["ocrConfig"] = {"hints": {"languageHints": languages}}
    extra = dict(request.extra_body or {})
    options |= extra.pop("processOptions", {})
    body = {
        "rawDocument": {"content": Base64(document), "mimeType": document.mime or "application/octet-stream"},
        "skipHumanReview": True,
        "imagelessMode": True,  # no pictures of pages come back, and twice the pages may be asked for
    }
    return body | ({"processOptions": options} if options else {}) | extra


@shaped("google_document_ai", "$.document")
def _read(data: Any, request: OCRRequest) -> OCRResponse:
    document = data["document"]
    told = document.get("error") or {}
    if told.get("code"):
        raise _error(told)
    pages = _pages(document, request)
    return OCRResponse(pages=tuple(pages), model=request.model, usage_info=OCRUsageInfo(pages_processed=len(pages)))


def _error(told: Mapping[str, Any]) -> OCRError:
    cls = _CODES.get(int(told["code"]), RequestRejected)
    said = shortened(str(told.get("message") or "it does not say why"), 500)
    text = f"google_document_ai could not read the document: {said}"
    return cls(text, provider="google_document_ai") if issubclass(cls, ProviderError) else cls(text)


def _pages(document: Mapping[str, Any], request: OCRRequest) -> list[OCRPage]:
    if sheets := document.get("pages"):
        text = str(document.get("text") or "")
        numbers = [int(sheet.get("pageNumber") or at) - 1 for at, sheet in enumerate(sheets, 1)]
        indexes = indexes_of(numbers, request.pages)
        found = _entities(document)
        pages = [
            _page(indexes[number], Sheet(sheet, text), found.get(at, []), request)
            for at, (number, sheet) in enumerate(zip(numbers, sheets, strict=True))
            if number in indexes
        ]
        return sorted(pages, key=lambda page: page.index)
    if (layout := document.get("documentLayout")) is None:
        return []
    blocks = laid_out(layout.get("blocks") or ())
    indexes = indexes_of((number - 1 for number in blocks), request.pages)
    regions = {index: blocks[number + 1] for number, index in indexes.items()}
    # it tells blocks and not pages: one without any is empty
    whole = request.pages if request.pages is not None else range(max(regions, default=0) + 1)
    return [_structure.page_of(index, regions.get(index, []), request, dimensions=None) for index in whole]


def _page(index: int, sheet: Sheet, entities: list[dict[str, Any]], request: OCRRequest) -> OCRPage:
    extra = {"key_values": sheet.key_values, "entities": entities}
    page = _structure.page_of(
        index,
        sheet.regions,
        request,
        dimensions=sheet.dimensions,
        confidence=_structure.confidence_of(sheet.lines),
        extra={name: value for name, value in extra.items() if value},
    )
    return evolve(page, confidence_scores=None) if not sheet.lines else page


def _entities(document: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """Return what a processor extracted, by the position (from 0) of its page in the answer."""
    found: dict[int, list[dict[str, Any]]] = {}
    for entity in document.get("entities") or ():
        refs = (entity.get("pageAnchor") or {}).get("pageRefs") or [{}]
        normal: Mapping[str, Any] = entity.get("normalizedValue") or {}
        told = {
            "type": entity.get("type"),
            "text": entity.get("mentionText"),
            "normalized": normal.get("text"),
            "confidence": entity.get("confidence"),
        }
        kept = {name: value for name, value in told.items() if value is not None}
        found.setdefault(int(refs[0].get("page") or 0), []).append(kept)
    return found
