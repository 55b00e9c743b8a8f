"""One call from end to end, against a real server that misbehaves: what was sent, how often, and what came of it."""

from __future__ import annotations

import gc
import io
import pickle
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from ocr_async import FolderCache, OCRError, OCRResponse, RetryPolicy, aocr, aocr_many, aocr_stream
from ocr_async.call.call import call
from ocr_async.call.candidate import Candidate
from ocr_async.call.options import Options
from ocr_async.call.routing import Deployment, Router
from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    DocumentError,
    PagesMissing,
    ProviderUnavailable,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.events import (
    CallStarted,
    DocumentDone,
    DocumentStarted,
    Event,
    FallbackTaken,
    PageDone,
    ReadingDone,
    RetryScheduled,
)
from ocr_async.models import Bytes, OCRCost
from tests import faults
from tests.documents import drawn_page, png, text_pdf
from tests.hostile import content_bomb
from tests.upstream import Exchange, Upstream, mistral_answer, refused_url


pytestmark = pytest.mark.anyio

URL = "https://example.com/a.pdf"
PDF = b"%PDF-1.7\nno real one, but its first bytes say so"
FAST = RetryPolicy(base=0.01, cap=0.02)


async def read(server: Upstream, document: Any = URL, **options: Any) -> OCRResponse:
    given: dict[str, Any] = {"model": "mistral/mistral-ocr-latest", "api_base": server.url, "api_key": "sk-planted"}
    return await aocr(document, **{**given, "retries": FAST, **options})


def asked(server: Upstream) -> list[Any]:
    return [request.json.get("pages") for request in server.requests]


# --- the plain way ------------------------------------------------------------------------------------------------


async def test_a_document_comes_back_with_its_pages_its_price_and_its_origin(upstream: Upstream) -> None:
    response = await read(upstream)
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert response.markdown.startswith("# Page 0\n\nText of page 0.")
    assert response.cost == OCRCost(generation=0.012, total=0.012)
    assert (response.provider, response.attempts, response.request_id) == ("mistral", 1, "upstream-1")


async def test_opper_is_asked_in_its_own_words(upstream: Upstream) -> None:
    response = await read(upstream, model="opper/mistral/mistral-ocr-latest", table_format="html")
    assert upstream.requests[0].path == "/v2/ocr"
    assert upstream.requests[0].json == {
        "model": "mistral/mistral-ocr-latest",
        "document": {"type": "document_url", "document_url": URL},
        "mistral_extra": {"table_format": "html"},
    }
    assert response.cost == OCRCost(generation=0.003, platform=0.0, total=0.003)


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1/", "/v1/ocr", "/gateway", "/gateway/v1/ocr"])
async def test_an_api_base_is_taken_as_people_write_it(upstream: Upstream, base: str) -> None:
    await read(upstream, api_base=upstream.url + base, model="any-name")
    prefix = "/gateway" if base.startswith("/gateway") else ""
    assert upstream.requests[0].path == f"{prefix}/v1/ocr"
    assert upstream.requests[0].json["model"] == "any-name"


