"""
docling-serve: https://github.com/docling-project/docling-serve (1.38.2, read 2026-11).

Always its asynchronous jobs: the synchronous routes end after two minutes and tell failures as 404. What is read comes
from the document's JSON, page by page: its Markdown says nothing of empty pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from attrs import evolve, frozen

from ...engine.values import OutputFormat
from ...errors import (
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ...models import Bytes, FileOnDisk, OCRPage, OCRPageConfidence, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ...pages import runs
from ...steps import Base64, Exchange, HttpResponse, http, together
from ...wording import shortened
from .. import LAYOUT_OPTIONS, Facts, _account, _jobs, _structure
from .._service import identifier, inner, mapping, number_in, objects, shaped
from .document import DoclingPage, pages_of


__all__ = ["Docling"]

_DPI = 144  # images_scale 2, docling-serve's own default and most
_PIPELINES = ("standard", "vlm", "native", "legacy", "asr")
_NAMES = {"": "standard", "docling-latest": "standard", **{name: name for name in _PIPELINES}}

_FORMS: Mapping[Any, OutputFormat] = {
    None: "markdown", "markdown": "markdown", "md": "markdown", "html": "html", "text": "text", "json": "json",
}  # fmt: skip
_ENGINES = ("auto", "easyocr", "kserve_v2_ocr", "nemotron-ocr", "ocrmac", "rapidocr", "tesseract", "tesserocr")
_EXTRA: Mapping[str, tuple[object, ...]] = {
    "output_format": tuple(name for name in _FORMS if name),
    "ocr_engine": _ENGINES,
    "force_ocr": (True, False),
    "table_mode": ("accurate", "fast"),
}
_LANGUAGES = ("ocr_lang", "lang")
# It tells a file's type by the ending of its name alone.
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tiff",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@frozen(kw_only=True)
class Docling(_account.AtHome):
    """
    One docling-serve. Its models are docling's pipelines: ``docling/standard``, ``docling/vlm`` …

    Attributes:
        api_key: Sent as X-Api-Key; None for a server without one.

        base_url: Without ``/v1``.

        headers: Sent besides.
    """

    name: ClassVar[str] = "docling"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "include_image_base64", "lang", "docling_extra", "extra_body"},
        models=("standard", "vlm"),
        contiguous=True,
        max_concurrency=2,  # its own workers; what comes beyond waits in a queue without an end
        variables=("DOCLING_API_KEY", "DOCLING_SERVE_API_KEY"),
    )
    key_header: ClassVar[str] = "X-Api-Key"
    home: ClassVar[_account.Home] = _account.Home(
        base="http://localhost:5001",
        variables=("DOCLING_API_BASE",),
        domain=(),
        ends=("/v1/convert/source/async", "/v1/convert/source", "/v1/convert", "/v1"),
        keyless=True,
        models=_NAMES,
        kind="pipeline",
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages, a job for each run of pages that follow each other."""
        options = _options(request)
        spans: list[tuple[int, ...] | None] = [None] if request.pages is None else list(runs(request.pages))
        answers = yield from together([self._job(request, options, span) for span in spans])
        failed = {index: error for answer in answers for index, error in answer.failed.items()}
        if failed and request.pages != tuple(failed):
            # beside others a page may fail for want of time or memory; alone it has another chance
            again = yield from together([self._alone(request, options, index) for index in failed])
            answers += again
            failed = {index: error for answer in again for index, error in answer.failed.items()}
        pages = sorted((page for answer in answers for page in answer.pages), key=lambda page: page.index)
        return OCRResponse(
            pages=tuple(pages),
            model=f"docling/{_NAMES[request.model]}",
            usage_info=OCRUsageInfo(
                pages_processed=len(pages),
                processing_time_seconds=round(sum(answer.seconds for answer in answers), 3),
                applied_settings=options,
            ),
            missing_pages=failed,
        )

    def _alone(self, request: OCRRequest, options: Mapping[str, Any], index: int) -> Exchange[_Converted]:
        try:
            return (yield from self._job(request, options, (index,)))
        except DocumentError as error:
            return _Converted([], {index: error}, 0.0)

    def _job(
        self, request: OCRRequest, options: Mapping[str, Any], span: tuple[int, ...] | None
    ) -> Exchange[_Converted]:
        asked = dict(options)
        if span is not None:
            asked["page_range"] = [span[0] + 1, span[-1] + 1]
        body = {"options": asked, "sources": [_source(request.document)], "target": {"kind": "inbody"}}
        body |= request.extra_body or {}
        pages = None if span is None else len(span)
        job = yield from http(self.request("POST", "/v1/convert/source/async", _task, json=body, pages=pages))
        yield from _jobs.poll(
            lambda: self.request("GET", f"/v1/status/poll/{job}", _state), first=0.1, interval=0.2, longest=3.0
        )
        result = yield from http(self.request("GET", f"/v1/result/{job}", _result, pages=pages))
        return _converted(result, request, span)


def _options(request: OCRRequest) -> dict[str, Any]:
    """
    Return docling's options for *request*, the page range aside.

    Raises:
        ConfigurationError: `docling_extra` has an option or a value that docling-serve has not; it would pass over
            it in silence.
    """
    extra = {name: value for name, value in (request.docling_extra or {}).items() if value is not None}
    asked_languages = [extra.pop(name, None) for name in _LANGUAGES]
    for name, value in extra.items():
        if name not in _EXTRA:
            raise ConfigurationError(
                f'docling_extra has no option "{name}"; it has {", ".join((*_EXTRA, *_LANGUAGES))}'
            )
        if value not in _EXTRA[name]:
            has = ", ".join(map(repr, _EXTRA[name]))
            raise ConfigurationError(f"docling has no docling_extra[{name!r}] = {value!r}; it takes {has}")
    options: dict[str, Any] = {
        "to_formats": ["json"],
        "image_export_mode": "embedded" if request.include_image_base64 else "placeholder",
        "include_images": request.include_image_base64 is True,
        "images_scale": _DPI / 72,
        "pipeline": _NAMES[request.model],
        "force_ocr": extra.get("force_ocr", False),
        "table_mode": extra.get("table_mode", "accurate"),
    }
    if engine := extra.get("ocr_engine"):
        # the name of today's releases, and that of those before
        options |= {"ocr_preset": engine, "ocr_engine": engine}
    named = next((each for each in (request.lang, *asked_languages) if each is not None), None)
    if named is not None:
        options["ocr_lang"] = [named] if isinstance(named, str) else list(named)
    return options


