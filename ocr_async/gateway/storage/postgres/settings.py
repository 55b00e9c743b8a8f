"""What is the same for all gateways of a database: what signs addresses of files, and which object store has bytes."""

from __future__ import annotations

import hashlib
import hmac
import os

from ....errors import ConfigurationError
from ..files import Signing
from .connection import Database
from .objects import Objects, connected_objects


__all__ = ["CHANGED", "place_of_objects", "prepare", "replace_secret", "signing"]

CHANGED = "UPDATE ocr_async.changes SET version = version + 1"  # what all gateways notice within a second or two


async def prepare(database: Database) -> Signing:
    """Make what is not there yet; the mark stays, whatever becomes of the secret."""
    secret = os.urandom(32)
    mark = hmac.new(secret, b"mark", hashlib.sha256).hexdigest()[:12].encode()
    await database.change(
        "INSERT INTO ocr_async.settings (name, value) SELECT * FROM (VALUES ('secret', $1::bytea), ('mark', $2)) AS v "
        "WHERE NOT EXISTS (SELECT FROM ocr_async.settings WHERE name = 'mark') ON CONFLICT DO NOTHING",
        secret, mark,
    )  # fmt: skip
    return await signing(database)


async def signing(database: Database) -> Signing:
    """Return what signs addresses."""
    found = dict(await database.fetch("SELECT name, value FROM ocr_async.settings"))
    return Signing(found["secret"], found["mark"].decode())


async def replace_secret(database: Database) -> None:
    """Sign with another secret from now on."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE ocr_async.settings SET value = $1 WHERE name = 'secret'", os.urandom(32))
        await connection.execute(CHANGED)


async def place_of_objects(database: Database, url: str | None, mark: str) -> Objects | None:
    """
    Return the object store at *url* for the database with the *mark*, and write its address down; None without one.

    Raises:
        ConfigurationError: It cannot be used, or there are bytes in another one.
    """
    row = await database.row("SELECT value FROM ocr_async.settings WHERE name = 'objects'")
    recorded = None if row is None else row["value"].decode()
    used = bool(await database.fetch("SELECT FROM ocr_async.blobs WHERE objects LIMIT 1"))
    if url is None:
        if used:
            raise ConfigurationError(f"the bytes of files are in {recorded}: name it by --objects")
        return None
    objects = await connected_objects(url, mark)
    await objects.take_up(recorded, used)
    await database.change(
        "INSERT INTO ocr_async.settings (name, value) VALUES ('objects', $1) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        objects.address.encode(),
    )
    return objects
