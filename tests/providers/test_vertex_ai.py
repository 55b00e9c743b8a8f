"""Vertex AI: its addresses, and where its access tokens come from."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ocr_async import aocr
from ocr_async.errors import AuthenticationFailed, ConfigurationError, ProviderUnavailable
from ocr_async.models import OCRRequest, Url
from ocr_async.providers.google.vertex import VertexAI
from tests.documents import PARAGRAPHS, text_pdf
from tests.formats.samples import MISTRAL
from tests.upstream import Exchange, Upstream, refused_url, upstream

from .play import answer, play


REQUEST = OCRRequest(model="mistral-ocr-2505", document=Url(url="https://example.com/a.pdf"))
PROJECT = {"VERTEXAI_PROJECT": "a-project"}


@cache
def private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    form, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, nothing).decode()


def service_account(token_uri: str, project: str = "a-project") -> str:
    return json.dumps(
        {
            "type": "service_account",
            "project_id": project,
            "private_key_id": "k-1",
            "private_key": private_key(),
            "client_email": f"reader@{project}.iam.gserviceaccount.com",
            "token_uri": token_uri,
        }
    )


def connect(api_key: str | None = "token", api_base: str | None = None, **environ: str) -> VertexAI:
    headers: dict[str, str] = {}
    return VertexAI.connect(api_key=api_key, api_base=api_base, headers=headers, environ=PROJECT | environ)


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api_base", "environ", "url"),
    [
        (None, {}, "https://us-central1-aiplatform.googleapis.com/v1/projects/a-project/locations/us-central1"),
        (
            None,
            {"VERTEX_LOCATION": "europe-west4"},
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/a-project/locations/europe-west4",
        ),
        (
            None,
            {"VERTEXAI_LOCATION": "global"},
            "https://aiplatform.googleapis.com/v1/projects/a-project/locations/global",
        ),
        (
            "https://europe-west4-aiplatform.googleapis.com",
            {},
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/a-project/locations/europe-west4",
        ),
        (
            "http://localhost:4000/v1/projects/other/locations/eu/",
            {"VERTEXAI_LOCATION": "us-east1"},
            "http://localhost:4000/v1/projects/other/locations/eu",
        ),
    ],
)
def test_project_and_location_come_from_the_address_or_the_environment(
    api_base: str | None, environ: dict[str, str], url: str
) -> None:
    (request,), response = play(connect("token", api_base, **environ).exchange(REQUEST), answer(MISTRAL))
    assert request.url == f"{url}/publishers/mistralai/models/mistral-ocr-2505:rawPredict"
    assert request.credentials == {"Authorization": "Bearer token"}
    assert request.json["model"] == "mistral-ocr-2505"
    assert response.provider == "vertex_ai"


def test_a_missing_project_is_named_with_its_variable() -> None:
    with pytest.raises(ConfigurationError, match="VERTEXAI_PROJECT"):
        VertexAI.connect(api_key="token", api_base=None, headers={}, environ={})


@pytest.mark.parametrize("project", ["a/b", "a b", "..%2f", "A"])
def test_a_project_that_would_change_the_path_is_refused(project: str) -> None:
    with pytest.raises(ConfigurationError, match="no project of Google"):
        connect(VERTEXAI_PROJECT=project)


def test_deepseeks_model_is_said_to_be_gone() -> None:
    with pytest.raises(ConfigurationError, match="retired"):
        VertexAI.connect(model="deepseek-ocr-maas", api_key="t", api_base=None, headers={}, environ=PROJECT)


# --- tokens -------------------------------------------------------------------------------------------------------


def sent(provider: VertexAI) -> dict[str, str]:
    (request,), _ = play(provider.exchange(REQUEST), answer(MISTRAL))
    return dict(request.credentials)


@pytest.mark.parametrize(
    ("api_base", "carried"),
    [
        (None, True),
        ("https://us-east1-aiplatform.googleapis.com", True),
        ("http://127.0.0.1:4000", True),
        ("https://proxy.example.com", False),
        ("https://googleapis.com.example.com", False),
    ],
)
def test_the_environments_tokens_go_to_google_alone(api_base: str | None, carried: bool) -> None:
    provider = connect(None, api_base, VERTEX_AI_API_KEY="planted")
    assert sent(provider) == ({"Authorization": "Bearer planted"} if carried else {})
    assert "planted" not in f"{provider!r} {provider.account}"
    if not carried:
        credentials = connect(None, api_base, VERTEXAI_CREDENTIALS=service_account("http://127.0.0.1:1"))
        assert sent(credentials) == {}


def test_the_environments_own_address_gets_its_tokens() -> None:
    environ = {"VERTEXAI_API_BASE": "https://proxy.example.com", "VERTEX_AI_API_KEY": "t"}
    assert sent(connect(None, None, **environ)) == {"Authorization": "Bearer t"}


def test_accounts_are_told_apart_by_their_credentials_and_projects() -> None:
    one = connect("a").account
    assert connect("a").account == one
    assert len({one, connect("b").account, connect("a", VERTEXAI_PROJECT="other").account}) == 3


@pytest.mark.parametrize("text", ['{"planted', "{}", '{"type": "planted"}', '["planted"]'])
def test_credentials_that_are_none_are_refused_unshown(text: str, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        sent(connect(None, None, GOOGLE_APPLICATION_CREDENTIALS=str(path)))
    assert '"planted' not in str(caught.value)
    with pytest.raises(ConfigurationError):
        sent(connect(None, None, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json")))


class Issuer:
    """Google's place for tokens and its metadata server in one, with Vertex AI behind the same address."""

    def __init__(self, *, lasts: int = 3600, status: int = 200) -> None:
        self.lasts = lasts
        self.status = status
        self.issued = 0
        self.seen: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        received = exchange.received
        if received.path == "/token":
            form = parse_qs(received.body.decode())
            assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            await self.issue(exchange)
        elif received.path.startswith("/computeMetadata/"):
            await self.machine(exchange)
        elif received.path == "/":
            await exchange.answer(b"", headers={"Metadata-Flavor": "Google"})
        else:
            self.seen.append(received.headers["authorization"])
            asked: Any = received.json.get("pages") or [0]
            pages = [{"index": page, "markdown": "Read.", "images": [], "dimensions": None} for page in asked]
            await exchange.json({"pages": pages, "model": "m", "usage_info": {"pages_processed": len(pages)}})

    async def machine(self, exchange: Exchange) -> None:
        assert exchange.received.headers["metadata-flavor"] == "Google"
        if "/token" in exchange.received.path:
            await self.issue(exchange)
        elif "project-id" in exchange.received.path:
            await exchange.answer(b"a-project", headers={"Metadata-Flavor": "Google", "Content-Type": "text/plain"})
        else:
            account = {"email": "m@a-project.iam.gserviceaccount.com", "scopes": [], "aliases": ["default"]}
            await exchange.json(account, 200, {"Metadata-Flavor": "Google"})

    async def issue(self, exchange: Exchange) -> None:
        if self.status != 200:
            await exchange.json({"error": "invalid_grant", "error_description": "Invalid JWT"}, self.status)
            return
        self.issued += 1
        body = {"access_token": f"ya29.{self.issued}", "expires_in": self.lasts, "token_type": "Bearer"}
        await exchange.json(body, 200, {"Metadata-Flavor": "Google"})


