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
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 999_999_999}
_USD: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 999_999_999_999}
_MODELS: Schema = {"type": ["array", "null"], "items": {"type": "string", "minLength": 1, "maxLength": 256}}
_LIMITS: Mapping[str, Schema] = {
    "models": _MODELS,
    "rpm": _COUNT,
    "pages_per_minute": _COUNT,
    "max_concurrency": _COUNT,
    "budget_pages": _COUNT,
    "budget_usd": _USD,
    "budget_period": {"enum": ["day", "week", "month", None]},
}
_ALIAS: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
_DURATION: Schema = {"type": ["string", "null"], "pattern": "^[1-9][0-9]{0,5}(s|m|h|d|w|mo)$"}
_KEY_TERMS: Mapping[str, Schema] = {
    "alias": _ALIAS,
    **_LIMITS,
    "expires_in": _DURATION,
    "expires_at": {"type": ["number", "null"], "minimum": 0},
}
_LITELLM_TERMS: Schema = {
    "type": "object",
    "properties": {
        "key": _TEXT,
        "key_alias": _ALIAS,
        "models": _MODELS,
        "max_budget": _USD,
        "budget_duration": _MAYBE_TEXT,
        "rpm_limit": _COUNT,
        "max_parallel_requests": _COUNT,
        "duration": _DURATION,
        "budget_pages": _COUNT,
        "pages_per_minute": _COUNT,
    },
}
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
    ("GET", "/page/offers"): Operation(
        summary="What the page at / can offer to this key.",
        group="OCR",
        answer=_fixed(
            models={"type": "array", "items": _fixed(name=_TEXT, links=_FLAG, languages=_FLAG)},
            forms=_TEXTS,
            keys=_FLAG,
            master=_FLAG,
        ),
    ),
    ("POST", "/page/render"): Operation(
        summary="Make a file of what was read, for the page at /.",
        group="OCR",
        body={_FORM: _fixed("response", response=_TEXT, file=_FILE_BODY["properties"]["file"])},
        kind="application/octet-stream",
        query={"name": _TEXT, "form": {"enum": ["md", "json", "text", "html", "csv", "xlsx", "pdf", "hocr", "alto"]}},
    ),
    ("POST", "/page/read"): Operation(
        summary="Read the document that is the body, for the page at /: events with the number of its pages, their "
        "pictures, and then the pages as HTML.",
        group="OCR",
        body={"application/octet-stream": {}, "text/uri-list": {}},
        kind="application/x-ndjson",
        query={"model": _TEXT, "name": _TEXT, "pages": _TEXT, "lang": _TEXTS},
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
    ("GET", "/v1/keys"): Operation(
        summary="The keys in use, for the master key.", group="Keys", answer=_list(ref("Key")), query=_PAGING
    ),
    ("POST", "/v1/keys"): Operation(
        summary="Make a key; its text is in this answer alone.",
        group="Keys",
        body={JSON: _fixed("alias", **_KEY_TERMS)},
        answer=ref("Key"),
        status=201,
    ),
    ("GET", "/v1/keys/{id}"): Operation(summary="One key, by its id or alias.", group="Keys", answer=ref("Key")),
    ("PATCH", "/v1/keys/{id}"): Operation(
        summary="Change a key: what is named, null for no limit.",
        group="Keys",
        body={JSON: {"type": "object", "properties": _KEY_TERMS}},
        answer=ref("Key"),
    ),
    ("DELETE", "/v1/keys/{id}"): Operation(summary="Revoke a key.", group="Keys", answer=_DELETED),
    ("POST", "/key/generate"): Operation(
        summary="Make a key, in LiteLLM's words.", group="Keys", body={JSON: _LITELLM_TERMS}, answer=ref("LiteLLMKey")
    ),
    ("POST", "/key/update"): Operation(
        summary="Change a key, in LiteLLM's words.",
        group="Keys",
        body={JSON: {**_LITELLM_TERMS, "required": ["key"]}},
        answer=ref("LiteLLMKey"),
    ),
    ("POST", "/key/delete"): Operation(
        summary="Revoke keys, in LiteLLM's words.",
        group="Keys",
        body={JSON: {"type": "object", "properties": {"keys": _TEXTS, "key_aliases": _TEXTS}}},
        answer=_fixed("deleted_keys", deleted_keys=_TEXTS),
    ),
    ("GET", "/key/info"): Operation(
        summary="One key, in LiteLLM's words.",
        group="Keys",
        answer=_fixed("key", "info", key=_TEXT, info=ref("LiteLLMKey")),
        query={"key": _TEXT},
    ),
    ("GET", "/key/list"): Operation(
        summary="The keys in use, in LiteLLM's words.",
        group="Keys",
        answer=_fixed("keys", "total_count", keys={"type": "array"}, total_count=_WHOLE),
        query={
            "page": {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
            "size": _PAGING["page_size"],
            "return_full_object": {"type": "boolean"},
        },
    ),
    ("GET", "/metrics"): Operation(summary="For Prometheus.", group="Operation", kind="text/plain"),
    **{
        ("GET", path): Operation(summary="Whether it lives.", group="Operation", answer=_fixed(status=_TEXT))
        for path in ("/health", "/health/liveliness", "/health/liveness")
    },
    ("GET", "/health/readiness"): Operation(
        summary="Whether it takes work.",
        group="Operation",
        answer=_fixed(status={"enum": ["ready", "full", "storage_unavailable"]}),
    ),
    ("GET", "/openapi.json"): Operation(summary="This description.", group="Operation", answer={"type": "object"}),
    ("GET", "/docs"): Operation(summary="This description, for people.", group="Operation", kind="text/html"),
    ("GET", "/"): Operation(summary="The web page.", group="Operation", kind="text/html"),
    ("GET", "/page/keys"): Operation(
        summary="The web page of keys and spend, which asks for the master key.", group="Operation", kind="text/html"
    ),
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
        status={"enum": ["running", "succeeded", "failed"]},
        response=ref("MistralOCRResponse"), error=ref("MistralError"),
    ),
    "Key": _fixed(
        "id", "object", "alias", "tail", "expires_at", "created_at", "spent", *_LIMITS,
        id=_TEXT, object={"const": "key"}, key=_TEXT, tail=_TEXT,
        **{name: schema for name, schema in _KEY_TERMS.items() if name != "expires_in"},
        created_at={"type": "number"}, spent=_fixed(pages=_WHOLE, usd={"type": "number"}),
    ),
    "LiteLLMKey": _fixed(
        "token", "key_name", "key_alias", "spend", "models", "max_budget", "budget_duration", "expires",
        key=_TEXT, token=_TEXT, key_name=_TEXT, key_alias=_TEXT, spend={"type": "number"}, models=_TEXTS,
        max_budget=_USD, budget_duration=_MAYBE_TEXT, budget_reset_at=_MAYBE_TEXT, rpm_limit=_COUNT,
        max_parallel_requests=_COUNT, budget_pages=_COUNT, pages_per_minute=_COUNT,
        expires=_MAYBE_TEXT, created_at=_MAYBE_TEXT,
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
