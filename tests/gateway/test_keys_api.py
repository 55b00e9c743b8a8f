"""Keys over HTTP, in our words and in LiteLLM's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.gateway.test_files import MASTER
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

BY_MASTER = {"Authorization": f"Bearer {MASTER}"}
URL = {"type": "document_url", "document_url": "https://example.com/a.pdf"}
ASKED = {"model": "mistral-ocr", "document": URL, "pages": [0]}


async def send(gateway: Running, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    async with gateway.client.request(
        method, gateway.url + path, json=body, headers={**BY_MASTER, **headers}
    ) as answer:
        return answer.status, await answer.json()


async def ask(gateway: Running, key: str, model: str = "mistral-ocr") -> tuple[int, str | None]:
    status, body = await gateway.post("/v1/ocr", {**ASKED, "model": model}, Authorization=f"Bearer {key}")
    return status, body.get("code")


async def keyed(folder: Path, server: Upstream) -> Any:
    models = mistral_at(server, ocr_cost_per_page=0.5), mistral_at(server, "other", ocr_cost_per_page=0.5)
    return await configured(folder, *models, general_settings={"master_key": MASTER})


async def test_a_key_is_made_changed_and_revoked_and_each_counts_at_once(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        status, made = await send(
            gateway, "POST", "/v1/keys", {"alias": "team", "budget_usd": 1, "budget_period": "month", "rpm": 100}
        )
        assert (status, made["alias"], made["budget_usd"], made["budget_period"]) == (201, "team", 1.0, "month")
        key = made.pop("key")
        assert key.startswith("sk-oa-")
        assert [await ask(gateway, key) for _ in range(3)] == [(200, None)] * 2 + [(429, "budget_exceeded")]
        path = f"/v1/keys/{made['id']}"
        status, found = await send(gateway, "GET", path)
        assert (status, found) == (200, {**made, "spent": {"pages": 2, "usd": 1.0}})
        _, listed = await send(gateway, "GET", "/v1/keys")
        assert listed == {"object": "list", "data": [found], "total": 1}
        status, changed = await send(
            gateway, "PATCH", path, {"budget_usd": 1.5, "rpm": None, "alias": "new", "models": ["mistral-ocr"]}
        )
        facts = changed["budget_usd"], changed["rpm"], changed["alias"], changed["budget_period"], changed["spent"]
        assert (status, facts) == (200, (1.5, None, "new", "month", {"pages": 2, "usd": 1.0}))
        assert [await ask(gateway, key) for _ in range(2)] == [(200, None), (429, "budget_exceeded")]
        assert await ask(gateway, key, "other") == (404, "model_not_found")
        assert (await send(gateway, "PATCH", "/v1/keys/new", {"expires_at": 1}))[0] == 200
        assert await ask(gateway, key) == (401, "invalid_api_key")
        assert (await send(gateway, "PATCH", "/v1/keys/new", {"expires_in": "1h", "budget_usd": None}))[0] == 200
        assert await ask(gateway, key) == (200, None)
        assert await send(gateway, "DELETE", "/v1/keys/new") == (
            200, {"id": made["id"], "object": "key", "deleted": True},
        )  # fmt: skip
        assert await ask(gateway, key) == (401, "invalid_api_key")
        assert (await send(gateway, "GET", path))[0] == 404
        assert (await send(gateway, "DELETE", path))[1]["code"] == "key_not_found"


async def test_a_key_is_for_the_master_to_make(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        _, made = await send(gateway, "POST", "/v1/keys", {"alias": "team"})
        own = {"Authorization": f"Bearer {made['key']}"}
        routes = [
            ("GET", "/v1/keys"), ("POST", "/v1/keys"), ("GET", "/v1/keys/team"), ("PATCH", "/v1/keys/team"),
            ("DELETE", "/v1/keys/team"), ("POST", "/key/generate"), ("POST", "/key/update"), ("POST", "/key/delete"),
            ("GET", "/key/info?key=x"), ("GET", "/key/list"),
        ]  # fmt: skip
        for method, path in routes:
            assert (await send(gateway, method, path, {"alias": "x"}, **own))[1]["code"] == "master_key_needed"
            assert (await send(gateway, method, path, Authorization="Bearer sk-no"))[0] == 401
        assert (await send(gateway, "GET", "/v1/keys"))[1]["total"] == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "alias"),
        ({"alias": "a b"}, "alias"),
        ({"alias": "master"}, "alias"),
        ({"alias": "a", "rmp": 1}, "rmp"),
        ({"alias": "a", "rpm": 0}, "rpm"),
        ({"alias": "a", "rpm": True}, "rpm"),
        ({"alias": "a", "rpm": "9"}, "rpm"),
        ({"alias": "a", "budget_usd": -1}, "budget_usd"),
        ({"alias": "a", "budget_period": "year"}, "budget_period"),
        ({"alias": "a", "models": ["typo"]}, "models"),
        ({"alias": "a", "models": "mistral-ocr"}, "models"),
        ({"alias": "a", "expires_in": "soon"}, "expires_in"),
        ({"alias": "a", "expires_at": "2030"}, "expires_at"),
        ([], None),
    ],
)
async def test_what_a_key_cannot_be_is_named(
    start: Start, upstream: Upstream, tmp_path: Path, body: Any, where: str | None
) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        status, told = await send(gateway, "POST", "/v1/keys", body)
        assert (status, told["code"], told["param"]) == (422, "invalid_request", where)
        assert (await send(gateway, "GET", "/v1/keys"))[1]["total"] == 0


async def test_two_keys_in_use_never_share_an_alias(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        for alias, status in (("a", 201), ("b", 201), ("a", 409)):
            assert (await send(gateway, "POST", "/v1/keys", {"alias": alias}))[0] == status
        status, told = await send(gateway, "PATCH", "/v1/keys/b", {"alias": "a", "rpm": 1})
        assert (status, told["code"]) == (409, "alias_taken")
        assert (await send(gateway, "GET", "/v1/keys/b"))[1]["rpm"] is None


async def test_without_a_master_key_there_are_no_keys(start: Start) -> None:
    async with start() as gateway:
        for method, path in (("GET", "/v1/keys"), ("POST", "/v1/keys"), ("GET", "/key/list")):
            status, told = await send(gateway, method, path, {"alias": "a"})
            assert (status, told["code"]) == (409, "no_master_key")


# --- in LiteLLM's words -------------------------------------------------------------------------------------------


async def test_what_manages_keys_of_litellm_manages_ours(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        given = {
            "key_alias": "team", "max_budget": 1.0, "budget_duration": "30d", "models": ["mistral-ocr"],
            "rpm_limit": 50, "duration": "30d", "user_id": "u", "metadata": {"a": 1}, "tpm_limit": None,
        }  # fmt: skip
        status, made = await send(gateway, "POST", "/key/generate", given)
        assert (status, made["key_alias"], made["max_budget"], made["rpm_limit"]) == (200, "team", 1.0, 50)
        assert (made["budget_duration"], made["budget_reset_at"][8:]) == ("30d", "01T00:00:00+00:00")
        key = made["key"]
        assert [await ask(gateway, key) for _ in range(3)] == [(200, None)] * 2 + [(429, "budget_exceeded")]
        for named in (key, made["token"]):
            status, told = await send(gateway, "GET", f"/key/info?key={named}")
            assert (status, told["key"], told["info"]["spend"]) == (200, made["token"], 1.0)
        assert (await send(gateway, "POST", "/key/update", {"key": key, "max_budget": 2}))[1]["max_budget"] == 2.0
        assert await ask(gateway, key) == (200, None)
        assert (await send(gateway, "POST", "/key/generate", {}))[0] == 200
        _, listed = await send(gateway, "GET", "/key/list?page=1&size=1")
        assert (listed["keys"], listed["total_count"], listed["total_pages"]) == ([made["token"]], 2, 2)
        _, listed = await send(gateway, "GET", "/key/list?return_full_object=true")
        assert [one["max_budget"] for one in listed["keys"]] == [2.0, None]
        assert await send(gateway, "POST", "/key/delete", {"keys": [key]}) == (200, {"deleted_keys": [key]})
        assert await ask(gateway, key) == (401, "invalid_api_key")
        assert (await send(gateway, "POST", "/key/delete", {"key_aliases": ["none"]}))[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/key/generate", {"tpm_limit": 100}, "tpm_limit"),
        ("/key/generate", {"budget_duration": "45s"}, "budget_duration"),
        ("/key/generate", {"max_budget": "much"}, "max_budget"),
        ("/key/update", {"max_budget": 1}, "key"),
        ("/key/delete", {}, "keys"),
        ("/key/delete", {"keys": [1]}, "keys"),
    ],
)
async def test_a_limit_that_would_not_hold_is_refused(
    start: Start, upstream: Upstream, tmp_path: Path, path: str, body: Any, where: str
) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        status, told = await send(gateway, "POST", path, body)
        assert (status, told["param"]) == (422, where)


async def test_answers_are_as_described(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await keyed(tmp_path, upstream)) as gateway:
        _, described = await gateway.get("/openapi.json")
        requests: list[tuple[str, str, str, Any]] = [
            ("post", "/v1/keys", "/v1/keys", {"alias": "a", "budget_usd": 1, "budget_period": "day"}),
            ("get", "/v1/keys", "/v1/keys", None),
            ("get", "/v1/keys/{id}", "/v1/keys/a", None),
            ("patch", "/v1/keys/{id}", "/v1/keys/a", {"rpm": 1, "expires_in": "1d"}),
            ("post", "/key/generate", "/key/generate", {"key_alias": "b"}),
            ("get", "/key/list", "/key/list", None),
            ("post", "/key/delete", "/key/delete", {"key_aliases": ["b"]}),
            ("delete", "/v1/keys/{id}", "/v1/keys/a", None),
            ("get", "/v1/keys/{id}", "/v1/keys/a", None),
        ]
        for method, route, path, body in requests:
            status, answer = await send(gateway, method.upper(), path, body)
            told = described["paths"][route][method]["responses"][str(status)]["content"]["application/json"]
            jsonschema.validate(answer, {**told["schema"], "components": described["components"]})
