"""The table of answers for repeated requests, in SQLite."""

from __future__ import annotations


__all__ = ["SCHEMA"]

# The key is kept as its digest: clients put anything into it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    owner TEXT NOT NULL,
    key BLOB NOT NULL,
    blob TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_end ON answers (expires);
"""
