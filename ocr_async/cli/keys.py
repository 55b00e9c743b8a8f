"""``ocr-async keys``: makes, lists and revokes the virtual keys of a gateway; a running one notices."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from attrs import asdict

from ..errors import ConfigurationError
from ..gateway.access.control import Key, Spent
from ..gateway.access.keys import KeyStore, SpendRow
from ..gateway.config.config import default_data, peek


__all__ = ["main"]

_UNITS = {"m": 60, "h": 3600, "d": 86_400}


def main(arguments: argparse.Namespace) -> int:
    """Do what *arguments* say; return the exit code."""
    try:
        folder, models = _gateway(arguments)
        if arguments.action != "create" and not KeyStore.exists(folder):
            raise ConfigurationError(f"no keys have been made in {folder}: name the gateway's --config or --data")
        store = KeyStore.open(folder)
        try:
            if arguments.action == "create":
                return _create(store, arguments, folder, models)
            return {"list": _list, "revoke": _revoke}[arguments.action](store, arguments)
        finally:
            store.close()
    except ConfigurationError as error:
        print(f"ocr-async: {error}", file=sys.stderr)
        return error.exit_code


def _gateway(arguments: argparse.Namespace) -> tuple[Path, frozenset[str]]:
    """Return the folder of the gateway's data, and the names of its models; none where these are not known."""
    folder, models = peek(Path(arguments.config)) if arguments.config else (None, frozenset())
    if arguments.data:
        folder = Path(arguments.data)
    return folder or default_data(os.environ), models


def _create(store: KeyStore, arguments: argparse.Namespace, folder: Path, known: frozenset[str]) -> int:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", arguments.alias) or arguments.alias in {"master", "anyone"}:
        raise ConfigurationError("an alias is 1 to 64 letters, digits, dots, dashes and underlines, and not master")
    models = [model for model in (arguments.models or "").split(",") if model]
    if known and (unknown := [model for model in models if model not in known]):
        raise ConfigurationError(f"the gateway has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    now = time.time()
    key = store.create(
        arguments.alias,
        now,
        models=models or None,
        rpm=arguments.rpm,
        pages_per_minute=arguments.pages_per_minute,
        max_concurrency=arguments.max_concurrency,
        budget_pages=arguments.budget_pages,
        budget_usd=arguments.budget_usd,
        expires=None if arguments.expires is None else now + _seconds(arguments.expires),
    )
    print(key)
    print(
        f"ocr-async: this key is shown only now; its SHA-256 is kept in {folder}, and a gateway that runs on that "
        "folder takes the key within two seconds",
        file=sys.stderr,
    )
    return 0


def _list(store: KeyStore, arguments: argparse.Namespace) -> int:
    if arguments.json:
        spend = store.spend()
        print(json.dumps([_as_json(key, spend) for key in store.in_use()]))
        return 0
    totals = store.totals()
    lines: list[tuple[str, ...]] = [("ALIAS", "KEY", "PAGES", "USD", "EXPIRES", "LIMITS", "MODELS")]
    lines += [_as_line(key, totals.get(key.id) or Spent()) for key in store.in_use()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return 0


def _as_line(key: Key, spent: Spent) -> tuple[str, ...]:
    pages_of = "" if key.budget_pages is None else f" of {key.budget_pages}"
    usd_of = "" if key.budget_usd is None else f" of {key.budget_usd:g}"
    expires = None if key.expires is None else datetime.datetime.fromtimestamp(key.expires, datetime.UTC)
    over = "" if key.expires is None or key.expires > time.time() else ", over"
    limits = {"rpm": key.rpm, "pages/min": key.pages_per_minute, "at once": key.max_concurrency}
    return (
        key.alias,
        f"sk-…{key.tail}",
        f"{spent.pages}{pages_of}",
        f"{spent.usd:.4f}{usd_of}",
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


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if match is None or not int(match[1]):
        raise ConfigurationError(f'--expires "{text}" is no time such as 90m, 12h or 30d')
    return float(match[1]) * _UNITS[match[2]]
