"""
The gateway's keys over HTTP, for the master key: ``/v1/keys``. `litellm_keys` has the same in LiteLLM's words.

What is written is in the storage, and counts for the next request here, when the answer is sent. The text of a key is
in the answer that makes it, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from aiohttp import web
from attrs import define

from ..access import terms
from ..access.control import Key, Spent
from ..access.sync import KeySync
from ..http_errors import HTTPError
from ..intake.bodies import pieces, strict_json, utf8
from ..intake.parameters import Fields
from ..state import add_route, context_of, gateway_of
from ..storage.accounts import AliasTaken, KeyGone


__all__ = [
    "Terms",
    "add_routes",
    "as_json",
    "changed",
    "created",
    "keys_of",
    "no_key",
    "note",
    "object_of",
    "page_of",
    "terms_of",
    "work",
]

T = TypeVar("T")

_MOST = 256 * 1024  # bytes of a body
_SIMPLE: Mapping[str, Callable[[Any], Any]] = {
    "models": terms.models,
    "rpm": terms.count,
    "pages_per_minute": terms.count,
    "max_concurrency": terms.count,
    "budget_pages": terms.count,
    "budget_usd": terms.money,
    "budget_period": terms.period,
}
_NAMES = {name: name for name in ("alias", *_SIMPLE, "expires_in", "expires_at")}


@define
class Terms:
    """
    What a body says of a key.

    Attributes:
        alias: None where it says none.

        facts: Limits of `Key`; None for one to take away.
    """

    alias: str | None
    facts: dict[str, Any]


def add_routes(app: web.Application) -> None:
    """Add the routes of keys."""
    for method, path, handler in (
        ("GET", "/v1/keys", _list),
        ("POST", "/v1/keys", _create),
        ("GET", "/v1/keys/{id}", _get),
        ("PATCH", "/v1/keys/{id}", _update),
        ("DELETE", "/v1/keys/{id}", _delete),
    ):
        add_route(app, method, path, handler, who="master")


async def _list(request: web.Request) -> web.Response:
    keys, total, _, _ = await page_of(request, "page_size", first=0)
    return web.json_response({"object": "list", "data": await as_json(request, _facts, *keys), "total": total})


async def _create(request: web.Request) -> web.Response:
    wanted = terms_of(request, await object_of(request), _NAMES)
    if wanted.alias is None:
        raise _invalid("alias", "is missing")
    text, key = await created(request, wanted.alias, wanted.facts)
    (facts,) = await as_json(request, _facts, key)
    return web.json_response({"key": text, **facts}, status=201)


async def _get(request: web.Request) -> web.Response:
    (facts,) = await as_json(request, _facts, await _found(request))
    return web.json_response(facts)


async def _update(request: web.Request) -> web.Response:
    wanted = terms_of(request, await object_of(request), _NAMES)
    (facts,) = await as_json(request, _facts, await changed(request, await _found(request), wanted))
    return web.json_response(facts)


async def _delete(request: web.Request) -> web.Response:
    key = await _found(request)
    await work(request, keys_of(request).accounts.revoke([key.id], time.time()))
    note(request, key)
    return web.json_response({"id": key.id, "object": "key", "deleted": True})


async def _found(request: web.Request) -> Key:
    """Return the key that the path names by its id or alias."""
    name = request.match_info["id"]
    key = await keys_of(request).accounts.find(key_id=name, alias=name)
    if key is None:
        raise no_key()
    return key


def _facts(key: Key, spent: Spent) -> dict[str, Any]:
    return {
        "id": key.id,
        "object": "key",
        "alias": key.alias,
        "tail": key.tail,
        **{name: getattr(key, name) for name in _SIMPLE},
        "expires_at": key.expires,
        "created_at": key.created,
        "spent": {"pages": spent.pages, "usd": spent.usd},
    }


# --- for both families of routes ----------------------------------------------------------------------------------


def keys_of(request: web.Request) -> KeySync:
    """
    Return what reads and changes keys.

    Raises:
        HTTPError: There are none here.
    """
    keys = gateway_of(request).keys
    if keys is None:
        text = "without a master key this gateway has no keys: set general_settings.master_key"
        raise HTTPError(409, text, "no_master_key")
    return keys


async def as_json(
    request: web.Request, facts: Callable[[Key, Spent], dict[str, Any]], *keys: Key
) -> list[dict[str, Any]]:
    """Return what *facts* tells of each of *keys* and of what it spent."""
    spent = await gateway_of(request).limits.spent(keys)
    return [facts(key, spent[key.id]) for key in keys]


def note(request: web.Request, *keys: Key) -> None:
    """Have the log tell which *keys* were made, changed or revoked."""
    context_of(request).facts["managed_keys"] = [key.alias for key in keys[:20]]


async def work(request: web.Request, change: Coroutine[Any, Any, T]) -> T:
    """
    Return what *change* comes to; what it changed counts from now on.

    Raises:
        HTTPError: There is another key of this alias, or no such key any more.
    """
    try:
        return await keys_of(request).change(change)
    except AliasTaken as error:
        raise HTTPError(409, str(error), "alias_taken", param="alias") from None
    except KeyGone:
        raise no_key() from None


def no_key() -> HTTPError:
    """Return the refusal of a key that is unknown or revoked."""
    return HTTPError(404, "there is no such key in use", "key_not_found")


async def created(request: web.Request, alias: str, facts: dict[str, Any]) -> tuple[str, Key]:
    """Make a key; return its text, and what is known of it."""
    text, key = await work(request, keys_of(request).accounts.create(alias, time.time(), **facts))
    note(request, key)
    return text, key


async def changed(request: web.Request, key: Key, wanted: Terms) -> Key:
    """Change *key*; return it as it is now."""
    key = await work(request, keys_of(request).accounts.update(key.id, wanted.alias, **wanted.facts))
    note(request, key)
    return key


async def page_of(request: web.Request, size_name: str, *, first: int) -> tuple[list[Key], int, int, int]:
    """
    Return the keys that the query asks for, how many there are, and number and size of the page.

    Args:
        first: Number of the first page.
    """
    query = Fields(request.query, "query")
    page, size = query.whole("page", first, first, 10**9), query.whole(size_name, 100, 1, 1000)
    query.check()
    total, keys = await keys_of(request).accounts.select((page - first) * size, size)
    return keys, total, page, size


async def object_of(request: web.Request) -> dict[str, Any]:
    """
    Return the JSON object that is the body of *request*.

    Raises:
        HTTPError: It is none.
    """
    body = strict_json(utf8(b"".join([piece async for piece in pieces(request, _MOST)])))
    if not isinstance(body, dict):
        raise HTTPError(422, "the request's body is no JSON object", "invalid_request")
    return body


def terms_of(request: web.Request, body: Mapping[str, Any], names: Mapping[str, str]) -> Terms:
    """
    Read what *body* says of a key.

    Args:
        names: Of our terms, by what *body* calls them.

    Raises:
        HTTPError: Something of it cannot be.
    """
    given = {names[name]: (name, value) for name, value in body.items() if name in names}
    if unknown := [name for name in body if name not in names]:
        raise _invalid(unknown[0], f"is no term of a key; there are {', '.join(names)}")
    alias = _checked(*given["alias"], terms.alias) if "alias" in given and given["alias"][1] is not None else None
    facts = {term: _checked(*given[term], check) for term, check in _SIMPLE.items() if term in given}
    facts |= dict(_expiry(given))
    for model in facts.get("models") or ():
        if gateway_of(request).router.group_of(model) is None:
            raise _invalid(given["models"][0], f'names "{model}", which this gateway has not')
    return Terms(alias, facts)


def _expiry(given: Mapping[str, tuple[str, Any]]) -> Iterator[tuple[str, float | None]]:
    if "expires_at" in given:
        yield "expires", _checked(*given["expires_at"], terms.moment)
    if "expires_in" in given:
        seconds = _checked(*given["expires_in"], terms.seconds)
        yield "expires", None if seconds is None else time.time() + seconds


def _checked(name: str, value: Any, check: Callable[[Any], T]) -> T | None:
    try:
        return None if value is None else check(value)
    except terms.InvalidTerm as error:
        raise _invalid(name, str(error)) from None


def _invalid(name: str, what: str) -> HTTPError:
    return HTTPError(422, f"{name[:100]} {what}", "invalid_request", param=name[:100])