PDF = text_pdf([PARAGRAPHS] * 2)


async def ask(server: Upstream, **options: Any) -> None:
    place = f"{server.url}/v1/projects/a-project/locations/us-central1"
    await aocr(PDF, model="vertex_ai/mistral-ocr-2505", api_base=place, pages=[0], **options)


@pytest.mark.anyio
async def test_a_service_accounts_token_is_got_once_and_kept() -> None:
    issuer = Issuer()
    async with upstream(default=issuer) as server:
        for _ in range(2):
            await ask(server, api_key=service_account(f"{server.url}/token"))
    assert issuer.issued == 1
    assert issuer.seen == ["Bearer ya29.1"] * 2


@pytest.mark.anyio
async def test_a_token_that_is_about_to_expire_is_renewed() -> None:
    issuer = Issuer(lasts=30)
    async with upstream(default=issuer) as server:
        for _ in range(2):
            await ask(server, api_key=service_account(f"{server.url}/token"))
    assert issuer.seen == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.anyio
async def test_the_environments_file_is_read_and_read_anew_when_it_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    issuer = Issuer()
    path = tmp_path / "key.json"
    async with upstream(default=issuer) as server:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        for number in range(2):
            path.write_text(service_account(f"{server.url}/token", f"project-{number}"))
            await ask(server)
    assert issuer.seen == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.anyio
async def test_the_machines_own_account_is_asked_where_nothing_else_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    issuer = Issuer()
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "VERTEXAI_CREDENTIALS", "VERTEX_AI_API_KEY", "NO_GCE_CHECK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    async with upstream(default=issuer) as server:
        host = server.url.removeprefix("http://")
        for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT"):
            monkeypatch.setenv(name, host)
        await ask(server)
    assert issuer.seen == ["Bearer ya29.1"]


@pytest.mark.anyio
async def test_an_account_that_google_refuses_is_told_without_its_key() -> None:
    async with upstream(default=Issuer(status=400)) as server:
        with pytest.raises(AuthenticationFailed, match="invalid_grant") as caught:
            await ask(server, api_key=service_account(f"{server.url}/token"))
    assert "PRIVATE" not in str(caught.value)


@pytest.mark.anyio
async def test_a_place_for_tokens_that_cannot_be_reached_is_told() -> None:
    async with upstream(default=Issuer()) as server:
        with pytest.raises(ProviderUnavailable, match="access tokens cannot be reached"):
            await ask(server, api_key=service_account(f"{refused_url()}/token"))
