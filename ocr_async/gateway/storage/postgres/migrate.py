"""
Brings a database up to date: migrations are numbered and only go forward.

Several gateways that start at once do it one after the other. One of an older version does not touch what a newer one
has changed: it refuses to start.
"""

from __future__ import annotations

from importlib.resources import files

import anyio.to_thread

from ....errors import ConfigurationError
from ..failures import StorageUnavailable
from .connection import Database


__all__ = ["migrate"]

_LOCK = 0x6F63725F6173796E  # "ocr_asyn"


async def migrate(database: Database) -> None:
    """
    Do the migrations that are not done yet.

    Raises:
        ConfigurationError: There are later ones than this program knows, or they cannot be done.
    """
    import asyncpg

    known = await anyio.to_thread.run_sync(_migrations)
    try:
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS ocr_async")
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS ocr_async.migrations "
                "(version integer PRIMARY KEY, done timestamptz NOT NULL DEFAULT now())"
            )
            done = await connection.fetchval("SELECT coalesce(max(version), 0) FROM ocr_async.migrations")
            if done > len(known):
                raise ConfigurationError(
                    f"the database has version {done}, made by a newer ocr_async; this one knows {len(known)}: "
                    "update it, or name another database"
                )
            for version in range(done + 1, len(known) + 1):
                await connection.execute(known[version - 1])
                await connection.execute("INSERT INTO ocr_async.migrations (version) VALUES ($1)", version)
    except (StorageUnavailable, asyncpg.PostgresError) as error:
        raise ConfigurationError(f"the database cannot be brought up to date: {error}") from error


def _migrations() -> list[str]:
    """Return their text, the first first."""
    found = {
        int(file.name.removesuffix(".sql")): file.read_text(encoding="utf-8")
        for file in files(__name__.rpartition(".")[0]).joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    }
    return [found[version] for version in range(1, len(found) + 1)]
