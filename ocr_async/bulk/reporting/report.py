"""What became of a job: counts that add up, a manifest in the order of the inputs, and the money."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

import anyio
from attrs import frozen

from ...wording import counted
from ..pausing import needing_room
from ..publish import names
from ..schema import FOLDER
from ..shards import Shard
from ..standing import STATES, Standing
from ..store.files import temporary
from ..store.port import Store


__all__ = ["Report", "export_lines", "manifest", "named", "report"]


@frozen
class Report:
    """
    How a job stands.

    Attributes:
        counts: Inputs by state.

        inputs: How many there are.

        duplicates: How many of them have the content of another one.

        unpriced: Whether the price of some pages is unknown.
    """

    counts: dict[str, int]
    inputs: int
    duplicates: int
    pages: int
    cost: float
    unpriced: bool

    @property
    def adds_up(self) -> bool:
        """Whether each input is in one state."""
        return sum(self.counts[state] for state in STATES) == self.inputs

    @property
    def whole(self) -> bool:
        """Whether every input is done."""
        return self.adds_up and self.counts["done"] == self.inputs

    def words(self) -> str:
        """Return it in one line."""
        states = [
            f"{self.counts[state]:,} {state}" for state in STATES if self.counts[state] or state in {"done", "failed"}
        ]
        duplicates = [f"of them {counted(self.duplicates, 'duplicate')}"] if self.duplicates else []
        cost = "an unknown price" if self.unpriced and not self.cost else f"{self.cost:.4f} USD"
        least = "at least " if self.unpriced and self.cost else ""
        inputs, pages = counted(self.inputs, "input"), counted(self.pages, "page")
        return ", ".join([inputs, *duplicates, *states, pages, f"{least}{cost}"])


def report(ledger: Standing) -> Report:
    """Return how the job of *ledger* stands. Blocks."""
    cost, pages, unpriced = ledger.spend()
    return Report(ledger.counts(), ledger.total(), ledger.duplicates(), pages, cost, unpriced)


def named(ledger: Standing, stem: str, ending: str) -> str:
    """Return the name of a file about the job as a whole; each part of a divided one has its own."""
    shard = ledger.settings().get("shard")
    return f"{stem}{'' if shard is None else f'-{Shard.of(shard).name}'}{ending}"


def manifest(ledger: Standing, folder: Path, out: Store) -> int:
    """
    Write the manifest into *out*, a line for each input in their order; return how many there are. Blocks.

    Args:
        folder: Of the ledger.

    Raises:
        Paused: There is no room for it.
    """
    form = ledger.settings()["form"]
    made = temporary(folder / FOLDER)
    count = 0
    try:
        with needing_room(), open(made, "xb") as file:
            for row in ledger.rows():
                file.write(_json(_line(row, form)))
                count += 1
        anyio.run(out.put, named(ledger, "bulk", ".jsonl"), made)
    finally:
        made.unlink(missing_ok=True)
    return count


def _line(row: dict[str, Any], form: str) -> dict[str, Any]:
    line = {"document": row["document"], "state": row["state"]}
    if row["published"]:
        line["results"] = [_text(os.fsencode(name)) for name in names(os.fsdecode(row["stem"]), form).values()]
    facts = {
        "pages": row["pages"],
        "missing_pages": json.loads(row["missing"]) if row["missing"] and row["state"] == "partial" else None,
        "duplicate_of": row["duplicate_of"] and _text(row["duplicate_of"]),
        "cost": None if row["duplicate_of"] else row["cost"],
        "error": row["cause"] if row["state"] != "done" else None,
    }
    return line | {name: value for name, value in facts.items() if value is not None}


def export_lines(ledger: Standing, out: Store, file: IO[bytes]) -> tuple[int, int]:
    """
    Write the results to *file*, a line for each input that has one; return how many there are, and how many are gone.
    Blocks.
    """
    count = gone = 0
    for row in ledger.rows():
        if not row["published"]:
            continue
        try:
            result = json.loads(out.get(names(os.fsdecode(row["stem"]), "json")["json"]))
            line = _json({"document": row["document"], **result})
        except (OSError, ValueError, TypeError):
            gone += 1
            continue
        file.write(line)
        count += 1
    return count, gone


def _json(line: dict[str, Any]) -> bytes:
    return (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _text(path: bytes) -> str:
    return path.decode(errors="backslashreplace")
