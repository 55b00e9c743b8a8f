"""What a job is asked to read: the inputs in its ledger, found, known again, and where their results go."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from ..errors import ConfigurationError
from .pausing import needing_room
from .schema import storable
from .standing import Standing
from .store.port import Facts


__all__ = ["Input", "Inputs", "Named", "as_input"]


@frozen
class Input:
    """
    A document to be read.

    Attributes:
        path: Or address.

        size: That it had when it was found, or when `item` was made of it.

        mtime: The same for its `Facts.stamp`.
    """

    position: int
    path: str
    stem: str
    size: int | None
    mtime: int | str | None
    item: int | None


@frozen
class Named:
    """
    A document that was found.

    Attributes:
        path: Its absolute path, or its address.

        stems: Those that its results may have, the best one first.

        facts: What whoever found it knows of it; None for a file, which is cheap to look at.
    """

    path: str
    stems: Sequence[str]
    facts: Facts | None = None


class Inputs(Standing):
    """
    Those of one job; its methods block.

    Attributes:
        number: Of the run that inputs are noted for.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.number = 0

    @contextmanager
    def transaction(self, *, safe: bool = False) -> Iterator[sqlite3.Connection]:
        """Commit what the block does; *safe* from a power cut, and not only from a kill."""
        connection = self._connection
        with needing_room():
            connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk ends it by itself
                    connection.execute("ROLLBACK")
                raise

    def add(self, found: Iterable[Named], taken: Callable[[str], bool], same: Callable[[str], str]) -> int:
        """
        Note what was *found*, in its order, as what this run is about; return how much there is.

        Args:
            taken: Returns whether there are results of a stem already.

            same: Returns one text for all stems that some file system takes for one.

        Raises:
            ConfigurationError: Two would write the same results, or one would write over somebody else's file.
        """
        count, again = 0, []
        with self.transaction() as connection:
            for each in found:
                count += 1
                name = os.fsencode(each.path)
                query = "SELECT position, size, mtime FROM inputs WHERE path = ?"
                known = connection.execute(query, (name,)).fetchone()
                if known is None:
                    stem = self._free(each, taken, same)
                    facts = (None, None) if each.facts is None else (each.facts.size, each.facts.stamp)
                    connection.execute(
                        "INSERT INTO inputs (path, stem, same, run, size, mtime) VALUES (?, ?, ?, ?, ?, ?)",
                        (name, os.fsencode(stem), os.fsencode(same(stem)), self.number, *facts),
                    )
                    continue
                again.append((self.number, known[0]))
                if _facts(each) != known[1:]:  # perhaps another document under its name
                    connection.execute("UPDATE inputs SET stale = 1, error = NULL WHERE position = ?", known[:1])
            connection.executemany("UPDATE inputs SET run = ? WHERE position = ?", again)
        return count

    def _free(self, each: Named, taken: Callable[[str], bool], same: Callable[[str], str]) -> str:
        other: bytes = b""
        for stem in each.stems:
            query = "SELECT path FROM inputs WHERE same = ?"
            row = self._connection.execute(query, (os.fsencode(same(stem)),)).fetchone()
            if row is None:
                if taken(stem):
                    raise ConfigurationError(
                        f"there is a file {stem}.… already where the results of {each.path} would go, and it is "
                        "none of this job: name another folder after --out"
                    )
                return stem
            other = row[0]
        raise ConfigurationError(
            f"{os.fsdecode(other)} and {each.path} would both be written to {each.stems[-1]}: write ./ before "
            "the part of their paths to be kept, or read them into two folders"
        )

    def fresh(self, found: Sequence[Named]) -> list[tuple[Named, Facts]]:
        """Return those of *found* that are not known, or look otherwise than they did, and how they look."""
        fresh = []
        for each in found:
            size, stamp = _facts(each)
            query = "SELECT size, mtime FROM inputs WHERE path = ?"
            known = self._connection.execute(query, (os.fsencode(each.path),)).fetchone()
            if size is not None and stamp is not None and known != (size, stamp):
                fresh.append((each, Facts(size, stamp)))
        return fresh

    def add_all(self) -> int:
        """Make this run about every input that the job knows; return how many there are."""
        with self.transaction() as connection:
            return connection.execute("UPDATE inputs SET run = ?", (self.number,)).rowcount

    def waiting(self, after: int, most: int) -> list[Input]:
        """Return the next inputs of this run, *after* a position, that may have to be read or published."""
        rows = self._connection.execute(
            "SELECT position, path, stem, size, mtime, item FROM documents "
            "WHERE run = ? AND position > ? AND state IN ('pending', 'running') ORDER BY position LIMIT ?",
            (self.number, after, most),
        )
        return [as_input(*row) for row in rows]

    def fail_input(self, position: int, error: str) -> None:
        """Note that an input cannot be looked at; where nothing is known of it, the next run looks again."""
        with self.transaction(safe=True) as connection:
            connection.execute(
                "UPDATE inputs SET error = ?, size = CASE WHEN item IS NULL THEN NULL ELSE size END WHERE position = ?",
                (storable(error), position),
            )


def as_input(
    position: int, path: bytes, stem: bytes, size: int | None, mtime: int | str | None, item: int | None
) -> Input:
    """Return what a row of the table says."""
    return Input(position, os.fsdecode(path), os.fsdecode(stem), size, mtime, item)


def _facts(each: Named) -> tuple[int | None, int | str | None]:
    if each.facts is not None:
        return each.facts.size, each.facts.stamp
    try:
        facts = os.stat(each.path)
    except OSError:
        return None, None
    return facts.st_size, facts.st_mtime_ns
