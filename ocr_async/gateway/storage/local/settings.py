"""What a storage knows of itself: the secret that signs addresses, and the mark by which it tells them from others'."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3

from ..files import Signing
from .sqlite import transaction


__all__ = ["SCHEMA", "prepare", "rotate_secret", "signing"]

SCHEMA = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"


def prepare(connection: sqlite3.Connection) -> None:
    """Make what is not there yet; the mark stays, so that an address with an older signature is still known as ours."""
    add = "INSERT OR IGNORE INTO settings VALUES (?, ?)"
    with transaction(connection):
        connection.execute(add, ("secret", os.urandom(32)))
        first = _value(connection, "secret")
        connection.execute(add, ("mark", hmac.new(first, b"mark", hashlib.sha256).hexdigest()[:12].encode()))


def signing(connection: sqlite3.Connection) -> Signing:
    """Return what signs addresses."""
    return Signing(_value(connection, "secret"), _value(connection, "mark").decode())


def rotate_secret(connection: sqlite3.Connection) -> None:
    """Sign with another secret from now on, which makes all addresses that there are useless."""
    prepare(connection)
    with transaction(connection):
        connection.execute("UPDATE settings SET value = ? WHERE name = 'secret'", (os.urandom(32),))


def _value(connection: sqlite3.Connection, name: str) -> bytes:
    (value,) = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return bytes(value)
