"""What a provider may ask of a request beside JSON with a key: other bodies, signatures, errors read from bodies."""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.errors import (
    AuthenticationFailed,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from ocr_async.models import Bytes, FileOnDisk
from ocr_async.settings import RetryPolicy
from ocr_async.steps import Base64, HttpRequest, HttpResponse, Multipart, Raw
from ocr_async.transport import limits
from ocr_async.transport.body import PIECE, READ, Body, prepare
from ocr_async.transport.send import sender
from tests import faults
from tests.transport.calls import conditions
from tests.transport.test_body import written
from tests.upstream import Behaviour, Exchange, Upstream
from tests.upstream import upstream as start


pytestmark = pytest.mark.anyio

CREDENTIALS = {"Authorization": "Bearer sk-planted-0123456789"}


async def well(exchange: Exchange) -> None:
    await exchange.read()
    await exchange.json({})


def request(server: Upstream, path: str = "/parse", **changes: Any) -> HttpRequest[Any]:
    facts: dict[str, Any] = {"method": "POST", "url": server.url + path, "parse": lambda answer: answer, "pages": 1}
    return HttpRequest(**{**facts, **changes})


async def send(server: Upstream, asked: HttpRequest[Any], **changes: Any) -> Any:
    return await sender(conditions(server, **changes))(asked)


# --- bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, PIECE, READ + 3])
@pytest.mark.parametrize("on_disk", [True, False])
async def test_a_document_goes_as_its_own_bytes_again_for_each_attempt(
    upstream: Upstream, tmp_path: Path, size: int, on_disk: bool
) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    (tmp_path / "a.pdf").write_bytes(data)
    document: FileOnDisk | Bytes = Bytes(data=data, mime="application/pdf")
    if on_disk:
        document = FileOnDisk(path=tmp_path / "a.pdf", mime="application/pdf", size=size)
    upstream.script += [faults.status(503), well]
    await send(upstream, request(upstream, body=Raw(document)))
    first, second = upstream.requests
    assert first.headers["content-type"] == second.headers["content-type"] == "application/pdf"
    assert second.headers["content-length"] == str(size)
    assert second.body == data


async def test_bytes_of_the_providers_own_go_under_the_type_that_it_names(upstream: Upstream) -> None:
    upstream.script.append(well)
    await send(upstream, request(upstream, body=Raw(b"grant_type=x", "application/x-www-form-urlencoded")))
    assert upstream.requests[0].body == b"grant_type=x"
    assert upstream.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


def parts_of(body: bytes, content_type: str) -> list[tuple[str, str | None, str, bytes]]:
    """Read a multipart body as somebody else's parser does: name, file name, type and bytes of each part."""
    message = email.message_from_bytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP
    )
    found = []
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((str(name), part.get_filename(), part.get_content_type(), content))
    return found


