"""``ocr-async keys``: makes, changes, lists and revokes the virtual keys of a gateway; a running one notices."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from attrs import asdict

from ..errors import ConfigurationError
from ..gateway.access import terms
from ..gateway.access.control import Key, Spent
from ..gateway.access.keys import KeyStore, SpendRow
from ..gateway.config.config import default_data, peek
from ..gateway.storage.local.settings import rotate_secret
from .messages import refuse


__all__ = ["main"]

_LIMITS = ("rpm", "pages_per_minute", "max_concurrency", "budget_pages", "budget_usd")


def main(arguments: argparse.Namespace) -> int:
    """Do what *arguments* say; return the exit code."""
    try:
        folder, models = _gateway(arguments)
        if arguments.action != "create" and not KeyStore.exists(folder):
            raise ConfigurationError(f"no keys have been made in {folder}: name the gateway's --config or --data")
        store = KeyStore.open(folder)
        try:
            match arguments.action:
                case "create":
                    return _create(store, arguments, folder, models)
                case "update":
                    return _update(store, arguments, models)
                case "list":
                    return _list(store, arguments)
                case "revoke":
                    return _revoke(store, arguments)
                case _:
                    return _rotate_secret(store)
        finally:
            store.close()
    except ConfigurationError as error:
        return refuse(error)


def _gateway(arguments: argparse.Namespace) -> tuple[Path, frozenset[str]]:
    """Return the folder of the gateway's data, and the names of its models; none where these are not known."""
    folder, models = peek(Path(arguments.config)) if arguments.config else (None, frozenset())
    if arguments.data:
        folder = Path(arguments.data)
    return folder or default_data(os.environ), models


def _create(store: KeyStore, arguments: argparse.Namespace, folder: Path, known: frozenset[str]) -> int:
    now = time.time()
    key = store.create(_alias(arguments.alias), now, **_facts(arguments, known, now))
    print(key)
    print(
        f"ocr-async: this key is shown only now; its SHA-256 is kept in {folder}, and a gateway that runs on that "
        "folder takes the key within two seconds",
        file=sys.stderr,
    )
    return 0


def _update(store: KeyStore, arguments: argparse.Namespace, known: frozenset[str]) -> int:
    key = store.named(arguments.alias)
    if key is None:
        raise ConfigurationError(f'there is no key "{arguments.alias}" in use')
    facts = _facts(arguments, known, time.time())
    alias = arguments.alias if arguments.new_alias is None else _alias(arguments.new_alias)
    if not facts and alias == key.alias:
        raise ConfigurationError("nothing to change: name a limit, --models, --expires or --alias")
    store.update(key, alias, **facts)
    return 0


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


def _list(store: KeyStore, arguments: argparse.Namespace) -> int:
    keys = store.in_use()
    if arguments.json:
        spend = store.spend()
        print(json.dumps([_as_json(key, spend) for key in keys]))
        return 0
    totals = store.totals(keys, time.time())
    lines: list[tuple[str, ...]] = [("ALIAS", "KEY", "PAGES", "USD", "EXPIRES", "LIMITS", "MODELS")]
    lines += [_as_line(key, totals.get(key.id) or Spent()) for key in keys]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return 0


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


def _revoke(store: KeyStore, arguments: argparse.Namespace) -> int:
    if store.revoke(arguments.alias, time.time()):
        return 0
    raise ConfigurationError(f'there is no key "{arguments.alias}" in use')


def _rotate_secret(store: KeyStore) -> int:
    rotate_secret(store.connection)
    print(
        "ocr-async: the signed addresses of files that were given out open nothing any more, within two seconds where "
        "a gateway with a master key runs, else from its next start",
        file=sys.stderr,
    )
    return 0
