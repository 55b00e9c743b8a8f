"""
The gateway's keys in the words of LiteLLM's proxy: ``/key/generate``, ``update``, ``delete``, ``info`` and ``list``.

Source: https://docs.litellm.ai/docs/proxy/virtual_keys, read 2026-11-28. What is there and not here is refused where it
would limit a key, so that nobody believes in a limit that does not hold, and passed over where it describes one.
"""

from __future__ import annotations

import datetime
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..access.control import Key, Spent, digest
from ..http_errors import HTTPError
from ..periods import end_of
from ..state import add_route
from .keys import as_json, changed, created, keys_of, no_key, note, object_of, page_of, terms_of, work


__all__ = ["add_routes"]

_NAMES = {
    "key_alias": "alias",
    "models": "models",
    "max_budget": "budget_usd",
    "budget_duration": "budget_period",
    "rpm_limit": "rpm",
    "max_parallel_requests": "max_concurrency",
    "duration": "expires_in",
    "budget_pages": "budget_pages",
    "pages_per_minute": "pages_per_minute",
}
_DURATIONS = {"day": "1d", "week": "7d", "month": "30d", None: None}
# What describes a key and limits nothing.
_PASSED_OVER = {"user_id", "team_id", "key_name", "metadata", "tags", "key_type", "send_invite_email"}
_ALL_MODELS = {"all-proxy-models", "all-team-models"}
_TOKEN = re.compile(r"[0-9a-f]{64}")


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    for method, path, handler in (
        ("POST", "/key/generate", _generate),
        ("POST", "/key/update", _update),
        ("POST", "/key/delete", _delete),
        ("GET", "/key/info", _info),
        ("GET", "/key/list", _list),
    ):
        add_route(app, method, path, handler, who="master")


async def _generate(request: web.Request) -> web.Response:
    wanted = terms_of(request, _known(await object_of(request)), _NAMES)
    alias = wanted.alias or f"key-{secrets.token_hex(4)}"
    text, key = await created(request, alias, wanted.facts)
    (facts,) = await as_json(request, _facts, key)
    return web.json_response({"key": text, **facts})


async def _update(request: web.Request) -> web.Response:
    body = await object_of(request)
    given = _key_name(body.pop("key", None), "key")
    wanted = terms_of(request, _known(body), _NAMES)
    key = await changed(request, await _found(request, given), wanted)
    (facts,) = await as_json(request, _facts, key)
    return web.json_response({"key": _token(key), **facts})


async def _delete(request: web.Request) -> web.Response:
    body = await object_of(request)
    keys, aliases = body.get("keys") or [], body.get("key_aliases") or []
    if not isinstance(keys, list) or not isinstance(aliases, list) or not 0 < len(keys) + len(aliases) <= 1000:
        raise HTTPError(422, "give keys or key_aliases, a list of at most 1000", "invalid_request", param="keys")
    names = [*(_key_name(one, "keys") for one in keys), *(_key_name(one, "key_aliases", alias=True) for one in aliases)]
    found = [await _found(request, name) for name in names]
    await work(request, keys_of(request).accounts.revoke([key.id for key in found], time.time()))
    note(request, *found)
    return web.json_response({"deleted_keys": [*keys, *aliases]})


async def _info(request: web.Request) -> web.Response:
    key = await _found(request, _key_name(request.query.get("key"), "key"))
    (facts,) = await as_json(request, _facts, key)
    return web.json_response({"key": _token(key), "info": facts})


async def _list(request: web.Request) -> web.Response:
    keys, total, page, size = await page_of(request, "size", first=1)
    whole = request.query.get("return_full_object", "").lower() == "true"
    return web.json_response(
        {
            "keys": await as_json(request, _facts, *keys) if whole else list(map(_token, keys)),
            "total_count": total,
            "current_page": page,
            "total_pages": -(-total // size),
        }
    )


def _known(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return *body* in values that we read, without what limits nothing and what is not set."""
    kept = {
        name: value
        for name, value in body.items()
        if name in _NAMES or (name not in _PASSED_OVER and value not in (None, {}, []))
    }
    if kept.get("duration") == "-1":
        kept["duration"] = None
    if isinstance(models := kept.get("models"), list) and _ALL_MODELS.intersection(map(str, models)):
        kept["models"] = None
    return kept


def _key_name(given: Any, name: str, *, alias: bool = False) -> dict[str, Any]:
    """
    Return by what to find a key, as `Accounts.find` takes it.

    Args:
        given: Its text or its SHA-256 in hexadecimal, which LiteLLM calls its token; or its alias.

    Raises:
        HTTPError: It is no text.
    """
    if not isinstance(given, str) or not given:
        raise HTTPError(422, f"{name} names no key: give its text, its token or, where asked for, its alias",
                        "invalid_request", param=name)  # fmt: skip
    if alias:
        return {"alias": given}
    return {"digest": bytes.fromhex(given) if _TOKEN.fullmatch(given) else digest(given)}


async def _found(request: web.Request, name: Mapping[str, Any]) -> Key:
    key = await keys_of(request).accounts.find(**name)
    if key is None:
        raise no_key()
    return key


def _token(key: Key) -> str:
    return key.digest.hex()


def _facts(key: Key, spent: Spent) -> dict[str, Any]:
    period = key.budget_period
    return {
        "token": _token(key),
        "token_id": _token(key),
        "key_name": f"sk-...{key.tail}",
        "key_alias": key.alias,
        "spend": spent.usd,
        "expires": _iso(key.expires),
        "models": list(key.models or ()),
        "max_budget": key.budget_usd,
        "budget_duration": _DURATIONS[period],
        "budget_reset_at": None if period is None else f"{end_of(period, time.time())}T00:00:00+00:00",
        "rpm_limit": key.rpm,
        "max_parallel_requests": key.max_concurrency,
        "budget_pages": key.budget_pages,
        "pages_per_minute": key.pages_per_minute,
        "created_at": _iso(key.created),
        "metadata": {},
    }


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
