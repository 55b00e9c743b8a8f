"""``ocr-async keys``: makes, changes, lists and revokes the virtual keys of a gateway; a running one notices."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import sys
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from attrs import asdict

from ..errors import ConfigurationError
from ..gateway.access import terms
from ..gateway.config import values
from ..gateway.config.config import checked, default_data
from ..gateway.config.loading import peek
from ..gateway.storage import local, postgres
from ..gateway.storage.accounts import Accounts, Key, SpendRow, Spent
from ..gateway.storage.failures import StorageUnavailable
from ..gateway.storage.postgres.connection import shown
from ..gateway.storage.postgres.moving import take_over
from ..wording import counted
from .messages import refuse


__all__ = ["main"]

_LIMITS = ("rpm", "pages_per_minute", "max_concurrency", "budget_pages", "budget_usd")


def main(arguments: argparse.Namespace) -> int:
    """Do what *arguments* say; return the exit code."""
    try:
        asyncio.run(_act(arguments))
    except ConfigurationError as error:
        return refuse(error)
    return 0


async def _act(arguments: argparse.Namespace) -> None:
    place, models = await asyncio.to_thread(_gateway, arguments)
    if arguments.action == "move":
        await _move(Path(arguments.source), place)
        return
    async with _opened(place, arguments.action) as accounts:
        match arguments.action:
            case "create":
                where = shown(place) if isinstance(place, str) else str(place)
                await _create(accounts, arguments, where, models)
            case "update":
                await _update(accounts, arguments, models)
            case "list":
                await _list(accounts, arguments)
            case "revoke":
                await _revoke(accounts, arguments)
            case _:
                await _rotate_secret(accounts)


def _opened(place: Path | str, action: str) -> AbstractAsyncContextManager[Accounts]:
    if isinstance(place, str):
        return postgres.open_accounts(place)
    if action != "create" and not local.has_accounts(place):
        raise ConfigurationError(f"no keys have been made in {place}: name the gateway's --config or --data")
    return local.open_accounts(place)


def _gateway(arguments: argparse.Namespace) -> tuple[Path | str, frozenset[str]]:
    """
    Return the folder of the gateway's data or the URL of its database, and the names of its models.

    There are no names where they are not known.
    """
    folder, url, models = peek(Path(arguments.config)) if arguments.config else (None, None, frozenset[str]())
    if vars(arguments).get("data"):
        return Path(arguments.data), models
    if found := arguments.database or url or os.environ.get("OCR_ASYNC_DATABASE_URL"):
        return checked(found, values.database), models
    return folder or default_data(os.environ), models


async def _move(source: Path, place: Path | str) -> None:
    """Have the database at *place* take over the keys of the folder *source*, which stays as it is."""
    if not isinstance(place, str):
        raise ConfigurationError("name the database that is to have the keys with --database, or its --config")
    if not local.has_accounts(source):
        raise ConfigurationError(f"no keys have been made in {source}")
    keys, spend = await local.keys_and_spend(source)
    async with postgres.open_accounts(place) as accounts:
        try:
            moved = await take_over(accounts.database, keys, spend)
        except StorageUnavailable as error:
            raise ConfigurationError(f"{error}; nothing was moved: try again") from error
    print(
        f"moved from {source} to {shown(place)}: {counted(moved.keys, 'key')}, {counted(moved.pages, 'page')} and "
        f"{moved.usd:.4f} USD spent; there already: {counted(moved.known, 'key')}"
    )


async def _create(accounts: Accounts, arguments: argparse.Namespace, place: str, known: frozenset[str]) -> None:
    now = time.time()
    text, _ = await accounts.create(_alias(arguments.alias), now, **_facts(arguments, known, now))
    print(text)
    print(
        f"ocr-async: this key is shown only now; its SHA-256 is kept in {place}, and a gateway that runs on that "
        "takes the key within two seconds",
        file=sys.stderr,
    )


async def _update(accounts: Accounts, arguments: argparse.Namespace, known: frozenset[str]) -> None:
    key = await _named(accounts, arguments.alias)
    facts = _facts(arguments, known, time.time())
    alias = arguments.alias if arguments.new_alias is None else _alias(arguments.new_alias)
    if not facts and alias == key.alias:
        raise ConfigurationError("nothing to change: name a limit, --models, --expires or --alias")
    await accounts.update(key.id, alias, **facts)


def _facts(arguments: argparse.Namespace, known: frozenset[str], now: float) -> dict[str, Any]:
    """Return what *arguments* say of a key; None for a limit to take away, nothing for one that is not named."""
    facts = {name: _or_none(value) for name in _LIMITS if (value := getattr(arguments, name)) is not None}
    if arguments.models is not None:
        facts["models"] = _models(arguments.models, known)
    if arguments.budget_period is not None:
        facts["budget_period"] = _or_none(arguments.budget_period)
    if arguments.expires is not None:
        facts["expires"] = None if arguments.expires in _NOTHING else now + _seconds(arguments.expires)
    return facts


_NOTHING = {"none", "never", "all"}  # the words by which an option takes a limit away


def _or_none(value: Any) -> Any:
    return None if value in _NOTHING else value


def _models(text: str, known: frozenset[str]) -> list[str] | None:
    models = [] if text in _NOTHING else [model for model in text.split(",") if model]
    if known and (unknown := [model for model in models if model not in known]):
        raise ConfigurationError(f"the gateway has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    return models or None


def _alias(text: str) -> str:
    try:
        return terms.alias(text)
    except terms.InvalidTerm as error:
        raise ConfigurationError(f"an alias {error}") from None


def _seconds(text: str) -> float:
    try:
        return terms.seconds(text)
    except terms.InvalidTerm as error:
        raise ConfigurationError(f'--expires "{text}" {error}') from None


async def _list(accounts: Accounts, arguments: argparse.Namespace) -> None:
    keys = await accounts.in_use()
    if arguments.json:
        spend = await accounts.spend()
        print(json.dumps([_as_json(key, spend) for key in keys]))
        return
    totals = await accounts.totals(keys, time.time())
    lines: list[tuple[str, ...]] = [("ALIAS", "KEY", "PAGES", "USD", "EXPIRES", "LIMITS", "MODELS")]
    lines += [_as_line(key, totals.get(key.id) or Spent()) for key in keys]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _as_line(key: Key, spent: Spent) -> tuple[str, ...]:
    period = "" if key.budget_period is None else f" this {key.budget_period}"
    pages_of = "" if key.budget_pages is None else f" of {key.budget_pages}"
    usd_of = "" if key.budget_usd is None else f" of {key.budget_usd:g}"
    expires = None if key.expires is None else datetime.datetime.fromtimestamp(key.expires, datetime.UTC)
    over = "" if key.expires is None or key.expires > time.time() else ", over"
    limits = {"rpm": key.rpm, "pages/min": key.pages_per_minute, "at once": key.max_concurrency}
    return (
        key.alias,
        f"sk-…{key.tail}",
        f"{spent.pages}{pages_of}{period}",
        f"{spent.usd:.4f}{usd_of}{period}",
        "never" if expires is None else f"{expires:%Y-%m-%d %H:%M} UTC{over}",
        ", ".join(f"{most} {what}" for what, most in limits.items() if most is not None) or "none",
        "all" if key.models is None else ",".join(key.models),
    )


def _as_json(key: Key, spend: list[SpendRow]) -> dict[str, Any]:
    facts = asdict(key, filter=lambda field, _: field.name not in {"digest", "master"})
    names = ("model", "day", "requests", "pages", "usd")
    return facts | {"spend": [{name: getattr(row, name) for name in names} for row in spend if row.key_id == key.id]}


async def _revoke(accounts: Accounts, arguments: argparse.Namespace) -> None:
    key = await _named(accounts, arguments.alias)
    await accounts.revoke([key.id], time.time())


async def _named(accounts: Accounts, alias: str) -> Key:
    key = await accounts.find(alias=alias)
    if key is None:
        raise ConfigurationError(f'there is no key "{alias}" in use')
    return key


async def _rotate_secret(accounts: Accounts) -> None:
    await accounts.replace_secret()
    print(
        "ocr-async: the signed addresses of files that were given out open nothing any more, within two seconds where "
        "a gateway with a master key runs, else from its next start",
        file=sys.stderr,
    )
