"""The job that a bulk command is about: where its results go, and where its ledger lies."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from attrs import evolve, frozen

from ..._buckets.connecting import remote
from ..._platform.user_data import user_data
from ...bulk.shards import Shard
from ...bulk.standing import Standing
from ...bulk.store.files import Files
from ...bulk.store.places import Places, canonical
from ...bulk.store.port import Store
from ...errors import ConfigurationError


__all__ = ["Job"]


@frozen
class Job:
    """
    A job.

    Attributes:
        named: What ``--out`` says.

        out: Where results go.

        folder: Of the ledger; that of the results, where they are files of this machine and nothing else is said.
    """

    named: str
    out: Store
    folder: Path
    places: Places

    @classmethod
    def of(cls, out: str, ledger: str | None) -> Job:
        """
        Return the job whose results go to *out*.

        Raises:
            ConfigurationError: It lies in a bucket that cannot be asked.
        """
        places = Places()
        if ledger is None:
            ledger = str(_of_address(out)) if remote(out) else out
        return cls(out, places.results(out), Path(ledger), places)

    @property
    def apart(self) -> bool:
        """Whether the ledger lies elsewhere than the results."""
        return str(self.folder) != self.named

    @property
    def settings(self) -> dict[str, str]:
        """Return what a ledger that lies elsewhere has to know: whose it is."""
        return {"out": canonical(self.named)} if self.apart else {}

    def divided(self, shard: Shard | None) -> Job:
        """
        Return the part *shard* of the job, which others work on at the same time.

        Raises:
            ConfigurationError: It has no ledger of its own.
        """
        if shard is None:
            return self
        if not self.apart:
            raise ConfigurationError("--shard needs --ledger DIR: each part of the job has a ledger of its own")
        return evolve(self, out=evolve(self.out, mark=f"{shard.name}-")) if isinstance(self.out, Files) else self

    def refuse(self, inputs: Sequence[str]) -> None:
        """
        Look whether the results would lie among the documents themselves.

        Raises:
            ConfigurationError: They would.
        """
        for name in inputs:
            if remote(name) and remote(self.named):
                same = canonical(name).rstrip("/") == canonical(self.named).rstrip("/")
            else:
                same = os.path.isdir(name) and os.path.isdir(self.named) and os.path.samefile(name, self.named)
            if same:
                raise ConfigurationError(
                    f"--out {self.named} is the folder of the documents: name one in it, or beside it"
                )

    def knows(self, path: str) -> bool:
        """Whether its ledger, if there is one, has the document *path*, which may be gone since."""
        with suppress(ConfigurationError), Standing.look(self.folder) as ledger:
            return ledger.has(os.path.abspath(path))
        return False

    def make(self) -> None:
        """
        Make the folder of the results, where they are files.

        Raises:
            ConfigurationError: It cannot be made.
        """
        if self.apart and not remote(self.named):
            try:
                Path(self.named).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(f"--out {self.named} cannot be written to: {error.strerror}") from error


def _of_address(out: str) -> Path:
    """Return the folder for the ledger of results that go to the address *out*, the same from wherever it is named."""
    name = canonical(out).rstrip("/")
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return user_data(os.environ) / "bulk" / f"{re.sub('[^0-9A-Za-z]+', '-', name)[:60].strip('-')}-{mark}"
