"""Calls where the network is not open: by forward proxies, and to servers that a private authority vouches for."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import ssl
import subprocess
import sys
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from ocr_async import OCR, OCRResponse, aocr
from ocr_async.errors import AuthenticationFailed, ConfigurationError, OCRError, ProviderUnavailable, RequestRejected
from ocr_async.events import RetryScheduled
from ocr_async.settings import RetryPolicy
from ocr_async.steps import HttpResponse
from ocr_async.transport.fetch import fetch
from tests import faults
from tests.proxy import HANG, HANG_UP, ForwardProxy, proxy
from tests.transport.calls import ocr, send
from tests.upstream import Upstream, refused_url
from tests.upstream import upstream as serve


pytestmark = pytest.mark.anyio

NAME = "ocr.example"  # which no name server knows
URL = "https://example.com/a.pdf"
FAST = RetryPolicy(base=0.01, cap=0.02)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20_000  # five megabytes: streamed, and in several pieces
SECRET = "hunter2-planted"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
async def secure(authority: trustme.CA, anyio_backend: str) -> AsyncIterator[Upstream]:
    """An https server called `NAME`, whose name only a proxy can resolve."""
    async with _secure(authority) as server:
        yield server


@asynccontextmanager
async def _secure(authority: trustme.CA) -> AsyncIterator[Upstream]:
    async with serve(tls=_identity(authority, NAME)) as server:
        server.url = server.url.replace("127.0.0.1", NAME)
        yield server


def _identity(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
async def forward(anyio_backend: str) -> AsyncIterator[ForwardProxy]:
    async with proxy(names={NAME: "127.0.0.1"}) as running:
        yield running


async def read(server: Upstream | str, document: Any = URL, **options: Any) -> OCRResponse:
    base = server if isinstance(server, str) else server.url
    return await aocr(document, **{"model": "m", "api_base": base, "retries": FAST, "timeout": 30, **options})


def port(server: Upstream) -> str:
    return server.url.rpartition(":")[2]


# --- the way there ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [URL, PDF], ids=["small", "streamed"])
async def test_an_https_server_is_reached_through_a_tunnel(
    secure: Upstream, forward: ForwardProxy, authority_file: str, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", forward.url)
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)  # long after the HTTP client was imported
    assert len((await read(secure, document)).pages) == 3
    assert len((await read(secure, document)).pages) == 3
    assert forward.asked == [f"CONNECT {NAME}:{port(secure)}"]
    assert [(each.connection, each.position) for each in secure.requests] == [(0, 0), (0, 1)]


@pytest.mark.parametrize("document", [URL, PDF], ids=["small", "streamed"])
async def test_an_http_server_is_asked_through_its_proxy(
    upstream: Upstream, forward: ForwardProxy, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", forward.url.removeprefix("http://"))
    base = upstream.url.replace("127.0.0.1", NAME)
    assert len((await read(base, document)).pages) == 3
    assert forward.asked == [f"POST {base}/v1/ocr"]
    assert upstream.requests[0].complete


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_credentials_go_to_the_proxy_and_no_further(
    upstream: Upstream, authority: trustme.CA, scheme: str
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with _secure(authority) as secure, proxy(names={NAME: "127.0.0.1"}, credentials="us er:p@ss/ü") as forward:
        server = secure if scheme == "https" else upstream
        await read(server, proxy=forward.with_credentials("us%20er:p%40ss%2F%C3%BC"), ssl=context)
        assert len(forward.asked) == 1
        assert [each.complete for each in server.requests] == [True]
        assert "proxy-authorization" not in server.requests[0].headers


async def test_a_tunnel_is_not_shared_by_two_users_of_a_proxy(
    secure: Upstream, forward: ForwardProxy, authority: trustme.CA
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    client = OCR(model="m", api_base=secure.url, retries=FAST, ssl=context)
    for user in ("ann", "bob", "ann"):
        await client.aocr(URL, proxy=forward.with_credentials(f"{user}:{SECRET}"))
    assert len(forward.asked) == 2
    assert secure.connections == 2


async def test_a_proxy_may_itself_be_asked_by_tls(secure: Upstream, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with proxy(names={NAME: "127.0.0.1"}, tls=_identity(authority, "127.0.0.1")) as forward:
        assert (await read(secure, PDF, proxy=forward.url, ssl=context)).pages
        assert len(forward.asked) == 1


async def test_the_command_heeds_the_environment(
    secure: Upstream, forward: ForwardProxy, authority_file: str, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    environment = {
        **os.environ,
        "MISTRAL_API_KEY": "sk-..",
        "MISTRAL_API_BASE": secure.url,
        "HTTPS_PROXY": forward.url,
        "SSL_CERT_FILE": authority_file,
    }
    command = [sys.executable, "-m", "ocr_async", "run", str(tmp_path / "a.pdf"), "-m", "mistral/mistral-ocr-latest"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=environment)
    printed, _ = await process.communicate()
    assert (process.returncode, printed.count(b"Text of page")) == (0, 3)
    assert len(forward.asked) == 1


async def test_one_loop_serves_calls_by_different_ways(upstream: Upstream, forward: ForwardProxy) -> None:
    async with proxy() as other:
        ways: list[dict[str, Any]] = [{"proxy": forward.url}, {"proxy": other.url}, {}]
        await asyncio.gather(*(read(upstream, **way) for way in ways * 3))
        assert (len(forward.asked), len(other.asked), len(upstream.requests)) == (3, 3, 9)


async def test_a_repeat_goes_by_the_proxy_too(
    secure: Upstream, forward: ForwardProxy, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", forward.url)
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)
    secure.script += [faults.status(503), faults.reset()]
    assert (await read(secure, PDF)).attempts == 3
    assert {each.partition(" ")[0] for each in forward.asked} == {"CONNECT"}


async def test_no_proxy_trust_env_and_proxy_overrule_the_environment(
    upstream: Upstream, forward: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", refused_url())
    await read(upstream, trust_env=False)
    await read(upstream, proxy=forward.url)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.0/8")
    await read(upstream)
    assert (len(upstream.requests), len(forward.asked)) == (3, 1)


async def test_a_document_is_never_downloaded_by_a_proxy(
    upstream: Upstream, forward: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, forward.url)
    async with fetch(f"{upstream.url}/a.pdf", allow=lambda *_: True) as document:
        assert document.size
    assert (len(forward.asked), len(upstream.requests)) == (0, 1)


# --- certificates -----------------------------------------------------------------------------------------------


@pytest.fixture
async def private(authority: trustme.CA, anyio_backend: str) -> AsyncIterator[Upstream]:
    """An https server that is reached without a proxy."""
    async with serve(tls=_identity(authority, "127.0.0.1")) as server:
        yield server


async def test_an_authority_is_named_by_the_environment_or_by_a_context(
    private: Upstream, authority: trustme.CA, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    await read(private, ssl=context)
    with pytest.raises(ConfigurationError, match=r"not trusted \(unable to get local issuer .*SSL_CERT_FILE.* ssl="):
        await read(private)
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)
    await read(private)
    with pytest.raises(ConfigurationError, match="not trusted"):
        await read(private, trust_env=False)
    assert len(private.requests) == 2


async def test_authorities_may_stand_in_a_folder(
    private: Upstream, authority_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await asyncio.create_subprocess_exec("openssl", "rehash", str(tmp_path))
    assert await process.wait() == 0
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert (await read(private)).pages


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read: No such file"), ("x", "holds no certificate")])
async def test_a_useless_authority_file_is_an_error_that_names_it(
    private: Upstream, tmp_path: Path, content: str | None, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigurationError, match=f"company.pem.*{says}"):
        await read(private)


async def test_a_certificate_of_another_name_says_so(authority: trustme.CA, authority_file: str) -> None:
    context = ssl.create_default_context(cafile=authority_file)
    async with serve(tls=_identity(authority, "other.example")) as server:
        with pytest.raises(ConfigurationError, match=r"not trusted .*not valid for '127.0.0.1'"):
            await read(server, ssl=context)


# --- what goes wrong --------------------------------------------------------------------------------------------


async def test_a_proxy_that_is_down_is_tried_again_and_named(secure: Upstream) -> None:
    down = refused_url()
    name = down.removeprefix("http://")
    events: list[Any] = []
    with pytest.raises(ProviderUnavailable, match=f"cannot connect to the proxy {name}, .*connection refused .after 4"):
        await read(secure, proxy=down, on_event=events.append, retries=RetryPolicy(base=0.01, never_bill_twice=True))
    assert len([each for each in events if isinstance(each, RetryScheduled)]) == 3


async def test_a_proxy_that_cannot_be_resolved_is_the_proxy(secure: Upstream) -> None:
    with pytest.raises(ProviderUnavailable, match=r"the proxy proxy.invalid:3128.*: its name cannot be resolved"):
        await read(secure, proxy="http://proxy.invalid:3128", retries=0)


async def test_a_name_that_cannot_be_resolved_makes_one_think_of_proxies() -> None:
    with pytest.raises(
        ProviderUnavailable, match=r"cannot be resolved.*; no proxy is used: .* set HTTP_PROXY and HTTPS_"
    ):
        await read("https://ocr.invalid", retries=0)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_tunnel_that_fails_is_tried_again(
    secure: Upstream, forward: ForwardProxy, status: int, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)
    forward.script += [status] * 4
    says = f"the proxy {forward.url[7:]} does not connect to .*{NAME}.*answers {status}"
    with pytest.raises(ProviderUnavailable, match=says):
        await read(secure, proxy=forward.url, retries=0)
    never_twice = RetryPolicy(base=0.01, cap=0.02, never_bill_twice=True)
    assert (await read(secure, PDF, proxy=forward.url, retries=never_twice)).attempts == 4
    assert len(secure.requests) == 1


async def test_a_tunnel_that_is_forbidden_is_not_tried_again(secure: Upstream, forward: ForwardProxy) -> None:
    forward.script += [403]
    with pytest.raises(ConfigurationError, match="answers 403; it has to allow the address"):
        await read(secure, proxy=forward.url)
    assert len(forward.asked) == 1


@pytest.mark.parametrize("given", ["", f"user:{SECRET}@"], ids=["no credentials", "wrong ones"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_other_credentials_says_what_to_check(
    upstream: Upstream, secure: Upstream, scheme: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[Any] = []
    async with proxy(names={NAME: "127.0.0.1"}, credentials="user:password") as forward:
        url = forward.url.replace("://", f"://{given}")
        server = secure if scheme == "https" else upstream
        with pytest.raises(ConfigurationError, match=f"the proxy {forward.url[7:]} asks for a user and pass") as caught:
            await read(server, proxy=url, on_event=events.append)
        assert len(forward.asked) == 1
        assert server.requests == []
    _holds_no_secret(caught.value, events, caplog.text)


async def test_a_proxy_that_hangs_or_hangs_up_is_a_provider_out_of_reach(
    secure: Upstream, forward: ForwardProxy
) -> None:
    by = f"by the proxy {forward.url[7:]}"
    forward.script += [HANG, HANG_UP]
    with pytest.raises(ProviderUnavailable, match=rf"{by}\) did not answer in time"):
        await read(secure, proxy=forward.url, retries=0, attempt_timeout=0.5)
    with pytest.raises(ProviderUnavailable, match=rf"{by}\) closed the connection"):
        await read(secure, proxy=forward.url, retries=0)


def _holds_no_secret(error: OCRError, *further: object) -> None:
    shown = [*map(str, further), repr(pickle.dumps(error)), repr(vars(error))]
    shown += traceback.format_exception(error)
    cause: BaseException | None = error
    while cause is not None:
        shown += [repr(cause), repr(cause.args)]
        cause = cause.__cause__ or cause.__context__
    text = "\n".join(shown)
    assert SECRET not in text
    assert "dXNlcj" not in text  # "user:" in base64


async def test_no_failure_shows_the_credentials_of_a_proxy(
    upstream: Upstream, secure: Upstream, forward: ForwardProxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[Any] = []
    failures: list[OCRError] = []
    by = forward.with_credentials(f"user:{SECRET}")
    down = refused_url().replace("://", f"://user:{SECRET}@")

    async def fails(server: Upstream, way: str) -> None:
        with pytest.raises(OCRError) as caught:
            await read(server, proxy=way, retries=1, attempt_timeout=2, on_event=events.append)
        failures.append(caught.value)

    await fails(secure, by)  # a certificate that nobody vouches for
    for server in (upstream, secure):
        await fails(server, down)
        for refused in (407, 403, 502, HANG_UP):
            forward.script += [refused] * 2
            await fails(server, by)
            forward.script.clear()
    upstream.script += [faults.status(401), *[faults.reset()] * 4]
    await fails(upstream, by)
    assert isinstance(failures[-1], AuthenticationFailed)
    await fails(upstream, by)
    assert len(failures) == 13
    for error in failures:
        _holds_no_secret(error, events, caplog.text)


async def test_a_page_that_echoes_a_proxys_credentials_is_not_shown(upstream: Upstream, forward: ForwardProxy) -> None:
    pair = b64encode(f"user:{SECRET}".encode()).decode()
    upstream.script.append(faults.status(400, {"message": f"bad request; Proxy-Authorization: Basic {pair}"}))
    with pytest.raises(RequestRejected, match=r"bad request; Proxy-Authorization: \[redacted\]") as caught:
        await read(upstream, proxy=forward.with_credentials(f"user:{SECRET}"))
    _holds_no_secret(caught.value)


async def test_what_is_for_the_proxy_is_neither_signed_nor_judged_by_the_provider(
    upstream: Upstream, forward: ForwardProxy
) -> None:
    signed: list[str] = []
    refused: list[int] = []

    def sign(_: str, __: str, headers: Mapping[str, str], ___: str) -> Mapping[str, str]:
        signed.extend(headers)
        return {}

    def judge(answer: HttpResponse) -> OCRError | None:
        refused.append(answer.status)
        return None

    request = ocr(upstream, sign=sign, refused=judge)
    way = forward.with_credentials(f"user:{SECRET}")
    await send(upstream, request, proxy=way)
    assert "proxy-authorization" in forward.headers[0]
    assert "proxy-authorization" not in map(str.lower, signed)
    forward.script.append(407)
    with pytest.raises(ConfigurationError, match="asks for a user and password"):
        await send(upstream, request, proxy=f"{way}/")
    assert refused == []


# --- the options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"ftp://user:{SECRET}@host:1",
        f"http://user:{SECRET}@",
        f"http://user:{SECRET}@host:port",
        f"http://user:{SECRET}@host:99999",
        f"http://user:a/{SECRET}@host:1",
        f"http://user:{SECRET}@[bad",
        f"socks5://user:{SECRET}@host:1080",
        "",
        7,
    ],
)
async def test_an_address_that_is_no_proxy_is_refused_without_showing_it(
    upstream: Upstream, address: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=r"^proxy (is no address of a|names a SOCKS) proxy") as caught:
        OCR(proxy=address)
    _holds_no_secret(caught.value)
    if not isinstance(address, str) or not address:
        return
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY in the environment ") as caught:
        await read(upstream)
    _holds_no_secret(caught.value)


async def test_a_client_with_a_proxy_pickles_and_hides_it() -> None:
    client = OCR(model="m", proxy=f"http://user:{SECRET}@host:3128", trust_env=False)
    assert pickle.loads(pickle.dumps(client)) == client
    assert SECRET not in repr(client)


async def test_a_client_with_a_context_says_that_it_cannot_be_pickled() -> None:
    client = OCR(model="m", ssl=ssl.create_default_context())
    with pytest.raises(TypeError, match="SSLContext, cannot be pickled: leave it out, and set SSL_CERT_FILE"):
        pickle.dumps(client)
    assert pickle.loads(pickle.dumps(client.with_options(ssl=None))) == OCR(model="m")


async def test_verification_cannot_be_switched_off() -> None:
    with pytest.raises(ConfigurationError, match=r"ssl=False is not an ssl.SSLContext"):
        OCR(ssl=False)  # type: ignore[arg-type] # on purpose
