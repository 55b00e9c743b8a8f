"""Installs a provider of a test's own as people install a plugin: a package with an entry point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ocr_async import providers


@contextmanager
def plugin(name: str, target: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    Let the models ``name/…`` be served by *target* until the end of the block.

    Args:
        target: As in an entry point, such as ``tests.plugins:Provider``.

        folder: Takes the package's metadata.
    """
    site = folder / "site"
    facts = site / f"{name}-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(f"[ocr_async.providers]\n{name} = {target}\n")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    _forget()
    try:
        yield
    finally:
        _forget()


def _forget() -> None:
    providers._plugins.cache_clear()
    providers._provider_class.cache_clear()