async def test_a_file_is_sent_as_a_data_uri(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    await read(upstream, path)
    await read(upstream, picture)
    document, image = (request.json["document"] for request in upstream.requests)
    assert document["type"] == "document_url"
    assert document["document_url"].startswith("data:application/pdf;base64,JVBERi0x")
    assert document["document_name"] == "a.pdf"
    assert image["type"] == "image_url"
    assert image["image_url"].startswith("data:image/png;base64,iVBORw0K")


async def test_every_documented_option_goes_out_under_its_name(upstream: Upstream) -> None:
    options: dict[str, Any] = {
        "pages": [0, 1],
        "include_image_base64": True,
        "image_limit": 10,
        "image_min_size": 100,
        "table_format": "html",
        "extract_header": True,
        "extract_footer": False,
        "include_blocks": True,
        "confidence_scores_granularity": "word",
        "document_annotation_prompt": "who signed?",
    }
    await read(upstream, **options, extra_body={"beta": 1})
    sent = upstream.requests[0].json
    assert {name: sent[name] for name in options} == options
    assert sent["beta"] == 1


async def test_an_option_that_the_provider_has_not_is_refused_by_name(upstream: Upstream) -> None:
    with pytest.raises(ConfigurationError, match="opper has no option include_blocks"):
        await read(upstream, model="opper/mistral/mistral-ocr-latest", include_blocks=True)
    assert upstream.requests == []


@attrs.frozen
class Letter:
    sender: str
    pages: int | None = None


async def test_what_a_stand_in_may_lack_is_still_refused_where_nobody_is_stood_in_for(upstream: Upstream) -> None:
    options = Options(api_key="sk-planted", api_base=upstream.url, lang="ru")
    lacking = await Candidate.connect("mistral/mistral-ocr-latest", options, stands_in=True)
    assert lacking.dropped == ("lang",)
    with pytest.raises(ConfigurationError, match="no option lang"):
        await Candidate.connect("mistral/mistral-ocr-latest", options)


async def test_a_class_describes_the_annotation_and_comes_back_as_an_object(upstream: Upstream) -> None:
    async def annotated(exchange: Exchange) -> None:
        await exchange.read()
        answer = mistral_answer(exchange.received.json, exchange.work())
        await exchange.json({**answer, "document_annotation": '{"sender": "Ada", "pages": 3}'})

    upstream.script[:] = [annotated]
    response = await read(upstream, document_annotation_format=Letter)
    assert response.parsed == Letter("Ada", 3)
    schema = upstream.requests[0].json["document_annotation_format"]["json_schema"]["schema"]
    assert schema == {
        "title": "Letter",
        "type": "object",
        "properties": {"sender": {"type": "string"}, "pages": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["sender"],
        "additionalProperties": False,
    }
    assert response.cost is not None
    assert response.cost.total == pytest.approx(3 * 0.005)


# --- before anything is sent --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "options", "error", "says"),
    [
        ("scan.pdf", {}, DocumentError, "wrap it in pathlib.Path"),
        (Path("missing.pdf"), {}, DocumentError, "does not exist"),
        (b"", {}, DocumentError, "is empty"),
        (URL, {"model": "nobody/x", "api_base": None}, ConfigurationError, "names no provider"),
        (URL, {"model": "mistral-ocr-latest", "api_base": None}, ConfigurationError, "mistral/mistral-ocr-latest"),
        (URL, {"pages": "4-2"}, ConfigurationError, "counts down"),
        (URL, {"pages": []}, ConfigurationError, "names no page"),
        (URL, {"include_blocks": 1}, ConfigurationError, "include_blocks=1 is not True or False"),
        (URL, {"mistral_extra": "x"}, ConfigurationError, "mistral_extra='x' is not a mapping"),
        (URL, {"model": 5}, ConfigurationError, "model=5 is not a text"),
        (URL, {"api_base": 5}, ConfigurationError, "api_base=5 is not a text"),
        (URL, {"fallbacks": "mistral/x"}, ConfigurationError, "fallbacks='mistral/x' is not a list of texts"),
        (URL, {"fallbacks": iter(["a/b"])}, ConfigurationError, "fallbacks=.* is not a list of texts"),
        (URL, {"fallbacks": None}, ConfigurationError, "fallbacks=None is not a list of texts"),
        (URL, {"escalate_to": 5}, ConfigurationError, "escalate_to=5 is not a text"),
        (URL, {"document_annotation_format": 5}, ConfigurationError, "=5 is not a mapping or a class"),
        (URL, {"retries": -1}, ConfigurationError, "retries=-1 is not a RetryPolicy or a whole number"),
        (URL, {"retries": "3"}, ConfigurationError, "retries='3' is not a RetryPolicy or a whole number"),
        (URL, {"on_event": 5}, ConfigurationError, "on_event=5 is not a function"),
        (URL, {"cache": "folder"}, ConfigurationError, "cache='folder' is not a cache"),
        (URL, {"extra_body": [1]}, ConfigurationError, "extra_body is not a mapping"),
        (URL, {"extra_body": {"x": object()}, "cache": FolderCache("unused")}, ConfigurationError, "written as JSON"),
        (URL, {"extra_headers": {"X-A": 5}}, ConfigurationError, "extra_headers is not a mapping of names of headers"),
        (URL, {"extra_headers": {"X A": ""}}, ConfigurationError, "extra_headers is not a mapping of names of headers"),
        (URL, {"pages": 1.5}, ConfigurationError, "a page is a whole number, not 1.5"),
        (URL, {"table_format": "xml"}, ConfigurationError, "table_format='xml' is not one of"),
        (URL, {"timeout": -1}, ConfigurationError, "timeout=-1"),
        (URL, {"timeout": "soon"}, ConfigurationError, "timeout='soon'"),
        (URL, {"image_limit": -1}, ConfigurationError, "image_limit=-1"),
        (URL, {"image_limit": float("inf")}, ConfigurationError, "image_limit=inf"),
        (URL, {"image_min_size": 1 << 63}, ConfigurationError, "image_min_size=9223372036854775808"),
        (URL, {"pages": range(9), "max_pages": 5}, DocumentError, "more than max_pages=5"),
        (URL, {"pages": range(9), "max_cost": 0.01}, DocumentError, "would cost 0.0360 USD"),
        (URL, {"pages": [0], "max_cost": 1, "model": "unpriced"}, ConfigurationError, "the price of .* is unknown"),
        (
            URL,
            {"pages_per_request": 2, "document_annotation_format": {"type": "object"}},
            ConfigurationError,
            "as a whole",
        ),
    ],
)
async def test_what_cannot_go_well_is_refused_before_anything_is_sent(
    upstream: Upstream, document: Any, options: dict[str, Any], error: type[OCRError], says: str
) -> None:
    with pytest.raises(error, match=says):
        await read(upstream, document, **options)
    assert upstream.requests == []


async def test_a_missing_key_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
        await aocr(URL, model="mistral/mistral-ocr-latest")


# --- batches of pages ---------------------------------------------------------------------------------------------


async def test_batches_are_sent_at_once_and_merged_in_order(upstream: Upstream) -> None:
    upstream.pages = 7
    upstream.script[:] = [faults.late(0.1)]
    response = await read(upstream, pages="0-6", pages_per_request=3)
    assert sorted(asked(upstream)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert [page.index for page in response.pages] == list(range(7))
    assert response.usage_info.pages_processed == 7
    assert len({request.headers["idempotency-key"] for request in upstream.requests}) == 3
    assert len({request.connection for request in upstream.requests}) == 3


async def test_a_missing_page_alone_is_asked_for_again(upstream: Upstream) -> None:
    upstream.script[:] = [faults.missing_page(1)]
    response = await read(upstream)
    assert asked(upstream) == [None, [1]]
    assert [page.index for page in response.pages] == [0, 1, 2]


async def test_a_page_that_never_comes_is_named_and_the_others_are_kept(upstream: Upstream) -> None:
    upstream.default = faults.missing_page(1)
    with pytest.raises(PagesMissing) as raised:
        await read(upstream, pages=[0, 1, 2])
    assert raised.value.missing == (1,)
    assert raised.value.response is not None
    assert [page.index for page in raised.value.response.pages] == [0, 2]
    assert asked(upstream) == [[0, 1, 2], [1], [1]]
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.missing, str(again)) == ((1,), str(raised.value))


async def test_partial_returns_what_came_and_why_the_rest_did_not(upstream: Upstream) -> None:
    upstream.default = faults.missing_page(1)
    response = await read(upstream, pages=[0, 1, 2], on_error="partial")
    assert [page.index for page in response.pages] == [0, 2]
    assert isinstance(response.missing_pages[1], PagesMissing)


async def test_nothing_is_asked_for_twice_where_that_could_be_billed_twice(upstream: Upstream) -> None:
    upstream.default = faults.missing_page(1)
    with pytest.raises(PagesMissing):
        await read(upstream, pages=[0, 1, 2], retries=RetryPolicy(never_bill_twice=True))
    assert asked(upstream) == [[0, 1, 2]]


@pytest.mark.parametrize("different", [False, True])
async def test_a_page_that_comes_twice_is_kept_once_or_asked_for_again(upstream: Upstream, different: bool) -> None:
    upstream.script[:] = [faults.duplicate_page(different=different)]
    response = await read(upstream, pages=[0, 1, 2])
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert len(upstream.requests) == (2 if different else 1)


@pytest.mark.parametrize(("fault", "index"), [(faults.unrequested_page(), 999), (faults.negative_index(), -1)])
async def test_pages_nobody_asked_for_are_dropped(
    upstream: Upstream, fault: Any, index: int, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.script[:] = [fault]
    response = await read(upstream, pages=[0, 1, 2])
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert f"example.com/…/a.pdf: dropped what nobody asked for: page {index} (from 0)" in caplog.messages


def refusing(status: int, refused: Callable[[list[int]], bool]) -> Any:
    """A server that answers *status* to the page lists that are *refused*."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.received.json.get("pages")
        if refused(pages or []):
            await exchange.json({"detail": "no"}, status)
        else:
            await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    return behave


async def test_a_batch_that_is_too_large_is_halved(upstream: Upstream) -> None:
    upstream.pages = 9
    upstream.default = refusing(413, lambda pages: len(pages) > 3)
    response = await read(upstream, pages=range(9))
    assert [page.index for page in response.pages] == list(range(9))
    assert upstream.billed_twice == {}
    assert max(len(pages) for pages in asked(upstream)[3:]) <= 3


async def test_a_single_page_that_is_too_large_is_refused(upstream: Upstream) -> None:
    upstream.default = refusing(413, lambda _: True)
    with pytest.raises(RequestRejected) as raised:
        await read(upstream, pages=[0, 1])
    assert raised.value.status == 413
    assert max(asked(upstream), key=len) == [0, 1]


@pytest.mark.parametrize("status", [400, 422])
async def test_the_page_that_makes_a_server_refuse_is_found_and_named(upstream: Upstream, status: int) -> None:
    upstream.pages = 8
    upstream.default = refusing(status, lambda pages: 5 in pages)
    with pytest.raises(RequestRejected, match=r"page 5 \(from 0\)") as raised:
        await read(upstream, pages=range(8))
    assert raised.value.status == status
    response = await read(upstream, pages=range(8), on_error="partial")
    assert [page.index for page in response.pages] == [0, 1, 2, 3, 4, 6, 7]
    assert list(response.missing_pages) == [5]


async def test_what_is_wrong_with_every_page_is_not_hunted_down(upstream: Upstream) -> None:
    upstream.default = refusing(422, lambda _: True)
    with pytest.raises(RequestRejected):
        await read(upstream, pages=range(8))
    assert len(upstream.requests) == 3  # the batch and its halves


# --- what is repeated, and what is not ----------------------------------------------------------------------------


async def test_a_wrong_shape_names_its_path_and_request(upstream: Upstream) -> None:
    upstream.default = faults.wrong_shape()
    with pytest.raises(ResponseInvalid) as raised:
        await read(upstream)
    assert raised.value.path is not None
    assert raised.value.path.startswith("$")
    assert len(upstream.requests) == 3


async def test_no_error_and_no_event_carries_the_key(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    events: list[Event] = []
    upstream.script[:] = [faults.status(401, body={"message": "wrong key sk-planted"})]
    with pytest.raises(AuthenticationFailed) as raised:
        await read(upstream, on_event=events.append)
    shown = [repr(raised.value), str(vars(raised.value)), repr(events), caplog.text, repr(pickle.dumps(raised.value))]
    assert not any("sk-planted" in text for text in shown)


async def test_a_key_from_a_callable_is_asked_for_once_more(upstream: Upstream) -> None:
    upstream.script[:] = [faults.status(401)]
    keys = iter(["old", "new"])
    await read(upstream, api_key=lambda: next(keys))
    assert [request.headers["authorization"] for request in upstream.requests] == ["Bearer old", "Bearer new"]


async def test_the_deadline_holds_over_attempts_and_pauses(upstream: Upstream) -> None:
    upstream.default = faults.status(503)
    with anyio.fail_after(3), pytest.raises(DeadlineExceeded) as raised:
        await read(upstream, timeout=0.3, retries=RetryPolicy(attempts=50, base=0.05, cap=0.1))
    assert isinstance(raised.value, TimeoutError)
    upstream.default = faults.silence()
    with anyio.fail_after(3), pytest.raises(DeadlineExceeded):
        await read(upstream, timeout=0.3)


async def test_cancelling_a_call_closes_its_connections(upstream: Upstream) -> None:
    upstream.default = faults.silence()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(read, upstream, pages=range(6), pages_per_request=2))
        with anyio.fail_after(30):
            while len(upstream.requests) < 3:
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    with anyio.fail_after(2):
        while upstream.open_connections:
            await anyio.sleep(0.01)


async def test_a_failed_batch_ends_the_others(upstream: Upstream) -> None:
    upstream.script[:] = [faults.silence(), faults.status(401), faults.silence()]
    with anyio.fail_after(3), pytest.raises(AuthenticationFailed):
        await read(upstream, pages=range(6), pages_per_request=2)


async def test_the_next_model_is_asked_when_one_fails_for_good(upstream: Upstream) -> None:
    events: list[Event] = []
    upstream.script[:] = [faults.status(404)]
    response = await read(upstream, fallbacks=["mistral/mistral-ocr-2512"], on_event=events.append)
    assert response.model == "mistral-ocr-2512"
    assert [type(event) for event in events if isinstance(event, FallbackTaken)] == [FallbackTaken]


async def test_another_provider_gets_neither_the_key_nor_the_address_of_the_first(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPPER_API_KEY", "sk-opper")
    monkeypatch.setenv("OPPER_API_BASE", f"{upstream.url}/v2")
    upstream.script[:] = [faults.status(404)]
    response = await read(upstream, fallbacks=["opper/mistral/mistral-ocr-latest"], extra_headers={"X-Ours": "1"})
    assert response.provider == "opper"
    assert upstream.requests[1].headers["authorization"] == "Bearer sk-opper"
    assert "x-ours" not in upstream.requests[1].headers


async def test_a_wrong_option_of_a_fallback_is_told_before_anything_is_sent(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPPER_API_KEY", "sk-opper")
    with pytest.raises(ConfigurationError, match="opper has no option"):
        await read(upstream, include_blocks=True, strict=True, fallbacks=["opper/mistral/mistral-ocr-latest"])
    assert upstream.requests == []


async def test_what_was_found_for_a_deployment_is_not_another_one_s_of_its_name(upstream: Upstream) -> None:
    options = Options(model="a", retries=FAST)

    async def ask(key: str, **more: Any) -> dict[str, str]:
        own = {"api_key": key, "api_base": upstream.url, **more}
        router = Router({"a": [Deployment(name="a/1", model="mistral/m", options=own)]})
        await call(URL, options, route=router.route("a"), request_id="mine")
        sent = upstream.requests[-1].headers
        return {"key": sent["authorization"], "id": sent["x-request-id"], "team": sent.get("x-team", "")}

    assert await ask("one") == {"key": "Bearer one", "id": "mine-1", "team": ""}
    assert await ask("two") == {"key": "Bearer two", "id": "mine-1", "team": ""}
    named = {"X-Request-Id": "its own", "X-Team": "b"}
    assert await ask("two", extra_headers=named) == {"key": "Bearer two", "id": "its own-1", "team": "b"}


async def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        await aocr(URL, model="m", api_base=refused_url(), retries=RetryPolicy(attempts=2, base=0, cap=0))


async def test_events_tell_the_story_in_order(upstream: Upstream) -> None:
    events: list[Event] = []
    upstream.script[:] = [faults.status(503)]
    await read(upstream, on_event=events.append)
    told = [type(event).__name__ for event in events]
    assert told[:2] == [CallStarted.__name__, DocumentStarted.__name__]
    assert told[-2:] == [ReadingDone.__name__, DocumentDone.__name__]
    assert told.count(PageDone.__name__) == 3
    assert told.count(RetryScheduled.__name__) == 1


async def test_an_observer_that_fails_does_not_end_the_call(upstream: Upstream) -> None:
    def observe(event: Event) -> None:
        raise ZeroDivisionError

    assert len((await read(upstream, on_event=observe)).pages) == 3


async def test_a_cached_answer_is_the_same_and_sends_nothing(upstream: Upstream, tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache")
    first = await read(upstream, PDF, cache=cache, include_image_base64=True)
    again = await read(upstream, PDF, cache=cache, include_image_base64=True)
    assert again == first
    assert len(upstream.requests) == 1
    await read(upstream, PDF, cache=cache, include_image_base64=True, pages=[0])
    assert len(upstream.requests) == 2


class Failing:
    """A cache of which one method fails, or that gives back what is no response."""

    def __init__(self, fails: str) -> None:
        self.fails = fails

    def get(self, key: str, /) -> bytes | None:
        if self.fails == "get":
            raise OSError(5, "Input/output error")
        return b'{"pages": [' if self.fails == "parse" else None

    def set(self, key: str, value: bytes, /) -> None:
        if self.fails == "set":
            raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fails", ["get", "parse", "set"])
async def test_a_cache_that_fails_costs_no_answer(
    upstream: Upstream, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert len((await read(upstream, PDF, cache=Failing(fails))).pages) == 3
    assert [record.name for record in caplog.records if "the cache" in record.message] == ["ocr_async.call.cache"]


def test_a_folder_cache_finds_the_users_own_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    cache = FolderCache("~/cache")
    cache.set("ab1", b"{}")
    assert (cache.get("ab1"), (tmp_path / "cache").is_dir()) == (b"{}", True)
    (tmp_path / "cache" / "ab" / "ab2.json").mkdir()
    with pytest.raises(IsADirectoryError):
        cache.set("ab2", b"{}")
    assert sorted(each.name for each in (tmp_path / "cache" / "ab").iterdir()) == ["ab1.json", "ab2.json"]


# --- many ---------------------------------------------------------------------------------------------------------


async def test_many_come_in_order_and_failures_as_values(upstream: Upstream) -> None:
    upstream.script[:] = [faults.late(0.2)]
    documents = [URL, "no document", URL]
    found = await aocr_many(documents, model="m", api_base=upstream.url)
    assert [type(value) for value in found] == [OCRResponse, DocumentError, OCRResponse]


async def test_a_stream_yields_what_is_ready_first(upstream: Upstream) -> None:
    upstream.script[:] = [faults.late(0.3)]
    async with aocr_stream([URL, URL, URL], model="m", api_base=upstream.url) as results:
        order = [result.index async for result in results]
    assert sorted(order) == [0, 1, 2]
    assert order[-1] == 0


async def test_an_endless_iterable_is_taken_only_as_fast_as_its_results_are(upstream: Upstream) -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield URL

    async with aocr_stream(endless(), model="m", api_base=upstream.url, ordered=True) as results:
        for expected in range(30):
            assert (await anext(results)).index == expected
        await anyio.sleep(0.5)
        stopped = taken
        await anyio.sleep(0.2)
        assert taken == stopped <= 30 + 1024  # its results, and the widest window of documents


async def test_an_asynchronous_iterable_will_do(upstream: Upstream) -> None:
    async def documents() -> AsyncIterator[str]:
        for _ in range(5):
            await anyio.sleep(0)
            yield URL

    assert len(await aocr_many(documents(), model="m", api_base=upstream.url)) == 5


ONE = [URL, b"%PDF", {"document_url": URL}, io.BytesIO(b"%PDF"), Path("a.pdf")]


@pytest.mark.parametrize(("documents", "says"), [*((each, r"or call ocr\(\)") for each in ONE), (None, "are a list")])
async def test_one_document_is_no_list_of_documents(documents: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        await aocr_many(documents, model="m", api_base="http://127.0.0.1:1")


async def test_one_limiter_holds_for_documents_and_batches_together(upstream: Upstream) -> None:
    running = most = 0

    async def counting(exchange: Exchange) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await exchange.read()
        await anyio.sleep(0.01)
        running -= 1
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.pages, upstream.default = 8, counting
    found = await aocr_many(
        [URL] * 12, model="m", api_base=upstream.url, pages=range(8), pages_per_request=2, max_concurrency=3
    )
    assert all(isinstance(value, OCRResponse) for value in found)
    assert most == 3


# --- what is left ---------------------------------------------------------------------------------------------------


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_a_page_beyond_the_last_is_refused_before_the_others_are_read(tmp_path: Path) -> None:
    document = tmp_path / "many.pdf"
    document.write_bytes(text_pdf([["words"]] * 60))
    seen: list[Event] = []
    with pytest.raises(DocumentError, match="page 60 does not exist"):
        await aocr(document, model="local", pages="0-60", on_event=seen.append)
    assert not [event for event in seen if isinstance(event, PageDone)]


async def is_gone(left: weakref.ref[Bytes]) -> None:
    """Wait for tasks that end; without the collector, what lies in a cycle stays: 50 megabytes, often."""
    with anyio.fail_after(5):
        while left() is not None:
            await anyio.sleep(0.01)


DAMAGED = text_pdf([["A page."]])[:200]
GONE = text_pdf([["A page."]], page=b"/MediaBox [0 0 612 792] /CropBox [2000 2000 3000 3000]")


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    ("data", "options"),
    [
        (DAMAGED, {}),
        (DAMAGED, {"fallbacks": ["local/text"]}),
        (text_pdf([["A page."]]), {"pages": 7}),
        (png(drawn_page())[:300], {}),
        (GONE, {}),
        (content_bomb(), {}),
    ],
    ids=["damaged", "fallback", "no such page", "damaged picture", "no area", "crash"],
)
async def test_a_document_that_fails_is_let_go_at_once(data: bytes, options: dict[str, Any]) -> None:
    document = Bytes(data=data)
    left = weakref.ref(document)
    with pytest.raises(DocumentError):
        await aocr(document, model="local", **options)
    del document
    await is_gone(left)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("script", [faults.status(400), faults.status(503)])
async def test_a_document_that_a_provider_refuses_is_let_go_at_once(upstream: Upstream, script: Any) -> None:
    upstream.default = script
    document = Bytes(data=PDF)
    left = weakref.ref(document)
    with pytest.raises(OCRError):
        await read(upstream, document, retries=2)
    del document
    await is_gone(left)