async def test_a_form_carries_fields_and_files_with_an_exact_length(upstream: Upstream, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4000
    (tmp_path / "a.pdf").write_bytes(data)
    document = FileOnDisk(path=tmp_path / "a.pdf", mime="application/pdf", size=len(data))
    mask = Bytes(data=b"\x89PNG", mime="image/png")
    form = Multipart([("model", "parse-v1"), ("file", document), ("mask", mask)])
    upstream.script += [faults.status(503), well]
    await send(upstream, request(upstream, body=form))
    for received in upstream.requests[1:]:
        assert received.headers["content-length"] == str(len(received.body))
        assert parts_of(received.body, received.headers["content-type"]) == [
            ("model", None, "text/plain", b"parse-v1"),
            ("file", "a.pdf", "application/pdf", data),
            ("mask", "document.png", "image/png", b"\x89PNG"),
        ]


async def test_a_files_name_cannot_break_out_of_its_part() -> None:
    hostile = 'a"; filename="b.pdf\r\nX-Evil: 1\r\n\r\n'
    body = await prepare(request_without_server(Multipart([("file", Bytes(data=b"x", name=hostile))])))
    assert body is not None
    head = (await written(body)).partition(b"\r\n\r\n")[0]
    assert head.count(b"\r\n") == 2
    assert b'filename="a%22; filename=%22b.pdf%0D%0AX-Evil: 1%0D%0A%0D%0A"' in head


def request_without_server(body: Raw | Multipart) -> HttpRequest[Any]:
    return HttpRequest(method="POST", url="http://127.0.0.1/", body=body, parse=lambda answer: answer)


@given(st.binary(max_size=2000), st.booleans())
@settings(max_examples=40)
async def test_the_hash_for_a_signature_is_that_of_the_bytes_sent(data: bytes, as_json: bool) -> None:
    document = Bytes(data=data, mime="application/pdf")
    asked = request_without_server(Raw(document))
    if as_json:
        asked = HttpRequest(
            method="POST", url="http://127.0.0.1/", json={"Bytes": Base64(document)}, parse=lambda answer: answer
        )
    body = await prepare(asked)
    assert body is not None
    assert body.sha256() == hashlib.sha256(await written(body)).hexdigest()


def test_no_body_has_the_hash_of_nothing() -> None:
    assert Body.of((), "").sha256() == hashlib.sha256(b"").hexdigest()


async def test_each_attempt_is_signed_anew_over_the_exact_body(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG" * 100_000)
    document = FileOnDisk(path=tmp_path / "a.png", size=400_000)
    signed: list[str] = []

    def sign(method: str, url: str, headers: Mapping[str, str], digest: str) -> Mapping[str, str]:
        assert (method, url) == ("POST", f"{upstream.url}/parse")
        assert headers["content-type"] == "application/x-amz-json-1.1"
        signed.append(digest)
        return {"X-Signature": f"{digest} {len(signed)}"}

    upstream.script += [faults.status(503), well]
    json_body = {"Document": {"Bytes": Base64(document)}}
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    await send(upstream, request(upstream, json=json_body, headers=headers, sign=sign))
    first, second = upstream.requests
    digest = hashlib.sha256(second.body).hexdigest()
    assert signed == [digest, digest]
    assert (first.headers["x-signature"], second.headers["x-signature"]) == (f"{digest} 1", f"{digest} 2")
    assert json.loads(second.body)["Document"]["Bytes"].startswith("iVBOR")


# --- failures that a body tells -------------------------------------------------------------------------------------


def as_textract(answer: HttpResponse) -> OCRError | None:
    kind = json.loads(answer.body).get("__type", "")
    if kind.endswith("ProvisionedThroughputExceededException"):
        return RateLimited("too many pages a second")
    if kind.endswith("InternalServerError"):
        return ProviderUnavailable("it failed")
    if kind.endswith("UnsupportedDocumentException"):
        return DocumentError("the document is of a type that it does not read")
    if kind.endswith("UnrecognizedClientException"):
        return AuthenticationFailed("the access key is unknown")
    return None


def told(kind: str) -> Behaviour:
    async def answer(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json({"__type": kind}, 400)

    return answer


async def test_a_throttle_with_status_400_is_one(upstream: Upstream) -> None:
    upstream.script += [told("ProvisionedThroughputExceededException"), told("ThrottledNot"), well]
    account = ("throttled", "x")
    with pytest.raises(RequestRejected):  # the second one says nothing that the hook knows, so its status decides
        await send(upstream, request(upstream, json={}, refused=as_textract), account=account)
    assert len(upstream.requests) == 2
    assert limits.account_states()[account].most < 4  # the account has learned


@pytest.mark.parametrize(
    ("kind", "error", "requests"),
    [
        ("InternalServerError", ProviderUnavailable, 3),
        ("UnsupportedDocumentException", DocumentError, 1),
        ("UnrecognizedClientException", AuthenticationFailed, 1),
    ],
)
async def test_the_class_that_a_provider_reads_in_a_body_decides_on_repeats(
    upstream: Upstream, kind: str, error: type[OCRError], requests: int
) -> None:
    upstream.script += [told(kind)] * 5
    with pytest.raises(error) as caught:
        await send(upstream, request(upstream, json={}, refused=as_textract))
    assert len(upstream.requests) == requests
    assert getattr(caught.value, "status", 400) == 400


async def test_providers_name_their_own_headers(upstream: Upstream) -> None:
    headers = {"x-vendor-trace": "t-1", "x-request-id": "other", "llm_provider-retry-after": "900"}

    async def throttled(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json({}, 429, headers)

    upstream.script.append(throttled)
    with pytest.raises(RateLimited) as caught:
        await send(
            upstream,
            request(upstream, json={}),
            request_ids=("x-vendor-trace",),
            retry_after=("llm_provider-retry-after",),
        )
    assert (caught.value.request_id, caught.value.retry_after) == ("t-1", 900)
    assert len(upstream.requests) == 1  # 15 minutes are longer than anybody waits


# --- credentials ----------------------------------------------------------------------------------------------------


async def test_an_address_of_another_origin_gets_no_credentials(upstream: Upstream) -> None:
    async with start(host="127.0.0.2") as elsewhere:
        upstream.script.append(well)
        elsewhere.script.append(well)
        headers = {"Accept": "application/json"}
        for server in (upstream, elsewhere):
            asked = request(server, "/result?signature=s", method="GET", headers=headers, credentials=CREDENTIALS)
            await send(upstream, asked)
        assert upstream.requests[0].headers["authorization"] == CREDENTIALS["Authorization"]
        assert "authorization" not in elsewhere.requests[0].headers
        assert elsewhere.requests[0].headers["accept"] == "application/json"


async def test_the_same_host_on_another_port_is_another_origin(upstream: Upstream) -> None:
    async with start() as other:
        other.script.append(well)
        await send(upstream, request(other, method="GET", credentials=CREDENTIALS))
        assert "authorization" not in other.requests[0].headers


# --- our own mistakes -----------------------------------------------------------------------------------------------


async def test_a_mistake_while_a_body_is_written_comes_out_as_itself(upstream: Upstream) -> None:
    upstream.script += [well] * 4
    broken = FileOnDisk(path=object(), size=10)  # type: ignore[arg-type] # as a mistake of ours might make one
    with pytest.raises(TypeError, match="PathLike"):
        await send(upstream, request(upstream, body=Raw(broken)), policy=RetryPolicy(attempts=4))
    assert len(upstream.requests) <= 1
