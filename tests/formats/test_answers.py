"""HTTP answers: which response or which error they stand for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from ocr_async.errors import (
    AuthenticationFailed,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.formats import parse, relay
from ocr_async.models import OCRResponse
from ocr_async.steps import HttpResponse

from .samples import MISTRAL, spoilt


def answer(body: bytes | object, **headers: str) -> HttpResponse:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(200, names, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_good_answer_knows_where_it_comes_from() -> None:
    response = parse(answer(MISTRAL), "mistral", provider="mistral")
    assert (response.provider, len(response.pages)) == ("mistral", 1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "answered nothing, not JSON"),
        (b"  \n", "answered nothing, not JSON"),
        (b"<!DOCTYPE html><p>Bad gateway", "answered an HTML page, not JSON"),
        (b'{"pages": [', "answered text, not JSON"),
        (b'{"pages": NaN}', "answered text, not JSON"),
        (b"\xff\xfe\x00", "answered text, not JSON"),
        (b"[" * 100_000, "answered text, not JSON"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(ResponseInvalid, match=says) as caught:
        parse(answer(body), "mistral", provider="mistral")
    assert caught.value.path is None


def test_a_wrong_shape_has_its_path() -> None:
    body = spoilt(MISTRAL, ["pages", 0, "index"], None)
    with pytest.raises(ResponseInvalid) as caught:
        parse(answer(body), "mistral", provider="mistral")
    assert caught.value.path == "$.pages[0].index"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"object": "error", "message": "no", "code": "3740", "raw_status_code": 400}, RequestRejected, 400),
        ({"object": "error", "message": "no", "type": "x"}, ResponseInvalid, None),
        ({"error": {"message": "slow down", "code": "429"}}, RateLimited, 429),
        ({"error": {"message": "who?", "status": 401}}, AuthenticationFailed, 401),
        ({"error": {"message": "oops", "code": 503}}, ProviderUnavailable, 503),
        ({"error": {"code": 200}}, ResponseInvalid, None),
        ({"error": {"code": True}}, ResponseInvalid, None),
        ({"error": {"message": ["odd"]}}, ResponseInvalid, None),
        ({"error": "it broke"}, ResponseInvalid, None),
    ],
)
def test_an_error_inside_a_good_status(body: Any, kind: type[ProviderError], status: int | None) -> None:
    with pytest.raises(ProviderError) as caught:
        parse(answer(body), "mistral", provider="mistral")
    assert (type(caught.value), caught.value.status) == (kind, status)


def test_a_null_error_beside_pages_is_no_error() -> None:
    response = parse(answer({**MISTRAL, "error": None}), "mistral", provider="mistral")
    assert response.extra == {"error": None}


def relayable(**changes: Any) -> dict[str, Any]:
    page = {"index": 0, "markdown": "a", "images": [{"id": "img-0.jpeg"}], "dimensions": None}
    return {"pages": [page, {**page, "index": 1}], "model": "m", "usage_info": {"pages_processed": 2}, **changes}


# large answers are read in another way than small ones
SIZES = pytest.mark.parametrize("size", [0, 10_000])


def told(body: Any, size: int, wanted: Sequence[int] | None = None) -> OCRResponse | None:
    if isinstance(body, dict):
        body = {**body, "document_annotation": "é" * size}
    return told_of(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), wanted)


def told_of(body: bytes, wanted: Sequence[int] | None = None) -> OCRResponse | None:
    return relay.light(HttpResponse(200, {"x-request-id": "r"}, body), wanted, "mistral")


@SIZES
@pytest.mark.parametrize("wanted", [None, (0, 1)])
def test_an_answer_that_can_go_on_as_it_came_is_told_in_short(size: int, wanted: Sequence[int] | None) -> None:
    response = told(relayable(), size, wanted)
    assert response is not None
    assert [page.index for page in response.pages] == [0, 1]
    assert (response.model, response.usage_info.pages_processed) == ("m", 2)


PAGE = {"index": 0, "markdown": "a", "images": [], "dimensions": {"dpi": 200}}


@SIZES
@pytest.mark.parametrize(
    "body",
    [
        [], {}, relayable(model=None), relayable(usage_info=None), relayable(usage_info={"pages_processed": "2"}),
        relayable(pages=[]), relayable(pages=[PAGE, PAGE]), relayable(pages=[1]), relayable(pages=["index"]),
        relayable(pages=[{**PAGE, "index": 1}]), relayable(pages=[{**PAGE, "index": True}]),
        relayable(pages=[{**PAGE, "markdown": None}]), relayable(pages=[{**PAGE, "dimensions": []}]),
        relayable(pages=[{**PAGE, "images": [{}]}]), relayable(pages=[{**PAGE, "images": ["id"]}]),
        relayable(pages=[{**PAGE, "images": None}]), {"object": "error", "message": "x"},
        relayable(pages={"0": PAGE}), relayable(usage_info={}), relayable(pages=[{"index": 0}]),
        relayable(pages=[{**PAGE, "markdown": 7, "table": {"markdown": "a"}}]),
        relayable(pages=[{**PAGE, "markdown": None}], note={"markdown": "a"}),
    ],
)  # fmt: skip
def test_an_answer_that_lacks_something_is_not_passed_on(body: Any, size: int) -> None:
    assert told(body, size) is None


@SIZES
def test_nor_one_without_the_pages_asked_for(size: int) -> None:
    assert told(relayable(), size, (0, 1, 2)) is None
    assert told(relayable(), size, (0,)) is None


@SIZES
@pytest.mark.parametrize(
    "value",
    [
        b"NaN", b"nan", b"-Infinity", b"1e999", b"01", b"1.", b"tru", b"[1,]", b"+1", b'"\x01"',
        b'"\\x41"', b'"\xff"', b'"\xc0\x80"',
        b'"\xed\xa0\x80"', b'"\\ud800"', b"1}, {", b"[" * 5000 + b"]" * 5000,
    ],
)  # fmt: skip
def test_nor_one_that_is_no_json_wherever_that_stands(value: bytes, size: int) -> None:
    good = json.dumps(relayable(note="here", document_annotation="x" * size)).encode()
    assert told_of(good) is not None
    assert told_of(good.replace(b'"here"', value)) is None
    assert told_of(b"\xef\xbb\xbf" + good) is None
    assert told_of(good + b" 1") is None


@SIZES
def test_of_a_key_that_is_there_twice_the_last_counts_as_it_does_for_clients(size: int) -> None:
    good = json.dumps(relayable(document_annotation="x" * size)).encode()
    for spoiling in (b'"pages": []', b'"model": null', b'"usage_info": {}'):
        assert told_of(good[:-1] + b", " + spoiling + b"}") is None
        assert told_of(b"{" + spoiling + b", " + good[1:]) is not None
    assert told_of(good.replace(b'"index": 0', b'"index": 0, "index": 5')) is None
    assert told_of(good.replace(b'"pages_processed": 2', b'"pages_processed": 2, "pages_processed": null')) is None


@SIZES
@pytest.mark.parametrize(
    "page",
    [
        {**PAGE, "markdown": 'she said "markdown": "a", and \\"markdown\\":'},
        {**PAGE, "tables": [{"id": "t", "format": "markdown", "markdown": "| a |"}]},
        {**PAGE, "score": 2**70},
        {**PAGE, "markdown": "\U0001f600 a\u0308\n"},
    ],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", " :\t")])
@pytest.mark.parametrize("ascii_alone", [False, True])
def test_whatever_else_is_in_it_does_not_matter(
    page: dict[str, Any], size: int, separators: tuple[str, str], ascii_alone: bool
) -> None:
    body = relayable(pages=[page], document_annotation="x" * size)
    assert told_of(json.dumps(body, separators=separators, ensure_ascii=ascii_alone).encode()) is not None


@pytest.mark.parametrize(
    ("header", "total"), [("0.004", 0.004), ("0", 0.0), ("nan", None), ("-1", None), ("x", None), (None, None)]
)
def test_what_a_gateway_says_that_an_answer_cost_is_read(header: str | None, total: float | None) -> None:
    body = b'{"pages": [{"index": 0, "markdown": "a"}], "model": "m", "usage_info": {"pages_processed": 1}}'
    headers = {"content-type": "application/json"} if header is None else {"x-ocr-cost": header}
    response = parse(HttpResponse(200, headers, body), "mistral", provider="mistral")
    assert (None if response.cost is None else response.cost.total) == total
