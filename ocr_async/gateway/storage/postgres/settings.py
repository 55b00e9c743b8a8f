"""What signs the addresses of files, the same for all gateways of a database."""

from __future__ import annotations

import hashlib
import hmac
import os

from ..port import Signing
from .connection import Database


__all__ = ["CHANGED", "prepare", "replace_secret", "signing"]

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