def _source(document: Any) -> dict[str, Any]:
    if isinstance(document, Url):
        return {"kind": "http", "url": document.url}
    return {"kind": "file", "base64_string": Base64(document), "filename": _file_name(document)}


def _file_name(document: FileOnDisk | Bytes) -> str:
    ending = _ENDINGS.get(document.mime or "")
    name = document.name or "document"
    return name if ending is None or name.lower().endswith(ending) else name + ending


# --- answers ------------------------------------------------------------------------------------------------------


@frozen
class _Converted:
    pages: list[OCRPage]
    failed: dict[int, OCRError]
    seconds: float


def _task(answer: HttpResponse) -> str:
    return quote(identifier(mapping(answer, "docling").get("task_id"), "$.task_id", "docling"), safe="")


def _state(answer: HttpResponse) -> bool | _jobs.Pending | _jobs.Failed:
    task = mapping(answer, "docling")
    match task.get("task_status"):
        case "pending" | "started":
            return _jobs.Pending()
        case "success" | "partial_success" | "skipped":
            return True
        case "failure":
            return _jobs.Failed(_failure(task))
    raise ResponseInvalid(f"docling tells an unknown task_status {task.get('task_status')!r}", path="$.task_status")


@shaped("docling", "$.failure")
def _failure(task: Mapping[str, Any]) -> OCRError:
    facts: Any = task.get("failure") or {}
    said = shortened(str(facts.get("message") or task.get("error_message") or "it does not say why"), 500)
    category = facts.get("category")
    text = f"docling failed: {said}"
    match category:
        case "policy" | "source_unavailable" | "backend_failure":
            return DocumentError(text)
        case "capacity":
            return RateLimited(text, provider="docling")
        case "timeout" | "target_unavailable" | "internal" | "inference_failure":
            return ProviderUnavailable(text, provider="docling")
    return RequestRejected(text, provider="docling")


@shaped("docling")
def _result(answer: HttpResponse) -> Mapping[str, Any]:
    result = mapping(answer, "docling")
    if result.get("status") not in {"success", "partial_success", "failure", "skipped"}:
        raise ResponseInvalid("the answer of docling has no status", path="$.status")
    return result


def _converted(result: Mapping[str, Any], request: OCRRequest, span: tuple[int, ...] | None) -> _Converted:
    """
    Return the pages of a result; one that failed, or never came of a job that did not end, is left out.

    Raises:
        DocumentError: Nothing could be read: docling tells so with status 200.
    """
    errors = objects(result.get("errors"))
    said = "; ".join(shortened(str(error.get("error_message")), 300) for error in errors[:3]) or "it does not say why"
    if result["status"] in {"failure", "skipped"}:
        raise DocumentError(f"docling could not read the document: {said}")
    content = inner(result, "document", "json_content")
    if not isinstance(content, Mapping):
        raise ResponseInvalid("the answer of docling has no document", path="$.document.json_content")
    document = request.document
    mime = document.mime if isinstance(document, (FileOnDisk, Bytes)) else None
    origin = str(inner(content, "origin", "mimetype") or mime or "")
    found = pages_of(content, _DPI, pixels=origin.startswith("image/"))
    failed = {
        number - 1: str(error.get("error_message"))
        for error in errors
        if isinstance(number := error.get("page_no"), int)
    }
    if result["status"] == "partial_success":
        # a document_timeout leaves the pages after it empty, and names none of them
        found = {index: page for index, page in found.items() if page.regions and index not in failed}
    wanted = found if span is None else {index: page for index, page in found.items() if index in span}
    scores = inner(result, "confidence", "pages")
    form = _FORMS[(request.docling_extra or {}).get("output_format")]
    pages = [_page(index, page, request, inner(scores, str(index + 1)), form) for index, page in wanted.items()]
    lost: dict[int, OCRError] = {
        index: DocumentError(f"page {index} (from 0) failed at docling: {failed.get(index, 'it did not get to it')}")
        for index in (set(failed) if span is None else set(span) - set(wanted))
        if span is None or index in failed or result["status"] == "partial_success"
    }
    return _Converted(pages, lost, number_in(result.get("processing_time")) or 0.0)


def _page(index: int, page: DoclingPage, request: OCRRequest, scores: Any, form: OutputFormat) -> OCRPage:
    made = _structure.page_of(
        index,
        page.regions,
        request,
        dimensions=page.dimensions,
        picture=page.pictures.get,
        hyperlinks=page.links,
        form=form,
    )
    confidence = _confidence(scores)
    return made if confidence is None else evolve(made, confidence_scores=confidence)


def _confidence(scores: Any) -> OCRPageConfidence | None:
    """Return docling's grades of a page; those that it could not give are NaN or null."""
    mean, low = (number_in(inner(scores, name)) for name in ("mean_score", "low_score"))
    if mean is None or low is None or not 0 <= low <= mean <= 1:
        return None
    return OCRPageConfidence(average_page_confidence_score=mean, minimum_page_confidence_score=low)
