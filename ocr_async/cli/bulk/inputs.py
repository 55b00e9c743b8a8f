"""The documents of a bulk job, as people name them: files, folders, globs, lists, and what lies in buckets."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from attrs import define, evolve, field, frozen

from ..._buckets.connecting import remote
from ...bulk.inputs import Named
from ...bulk.reporting.summary import STEM
from ...bulk.shards import Shard
from ...bulk.store.places import canonical
from ...bulk.store.port import Facts
from ...errors import ConfigurationError
from ...wording import counted
from ..inputs import HEAD, STDIN, Found, Input, each, is_document
from ..messages import say
from ..names import safe, same
from .job import Job
from .manifest import lines


__all__ = ["Sources"]

_MAGIC = frozenset("*?[")
_OF_A_PART = re.compile(rf"(bulk|{STEM})-\d+-of-\d+\Z")


class _IsResult(ConfigurationError):
    """It lies where results go."""


@frozen
class _Source:
    """A document, where its results belong, not yet safe, and what is known of it."""

    path: str
    relative: str
    facts: Facts | None = None


@frozen
class _Folder:
    """A folder by the name that it was given, absolute, and without links."""

    named: str
    absolute: str
    real: str

    @classmethod
    def of(cls, named: str) -> _Folder:
        """Look where it is."""
        return cls(named, os.path.abspath(named), os.path.realpath(named))


@define(eq=False, slots=False)
class Sources:
    """
    What is read.

    Attributes:
        form: Of the results beside each JSON.

        found: Counts what is left out.

        shard: The part of the documents that is wanted.

        manifests: Files whose lines name more.

        watched: Whether what is empty may fill up.

        broken: Lines of those, or of standard input, that name nothing, as far as they were looked at.

        unseen: Folders below those named that could not be looked into; each was told once.
    """

    job: Job
    form: str
    found: Found

    manifests: Sequence[str] = ()
    shard: Shard | None = None
    broken: int = 0
    watched: bool = False
    unseen: set[str] = field(factory=set)
    _folder: _Folder = field(factory=lambda: _Folder.of(os.curdir))

    def refuse_broken(self) -> None:
        """
        Refuse lines that are known to be broken.

        Raises:
            ConfigurationError: One is.
        """
        if self.broken:
            raise ConfigurationError(f"--strict: {counted(self.broken, 'broken line')}; nothing was read")

    def look_through(self) -> None:
        """Look at each line of the manifests, and tell those that are broken."""
        for file in self.manifests:
            for where, line in lines(file):
                if isinstance(line, str):
                    self._tell(where, line)

    def expanded(self, inputs: Sequence[str]) -> list[str]:
        """
        Return the names that *inputs* stand for, with what globs match.

        Raises:
            ConfigurationError: One is of nothing, here and in the ledger, and nothing is waited for.
        """
        return [name for given in inputs for name in self._expanded(given)]

    def _expanded(self, name: str) -> Sequence[str]:
        if remote(name) or Input(name, "").path is None or os.path.lexists(name):
            return (name,)
        is_glob = not _MAGIC.isdisjoint(name)
        matches = sorted(glob.iglob(name, recursive=True)) if is_glob else [name]
        if not self.watched and not (matches if is_glob else self.job.knows(name)):
            raise ConfigurationError(f"{name} matches no file" if is_glob else f"there is no file or folder {name}")
        return matches

    def named(self, inputs: Sequence[str]) -> Iterator[Named]:
        """
        Yield the documents of *inputs* (`expanded`), never those below the results, without a list of them all.

        Raises:
            ConfigurationError: One is none, or cannot be looked into.
        """
        to_bucket = remote(self.job.named)
        for one in self._sources(inputs):
            whole = safe(one.relative)
            if to_bucket:
                whole = _as_text(whole)
            stems = [os.path.splitext(whole)[0], whole]
            # the manifest, the report and the ledger's folder have their names already
            stems = [f"_{s}" if s[:1] == "." or self._is_own(s) else s for s in stems]
            # documents whose results might lie in one place are read by one part, which tells them apart
            if self.shard is not None and not self.shard.holds(same(stems[0])):
                continue
            yield Named(one.path, stems, one.facts)

    def _is_own(self, stem: str) -> bool:
        if "/" in stem:
            return False
        stem = same(stem)
        return stem == STEM or (stem == "bulk" and self.form == "jsonl") or bool(self.shard and _OF_A_PART.match(stem))

    def _sources(self, inputs: Sequence[str]) -> Iterator[_Source]:
        several = sum(os.path.isdir(name) or remote(name) for name in dict.fromkeys(inputs)) > 1
        for name in inputs:
            if name != STDIN:
                yield from self._of(name, several)
        for file in [*([None] if STDIN in inputs else ()), *self.manifests]:
            for where, line in lines(file):
                if isinstance(line, str):
                    self._tell(where, line)
                    continue
                try:
                    yield from self._listed(line.path, line.name)
                except _IsResult as error:
                    self._tell(where, str(error))

    def _listed(self, path: str, name: str | None = None) -> Iterator[_Source]:
        """Yield what a line of a list means; an object is not looked at, as there may be very many."""
        if remote(path) and not path.endswith("/"):
            self._refuse_result(path, canonical(path))
            found = iter([_Source(canonical(path), path.rpartition("/")[2])])
        else:
            found = self._of(path, False)
        folder = path.endswith("/") or (not remote(path) and os.path.isdir(path))
        for one in found:
            if name is None:
                yield one
            else:
                yield evolve(one, relative=f"{name}/{one.relative}" if folder else name)

    def _tell(self, where: str, why: str) -> None:
        self.broken += 1
        say(f"ocr-async: {where}: {why}; this line is left out")

    def _of(self, name: str, several: bool) -> Iterator[_Source]:
        if remote(name):
            yield from self._in_bucket(name, several)
            return
        besides = None if remote(self.job.named) else Path(self.job.named)
        for one in each([name], self.found, recursive=True, besides=besides, several=several):
            if one.error is None or one.name == name:
                yield self._file(one)
            elif one.name not in self.unseen:
                self.unseen.add(one.name)
                say(f"ocr-async: {one.name}: {one.error}; what it holds is left out")

    def _file(self, given: Input) -> _Source:
        if given.error is not None:
            raise ConfigurationError(f"{given.name}: {given.error}")
        if (path := given.path) is None:
            raise ConfigurationError(
                f"{given.shown} is no file: bulk reads files, folders and buckets; `ocr-async run` reads URLs"
            )
        folder, name = os.path.split(path)
        if folder != self._folder.named:  # thousands may follow of one folder
            self._folder = _Folder.of(folder)
        real = self._folder.real
        if name in {"", os.curdir, os.pardir} or os.path.islink(path):
            path, real = os.path.abspath(path), os.path.realpath(path)
        else:
            path = os.path.join(self._folder.absolute, name)
        self._refuse_result(given.name, f"{real}{os.sep}")
        return _Source(path, given.relative)

    def _refuse_result(self, name: str, place: str) -> None:
        if place.startswith(self._results):
            raise _IsResult(f"{name} lies in the folder of results; an output is never an input")

    @cached_property
    def _results(self) -> str:
        """The folder of the results, as paths without links, or addresses, begin that lie in it."""
        named = self.job.named
        return f"{canonical(named).rstrip('/')}/" if remote(named) else os.path.join(os.path.realpath(named), "")

    def _in_bucket(self, name: str, several: bool) -> Iterator[_Source]:
        """Yield an object, or all documents below a prefix."""
        bucket, key = self.job.places.bucket(name)
        if key and not key.endswith("/") and (facts := bucket.head(key)) is not None:
            self._refuse_result(name, f"{bucket.address}/{key}")
            yield _Source(f"{bucket.address}/{key}", key.rpartition("/")[2], facts)
            return
        top = key.rstrip("/")
        empty = True
        for below, facts in bucket.list(top):
            empty = False
            address = f"{bucket.address}/{below}"
            relative = below[len(top) :].lstrip("/")
            if address.startswith(self._results) or not relative:
                continue
            head = partial(bucket.start, below, min(HEAD, facts.size))
            if any(part.startswith(".") for part in relative.split("/")) or not is_document(below, head):
                self.found.left_out += 1
                continue
            front = f"{top.rpartition('/')[2] or bucket.address.rpartition('/')[2]}/" if several else ""
            yield _Source(address, front + relative, facts)
        if empty and not self.watched:
            raise ConfigurationError(f"there is nothing at {name}")


def _as_text(name: str) -> str:
    """Return *name*, which may hold bytes that are no text, as a bucket takes it."""
    return re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found[0]) - 0xDC00:02X}", name)
