"""Whether what the ledger says to be published is there, and whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from ..wording import counted
from .publish import names, published
from .standing import Standing
from .store.port import Store


__all__ = ["verify"]


def verify(ledger: Standing, out: Store) -> Iterator[tuple[str, str | None]]:
    """Yield each document whose results are published, and what is wrong with them; None for nothing. Blocks."""
    form = ledger.settings()["form"]
    for row in ledger.rows():
        if row["published"]:
            yield row["document"], _wrong(row, form, out)


def _wrong(row: dict[str, Any], form: str, out: Store) -> str | None:
    stem = os.fsdecode(row["stem"])
    files = names(stem, form)
    for name in files.values():
        if not out.taken(name):
            return f"{out.shown(name)} is gone"
    name = files["json"]
    try:
        response = published(out, stem)
    except FileNotFoundError:
        return f"{out.shown(name)} is gone"
    except OSError as error:
        return f"{out.shown(name)} cannot be read: {error.strerror or error}"
    except ValueError:
        return f"{out.shown(name)} is damaged"
    missing = set(json.loads(row["missing"])) if row["missing"] and row["state"] == "partial" else set()
    there = {page.index for page in response.pages}
    if row["pages"] is not None and (len(there) != row["pages"] - len(missing) or there & missing):
        return f"{out.shown(name)} has {counted(len(there), 'page')}, and the ledger {row['pages'] - len(missing)}"
    return None
