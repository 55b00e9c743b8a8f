"""
The same call through LiteLLM and through us, before one server: both send the same request, but for what is told here.

LiteLLM's newest is what people come from, so a request that differs from its own has a reason. `nox -s litellm`
installs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio.from_thread
import pytest
from attrs import field, frozen

from ocr_async import ocr as our_ocr
from tests.clients.test_stand_ins import PDF, data_uri, png
from tests.providers.cases import CASES, aws_textract
from tests.providers.cases.base import KEY, Service
from tests.providers.cases.vertex_ai import PLACE
from tests.providers.forms import form_of
from tests.upstream import Received, Upstream, upstream


os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it fetches its prices when it is imported otherwise
litellm = pytest.importorskip("litellm", reason="LiteLLM is not installed")
pytestmark = pytest.mark.filterwarnings("default")

DOCUMENT = {"type": "document_url", "document_url": data_uri(PDF)}
ADDRESS = {"type": "document_url", "document_url": "https://example.com/a.pdf"}
PICTURE = {"type": "image_url", "image_url": data_uri(png())}
PROJECT, LOCATION = PLACE.split("/")[3], PLACE.split("/")[5]

# What carries the key, and what the service acts upon; the others tell of the client alone.
HEADERS = {"authorization", "ocp-apim-subscription-key", "content-type", "x-amz-target"}

LAYOUT = {
    "0.query.outputContentFormat": "Markdown keeps headings and tables; LiteLLM joins lines of text",
    "0.query.stringIndexType": "spans count as Python does, so that pages are cut where they end",
}
RAW = {
    "0.headers.content-type": "the document goes as it is, a quarter smaller than in base64",
    "0.body": "the same",
    "0.body.base64Source": "the same",
}
REDUCTO = {
    "0.form.file.name": "Reducto goes by the ending of the name",
    "1.path": "a job is polled, where one long request is lost with its connection",
    "1.body.formatting": "tables with merged cells need HTML",
}
LEGACY = {
    "1.body.document_url": "version 3 of the API serves both models; LiteLLM writes version 2's body",
    "1.body.input": "the same",
    "1.body.settings": "the same: the model is a setting",
}


@frozen(kw_only=True)
class Call:
    """
    One call.

    Attributes:
        model: As both name it.

        service: The name of the case whose stand-in answers; None: that of `model`.

        options: Of both.

        theirs: Besides, in LiteLLM's words.

        differences: Why a part of the request differs: a path into what `request_of` returns.
    """

    model: str
    document: Mapping[str, Any] = field(factory=lambda: DOCUMENT)
    service: str | None = None
    options: Mapping[str, Any] = field(factory=dict)
    theirs: Mapping[str, Any] = field(factory=dict)
    differences: Mapping[str, str] = field(factory=dict)

    def __str__(self) -> str:
        return self.model


CALLS = [
    Call(model="mistral/mistral-ocr-latest", options={"pages": [0, 2], "include_image_base64": True}),
    Call(model="mistral/mistral-ocr-latest", document=ADDRESS, options={"image_limit": 3, "table_format": "html"}),
    Call(model="azure_ai/mistral-document-ai-2512", options={"pages": [0, 2]}),
    Call(model="azure_ai/doc-intelligence/prebuilt-layout", options={"pages": [0, 2]}, differences=LAYOUT | RAW),
    Call(model="azure_ai/doc-intelligence/prebuilt-layout", document=ADDRESS, differences=LAYOUT),
    Call(model="azure_ai/Cohere-parse-v5", document=PICTURE),
    Call(model="cohere/parse-v5.0", document=PICTURE),
    Call(model="reducto/parse-v3", differences=REDUCTO),
    Call(model="reducto/parse-legacy", service="reducto/parse-v3", differences=REDUCTO | LEGACY),
    Call(
        model="vertex_ai/mistral-ocr-2505",
        options={"pages": [1]},
        theirs={"vertex_project": PROJECT, "vertex_location": LOCATION},
    ),
    Call(model="aws_textract/detect-document-text", document=PICTURE, service="aws_textract/analyze-document"),
    Call(model="aws_textract/analyze-document", document=PICTURE),
]


def request_of(received: Received) -> dict[str, Any]:
    """Return the parts of a request that a service acts upon, by their paths."""
    parts = urlsplit(received.path)
    found: dict[str, Any] = {"method": received.method, "path": parts.path}
    found |= {f"query.{name}": values for name, values in parse_qs(parts.query).items()}
    for name in HEADERS & received.headers.keys():
        value = received.headers[name].partition(";")[0]  # without a boundary
        if value.startswith("AWS4-HMAC-SHA256"):
            value = value.split("/")[0] + "/" + "/".join(value.split(",")[0].split("/")[2:])  # without date, signature
        found[f"headers.{name}"] = value
    if received.headers.get("content-type", "").startswith("multipart/"):
        for name, part in form_of(received).items():
            found[f"form.{name}"] = part.data
            found[f"form.{name}.mime"] = part.mime
            found[f"form.{name}.name"] = part.file_name
    elif "json" in received.headers.get("content-type", ""):
        found |= {f"body.{name}": value for name, value in received.json.items()}
    elif received.body:
        found["body"] = received.body
    return found


def sent(server: Upstream) -> list[dict[str, Any]]:
    """Return what was sent that is no poll and no cleaning up."""
    return [request_of(each) for each in server.requests if each.method == "POST"]


@pytest.fixture
def portal() -> Iterator[anyio.from_thread.BlockingPortal]:
    with anyio.from_thread.start_blocking_portal() as running:
        yield running


def service_of(call: Call) -> Service:
    name = call.service or call.model
    return next(case for case in CASES if case.model == name).service()


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_same_call_is_the_same_request(call: Call, portal: anyio.from_thread.BlockingPortal) -> None:
    at_aws = call.model.startswith("aws_textract/")
    keys = {"aws_access_key_id": aws_textract.ID, "aws_secret_access_key": KEY, "aws_region_name": "eu-west-1"}
    account = keys if at_aws else {"api_key": KEY}
    with portal.wrap_async_context_manager(upstream(default=service_of(call))) as server:
        refusal = None
        try:
            litellm.ocr(
                model=call.model, document=dict(call.document), api_base=server.url,
                **account, **call.options, **call.theirs,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - a stand-in may refuse what we never ask; it was asked all the same
            refusal = error
        theirs = sent(server)
        assert theirs, refusal
    with portal.wrap_async_context_manager(upstream(default=service_of(call))) as server:
        base = f"{server.url}{PLACE}" if call.model.startswith("vertex_ai/") else server.url
        key = f"{aws_textract.ID}:{KEY}@eu-west-1" if at_aws else KEY
        our_ocr(dict(call.document), model=call.model, api_base=base, api_key=key, **call.options)
        ours = sent(server)
    found: dict[str, tuple[str, str]] = {}
    for number, (one, other) in enumerate(zip(theirs, ours, strict=False)):
        for part in one.keys() | other.keys():
            if one.get(part) != other.get(part):
                found[f"{number}.{part}"] = (short(one.get(part)), short(other.get(part)))
    if len(theirs) != len(ours):
        found["count"] = (str(len(theirs)), str(len(ours)))
    assert found.keys() == call.differences.keys(), found


def short(value: Any) -> str:
    return repr(value)[:150]
