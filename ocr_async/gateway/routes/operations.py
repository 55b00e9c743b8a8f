"""What each route of the gateway is for, what it takes and what it gives: the table behind ``/openapi.json``."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ...formats import schemas
from ...formats.schemas import Schema


__all__ = ["JSON", "OPERATIONS", "SCHEMAS", "Operation", "ref"]

JSON, _FORM = "application/json", "multipart/form-data"


@frozen(kw_only=True)
class Operation:
    """
    What one route is for.

    Attributes:
        body: Schemas of what is sent, by content type.

        answer: Schema of what comes back as JSON; None for other content.

        kind: Content type of what comes back.

        query: Schemas of parameters.
    """

    summary: str
    group: str
    body: Mapping[str, Schema] | None = None
    answer: Schema | None = None
    kind: str = JSON
    status: int = 200
    query: Mapping[str, Schema] | None = None


def ref(name: str) -> Schema:
    """Return what stands for the schema *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: Schema) -> Schema:
    return {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": of}}}


def _fixed(*needed: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": list(needed or properties), "properties": properties}


_TEXT, _WHOLE, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_MAYBE_TEXT, _MAYBE_WHOLE = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
_FILE_BODY = _fixed("file", file={"type": "string", "contentMediaType": "application/octet-stream"})
_DELETED = _fixed(id=_TEXT, object=_TEXT, deleted={"const": True})
_PAGING: Mapping[str, Schema] = {
    "page": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
    "page_size": {"type": "integer", "minimum": 1, "maximum": 1000},
}

_OCR = Operation(
    summary="Read a document. With Accept: text/event-stream or application/x-ndjson, pages come as they get ready.",
    group="OCR",
    body={
        JSON: ref("MistralOCRRequest"),
        _FORM: _fixed("file", "model", file=_FILE_BODY["properties"]["file"], model=_TEXT),
    },
    answer=ref("MistralOCRResponse"),
)
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/v1/ocr"): _OCR,
    ("POST", "/ocr"): _OCR,
    ("POST", "/v2/ocr"): Operation(
        summary="Read a document, in Opper's words.",
        group="OCR",
        body={JSON: ref("OpperOCRRequest")},
        answer=ref("OpperOCRResponse"),
    ),
    ("POST", "/v3/ocr"): Operation(
        summary="Read a document, in the words of Opper's version 3.",
        group="OCR",
        body={JSON: ref("OpperOCRRequest")},
        answer=_fixed(
            id=_TEXT,
            model=_TEXT,
            pages={"type": "array", "items": ref("OpperOCRPage")},
            usage=_fixed(cost={"type": "number"}, pages_processed=_WHOLE),
        ),
    ),
    ("PUT", "/process"): Operation(
        summary="Read the document that is the body, as open-webui's external engine.",
        group="OCR",
        body={"application/octet-stream": {}},
        answer={"type": "array", "items": _fixed(page_content=_TEXT, metadata={"type": "object"})},
    ),
    ("POST", "/page/read"): Operation(
        summary="Read the document that is the body, for the page at /: lines of JSON with a page as HTML in each.",
        group="OCR",
        body={"application/octet-stream": {}, "text/uri-list": {}},
        kind="application/x-ndjson",
        query={"model": _TEXT, "name": _TEXT},
    ),
    ("POST", "/v1/ocr/jobs"): Operation(
        summary="Read a document later.", group="Jobs", body=_OCR.body, answer=ref("Job"), status=202
    ),
    ("GET", "/v1/ocr/jobs/{id}"): Operation(
        summary="How far a job is; its response or error once it has ended.", group="Jobs", answer=ref("Job")
    ),
    ("DELETE", "/v1/ocr/jobs/{id}"): Operation(summary="End a job, and forget it.", group="Jobs", answer=_DELETED),
    ("GET", "/v1/models"): Operation(summary="The models.", group="Models", answer=_list(_fixed(id=_TEXT))),
    ("GET", "/v1/models/{model}"): Operation(summary="One model.", group="Models", answer=_fixed(id=_TEXT)),
    ("GET", "/models"): Operation(summary="The models.", group="Models", answer=_list(_fixed(id=_TEXT))),
    ("GET", "/v2/ocr/models"): Operation(
        summary="The models, in Opper's words.",
        group="Models",
        answer=_list(_fixed(name=_TEXT, hosting_provider=_TEXT, cost_per_page={"type": ["number", "null"]})),
    ),
    ("POST", "/v1/files"): Operation(
        summary="Upload a file.", group="Files", body={_FORM: _FILE_BODY}, answer=ref("File")
    ),
    ("GET", "/v1/files"): Operation(
        summary="The files of this key.", group="Files", answer=_list(ref("File")), query=_PAGING
    ),
    ("GET", "/v1/files/{file_id}"): Operation(summary="One file.", group="Files", answer=ref("File")),
    ("DELETE", "/v1/files/{file_id}"): Operation(summary="Delete a file.", group="Files", answer=_DELETED),
    ("GET", "/v1/files/{file_id}/content"): Operation(
        summary="What a file holds.", group="Files", kind="application/octet-stream"
    ),
    ("GET", "/v1/files/{file_id}/url"): Operation(
        summary="An address that opens a file to anyone for some hours.",
        group="Files",
        answer=_fixed(url=_TEXT),
        query={"expiry": {"type": "integer", "minimum": 1, "maximum": 168}},
    ),
    ("GET", "/v1/files/{file_id}/signed"): Operation(
        summary="What a file holds, at a signed address.", group="Files", kind="application/octet-stream"
    ),
    ("POST", "/v1/batch/jobs"): Operation(
        summary="Read many documents within a day.",
        body={JSON: _fixed("endpoint", endpoint={"const": "/v1/ocr"}, model=_MAYBE_TEXT)},
        group="Batches",
        answer=ref("BatchJob"),
    ),
    ("GET", "/v1/batch/jobs"): Operation(
        summary="The batches of this key.", group="Batches", answer=_list(ref("BatchJob")), query=_PAGING
    ),
    ("GET", "/v1/batch/jobs/{job_id}"): Operation(summary="One batch.", group="Batches", answer=ref("BatchJob")),
    ("POST", "/v1/batch/jobs/{job_id}/cancel"): Operation(
        summary="End a batch early.", group="Batches", answer=ref("BatchJob")
    ),
    ("DELETE", "/v1/batch/jobs/{job_id}"): Operation(summary="Forget a batch.", group="Batches", answer=_DELETED),
    ("GET", "/metrics"): Operation(summary="For Prometheus.", group="Operation", kind="text/plain"),
    **{
        ("GET", path): Operation(summary="Whether it lives.", group="Operation", answer=_fixed(status=_TEXT))
        for path in ("/health", "/health/liveliness", "/health/liveness")
    },
    ("GET", "/health/readiness"): Operation(
        summary="Whether it takes work.", group="Operation", answer=_fixed(status={"enum": ["ready", "full"]})
    ),
    ("GET", "/openapi.json"): Operation(summary="This description.", group="Operation", answer={"type": "object"}),
    ("GET", "/docs"): Operation(summary="This description, for people.", group="Operation", kind="text/html"),
    ("GET", "/"): Operation(summary="The web page.", group="Operation", kind="text/html"),
}

_ERRORS: Mapping[str, Schema] = {
    "mistral": _fixed(
        "object", "message", "type", "code", "request_id",
        object={"const": "error"}, message=_TEXT, type=_TEXT, param=_MAYBE_TEXT, code=_TEXT, request_id=_TEXT,
        detail={"type": "array"},
    ),
    "opper": _fixed(type=_TEXT, message=_TEXT, detail={}, request_id=_TEXT),
}  # fmt: skip

SCHEMAS: Mapping[str, Schema] = {
    "MistralOCRRequest": schemas.request("mistral"),
    "OpperOCRRequest": schemas.request("opper"),
    **schemas.responses("mistral", "Mistral"),
    **schemas.responses("opper", "Opper"),
    "MistralError": _ERRORS["mistral"],
    "OpperError": _ERRORS["opper"],
    "Job": _fixed(
        "id", "object", "status", "pages_done",
        id=_TEXT, object={"const": "ocr.job"}, pages_done=_WHOLE,
        status={"enum": ["running", "succeeded", "failed", "cancelled"]},
        response=ref("MistralOCRResponse"), error=ref("MistralError"),
    ),
    "File": _fixed(
        "id", "object", "bytes", "created_at", "filename", "purpose",
        id=_TEXT, object={"const": "file"}, bytes=_WHOLE, created_at=_WHOLE, filename=_TEXT, purpose=_TEXT,
        mimetype=_MAYBE_TEXT, num_lines=_MAYBE_WHOLE, expires_at=_MAYBE_WHOLE,
    ),
    "BatchJob": _fixed(
        "id", "object", "status", "created_at", "total_requests",
        id=_TEXT, object={"const": "batch"}, status=_TEXT, created_at=_WHOLE, total_requests=_WHOLE,
        input_files={"type": "array", "items": _TEXT}, output_file=_MAYBE_TEXT, error_file=_MAYBE_TEXT,
    ),
}  # fmt: skip
